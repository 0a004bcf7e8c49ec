"""How the coordinates of a column are written: told of the whole file, not of a part.

Some spellings mean two things: 530,123 is half a million or five hundred, and of 51.5, -0.1 either
may come first. The others of the column tell, all rows of the file together. Rows come in chunks:
the first of them is taken to be like the rest, and where the end shows that it was not, the file is
read again by what all of it tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
DOTS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?P<decimals>,\d+)?")
COMMAS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?P<decimals>\.\d+)?")
COMMA = re.compile(r"[+-]?\d*,\d+")
_GAPS = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f'\u2019](?=\d{3}(?!\d))")
MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})

_DOTTED: Final = r"^[+-]?\d{1,3}\.\d{3}$"
_LEAST_TURNED: Final = 0.01
"""Share of pairs that must have their longitude first, told by its size, for all to be so."""
_KINDS = range(7)
_NONE, _POINT, _ONE_DOT, _DOTS, _ONE_COMMA, _COMMAS, _DECIMAL = _KINDS


@dataclass(frozen=True, slots=True)
class Notation:
    """What is taken of a column."""

    dots_part: bool = False
    """Whether dots set thousands apart."""
    comma_decides: bool = False
    """Whether a comma before three digits is a decimal one."""
    x_first: bool = False
    """Whether the longitude comes first in a pair."""


def closed(text: str) -> str:
    """Return a number without blanks and apostrophes between thousands, its minus a plain one."""
    return _GAPS.sub("", text.translate(MINUS))


class Votes:
    """What the rows of a column told so far.

    Parameters
    ----------
    settled
        What an earlier reading of the whole file told; None: this is the first.
    """

    def __init__(self, settled: Notation | None = None) -> None:
        self._settled = settled
        self._taken = settled
        self._counts = np.zeros(len(_KINDS), dtype=np.int64)
        self._pairs = np.zeros(3, dtype=np.int64)

    @property
    def told(self) -> Notation:
        """What the rows so far tell."""
        points, one_dot, dots, one_comma, commas, decimal = self._counts[1:].tolist()
        dots_part = dots > 0 and dots + one_dot > points
        comma_decides = dots_part or (decimal > 0 and decimal >= one_comma + commas + points)
        pairs, x_first, y_first = self._pairs.tolist()
        turned = x_first > y_first and x_first >= _LEAST_TURNED * pairs
        return Notation(dots_part, comma_decides, turned)

    @property
    def learned(self) -> Notation | None:
        """What the whole file tells, where it was read by something else; None where it was not."""
        told = self.told
        return None if self._settled is not None or self._taken in (None, told) else told

    def taken(self) -> Notation:
        """Return what rows are read by: what the first chunk told, or an earlier reading."""
        if self._taken is None:
            self._taken = self.told
        return self._taken

    def add_plain(self, texts: pa.Array, read: np.ndarray) -> None:
        """Count numbers of which each is one for a computer."""
        with np.errstate(invalid="ignore"):
            broken = np.abs(read - np.rint(read)) > 0
        points, one_dot = int(broken.sum()), 0
        if points and (broken & (np.abs(read) < 1000)).any():
            dotted = pc.fill_null(pc.match_substring_regex(texts, _DOTTED), False)
            one_dot = int((np.asarray(dotted) & broken).sum())
        self._counts[[_POINT, _ONE_DOT]] += (points - one_dot, one_dot)

    def add(self, kinds: np.ndarray, rows: np.ndarray) -> None:
        """Count numbers by their kind, each as often as it stands in the column."""
        np.add.at(self._counts, kinds, rows)

    def add_pairs(self, pairs: np.ndarray, rows: np.ndarray) -> None:
        """Count pairs of which none itself tells its order, each as often as it stands there.

        Parameters
        ----------
        pairs, rows
            Of shape (n, 2) and (n,).
        """
        one, two = np.abs(pairs[:, 0]), np.abs(pairs[:, 1])
        x_first, y_first = (one > 90) & (two <= 90), (two > 90) & (one <= 90)
        self._pairs += (rows.sum(), rows[x_first].sum(), rows[y_first].sum())


def kind(text: str) -> int:
    """Return what kind of number a closed text is, as far as it tells of its column."""
    dotted = DOTS.fullmatch(text)
    if dotted and (dotted["decimals"] or text.count(".") > 1):
        return _DOTS
    if PLAIN.fullmatch(text):
        return _NONE if float(text).is_integer() else _ONE_DOT if dotted else _POINT
    parted = COMMAS.fullmatch(text)
    if parted:
        return _COMMAS if parted["decimals"] or text.count(",") > 1 else _ONE_COMMA
    return _DECIMAL if COMMA.fullmatch(text) else _NONE


def contrary(kinds: np.ndarray, by: Notation) -> np.ndarray:
    """Tell numbers that can only be read otherwise than what is taken of their column."""
    against = (_POINT if by.dots_part else _DOTS, _COMMAS if by.comma_decides else _DECIMAL)
    return np.isin(kinds, against)
