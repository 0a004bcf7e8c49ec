"""H3 cells as units: index points, cover an area, neighbours, polygons, areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import h3ronpy
import numpy as np
import pyarrow as pa
import shapely
from h3ronpy import vector
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from spatial import antimeridian
from spatial.errors import InvalidInputError

if TYPE_CHECKING:
    from scipy import sparse

RESOLUTIONS: Final = range(7, 13)
"""Resolutions that an analysis of places can use: cells of 5 km² down to 300 m²."""

MEAN_CELL_AREA_KM2: Final = {
    7: 5.161,
    8: 0.7373,
    9: 0.1053,
    10: 0.01505,
    11: 0.002150,
    12: 0.0003071,
}
"""Mean area of a hexagon by resolution (H3's table of cell statistics)."""

Cells: TypeAlias = NDArray[np.uint64]
Graph: TypeAlias = "sparse.csr_array[Any, tuple[int, int]]"


_HALF_TURN: Final = 180.0


def index(longitude: ArrayLike, latitude: ArrayLike, resolution: int) -> Cells:
    """Return the cell that holds each point.

    A point belongs to its cell at the resolution asked for, never to the parent of a finer cell:
    children are not nested in their parents' polygons.

    Parameters
    ----------
    longitude, latitude
        Degrees (EPSG:4326), shape (n,).
    resolution
        H3 resolution, 0 to 15.

    Returns
    -------
    numpy.ndarray
        Cells of shape (n,), uint64.

    Raises
    ------
    InvalidInputError
        When a coordinate is not finite or off the globe, the shapes differ, or the resolution
        does not exist.

    Examples
    --------
    >>> cell_ids(index([-0.0877], [51.5081], resolution=9)).tolist()
    ['89194ad307bffff']
    """
    _check_resolution(resolution)
    lon = np.atleast_1d(np.asarray(longitude, dtype=np.float64))
    lat = np.atleast_1d(np.asarray(latitude, dtype=np.float64))
    if lon.shape != lat.shape or lon.ndim != 1:
        raise InvalidInputError(
            f"longitude and latitude need one shape (n,), not {lon.shape} and {lat.shape}."
        )
    bad = np.flatnonzero(~((np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)))
    if bad.size:
        raise InvalidInputError(
            f"{bad.size} points are not on the globe, the first at position {bad[0]} "
            f"({lon[bad[0]]}, {lat[bad[0]]}): leave them out before indexing."
        )
    if lon.size == 0:
        return np.empty(0, dtype=np.uint64)
    return np.asarray(vector.coordinates_to_cells(lat, lon, resolution), dtype=np.uint64)


def cover(area: BaseGeometry, resolution: int) -> Cells:
    """Return the cells that overlap an area, so that its edge is covered too.

    Parameters
    ----------
    area
        Polygon or multipolygon, degrees (EPSG:4326).
    resolution
        H3 resolution, 0 to 15.

    Returns
    -------
    numpy.ndarray
        Distinct cells of shape (N,), uint64, ascending.

    Raises
    ------
    InvalidInputError
        When the area is empty or not a polygon.

    Examples
    --------
    >>> len(cover(shapely.box(-0.10, 51.50, -0.08, 51.52), resolution=9))
    48
    """
    _check_resolution(resolution)
    if area.is_empty or area.geom_type not in {"Polygon", "MultiPolygon"}:
        raise InvalidInputError(
            f"A study area must be a polygon with an inside, not "
            f"{'an empty geometry' if area.is_empty else f'a {area.geom_type}'}."
        )
    cells = vector.geometry_to_cells(
        shapely.force_2d(area), resolution, containment_mode=h3ronpy.ContainmentMode.Covers
    )
    return np.unique(np.asarray(cells, dtype=np.uint64))


def neighbours(cells: Cells, k: int = 1) -> Graph:
    """Return which cells lie within `k` steps of which others.

    Parameters
    ----------
    cells
        Distinct cells of one resolution, ascending, shape (N,).
    k
        Greatest grid distance that still is a neighbour, at least 1.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (N, N), binary, zero diagonal, columns ascending in each row. Neighbours that are
        not among `cells` have no column, so cells at the edge have fewer.

    Raises
    ------
    InvalidInputError
        When the cells are not distinct and ascending, or `k` is below 1.

    Examples
    --------
    >>> disk = cover(shapely.box(-0.10, 51.50, -0.08, 51.52), resolution=9)
    >>> int(neighbours(disk).sum(axis=1).max())
    6
    """
    from scipy import sparse  # here, so that who needs but resolutions does without it

    if k < 1:
        raise InvalidInputError(f"k must be at least 1 grid step, not {k}.")
    n = len(cells)
    if n == 0:
        return sparse.csr_array(np.zeros((0, 0), dtype=np.int8))
    if np.any(cells[1:] <= cells[:-1]):
        raise InvalidInputError("cells must be distinct and ascending: use numpy.unique.")
    disks = pa.array(h3ronpy.grid_disk(cells, k, flatten=False))
    row = np.repeat(np.arange(n), np.diff(disks.offsets.to_numpy()))
    position = positions(disks.values.to_numpy(), cells)
    keep = (position >= 0) & (position != row)
    graph: Graph = sparse.csr_array(
        (np.ones(int(keep.sum()), dtype=np.int8), (row[keep], position[keep])), shape=(n, n)
    )
    graph.sort_indices()
    return graph


def disk_union(cells: Cells, k: int) -> Cells:
    """Return the cells within `k` steps of any of some cells, themselves included.

    Examples
    --------
    >>> len(disk_union(index([-0.09], [51.51], 9), k=1))
    7
    """
    if len(cells) == 0:
        return cells
    return np.unique(np.asarray(h3ronpy.grid_disk(cells, k, flatten=True), dtype=np.uint64))


def polygons(cells: Cells) -> NDArray[np.object_]:
    """Return the polygon of each cell, degrees (EPSG:4326), shape (N,), right-handed.

    One that lies across the antimeridian is cut there, into a multipolygon.
    """
    wkb = pa.array(vector.cells_to_wkb_polygons(np.ascontiguousarray(cells, dtype=np.uint64)))
    whole = np.asarray(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)), dtype=object)
    west, _, east, _ = shapely.bounds(whole).T
    across = east - west > _HALF_TURN
    if across.any():
        whole[across] = shapely.orient_polygons(antimeridian.cut(whole[across]))
    return whole


def area_km2(cells: Cells) -> NDArray[np.float64]:
    """Return the area of each cell on the authalic sphere, km², shape (N,)."""
    return np.asarray(
        h3ronpy.cells_area_km2(np.ascontiguousarray(cells, dtype=np.uint64)), dtype=np.float64
    )


def bounds(cells: Cells) -> tuple[float, float, float, float]:
    """Return west, south, east and north of some cells, degrees (EPSG:4326).

    West is greater than east where they lie on both sides of the antimeridian.
    """
    west, south, east, north = vector.cells_bounds(np.ascontiguousarray(cells, dtype=np.uint64))
    if east - west > _HALF_TURN:
        return antimeridian.bounds(polygons(cells))
    return west, south, east, north


def cell_ids(cells: Cells) -> NDArray[np.object_]:
    """Return the cells as H3 writes them for people, e.g. ``89194ad307bffff``, shape (N,)."""
    text = pa.array(h3ronpy.cells_to_string(np.ascontiguousarray(cells, dtype=np.uint64)))
    return text.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def positions(cells: Cells, study: Cells) -> NDArray[np.intp]:
    """Return where each cell stands in the study area.

    Parameters
    ----------
    cells
        Cells of any order, repeats allowed, shape (n,).
    study
        Distinct cells, ascending, shape (N,).

    Returns
    -------
    numpy.ndarray
        Positions in `study`, shape (n,); -1 for a cell outside it.

    Examples
    --------
    >>> study = np.array([3, 5, 8], dtype=np.uint64)
    >>> positions(np.array([8, 4], dtype=np.uint64), study).tolist()
    [2, -1]
    """
    if len(study) == 0:
        return np.full(len(cells), -1, dtype=np.intp)
    found = np.searchsorted(study, cells)
    inside = study[np.minimum(found, len(study) - 1)] == cells
    return np.where(inside, found, -1)


def _check_resolution(resolution: int) -> None:
    if not 0 <= resolution <= 15:
        raise InvalidInputError(f"H3 has resolutions 0 to 15, not {resolution}.")
