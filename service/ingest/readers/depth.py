"""How deep JSON text is nested, told before it is parsed: parsers take memory for every level."""

from __future__ import annotations

from typing import Final

import numpy as np

from service.errors import UnreadableFileError

DEEPEST: Final = 100
"""Lists and objects within one another; incidents, whatever comes with them, have a few."""

_QUOTE, _BACKSLASH = 34, 92
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

    def _closing(self, codes: np.ndarray, quotes: np.ndarray) -> np.ndarray:
        """Return the quotes that no backslash escapes, and remember the backslashes at the end."""
        plain = np.flatnonzero(codes != _BACKSLASH)
        last = np.concatenate(([-1 - self._backslashes], plain))
        # Between a quote and the last byte before it that is no backslash stand backslashes only.
        before = last[np.searchsorted(plain, quotes)]
        self._backslashes = int(len(codes) - 1 - last[-1]) % 2
        return np.asarray(quotes[(quotes - before - 1) % 2 == 0])
