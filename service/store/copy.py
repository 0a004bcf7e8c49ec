"""Bulk writes: a table's rows by COPY, in the transaction of the caller's session."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import shapely
from numpy.typing import NDArray
from psycopg import sql
from sqlalchemy.orm import Session

from service.store.session import driver_connection


def copy_rows(session: Session, table: str, columns: dict[str, Any]) -> None:
    """Write rows to a table of the database.

    Parameters
    ----------
    session
        The unit of work; the caller commits.
    table
        Name of the table.
    columns
        Values of each column, all of one length: arrays, or one scalar for every row.
        Geometries as `geometry_text` writes them.
    """
    length = max(len(values) for values in columns.values() if not np.isscalar(values))
    arrays = {
        # pandas marks what is missing in a column of texts by NaN: from_pandas makes it null.
        name: pa.array(np.full(length, values) if np.isscalar(values) else values, from_pandas=True)
        for name, values in columns.items()
    }
    rows = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(include_header=False)
    pyarrow.csv.write_csv(pa.table(arrays), rows, options)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver_connection(session).cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(memoryview(rows.getvalue()))


def geometry_text(shapes: NDArray[np.object_]) -> NDArray[np.str_]:
    """Return geometries (EPSG:4326) as PostGIS reads them from text: hexadecimal EWKB."""
    text: NDArray[np.str_] = shapely.to_wkb(
        shapely.set_srid(shapes, 4326), hex=True, include_srid=True
    )
    return text
