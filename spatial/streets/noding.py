"""Noding: cut lines at true junctions, and leave bridges and tunnels whole."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from spatial.streets.contacts import Contacts, contacts
from spatial.streets.junctions import meeting_places

Noding: TypeAlias = Literal["none", "vertices", "crossings"]
Positions: TypeAlias = NDArray[np.intp]

NODINGS: Final = ("none", "vertices", "crossings")
NEW_VERTEX: Final = -1


class Pieces(NamedTuple):
    """Lines cut into P pieces, with the vertices where they were cut in both of two pieces."""

    xy: NDArray[np.float64]  # (V, 2), metres
    source: Positions  # (V,), the vertex given that each is, NEW_VERTEX where lines cross
    starts: Positions  # (P + 1,), where the vertices of each piece begin
    line: Positions  # (P,), the line that each piece is of, ascending
    kept_apart: int  # crossings left alone because the lines are on different levels
    apart: Positions  # lines that such a crossing is on, ascending


class _Vertices(NamedTuple):
    """Vertices of lines, one line after the other."""

    xy: NDArray[np.float64]  # (V, 2)
    source: Positions  # (V,)
    line: Positions  # (V,), ascending


def node(
    xy: NDArray[np.float64],
    line: Positions,
    levels: NDArray[np.float64],
    noding: Noding,
) -> Pieces:
    """Cut lines where they truly meet.

    At a vertex that lines share, those on one level are cut, and all are where one of them ends.
    Lines that merely run along each other for a while are cut where they come together and where
    they part, and a line that turns back on itself where it turns. With ``"crossings"``, a vertex
    is first put where lines of one level touch or cross without a common one; an end that lies on
    a line of another level joins it if it leads nowhere else, as the end of a bridge does.

    Parameters
    ----------
    xy
        Vertices of the lines, one line after the other, metres, shape (n, 2).
    line
        Which line each vertex belongs to, ascending from 0, shape (n,).
    levels
        Lowest and highest level of each line; those that overlap are on one level, shape (L, 2).
    noding
        ``"none"``, ``"vertices"`` or ``"crossings"``.

    Examples
    --------
    >>> tee = np.array([[0.0, 0], [10, 0], [5, 0], [5, 5]])
    >>> node(tee, np.array([0, 0, 1, 1]), np.zeros((2, 2)), "crossings").line.tolist()
    [0, 0, 1]
    """
    vertices = _Vertices(xy, np.arange(len(xy)), line)
    kept_apart, apart = 0, [np.empty(0, dtype=np.intp)]
    if noding == "crossings":
        vertices, kept_apart, crossing = _with_contacts(vertices, levels)
        apart.append(crossing)
    cut = np.zeros(len(vertices.xy), dtype=np.bool_)
    if noding != "none":
        cut, number, passing = _junctions(vertices, levels)
        kept_apart += number
        apart.append(passing)
    twice = np.repeat(np.arange(len(cut)), 1 + cut)
    begins = np.ones(len(twice), dtype=np.bool_)
    begins[1:] = (vertices.line[twice[1:]] != vertices.line[twice[:-1]]) | (twice[1:] == twice[:-1])
    starts = np.flatnonzero(begins)
    return Pieces(
        xy=vertices.xy[twice],
        source=vertices.source[twice],
        starts=np.append(starts, len(twice)),
        line=vertices.line[twice[starts]],
        kept_apart=kept_apart,
        apart=np.unique(np.concatenate(apart)),
    )


def _with_contacts(
    vertices: _Vertices, levels: NDArray[np.float64]
) -> tuple[_Vertices, int, Positions]:
    """Put vertices where lines of one level touch or cross; tell which of another level do."""
    xy, line = vertices.xy, vertices.line
    found = contacts(xy, line)
    loose = _is_end(line) & (np.bincount(place := meeting_places(xy)) == 1)[place]
    touch = _on_one_level(levels, line[found.vertex], line[found.on_edge]) | loose[found.vertex]
    cross = _on_one_level(levels, *line[found.edges].T)
    apart = np.concatenate(
        (
            line[found.vertex[~touch]],
            line[found.on_edge[~touch]],
            line[found.edges[~cross]].ravel(),
        )
    )
    return _inserted(vertices, found, touch, cross), int((~touch).sum() + (~cross).sum()), apart


def _inserted(
    vertices: _Vertices, found: Contacts, touch: NDArray[np.bool_], cross: NDArray[np.bool_]
) -> _Vertices:
    """Return the vertices with those of some contacts among them, in order along each line."""
    n = len(vertices.xy)
    after = np.concatenate((np.arange(n), found.on_edge[touch], found.edges[cross].ravel()))
    share = np.concatenate((np.zeros(n), found.share[touch], found.shares[cross].ravel()))
    order = np.lexsort((share, after))
    touched, crossed = found.vertex[touch], np.repeat(found.xy[cross], 2, axis=0)
    return _Vertices(
        # The line takes over the very vertex that lies on it, so that both have it in common.
        xy=np.concatenate((vertices.xy, vertices.xy[touched], crossed))[order],
        source=np.concatenate((np.arange(n), touched, np.full(len(crossed), NEW_VERTEX)))[order],
        line=vertices.line[after][order],
    )


def _junctions(
    vertices: _Vertices, levels: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], int, Positions]:
    """Return where to cut, how many shared vertices are no junction, and the lines they are on."""
    place = meeting_places(vertices.xy)
    # Vertices of one line that follow each other at one place are one visit of it.
    visits = np.ones(len(place), dtype=np.bool_)
    visits[1:] = (place[1:] != place[:-1]) | (vertices.line[1:] != vertices.line[:-1])
    at = np.flatnonzero(visits)
    line, visited = vertices.line[at], place[at]
    ends = np.logical_or.reduceat(_is_end(vertices.line), at)
    turns = _turns_back(visited) & ~ends
    with_end = np.bincount(visited, weights=ends | turns) > 0
    shared = np.bincount(visited)[visited] > 1
    inside = shared & ~with_end[visited]
    forks = _ways_out(line, visited)[visited] > 2
    met = np.zeros(len(at), dtype=np.bool_)
    met[inside] = _meets_its_level(visited[inside], levels[line[inside]])
    passing = inside & forks & ~met
    cut = np.zeros(len(place), dtype=np.bool_)
    cut[at[turns | shared & ~ends & (with_end[visited] | met & forks)]] = True
    return cut, len(np.unique(visited[passing])), line[np.isin(visited, visited[passing])]


def _ways_out(line: Positions, visited: Positions) -> Positions:
    """Return how many other places the lines lead to directly from each place."""
    along = line[1:] == line[:-1]
    here, there = visited[:-1][along], visited[1:][along]
    width = int(visited.max()) + 1
    ways = np.sort(np.concatenate((here * width + there, there * width + here)))
    distinct = np.append(True, ways[1:] != ways[:-1])  # numpy.unique hashes first, and is slower
    return np.bincount(ways[distinct] // width, minlength=width)


def _turns_back(visited: Positions) -> NDArray[np.bool_]:
    """Say whether each visit comes from the place that it goes on to, as if all were one line."""
    turns = np.zeros(len(visited), dtype=np.bool_)
    turns[1:-1] = visited[:-2] == visited[2:]
    return turns


def _meets_its_level(place: Positions, levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say whether each visit of a place overlaps in level with another visit of it."""
    order = np.lexsort((levels[:, 0], place))
    where, (low, high) = place[order], levels[order].T
    # Levels shifted apart place by place, so that a running maximum stays within its place.
    step = float(np.ptp(levels) + 1) if len(levels) else 1.0
    shift = (np.cumsum(np.append(False, where[1:] != where[:-1])) if len(where) else where) * step
    met = np.zeros(len(where), dtype=np.bool_)
    highest = np.maximum.accumulate(high + shift)
    met[1:] = low[1:] + shift[1:] <= highest[:-1]
    met[:-1] |= (low[1:] <= high[:-1]) & (where[1:] == where[:-1])
    result = np.empty_like(met)
    result[order] = met
    return result


def _on_one_level(
    levels: NDArray[np.float64], one: Positions, other: Positions
) -> NDArray[np.bool_]:
    low, high = np.maximum(levels[one, 0], levels[other, 0]), levels[[one, other], 1].min(axis=0)
    return np.asarray(low <= high, dtype=np.bool_)


def _is_end(line: Positions) -> NDArray[np.bool_]:
    """Say of each vertex whether its line begins or ends there."""
    ends = np.ones(len(line), dtype=np.bool_)
    ends[1:-1] = (line[1:-1] != line[:-2]) | (line[1:-1] != line[2:])
    return ends
