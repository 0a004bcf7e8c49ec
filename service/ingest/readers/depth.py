"""How deep JSON text is nested and how long its names are, told before it is parsed.

Parsers take memory for every level, and write the names that lead to a value anew for each.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from service.errors import UnreadableFileError

DEEPEST: Final = 100
"""Lists and objects within one another; incidents, whatever comes with them, have a few."""

LONGEST_NAME: Final = 1_000
"""Bytes of the name of a value; columns of incidents have a few words."""

_QUOTE, _BACKSLASH = 34, 92
_BLANK: Final = re.compile(rb"[ \t\r\n]*+")
_STEP: Final = np.zeros(256, dtype=np.int8)
_STEP[[ord("["), ord("{")]] = 1
_STEP[[ord("]"), ord("}")]] = -1


class Depth:
    """The depth of a JSON text that comes in pieces.

    Parameters
    ----------
    name
        Of the file, for its refusal.

    Examples
    --------
    >>> Depth("f").check(b'{"a": "[[[[", "b": []}')
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._depth = 0
        self._in_string = False
        self._backslashes = 0
        self._begun = 0  # bytes of the string that the text so far ends in
        self._long = False  # whether the text so far ends behind a long string

    def check(self, piece: bytes) -> None:
        """Follow the text through one more piece.

        Raises
        ------
        UnreadableFileError
            When it is nested too deep.
        """
        codes = np.frombuffer(piece, dtype=np.uint8)
        quotes = np.flatnonzero(codes == _QUOTE)
        if self._backslashes or b"\\" in piece:
            quotes = self._closing(codes, quotes)
        self._check_names(piece, quotes)
        steps = _STEP[codes]
        brackets = np.flatnonzero(steps)
        outside = (np.searchsorted(quotes, brackets) + self._in_string) % 2 == 0
        depths = self._depth + np.cumsum(steps[brackets[outside]], dtype=np.int64)
        if len(depths):
            if depths.max() > DEEPEST:
                raise UnreadableFileError(
                    f"{self._name} has lists and objects more than {DEEPEST} deep: incidents are "
                    "features with plain properties."
                )
            self._depth = int(depths[-1])
        self._in_string ^= bool(len(quotes) % 2)

    def _check_names(self, piece: bytes, quotes: np.ndarray) -> None:
        """Refuse names that are too long: long strings with a colon behind them."""
        starts, ends = quotes[int(self._in_string) :: 2], quotes[int(not self._in_string) :: 2]
        if self._in_string:
            starts = np.concatenate(([-self._begun], starts))
        long = ends[ends - starts[: len(ends)] > LONGEST_NAME] + 1
        behind = [0, *long.tolist()] if self._long else long.tolist()
        self._long = False
        for at in behind:
            blank = _BLANK.match(piece, at)
            at = blank.end() if blank is not None else at
            self._long = at == len(piece)
            if piece[at : at + 1] == b":":
                raise UnreadableFileError(
                    f"{self._name} has a value whose name is longer than {LONGEST_NAME:,} bytes: "
                    "incidents are features with plain properties."
                )
        if len(starts) > len(ends):
            self._begun = len(piece) - int(starts[-1])

    def _closing(self, codes: np.ndarray, quotes: np.ndarray) -> np.ndarray:
        """Return the quotes that no backslash escapes, and remember the backslashes at the end."""
        plain = np.flatnonzero(codes != _BACKSLASH)
        last = np.concatenate(([-1 - self._backslashes], plain))
        # Between a quote and the last byte before it that is no backslash stand backslashes only.
        before = last[np.searchsorted(plain, quotes)]
        self._backslashes = int(len(codes) - 1 - last[-1]) % 2
        return np.asarray(quotes[(quotes - before - 1) % 2 == 0])
