"""GeoJSON incidents as batches of text columns: properties, point and id of each feature."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import ijson
import numpy as np
import pyarrow as pa

from service.errors import UnreadableFileError
from service.ingest.readers.inputs import Peekable
from service.ingest.readers.rows import FEATURE_ID, MalformedRow, Points, RawRows

BATCH_FEATURES = 20_000

WHOLE_BYTES = 1 << 20
"""A document up to this size is read at once, so that a single Feature is recognised."""

_CRS_NAME = re.compile(r'"crs"\s*:\s*\{[^{}]*"properties"\s*:\s*\{[^{}]*"name"\s*:\s*"([^"]+)"')


class GeoJsonReader:
    """A FeatureCollection, a Feature, or one Feature per line."""

    format = "geojson"
    columns: list[str] | None = None

    def __init__(self, stream: Peekable, name: str, batch_features: int = BATCH_FEATURES) -> None:
        self._stream = stream
        self._name = name
        self._batch_features = batch_features
        self.warnings: list[str] = []
        head = stream.peek(WHOLE_BYTES + 1)
        stated = _CRS_NAME.search(head.decode("utf-8", "replace"))
        self.crs: str | None = stated.group(1) if stated else None
        self._features = self._open(head)

    def __iter__(self) -> Iterator[RawRows]:
        """Read the features in batches, in their order."""
        number = 1
        while batch := list(itertools.islice(self._features, self._batch_features)):
            yield _rows(batch, number)
            number += len(batch)
        if number == 1:
            raise UnreadableFileError(
                f"{self._name} holds no features: a FeatureCollection of Point features is needed."
            )

    def _open(self, head: bytes) -> Iterator[Any]:
        text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if text.startswith(b"\x1e") or _is_line_of_json(text):
            return self._streamed("", multiple_values=True)
        if len(head) > WHOLE_BYTES:
            return self._streamed("features.item", multiple_values=False)
        self._stream.read(len(head))
        try:
            document = json.loads(text.decode("utf-8"))
        except UnicodeDecodeError:
            raise UnreadableFileError(f"{self._name} is JSON but not UTF-8 text.") from None
        except (ValueError, RecursionError) as error:
            raise UnreadableFileError(f"{self._name} is not valid JSON: {error}.") from None
        return iter(self._features_of(document))

    def _features_of(self, document: Any) -> Iterable[Any]:
        if isinstance(document, list):
            return document
        kind = document.get("type") if isinstance(document, dict) else None
        if kind == "Feature":
            return [document]
        if kind == "FeatureCollection" and isinstance(document.get("features"), list):
            features: list[Any] = document["features"]
            return features
        raise UnreadableFileError(
            f"{self._name} is JSON but not GeoJSON incidents: its type is {kind!r}, a Feature or "
            "a FeatureCollection is needed."
        )

    def _streamed(self, prefix: str, *, multiple_values: bool) -> Iterator[Any]:
        number = 0
        stream = _WithoutMarks(self._stream)
        try:
            for feature in ijson.items(
                stream, prefix, use_float=True, multiple_values=multiple_values
            ):
                number += 1
                yield feature
        except (ijson.JSONError, UnicodeDecodeError) as error:
            raise UnreadableFileError(
                f"{self._name} is not valid JSON after feature {number}: {_cause(error)}. "
                "Nothing of the file was stored."
            ) from None


def _cause(error: Exception) -> str:
    """Return what the parser says, without the text around the place, which it quotes."""
    told = error.args[0] if error.args else ""
    said = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    return said.partition("\n")[0].strip().rstrip(".")[:200]


class _WithoutMarks:
    """A stream without byte order mark and record separators, which ijson does not know."""

    def __init__(self, stream: Peekable) -> None:
        self._stream = stream
        if stream.peek(3) == b"\xef\xbb\xbf":
            stream.read(3)

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size).replace(b"\x1e", b" ")


def _is_line_of_json(text: bytes) -> bool:
    """Tell newline-delimited features: the first line is a whole JSON object, and more follow."""
    line, _, more = text.partition(b"\n")
    if not more.strip() or not line.rstrip().endswith(b"}"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _rows(features: list[Any], first_number: int) -> RawRows:
    malformed: list[MalformedRow] = []
    kept: list[dict[str, Any]] = []
    columns: list[dict[str, str | None]] = []
    lines: list[int] = []
    for number, feature in enumerate(features, start=first_number):
        try:
            columns.append(_text_columns(feature))
        except _NotAnIncidentError as error:
            malformed.append(MalformedRow(number, str(error)))
            continue
        kept.append(feature)
        lines.append(number)
    names = dict.fromkeys(name for row in columns for name in row)
    table = pa.table(
        {name: pa.array([row.get(name) for row in columns], pa.string()) for name in names}
    )
    return RawRows(table, np.array(lines, dtype=np.int64), tuple(malformed), _points(kept), kept)


class _NotAnIncidentError(Exception):
    pass


def _text_columns(feature: Any) -> dict[str, str | None]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise _NotAnIncidentError('is not a GeoJSON Feature: "type": "Feature" is needed')
    properties = feature.get("properties")
    if properties is not None and not isinstance(properties, dict):
        raise _NotAnIncidentError('"properties" is not an object')
    try:
        row = {name: _text(value) for name, value in (properties or {}).items()}
        row[FEATURE_ID] = _text(feature.get("id"))
        joined = "".join([*row, *(value for value in row.values() if value)])
        joined.encode("utf-8")
    except (UnicodeEncodeError, RecursionError, ValueError):
        raise _NotAnIncidentError(
            "holds text that cannot be stored: a character cut in half, or objects too deep"
        ) from None
    if "\x00" in joined or "\\u0000" in joined:
        raise _NotAnIncidentError("holds a NUL character")
    return row


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _points(features: list[dict[str, Any]]) -> Points:
    n = len(features)
    x, y = np.full(n, np.nan), np.full(n, np.nan)
    missing = np.zeros(n, dtype=bool)
    problem = np.full(n, None, dtype=object)
    for row, feature in enumerate(features):
        geometry = feature.get("geometry")
        if geometry is None:
            missing[row] = True
            continue
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if kind != "Point":
            problem[row] = f"the geometry is {kind or 'no GeoJSON geometry'}, a Point is needed"
            continue
        position = geometry.get("coordinates")
        if position in (None, []):
            missing[row] = True
            continue
        try:
            x[row], y[row] = _number(position[0]), _number(position[1])
        except (TypeError, ValueError, IndexError, KeyError, OverflowError):
            problem[row] = f"the Point's coordinates are {str(position)[:80]}, not two numbers"
    return Points(x, y, missing, problem)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)
