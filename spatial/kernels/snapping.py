"""Compiled loops of snapping: order along a curve, a tree of boxes, the nearest of the pieces.

All kernels share one module because numba's cache watches only the file a kernel is written in.

A piece is the straight part of a segment between two of its vertices. The tree is a packed R-tree:
entries in the order of a space-filling curve, `FANOUT` to a leaf, `FANOUT` leaves to a node above,
and so on to the root. Points come in the same order and in groups. One walk down the tree finds
all entries that can be the nearest of any point of a group; each point is then measured against
these few alone. Groups grow and shrink with the number of entries found, so that neither dense
towns, nor single far segments, nor many points in one place need tuning.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
_compiled = cast(
    Callable[[Kernel], Kernel], numba.njit(cache=True, nogil=True, error_model="numpy")
)

FANOUT: Final = 8
"""Entries of a leaf, and nodes below a node."""

CURVE_STEPS: Final = 1 << 16
"""Steps of the space-filling curve along each axis of the network's box."""

MANY_ENTRIES: Final = 48
"""After a group of points that more entries could be nearest to, groups are halved."""

FEW_ENTRIES: Final = 16
"""After a group with fewer entries, groups are doubled."""

LARGEST_GROUP: Final = 256
"""Most points in a group."""

_RADIX_BITS, _RADIX = 11, 1 << 11


class Tree(NamedTuple):
    """Pieces of segments, and the boxes by which the nearest are found.

    Nodes are numbered from the root down, level by level, and the leaves follow on. Places that
    are left over have an empty box or no vertices (NaN).
    """

    boxes: NDArray[np.float64]  # (B, 4, FANOUT): least x, y, greatest x, y of a node's children
    first_child: NDArray[np.int64]  # (B,), the others follow it
    ends: NDArray[np.float64]  # (leaves, 4, FANOUT): x, y of one end and of the other, metres
    segment: NDArray[np.int64]  # (E,), the segment of each entry's piece
    deepest_wait: int  # most nodes that can wait on the way down


@_compiled
def _spread(step: np.uint64) -> np.uint64:
    """Put a zero between any two bits of a number below 2^16."""
    step = (step | (step << np.uint64(8))) & np.uint64(0x00FF00FF)
    step = (step | (step << np.uint64(4))) & np.uint64(0x0F0F0F0F)
    step = (step | (step << np.uint64(2))) & np.uint64(0x33333333)
    return (step | (step << np.uint64(1))) & np.uint64(0x55555555)


@_compiled
def curve_order(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    places: NDArray[np.int64],
    box: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return some places of finite points in the order of a Morton curve over a box.

    Places that fall on one step keep their order. Points outside the box count as on its edge.
    """
    n = places.size
    extent = max(box[2] - box[0], box[3] - box[1])
    per_metre = CURVE_STEPS / extent if extent > 0 else 0.0
    last = CURVE_STEPS - 1.0
    key = np.empty(n, dtype=np.uint64)
    for i in range(n):
        column = min(max((x[places[i]] - box[0]) * per_metre, 0.0), last)
        row = min(max((y[places[i]] - box[1]) * per_metre, 0.0), last)
        key[i] = _spread(np.uint64(column)) | (_spread(np.uint64(row)) << np.uint64(1))
    order = places.copy()
    next_key, next_order = np.empty_like(key), np.empty_like(order)
    start = np.zeros(_RADIX + 1, dtype=np.int64)
    for shift in range(0, 32, _RADIX_BITS):
        start[:] = 0
        for i in range(n):
            start[np.int64((key[i] >> np.uint64(shift)) & np.uint64(_RADIX - 1)) + 1] += 1
        for digit in range(_RADIX):
            start[digit + 1] += start[digit]
        for i in range(n):
            own = np.int64((key[i] >> np.uint64(shift)) & np.uint64(_RADIX - 1))
            next_key[start[own]], next_order[start[own]] = key[i], order[i]
            start[own] += 1
        key, next_key = next_key, key
        order, next_order = next_order, order
    return order


@_compiled
def _square_distance(x: float, y: float, x0: float, y0: float, x1: float, y1: float) -> float:
    """Return the square of the distance from a point to the piece between two vertices.

    Beyond an end it is the distance to the vertex itself, and so the same number to the bit for
    all pieces that meet there. All three cases are computed, since a wrong guess which one it will
    be costs a processor more.
    """
    east, north = x1 - x0, y1 - y0
    dx, dy = x - x0, y - y0
    far_x, far_y = x - x1, y - y1
    dot = dx * east + dy * north
    length_squared = east * east + north * north
    cross = dx * north - dy * east
    beside = cross * cross / length_squared
    beyond = far_x * far_x + far_y * far_y
    before = dx * dx + dy * dy
    at_end = beyond if dot >= length_squared else beside
    return before if dot <= 0 else at_end


@_compiled
def _keep_near(
    found: NDArray[np.int64], square: NDArray[np.float64], count: int, bound_squared: float
) -> int:
    """Drop the entries that have turned out too far, and return how many are left."""
    kept = 0
    for i in range(count):
        if square[i] < bound_squared:
            found[kept], square[kept] = found[i], square[i]
            kept += 1
    return kept


@_compiled
def _entries_in_question(
    x: float,
    y: float,
    radius: float,
    reach: float,
    hint: int,
    alone: bool,
    tree: Tree,
    found: NDArray[np.int64],
    square: NDArray[np.float64],
    waiting: NDArray[np.int64],
    away: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
    """Find the entries that can be nearest to a point within `radius` of (x, y).

    A piece nearest to such a point, at most as far as the centre's nearest plus `radius`, is at
    most another `radius` farther from the centre.

    Parameters
    ----------
    reach
        Pieces farther than this from every such point are of no interest.
    hint
        An entry that is probably near, or -1: the nearer it is, the shorter the walk.
    alone
        Whether to go on when the entries are many; else the walk ends.
    found, square
        Room for entries and squares of distances. It grows for a place where very many meet.
    waiting, away
        Room for the nodes to be looked into and the squares of the distances to their boxes.

    Returns
    -------
    tuple
        `found`, `square`, and the number of entries in them, or -1 where the walk ended.
    """
    boxes, ends, first_leaf = tree.boxes, tree.ends, tree.boxes.shape[0]
    farthest = reach + radius
    slack = 1e-7 + 1e-12 * radius  # metres: rounding must not lose a piece that is as near
    bound = farthest + slack
    if hint >= 0:
        leaf, slot = hint // FANOUT, hint % FANOUT
        squared = _square_distance(
            x, y, ends[leaf, 0, slot], ends[leaf, 1, slot], ends[leaf, 2, slot], ends[leaf, 3, slot]
        )
        bound = min(farthest, np.sqrt(squared) + 2 * radius) + slack
    bound_squared = bound * bound
    squares = np.empty(FANOUT, dtype=np.float64)
    waiting[0], away[0] = 0, 0.0
    nodes, count = 1, 0
    while nodes > 0:
        nodes -= 1
        if away[nodes] >= bound_squared:
            continue
        node = waiting[nodes]
        if node < first_leaf:
            for slot in range(FANOUT):
                dx = max(max(boxes[node, 0, slot] - x, x - boxes[node, 2, slot]), 0.0)
                dy = max(max(boxes[node, 1, slot] - y, y - boxes[node, 3, slot]), 0.0)
                squares[slot] = dx * dx + dy * dy
            below = tree.first_child[node]
            for slot in range(FANOUT):
                waiting[nodes], away[nodes] = below + slot, squares[slot]
                nodes += 1 if squares[slot] < bound_squared else 0
            continue
        leaf = node - first_leaf
        for slot in range(FANOUT):
            squares[slot] = _square_distance(
                x, y, ends[leaf, 0, slot], ends[leaf, 1, slot], ends[leaf, 2, slot],
                ends[leaf, 3, slot],
            )  # fmt: skip
        if count + FANOUT > found.size:
            count = _keep_near(found, square, count, bound_squared)
            if 2 * count > found.size:
                if not alone:
                    return found, square, -1
                found = np.concatenate((found, np.empty_like(found)))
                square = np.concatenate((square, np.empty_like(square)))
        nearest_squared = np.inf
        for slot in range(FANOUT):
            found[count], square[count] = leaf * FANOUT + slot, squares[slot]
            count += 1 if squares[slot] < bound_squared else 0
            nearest_squared = min(nearest_squared, squares[slot])
        nearer = min(farthest, np.sqrt(nearest_squared) + 2 * radius) + slack
        bound = min(bound, nearer)
        bound_squared = bound * bound
    return found, square, _keep_near(found, square, count, bound_squared)


@_compiled
def nearest(
    order: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    reach: float,
    tree: Tree,
    segment: NDArray[np.int64],
    distance: NDArray[np.float64],
    tied: NDArray[np.bool_],
    foot: NDArray[np.float64],
) -> None:
    """Find the nearest segment of some points, given in the order of `curve_order`.

    Parameters
    ----------
    order
        Places of the points in `x` and `y` and in the results, shape (m,).
    reach
        Greatest distance on the plane.
    segment, distance, tied, foot
        Written to at the points that have a segment within reach: the segment, of several as near
        the lowest; the distance on the plane; whether there were several; the place on the segment.
    """
    found = np.empty(2 * MANY_ENTRIES, dtype=np.int64)
    square = np.empty(2 * MANY_ENTRIES, dtype=np.float64)
    vertices = np.empty((4, found.size), dtype=np.float64)
    waiting = np.empty(tree.deepest_wait, dtype=np.int64)
    away = np.empty(tree.deepest_wait, dtype=np.float64)
    first, size, hint = 0, 1, -1
    while first < order.size:
        last = min(first + size, order.size)
        west = south = np.inf
        east = north = -np.inf
        for i in order[first:last]:
            west, east = min(west, x[i]), max(east, x[i])
            south, north = min(south, y[i]), max(north, y[i])
        centre_x, centre_y = west + (east - west) / 2, south + (north - south) / 2
        radius = np.hypot(east - west, north - south) / 2
        found, square, count = _entries_in_question(
            centre_x, centre_y, radius, reach, hint, last == first + 1, tree,
            found, square, waiting, away,
        )  # fmt: skip
        if count < 0:
            size = max((last - first) // 2, 1)
            continue
        if count > vertices.shape[1]:
            vertices = np.empty((4, found.size), dtype=np.float64)
        for c in range(count):
            for which in range(4):
                vertices[which, c] = tree.ends[found[c] // FANOUT, which, found[c] % FANOUT]
        for i in order[first:last]:
            px, py, least = x[i], y[i], np.inf
            for c in range(count):
                square[c] = _square_distance(
                    px, py, vertices[0, c], vertices[1, c], vertices[2, c], vertices[3, c]
                )
            for c in range(count):
                least = min(least, square[c])
            if count == 0 or not least <= reach * reach:
                continue
            own, several, at = -1, False, -1
            for c in range(count):
                if square[c] == least:
                    of = tree.segment[found[c]]
                    several |= own >= 0 and of != own
                    own, at = of if own < 0 else min(own, of), c
            segment[i], distance[i], tied[i] = own, np.sqrt(least), several
            x0, y0, x1, y1 = vertices[0, at], vertices[1, at], vertices[2, at], vertices[3, at]
            along_x, along_y = x1 - x0, y1 - y0
            share = ((px - x0) * along_x + (py - y0) * along_y) / (along_x**2 + along_y**2)
            share = min(max(share, 0.0), 1.0) if along_x != 0 or along_y != 0 else 0.0
            foot[i, 0], foot[i, 1] = x0 + share * along_x, y0 + share * along_y
            hint = found[at]
        if count < FEW_ENTRIES:
            size = min(size * 2, LARGEST_GROUP)
        elif count > MANY_ENTRIES:
            size = max(size // 2, 1)
        first = last
