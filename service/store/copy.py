"""Bulk writes and reads: rows by COPY, in the transaction of the caller's session."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from psycopg import sql
from sqlalchemy.orm import Session

from service.store.session import driver_connection

_NULL: Final = r"\N"
_ESCAPES: Final = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def copy_table(session: Session, table: str, rows: pa.Table) -> None:
    """Write the rows of an Arrow table to the columns of their names.

    Parameters
    ----------
    session
        The unit of work; the caller commits.
    table
        Name of the table.
    rows
        Values of whatever types PostgreSQL reads from the text that Arrow makes of them.
    """
    if rows.num_rows == 0:
        return
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
    )
    with driver_connection(session).cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(encoded(rows))


def copy_rows(session: Session, table: str, columns: dict[str, Any]) -> None:
    """Write columns of values to a table of the database.

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
    copy_table(session, table, pa.table(arrays))


def read_tables(
    session: Session, select: str, schema: pa.Schema, rows_at_once: int = 100_000
) -> Iterator[pa.Table]:
    """Yield the rows of a query in tables, as the session sees them, its own unfinished ones too.

    Parameters
    ----------
    session
        The unit of work; nothing else may be done in it until all is read.
    select
        The query, without parameters. No value is null.
    schema
        Names and types of its columns.
    rows_at_once
        Of each table, at most.
    """
    from pyarrow import csv

    types = csv.ConvertOptions(
        column_types=schema, strings_can_be_null=False, true_values=["t"], false_values=["f"]
    )
    written = csv.ParseOptions(newlines_in_values=True)
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(sql.SQL(select))
    with driver_connection(session).cursor() as cursor, cursor.copy(statement) as copy:
        each = iter(copy)
        while text := _joined(islice(each, rows_at_once)):
            yield csv.read_csv(
                io.BytesIO(text), csv.ReadOptions(column_names=schema.names), written, types
            )


def _joined(pieces: Iterable[bytes | bytearray | memoryview]) -> bytes:
    """Return pieces as one, of which each is given back before the next is asked for."""
    whole = io.BytesIO()
    for piece in pieces:
        whole.write(piece)
    return whole.getvalue()


def geometry_text(shapes: NDArray[np.object_]) -> NDArray[np.str_]:
    """Return geometries (EPSG:4326) as PostGIS reads them from text: hexadecimal EWKB."""
    text: NDArray[np.str_] = shapely.to_wkb(
        shapely.set_srid(shapes, 4326), hex=True, include_srid=True
    )
    return text


def encoded(table: pa.Table) -> memoryview:
    r"""Return the rows of a table as the text that COPY reads.

    Values are joined by Arrow, all rows at once; the result is the memory in which it put them.

    Examples
    --------
    >>> bytes(encoded(pa.table({"line": [1, 2, 3], "raw": ["a\tb", None, ""]})))
    b'1\ta\\tb\n2\t\\N\n3\t\n'
    """
    import pyarrow.compute as pc

    columns = [_text(column) for column in table.combine_chunks().itercolumns()]
    tab, end, nothing = (pa.scalar(one, pa.large_string()) for one in ("\t", "\n", ""))
    joined = pc.binary_join_element_wise(
        *columns, tab, null_handling="replace", null_replacement=_NULL
    )
    lines = pc.binary_join_element_wise(joined, end, nothing)
    size = int(pc.sum(pc.binary_length(lines)).as_py() or 0)
    return memoryview(lines.buffers()[2])[:size]


def _text(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow.compute as pc

    values = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    text = values.cast(pa.large_string())
    if pa.types.is_string(values.type) and _holds_any(text, "".join(_ESCAPES)):
        for letter, escape in _ESCAPES.items():
            if _holds_any(text, letter):
                text = pc.replace_substring(text, letter, escape)
    return text


def _holds_any(text: pa.Array, letters: str) -> bool:
    """Tell whether any value of a column has one of some ASCII characters in it."""
    if text.buffers()[2] is None:
        return False
    content = text.buffers()[2].to_pybytes()  # may hold more than the values, never less
    return any(letter.encode() in content for letter in letters)
