"""Where lines of a network touch or cross without a vertex in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.streets.junctions import NODE_STEP_M

TOUCH_M: Final = NODE_STEP_M / 2
"""A vertex this near to a line lies on it: near enough for both to be one place afterwards."""

_EDGES_AT_ONCE: Final = 100_000

Positions = NDArray[np.intp]
Coordinates = NDArray[np.float64]


class Edges(NamedTuple):
    """The straight pieces of lines, E of them."""

    vertex: Positions  # (E,), where each begins; it ends at the next vertex
    begin: Coordinates  # (E, 2)
    end: Coordinates  # (E, 2)


class Contacts(NamedTuple):
    """Vertices that lie on edges, and points where edges cross between their vertices."""

    vertex: Positions  # (V,), which vertex
    on_edge: Positions  # (V,), the vertex where the edge it lies on begins
    share: Coordinates  # (V,), how far along that edge, 0 to 1
    edges: Positions  # (X, 2), the vertices where two crossing edges begin
    shares: Coordinates  # (X, 2), how far along each
    xy: Coordinates  # (X, 2), where they cross


def contacts(xy: Coordinates, line: Positions) -> Contacts:
    """Return where lines touch or cross, themselves included, other than at their vertices.

    Parameters
    ----------
    xy
        Vertices of the lines, one line after the other, metres, shape (n, 2).
    line
        Which line each vertex belongs to, shape (n,).

    Examples
    --------
    >>> cross = np.array([[0.0, 0], [10, 0], [5, -5], [5, 5]])
    >>> contacts(cross, np.array([0, 0, 1, 1])).xy.tolist()
    [[5.0, 0.0]]
    """
    start = np.flatnonzero((line[1:] == line[:-1]) & (xy[1:] != xy[:-1]).any(axis=1))
    edges = Edges(start, xy[start], xy[start + 1])
    touching: list[tuple[Positions, Positions, Coordinates]] = []
    crossing: list[tuple[Positions, Coordinates, Coordinates]] = []
    for pairs in _near_each_other(edges):
        touching.extend(_touches(edges, pairs))
        crossing.append(_crossings(edges, pairs))
    vertex, on_edge, share = (np.concatenate(column) for column in zip(*touching, strict=True))
    # A vertex between two edges is found by both.
    _, once = np.unique(vertex * (len(xy) + 1) + on_edge, return_index=True)
    found, shares, at = (np.concatenate(column) for column in zip(*crossing, strict=True))
    return Contacts(vertex[once], on_edge[once], share[once], found, shares, at)


def _near_each_other(edges: Edges) -> Iterator[Positions]:
    """Yield pairs of edges whose boxes touch, each pair once, shape (2, p), some at a time."""
    straight = shapely.linestrings(np.stack((edges.begin, edges.end), axis=1))
    tree = shapely.STRtree(np.asarray(straight))
    low = np.minimum(edges.begin, edges.end) - TOUCH_M
    high = np.maximum(edges.begin, edges.end) + TOUCH_M
    for first in range(0, len(low), _EDGES_AT_ONCE):
        some = slice(first, first + _EDGES_AT_ONCE)
        one, other = tree.query(shapely.box(*low[some].T, *high[some].T))
        one = one + first
        yield np.stack((one, other))[:, one < other]


def _touches(edges: Edges, pairs: Positions) -> Iterator[tuple[Positions, Positions, Coordinates]]:
    """Yield the ends of either edge that lie on the other, away from its ends."""
    for on, of in (pairs, pairs[::-1]):
        along = edges.end[on] - edges.begin[on]
        length = np.hypot(*along.T)
        for point, step in ((edges.begin[of], 0), (edges.end[of], 1)):
            way = point - edges.begin[on]
            share = np.einsum("ij,ij->i", way, along) / length**2
            aside = np.abs(way[:, 0] * along[:, 1] - way[:, 1] * along[:, 0]) / length
            inside = (share * length > TOUCH_M) & ((1 - share) * length > TOUCH_M)
            touch = inside & (aside <= TOUCH_M)
            yield edges.vertex[of[touch]] + step, edges.vertex[on[touch]], share[touch]


def _crossings(edges: Edges, pairs: Positions) -> tuple[Positions, Coordinates, Coordinates]:
    """Return which edges cross, how far along each, and where.

    Edges that come as near as a touch to each other at an end do touch there, and edges that run
    along each other cross nowhere but in the last digits of their vertices.
    """
    one, other = pairs
    along, across = edges.end[one] - edges.begin[one], edges.end[other] - edges.begin[other]
    between = edges.begin[other] - edges.begin[one]
    turn = along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (between[:, 0] * across[:, 1] - between[:, 1] * across[:, 0]) / turn
        share_of_other = (between[:, 0] * along[:, 1] - between[:, 1] * along[:, 0]) / turn
        nearer_end = np.minimum(share, 1 - share) * np.abs(turn) / np.hypot(*across.T)
        of_other = np.minimum(share_of_other, 1 - share_of_other) * np.abs(turn)
        nearer_end_of_other = of_other / np.hypot(*along.T)
    cross = (nearer_end > TOUCH_M) & (nearer_end_of_other > TOUCH_M)
    return (
        edges.vertex[pairs[:, cross].T],
        np.stack((share, share_of_other), axis=1)[cross],
        edges.begin[one[cross]] + share[cross, None] * along[cross],
    )
