"""Rows of a table that are no rows of incidents: blank ones, totals, the header once more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

_TOTALS: Final = (
    "total", "totals", "totale", "totaal", "summe", "gesamt", "gesamtsumme", "insgesamt", "suma",
    "somme", "yhteensä", "summa", "sum",
)  # fmt: skip
_TOTAL = re.compile(
    rf"\(?(grand |sub-?|overall |zwischen)?({'|'.join(_TOTALS)})( general| général| generale)?"
    r"( (of|number|count|records?|rows?|incidents?|crimes?|cases?|offences?|offenses?)\b.*)?"
    r"\s*[:=]?\s*[\d.,' ]*\)?"
    r"|\(?[\d.,]+ (rows?|records?)( (affected|returned|selected|exported))?\)?\.?",
    re.IGNORECASE,
)
_WORDS: Final = (*(one.encode() for one in _TOTALS if one != "totals"), b" row", b" record")
_LETTERS: Final = np.frombuffer(b"togegrsusozwinyhov", dtype=">u2")
"""The first two letters of what totals are called."""
_BEFORE: Final = np.frombuffer(b"(\"' \t,;|", dtype=np.uint8)
"""What may stand before them."""
_DIGITS: Final = np.frombuffer(b"0123456789.,", dtype=np.uint8)
_BEGINS = re.compile(
    rf"[\s\"',;|(]*(?:(?:grand |sub-?|overall |zwischen)?(?:{'|'.join(_TOTALS)})"
    r"|[\d.,]+ (?:row|record))",
    re.IGNORECASE,
)
_EXAMPLES: Final = 3


@dataclass(slots=True)
class Leftovers:
    """What was passed over of a table, to be told."""

    lines: dict[str, list[int]] = field(default_factory=dict)
    """The lines by what stands there."""
    mended: int = 0
    """Rows that were read though they have not as many values as the header."""

    def note(self, what: str, line: int) -> None:
        """Add a row."""
        self.lines.setdefault(what, []).append(line)

    def warnings(self) -> list[str]:
        """Return how many rows were passed over, by what they are, and how many mended."""
        told = [
            f"{len(lines):,} {'row' if len(lines) == 1 else 'rows'} {what} "
            f"({_listed(lines)}): passed over"
            for what, lines in self.lines.items()
        ]
        if self.mended:
            told.append(
                f"{self.mended:,} {'row' if self.mended == 1 else 'rows'} with more or fewer empty "
                "values at the end than the header, or with a backslash before quotes: read as the "
                "header goes"
            )
        return told


EMPTY: Final = "without any value"
TOTAL: Final = "of totals"
HEADER: Final = "with the header once more"


def is_total(cells: Sequence[str]) -> bool:
    """Tell whether the cells of a row are a total below the table, or in it.

    Examples
    --------
    >>> is_total(["Total", "3", "", "", ""])
    True
    >>> is_total(["S1", "Total loss", "2020-01-01", "-0.10", "51.50"])
    False
    """
    filled = [one.strip() for one in cells if one.strip()]
    few = len(filled) <= max(2, len(cells) // 2)
    return bool(filled) and few and _TOTAL.fullmatch(filled[0]) is not None


def begins_total(cell: str) -> bool:
    """Tell a first cell with which a total may begin; quicker than to look at all of its row."""
    return _BEGINS.match(cell) is not None


def may_hold_totals(text: bytes) -> bool:
    """Tell text that is worth a look at each row: a total's word is in it somewhere."""
    lowered = text.lower()
    return any(word in lowered for word in _WORDS)


def maybe_totals(text: bytes, starts: np.ndarray) -> np.ndarray:
    """Return the records that begin as a total may, where the text holds a total's word at all."""
    codes = np.frombuffer(text, dtype=np.uint8)
    first, second = codes[starts], codes[np.minimum(starts + 1, len(codes) - 1)]
    lower = (first | 32).astype(np.uint16) << 8 | (second | 32)
    begins = np.isin(first, _BEFORE) | np.isin(lower, _LETTERS)
    numbers = np.isin(first, _DIGITS)
    if numbers.any():
        lowered = text.lower()
        if b" row" in lowered or b" record" in lowered:
            begins |= numbers
    found = np.flatnonzero(begins)
    return found if len(found) and may_hold_totals(text) else found[:0]


def maybe_empty(starts: np.ndarray, ends: np.ndarray, columns: int) -> np.ndarray:
    """Return the records that are short enough to hold nothing but delimiters."""
    return np.flatnonzero(ends - starts <= 3 * columns + 4)


def _listed(lines: Sequence[int]) -> str:
    shown = ", ".join(f"{one:,}" for one in lines[:_EXAMPLES])
    more = f" and {len(lines) - _EXAMPLES:,} more" if len(lines) > _EXAMPLES else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {shown}{more}"
