"""The first rows of a file as a preview shows them: values only of columns that are named."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import repeat
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, Field

from service.ingest.readers.head import Dialect, FirstRows
from service.ingest.readers.rows import RawRows

ROWS_SHOWN = 20
_SAMPLES = 3
_SHOWN = 200

Kind = Literal["empty", "number", "time", "text"]
_FORMS: Final[dict[Kind, str]] = {
    "number": r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$",
    "time": r"^(\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?([T ].*)?|\d{1,2}:\d{2}(:\d{2})?.{0,3})$",
}
"""What a value that is not shown may be told to look like."""


class ColumnShown(BaseModel):
    """A column of the file; of one that the profile neither maps nor keeps, no value."""

    name: str
    named: bool = Field(description="Whether the profile maps or keeps it, so that it is shown.")
    kind: Kind = Field(description="What all of its values look like.")
    filled: int = Field(description="How many of the rows that were looked at have a value.")
    different: int = Field(description="How many different values these are.")
    samples: list[str] = Field(
        description="A few different values, in the order of the rows; none unless it is named."
    )


class RowShown(BaseModel):
    """A row of the file as it came."""

    line: int = Field(description="First line of the row in its file, or number of the feature.")
    values: list[str | None] | None = Field(
        description="Its values by column, null where the column is not named; null when it is no "
        "row of the table."
    )


class Shown(BaseModel):
    """What a file holds."""

    format: Literal["csv", "geojson", "parquet", "workbook", "archive", "layer", "json"]
    encoding: str
    delimiter: str
    geometry: bool = Field(description="Whether the positions are geometries, not columns.")
    columns: list[ColumnShown]
    rows: list[RowShown]


def shown(first: FirstRows, dialect: Dialect, names: Collection[str]) -> Shown:
    """Return columns and first rows as they came.

    Parameters
    ----------
    first, dialect
        The rows, and how they are written.
    names
        The columns whose values may be shown.
    """
    return Shown.model_validate(
        {
            "format": first.reader.format,
            "encoding": dialect.encoding,
            "delimiter": dialect.delimiter,
            "geometry": first.has_points,
            "columns": [_column(first, name, names) for name in first.columns],
            "rows": by_line(one for rows in first.batches for one in _raw(first, rows, names)),
        }
    )


def by_line(rows: Iterable[Any]) -> list[Any]:
    """Return the first rows by their line in the file."""
    return sorted(rows, key=lambda row: row.line)[:ROWS_SHOWN]


def _column(first: FirstRows, name: str, names: Collection[str]) -> ColumnShown:
    values = first.texts(name).drop_null()
    different = values.unique()
    samples = different[:_SAMPLES].to_pylist() if name in names else []
    return ColumnShown(
        name=name,
        named=name in names,
        kind=_kind(different),
        filled=len(values),
        different=len(different),
        samples=[one[:_SHOWN] for one in samples],
    )


def _kind(values: pa.Array) -> Kind:
    for kind, form in _FORMS.items():
        if len(values) and pc.all(pc.match_substring_regex(values, form)).as_py():
            return kind
    return "text" if len(values) else "empty"


def _raw(first: FirstRows, rows: RawRows, names: Collection[str]) -> list[RowShown]:
    kept = [name for name in rows.table.column_names if name in names]
    table = rows.table.slice(0, ROWS_SHOWN).select(kept).to_pylist()
    return [
        RowShown(line=line, values=[_cell(row.get(name)) for name in first.columns])
        for line, row in zip(rows.lines.tolist(), table or repeat({}), strict=False)
    ] + [RowShown(line=one.line, values=None) for one in rows.malformed[:ROWS_SHOWN]]


def _cell(value: str | None) -> str | None:
    return None if value is None else value[:_SHOWN]
