"""GeoJSON (RFC 7946) as the database writes it: a feature a row, right-handed, seven decimals.

There can be a million of them; `service.export.geojson` writes those that need Python to be told.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from typing import Any, Final

from psycopg import sql

DECIMALS: Final = 7
"""Of a degree: a centimetre."""

_FEATURE: Final = sql.SQL(
    """concat('{{"type":"Feature"', {identity}, ',"geometry":',
        coalesce(ST_AsGeoJSON({geometry}, {decimals}, 0), 'null'),
        ',"properties":', {properties}, '}}')"""
)

# Clients tell whole numbers from others by the point, and type a property by its first page.
_NUMBER: Final = sql.SQL(
    "CASE WHEN {value} = trunc({value}) AND abs({value}) < 1e15"
    " THEN ({value}::text || '.0')::json ELSE to_json({value}) END"
)


def document(content: Any) -> bytes:
    """Return JSON as it is sent."""
    # allow_nan=False: a NaN in the output is a bug that must not reach a client as bad JSON.
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def around(members: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Return what stands before and after the features of a collection that has some members."""
    head = document({"type": "FeatureCollection", **members})
    return head[:-1] + b',"features":[', b"]}"


def collection(features: Iterable[str], members: Mapping[str, Any] | None = None) -> bytes:
    """Return features that are written already as a collection, with its foreign members."""
    head, tail = around(members or {})
    return head + ",".join(features).encode() + tail


def right_handed(geometry: sql.Composable) -> sql.Composable:
    """Return a geometry with its outer rings anticlockwise, as GeoJSON has them."""
    return sql.SQL("ST_ForcePolygonCCW({})").format(geometry)


def number(value: sql.Composable) -> sql.Composable:
    """Return the expression whose value is a float as JSON, with a point where it is whole."""
    return _NUMBER.format(value=value)


def properties(
    told: Mapping[str, sql.Composable], numbers: Container[str] = frozenset()
) -> sql.Composable:
    """Return the expression whose value is a JSON object of some values by their names.

    Parameters
    ----------
    told
        The values, by name.
    numbers
        Names of those that are floats: see `number`.
    """
    columns = (
        sql.SQL("{} AS {}").format(number(one) if name in numbers else one, sql.Identifier(name))
        for name, one in told.items()
    )
    return sql.SQL("(SELECT row_to_json(told) FROM (SELECT {}) AS told)").format(
        sql.SQL(", ").join(columns)
    )


def feature(
    geometry: sql.Composable,
    properties: sql.Composable,
    identity: sql.Composable | None = None,
    *,
    decimals: int = DECIMALS,
) -> sql.Composable:
    """Return the expression whose value is a feature as text.

    Parameters
    ----------
    geometry
        In the coordinates that are to be written; see `right_handed`.
    properties
        A JSON object, or its text.
    identity
        The feature's id; None: it has none.
    decimals
        Of coordinates.
    """
    told = (
        sql.SQL("''") if identity is None else sql.SQL("',\"id\":', to_json({})").format(identity)
    )
    return _FEATURE.format(
        identity=told, geometry=geometry, decimals=sql.Literal(decimals), properties=properties
    )
