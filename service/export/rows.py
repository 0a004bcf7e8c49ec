"""Rows of layers as Arrow batches, their geometry as in GeoJSON: seven decimals, right-handed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from psycopg import sql
from sqlalchemy.orm import Session

from service.analyses.property import Property
from service.export.columns import GEOMETRY, schema_of
from service.export.declared_values import as_declared
from service.store import arrow
from service.store.geojson import DECIMALS
from service.store.session import driver_connection

Shapes: TypeAlias = NDArray[np.object_]

BATCH_ROWS = 20_000


def stream(
    session: Session, query: sql.Composable, schema: pa.Schema, *, joined: bool = False
) -> Iterator[pa.RecordBatch]:
    """Read the rows of a query batch by batch, as they are committed: a stored run is.

    Parameters
    ----------
    session
        The unit of work; its database is read.
    query
        A SELECT of the columns of `schema` in their order, geometry as WKB.
    schema
        Of the batches.
    joined
        Whether every shape is written as one of several parts; see `as_multi`.
    """
    for read in arrow.stream(session, query):
        for first in range(0, read.num_rows, BATCH_ROWS):
            part = read.slice(first, BATCH_ROWS)
            at = part.schema.get_field_index(GEOMETRY)
            shapes = shapely.from_wkb(part.column(at).to_numpy(zero_copy_only=False))
            if joined:
                shapes = as_multi(shapes)
            columns = [part.column(name) for name in schema.names if name != GEOMETRY]
            yield _batch(columns, shapes, schema)


def count(session: Session, query: sql.Composed) -> int:
    """Return the number that a query of one number finds."""
    with driver_connection(session).cursor() as cursor:
        row = cursor.execute(query).fetchone()
    return int(row[0]) if row else 0


def batch_of(
    columns: Sequence[Property], held: Sequence[dict[str, Any]], shapes: Shapes
) -> pa.RecordBatch:
    """Return a batch of rows that are dicts; lists and dicts within become JSON text."""
    schema = schema_of(columns)
    typed = [as_declared(row, columns) for row in held]
    arrays = [
        pa.array([_flat(row.get(field.name)) for row in typed], type=field.type)
        for field in schema
        if field.name != GEOMETRY
    ]
    return _batch(arrays, shapes, schema)


def as_multi(shapes: Shapes) -> Shapes:
    """Return polygons as multipolygons and lines as multilines: a layer has one type."""
    parts, of = shapely.get_parts(shapes, return_index=True)
    if len(parts) == 0:
        return shapes
    lines = shapely.get_type_id(parts[0]) == shapely.GeometryType.LINESTRING
    join = shapely.multilinestrings if lines else shapely.multipolygons
    return np.asarray(join(parts, indices=of), dtype=object)


def _batch(columns: list[pa.Array], shapes: Shapes, schema: pa.Schema) -> pa.RecordBatch:
    rounded = shapely.transform(shapes, lambda corners: np.round(corners, DECIMALS))
    wkb = shapely.to_wkb(shapely.orient_polygons(rounded))
    named = [one.cast(field.type) for one, field in zip(columns, schema, strict=False)]
    return pa.RecordBatch.from_arrays([*named, pa.array(wkb, pa.binary())], schema=schema)


def _flat(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value
