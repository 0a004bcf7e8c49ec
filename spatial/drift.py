"""How incidents changed against those before them: months, offences, and where their middle is."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Final, NamedTuple

FEWEST: Final = 20
"""A month, or what is expected of an offence, that has fewer incidents tells nothing."""
_FEWEST_MONTHS: Final = 3
_HALF: Final = 0.5
_EDGE_DAYS: Final = 3
_EARTH_KM: Final = 6371.0088
_LEAST_KM: Final = 0.01
"""Incidents that lie within it lie on one point: a sum of vectors tells no smaller distance."""


@dataclass
class Tally:
    """Incidents counted by month and offence, and where they lie."""

    months: Counter[dt.date] = field(default_factory=Counter)
    days: list[dt.date] = field(default_factory=list)
    """The first and the last day of each group that was counted, by the middle of spans.

    Of an incident of which the month alone is known, the first and the last day of that.
    """
    offences: Counter[str] = field(default_factory=Counter)
    sums: list[float] = field(default_factory=lambda: [0.0] * 3)
    """Of the vectors from the middle of the Earth: the 180th meridian is a line as any other."""

    @property
    def incidents(self) -> int:
        """How many there are."""
        return self.months.total()

    def add(
        self,
        month: dt.date,
        offence: str,
        incidents: int,
        sums: Iterable[float] = (0.0,) * 3,
        days: Iterable[dt.date] = (),
    ) -> None:
        """Count some more."""
        self.days += days
        self.months[month] += incidents
        self.offences[offence] += incidents
        self.sums = [one + more for one, more in zip(self.sums, sums, strict=True)]

    def whole_months(self) -> tuple[dt.date, dt.date] | None:
        """Return the first and the last month that seem to be there as a whole.

        A month at either end is, where incidents reach to within three days of its own end.
        """
        if not self.days:
            return None
        first, last = min(self.days), max(self.days)
        begins, ends = first.replace(day=1), last.replace(day=1)
        if first.day > _EDGE_DAYS:
            begins = _next(begins)
        if (_next(ends) - last).days > _EDGE_DAYS:
            ends = (ends - dt.timedelta(days=1)).replace(day=1)
        return (begins, ends) if begins <= ends else None


class Month(NamedTuple):
    """A month with far fewer incidents than the others."""

    month: dt.date
    incidents: int
    usual: float
    """Median of the others."""


class Offence(NamedTuple):
    """An offence that is there on one side alone."""

    code: str
    incidents: int
    expected: float


def thin_months(months: Mapping[dt.date, int], first: dt.date, last: dt.date) -> list[Month]:
    """Return the months of a span that have less than half of what its months usually have.

    Parameters
    ----------
    months
        Incidents by the first day of their month.
    first, last
        The first and the last month that are whole. Where they hold fewer than four months, or
        fewer than 20 incidents in a usual one, nothing can be told.

    Examples
    --------
    >>> counts = {dt.date(2024, month, 1): 100 for month in range(1, 7)}
    >>> counts[dt.date(2024, 3, 1)] = 40
    >>> [(str(one.month), one.incidents) for one in thin_months(counts, *sorted(counts)[::5])]
    [('2024-03-01', 40)]
    """
    span = _months(first, last)
    if len(span) <= _FEWEST_MONTHS:
        return []
    found = []
    for one in span:
        usual = median(months.get(other, 0) for other in span if other != one)
        if usual >= FEWEST and months.get(one, 0) < _HALF * usual:
            found.append(Month(one, months.get(one, 0), usual))
    return found


def gone(now: Tally, before: Tally) -> list[Offence]:
    """Return the offences of before that are not there now, though many were to be expected."""
    return _absent(now, before)


def fresh(now: Tally, before: Tally) -> list[Offence]:
    """Return the offences that are there now, of which there were none before."""
    return _absent(before, now)


def moved_km(now: Tally, before: Tally) -> tuple[float, float] | None:
    """Return how far the middle of the incidents moved, and how far from it they usually lie.

    None where there are too few, or where it moved by less than half of that.
    """
    if min(now.incidents, before.incidents) < FEWEST:
        return None
    here, _ = _middle(now)
    there, usual = _middle(before)
    moved = 2 * _EARTH_KM * math.asin(min(math.dist(here, there) / 2, 1.0))
    if moved <= _HALF * usual or usual < _LEAST_KM:
        return None
    return moved, usual


def _absent(here: Tally, there: Tally) -> list[Offence]:
    if not here.incidents or not there.incidents:
        return []
    scale = here.incidents / there.incidents
    found = [
        Offence(code, many, many * scale)
        for code, many in there.offences.items()
        if code not in here.offences and many * min(scale, 1.0) >= FEWEST
    ]
    return sorted(found, key=lambda one: (-one.incidents, one.code))


def _middle(of: Tally) -> tuple[list[float], float]:
    """Return the vector to the middle, and how far from it incidents lie, as a root of squares."""
    mean = [one / of.incidents for one in of.sums]
    length = math.hypot(*mean)
    if length == 0.0:
        return mean, _EARTH_KM
    away = _EARTH_KM * math.sqrt(max(1.0 - length**2, 0.0))
    return [one / length for one in mean], away


def _next(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=32)).replace(day=1)


def _months(first: dt.date, last: dt.date) -> list[dt.date]:
    whole = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [dt.date(one // 12, one % 12 + 1, 1) for one in whole]
