"""Where incidents are: points as coordinates that are all there."""

from __future__ import annotations

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer

from spatial.errors import InvalidInputError

Points: TypeAlias = gpd.GeoSeries | tuple[ArrayLike, ArrayLike]
"""Points with a coordinate reference system, or longitude and latitude (EPSG:4326)."""

Coordinates: TypeAlias = NDArray[np.float64]


def places(points: Points) -> tuple[Coordinates, Coordinates, CRS]:
    """Return the coordinates of points, east before north, and the system they are in.

    Raises
    ------
    InvalidInputError
        When a point has no finite coordinates, a longitude or latitude is off the globe, a shape
        is no point, or the points have no coordinate reference system.

    Examples
    --------
    >>> x, y, crs = places(([-0.1], [51.5]))
    >>> x.tolist(), y.tolist(), crs.to_epsg()
    ([-0.1], [51.5], 4326)
    """
    if isinstance(points, tuple):
        x, y = (np.atleast_1d(np.asarray(one, dtype=np.float64)) for one in points)
        if x.shape != y.shape or x.ndim != 1:
            raise InvalidInputError(
                f"longitude and latitude need one shape (n,), not {x.shape} and {y.shape}."
            )
        _refuse(~((np.abs(x) <= 180) & (np.abs(y) <= 90)), x, y, "not on the globe")
        return x, y, CRS(4326)
    if points.crs is None:
        raise InvalidInputError("The points have no coordinate reference system: set their crs.")
    shapes = np.asarray(points.array)
    kind = shapely.get_type_id(shapes)
    other = np.flatnonzero((kind != shapely.GeometryType.POINT) & (kind >= 0))
    if other.size:
        raise InvalidInputError(
            f"Incidents are points, but position {other[0]} is a {points.iloc[other[0]].geom_type} "
            f"({other.size} such in all): take its centroid, or leave it out."
        )
    nowhere = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    xy = np.full((len(shapes), 2), np.nan)
    xy[~nowhere] = shapely.get_coordinates(shapes[~nowhere] if nowhere.any() else shapes)
    x, y = np.ascontiguousarray(xy.T)
    _refuse(~(np.isfinite(x) & np.isfinite(y)), x, y, "without a place")
    return x, y, points.crs


def project(
    x: Coordinates, y: Coordinates, crs: CRS, target: CRS | str
) -> tuple[Coordinates, Coordinates]:
    """Return coordinates in another system; infinite where that cannot show them.

    Examples
    --------
    >>> east, north = project(np.array([3.0]), np.array([0.0]), CRS(4326), CRS(32631))
    >>> east.round(3).tolist(), north.round(3).tolist()
    ([500000.0], [0.0])
    """
    if crs == target:
        return x, y
    return Transformer.from_crs(crs, target, always_xy=True).transform(x, y)


def _refuse(wrong: NDArray[np.bool_], x: Coordinates, y: Coordinates, what: str) -> None:
    at = np.flatnonzero(wrong)
    if at.size:
        raise InvalidInputError(
            f"{at.size} points are {what}, the first at position {at[0]} "
            f"({x[at[0]]}, {y[at[0]]}): leave them out before snapping."
        )
