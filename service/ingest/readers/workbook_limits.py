"""How much a workbook may hold: told from its parts before a library makes room for its cells.

A sheet with two cells, the first and the last that there can be, takes some 500 bytes of a file
and seventeen thousand million cells of memory.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO, Final

from service.errors import PayloadTooLargeError, UnreadableFileError
from service.ingest.readers.limits import MAX_COLUMNS, Limits
from service.ingest.readers.sheet_tags import NARROW, tags_of
from service.ingest.readers.workbook_hollow import Hollow

MAX_WORKBOOK_MB: Final = 1024
"""Unpacked; a workbook is held in memory as a whole, and of its cells there are a million rows."""

MAX_CELLS: Final = 64 << 20
_MOST_ROWS: Final = 1 << 20
_PIECE_BYTES: Final = 1 << 20
_LONGEST_CELL: Final = 16 << 20

_ROW = re.compile(rb' r="[A-Za-z]*(\d+)"')
_SHEET: Final = b"sheetData"
"""The element without which a part has no cells, whatever the part is called."""

_END_OF_ARCHIVE: Final = b"PK\x05\x06"
"""What a ZIP archive is found by."""

_REPEATED_CELL = re.compile(rb"columns-repeated\s*=\s*[\"'](\d{4,})[\"']")
_LAST_CELL = re.compile(rb"[^<>]*/>\s*</table:table-row\s*>")
_REPEATED_ROW = re.compile(
    rb"<table:table-row[^>]*rows-repeated\s*=\s*[\"'](\d+)[\"'][^>]*>(.*?)</table:table-row\s*>",
    re.S,
)


def check_workbook(file: BinaryIO, limits: Limits, name: str) -> Hollow:
    """Refuse a workbook of packed parts (XLSX, ODS) that holds more than it may.

    Returns
    -------
    Hollow
        Its cells that show something and hold nothing.

    Raises
    ------
    PayloadTooLargeError
        When its parts are too large, or a sheet has too many cells, empty ones included.
    UnreadableFileError
        When it is broken.
    """
    hollow = Hollow()
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            limits.check_unpacked(size, name)
            if size > MAX_WORKBOOK_MB << 20:
                raise _too_large(name, f"unpacks to more than {MAX_WORKBOOK_MB:,} MB")
            for entry in archive.infolist():
                if _is_sheet(archive, entry, name):
                    with archive.open(entry) as part:  # which ends where the entry says it does
                        _check_sheet(part, name, hollow)
                if entry.filename == "content.xml":
                    with archive.open(entry) as part:
                        _check_table(part, name)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise UnreadableFileError(
            f"{name} is a broken workbook ({error}): save or download it again."
        ) from None
    return hollow


def without_archives(file: BinaryIO) -> BinaryIO:
    """Return an XLS in which no ZIP archive can be found, such as a workbook put in its sheet.

    Where the library cannot read the XLS, it would read that instead, past every limit.
    """
    file.seek(0)
    content = file.read()
    if _END_OF_ARCHIVE not in content:
        return file
    return io.BytesIO(content.replace(_END_OF_ARCHIVE, bytes(len(_END_OF_ARCHIVE))))


def _is_sheet(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bool:
    """Whether a part may hold the cells of a sheet of XLSX; others are read through."""
    with archive.open(entry) as part:
        piece = part.read(8)
        wide = b"\0" in piece  # UTF-16, as parts that are no sheets may be
        if entry.filename.lower().startswith("xl/worksheets/") and not wide:
            return True
        piece += part.read(_PIECE_BYTES)
        end, found = b"", False
        while piece:
            looked = end + (piece.replace(b"\0", b"") if wide else piece)
            found = found or _SHEET in looked
            end = looked[-len(_SHEET) :]
            piece = part.read(_PIECE_BYTES)
    if wide and (found or entry.filename == "content.xml"):
        raise _unusual(name)
    return found


def _check_sheet(part: IO[bytes], name: str, hollow: Hollow) -> None:
    """Refuse a sheet of XLSX whose cells reach too far, by the references that they carry."""
    width, height, without = NARROW, _MOST_ROWS, 0
    pieces = []
    for piece in row_pieces(part, b"row>"):
        tags = tags_of(piece)
        if tags.unusual:
            raise _unusual(name)
        hollow.look(tags.text, formulas=tags.formulas)
        width, without = max(width, tags.width), max(without, tags.without)
        if (width + without) * _MOST_ROWS > MAX_CELLS:
            pieces.append(max(map(int, _ROW.findall(tags.text)), default=0))
    if pieces:
        # Rows of pieces before the first wide one are numbered lower, or were not looked at: what
        # is behind them reaches as far down.
        height = max(pieces)
    if (width + without) * height > MAX_CELLS:
        raise _too_large(name, f"has a sheet of {width + without:,} columns and {height:,} rows")


def _check_table(part: IO[bytes], name: str) -> None:
    """Refuse a sheet of ODS that says of cells or rows that they stand there very often."""
    rows = pending = cells = 0
    for piece in row_pieces(part, b"</table:table-row>"):
        for repeated in _REPEATED_CELL.finditer(piece):
            last = _LAST_CELL.match(piece, repeated.end())
            if int(repeated[1]) > MAX_COLUMNS and last is None:
                raise _too_large(name, f"has a row that repeats a cell {int(repeated[1]):,} times")
        each = piece.split(b"<table:table-row")
        cells = max(cells, *(one.count(b"<table:table-cell") for one in each))
        for at, sheet in enumerate(piece.split(b"</table:table>")):
            if at:  # empty rows at the end of a sheet take no room
                rows = pending = 0
            if _is_filled(sheet):
                rows, pending = rows + pending, 0
            rows += sheet.count(b"<table:table-row")
            for found in _REPEATED_ROW.finditer(sheet):
                if _is_filled(found[2]) or _is_filled(sheet[found.end() :]):
                    rows += int(found[1])
                else:
                    pending += int(found[1])
        if rows * cells > MAX_CELLS:
            raise _too_large(name, f"has {rows:,} rows of {cells:,} cells")


def _is_filled(text: bytes) -> bool:
    return b"office:value" in text or b"<text:" in text


def row_pieces(part: IO[bytes], end: bytes) -> Iterator[bytes]:
    """Return the text of a part in pieces that end where a row does, as far as rows do."""
    rest = b""
    while piece := part.read(_PIECE_BYTES):
        rest += piece
        at = rest.rfind(end)
        if at >= 0 or len(rest) > _LONGEST_CELL:
            at = at + len(end) if at >= 0 else rest.rfind(b"<")
            if at <= 0:
                raise UnreadableFileError(
                    f"the workbook has a cell of more than {_LONGEST_CELL >> 20} MB: save the "
                    "sheet as CSV."
                )
            yield rest[:at]
            rest = rest[at:]
    yield rest


def _unusual(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name} has a sheet that is written in an unusual way: open it in a spreadsheet program "
        "and save it as XLSX again, or as CSV."
    )


def _too_large(name: str, what: str) -> PayloadTooLargeError:
    return PayloadTooLargeError(
        f"{name} {what}, more than is taken of a workbook: delete empty rows and columns behind "
        "the table, or save the sheet as CSV."
    )
