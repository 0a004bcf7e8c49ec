"""Sheets of workbooks (XLSX, XLS, ODS) as batches of text columns."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from itertools import islice
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from service.ingest.profiles.profile import Profile
from service.ingest.readers import leftovers
from service.ingest.readers.cell_formats import rows_of_days
from service.ingest.readers.cells import Column
from service.ingest.readers.columns import Columns, twins_told
from service.ingest.readers.leftovers import Leftovers
from service.ingest.readers.limits import Limits, check_columns
from service.ingest.readers.rows import RawRows, Wanted
from service.ingest.readers.workbook_hollow import merged_told
from service.ingest.readers.workbook_limits import check_workbook, without_archives
from service.ingest.readers.workbook_sheets import as_text, chosen, opened

BATCH_ROWS = 32_768
_PACKED = b"PK"


class WorkbookReader:
    """One sheet of a workbook.

    Parameters
    ----------
    file, name
        The workbook.
    profile
        Says which sheet and row, or which columns to look for.
    limits
        How much it may hold.
    wanted
        Tells by its name whether a column is read; by default every one is.
    guessed
        Whether the profile knows nothing of the columns, so that a sheet is told by its looks.
    """

    format = "workbook"
    crs: str | None = None
    has_points = False
    typed = True

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        profile: Profile,
        limits: Limits,
        wanted: Wanted | None = None,
        *,
        guessed: bool = False,
        batch_rows: int | None = None,
    ) -> None:
        self._name, self._batch_rows = name, batch_rows or BATCH_ROWS
        self._told: list[str] = []
        self._file = file
        self._cells: dict[int, Column] = {}
        self._looked = False  # for clocks of columns that show none at first
        if file.read(2) == _PACKED:
            self._told += check_workbook(file, limits, name).told()
        else:
            self._file = file = without_archives(file)
        file.seek(0)
        self._left = Leftovers()
        book = opened(file, name)
        table = chosen(book, name, profile.sheet, None if guessed else profile)
        self._sheet, self._at, self._header = table.sheet, table.at, table.header
        self._told += table.told
        found = Columns.of(self._header)
        self.columns: list[str] = found.names
        check_columns(len(self.columns), name)
        self._twins = found.twins
        self._told += twins_told(found, wanted)
        self._included = [
            at for at, one in enumerate(self.columns) if wanted is None or found.wanted(one, wanted)
        ]

        self._told += self._merged()

    @property
    def warnings(self) -> list[str]:
        """What there is to know of the workbook besides its rows, so far."""
        unsure = [
            f"in the column {self.columns[at]!r} {one.unsure:,} date{'s' * (one.unsure != 1)} "
            "among times, of which the workbook does not tell whether they have a clock: read as "
            "midnight"
            for at, one in self._cells.items()
            if one.unsure
        ]
        return [*self._told, *unsure, *self._left.warnings()]

    def __iter__(self) -> Iterator[RawRows]:
        """Read the rows of the sheet in batches, in their order."""
        self._cells = {at: Column(cache(partial(self._days, at))) for at in self._included}
        self._looked = False
        rows = islice(self._sheet.iter_rows(), self._at + 1, None)
        line = self._at + 2
        while (made := self._batch(rows, line)) is not None:
            number, batch = made
            line += number
            yield batch

    def _batch(self, rows: Iterator[list[Any]], line: int) -> tuple[int, RawRows] | None:
        """Return how many rows were read, and those of them that are rows of the table."""
        with _without_collecting():  # which would look through all cells again and again
            batch = list(islice(rows, self._batch_rows))
            if not batch:
                return None
            number = len(batch)
            lines = np.arange(line, line + number, dtype=np.int64)
            if left := self._no_rows(batch, line):
                batch = [row for at, row in enumerate(batch) if at not in left]
                lines = np.delete(lines, list(left))
            by_column = list(zip(*batch, strict=True)) or [()] * len(self.columns)
            if number == self._batch_rows and not self._looked and self._has_dates(by_column):
                self._look_for_clocks()
                self._looked = True
            return number, RawRows(
                pa.table(
                    {
                        self.columns[at]: column.text(by_column[at], lines)
                        for at, column in self._cells.items()
                    }
                    or {self.columns[0]: pa.nulls(len(lines), pa.string())}
                ),
                lines,
                twins=self._twins,
            )

    def _days(self, at: int) -> Collection[int] | None:
        """Return the rows whose cell of a column shows no clock."""
        left = self._sheet.start[1] if self._sheet.start else 0  # columns before the first filled
        return rows_of_days(self._file, self._sheet.name, at + left)

    def _has_dates(self, by_column: Sequence[Sequence[Any]]) -> bool:
        """Tell whether dates stand in a column that has shown no clock yet."""
        return any(
            dt.date in set(map(type, by_column[at]))
            for at, one in self._cells.items()
            if not one.has_clock
        )

    def _look_for_clocks(self) -> None:
        """Find the columns that have a clock anywhere, so that no batch is read by itself."""
        rows = islice(self._sheet.iter_rows(), self._at + 1, None)
        while batch := list(islice(rows, self._batch_rows)):
            by_column = list(zip(*batch, strict=True))
            for at, one in self._cells.items():
                one.has_clock |= dt.datetime in set(map(type, by_column[at]))

    def _merged(self) -> list[str]:
        """Tell the cells below the header that are empty because they are merged with others."""
        sheet = self._sheet
        if sheet.start is None or sheet.end is None:
            return []
        columns = [one + sheet.start[1] for one in self._included]
        return merged_told(sheet.merged_cell_ranges or [], self._at, sheet.end[0] + 1, columns)

    def _no_rows(self, batch: list[list[Any]], line: int) -> set[int]:
        """Return which are blank, a total or the header once more, and no rows of the table."""
        left: set[int] = set()
        first = self._header[0]
        begins = [row[0] for row in batch if type(row[0]) is str]
        together = "\n".join(begins)
        if (
            "" not in begins
            and first not in together
            and not leftovers.may_hold_totals(together.lower().encode())
        ):
            return left  # as of most batches, without a look at each row
        for at, row in enumerate(batch):
            one = row[0]
            if type(one) is not str or not (
                one == "" or one.strip() == first or leftovers.begins_total(one)
            ):
                continue
            shown = list(map(as_text, row))
            if not any(shown):
                left.add(at)
            elif shown == self._header or leftovers.is_total(shown):
                left.add(at)
                what = leftovers.HEADER if shown == self._header else leftovers.TOTAL
                self._left.note(what, line + at)
        return left


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Leave the search for garbage in cycles: cells are none, and there are very many of them."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
