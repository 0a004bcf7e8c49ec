"""Where a history begins: stray incidents of long before are no years in which little happened."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from spatial.cube import DAYS, month_begins

THIN: Final = 0.1
"""A step that holds less than this part of the middle one is thin."""

FEW: Final = 0.01
"""Thin steps at the beginning are left out where they hold less than this part of all."""


def first_day(day: NDArray[np.int64], *, months: bool = False) -> int:
    """Return the first day of a history, in which incidents were recorded as they are later on.

    Offences of long ago are recorded when they are reported, and would stretch a history of two
    years to ten. It begins with the first step that is not thin; if what lies before is more than
    a few, those years were what they were, and it begins with the first incident.

    Parameters
    ----------
    day
        Local day of each incident, whole days since 1970-01-01, shape (n,), n at least 1.
    months
        Whether a step is a calendar month; `DAYS` days, counted back from the last, otherwise. A
        month begins with its first day.

    Examples
    --------
    >>> two_years = np.repeat(np.arange(17_897, 18_627), 7)
    >>> first_day(two_years), first_day(np.append(14_000, two_years))
    (17897, 17897)
    """
    last = day.max()
    if months:
        month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        step = month.max() - month
    else:
        step = (last - day) // DAYS
    held = np.bincount(step)
    enough = np.flatnonzero(held >= THIN * np.median(held[held > 0]))
    since = step <= enough.max() + 1  # the step before it is begun, perhaps
    first = day[since].min() if (~since).sum() < FEW * len(day) else day.min()
    return month_begins(int(first)) if months else int(first)
