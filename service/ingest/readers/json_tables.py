"""JSON that is no GeoJSON: rows as objects, in a list or one a line, and feature sets of Esri."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any, Final

import ijson
import numpy as np
import pyarrow as pa

from service.errors import UnreadableFileError
from service.ingest.readers.depth import Depth
from service.ingest.readers.features import rows_of, text_of_value
from service.ingest.readers.geojson import FIRST_PAGE, Counted, cause_of
from service.ingest.readers.inputs import Peekable
from service.ingest.readers.limits import check_columns, check_filled
from service.ingest.readers.rows import FEATURE_ID, MalformedRow, RawRows, Wanted
from service.ingest.readers.whole import whole

BATCH_ROWS: Final = 20_000
_HEAD_BYTES: Final = 1 << 20
_ESRI_DATE: Final = "esriFieldTypeDate"
_ESRI_OWN: Final = 32_768
"""Codes from here on are Esri's own, not EPSG's."""


class JsonRowsReader:
    """Objects, each a row with its values by name: a list of them, or one on each line."""

    format = "json"
    has_points = False
    typed = False
    crs: str | None = None

    def __init__(
        self,
        stream: Peekable,
        name: str,
        wanted: Wanted | None = None,
        batch_rows: int | None = None,
    ) -> None:
        self._name, self._wanted = name, wanted
        self._batch_rows = batch_rows or BATCH_ROWS
        self.warnings: list[str] = []
        self._rows = self._opened(stream)
        self._first = list(islice(self._rows, self._batch_rows))
        found = dict.fromkeys(one for row in self._first if isinstance(row, dict) for one in row)
        self.columns: list[str] = list(found)
        """Those of the first rows: a value that a row has not may be left out of it."""
        check_columns(len(self.columns), name)

    def __iter__(self) -> Iterator[RawRows]:
        """Read the rows in batches, in their order."""
        rows, number = chain(self._first, self._rows), 1
        self._first = []
        while batch := list(islice(rows, self._batch_rows)):
            yield self._batch(batch, number)
            number += len(batch)

    def _opened(self, stream: Peekable) -> Iterator[Any]:
        listed = stream.peek(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")
        counted = Counted(stream, self._name)
        return streamed(counted, self._name, "item" if listed else "", several=not listed)

    def _batch(self, batch: list[Any], first: int) -> RawRows:
        malformed = tuple(
            MalformedRow(number, "is no JSON object with values by name")
            for number, row in enumerate(batch, start=first)
            if not isinstance(row, dict)
        )
        kept = [(number, row) for number, row in enumerate(batch, first) if isinstance(row, dict)]
        names = dict.fromkeys([*self.columns, *(one for _, row in kept for one in row)])
        check_columns(len(names), self._name)
        check_filled(len(kept), len(names), sum(len(row) for _, row in kept), self._name)
        included = [one for one in names if self._wanted is None or self._wanted(one)]
        table = pa.table(
            {one: _column([row.get(one) for _, row in kept]) for one in included}
            or {FEATURE_ID: pa.nulls(len(kept), pa.string())}
        )
        lines = np.array([number for number, _ in kept], dtype=np.int64)
        return RawRows(table, lines, malformed)


class EsriJsonReader:
    """A feature set as ArcGIS writes it: attributes, points, and dates in milliseconds."""

    format = "json"
    typed = True

    def __init__(
        self,
        stream: Peekable,
        name: str,
        wanted: Wanted | None = None,
        batch_rows: int | None = None,
    ) -> None:
        self._name, self._wanted = name, wanted
        self._batch_rows = batch_rows or BATCH_ROWS
        self.columns: list[str] | None = None
        self._told: list[str] = []
        about = _about(stream.peek(_HEAD_BYTES))
        self.has_points = about.get("geometryType") is not None
        self.crs: str | None = _crs(about.get("spatialReference"))
        if self.has_points and self.crs is None:
            self._told.append(
                "the file does not say its coordinate reference system before its features: that "
                "of the profile was taken"
            )
        fields = [one for one in about.get("fields") or () if isinstance(one, dict)]
        self._dates = {one.get("name") for one in fields if one.get("type") == _ESRI_DATE}
        if not self.has_points:
            self.columns = [str(one.get("name")) for one in fields] or None
        self._stream = Counted(stream, name)
        self._features = streamed(self._stream, name, "features.item", several=False)

    @property
    def warnings(self) -> list[str]:
        """What there is to know of the file besides its features, so far."""
        return [*self._told, *([FIRST_PAGE] if self._stream.cut else [])]

    def __iter__(self) -> Iterator[RawRows]:
        """Read the features in batches, in their order."""
        number = 1
        while batch := list(islice(self._features, self._batch_rows)):
            features = [self._feature(one) for one in batch]
            rows = rows_of(features, number, self._wanted, self._name)
            yield rows if self.has_points else RawRows(rows.table, rows.lines, rows.malformed)
            number += len(batch)

    def _feature(self, written: Any) -> Any:
        """Return a feature as GeoJSON has it; anything else as it came, to be rejected."""
        if not isinstance(written, dict) or not isinstance(written.get("attributes"), dict):
            return written
        properties = {
            name: _instant(value) if name in self._dates else value
            for name, value in written["attributes"].items()
        }
        geometry = written.get("geometry")
        return {"type": "Feature", "properties": properties, "geometry": _geometry(geometry)}


def reader_for(head: bytes) -> Callable[..., JsonRowsReader | EsriJsonReader] | None:
    """Return the reader of JSON that is no GeoJSON, told by its beginning; None for GeoJSON."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().decode("utf-8", "ignore")
    if text.startswith("{") and '"FeatureCollection"' not in text:
        before = text.partition('"features"')
        if before[1] and ('"attributes"' in before[2] or "esriGeometry" in before[0]):
            return EsriJsonReader
    listed = text.startswith("[")
    at = text.find("{")
    if at < 0 or (listed and text[1:at].strip()):
        return None
    try:
        first, end = json.JSONDecoder(parse_int=whole).raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    more = text[end:].lstrip()
    if not isinstance(first, dict) or not first or first.get("type") == "Feature":
        return None
    return JsonRowsReader if listed or more.startswith("{") else None


def streamed(counted: Counted, name: str, prefix: str, *, several: bool) -> Iterator[Any]:
    """Yield what stands at a place of a document, one after another.

    Raises
    ------
    UnreadableFileError
        When it is no JSON.
    """
    number = 0
    try:
        for one in ijson.items(counted, prefix, use_float=True, multiple_values=several):
            number += 1
            counted.starts_at = counted.bytes_read
            yield one
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise UnreadableFileError(
            f"{name} is not valid JSON after row {number}: {cause_of(error)}. Nothing of the file "
            "was stored."
        ) from None


def _column(values: list[Any]) -> pa.Array:
    return pa.array([text_of_value(one) for one in values], pa.string())


def _about(head: bytes) -> dict[str, Any]:
    """Return what a feature set says before its features."""
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "ignore")
    before = text.partition('"features"')[0].rstrip().rstrip(",")
    try:
        Depth("").check(before.encode())
        about = json.loads(before + "}")
    except (ValueError, RecursionError, UnreadableFileError):
        return {}
    return about if isinstance(about, dict) else {}


def _crs(reference: Any) -> str | None:
    if not isinstance(reference, dict):
        return None
    code = reference.get("latestWkid") or reference.get("wkid")
    if isinstance(code, int) and not isinstance(code, bool):
        return f"{'ESRI' if code > _ESRI_OWN and code > 100_000 else 'EPSG'}:{code}"
    wkt = reference.get("wkt")
    return wkt if isinstance(wkt, str) else None


def _instant(value: Any) -> Any:
    """Return milliseconds since 1970 as ISO 8601."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        instant = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=value)
    except (OverflowError, ValueError):
        return value
    return instant.isoformat()


def _geometry(written: Any) -> Any:
    if not isinstance(written, dict):
        return None
    if "x" in written:
        x, y = written.get("x"), written.get("y")
        if x in (None, "NaN") or y in (None, "NaN"):
            return None
        return {"type": "Point", "coordinates": [x, y]}
    if "points" in written:
        return {"type": "MultiPoint", "coordinates": written["points"]}
    kind = "LineString" if "paths" in written else "Polygon" if "rings" in written else None
    return {"type": kind, "coordinates": []}
