"""Where a table begins and what parts its values, where that is otherwise than its profile says."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.ingest.readers import records

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
HEAD_BYTES: Final = 1 << 18
_RECORDS: Final = 60
"""How many rows are looked at for the one that names the columns."""

_SEPARATOR = re.compile(rb'\s*"?sep=([^\w\s"]|\t)"?[^\S\n]*\r?\n', re.IGNORECASE)
_VALUE = re.compile(
    r"[-+]?[\d.,]+%?|\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?([T ].*)?|\d{1,2}:\d{2}(:\d{2})?.{0,3}"
)

Fits = Callable[[Sequence[str]], bool]
"""Tells whether some names are the columns that a profile needs."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a table of text is laid out."""

    delimiter: str
    start: int
    """Offset of the row that names the columns."""
    end: int
    """Offset behind it."""

    def told(self, before: int, stated: str) -> list[str]:
        """Return what is otherwise than the profile says.

        Parameters
        ----------
        before
            Lines before the header.
        stated
            The profile's delimiter.
        """
        told = []
        if before:
            lines = "line 1 stands" if before == 1 else f"lines 1 to {before} stand"
            told.append(f"{lines} before the header and belong{'s'[before > 1 :]} to no row")
        if self.delimiter != stated:
            own, other = (DELIMITERS.get(one, "another sign") for one in (self.delimiter, stated))
            told.append(
                f"the values are parted by {own} ({self.delimiter!r}), not by {other} ({stated!r}) "
                "as the profile says, and were read so"
            )
        return told


def shape(text: bytes, delimiter: str, fits: Fits | None = None) -> Shape | None:
    """Find the header of a table of text; None where there is no complete row yet.

    Parameters
    ----------
    text
        The beginning of the file, as UTF-8.
    delimiter
        What the profile says that parts values. Another is taken where it is certain: the file
        says so itself, or the columns are those of the profile with it and not without.
    fits
        Tells the columns that are looked for; without it the header is told by its looks.
    """
    stated = _SEPARATOR.match(text[:64])
    begins = stated.end() if stated else 0
    if stated:
        delimiter = stated[1].decode("ascii", "replace")
    own = _Rows(text, begins, delimiter)
    if not own.cells:
        return None
    if fits is not None and fits(own.cells[0]):
        return own.shape(0)
    others = [] if stated else [one for one in DELIMITERS if one != delimiter]
    every = [own, *(_Rows(text, begins, one) for one in others)]
    for rows in every if fits is not None else ():
        for at, cells in enumerate(rows.cells):
            if fits is not None and fits(cells):
                return rows.shape(at)
    if not own.is_table() and not stated:
        own = max(every, key=_Rows.regularity)
    return own.shape(own.header())


def likely_delimiter(text: bytes) -> str:
    r"""Return what seems to part the values of a table.

    Examples
    --------
    >>> likely_delimiter(b"Report of May\nid;lon;lat\n1;8,5;47,4\n")
    ';'
    """
    stated = _SEPARATOR.match(text[:64])
    if stated:
        return stated[1].decode("ascii", "replace")
    return max((_Rows(text, 0, one) for one in DELIMITERS), key=_Rows.regularity).delimiter


def header_row(rows: Sequence[Sequence[str]]) -> int:
    """Return which of the first rows names the columns.

    It is the first, unless that is much emptier than the table: then the first that is not, and
    that holds names instead of values.

    Examples
    --------
    >>> header_row([["Crimes of May", "", ""], ["id", "lon", "lat"], ["1", "8.5", "47.4"]])
    1
    """
    filled = [sum(map(bool, map(str.strip, row))) for row in rows]
    usual = max(Counter(one for one in filled if one > 1).items(), key=_often, default=(1, 0))[0]
    if not rows or 2 * filled[0] > usual:
        return 0
    for at, row in enumerate(rows):
        if 2 * filled[at] > usual and not any(_VALUE.fullmatch(one.strip()) for one in row):
            return at
    return 0


def _often(counted: tuple[int, int]) -> tuple[int, int]:
    return counted[1], counted[0]


class _Rows:
    """The first rows of a text as they are with one delimiter."""

    def __init__(self, text: bytes, begins: int, delimiter: str) -> None:
        self.delimiter = delimiter
        self._begins = begins
        text = text[begins : max(begins + HEAD_BYTES, text.find(b"\n", begins) + 1)]
        found = records.split(text, delimiter)
        self._starts, self._ends = found.starts[:_RECORDS], found.ends[:_RECORDS]
        self.cells = list(self._parsed(text))

    def _parsed(self, text: bytes) -> Iterator[list[str]]:
        for start, end in zip(self._starts, self._ends, strict=True):
            record = text[start:end].decode("utf-8", "replace")
            try:
                cells = next(
                    csv.reader(io.StringIO(record, newline=""), delimiter=self.delimiter), []
                )
            except csv.Error:
                cells = []
            yield [one.strip() for one in cells]

    def shape(self, at: int) -> Shape:
        """Return the shape with a certain row as the header."""
        start, end = int(self._starts[at]), int(self._ends[at])
        return Shape(self.delimiter, self._begins + start, self._begins + end)

    def header(self) -> int:
        """Return which row looks like the header."""
        return header_row(self.cells)

    def regularity(self) -> float:
        """Return the columns that the rows have in common, fewer where they do not agree."""
        lengths = Counter(map(len, self.cells))
        length, rows = max(lengths.items(), key=_often, default=(0, 0))
        return (length - 1) * rows / max(len(self.cells), 1)

    def is_table(self) -> bool:
        """Tell whether most rows have the same columns, more than one."""
        return self.regularity() >= 0.5
