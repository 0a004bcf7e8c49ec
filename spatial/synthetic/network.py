"""The streets of the synthetic city as a network: noded, thinned, bent and named."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from spatial.synthetic.fabric import fabric
from spatial.synthetic.ground import Metres, lonlat
from spatial.synthetic.names import names
from spatial.synthetic.roads import GRID_M, Shapes, plan

_JUNCTION_M: Final = 16.0
"""Junctions nearer than this along a street are one."""

_BESIDE_M: Final = 30.0
"""A small street that runs along a main road nearer than this is left out."""

_STUB_M: Final = 32.0
"""Dead ends shorter than this are driveways, not streets."""

_GONE: Final = {"street": 0.14, "lane": 0.24, "alley": 0.14}
"""Share of the edges of a kind that were never built, where the network holds without them."""

_FRINGE_M: Final = 600.0
_GONE_AT_FRINGE: Final = 1.8
_CUL_DE_SAC: Final = 0.25
_ROUNDS: Final = 3

_JITTER_M: Final = 3.5
_VERTEX_M: Final = 45.0
_WAVES: Final = 8
_DECIMALS: Final = 7

_CLASSES: Final = {
    "radial": "primary",
    "ring": "primary",
    "avenue": "secondary",
    "quay": "secondary",
    "market": "pedestrian",
    "alley": "pedestrian",
}

Ends = NDArray[np.intp]
"""Junction at the beginning and at the end of each edge, shape (n, 2)."""


def streets(random: np.random.Generator, corners: Metres) -> gpd.GeoDataFrame:
    """Return the streets of a city with the given outline.

    Returns
    -------
    geopandas.GeoDataFrame
        One line between two junctions a row: `id`, `name`, `road_class`, geometry (EPSG:4326).
        Connected; no line is crossed, doubled or without length.
    """
    laid = plan(random, corners)
    small, small_kinds = fabric(random, laid.blocks)
    lines, kinds = np.concatenate((laid.roads, small)), np.concatenate((laid.kinds, small_kinds))
    edges, line = _with_joined_junctions(*_noded(lines))
    main = line < len(laid.roads)
    keep = ~_beside(edges, main) & ~_doubled(edges, line)
    edges, line = edges[keep], line[keep]
    edges = _bent(random, edges, line < len(laid.roads))
    keep = ~_crossing(edges, line)
    edges, line = edges[keep], line[keep]
    built = _built(random, edges, kinds[line], _fringe(edges, corners))
    half = ~built & (random.uniform(size=len(edges)) < _CUL_DE_SAC)
    edges[half] = _halves(edges[half])
    keep = _led_to(edges, built | half, kinds[line])
    edges, line = edges[keep], line[keep]
    segments = _merged(edges)
    segments = segments[_in_order(segments)]
    line = line[_nearest(segments, edges)]
    street, kind = _streets(segments, line, kinds[line])
    written = shapely.transform(segments, lambda places: lonlat(places).round(_DECIMALS))
    return gpd.GeoDataFrame(
        {
            "id": [f"HM-{at:05d}" for at in range(1, len(segments) + 1)],
            "name": names(random, kind)[street],
            "road_class": [_CLASSES.get(one, "residential") for one in kind[street].tolist()],
        },
        geometry=written,
        crs=4326,
    )


def _noded(lines: Shapes) -> tuple[Shapes, NDArray[np.intp]]:
    """Return the edges between all places where lines meet, and the line that each is of."""
    edges = shapely.get_parts(shapely.union_all(lines, grid_size=GRID_M))
    edges = edges[_in_order(edges)]
    return edges, _nearest(edges, lines)


def _merged(edges: Shapes) -> Shapes:
    """Return the edges joined where only two meet, without those that lead back to themselves."""
    while True:
        whole = shapely.line_merge(shapely.MultiLineString(list(edges)))
        edges = shapely.normalize(shapely.get_parts(whole))
        closed = shapely.is_closed(edges)
        if not closed.any():
            return edges
        edges = edges[~closed]


def _in_order(edges: Shapes) -> NDArray[np.intp]:
    """Return an order that depends on nothing but where the edges are."""
    middle = shapely.get_coordinates(shapely.line_interpolate_point(edges, 0.5, normalized=True))
    return np.lexsort((middle[:, 1], middle[:, 0]))


def _nearest(edges: Shapes, lines: Shapes) -> NDArray[np.intp]:
    """Return the line that each edge lies on."""
    # Off the middle, where two lines that were merged to one edge may meet.
    places = shapely.line_interpolate_point(edges, 0.47, normalized=True)
    found: NDArray[np.intp] = shapely.STRtree(lines).nearest(places)
    return found


def _ends(edges: Shapes) -> tuple[Ends, Metres]:
    """Return the junctions of each edge, and where each junction is."""
    corners, edge = shapely.get_coordinates(edges, return_index=True)
    begin = np.flatnonzero(np.diff(edge, prepend=-1))
    both = corners[np.concatenate((begin, np.append(begin[1:], len(edge)) - 1))]
    _, first, node = np.unique(
        np.rint(both / GRID_M).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    return node.reshape(2, -1).T, both[first]


def _with_ends_at(edges: Shapes, ends: Ends, place: Metres) -> Shapes:
    """Return the edges between moved junctions."""
    corners, edge = shapely.get_coordinates(edges, return_index=True)
    first = np.flatnonzero(np.diff(edge, prepend=-1))
    corners[first] = place[ends[:, 0]]
    corners[np.append(first[1:], len(edge)) - 1] = place[ends[:, 1]]
    return np.asarray(shapely.linestrings(corners, indices=edge), dtype=object)


def _graph(ends: Ends, nodes: int, weight: NDArray[np.float64] | None = None) -> sparse.csr_array:
    value = np.ones(len(ends)) if weight is None else weight
    return sparse.csr_array(sparse.coo_array((value, (ends[:, 0], ends[:, 1])), (nodes, nodes)))


def _with_joined_junctions(
    edges: Shapes, line: NDArray[np.intp]
) -> tuple[Shapes, NDArray[np.intp]]:
    """Draw junctions together that are a few steps apart."""
    ends, place = _ends(edges)
    short = shapely.length(edges) < _JUNCTION_M
    many, joined = csgraph.connected_components(_graph(ends[short], len(place)), directed=False)
    size = np.bincount(joined, minlength=many)
    middle = np.column_stack([np.bincount(joined, place[:, axis]) / size for axis in (0, 1)])
    joined_ends = joined[ends].astype(np.intp)
    keep = joined_ends[:, 0] != joined_ends[:, 1]
    return _with_ends_at(edges[keep], joined_ends[keep], middle), line[keep]


def _beside(edges: Shapes, main: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which small streets run along a main road, with no room for houses between."""
    roads = shapely.STRtree(edges[main])
    beside = ~main & (shapely.length(edges) > _BESIDE_M)
    for at in (0.15, 0.5, 0.85):
        places = shapely.line_interpolate_point(edges, at, normalized=True)
        near = np.zeros(len(edges), dtype=bool)
        near[roads.query(places, "dwithin", _BESIDE_M)[0]] = True
        beside &= near
    return beside


def _doubled(edges: Shapes, line: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which edges join the same two junctions as one of an earlier line."""
    ends, _ = _ends(edges)
    order = np.argsort(line, kind="stable")
    _, first = np.unique(np.sort(ends[order], axis=1), axis=0, return_index=True)
    doubled = np.ones(len(edges), dtype=bool)
    doubled[order[first]] = False
    return doubled


def _crossing(edges: Shapes, line: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell which edges cross one of an earlier line or themselves.

    A few do where junctions were joined.
    """
    one, other = shapely.STRtree(edges).query(edges, "crosses")
    later = (line[one] > line[other]) | ((line[one] == line[other]) & (one > other))
    crossing: NDArray[np.bool_] = ~shapely.is_simple(edges)
    crossing[one[later]] = True
    return crossing


def _fringe(edges: Shapes, corners: Metres) -> NDArray[np.bool_]:
    """Tell which edges lie near the city's outline, where it is built up loosely."""
    places = shapely.line_interpolate_point(edges, 0.5, normalized=True)
    outline = shapely.LinearRing(corners)
    near: NDArray[np.bool_] = shapely.distance(places, outline) < _FRINGE_M
    return near


def _built(
    random: np.random.Generator, edges: Shapes, kind: NDArray[np.str_], fringe: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell which edges were built: some small streets never were; the rest is connected."""
    ends, place = _ends(edges)
    ends.sort(axis=1)
    gone = np.select([kind == name for name in _GONE], list(_GONE.values()), 0.0)
    small = gone > 0
    dice = random.uniform(size=len(edges))
    # A spanning tree, of main roads where it can be: whatever else goes, the tree connects.
    tree = csgraph.minimum_spanning_tree(_graph(ends, len(place), 1 + small + dice))
    held = np.asarray(tree[*ends.T]).ravel() > 0
    return np.asarray(held | (dice >= np.where(fringe, _GONE_AT_FRINGE * gone, gone)))


def _halves(edges: Shapes) -> Shapes:
    """Return about half of each edge, from its beginning: the rest was never built."""
    corners, edge = shapely.get_coordinates(edges, return_index=True)
    first = np.flatnonzero(np.diff(edge, prepend=-1))
    number = np.arange(len(edge)) - first[edge]
    kept = number <= np.maximum(np.bincount(edge)[edge] // 2, 1)
    return np.asarray(shapely.linestrings(corners[kept], indices=edge[kept]), dtype=object)


def _led_to(edges: Shapes, built: NDArray[np.bool_], kind: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Tell which of the edges built belong to the one network, short blind ends left out."""
    ends, place = _ends(edges)
    _, part = csgraph.connected_components(_graph(ends[built], len(place)), directed=False)
    kept: NDArray[np.bool_] = built & (
        part[ends[:, 0]] == np.bincount(part[ends[built, 0]]).argmax()
    )
    small = np.isin(kind, list(_GONE))
    pointless = small & ((shapely.length(edges) < _STUB_M) | _nearly_meets(edges, ends))
    for _ in range(_ROUNDS):
        kept &= ~(pointless & _ends_blindly(ends, kept))
    return kept


def _nearly_meets(edges: Shapes, ends: Ends) -> NDArray[np.bool_]:
    """Tell which edges have an end within a few steps of an edge that they do not meet."""
    nearly = np.zeros(len(edges), dtype=bool)
    tree = shapely.STRtree(edges)
    for at in (0, 1):
        end = shapely.get_point(edges, -at)
        own, other = tree.query(end, "dwithin", _JUNCTION_M)
        nearly[own[(ends[other] != ends[own, at][:, None]).all(axis=1)]] = True
    return nearly


def _ends_blindly(ends: Ends, built: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which edges have an end that no other built edge meets."""
    meeting = np.bincount(ends[built].ravel(), minlength=int(ends.max()) + 1)
    blind: NDArray[np.bool_] = (meeting[ends] == 1).any(axis=1)
    return blind


def _bent(random: np.random.Generator, edges: Shapes, main: NDArray[np.bool_]) -> Shapes:
    """Return the edges as they lie in a landscape: nothing straight, nothing square."""
    ends, place = _ends(edges)
    shift = random.normal(0, _JITTER_M, place.shape).clip(-2 * _JITTER_M, 2 * _JITTER_M)
    shift[np.unique(ends[main])] = 0
    loose = shapely.segmentize(_with_ends_at(edges, ends, place + shift), _VERTEX_M)
    height, length = random.uniform(6, 12, _WAVES), random.uniform(90, 260, _WAVES)
    angle, phase = random.uniform(0, 2 * np.pi, (2, _WAVES))

    def bend(places: Metres) -> Metres:
        along = places @ np.array([np.cos(angle), np.sin(angle)]) / length + phase
        waves = height * np.sin(along)
        east, north = waves[:, ::2].sum(axis=1), waves[:, 1::2].sum(axis=1)
        return np.asarray(places + np.column_stack((east, north)))

    bent: Shapes = shapely.transform(loose, bend)
    return bent


def _streets(
    segments: Shapes, line: NDArray[np.intp], kind: NDArray[np.str_]
) -> tuple[NDArray[np.intp], NDArray[np.str_]]:
    """Return the street of each segment, and the kind of each street.

    A street is what is connected of one line; a single lane with a dead end is a close.
    """
    ends, place = _ends(segments)
    n = len(segments)
    _, meeting = np.unique(
        np.column_stack((np.tile(line, 2), ends.T.ravel())), axis=0, return_inverse=True
    )
    touching = np.column_stack((np.tile(np.arange(n), 2), n + meeting.ravel()))
    _, joined = csgraph.connected_components(_graph(touching, n + int(meeting.max()) + 1), False)
    _, first, street = np.unique(joined[:n], return_index=True, return_inverse=True)
    alone = np.bincount(street) == 1
    dead_end = (np.bincount(ends.ravel(), minlength=len(place))[ends] == 1).any(axis=1)[first]
    close = alone & dead_end & np.isin(kind[first], ("lane", "street"))
    return street, np.where(close, "close", kind[first])
