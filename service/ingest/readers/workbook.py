"""Sheets of workbooks (XLSX, XLS, ODS) as batches of text columns."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np
import pyarrow as pa

from service.errors import NotFoundError, UnreadableFileError, nearest
from service.ingest.profiles.binding import lacking
from service.ingest.profiles.parts import SheetRules
from service.ingest.profiles.profile import Profile
from service.ingest.readers import leftovers
from service.ingest.readers.cell_formats import rows_of_days
from service.ingest.readers.cells import Column
from service.ingest.readers.columns import Columns, twins_told
from service.ingest.readers.leftovers import Leftovers
from service.ingest.readers.limits import Limits, check_columns
from service.ingest.readers.rows import RawRows, Wanted
from service.ingest.readers.shape import header_row
from service.ingest.readers.workbook_hollow import merged_told
from service.ingest.readers.workbook_limits import check_workbook, without_archives
from spatial.errors import Problem

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

BATCH_ROWS = 32_768
_HEAD_ROWS: Final = 60
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
        with _refusing(name):
            from python_calamine import CalamineWorkbook

            book = CalamineWorkbook.from_filelike(file)
        self._choose(book, profile.sheet, None if guessed else profile)
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
            shown = list(map(_shown, row))
            if not any(shown):
                left.add(at)
            elif shown == self._header or leftovers.is_total(shown):
                left.add(at)
                what = leftovers.HEADER if shown == self._header else leftovers.TOTAL
                self._left.note(what, line + at)
        return left

    def _choose(self, book: CalamineWorkbook, rules: SheetRules, profile: Profile | None) -> None:
        """Find the sheet and the row that names its columns, and tell what was left."""
        from python_calamine import SheetTypeEnum, SheetVisibleEnum

        names = [one.name for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        hidden = {
            one.name for one in book.sheets_metadata if one.visible != SheetVisibleEnum.Visible
        }
        asked = _asked(names, rules, self._name)
        best: tuple[int, str, CalamineSheet, int, list[str]] | None = None
        for name in [asked] if asked else sorted(names, key=hidden.__contains__):
            with _refusing(self._name):
                sheet = book.get_sheet_by_name(name)
            found = _header(sheet, rules, profile)
            if found is not None and (best is None or found[0] > best[0]):
                best = (found[0], name, sheet, found[1], found[2])
            if found is not None and found[0] == _FITS:
                break
        if best is None:
            listed = ", ".join(map(repr, names)) or "none"
            raise UnreadableFileError(
                f"{self._name} has no sheet with a table in it; its sheets: {listed}."
            )
        _, name, self._sheet, self._at, self._header = best
        left = [one for one in names if one != name]
        if left and not asked:
            self._told.append(
                f"the sheet {name!r} was read, and {', '.join(map(repr, left))} left: to read "
                "another, name it in the profile ([sheet], name)"
            )
        if self._at and rules.header_row is None and any(_cells_above(self._sheet, self._at)):
            self._told.append(f"the header was found in row {self._at + 1}: what is above was left")


_FITS: Final = 1 << 30


def _asked(names: Sequence[str], rules: SheetRules, file: str) -> str | None:
    """Return the sheet that a profile asks for, None where it leaves it open."""
    if rules.name is not None:
        if rules.name not in names:
            raise NotFoundError(
                f"{file} has no sheet {rules.name!r}; it has: {', '.join(map(repr, names))}."
                f"{nearest(rules.name, names)}",
                [Problem("sheet.name", "no such sheet")],
            )
        return rules.name
    if rules.index is not None:
        if rules.index > len(names):
            raise NotFoundError(
                f"{file} has {len(names)} sheets, the profile asks for number {rules.index}.",
                [Problem("sheet.index", "no such sheet")],
            )
        return names[rules.index - 1]
    return None


def _header(
    sheet: CalamineSheet, rules: SheetRules, profile: Profile | None
) -> tuple[int, int, list[str]] | None:
    """Return how well a sheet fits, which of its rows names the columns, and these."""
    head = [[_shown(cell) for cell in row] for _, row in islice(_numbered(sheet), _HEAD_ROWS)]
    if not head:
        return None
    if rules.header_row is not None:
        at = rules.header_row - 1
        head_row = next(islice(_numbered(sheet), at, None), None)
        if head_row is None:
            return None
        return _FITS, at, [_shown(cell) for cell in head_row[1]]
    if profile is not None:
        for at, row in enumerate(head):
            if not lacking(profile, Columns.of(row).names, has_points=False):
                return _FITS, at, row
    at = header_row(head)
    filled = sum(map(bool, head[at]))
    return (filled - 1) * (len(head) - at), at, head[at]


def _numbered(sheet: CalamineSheet) -> Iterator[tuple[int, list[Any]]]:
    """Return the rows of a sheet with the numbers that a spreadsheet program gives them."""
    if sheet.start is None:
        return iter(())
    return enumerate(sheet.iter_rows(), start=1)


def _cells_above(sheet: CalamineSheet, at: int) -> Iterator[bool]:
    return (cell != "" for _, row in islice(_numbered(sheet), at) for cell in row)


def _shown(cell: Any) -> str:
    return Column().text([cell]).to_pylist()[0] or "" if type(cell) is not str else cell.strip()


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


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Refuse a workbook that the library cannot read, in words."""
    from python_calamine import CalamineError, PasswordError

    try:
        yield
    except PasswordError:
        raise UnreadableFileError(
            f"{name} is a workbook with a password: save it without one, or as CSV."
        ) from None
    except (CalamineError, ValueError, OSError) as error:
        raise UnreadableFileError(
            f"{name} is a damaged workbook ({' '.join(str(error).split())[:200]}): save it again, "
            "or as CSV."
        ) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # which is no Exception
            raise
        raise UnreadableFileError(
            f"{name} is a workbook that cannot be read: save it again, or as CSV."
        ) from None
