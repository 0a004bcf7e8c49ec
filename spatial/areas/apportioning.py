"""Amounts known by area, such as residents, spread over units."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.areas.ellipsoid import area_m2
from spatial.areas.overlay import Positions, UnitShapes, overlap
from spatial.areas.polygons import POLYGONS, Shapes, checked
from spatial.errors import InvalidInputError

WHOLE: Final = 1 - 1e-6
"""An area of which units hold this share is covered: the rest is rounding along their edges."""

Floats = NDArray[np.float64]


def apportion(shapes: Shapes, polygons: Shapes, amount: ArrayLike) -> Floats:
    """Spread the amount of each area, such as its residents, over the units in it.

    A cell or other polygon takes the share of the area that it covers (areal weighting, Goodchild
    and Lam 1980): the amount is assumed to be spread evenly over the area. A street line takes its
    share of the length of all street lines in the area: the amount is assumed to be spread evenly
    along them, and a street on the border of two areas serves both.

    Parameters
    ----------
    shapes
        Units that do not overlap one another: all polygons, or all lines, degrees (EPSG:4326),
        shape (n,).
    polygons
        Areas: polygons or multipolygons, degrees (EPSG:4326), shape (N,).
    amount
        Of each area, at least 0, shape (N,).

    Returns
    -------
    numpy.ndarray
        Amount of each unit, shape (n,). What the sum lacks fell on no unit; `coverage` tells of
        which areas. Where units overlap, they share an area's amount, which never grows.

    Raises
    ------
    InvalidInputError
        When the shapes are not all lines or all polygons, an area is not a polygon, or an amount
        is missing or negative.

    References
    ----------
    Goodchild, M. F. and Lam, N. S.-N. (1980). Areal interpolation: a variant of the traditional
    spatial problem. Geo-Processing 1.

    Examples
    --------
    >>> import shapely
    >>> district = [shapely.box(0, 51, 1, 52)]
    >>> quarters = [shapely.box(west, 51, west + 0.25, 52) for west in (0, 0.25, 0.5)]
    >>> apportion(quarters, district, [1000]).round(6).tolist()
    [250.0, 250.0, 250.0]
    """
    units, areas = UnitShapes.of(shapes), checked(polygons, POLYGONS)
    given = np.asarray(amount, dtype=np.float64)
    if given.shape != areas.shape:
        raise InvalidInputError(
            f"amount needs one number for each of {len(areas)} areas, not shape {given.shape}."
        )
    bad = np.flatnonzero(~(np.isfinite(given) & (given >= 0)))
    if bad.size:
        raise InvalidInputError(
            f"An amount must be finite and at least 0; {bad.size} are not, the first at position "
            f"{bad[0]} ({given[bad[0]]})."
        )
    unit, area, share = _shares(units, areas)
    return _sums(unit, share * given[area], len(units.shapes))


def coverage(shapes: Shapes, polygons: Shapes) -> Floats:
    """Return the share of each area's amount that `apportion` finds a unit for.

    Parameters
    ----------
    shapes
        Units as `apportion` takes them, shape (n,).
    polygons
        Areas: polygons or multipolygons, degrees (EPSG:4326), shape (N,).

    Returns
    -------
    numpy.ndarray
        Shape (N,): the share of the area that cells or polygons cover; for street lines 1 where
        there is any and 0 where there is none.

    Raises
    ------
    InvalidInputError
        When the shapes are not all lines or all polygons, or an area is not a polygon.

    Examples
    --------
    >>> import shapely
    >>> districts = [shapely.box(0, 51, 1, 52), shapely.box(5, 51, 6, 52)]
    >>> coverage([shapely.box(0, 51, 0.25, 52)], districts).round(6).tolist()
    [0.25, 0.0]
    """
    areas = checked(polygons, POLYGONS)
    _, area, share = _shares(UnitShapes.of(shapes), areas)
    held = _sums(area, share, len(areas))
    return np.minimum(held, 1.0)  # shares that sum to one may pass it by rounding


def _shares(units: UnitShapes, areas: NDArray[np.object_]) -> tuple[Positions, Positions, Floats]:
    """Return the pairs of a unit and an area that meet, and the unit's share of the amount."""
    unit, area, size = overlap(units, areas)
    held = whole = _sums(area, size, len(areas))
    if not units.lines:
        own = area_m2(areas)
        whole = np.where(held >= WHOLE * own, held, own)
    return unit, area, np.divide(size, whole[area], out=np.zeros(len(size)), where=size > 0)


def _sums(position: Positions, values: Floats, number: int) -> Floats:
    return np.asarray(np.bincount(position, weights=values, minlength=number), dtype=np.float64)
