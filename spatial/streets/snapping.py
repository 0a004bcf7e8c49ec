"""Snapping: which street segment each incident belongs to, exact in metres."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from spatial.errors import InvalidInputError
from spatial.metres import plane


@dataclass(frozen=True)
class Snapped:
    """Which segment each point belongs to.

    Parameters
    ----------
    segment
        Position of the nearest segment within reach, -1 for none, shape (n,).
    distance_m
        Distance to it in metres; NaN where there is none, shape (n,).
    tied
        Whether another segment is as near, as at a junction, shape (n,).
    """

    segment: NDArray[np.intp]
    distance_m: NDArray[np.float64]
    tied: NDArray[np.bool_]

    @property
    def unsnapped(self) -> int:
        """Number of points without a segment within reach."""
        return int((self.segment < 0).sum())


def snap(
    points: gpd.GeoSeries | tuple[ArrayLike, ArrayLike],
    segments: gpd.GeoDataFrame,
    max_snap_m: float = 50,
) -> Snapped:
    """Assign each point to its nearest segment.

    Parameters
    ----------
    points
        Points with a coordinate reference system, or longitude and latitude (EPSG:4326), (n,).
    segments
        Segments as `prepare` returns them.
    max_snap_m
        Greatest distance in metres.

    Returns
    -------
    Snapped
        The nearest segment of each point; of several as near, the one with the lowest id.

    Notes
    -----
    Distances are measured on the plane of the network's UTM zone, whose scale is within 0.1 % of
    the ground's. Points that coincide are looked up once: incidents often share a place.

    Examples
    --------
    >>> from spatial.streets import prepare
    >>> line = ["LINESTRING (500000 5700000, 500100 5700000)"]
    >>> street = prepare(gpd.GeoSeries.from_wkt(line, crs="EPSG:32631"))
    >>> near_and_far = ["POINT (500050 5700020)", "POINT (500050 5700090)"]
    >>> found = snap(gpd.GeoSeries.from_wkt(near_and_far, crs="EPSG:32631"), street)
    >>> found.segment.tolist(), found.distance_m.round(2).tolist()
    ([0, -1], [20.0, nan])
    """
    if not max_snap_m > 0:
        raise InvalidInputError(f"max_snap_m must be positive, not {max_snap_m}.")
    metres = plane(segments.geometry)
    if isinstance(points, tuple):
        points = gpd.GeoSeries(gpd.points_from_xy(*points), crs=4326)
    if points.crs is None:
        raise InvalidInputError("The points have no coordinate reference system: set their crs.")
    places = shapely.get_coordinates(np.asarray(points.to_crs(metres).array))
    distinct, of_point = np.unique(places, axis=0, return_inverse=True)
    tree = shapely.STRtree(np.asarray(segments.geometry.to_crs(metres).array))
    (at, candidate), distance = tree.query_nearest(
        shapely.points(distinct),
        max_distance=max_snap_m,
        return_distance=True,
        all_matches=True,
    )
    # At a junction the segments share a vertex, so their distances are equal to the bit.
    order = np.lexsort((candidate, at))
    at, candidate, distance = at[order], candidate[order], distance[order]
    first = np.unique(at, return_index=True)[1]
    segment = np.full(len(distinct), -1, dtype=np.intp)
    nearest = np.full(len(distinct), np.nan)
    segment[at[first]], nearest[at[first]] = candidate[first], distance[first]
    tied = np.bincount(at, minlength=len(distinct)) > 1
    of_point = of_point.reshape(-1)
    return Snapped(segment[of_point], nearest[of_point], tied[of_point])
