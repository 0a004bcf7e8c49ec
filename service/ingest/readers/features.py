"""GeoJSON features -> rows of text: properties, point and id of each."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.checks import quoting
from service.ingest.readers.limits import check_columns, check_filled
from service.ingest.readers.rows import FEATURE_ID, MalformedRow, Points, RawRows, Wanted

_GEOMETRIES = (
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
    "GeometryCollection",
)  # fmt: skip


def rows_of(features: list[Any], first_number: int, wanted: Wanted | None, name: str) -> RawRows:
    """Return features as rows of text, those of them that are features.

    Parameters
    ----------
    features
        What a document holds where features should be.
    first_number
        Number of the first of them in the file, from 1.
    wanted
        Tells which properties are read.
    name
        Of the file.
    """
    malformed: list[MalformedRow] = []
    kept: list[dict[str, Any]] = []
    columns: list[dict[str, str | None]] = []
    lines: list[int] = []
    for number, feature in enumerate(features, start=first_number):
        try:
            columns.append(_text_columns(feature, wanted))
        except _NotAnIncidentError as error:
            malformed.append(MalformedRow(number, str(error)))
            continue
        kept.append(feature)
        lines.append(number)
    names = dict.fromkeys(one for row in columns for one in row)
    check_columns(len(names), name)
    check_filled(len(columns), len(names), sum(map(len, columns)), name)
    table = pa.table(
        {one: pa.array([row.get(one) for row in columns], pa.string()) for one in names}
    )
    return RawRows(
        table,
        np.array(lines, dtype=np.int64),
        tuple(malformed),
        _points(kept),
        kept,
        nested=_nested(table, kept),
    )


def _nested(table: pa.Table, features: list[dict[str, Any]]) -> frozenset[str]:
    """Return the columns that hold lists or objects; text may look like one."""
    found = set()
    for name in table.column_names:
        values = table.column(name)
        like = pc.or_(pc.starts_with(values, "["), pc.starts_with(values, "{"))
        if pc.any(like).as_py() and any(
            isinstance((one.get("properties") or {}).get(name), list | dict) for one in features
        ):
            found.add(name)
    return frozenset(found)


class _NotAnIncidentError(Exception):
    pass


def _text_columns(feature: Any, wanted: Wanted | None) -> dict[str, str | None]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise _NotAnIncidentError('is not a GeoJSON Feature: "type": "Feature" is needed')
    properties = feature.get("properties")
    if properties is not None and not isinstance(properties, dict):
        raise _NotAnIncidentError('"properties" is not an object')
    try:
        row = {
            name: text_of_value(value)
            for name, value in (properties or {}).items()
            if wanted is None or wanted(name)
        }
        row[FEATURE_ID] = text_of_value(feature.get("id"))
        joined = "".join([*row, *(value for value in row.values() if value)])
        joined.encode("utf-8")
    except (UnicodeEncodeError, RecursionError, ValueError):
        raise _NotAnIncidentError(
            "holds text that cannot be stored: a character cut in half, or objects too deep"
        ) from None
    if "\x00" in joined or "\\u0000" in joined:
        raise _NotAnIncidentError("holds a NUL character")
    return row


def text_of_value(value: Any) -> str | None:
    """Return a JSON value as text, None where it is nothing."""
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
        position = geometry.get("coordinates") if isinstance(geometry, dict) else None
        if kind == "MultiPoint" and isinstance(position, list) and len(position) <= 1:
            kind, position = "Point", position[0] if position else None
        if kind != "Point":
            told = kind if kind in _GEOMETRIES else "no GeoJSON geometry"
            problem[row] = f"the geometry is {told}, a Point is needed"
            continue
        if position in (None, []):
            missing[row] = True
            continue
        try:
            x[row], y[row] = _number(position[0]), _number(position[1])
        except (TypeError, ValueError, IndexError, KeyError, OverflowError):
            shown = quoting.shown_position(position)
            problem[row] = f"the Point's coordinates are {shown}, not two numbers"
    return Points(x, y, missing, problem)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)
