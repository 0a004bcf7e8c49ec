"""The time of day as sources write it: with and without leading zeros, as numbers, by Excel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from service.ingest.checks.written import EXACT, HOUR

_SECOND, _MINUTE, _HOUR, _DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000

_CLOCK = re.compile(
    r"(\d{1,2})[:hH](\d\d)(?:[:.](\d\d)(?:[.,](\d{1,9}))?)?\s*(?:([aApP])\.?\s?[mM]\.?)?"
)
_HALF = re.compile(r"(\d{1,2})\s*([aApP])\.?\s?[mM]\.?")
_INTEGER = re.compile(r"(\d{1,6})(?:[.,]0*)?")
_FRACTION = re.compile(r"0?[.,]\d+|\d(?:\.\d+)?[eE]-\d+")
_NO_DATE = re.compile(
    # What Excel, Access and SQL Server write before a time that has no date.
    r"(?:0?1/0?[01]/1900|0?0/0?1/1900|1900-0?1-0?[01]|(?:12/30|30/12|12/31|31/12)/1899"
    r"|1899-12-3[01]|3[01]\.12\.1899|0?[01]\.0?1\.1900|1970-01-01|0?1/0?1/1970)[Tt ]+"
)
_UNIT = re.compile(r"\s*(?:hours|hrs|hr|h|uhr)\.?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Times of day; each array is (n,)."""

    us: np.ndarray  # int64, microseconds since the day began; 24:00 is a whole day
    precision: np.ndarray  # int8, EXACT or HOUR
    unread: np.ndarray  # bool, no clock shows this


def read(texts: Sequence[str], form: str) -> Clocks:
    """Read times of day.

    Parameters
    ----------
    texts
        Trimmed, each different one once.
    form
        How a profile writes them, such as ``%H%M`` or ``%H``; it says what a bare number means.
        Without a form three or four digits are hours and minutes, and fewer are no clock.

    Examples
    --------
    >>> clocks = read(["130", "5", "2400", "0.5625", "12:00:00 AM", "2575"], "%H%M")
    >>> (clocks.us // 60_000_000).tolist(), clocks.unread.tolist()
    ([90, 5, 1440, 810, 0, 0], [False, False, False, False, False, True])
    >>> (read(["0.30", "21.05"], "%H.%M").us // 60_000_000).tolist()
    [30, 1265]
    """
    numbers = _meaning(form)
    plain = form if form and not re.search(r"%\w%\w|^%[HI]$", form) else ""
    found = [(_plainly(text, plain) if plain else None) or _one(text, numbers) for text in texts]
    return Clocks(
        np.array([0 if one is None else one[0] for one in found], dtype=np.int64),
        np.array([EXACT if one is None else one[1] for one in found], dtype=np.int8),
        np.array([one is None for one in found], dtype=bool),
    )


def _meaning(form: str) -> str:
    """Return what a bare number is: the directives of its digits, or nothing."""
    for digits in ("%H%M%S", "%H%M"):
        if digits in form:
            return digits
    return "%H" if re.search(r"%[HI]", form) and "%M" not in form else ""


def _plainly(text: str, form: str) -> tuple[int, int] | None:
    """Read a clock that is written just as a format says, such as 21.30."""
    try:
        read_ = datetime.strptime(text, form)
    except ValueError:
        return None
    since = read_ - read_.replace(hour=0, minute=0, second=0, microsecond=0)
    return since // timedelta(microseconds=1), EXACT if "%M" in form else HOUR


def _one(text: str, numbers: str) -> tuple[int, int] | None:
    text = _NO_DATE.sub("", _UNIT.sub("", text), count=1)
    if match := _CLOCK.fullmatch(text):
        hour, minute, second, part, half = match.groups()
        us = int((part or "0").ljust(6, "0")[:6])
        return _checked(int(hour), int(minute), int(second or 0), us, half)
    if match := _INTEGER.fullmatch(text):
        return _number(match[1], numbers)
    if _FRACTION.fullmatch(text):
        seconds = float(text.replace(",", ".")) * 86_400
        # Excel counts in parts of a day: 13:30 may come as 0.56249999.
        return (round(seconds) * _SECOND, EXACT) if 0 <= seconds < 86_400 else None
    if match := _HALF.fullmatch(text):
        read_ = _checked(int(match[1]), 0, 0, 0, match[2])
        return None if read_ is None else (read_[0], HOUR)
    return None


def _number(digits: str, numbers: str) -> tuple[int, int] | None:
    if numbers == "%H":
        hour = int(digits)
        return (hour * _HOUR, HOUR) if hour <= 24 else None
    if numbers == "%H%M%S":
        value = int(digits)
        return _checked(value // 10_000, value // 100 % 100, value % 100, 0, None)
    if len(digits) == 6 and not numbers:
        return _checked(int(digits[:2]), int(digits[2:4]), int(digits[4:]), 0, None)
    if len(digits) > 4 or (len(digits) < 3 and not numbers and int(digits)):
        return None
    return _checked(int(digits) // 100, int(digits) % 100, 0, 0, None)


def _checked(
    hour: int, minute: int, second: int, us: int, half: str | None
) -> tuple[int, int] | None:
    if half and hour <= 12:
        hour = hour % 12 + (12 if half in "pP" else 0)
    elif half in ("a", "A"):
        return None
    if minute > 59 or second > 59 or hour > 24:
        return None
    total = hour * _HOUR + minute * _MINUTE + second * _SECOND + us
    return (total, EXACT) if total <= _DAY else None
