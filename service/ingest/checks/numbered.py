"""Times that are numbers: days as Excel counts them, seconds and milliseconds since 1970."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.checks.written import DAY, DAY_US, EXACT, Written

FORMS: Final = {"excel": DAY_US, "epoch_s": 1_000_000, "epoch_ms": 1_000}
"""What a profile calls them, and how many microseconds one of each has."""

_NUMBER = r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$"
_EXCEL_1970 = 25_569
_EXCEL_DAYS = (1, 2_958_466)  # 1900 to 9999
_FEWEST: Final = {"epoch_s": 1e6, "epoch_ms": 1e11}
_LATEST_US = 253_402_300_800_000_000  # the year 10,000


def read(values: pa.Array, form: str) -> Written:
    """Read numbers; a whole day of Excel's is a day, the rest of them are exact.

    Parameters
    ----------
    values
        Trimmed text, null where there is no time.
    form
        One of `FORMS`.
    """
    found = Written.nothing(len(values))
    numbers = _numbers(values)
    numeric = np.isfinite(numbers)
    if not numeric.any():
        return found
    numbers[~numeric] = 0
    if form == "excel":
        fits = numeric & (numbers >= _EXCEL_DAYS[0]) & (numbers < _EXCEL_DAYS[1])
        days = numbers - _EXCEL_1970
        whole = days == np.floor(days)
        # Parts of a day have no exact number: the nearest second is what was meant.
        us = np.where(whole, days * DAY_US, np.round(days * 86_400) * 1e6)
        found.precision[fits] = np.where(whole, DAY, EXACT)[fits]
    else:
        us = numbers * FORMS[form]
        # Days of Excel are no seconds of January 1970, and seconds no milliseconds of it.
        fits = numeric & (np.abs(numbers) >= _FEWEST[form]) & (np.abs(us) < _LATEST_US)
        found.aware[fits] = True
    found.us[fits] = np.round(us[fits]).astype(np.int64)
    found.invalid[fits] = False
    return found


def looks_like(values: pa.Array) -> str | None:
    """Return the form that a column of numbers seems to be in, by where its middle lies.

    Examples
    --------
    >>> looks_like(pa.array(["43831", "43831.5625"])), looks_like(pa.array(["1577836800"]))
    ('excel', 'epoch_s')
    """
    numbers = _numbers(values)
    there = numbers[np.isfinite(numbers)]
    if not len(there) or 2 * len(there) <= len(values) - values.null_count:
        return None
    return likely_forms(np.array([np.median(there)]))[0]


def likely_forms(numbers: np.ndarray | pa.Array) -> list[str | None]:
    """Return the form that each number, or text of one, seems to be in."""
    if isinstance(numbers, pa.Array):
        numbers = _numbers(numbers)
    found = np.full(len(numbers), None, dtype=object)
    for form, (first, last) in _LIKELY.items():
        found[(numbers >= first) & (numbers < last)] = form
    return list(found)


def _numbers(values: pa.Array) -> np.ndarray:
    """Return text as numbers, NaN where it is none."""
    looks = pc.fill_null(pc.match_substring_regex(values, _NUMBER), False)
    numbers = np.full(len(values), np.nan)
    numbers[looks.to_numpy(zero_copy_only=False)] = pc.cast(values.filter(looks), pa.float64())
    return numbers


_LIKELY: Final = {
    "excel": (18_264, 73_051),  # 1950 to 2100; but 20,200,301 is a date without its dashes
    "epoch_s": (1e8, 4.2e9),  # 1973 to 2103
    "epoch_ms": (1e11, 4.2e12),
}
