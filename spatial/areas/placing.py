"""Which area a point or a unit lies in."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from spatial.areas.overlay import UnitShapes, overlap
from spatial.areas.polygons import POLYGONS, Shapes, checked
from spatial.errors import InvalidInputError

MIDDLE_TOLERANCE_DEG: Final = 1e-9
"""The middle of a street on a border misses it by rounding (a tenth of a millimetre)."""


def place(longitude: ArrayLike, latitude: ArrayLike, polygons: Shapes) -> NDArray[np.intp]:
    """Return the area that holds each point.

    A point on a shared border or in an overlap belongs to the area of the lowest position, so
    every point has one area and sums over areas are sums over points.

    Parameters
    ----------
    longitude, latitude
        Degrees (EPSG:4326), shape (n,).
    polygons
        Polygons or multipolygons, degrees (EPSG:4326), shape (N,).

    Returns
    -------
    numpy.ndarray
        Positions of areas, shape (n,); -1 for a point in none.

    Raises
    ------
    InvalidInputError
        When a coordinate is not finite or off the globe, the shapes differ, or a shape is not a
        polygon.

    Examples
    --------
    >>> halves = [shapely.box(0, 51, 1, 52), shapely.box(1, 51, 2, 52)]
    >>> place([0.5, 1.0, 1.5, 9.0], [51.5, 51.5, 51.5, 51.5], halves).tolist()
    [0, 0, 1, -1]
    """
    lon, lat = np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)
    if lon.shape != lat.shape or lon.ndim != 1:
        raise InvalidInputError(
            f"longitude and latitude need one shape (n,), not {lon.shape} and {lat.shape}."
        )
    bad = np.flatnonzero(~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)))
    if bad.size:
        raise InvalidInputError(
            f"{bad.size} points are not on the globe, the first at position {bad[0]} "
            f"({lon[bad[0]]}, {lat[bad[0]]}): leave them out before placing."
        )
    # Incidents share places, and a complex number sorts faster than a row of two.
    distinct, of_point = np.unique(lon + 1j * lat, return_inverse=True)
    return _lowest(distinct.real, distinct.imag, checked(polygons, POLYGONS))[of_point]


def assign(shapes: Shapes, polygons: Shapes) -> NDArray[np.intp]:
    """Return the area that each unit is said to lie in: the one that holds its middle.

    The middle of a polygon is a point inside it near its centre; that of a street line is the
    midpoint along it. A unit whose middle is in no area, on the edge of a layer, lies in the area
    that it overlaps most.

    Parameters
    ----------
    shapes
        Cells or other polygons, or street lines, degrees (EPSG:4326), shape (n,).
    polygons
        Areas: polygons or multipolygons, degrees (EPSG:4326), shape (N,).

    Returns
    -------
    numpy.ndarray
        Positions of areas, shape (n,), of several as good the lowest; -1 for a unit that meets
        none.

    Raises
    ------
    InvalidInputError
        When the shapes are not all lines or all polygons, or an area is not a polygon.

    Examples
    --------
    >>> halves = [shapely.box(0, 51, 1, 52), shapely.box(1, 51, 2, 52)]
    >>> streets = shapely.linestrings([[[0.8, 51.5], [1.1, 51.5]], [[1.9, 51.5], [2.8, 51.5]]])
    >>> assign(streets, halves).tolist()
    [0, 1]
    """
    units, areas = UnitShapes.of(shapes), checked(polygons, POLYGONS)
    found = _lowest(*units.middles(), areas, MIDDLE_TOLERANCE_DEG)
    lost = np.flatnonzero(found < 0)
    if lost.size:
        unit, area, size = overlap(units[lost], areas)
        order = np.lexsort((area, -size, unit))
        first = order[np.unique(unit[order], return_index=True)[1]]
        found[lost[unit[first]]] = area[first]
    return found


def _lowest(
    x: NDArray[np.float64], y: NDArray[np.float64], areas: NDArray[np.object_], reach: float = 0.0
) -> NDArray[np.intp]:
    """Return the lowest area that holds each point, or comes within `reach` of it; -1 for none."""
    points = np.asarray(shapely.points(x, y), dtype=object)
    boxes = shapely.box(x - reach, y - reach, x + reach, y + reach) if reach else points
    at, area = shapely.STRtree(areas).query(boxes)
    # A prepared polygon answers by an index of its edges; taken in turn, each stays in the cache.
    shapely.prepare(areas)
    turn = np.argsort(area, kind="stable")
    at, area = at[turn], area[turn]
    if reach:
        holds = shapely.dwithin(areas[area], points[at], reach)
    else:
        holds = shapely.intersects_xy(areas[area], x[at], y[at])
    lowest = np.full(len(x), len(areas), dtype=np.intp)
    np.minimum.at(lowest, at[holds], area[holds])
    lowest[lowest == len(areas)] = -1
    return lowest
