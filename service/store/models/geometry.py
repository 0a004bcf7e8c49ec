"""Geometries of the database, as Shapely has them.

GeoAlchemy2 has such a type too, which the migrations are written with. It loads the dialects of
four other databases, a seventh of all that a web process has to load before it answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Dialect
from sqlalchemy.types import UserDefinedType

SRID = 4326


class Geometry(UserDefinedType[BaseGeometry]):
    """A column of PostGIS geometries in EPSG:4326, which are Shapely's in Python.

    Parameters
    ----------
    kind
        What the column may hold, as PostGIS calls it: `POINT`, or `GEOMETRY` for whatever there is.
    """

    cache_ok = True

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def get_col_spec(self, **_: Any) -> str:
        """Return the type as it is written where a table is made."""
        return f"geometry({self.kind},{SRID})"

    def bind_processor(self, _dialect: Dialect) -> Callable[[BaseGeometry | None], str | None]:
        """Return what writes geometries as PostGIS reads them from text: hexadecimal EWKB."""
        return _written

    def result_processor(
        self, _dialect: Dialect, _coltype: object
    ) -> Callable[[str | None], BaseGeometry | None]:
        """Return what reads geometries as PostGIS writes them."""
        return _read


def _written(shape: BaseGeometry | None) -> str | None:
    if shape is None:
        return None
    placed = shapely.set_srid(shape, SRID)
    return str(shapely.to_wkb(placed, hex=True, include_srid=True))


def _read(text: str | None) -> BaseGeometry | None:
    return None if text is None else shapely.from_wkb(text)
