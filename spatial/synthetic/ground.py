"""Where the synthetic city lies: its plane of metres, its outline and its districts."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

NAME: Final = "Harmouth (synthetic)"
TIME_ZONE: Final = "Europe/London"
CENTRE: Final = (2.6, 54.5)
"""Longitude and latitude of the city's centre, in the North Sea."""

RADIUS_M: Final = 5_000.0

_M_PER_DEGREE: Final = 111_195.0  # of latitude, on the sphere of equal volume
_DECIMALS: Final = 6
_CORNERS: Final = 90
_OLD_TOWN: Final = ("Harmouth Old Town", 1_450.0)
_AROUND: Final = ("Northmere", "Sandholm", "Wrackfield", "Eastquay", "Millrise")
_KINK_M: Final = 120.0

Metres = NDArray[np.float64]
"""Places, metres east and north of the centre, shape (n, 2)."""


def outline(random: np.random.Generator) -> Metres:
    """Return the corners of the city's outline, counter-clockwise from the east."""
    angle = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    waves = sum(
        random.uniform(0.02, 0.09) * np.sin(k * angle + random.uniform(0, 2 * np.pi))
        for k in range(2, 7)
    )
    return polar(angle, RADIUS_M * (1 + waves))


def boundary(corners: Metres) -> gpd.GeoDataFrame:
    """Return the city's outline as one polygon with its name, EPSG:4326."""
    polygon = shapely.Polygon(_written(corners))
    return gpd.GeoDataFrame({"name": [NAME]}, geometry=[polygon], crs=4326)


def districts(random: np.random.Generator, corners: Metres) -> gpd.GeoDataFrame:
    """Return an old town and the districts around it: together, exactly the city.

    Neighbours are built of the same corners, so that no rounding can part them.
    """
    name, radius = _OLD_TOWN
    angle = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    old_town = polar(angle, radius * (1 + 0.08 * np.sin(3 * angle + random.uniform(0, 2 * np.pi))))
    each = _CORNERS // len(_AROUND)
    first = int(random.integers(each))
    cuts = [(first + each * at) % _CORNERS for at in range(len(_AROUND))]
    spokes = [_spoke(random, old_town[cut], corners[cut]) for cut in cuts]
    rings = [old_town]
    for at, cut in enumerate(cuts):
        arc = np.arange(cut, cut + each + 1) % _CORNERS
        following = spokes[(at + 1) % len(cuts)]
        rings.append(
            np.vstack(
                (spokes[at], corners[arc[1:]], following[::-1][1:], old_town[arc[::-1]][1:-1])
            )
        )
    shapes = [shapely.Polygon(_written(ring)) for ring in rings]
    return gpd.GeoDataFrame({"name": [name, *_AROUND]}, geometry=shapes, crs=4326)


def polar(angle: NDArray[np.float64], radius: NDArray[np.float64] | float) -> Metres:
    """Return places by their angle, counter-clockwise from the east, and distance in metres."""
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def lonlat(places: Metres) -> NDArray[np.float64]:
    """Return longitude and latitude of places, shape (n, 2)."""
    east = _M_PER_DEGREE * np.cos(np.radians(CENTRE[1]))
    return np.column_stack(
        (CENTRE[0] + places[:, 0] / east, CENTRE[1] + places[:, 1] / _M_PER_DEGREE)
    )


def metres(lonlat: NDArray[np.float64]) -> Metres:
    """Return places of their longitude and latitude, shape (n, 2): the way back."""
    east = _M_PER_DEGREE * np.cos(np.radians(CENTRE[1]))
    return np.asarray((lonlat - CENTRE) * np.array([east, _M_PER_DEGREE]))


def _written(places: Metres) -> NDArray[np.float64]:
    return lonlat(places).round(_DECIMALS)


def _spoke(
    random: np.random.Generator, inner: NDArray[np.float64], outer: NDArray[np.float64]
) -> Metres:
    """Return a slightly crooked line from one corner to another."""
    along = np.linspace(0, 1, 7)[:, None]
    sideways = np.array([inner[1] - outer[1], outer[0] - inner[0]]) / np.hypot(*(outer - inner))
    line = inner + along * (outer - inner) + random.normal(0, _KINK_M / 3, (7, 1)) * sideways
    return np.vstack((inner, line[1:-1], outer))
