"""Clock times that stand for an unknown time: midnight, noon or 00:01 on far more rows than beside.

A record system that wants a time gets one. Incidents at such a default say nothing of the hour in
which they happened, and a few hundred of them make midnight the peak of any place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

MINUTES = 1440
FEWEST_ROWS = 20
SMALLEST_SHARE = 0.05
TIMES_ITS_NEIGHBOURS = 5.0
_REACH_MIN = 180
_ROUND = (60, 30, 5, 1)
"""People round times: a full hour is held against full hours, a half hour against those."""


class Default(NamedTuple):
    """A clock time that many rows have for want of their own."""

    minute: int
    """Of the day, 0 to 1439."""
    rows: int
    share: float
    """Of all rows, 0 to 1."""

    @property
    def clock(self) -> str:
        """As it is written, such as 00:01."""
        return f"{self.minute // 60:02d}:{self.minute % 60:02d}"


def found(minutes: ArrayLike) -> list[Default]:
    """Find the clock times that are defaults, by how often each stands in some exact times.

    One is a default where at least 20 rows have it, more than 5 % of all, and more than five times
    as many as its neighbours have: the median of the equally round times up to three hours away.

    Parameters
    ----------
    minutes
        Minute of the local day of each row, shape (n,); only of rows whose time is known exactly
        (`occurred_from` equals `occurred_to`): hours, days and months are no clock times. All
        rows of a source, or of a study, rather than those of one place.

    Returns
    -------
    list of Default
        The most frequent first; mostly empty. See `among` for the rows that have them.

    Examples
    --------
    >>> evenings = list(range(1080, 1280))
    >>> [(one.clock, one.rows) for one in found([0] * 100 + evenings)]
    [('00:00', 100)]
    >>> found(evenings)
    []
    """
    clock = np.asarray(minutes, dtype=np.int64)
    return of_counts(np.bincount(clock, minlength=MINUTES))


def of_counts(counts: ArrayLike) -> list[Default]:
    """Find the clock times that are defaults, from how many rows have each; see `found`.

    Parameters
    ----------
    counts
        Rows by minute of the local day, shape (1440,).
    """
    rows = np.asarray(counts, dtype=np.int64)
    total = int(rows.sum())
    many = np.flatnonzero((rows >= FEWEST_ROWS) & (rows > SMALLEST_SHARE * total))
    defaults = [
        Default(minute, int(rows[minute]), int(rows[minute]) / total)
        for minute in many.tolist()
        if rows[minute] > TIMES_ITS_NEIGHBOURS * np.median(rows[_neighbours(minute)])
    ]
    return sorted(defaults, key=lambda one: -one.rows)


def among(minutes: ArrayLike, defaults: Sequence[Default]) -> NDArray[np.bool_]:
    """Tell the rows that have one of the defaults, shape (n,): they have no hour of their own.

    Examples
    --------
    >>> among([0, 75], [Default(0, 20, 0.5)]).tolist()
    [True, False]
    """
    clock = np.asarray(minutes, dtype=np.int64)
    return np.isin(clock, [one.minute for one in defaults])


def minutes_of(local: ArrayLike) -> NDArray[np.int64]:
    """Return the minute of the day of local times, shape (n,).

    Examples
    --------
    >>> minutes_of(np.array(["2020-03-01T21:30:59"], dtype="datetime64[s]")).tolist()
    [1290]
    """
    times = np.asarray(local).astype("datetime64[m]").astype(np.int64)
    return np.asarray(times % MINUTES, dtype=np.int64)


def _neighbours(minute: int) -> NDArray[np.int64]:
    step = next(one for one in _ROUND if minute % one == 0)
    apart = np.arange(-_REACH_MIN, _REACH_MIN + 1)
    beside = (minute + apart[apart != 0]) % MINUTES
    alike = beside % step == 0
    for rounder in _ROUND[: _ROUND.index(step)]:
        alike &= beside % rounder != 0
    return np.asarray(beside[alike])
