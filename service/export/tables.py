"""The tables of a run's files: what its analysis declares, with an interval as two columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from service.analyses.figures import Cell, Column, Number, Table
from service.export.single_layer import write_rows

Value: TypeAlias = str | Number | None


def columns_of(table: Table) -> list[Column]:
    """Return the columns of a table in a file, each with one value a row."""
    columns = []
    for one in table.columns:
        if not one.interval:
            columns.append(one)
            continue
        for end in ("low", "high"):
            told = {"name": f"{one.name}_{end}", "title": f"{one.title}, {end}", "interval": False}
            columns.append(one.model_copy(update=told))
    return columns


def rows_of(table: Table) -> Iterator[list[Value]]:
    """Return the rows of a table in a file, a value for each of its columns."""
    return (_flat(table.columns, row) for row in table.rows)


def write_csv(table: Table, path: Path) -> None:
    """Write a table as CSV."""
    names = [one.name for one in columns_of(table)]
    write_rows(names, [dict(zip(names, row, strict=True)) for row in rows_of(table)], path)


def _flat(columns: Sequence[Column], row: Sequence[Cell]) -> list[Value]:
    flat: list[Value] = []
    for column, value in zip(columns, row, strict=True):
        if column.interval:
            flat += value if isinstance(value, tuple) else (None, None)
        else:
            assert not isinstance(value, tuple)
            flat.append(value)
    return flat
