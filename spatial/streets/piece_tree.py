"""The tree of the pieces of a street network, by which the nearest are found."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS

from spatial.errors import InvalidInputError
from spatial.kernels.snapping import FANOUT, Tree, curve_order
from spatial.streets.places import project

FEW_ENTRIES: Final = 1 << 15
"""Small networks may be cut into as many entries, and any piece into `MOST_CUTS` on average."""

MOST_CUTS: Final = 16

EMPTY: Final = (np.inf, np.inf, -np.inf, -np.inf)
"""The box of nothing: no point is in reach of it, and it widens no other."""

ROUNDING: Final = 1e-15
"""Share of the largest coordinate by which boxes are widened, so that rounding loses no piece."""


def build(lines: gpd.GeoSeries, zone: CRS) -> Tree:
    """Return the tree of some lines, which are segments by their position.

    Parameters
    ----------
    lines
        At least one line, with a coordinate reference system.
    zone
        The plane on which distances are measured.

    Raises
    ------
    InvalidInputError
        When a vertex is so far from the zone that it has no place on its plane.

    Notes
    -----
    A long piece has several entries, each boxing one part of it, since the box of a long slanting
    piece is mostly empty. An entry still holds the whole piece, so cuts change no distance. Parts
    are no longer than the mean piece, so there are at most twice as many entries as pieces; a
    small network is cut finer.

    Examples
    --------
    >>> lines = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 9 0)", "LINESTRING (0 5, 9 5, 9 9)"])
    >>> tree = build(lines.set_crs(32631), CRS(32631))
    >>> sorted(set(tree.segment.tolist())), np.abs(extent(tree)).round(3).tolist()
    ([0, 1], [0.0, 0.0, 9.0, 9.0])
    """
    ends, segment = _pieces(lines, zone)
    length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    wanted = max(len(ends), min(MOST_CUTS * len(ends), FEW_ENTRIES))
    longest = length.sum() / wanted
    cuts = np.maximum(np.ceil(length / longest if longest else length), 1).astype(np.int64)
    entry = np.repeat(np.arange(len(ends)), cuts)
    number = np.arange(entry.size) - np.repeat(np.cumsum(cuts) - cuts, cuts)
    boxes = _boxes(ends[entry], number, cuts[entry])
    whole = np.concatenate((boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)))
    middle_x, middle_y = (boxes[:, :2].T + boxes[:, 2:].T) / 2
    order = curve_order(middle_x, middle_y, np.arange(len(boxes)), whole)
    ends, boxes = _in_blocks(ends[entry[order]], np.nan), _in_blocks(boxes[order], EMPTY)
    levels = [_in_blocks(_around(boxes), EMPTY)]
    while len(levels[0]) > 1:
        levels.insert(0, _in_blocks(_around(levels[0]), EMPTY))
    starts = np.cumsum([0, *map(len, levels)])
    return Tree(
        boxes=np.concatenate(levels),
        first_child=np.concatenate(
            [
                below + np.arange(len(level)) * FANOUT
                for below, level in zip(starts[1:], levels, strict=True)
            ]
        ),
        ends=ends,
        segment=segment[entry[order]],
        deepest_wait=FANOUT * (len(levels) + 1),
    )


def extent(tree: Tree) -> NDArray[np.float64]:
    """Return the least x and y and the greatest x and y of a tree, shape (4,)."""
    box: NDArray[np.float64] = _around(tree.boxes[:1])[0]
    return box


def _pieces(lines: gpd.GeoSeries, zone: CRS) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the ends of each piece on the plane, and its segment.

    The lesser end comes first: the same piece drawn in the other direction gives the same
    distances to the bit, and so a tie.
    """
    parts = np.asarray(lines.array)
    segment = np.arange(len(parts))
    if (shapely.get_num_geometries(parts) > 1).any():
        parts, segment = shapely.get_parts(parts, return_index=True)
    vertex, part = shapely.get_coordinates(parts, return_index=True)
    vertex = np.column_stack(project(vertex[:, 0], vertex[:, 1], lines.crs, zone))
    nowhere = np.flatnonzero(~np.isfinite(vertex).all(axis=1))
    if nowhere.size:
        raise InvalidInputError(
            f"The segment at position {segment[part[nowhere[0]]]} has a vertex that cannot be "
            f"shown on one plane with the others ({zone.name}): split the network by region, or "
            "mend the vertex."
        )
    start = np.flatnonzero(part[1:] == part[:-1])
    one, other = vertex[start], vertex[start + 1]
    swap = (one[:, 0] > other[:, 0]) | ((one[:, 0] == other[:, 0]) & (one[:, 1] > other[:, 1]))
    ends = np.where(swap[:, None], np.hstack((other, one)), np.hstack((one, other)))
    return ends, segment[part[start]].astype(np.int64)


def _boxes(
    ends: NDArray[np.float64], number: NDArray[np.int64], cuts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the box of each part of the pieces, shape (E, 4)."""
    along = ends[:, 2:] - ends[:, :2]
    begin = ends[:, :2] + along * (number / cuts)[:, None]
    end = ends[:, :2] + along * ((number + 1) / cuts)[:, None]
    slack = ROUNDING * np.abs(ends).max()
    return np.hstack((np.minimum(begin, end) - slack, np.maximum(begin, end) + slack))


def _in_blocks(rows: NDArray[np.float64], rest: ArrayLike) -> NDArray[np.float64]:
    """Return rows of 4 in blocks of FANOUT, shape (blocks, 4, FANOUT), the last one filled up."""
    missing = -len(rows) % FANOUT
    full = np.concatenate((rows, np.broadcast_to(rest, (missing, 4))))
    return np.ascontiguousarray(full.reshape(-1, FANOUT, 4).swapaxes(1, 2))


def _around(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the box around each block of boxes, shape (blocks, 4)."""
    box: NDArray[np.float64] = np.hstack((blocks[:, :2].min(axis=2), blocks[:, 2:].max(axis=2)))
    return box
