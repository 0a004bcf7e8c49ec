"""Snapping: which street segment each incident belongs to, exact in metres."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from spatial.errors import InvalidInputError
from spatial.kernels import snapping as snap_kernel
from spatial.kernels.threads import number_of_threads
from spatial.metres import plane, scale
from spatial.streets import piece_tree
from spatial.streets.places import Points, places, project

SERIAL_POINTS: Final = 2_000
"""Below as many points, starting threads costs more than it saves."""

LOCAL_RADIUS_M: Final = 6.3e6
"""Less than any radius of curvature of the Earth: scale grows by less than d/R over d metres."""


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

    @property
    def tied_share(self) -> float:
        """Share of the snapped points to which several segments are as near; 0 without any."""
        snapped = len(self.segment) - self.unsnapped
        return int(self.tied.sum()) / snapped if snapped else 0.0

    def quantiles(
        self, probabilities: Sequence[float] = (0.5, 0.9, 0.95, 0.99, 1.0)
    ) -> dict[float, float]:
        """Return quantiles of the distance of the snapped points, in metres.

        Parameters
        ----------
        probabilities
            From 0 to 1; 1 is the greatest distance.

        Returns
        -------
        dict
            The distance for each probability, interpolated linearly; empty when no point snapped.

        Raises
        ------
        InvalidInputError
            When a probability is not from 0 to 1.

        Examples
        --------
        >>> near, far = np.array([2.0, 4.0]), np.array([np.nan])
        >>> Snapped(np.array([0, 0, -1]), np.append(near, far), np.zeros(3, bool)).quantiles((0.5,))
        {0.5: 3.0}
        """
        if not all(0 <= probability <= 1 for probability in probabilities):
            raise InvalidInputError(f"probabilities must be from 0 to 1, not {probabilities}.")
        reached = self.distance_m[self.segment >= 0]
        if reached.size == 0:
            return {}
        found = np.quantile(reached, probabilities)
        return dict(zip(map(float, probabilities), map(float, found), strict=True))


class SnapIndex:
    """A street network made ready for snapping, to be used again and again.

    Parameters
    ----------
    segments
        Segments as `prepare` returns them, N rows.

    Raises
    ------
    InvalidInputError
        When the segments have no coordinate reference system, lie where there is no UTM zone, or
        so far apart that no plane can show them together.

    Notes
    -----
    Which segment is nearest is decided on the plane of the network's UTM zone, which is conformal;
    the distance is divided by the zone's scale half way (`spatial.metres.scale`), so it is metres
    on the ellipsoid: to 1e-6 of it within 500 km of the zone's central meridian, for distances up
    to 10 km. Segments that share a vertex are as near to a point beyond it, to the bit.

    Examples
    --------
    >>> from spatial.streets import prepare
    >>> line = ["LINESTRING (500000 5700000, 500100 5700000)"]
    >>> street = SnapIndex(prepare(gpd.GeoSeries.from_wkt(line, crs="EPSG:32631")))
    >>> [street.snap(([3.001], [51.45]), reach).segment.tolist() for reach in (50, 1_000)]
    [[-1], [0]]
    """

    def __init__(self, segments: gpd.GeoDataFrame) -> None:
        self._tree: snap_kernel.Tree | None = None
        if len(segments) == 0:
            return
        self._zone = plane(segments.geometry)
        self._tree = piece_tree.build(segments.geometry, self._zone)
        west, south, east, north = piece_tree.extent(self._tree)
        corners = scale([west, west, east, east], [south, north, south, north], self._zone)
        self._greatest_scale = float(corners.max())

    def snap(self, points: Points, max_snap_m: float = 50) -> Snapped:
        """Assign each point to its nearest segment; as the function `snap`."""
        if not max_snap_m > 0:
            raise InvalidInputError(f"max_snap_m must be positive, not {max_snap_m}.")
        x, y, crs = places(points)
        segment = np.full(x.size, -1, dtype=np.int64)
        distance_m = np.full(x.size, np.nan)
        tied = np.zeros(x.size, dtype=np.bool_)
        if self._tree is not None and x.size:
            self._fill(*project(x, y, crs, self._zone), max_snap_m, segment, distance_m, tied)
        return Snapped(segment, distance_m, tied)

    def _fill(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        max_snap_m: float,
        segment: NDArray[np.int64],
        distance_m: NDArray[np.float64],
        tied: NDArray[np.bool_],
    ) -> None:
        """Write the results of the points that the plane can show."""
        tree, zone = self._tree, self._zone
        assert tree is not None
        reach = max_snap_m * self._greatest_scale * np.exp(max_snap_m / LOCAL_RADIUS_M) * 1.0001
        shown = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        order = snap_kernel.curve_order(x, y, shown, piece_tree.extent(tree))
        foot = np.empty((x.size, 2))

        def look_up(first: int, last: int) -> None:
            snap_kernel.nearest(
                order[first:last], x, y, reach, tree, segment, distance_m, tied, foot
            )

        def to_ground(first: int, last: int) -> None:
            own = slice(first, last)
            snapped = np.flatnonzero(segment[own] >= 0) + first
            half_way = (x[snapped] + foot[snapped, 0]) / 2, (y[snapped] + foot[snapped, 1]) / 2
            distance_m[snapped] /= scale(*half_way, zone)
            beyond = snapped[distance_m[snapped] > max_snap_m]
            segment[beyond], distance_m[beyond], tied[beyond] = -1, np.nan, False

        _in_threads(look_up, order.size)
        _in_threads(to_ground, x.size)


def snap(points: Points, segments: gpd.GeoDataFrame, max_snap_m: float = 50) -> Snapped:
    """Assign each point to its nearest segment.

    Parameters
    ----------
    points
        Points with a coordinate reference system, or longitude and latitude (EPSG:4326), (n,).
    segments
        Segments as `prepare` returns them.
    max_snap_m
        Greatest distance in metres on the ground.

    Returns
    -------
    Snapped
        The nearest segment of each point; of several as near, the one with the lowest id.

    Raises
    ------
    InvalidInputError
        When a point has no finite coordinates, the points or the segments have no coordinate
        reference system, or `max_snap_m` is not positive.

    Notes
    -----
    See `SnapIndex`, which spares the making of the index when a network is used again.

    Examples
    --------
    >>> from spatial.streets import prepare
    >>> line = ["LINESTRING (500000 5700000, 500100 5700000)"]
    >>> street = prepare(gpd.GeoSeries.from_wkt(line, crs="EPSG:32631"))
    >>> near_and_far = ["POINT (500050 5700020)", "POINT (500050 5700090)"]
    >>> found = snap(gpd.GeoSeries.from_wkt(near_and_far, crs="EPSG:32631"), street)
    >>> found.segment.tolist(), found.distance_m.round(2).tolist()
    ([0, -1], [20.01, nan])
    """
    return SnapIndex(segments).snap(points, max_snap_m)


def _in_threads(run: Callable[[int, int], None], total: int) -> None:
    """Run over even ranges of 0 to `total` - 1, several to a thread so that none waits long."""
    threads = number_of_threads()
    if total < SERIAL_POINTS or threads == 1:
        run(0, total)
        return
    parts = 8 * threads
    bounds = [total * part // parts for part in range(parts + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, bounds[:-1], bounds[1:]))
