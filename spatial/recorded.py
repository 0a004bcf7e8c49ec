"""How incidents were recorded: from when to when by each source, and whether by the month only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spatial.beginnings import first_day
from spatial.cube import DAYS, month_begins

FEWEST_MISSED: Final = 5
"""A gap in which a source would have had fewer incidents may be chance."""


@dataclass(frozen=True)
class Coverage:
    """From when to when a source has incidents, within the history of all.

    Parameters
    ----------
    first, last
        Its first and last day, whole days since 1970-01-01: those of stray incidents, long before
        or after, are passed over.
    share
        What of its incidents decayed counts hold, in terms of what they would if it had been there
        throughout, and gone on as it was.
    """

    first: int
    last: int
    share: float


def coverage(
    day: NDArray[np.int64],
    source: NDArray[np.intp],
    sources: int,
    *,
    half_life: float,
    months: bool = False,
) -> list[Coverage | None]:
    """Tell from when to when sources have incidents, and what is lost where others have some, too.

    Parameters
    ----------
    day, source
        Local day of each incident, whole days since 1970-01-01, and its source, shape (n,).
    sources
        Number of sources.
    half_life
        Steps in which what is known fades by half.
    months
        Whether a step is a calendar month; 28 days otherwise.

    Returns
    -------
    list
        Of each source; None: it has none. A gap at its beginning or end that may be chance is
        none.

    Examples
    --------
    >>> four_years, one = np.arange(16_436, 17_897), np.arange(17_532, 17_897)
    >>> day, source = np.append(four_years, one), np.repeat([0, 1], [len(four_years), len(one)])
    >>> [round(of.share, 2) for of in coverage(day, source, 2, half_life=13.0)]
    [1.0, 0.56]
    """
    if not day.size:
        return [None] * sources
    until, since = int(day.max()), first_day(day, months=months)

    def age(of: int) -> int:
        if not months:
            return (until - of) // DAYS
        last, own = (np.int64(one).astype("M8[D]").astype("M8[M]") for one in (until, of))
        return int((last - own).astype(int))

    # An incomplete first step is in no count.
    steps = age(since) + 1 if months else max((until - since + 1) // DAYS, 1)
    decay = 0.5 ** (np.arange(steps) / half_life)
    found: list[Coverage | None] = []
    for at in range(sources):
        own = day[source == at]
        if not own.size:
            found.append(None)
            continue
        first, last = max(first_day(own), since), max(-first_day(-own), since)
        oldest, newest = (min(age(one), steps - 1) for one in (first, last))
        a_step = own.size / (oldest - newest + 1)
        if (steps - 1 - oldest) * a_step < FEWEST_MISSED:
            oldest = steps - 1
        if newest * a_step < FEWEST_MISSED:
            newest = 0
        share = float(decay[newest : oldest + 1].sum() / decay.sum())
        found.append(Coverage(first, last, share))
    return found


def whole_months(day: NDArray[np.int64], first: int, last: int) -> tuple[int, int]:
    """Return the whole months that a window holds of incidents that are known only by their month.

    Each stands in the middle of its month, so a window holds all of a month or none of it.

    Parameters
    ----------
    day
        Local day of each incident, whole days since 1970-01-01, shape (n,).
    first, last
        The window's first and last day.

    Examples
    --------
    >>> middles = np.array(["2024-04-16", "2024-05-16", "2024-06-16"], "M8[D]").astype(int)
    >>> window = np.array(["2024-04-10", "2024-06-10"], "M8[D]").astype(int)
    >>> [str(np.int64(one).astype("M8[D]")) for one in whole_months(middles, *window)]
    ['2024-04-01', '2024-05-31']
    """
    begins, ends = month_begins(first), month_begins(last)
    following = month_begins(begins + 31)
    if first > begins and not np.any((day >= first) & (day < following)):
        begins = following
    after = month_begins(ends + 31)
    if last < after - 1 and not np.any((day >= ends) & (day <= last)):
        after = ends
    return begins, after - 1
