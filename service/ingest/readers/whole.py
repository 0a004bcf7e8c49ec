"""Whole numbers of JSON, of which some have more digits than any number that is meant."""

from __future__ import annotations

from typing import Final

_MOST_DIGITS: Final = 1000


def whole(digits: str) -> int | str:
    """Return a whole number of JSON; one that is too long for any stays text, as a long id is.

    Examples
    --------
    >>> whole("-12"), len(whole("9" * 5000))
    (-12, 5000)
    """
    return int(digits) if len(digits) <= _MOST_DIGITS else digits
