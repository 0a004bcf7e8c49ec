"""Polygons as units: checked, measured, which are neighbours, which overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse
from shapely.geometry.base import BaseGeometry

from spatial.areas.ellipsoid import area_m2
from spatial.errors import InvalidInputError, Problem
from spatial.grid import Graph
from spatial.metres import plane

Shapes: TypeAlias = gpd.GeoSeries | NDArray[np.object_] | Sequence[BaseGeometry]

LINES: Final = (1, 5)
POLYGONS: Final = (3, 6)
_KINDS: Final = {LINES: "line", POLYGONS: "polygon"}

EDGE_STEP_DEG: Final = 0.005
"""Longer edges get points between before they are projected: they then bend less than 2 cm."""


def area_km2(polygons: Shapes) -> NDArray[np.float64]:
    """Return the area of each polygon on the ellipsoid, km².

    Parameters
    ----------
    polygons
        Polygons or multipolygons, degrees (EPSG:4326), shape (N,). Edges are straight in
        longitude and latitude, as in GeoJSON.

    Returns
    -------
    numpy.ndarray
        Shape (N,).

    Raises
    ------
    InvalidInputError
        When a shape is empty, not a valid polygon or not in degrees.

    Examples
    --------
    >>> area_km2([shapely.box(0, 51, 0.1, 51.1)]).round(3).tolist()
    [78.01]
    """
    return area_m2(checked(polygons, POLYGONS)) / 1e6


def neighbours(polygons: Shapes, tolerance_m: float = 0.1) -> Graph:
    """Return which polygons share an edge or a corner (queen contiguity), or nearly do.

    Parameters
    ----------
    polygons
        Polygons or multipolygons, degrees (EPSG:4326), shape (N,).
    tolerance_m
        Polygons no further apart are neighbours. The default allows for coordinates rounded to
        six decimals; borders that were drawn twice leave wider gaps.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (N, N), binary, symmetric, zero diagonal, columns ascending in each row. An island
        has an empty row; polygons that overlap are neighbours too.

    Raises
    ------
    InvalidInputError
        When a shape is not a polygon, or the tolerance is not positive.

    Examples
    --------
    >>> row = [shapely.box(west, 51, west + 0.1, 51.1) for west in (0, 0.1, 0.2, 0.5)]
    >>> neighbours(row).toarray().tolist()
    [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    """
    areas = checked(polygons, POLYGONS)
    if not 0 < tolerance_m < np.inf:
        raise InvalidInputError(f"tolerance_m must be positive metres, not {tolerance_m}.")
    if len(areas) == 0:
        return sparse.csr_array(np.zeros((0, 0), dtype=np.int8))
    degrees = gpd.GeoSeries(shapely.segmentize(areas, EDGE_STEP_DEG), crs=4326)
    metres = np.asarray(degrees.to_crs(plane(degrees)).array)
    first, second = shapely.STRtree(metres).query(metres, predicate="dwithin", distance=tolerance_m)
    once = first < second
    pair = np.concatenate((first[once], second[once])), np.concatenate((second[once], first[once]))
    graph: Graph = sparse.csr_array(
        (np.ones(len(pair[0]), dtype=np.int8), pair), shape=(len(areas), len(areas))
    )
    graph.sort_indices()
    return graph


def overlaps(polygons: Shapes, min_share: float = 1e-4) -> pd.DataFrame:
    """Return the pairs of polygons that overlap by more than slivers do.

    Parameters
    ----------
    polygons
        Polygons or multipolygons, degrees (EPSG:4326), shape (N,).
    min_share
        Overlaps up to this share of the smaller polygon are slivers, 0 to 1.

    Returns
    -------
    pandas.DataFrame
        One row per pair, by position: `first` and `second` (positions, first < second) and
        `area_km2` that both hold.

    Raises
    ------
    InvalidInputError
        When a shape is not a polygon, or the share is not from 0 to 1.

    Examples
    --------
    >>> overlaps([shapely.box(0, 51, 2, 52), shapely.box(1, 51, 3, 52)]).round(0).values.tolist()
    [[0.0, 1.0, 7726.0]]
    """
    areas = checked(polygons, POLYGONS)
    if not 0 <= min_share < 1:
        raise InvalidInputError(f"min_share must be at least 0 and below 1, not {min_share}.")
    first, second = shapely.STRtree(areas).query(areas, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    # Most pairs only touch, which is quicker to see than to intersect.
    inside = ~shapely.touches(areas[first], areas[second])
    first, second = first[inside], second[inside]
    shared = area_m2(shapely.intersection(areas[first], areas[second]))
    own = area_m2(areas)
    large = shared > min_share * np.minimum(own[first], own[second])
    found = {
        "first": first[large],
        "second": second[large],
        "area_km2": shared[large] / 1e6,
    }
    return pd.DataFrame(found).sort_values(["first", "second"], ignore_index=True)


def checked(shapes: Shapes, kind: tuple[int, int]) -> NDArray[np.object_]:
    """Return shapes as a flat array without heights; refuse what is not of a kind.

    Parameters
    ----------
    shapes
        Degrees (EPSG:4326), shape (N,).
    kind
        `LINES` or `POLYGONS`.
    """
    found = _in_degrees(shapes)
    kinds = shapely.get_type_id(found)
    whole = np.isin(kinds, kind)
    _refuse(~whole, found, f"is not a {_KINDS[kind]}: leave it out")
    if kind == POLYGONS:
        _refuse(~shapely.is_valid(found), found, "is not valid: repair it (shapely.make_valid)")
    return shapely.force_2d(found)


def _in_degrees(shapes: Shapes) -> NDArray[np.object_]:
    if isinstance(shapes, gpd.GeoSeries):
        if shapes.crs is not None and shapes.crs != 4326:
            raise InvalidInputError(
                f"Areas and units are compared in longitude and latitude, not in "
                f"{shapes.crs.to_string()}: use to_crs(4326)."
            )
        shapes = shapes.array
    found = np.asarray(shapes, dtype=object)
    if found.ndim != 1:
        raise InvalidInputError(f"Shapes must have one dimension, not {found.ndim}.")
    _refuse(shapely.is_missing(found), found, "is missing: leave it out")
    _refuse(shapely.is_empty(found), found, "is empty: leave it out")
    west, south, east, north = shapely.bounds(found).T if len(found) else np.empty((4, 0))
    on_globe = (west >= -180) & (south >= -90) & (east <= 180) & (north <= 90)
    _refuse(~on_globe, found, "is not in longitude and latitude: use to_crs(4326)")
    return found


def _refuse(bad: NDArray[np.bool_], shapes: NDArray[np.object_], why: str) -> None:
    at = np.flatnonzero(bad)
    if at.size == 0:
        return
    first = shapes[at[0]]
    kind = "geometry" if first is None else first.geom_type
    reason = "" if first is None or first.is_valid else f" ({shapely.is_valid_reason(first)})"
    raise InvalidInputError(
        f"The {kind} at position {at[0]} {why}{reason}; {at.size} such in all.",
        [Problem(f"position {each}", why) for each in at.tolist()],
    )
