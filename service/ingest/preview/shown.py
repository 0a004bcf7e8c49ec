"""The first rows of a file as a preview shows them: values only of columns that are named."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import repeat
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.preview.previewed import ROWS_SHOWN, ColumnShown, Kind, RowShown, Shown
from service.ingest.readers.head import Dialect, FirstRows
from service.ingest.readers.rows import RawRows

_SAMPLES = 3
_SHOWN = 200
_FORMS: Final[dict[Kind, str]] = {
    "number": r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$",
    "time": r"^(\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?([T ].*)?|\d{1,2}:\d{2}(:\d{2})?.{0,3})$",
}
"""What a value that is not shown may be told to look like."""


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
