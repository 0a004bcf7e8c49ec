"""Where features shall lie: boxes, also across the antimeridian, and shapes of filters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from psycopg import sql
from shapely.geometry import shape as shape_of
from shapely.geometry.base import BaseGeometry

from service.http.ogc.crs import Crs, to_degrees
from spatial.errors import InvalidInputError, Problem

_EXAMPLE: Final = "west,south,east,north, such as -0.11,51.50,-0.08,51.52"
_PIECES: Final = 64
"""Into how many pieces the sides of a box are cut before it is projected, since they bend."""


@dataclass(frozen=True)
class Box:
    """A box in a coordinate reference system, x first."""

    west: float
    south: float
    east: float
    north: float
    crs: Crs

    def shapes(self) -> list[sql.Composable]:
        """Return SQL for the box in the database's system: two of them across the antimeridian."""
        if self.west <= self.east:
            return [self._envelope(self.west, self.east)]
        return [self._envelope(self.west, 180.0), self._envelope(-180.0, self.east)]

    def _envelope(self, west: float, east: float) -> sql.Composable:
        corners = map(sql.Literal, (west, self.south, east, self.north, self.crs.srid))
        envelope = sql.SQL("ST_MakeEnvelope({})").format(sql.SQL(", ").join(corners))
        longest = max(east - west, self.north - self.south)
        if self.crs.geographic or longest == 0:
            return self.crs.to_stored(envelope)
        return self.crs.to_stored(
            sql.SQL("ST_Segmentize({}, {})").format(envelope, sql.Literal(longest / _PIECES))
        )


def parse_box(value: str, crs: Crs, parameter: str = "bbox") -> Box:
    """Read four or six numbers, in the order of the system's coordinates; heights are ignored.

    Raises
    ------
    InvalidInputError
        When they are not a box; the message says why.
    """
    try:
        numbers = [float(part) for part in value.split(",")]
    except ValueError:
        raise _no_box(parameter, f"must be numbers: {_EXAMPLE}, not {value!r}") from None
    return box(numbers, crs, parameter)


def box(numbers: Sequence[float], crs: Crs, parameter: str) -> Box:
    """Return the box of four or six numbers; see `parse_box`."""
    if len(numbers) not in (4, 6):
        raise _no_box(parameter, f"has {len(numbers)} numbers, not 4 or 6: {_EXAMPLE}")
    if not all(map(math.isfinite, numbers)):
        raise _no_box(parameter, f"must be finite numbers: {_EXAMPLE}")
    half = len(numbers) // 2
    low, high = list(numbers[:2]), list(numbers[half : half + 2])
    if crs.swapped:
        low, high = low[::-1], high[::-1]
    (west, south), (east, north) = low, high
    if south > north:
        raise _no_box(parameter, f"has its south ({south:g}) above its north ({north:g})")
    if crs.geographic:
        for longitude in (west, east):
            if not -180 <= longitude <= 180:
                raise _no_box(parameter, f"has a longitude of {longitude:g}, not in [-180, 180]")
        for latitude in (south, north):
            if not -90 <= latitude <= 90:
                raise _no_box(parameter, f"has a latitude of {latitude:g}, not in [-90, 90]")
    elif west > east:
        raise _no_box(
            parameter,
            f"has its west ({west:g}) beyond its east ({east:g}), which only degrees can have",
        )
    return Box(west, south, east, north, crs)


def touching(geometry: sql.Composable, chosen: Box) -> sql.Composable:
    """Return the condition that a geometry shares a point with a box."""
    each = [sql.SQL("ST_Intersects({}, {})").format(geometry, one) for one in chosen.shapes()]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(each))


def literal(geojson: dict[str, Any], crs: Crs) -> sql.Composable:
    """Return SQL for a shape written as GeoJSON in the order of a system's coordinates.

    Raises
    ------
    InvalidInputError
        When it is no valid shape; the message says why.
    """
    if _has_open_ring(geojson):
        raise _no_shape("a polygon with a ring that does not end where it begins")
    try:
        shape = shape_of(geojson)
        coordinates = shapely.get_coordinates(shape)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, shapely.GEOSException):
        raise _no_shape("a geometry with wrong coordinates") from None
    # Most of the spatial questions have no answer for these.
    if shape.is_empty or shape.geom_type == "GeometryCollection":
        raise _no_shape("a geometry that is empty or a collection")
    if not all(map(math.isfinite, coordinates.ravel().tolist())):
        raise _no_shape("a geometry whose coordinates are not finite")
    if not shape.is_valid:
        raise _no_shape(f"an invalid geometry ({shapely.is_valid_reason(shape)})")
    shape = shapely.force_2d(shape)
    if crs.swapped:
        shape = shapely.transform(shape, lambda xy: xy[:, ::-1])
    _refuse_elsewhere(shape, crs)
    wkb = shapely.to_wkb(shapely.set_srid(shape, crs.srid), include_srid=True)
    return crs.to_stored(sql.SQL("ST_GeomFromEWKB({})").format(sql.Literal(wkb)))


def _has_open_ring(geojson: dict[str, Any]) -> bool:
    """Tell whether a polygon has a ring that is not closed, which libraries close by themselves."""
    coordinates = geojson.get("coordinates")
    kind = str(geojson.get("type"))
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(kind)
    if not isinstance(polygons, list):
        return False
    rings = [ring for one in polygons if isinstance(one, list) for ring in one]
    return any(isinstance(ring, list) and len(ring) > 2 and ring[0] != ring[-1] for ring in rings)


def _refuse_elsewhere(shape: BaseGeometry, crs: Crs) -> None:
    """Refuse coordinates that no place of a reference system has; x comes first."""
    corners = shapely.get_coordinates(shape)
    if crs.geographic:
        longitude, latitude = corners.T
    else:
        longitude, latitude = to_degrees(crs.srid).transform(*corners.T)  # infinite elsewhere
    on_globe = (np.abs(longitude) <= 180) & (np.abs(latitude) <= 90)
    if not on_globe.all():
        x, y = corners[~on_globe][0]
        raise _no_shape(
            f"coordinates that are not in its reference system ({crs.uri}), such as {x:g} {y:g}"
        )


def _no_box(parameter: str, why: str) -> InvalidInputError:
    return InvalidInputError(f"{parameter} {why}.", [Problem(parameter, "not a box")])


def _no_shape(what: str) -> InvalidInputError:
    return InvalidInputError(
        f"The filter holds {what}: write a valid point, line or polygon.",
        [Problem("filter", "not a shape")],
    )
