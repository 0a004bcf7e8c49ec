"""Chains of segments: where a stretch of one street ends, and how that street goes on."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

Positions = NDArray[np.intp]
Ends = NDArray[np.int64]


class Meeting(NamedTuple):
    """Which of some segments meet at each junction."""

    junction: Ends  # (2 m,), ascending
    segment: Positions  # (2 m,)

    def at(self, junction: int) -> Positions:
        """Return the segments that meet at a junction; a loop twice."""
        first, last = np.searchsorted(self.junction, (junction, junction + 1))
        return self.segment[first:last]


def meeting(ends: Ends, some: Positions) -> Meeting:
    """Return which of some segments meet at each junction, of the ends of all, shape (N, 2)."""
    junction, segment = ends[some].ravel(), np.repeat(some, 2)
    order = np.lexsort((segment, junction))
    return Meeting(junction[order], segment[order])


def ends_of_stretch(ends: Ends, part: Positions, beyond: Meeting) -> Ends:
    """Return the junctions where a stretch of one street ends, ascending.

    Where it does not end, as on an island between two carriageways, these are the junctions where
    the same street goes on; none on a ring.

    Parameters
    ----------
    ends
        Both junctions of each segment, shape (N, 2).
    part
        Segments of the stretch.
    beyond
        Where the other segments of the same street meet.
    """
    junctions, times = np.unique(ends[part], return_counts=True)
    tips: Ends = junctions[times == 1]
    if len(tips) >= 2:
        return tips
    goes_on = junctions[np.isin(junctions, beyond.junction)]
    return np.asarray(np.union1d(tips, goes_on), dtype=np.int64)


def two_sides(junctions: Ends, xy: NDArray[np.float64]) -> list[Ends]:
    """Return the ends of a stretch in at most two groups, by the nearer of two that lie far apart.

    Both carriageways of a street that end at one crossing are on one side so.

    Parameters
    ----------
    junctions
        Ends of the stretch, ascending.
    xy
        Where they are, shape (len(junctions), 2), in units that are equally long either way.
    """
    if len(junctions) < 2:
        return [junctions] if len(junctions) else []
    one = int(np.argmax(np.hypot(*(xy - xy.mean(axis=0)).T).round(9)))
    to_one = np.hypot(*(xy - xy[one]).T)
    to_other = np.hypot(*(xy - xy[int(np.argmax(to_one.round(9)))]).T)
    nearer = to_one <= to_other
    return [junctions[nearer], junctions[~nearer]]


def walk_on(
    starts: Iterable[int],
    beyond: Meeting,
    ends: Ends,
    length_m: NDArray[np.float64],
    limit_m: float,
) -> dict[int, float]:
    """Return how far along some segments each junction is from the nearest start, up to a limit."""
    walked: dict[int, float] = {}
    heap = [(0.0, int(start)) for start in starts]
    heapq.heapify(heap)
    while heap:
        here_m, junction = heapq.heappop(heap)
        if junction in walked:
            continue
        walked[junction] = here_m
        for segment in beyond.at(junction):
            there_m = here_m + float(length_m[segment])
            if there_m <= limit_m:
                heapq.heappush(heap, (there_m, int(ends[segment].sum()) - junction))
    return walked


def where(
    segments: gpd.GeoDataFrame, ends: Ends, part: Positions, junctions: Ends
) -> NDArray[np.float64]:
    """Return where junctions of a stretch are, degrees of latitude, shape (len(junctions), 2)."""
    shapes = np.asarray(segments.geometry.array[part], dtype=object)
    at = shapely.get_coordinates(
        np.stack((shapely.get_point(shapes, 0), shapely.get_point(shapes, -1)), axis=1).ravel()
    )
    at[:, 0] *= np.cos(np.radians(at[:, 1].mean()))
    # Lowest first: ends of segments at one junction may be a centimetre apart.
    order = np.lexsort((at[:, 1], at[:, 0], ends[part].ravel()))
    return at[order[np.searchsorted(ends[part].ravel()[order], junctions)]]
