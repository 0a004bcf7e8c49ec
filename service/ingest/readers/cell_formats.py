"""Which dates of a sheet are shown without a clock: told by the formats of its cells."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Collection, Iterator
from typing import BinaryIO, Final

from service.ingest.readers.workbook_limits import row_pieces

_BUILT_IN_DAYS: Final = {*range(14, 18), *range(27, 32), 36, *range(50, 59)}
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hHmMsS]+\])[^\]]*\]')
_DAY = re.compile(r"[dDyYeE]")
_CLOCK = re.compile(r"[hHsS]")


def is_of_days(form: str) -> bool:
    """Tell a format that shows a date and no clock.

    Examples
    --------
    >>> is_of_days("yyyy-mm-dd"), is_of_days('[$-809]dd" hrs "mmmm'), is_of_days("d/m/yy h:mm")
    (True, True, False)
    """
    shown = _NOT_SHOWN.sub("", form.partition(";")[0])
    return bool(_DAY.search(shown)) and not _CLOCK.search(shown)


def rows_of_days(file: BinaryIO, sheet: str, column: int) -> Collection[int] | None:
    """Return the rows of a column, from 1, whose format shows no clock.

    Parameters
    ----------
    file
        The workbook.
    sheet
        Name of the sheet.
    column
        Which, from 0.

    Returns
    -------
    Collection or None
        None: the workbook does not tell. In ODS every date that comes without a clock has none.
    """
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            if "content.xml" in archive.namelist():
                return range(1 << 30)
            styles = _styles_of_days(archive.read("xl/styles.xml").decode())
            with archive.open(_part(archive, sheet)) as part:
                return frozenset(_rows(row_pieces(part, b"</row>"), _letters(column), styles))
    except (zipfile.BadZipFile, KeyError, StopIteration, ValueError):
        return None


def _rows(texts: Iterator[bytes], letters: str, styles: list[int]) -> Iterator[int]:
    if not styles:
        return
    style = "|".join(map(str, styles))
    cell = re.compile(rf'<c (?=[^>]*\bs="(?:{style})")(?:[^>]* )?r="{letters}(\d+)"'.encode())
    for text in texts:
        yield from map(int, cell.findall(text))


def _styles_of_days(text: str) -> list[int]:
    own = {one["numFmtId"]: one["formatCode"] for one in _tags(text, "numFmt")}
    cells = text[text.index("<cellXfs") : text.index("</cellXfs>")]
    kinds = [one.get("numFmtId", "0") for one in _tags(cells, "xf")]
    return [
        at
        for at, kind in enumerate(kinds)
        if (is_of_days(own[kind]) if kind in own else int(kind) in _BUILT_IN_DAYS)
    ]


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    book = _tags(archive.read("xl/workbook.xml").decode(), "sheet")
    known = next(one for one in book if one["name"] == sheet)
    links = _tags(archive.read("xl/_rels/workbook.xml.rels").decode(), "Relationship")
    target = next(one["Target"] for one in links if one["Id"] == known["r:id"])
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _tags(text: str, name: str) -> Iterator[dict[str, str]]:
    """Yield the attributes of the tags of a name."""
    for tag in re.finditer(rf"<{name}\s([^<]*?)/?>", text):
        pairs = re.findall(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag[1])
        yield {key: html.unescape(one or other) for key, one, other in pairs}


def _letters(column: int) -> str:
    letters, left = "", column + 1
    while left:
        left, letter = divmod(left - 1, 26)
        letters = chr(65 + letter) + letters
    return letters
