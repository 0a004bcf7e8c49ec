"""Which column of a Parquet file holds positions where no `geo` metadata tell: the types do."""

from __future__ import annotations

import json
from typing import Any, Final

import pyarrow.parquet as pq

from service.errors import UnreadableFileError
from service.vector.reference_systems import of_file
from spatial.errors import InvalidInputError

_DEGREES: Final = "OGC:CRS84"
_TYPES: Final = ("Geometry", "Geography")
_EXTENSIONS: Final = ("geoarrow.wkb", "geoarrow.point")


def typed_geometry(about: pq.ParquetFile, name: str) -> tuple[str | None, str | None]:
    """Return the first column of Parquet's own geometries, or of GeoArrow's, and its CRS.

    Raises
    ------
    UnreadableFileError
        When nobody knows that CRS.
    """
    told = _by_logical_type(about) or _by_extension(about)
    if told is None:
        return None, None
    column, crs = told
    try:
        of_file(crs)
    except InvalidInputError:
        raise UnreadableFileError(
            f"{name} says a coordinate reference system of its positions that is not known here "
            f"({crs[:80]}): save it again with another."
        ) from None
    return column, crs


def _by_logical_type(about: pq.ParquetFile) -> tuple[str, str] | None:
    for at in range(about.metadata.num_columns):
        column = about.schema.column(at)
        kind = _object(column.logical_type.to_json())
        if kind.get("Type") in _TYPES:
            return column.path, _crs(kind.get("crs"), about)
    return None


def _by_extension(about: pq.ParquetFile) -> tuple[str, str] | None:
    for field in about.schema_arrow:
        stated = field.metadata or {}
        kind = stated.get(b"ARROW:extension:name", b"").decode("utf-8", "replace")
        if (kind or getattr(field.type, "extension_name", "")) in _EXTENSIONS:
            of_type = _object(stated.get(b"ARROW:extension:metadata", b"{}"))
            return field.name, _crs(of_type.get("crs"), about)
    return None


def _crs(stated: Any, about: pq.ParquetFile) -> str:
    if isinstance(stated, dict):
        return json.dumps(stated)
    if not isinstance(stated, str) or not stated:
        return _DEGREES
    if stated.startswith("srid:"):
        return f"EPSG:{stated[5:]}"
    if stated.startswith("projjson:"):
        kept = (about.schema_arrow.metadata or {}).get(stated[9:].encode(), b"")
        return kept.decode("utf-8", "replace") or stated
    return stated


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
