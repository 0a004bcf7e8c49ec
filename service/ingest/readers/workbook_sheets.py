"""Which sheet of a workbook holds the incidents, and which of its rows names the columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from service.errors import NotFoundError, UnreadableFileError, nearest
from service.ingest.profiles.binding import lacking
from service.ingest.profiles.parts import SheetRules
from service.ingest.profiles.profile import Profile
from service.ingest.readers.cells import Column
from service.ingest.readers.columns import Columns
from service.ingest.readers.shape import header_row
from spatial.errors import Problem

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_HEAD_ROWS: Final = 60
_FITS: Final = 1 << 30


class Table(NamedTuple):
    """The sheet of a workbook that is read."""

    sheet: CalamineSheet
    at: int
    """Which of its rows names the columns, from 0."""
    header: list[str]
    told: list[str]
    """What there is to know of the choice."""


def opened(file: BinaryIO, name: str) -> CalamineWorkbook:
    """Return a workbook; one that the library cannot read is refused."""
    with _refusing(name):
        from python_calamine import CalamineWorkbook

        return CalamineWorkbook.from_filelike(file)


def chosen(book: CalamineWorkbook, file: str, rules: SheetRules, profile: Profile | None) -> Table:
    """Return the sheet that is read.

    Parameters
    ----------
    book, file
        The workbook and its name.
    rules
        Which sheet and row are asked for.
    profile
        Says which columns to look for; without one a sheet is told by its looks.

    Raises
    ------
    NotFoundError
        When it has not the sheet that is asked for.
    UnreadableFileError
        When no sheet has a table in it.
    """
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    names = [one.name for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    hidden = {one.name for one in book.sheets_metadata if one.visible != SheetVisibleEnum.Visible}
    asked = _asked(names, rules, file)
    best: tuple[int, str, CalamineSheet, int, list[str]] | None = None
    for name in [asked] if asked else sorted(names, key=hidden.__contains__):
        with _refusing(file):
            sheet = book.get_sheet_by_name(name)
        found = _header(sheet, rules, profile)
        if found is not None and (best is None or found[0] > best[0]):
            best = (found[0], name, sheet, found[1], found[2])
        if found is not None and found[0] == _FITS:
            break
    if best is None:
        listed = ", ".join(map(repr, names)) or "none"
        raise UnreadableFileError(f"{file} has no sheet with a table in it; its sheets: {listed}.")
    _, name, sheet, at, header = best
    told = []
    left = [one for one in names if one != name]
    if left and not asked:
        told.append(
            f"the sheet {name!r} was read, and {', '.join(map(repr, left))} left: to read "
            "another, name it in the profile ([sheet], name)"
        )
    if at and rules.header_row is None and any(_cells_above(sheet, at)):
        told.append(f"the header was found in row {at + 1}: what is above was left")
    return Table(sheet, at, header, told)


def as_text(cell: Any) -> str:
    """Return a cell as text."""
    return Column().text([cell]).to_pylist()[0] or "" if type(cell) is not str else cell.strip()


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
    head = [[as_text(cell) for cell in row] for _, row in islice(_numbered(sheet), _HEAD_ROWS)]
    if not head:
        return None
    if rules.header_row is not None:
        at = rules.header_row - 1
        head_row = next(islice(_numbered(sheet), at, None), None)
        if head_row is None:
            return None
        return _FITS, at, [as_text(cell) for cell in head_row[1]]
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
