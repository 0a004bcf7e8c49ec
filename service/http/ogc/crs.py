"""Coordinate reference systems that features are asked for and delivered in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyproj
from psycopg import sql
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info

from spatial.errors import InvalidInputError, Problem

Bounds = tuple[float, float, float, float]

_EPSG: Final = "http://www.opengis.net/def/crs/EPSG/0/"
STORED_SRID: Final = 4326

_NATIONAL_GRIDS: Final = (
    27700,  # Great Britain
    2157,  # Ireland
    2154,  # France
    28992,  # Netherlands
    31370,  # Belgium
    25832,  # Germany, Denmark (west)
    25833,  # Germany, Denmark (east)
    2056,  # Switzerland
    31287,  # Austria
    3006,  # Sweden
    3067,  # Finland
    2180,  # Poland
    5514,  # Czechia, Slovakia
    3763,  # Portugal
    5070,  # United States, contiguous
    3347,  # Canada
    9473,  # Australia
    2193,  # New Zealand
)


@dataclass(frozen=True)
class Crs:
    """A coordinate reference system as the API names it.

    Parameters
    ----------
    uri
        Its name on the wire.
    srid
        PostGIS' number for it.
    geographic
        Whether its coordinates are degrees.
    swapped
        Whether its first coordinate is latitude or northing.
    """

    uri: str
    srid: int
    geographic: bool
    swapped: bool

    @property
    def decimals(self) -> int:
        """Decimals of its coordinates: a centimetre in degrees, a millimetre in metres."""
        return 7 if self.geographic else 3

    def to_stored(self, shape: sql.Composable) -> sql.Composable:
        """Return SQL for a shape of this system, x first, in that of the database."""
        if self.srid == STORED_SRID:
            return shape
        return sql.SQL("ST_Transform({}, 4326)").format(shape)

    def from_stored(self, shape: sql.Composable) -> sql.Composable:
        """Return SQL for a shape of the database in this system, in its order of coordinates."""
        if self.srid != STORED_SRID:
            shape = sql.SQL("ST_Transform({}, {})").format(shape, sql.Literal(self.srid))
        return sql.SQL("ST_FlipCoordinates({})").format(shape) if self.swapped else shape


CRS84: Final = Crs(
    "http://www.opengis.net/def/crs/OGC/1.3/CRS84", STORED_SRID, geographic=True, swapped=False
)


def offered(bounds: Bounds | None) -> tuple[Crs, ...]:
    """Return the systems in which features are delivered, the one they are stored in first.

    Parameters
    ----------
    bounds
        Where the features lie (west, south, east, north in degrees): their UTM zone and the
        national grids that hold them are offered too.
    """
    codes = [4326, 3857]
    if bounds is not None:
        codes += [*_utm_zone(bounds), *_grids(bounds)]
    return (CRS84, *(_of_code(code) for code in dict.fromkeys(codes)))


def find(uri: str | None, among: Iterable[Crs], parameter: str) -> Crs:
    """Return the system that a parameter names; CRS84 when it names none.

    Raises
    ------
    InvalidInputError
        When it is none of those offered; the message lists them.
    """
    if uri is None:
        return CRS84
    known = {one.uri: one for one in among}
    if uri not in known:
        raise InvalidInputError(
            f"{parameter} {uri!r} is not a coordinate reference system of this collection; there "
            f"are: {', '.join(known)}.",
            [Problem(parameter, "unknown coordinate reference system")],
        )
    return known[uri]


@lru_cache
def _of_code(code: int) -> Crs:
    system = pyproj.CRS.from_epsg(code)
    first = system.axis_info[0].direction.lower()
    return Crs(f"{_EPSG}{code}", code, system.is_geographic, swapped=first == "north")


@lru_cache
def to_degrees(srid: int) -> pyproj.Transformer:
    """Return the way from a system to degrees, x first, which is slow to find."""
    return pyproj.Transformer.from_crs(srid, STORED_SRID, always_xy=True)


@lru_cache
def _utm_zone(bounds: Bounds) -> tuple[int, ...]:
    west, south, east, north = bounds
    wide = (east - west) % 360  # across the antimeridian, west is greater than east
    longitude, latitude = (west + wide / 2 + 180) % 360 - 180, (south + north) / 2
    here = AreaOfInterest(longitude, latitude, longitude, latitude)
    zones = query_utm_crs_info(datum_name="WGS 84", area_of_interest=here, contains=True)
    return tuple(int(zone.code) for zone in zones)


@lru_cache
def _grids(bounds: Bounds) -> tuple[int, ...]:
    west, south, east, north = bounds
    holding = []
    for code in _NATIONAL_GRIDS:
        area = pyproj.CRS.from_epsg(code).area_of_use
        assert area is not None
        # Across the antimeridian west is greater than east, of features and of grids.
        last = area.east + (360 if area.west > area.east else 0)
        within = area.west <= west <= (east + 360 if west > east else east) <= last
        if within and area.south <= south <= north <= area.north:
            holding.append(code)
    return tuple(holding)
