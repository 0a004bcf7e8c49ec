"""Cells of a sheet, each of its own type, as a column of text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Cell = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta
_TIMES: Final = {dt.date, dt.datetime}
_NUMBERS: Final = {int, float}
_EXACT: Final = 1e15
"""Up to here a spreadsheet's number is the whole number that it looks like."""


class Column:
    """One column of a sheet, batch after batch.

    A date without a clock is a day. Libraries give midnights as such dates, too: where others of
    the column have a clock, the format of the cell tells, and what no format tells is midnight.

    Parameters
    ----------
    days
        Returns the rows whose format shows no clock, or None where the workbook does not tell.
    """

    def __init__(self, days: Callable[[], Collection[int] | None] = lambda: None) -> None:
        self.has_clock = False
        self.unsure = 0
        """Dates among times, of which nothing tells whether they are midnights or days."""
        self._days = days

    def text(self, cells: Sequence[Any], rows: Sequence[int] | np.ndarray = ()) -> pa.Array:
        """Return cells as text, null where they are empty or hold an error.

        Parameters
        ----------
        cells
            Some more of the column.
        rows
            Their numbers in the sheet.
        """
        kinds = set(map(type, cells))
        if dt.datetime in kinds:
            self.has_clock = True
        if self.has_clock and dt.date in kinds and len(rows):
            cells, kinds = self._with_days(cells, rows, kinds)
        if kinds <= {str}:
            return _filled(pa.array(cells, pa.string()))
        empty = str in kinds and all(one == "" for one in cells if type(one) is str)
        others = kinds - {str} if empty else kinds
        if others <= _NUMBERS:
            known = cells if others == kinds else [np.nan if one == "" else one for one in cells]
            return numbers(np.array(known, dtype=np.float64))
        if others <= _TIMES:
            dates = cells if others == kinds else [None if one == "" else one for one in cells]
            return self._times(dates, exact=dt.date not in kinds)
        return _filled(pa.array(list(map(self._spelt, cells)), pa.string()))

    def _with_days(
        self, cells: Sequence[Any], rows: Sequence[int] | np.ndarray, kinds: set[type]
    ) -> tuple[Sequence[Any], set[type]]:
        """Return cells with the days among them spelt."""
        days = self._days()
        if days is None:
            self.unsure += sum(type(one) is dt.date for one in cells)
            return cells, kinds
        spelt = [
            one.isoformat() if type(one) is dt.date and row in days else one
            for one, row in zip(cells, rows, strict=True)
        ]
        return spelt, set(map(type, spelt))

    def _times(self, cells: Sequence[dt.date | None], *, exact: bool) -> pa.Array:
        if not self.has_clock:
            return pc.cast(pa.array(cells, pa.date32()), pa.string())
        known = cells if exact else [_at_midnight(one) for one in cells]
        times = pc.round_temporal(pa.array(known, pa.timestamp("us")), unit="second")
        return pc.cast(times.cast(pa.timestamp("s")), pa.string())

    def _spelt(self, cell: Any) -> str:
        spelling = _SPELLINGS.get(type(cell))
        if spelling is None:
            return str(cell)
        if self.has_clock and type(cell) is dt.date:
            return f"{cell.isoformat()} 00:00:00"
        return spelling(cell)


def numbers(values: np.ndarray) -> pa.Array:
    """Return numbers as text, whole ones without a point; null where there is none.

    Examples
    --------
    >>> numbers(np.array([20190001234.0, -0.1, np.nan])).to_pylist()
    ['20190001234', '-0.1', None]
    """
    known = np.isfinite(values)
    whole = known & (np.abs(np.where(known, values, 0)) < _EXACT) & (values == np.floor(values))
    integers = pa.array(np.where(whole, values, 0).astype(np.int64))
    if whole[known].all():
        return pc.if_else(pa.array(known), pc.cast(integers, pa.string()), None)
    text = pc.if_else(
        pa.array(whole), pc.cast(integers, pa.string()), pc.cast(pa.array(values), pa.string())
    )
    return pc.if_else(pa.array(known), text, None)


def _at_midnight(value: dt.date | None) -> dt.datetime | None:
    if value is None or isinstance(value, dt.datetime):
        return value
    return dt.datetime(value.year, value.month, value.day)


def _filled(text: pa.Array) -> pa.Array:
    nul = not isinstance(text, pa.Array) or _has_nul(text)
    empty = pc.equal(text, "")
    if pc.any(empty).as_py():
        text = pc.if_else(empty, None, text)
    # Text with NUL cannot be stored; no column of incidents has a use for it.
    return pc.replace_substring(text, "\x00", "") if nul else text


def _has_nul(text: pa.Array) -> bool:
    """Tell whether the letters of a column have a NUL anywhere, which is soon seen."""
    letters = text.buffers()[2]
    return letters is not None and not np.frombuffer(letters, dtype=np.uint8).all()


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < _EXACT else repr(value)


def _duration(value: dt.timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = "-" * (seconds < 0), abs(seconds)
    return f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _clock(value: dt.time) -> str:
    seconds = round(
        dt.timedelta(
            hours=value.hour,
            minutes=value.minute,
            seconds=value.second,
            microseconds=value.microsecond,
        ).total_seconds()
    )
    return _duration(dt.timedelta(seconds=min(seconds, 86_399)))


def _instant(value: dt.datetime) -> str:
    return f"{value + dt.timedelta(microseconds=500_000):%Y-%m-%d %H:%M:%S}"


_SPELLINGS: Final[dict[type, Callable[[Any], str]]] = {
    str: str,
    float: _number,
    int: str,
    bool: lambda value: "true" if value else "false",
    dt.date: dt.date.isoformat,
    dt.datetime: _instant,
    dt.time: _clock,
    dt.timedelta: _duration,
}
