"""Points that many incidents share and that are not on a street: default geocodes and the like."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from spatial.errors import InvalidInputError
from spatial.streets.places import Points, places, project

SAME_PLACE_DEGREES: Final = 1e-7
"""Points are one when they agree in the seven decimals that are stored, about a centimetre."""


def shared_points(
    points: Points,
    distance_m: ArrayLike,
    *,
    min_incidents: int = 20,
    min_share: float = 0.01,
    off_street_m: float = 10,
) -> pd.DataFrame:
    """Return the points off the streets that suspiciously many incidents share.

    Where a place is unknown, a geocoder may give the middle of a town, and where it must not be
    known, a publisher gives an anonymous point instead. Incidents snapped from there seem to be a
    hot spot of the nearest street, and are not.

    Parameters
    ----------
    points
        Where the incidents are: points with a coordinate reference system, or longitude and
        latitude (EPSG:4326), shape (n,).
    distance_m
        Metres from each to its nearest street, as `Snapped.distance_m`: NaN without one in reach.
    min_incidents, min_share
        Least number of incidents at one point, and least share of all. Both must be reached. The
        defaults leave out the coincidences of small samples (20 incidents) and of large ones
        (1 %), where a house or a shop may well have many.
    off_street_m
        A point this near to a street counts as on it. A geocode on a street's centre line is a
        few metres off by its rounding and by the width of the road.

    Returns
    -------
    pandas.DataFrame
        `longitude`, `latitude` (7 decimals), `incidents` and `distance_m` (of the nearest of them;
        NaN without a street in reach) of each such point, by falling `incidents`, then by
        longitude and latitude.

    Raises
    ------
    InvalidInputError
        When the shapes differ, a point has no place, or a least number or share is none.

    Examples
    --------
    >>> longitude, latitude = [-0.1] * 30 + [-0.2] * 30, [51.5] * 60
    >>> shared_points((longitude, latitude), [2.0] * 30 + [41.5] * 30)
       longitude  latitude  incidents  distance_m
    0       -0.2      51.5         30        41.5
    """
    if min_incidents < 2 or not 0 <= min_share <= 1 or not off_street_m >= 0:
        raise InvalidInputError(
            "min_incidents must be at least 2, min_share from 0 to 1 and off_street_m at least 0, "
            f"not {min_incidents}, {min_share} and {off_street_m}."
        )
    x, y, crs = places(points)
    metres = np.atleast_1d(np.asarray(distance_m, dtype=np.float64))
    if metres.shape != x.shape:
        raise InvalidInputError(
            f"distance_m needs one value for each of {x.size} points, not shape {metres.shape}."
        )
    longitude, latitude = project(x, y, crs, "EPSG:4326")
    off = ~(metres <= off_street_m)
    steps = pd.DataFrame(
        {
            "longitude": np.rint(longitude[off] / SAME_PLACE_DEGREES).astype(np.int64),
            "latitude": np.rint(latitude[off] / SAME_PLACE_DEGREES).astype(np.int64),
            "distance_m": metres[off],
        }
    )
    at_one_point = steps.groupby(["longitude", "latitude"])["distance_m"]
    found = at_one_point.agg(incidents="size", distance_m="min").reset_index()
    found = found[found["incidents"] >= max(min_incidents, min_share * x.size)]
    found = found.sort_values(
        ["incidents", "longitude", "latitude"], ascending=[False, True, True], ignore_index=True
    )
    for column in ("longitude", "latitude"):
        found[column] = (found[column] * SAME_PLACE_DEGREES).round(7)
    return found
