"""Rows with more or fewer values than the header, where it is certain how they are meant."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from pyarrow import csv as arrow_csv

from service.ingest.readers import records


def mended(
    text: bytes, odd: Sequence[arrow_csv.InvalidRow], delimiter: str, named: int
) -> tuple[bytes, int]:
    """Return text with the rows mended that can be, and how many these are.

    Parameters
    ----------
    text
        Complete records, without blank lines.
    odd
        Those of them that have not as many values as the header.
    delimiter
        What parts values.
    named
        How many columns there are up to the last that has a name.
    """
    better = {
        row.number - 1: mending
        for row in odd
        if (mending := _mended(row.text, row.expected_columns, delimiter, named)) is not None
    }
    if not better:
        return text, 0
    found = records.split(text, delimiter)
    pieces = [
        better.get(row) or text[start:end]
        for row, (start, end) in enumerate(zip(found.starts, found.ends, strict=True))
    ]
    return b"".join(pieces), len(better)


def _mended(text: str, columns: int, delimiter: str, named: int) -> bytes | None:
    """Return a row with as many values as there are columns, None where it is not certain."""
    values = _values(text, delimiter)
    if len(values) > columns and not any(map(str.strip, values[columns:])):
        return _written(values[:columns], delimiter)
    if named <= len(values) < columns:
        return _written(values + [""] * (columns - len(values)), delimiter)
    if '\\"' in text:
        values = _values(text, delimiter, escape="\\")
        if len(values) == columns:
            return _written(values, delimiter)
    return None


def _values(text: str, delimiter: str, escape: str | None = None) -> list[str]:
    try:
        return next(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, escapechar=escape), []
        )
    except csv.Error:
        return []


def _written(values: Sequence[str], delimiter: str) -> bytes:
    row = io.StringIO()
    csv.writer(row, delimiter=delimiter, lineterminator="\n").writerow(values)
    return row.getvalue().encode()
