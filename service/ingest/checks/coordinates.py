"""Coordinates: read, checked, and brought to longitude and latitude."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from pyproj import CRS, Transformer

from service.ingest.checks import positions
from service.ingest.checks.notation import Votes
from service.ingest.readers.rows import Points
from service.vector.reference_systems import of_file

WGS84 = CRS.from_epsg(4326)
_LON_LAT = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Read:
    """Coordinates as they stand in the file; arrays of shape (n,)."""

    x: np.ndarray  # float64, NaN where missing or invalid
    y: np.ndarray
    missing: np.ndarray  # bool, one of the two or both absent
    invalid: np.ndarray  # bool, not numbers, NaN or infinite
    otherwise: np.ndarray | None = None  # bool, written in another way than the column; None: none


@dataclass(frozen=True, slots=True)
class Placed:
    """Coordinates in degrees, with those that cannot be where they say."""

    longitude: np.ndarray
    latitude: np.ndarray
    outside: np.ndarray  # bool, not within what the CRS is made for
    swapped: np.ndarray  # bool, outside, but inside once x and y change places


def from_columns(x: pa.Array, y: pa.Array, crs: str, votes: Mapping[str, Votes]) -> Read:
    """Read two columns of trimmed text, by what they told before under ``x`` and ``y``."""
    degrees = in_degrees(crs)
    missing = np.asarray(x.is_null()) | np.asarray(y.is_null())
    east, odd_x = positions.some_numbers(x, "x", votes["x"], degrees=degrees)
    north, odd_y = positions.some_numbers(y, "y", votes["y"], degrees=degrees)
    invalid = ~missing & ~(np.isfinite(east) & np.isfinite(north))
    odd = odd_x if odd_y is None else odd_y if odd_x is None else odd_x | odd_y
    return Read(east, north, missing, invalid, odd)


def from_column(
    values: pa.Array, name: str, order: positions.Order, crs: str, votes: Votes
) -> Read:
    """Read one column of trimmed text that holds both coordinates."""
    x, y = positions.both(values, name, order, degrees=in_degrees(crs), votes=votes)
    missing = np.asarray(values.is_null())
    return Read(x, y, missing, ~missing & ~(np.isfinite(x) & np.isfinite(y)))


def from_points(points: Points) -> Read:
    """Read the positions of a format with geometries."""
    bad = np.array([one is not None for one in points.problem], dtype=bool)
    bad |= ~points.missing & ~(np.isfinite(points.x) & np.isfinite(points.y))
    return Read(points.x, points.y, points.missing, bad)


def nowhere(n: int) -> Read:
    """Return the coordinates of rows that have none, as in files of addresses alone."""
    nan = np.full(n, np.nan)
    return Read(nan, nan, np.ones(n, dtype=bool), np.zeros(n, dtype=bool))


def place(x: np.ndarray, y: np.ndarray, crs: str) -> Placed:
    """Bring coordinates to longitude and latitude in degrees (EPSG:4326).

    Parameters
    ----------
    x, y
        Easting and northing, or longitude and latitude, whatever axis order the CRS has.
    crs
        Any name that PROJ knows.
    """
    reference = named(crs)
    bounds = _bounds(reference)
    longitude, latitude = _degrees(reference, x, y)
    outside = ~_within(bounds, longitude, latitude)
    swapped = np.zeros(len(x), dtype=bool)
    if outside.any():
        swapped[outside] = _within(bounds, *_degrees(reference, y[outside], x[outside]))
    return Placed(longitude, latitude, outside, swapped)


def in_degrees(crs: str) -> bool:
    """Tell whether a CRS is one of degrees."""
    return bool(named(crs).is_geographic)


def is_wgs84(crs: str) -> bool:
    """Tell whether a CRS is plain longitude and latitude, as GeoJSON has them."""
    return _is_lon_lat(named(crs))


def can_be_degrees(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Tell numbers that can be longitude and latitude."""
    return np.asarray((np.abs(x) <= 180) & (np.abs(y) <= 90))


def short_name(crs: str) -> str:
    """Return what a CRS is called."""
    reference = named(crs)
    code = reference.to_authority()
    return ":".join(code) if code else reference.name


def described_bounds(crs: str) -> str:
    """Return the area a CRS is made for, in words."""
    west, south, east, north = _bounds(named(crs))
    return f"longitude {west:g} to {east:g}, latitude {south:g} to {north:g}"


def named(crs: str) -> CRS:
    """Return the CRS of a code, or of what a file states.

    Raises
    ------
    InvalidInputError
        When PROJ does not know it.
    """
    return of_file(crs)


def _degrees(reference: CRS, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if _is_lon_lat(reference):
        return x, y
    return _transformer(reference).transform(x, y)


@lru_cache(maxsize=16)
def _transformer(reference: CRS) -> Transformer:
    return Transformer.from_crs(reference, WGS84, always_xy=True)


@lru_cache(maxsize=16)
def _is_lon_lat(reference: CRS) -> bool:
    return bool(reference.to_epsg() == 4326 or reference.to_authority() == ("OGC", "CRS84"))


def _bounds(reference: CRS) -> tuple[float, float, float, float]:
    area = reference.area_of_use
    if _is_lon_lat(reference) or area is None:
        return _LON_LAT
    return area.bounds


def _within(
    bounds: tuple[float, float, float, float], longitude: np.ndarray, latitude: np.ndarray
) -> np.ndarray:
    west, south, east, north = bounds
    across = west > east  # the area lies across the 180th meridian
    along = (
        (longitude >= west) | (longitude <= east)
        if across
        else (longitude >= west) & (longitude <= east)
    )
    on_globe = (np.abs(longitude) <= 180) & (np.abs(latitude) <= 90)
    return np.asarray(along & on_globe & (latitude >= south) & (latitude <= north))
