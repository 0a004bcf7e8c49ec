"""The graph of a street network: which segments meet, and which are a short walk apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from spatial.errors import InvalidInputError
from spatial.grid import Graph
from spatial.kernels.threads import number_of_threads
from spatial.streets import walking

MOST_PAIRS: Final = 250_000_000
"""A graph of more neighbours than this is refused: making it would take some 2 GB."""

_MICROMETRES: Final = 1e6
_EARTH_M: Final = 4e7
_SERIAL_SEGMENTS: Final = 2_000
"""Below as many segments, starting threads costs more than it saves."""


def neighbours(segments: gpd.GeoDataFrame, within_m: float | None = None) -> Graph:
    """Return which segments share a junction, or are a short walk apart.

    The walk between two segments leads along the network from the nearer end of one to the nearer
    end of the other; it is 0 where they share a junction. Their own lengths do not count, so that
    long segments have neighbours too.

    Parameters
    ----------
    segments
        Segments as `prepare` returns them, N rows.
    within_m
        Longest walk in metres that still makes neighbours. None: only shared junctions do, which
        is the same as 0.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (N, N), binary, symmetric, zero diagonal, columns ascending in each row.

    Raises
    ------
    InvalidInputError
        When `within_m` is negative or not finite, or makes more than 250 million neighbours.

    References
    ----------
    Okabe, A. and Sugihara, K. (2012). Spatial Analysis along Networks. Wiley.

    Examples
    --------
    >>> from spatial.streets import prepare
    >>> row = prepare(
    ...     gpd.GeoSeries.from_wkt(
    ...         ["LINESTRING (0 0, 9 0)", "LINESTRING (9 0, 20 0)", "LINESTRING (20 0, 30 0)"],
    ...         crs="EPSG:32631",
    ...     )
    ... )
    >>> neighbours(row).sum(axis=1).tolist().count(2)
    1
    >>> neighbours(row, within_m=11.1).sum(axis=1).tolist()
    [2, 2, 2]
    """
    if within_m is not None:
        return _a_walk_apart(segments, within_m)
    n = len(segments)
    node = np.concatenate((segments["node_from"], segments["node_to"]))
    meets = sparse.csr_array(
        (np.ones(2 * n, dtype=np.int32), (np.tile(np.arange(n), 2), node)),
        shape=(n, int(node.max()) + 1 if n else 0),
    )
    graph: Graph = sparse.csr_array(meets @ meets.T)
    graph.setdiag(0)
    graph.eliminate_zeros()
    graph.sort_indices()
    graph.data = np.ones(graph.nnz, dtype=np.int8)
    return graph


def network_distance(
    segments: gpd.GeoDataFrame, from_segment: int, limit_m: float | None = None
) -> NDArray[np.float64]:
    """Return how long the walk is from one segment to each.

    Parameters
    ----------
    segments
        Segments as `prepare` returns them, N rows.
    from_segment
        Position of the segment where the walks begin, at either end of it.
    limit_m
        Length of the longest walk in metres; None for no limit.

    Returns
    -------
    numpy.ndarray
        Metres from the nearer end of the one to the nearer end of the other, shape (N,): 0 for the
        segment itself and those that share a junction with it, infinite where no walk leads.

    Raises
    ------
    InvalidInputError
        When there is no such position, or the limit is negative or not finite.

    Examples
    --------
    >>> from spatial.streets import prepare
    >>> row = prepare(
    ...     gpd.GeoSeries.from_wkt(
    ...         ["LINESTRING (0 0, 9 0)", "LINESTRING (9 0, 20 0)", "LINESTRING (20 0, 30 0)"],
    ...         crs="EPSG:32631",
    ...     )
    ... )
    >>> longest = int(row["length_m"].argmax())
    >>> network_distance(row, longest).tolist()
    [0.0, 0.0, 0.0]
    """
    if not 0 <= from_segment < len(segments):
        raise InvalidInputError(
            f"from_segment must be a position among {len(segments)} segments, not {from_segment}."
        )
    limit = _micrometres(_EARTH_M if limit_m is None else limit_m, "limit_m")
    ends, junctions = _junctions(segments)
    space = walking.scratch(junctions)
    one, other = ends[from_segment]
    walking.walk(junctions, one, other, limit, space)
    walked = space.walked[ends].astype(np.float64) / _MICROMETRES
    walked[walked < 0] = np.inf
    return np.asarray(walked.min(axis=1), dtype=np.float64)


def _a_walk_apart(segments: gpd.GeoDataFrame, within_m: float) -> Graph:
    limit = _micrometres(within_m, "within_m")
    ends, junctions = _junctions(segments)
    n = len(ends)
    threads = 1 if n < _SERIAL_SEGMENTS else number_of_threads()
    bounds = [n * part // threads for part in range(threads + 1)]
    counts = np.zeros(n, dtype=np.int64)

    def reached_from(first: int, last: int) -> NDArray[np.int32]:
        space = walking.scratch(junctions)
        return walking.list_within(junctions, ends, limit, first, last, MOST_PAIRS, space, counts)

    with ThreadPoolExecutor(threads) as pool:
        listed = list(pool.map(reached_from, bounds[:-1], bounds[1:]))
    row_starts = np.concatenate(([0], np.cumsum(counts)))
    if row_starts[-1] > MOST_PAIRS:
        raise InvalidInputError(
            f"Within {within_m:g} m, {n} segments have more than {MOST_PAIRS:,} neighbours: "
            "choose a shorter within_m."
        )
    columns = np.concatenate(listed)
    binary = np.ones(len(columns), dtype=np.int8)
    graph: Graph = sparse.csr_array((binary, columns, row_starts.astype(np.int32)), shape=(n, n))
    graph.has_sorted_indices = True
    return graph


def _micrometres(metres: float, parameter: str) -> int:
    if not 0 <= metres < np.inf:
        raise InvalidInputError(f"{parameter} must be metres from 0 up, not {metres}.")
    return round(min(metres, _EARTH_M) * _MICROMETRES)


def _junctions(segments: gpd.GeoDataFrame) -> tuple[NDArray[np.int32], walking.Junctions]:
    """Return both junctions of each segment, shape (N, 2), and what leaves each junction."""
    ends = segments[["node_from", "node_to"]].to_numpy(dtype=np.int32)
    length = np.rint(segments["length_m"].to_numpy() * _MICROMETRES).astype(np.int64)
    here, there = ends.T.ravel(), ends[:, ::-1].T.ravel()
    order = np.argsort(here, kind="stable")
    segment = np.tile(np.arange(len(ends), dtype=np.int32), 2)
    leaving = np.bincount(here) if here.size else np.zeros(0, dtype=np.int64)
    return np.ascontiguousarray(ends), walking.Junctions(
        starts=np.concatenate(([0], np.cumsum(leaving))).astype(np.int64),
        segment=segment[order],
        leads_to=there[order],
        length=np.tile(length, 2)[order],
    )
