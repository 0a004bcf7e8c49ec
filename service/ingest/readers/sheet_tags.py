"""What the tags of a sheet of XLSX tell of its cells: how far they reach, and whether that is told.

Expressions that search the text of a sheet, one after the other, take a third of the time in which
it is read. Most sheets are written plainly: each cell says first where it stands, and each row.
There the tags are found once, as an array, and the rest need not be searched.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

NARROW: Final = 26
"""Columns, up to Z, that every sheet may have."""

_MOST_ROWS: Final = 1 << 20
_CELLS = re.compile(rb'<c(?: r="([A-Za-z]{2,})\d|(?! r=")[\s>/])')
"""The letters of cells behind column Z, and nothing for those that do not begin with theirs."""

_REFERENCES = re.compile(rb' r="([A-Za-z]{2,})\d')
_FAR_DOWN = re.compile(rb' r="[A-Za-z]*(\d{7,})')
_ANY_CELL = re.compile(rb"<c[\s>/]")
_ODD_CELL = re.compile(
    rb"<(c|row)\s(?:[^<>]*\s)?r(?:\s*=\s*'|\s+=|=\s+)|<(c|row)\s[^<>]*[\t\r\n]r="
    rb"|<!--|<!\[CDATA|[^\xef\xbb\xbf]<\?"
    rb"|=\s*(?:\"[^\"<>]*|'[^'<>]*)(?:>|<(?:c|row)[\s>/])"
)
"""Cells whose place the patterns above do not tell, and what can hide rows from them."""

_PREFIXED = re.compile(rb"<[^<>\s:/!?]+:(?:c|row)[\s>/]")
_PREFIX = re.compile(rb"(</?)[^<>\s:/!?]+:")
_NOT_PLAIN = re.compile(rb"<(?:[^<>\s:/!?]+:)?(?:c|row)[\s>/]")
_TWICE = re.compile(rb"<c(?=\s)(?:[^<]*?\sr\s*=){2}")
"""A cell that says twice where it stands: what is read then is the other place."""

_FEW: Final = 1000
"""So many tags beside those of cells are looked at one by one: such as stand around the rows."""

_WORD: Final = 8
"""Bytes of a tag, from its beginning, that are held against what it may be, as one number."""


_Bools: TypeAlias = NDArray[np.bool_]


class Tags(NamedTuple):
    """What the tags of a piece of a sheet tell."""

    text: bytes
    """The piece, without prefixes of its tags."""
    width: int = NARROW
    """Column of the cell that says to stand furthest to the right; that of Z at least."""
    without: int = 0
    """How many cells of a row do not say first where they stand."""
    unusual: bool = False
    """Whether it is written so that cells may be elsewhere than was found."""
    formulas: bool = True
    """Whether there may be formulas."""


def tags_of(piece: bytes) -> Tags:
    """Return what the tags of whole rows of a sheet tell.

    Examples
    --------
    >>> tags_of(b'<row r="1"><c r="AB1" t="s"><v>0</v></c></row>').width
    28
    >>> tags_of(b'<row><c t="s"><v>0</v></c></row>').without
    1
    """
    plain = _plain(piece)
    return _searched(piece) if plain is None else plain


def _plain(piece: bytes) -> Tags | None:
    """Return what the tags of a piece tell, or None where they are not all written plainly."""
    padded = np.frombuffer(piece + bytes(2 * _WORD), dtype=np.uint8)
    words = np.ndarray((len(piece) + _WORD,), "<u8", padded, strides=(1,))  # one at each byte
    every = np.flatnonzero(padded == ord("<"))
    begins = words[every]
    cell, row = _begin(begins, b'<c r="'), _begin(begins, b'<row r="')
    other = ~(cell | row | _begin(begins, b"<v>") | _second(begins, b"/"))
    others = every[other]
    formulas = bool(_begin(begins[other], b"<f").any())
    if len(others) > _FEW:
        others = others[~_of_values(begins[other])]
        if len(others) > _FEW:
            return None
    if any(_NOT_PLAIN.match(piece, at) for at in others.tolist()):
        return None
    if _places(padded) != np.count_nonzero(cell) + np.count_nonzero(row):
        return None
    place = begins[cell] >> np.uint64(48)  # the first two bytes of `A1`, `AB1`
    letters = [_letter(place & 255), _letter(place >> 8)]
    numbers = every[cell] + 7 + letters[1]
    if not letters[0].all() or not _digit(padded[numbers]).all():
        return None
    digits = words[np.concatenate([numbers, every[row] + _WORD])]
    if _may_be_all_digits(digits, 7).any():  # of a row that is behind all
        return None
    wide = place[letters[1]]
    columns = 26 * (wide & 31) + (wide >> 8 & 31)
    return Tags(piece, max(NARROW, int(columns.max(initial=0))), formulas=formulas)


def _searched(written: bytes) -> Tags:
    """Return what the tags of any piece tell."""
    piece = _without_prefixes(written)
    found = set(_CELLS.findall(piece))
    without, unusual = 0, False
    if b"" in found:  # a cell that does not begin with its reference
        found = found - {b""} | set(_REFERENCES.findall(piece))
        unusual = _ODD_CELL.search(piece) is not None
        without = max(len(_ANY_CELL.findall(one)) for one in piece.split(b"<row"))
    first = piece.count(b'<c r="') + piece.count(b'<row r="')
    if _places(np.frombuffer(piece, dtype=np.uint8)) != first:  # so that cells may say it twice
        unusual = unusual or _TWICE.search(piece) is not None
    unusual = unusual or any(int(row) > _MOST_ROWS for row in _FAR_DOWN.findall(piece))
    return Tags(piece, max([NARROW, *map(_column, found)]), without, unusual)


def _without_prefixes(piece: bytes) -> bytes:
    """Return a piece of a sheet whose cells are called c, not x:c."""
    if (b":c" in piece or b":row" in piece) and _PREFIXED.search(piece):
        return _PREFIX.sub(rb"\1", piece)
    return piece


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def _begin(words: np.ndarray, text: bytes) -> NDArray[np.bool_]:
    """Tell which words begin with a text."""
    mask = np.uint64((1 << 8 * len(text)) - 1)
    found: _Bools = np.equal(words & mask, np.uint64(int.from_bytes(text, "little")))
    return found


def _second(words: np.ndarray, text: bytes) -> _Bools:
    found: _Bools = np.equal(words & np.uint64(0xFF00), np.uint64(ord(text) << 8))
    return found


def _of_values(words: np.ndarray) -> _Bools:
    """Tell the tags that stand in cells: of values, of text in them, and of formulas."""
    found = np.zeros(len(words), dtype=bool)
    for tag in (b"<is>", b"<t>", b"<t ", b"<f>", b"<f ", b"<v/", b"<v ", b"<t/"):
        found |= _begin(words, tag)
    return found


def _places(text: NDArray[np.uint8]) -> int:
    """Return how often ` r=` stands in a text, and -1 where there is space before an `=`."""
    equals = text[2:] == ord("=")
    named = text[1:-1] == ord("r")
    named &= equals
    equals &= text[1:-1] <= ord(" ")
    if equals.any():
        return -1
    named &= text[:-2] <= ord(" ")
    return int(np.count_nonzero(named))


def _letter(codes: np.ndarray) -> _Bools:
    return ((codes | 32) >= ord("a")) & ((codes | 32) <= ord("z"))


def _digit(codes: np.ndarray) -> _Bools:
    return (codes >= ord("0")) & (codes <= ord("9"))


def _may_be_all_digits(words: np.ndarray, number: int) -> _Bools:
    """Tell words whose first bytes are digits, or the few signs that stand behind these."""
    mask = np.uint64(int.from_bytes(b"\xf0" * number, "little"))
    found: _Bools = np.equal(words & mask, np.uint64(int.from_bytes(b"\x30" * number, "little")))
    return found
