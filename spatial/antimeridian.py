"""The line where longitudes turn over: shapes that cross it are cut there (RFC 7946, 3.1.9).

An edge that spans more than half the globe is the short way across the line, since nobody draws
the long one; edges from -180 to 180 themselves are those of shapes that go all around.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from spatial.errors import InvalidInputError, Problem

Bounds: TypeAlias = tuple[float, float, float, float]
Shapes: TypeAlias = NDArray[np.object_]

FARTHEST: Final = 360.0
"""Longitudes beyond 180 that are read as being on the other side."""

_HALF: Final = 180.0
_TURN: Final = 360.0
_EXACT: Final = 1e-9
_LINES: Final = (1, 5)
_POLYGONS: Final = (3, 6)


def cut(shapes: Shapes) -> Shapes:
    """Cut the shapes that cross the antimeridian there, and turn longitudes into [-180, 180].

    Parameters
    ----------
    shapes
        Lines or polygons, degrees (EPSG:4326), missing ones too, shape (N,).

    Returns
    -------
    numpy.ndarray
        Shape (N,): those that do not cross it as they are, others as multilines or multipolygons
        with a part on each side.

    Raises
    ------
    InvalidInputError
        When a ring goes around a pole without an edge along the antimeridian: what is inside of it
        cannot be told.

    Examples
    --------
    >>> across = shapely.Polygon([(179, 0), (-179, 0), (-179, 1), (179, 1)])
    >>> shapely.bounds(shapely.get_parts(cut(np.array([across])))).tolist()
    [[179.0, 0.0, 180.0, 1.0], [-180.0, 0.0, -179.0, 1.0]]
    """
    found = np.array(shapes, dtype=object)
    kinds = shapely.get_type_id(found)
    west, _, east, _ = shapely.bounds(found).T
    with np.errstate(invalid="ignore"):
        suspect = (east - west > _HALF) | (east > _HALF) | (west < -_HALF)
    for at in np.flatnonzero(suspect & np.isin(kinds, (*_LINES, *_POLYGONS))):
        if _reaches_across(found[at]):
            found[at] = _cut(found[at], int(at))
    return found


def crosses(bounds: Bounds) -> bool:
    """Tell whether bounds lie across the antimeridian: west is greater than east then."""
    return bounds[0] > bounds[2]


def bounds(shapes: Shapes) -> Bounds:
    """Return west, south, east and north of shapes that were cut, degrees.

    West is greater than east where the shapes lie on both sides of the antimeridian and together
    within half the globe (RFC 7946, 5.2).

    Examples
    --------
    >>> bounds(np.array([shapely.box(179, 0, 180, 1), shapely.box(-180, 0, -179, 1)]))
    (179.0, 0.0, -179.0, 1.0)
    """
    west, south, east, north = map(float, shapely.total_bounds(shapes))
    parts = np.asarray(shapely.get_parts(shapes), dtype=object) if east - west > _HALF else None
    if parts is not None and not _all_around(parts):
        turned = shapely.transform(parts, _eastward)
        least, _, most, _ = map(float, shapely.total_bounds(turned))
        if most - least <= _HALF:
            return least, south, most - _TURN, north
    return west, south, east, north


def boxes(bounds: Bounds) -> list[Bounds]:
    """Return the boxes of some bounds: two where they lie across the antimeridian."""
    west, south, east, north = bounds
    if not crosses(bounds):
        return [bounds]
    return [(west, south, _HALF, north), (-_HALF, south, east, north)]


def box(bounds: Bounds) -> BaseGeometry:
    """Return the shape of some bounds: of two parts where they lie across the antimeridian."""
    each = [shapely.box(*one) for one in boxes(bounds)]
    return each[0] if len(each) == 1 else shapely.MultiPolygon(each)


def centres(shapes: Shapes) -> NDArray[np.float64]:
    """Return the centroid of each shape, degrees, shape (N, 2); of cut ones, as of the whole."""
    found = shapely.get_coordinates(shapely.centroid(shapes))
    west, _, east, _ = shapely.bounds(shapes).T
    both = np.flatnonzero(east - west > _HALF)
    for at in both:
        parts = np.asarray(shapely.get_parts(shapes[at]), dtype=object)
        if _all_around(parts):
            continue
        whole = shapely.union_all(shapely.transform(parts, _eastward))
        if np.ptp(shapely.bounds(whole)[[0, 2]]) <= _HALF:
            x, y = shapely.get_coordinates(shapely.centroid(whole))[0]
            found[at] = (x - _TURN if x > _HALF else x), y
    return found


def _all_around(parts: Shapes) -> bool:
    """Tell whether a part itself spans more than half the globe, so that it was not cut."""
    west, _, east, _ = shapely.bounds(parts).T
    return bool((east - west > _HALF).any())


def _eastward(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a part's coordinates on the eastern side of the antimeridian."""
    return np.column_stack((np.where(xy[:, 0] < 0, xy[:, 0] + _TURN, xy[:, 0]), xy[:, 1]))


def _reaches_across(shape: BaseGeometry) -> bool:
    """Tell whether an edge crosses the antimeridian, or a longitude is beyond it."""
    xy, part = shapely.get_coordinates(_boundaries(shape), return_index=True)
    same = part[1:] == part[:-1]
    return bool((_jumps(xy) & same).any() or (np.abs(xy[:, 0]) > _HALF + _EXACT).any())


def _boundaries(shape: BaseGeometry) -> Shapes:
    parts = shapely.get_parts(shape)
    rings = shapely.get_rings(parts)
    return np.asarray(rings if len(rings) else parts, dtype=object)


def _cut(shape: BaseGeometry, at: int) -> BaseGeometry:
    linear = shapely.get_type_id(shape) in _LINES
    whole = [_whole(part, at) for part in shapely.get_parts(shape)]
    pieces: list[BaseGeometry] = []
    for part in whole:
        west, _, east, _ = shapely.bounds(part)
        first = int(np.floor((west + _HALF) / _TURN))
        last = max(first, int(np.ceil((east + _HALF) / _TURN)) - 1)
        for turn in range(first, last + 1):
            strip = shapely.box(turn * _TURN - _HALF, -91.0, turn * _TURN + _HALF, 91.0)
            inside = part if first == last else shapely.intersection(part, strip)
            moved = affinity.translate(inside, -turn * _TURN)
            kinds = _LINES if linear else _POLYGONS
            # Of a shape that only touches the line a point or an edge is left there.
            pieces += [one for one in shapely.get_parts(moved) if shapely.get_type_id(one) in kinds]
    if len(pieces) == 1 and shapely.get_type_id(shape) in (_LINES[0], _POLYGONS[0]):
        return pieces[0]
    join = shapely.multilinestrings if linear else shapely.multipolygons
    return join(np.array(pieces, dtype=object))  # type: ignore[return-value] # one, of one list


def _whole(part: BaseGeometry, at: int) -> BaseGeometry:
    """Return a line or polygon without jumps, whose longitudes may be beyond 180."""
    if shapely.get_type_id(part) == _LINES[0]:
        return shapely.LineString(_without_jumps(shapely.get_coordinates(part))[0])
    rings = [shapely.get_exterior_ring(part), *shapely.get_rings(part)[1:]]
    walked = []
    for ring in rings:
        xy, turns = _without_jumps(shapely.get_coordinates(ring))
        if turns:
            raise InvalidInputError(
                f"Shape {at + 1} goes around a pole: draw it with edges along 180 and -180 degrees "
                "and along the pole's latitude, so that its inside can be told.",
                [Problem(f"feature {at + 1}", "goes around a pole")],
            )
        walked.append(xy)
    outer, *holes = walked
    centre = _centre(outer)
    for hole in holes:
        hole[:, 0] += _TURN * np.round((centre - _centre(hole)) / _TURN)
    whole = shapely.Polygon(outer, holes)
    return whole if shapely.is_valid(whole) else shapely.make_valid(whole, method="structure")


def _without_jumps(xy: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Return coordinates that go on over the antimeridian, and the turns around the globe."""
    turned = np.where(_jumps(xy), -np.sign(np.diff(xy[:, 0])), 0.0)
    turns = np.concatenate(([0.0], np.cumsum(turned)))
    return np.column_stack((xy[:, 0] + _TURN * turns, xy[:, 1])), int(turns[-1])


def _jumps(xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which edges span more than half the globe, but not all of it."""
    span = np.abs(np.diff(xy[:, 0]))
    return (span > _HALF) & (span < _TURN - _EXACT)


def _centre(xy: NDArray[np.float64]) -> float:
    return float(xy[:, 0].min() + xy[:, 0].max()) / 2
