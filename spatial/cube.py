"""The cube: incidents counted by unit, day and offence, sparse, built once and read by many.

A day is the local day of an incident's middle, as an integer since 1970-01-01. What is known of a
moment is the cube up to its day (`Cube.until`); what came after it, the cube between two days.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.errors import InvalidInputError

Integers = NDArray[np.int64]

UNKNOWN_HOUR = -1
"""Hour of an incident whose time is not known that finely."""

DAYS = 28
"""Days of a step where steps are not calendar months: whole weeks."""

_FIRST, _LAST = -719_162, 2_932_896  # days of the years 1 to 9999
_HOURS = 25  # and unknown


@dataclass(frozen=True, eq=False)
class Steps:
    """Which step of time each entry of a cube is in, counted back from a day."""

    age: Integers = field(repr=False)  # of each entry, 0 for the last step; -1 in no whole step
    number: int  # whole steps


@dataclass(frozen=True, eq=False)
class Counts:
    """Incidents by code, unit and step: the entries of an array that is mostly zero."""

    code: NDArray[np.intp] = field(repr=False)
    unit: NDArray[np.intp] = field(repr=False)
    age: Integers = field(repr=False)  # of the step: 0 for the last
    number: Integers = field(repr=False)
    shape: tuple[int, int, int]  # codes, N, steps

    def array(self) -> Integers:
        """Return the counts of shape (codes, N, steps), oldest step first."""
        full = np.zeros(self.shape, dtype=np.int64)
        np.add.at(full, (self.code, self.unit, self.shape[2] - 1 - self.age), self.number)
        return full


@dataclass(frozen=True, eq=False)
class Cube:
    """Incidents by unit, day, offence code and hour, one entry for each that holds any.

    Entries ascend by day, so that a part of the time is a part of the arrays.
    """

    units: int  # N
    codes: tuple[str, ...]
    day: Integers = field(repr=False)
    code: NDArray[np.intp] = field(repr=False)  # position in `codes`
    unit: NDArray[np.intp] = field(repr=False)
    hour: NDArray[np.intp] = field(repr=False)  # 0 to 23, `UNKNOWN_HOUR`
    number: Integers = field(repr=False)  # incidents of the entry, at least 1
    first_day: int | None = None  # of the time that it was cut to; None: since its first incident
    last_day: int | None = None  # likewise; None: until its last incident

    def until(self, day: int) -> Cube:
        """Return what is known at the end of a day: its incidents and those before."""
        last = day if self.last_day is None else min(day, self.last_day)
        return self._part(self.first_day, last)

    def between(self, first: int, last: int) -> Cube:
        """Return the incidents from one day to another, both included."""
        if first > last:
            raise InvalidInputError(f"The first day, {first}, is after the last, {last}.")
        since = first if self.first_day is None else max(first, self.first_day)
        return self._part(since, last if self.last_day is None else min(last, self.last_day))

    def count(self) -> Integers:
        """Return the number of incidents of each unit, shape (N,)."""
        return np.bincount(self.unit, self.number, self.units).astype(np.int64)

    def harm(self, weight: ArrayLike) -> NDArray[np.float64]:
        """Return the harm of each unit, shape (N,), of codes that weigh `weight`, (codes,)."""
        each = np.asarray(weight, dtype=np.float64)
        if each.shape != (len(self.codes),):
            raise InvalidInputError(
                f"weight has shape {each.shape}, but there are {len(self.codes)} codes."
            )
        total = np.bincount(self.unit, self.number * each[self.code], self.units)
        return total.astype(np.float64)

    def steps(
        self,
        last_day: int | None = None,
        *,
        months: bool = False,
        days: int = DAYS,
        since: int | None = None,
    ) -> Steps:
        """Return in which step of time each entry is, counted back from a day.

        Parameters
        ----------
        last_day
            Last day of the last step; that of the cube where none is given.
        months
            Steps of one calendar month: from the day after this day of the month before (the
            month's last day, where it has no such day). Counted back from the end of a month,
            these are the months of the calendar.
        days
            Length of a step where steps are not months.
        since
            First day of the history. Where none is given: the day the cube was cut to, else the
            day of its first incident, for months the first of that month, since times that are
            known to the month stand in its middle for all of it.

        Returns
        -------
        Steps
            Entries after `last_day`, and those of a first step that began before the history did,
            are in none.
        """
        if days < 1:
            raise InvalidInputError(f"A step has at least one day, not {days}.")
        last = self._last() if last_day is None else int(last_day)
        start = self._start(months) if since is None else int(since)
        if last is None or start is None or start > last:
            return Steps(np.full(self.day.size, -1, dtype=np.int64), 0)
        if months:
            ends = _month_ends(last, start)
            age = np.searchsorted(-ends, -self.day, side="right") - 1
            number = int(np.searchsorted(-ends, 1 - start, side="right")) - 1
        else:
            age = (last - self.day) // days
            number = (last - start + 1) // days
        return Steps(np.where((self.day <= last) & (age < number), age, -1), number)

    def counts(
        self,
        last_day: int | None = None,
        *,
        months: bool = False,
        days: int = DAYS,
        since: int | None = None,
    ) -> Counts:
        """Return incidents by code, unit and step; parameters as of `steps`."""
        steps = self.steps(last_day, months=months, days=days, since=since)
        inside = steps.age >= 0
        return Counts(
            self.code[inside],
            self.unit[inside],
            steps.age[inside],
            self.number[inside],
            (len(self.codes), self.units, steps.number),
        )

    def _part(self, first: int | None, last: int) -> Cube:
        begin = 0 if first is None else int(np.searchsorted(self.day, first))
        part = slice(begin, int(np.searchsorted(self.day, last, side="right")))
        return dataclasses.replace(
            self,
            day=self.day[part],
            code=self.code[part],
            unit=self.unit[part],
            hour=self.hour[part],
            number=self.number[part],
            first_day=first,
            last_day=last,
        )

    def _last(self) -> int | None:
        if self.last_day is None and self.day.size:
            return int(self.day[-1])
        return self.last_day

    def _start(self, months: bool) -> int | None:
        if self.first_day is not None or not self.day.size:
            return self.first_day
        first = int(self.day[0])
        return month_begins(first) if months else first


def build(
    position: ArrayLike,
    day: ArrayLike,
    code: ArrayLike,
    *,
    units: int,
    codes: Sequence[str],
    hour: ArrayLike | None = None,
) -> Cube:
    """Count incidents by unit, day, offence code and, where it is known, hour.

    Parameters
    ----------
    position
        Unit of each incident, 0 to ``units - 1``, shape (n,); those at -1 are in no unit and left
        out.
    day
        Local day of each incident, in whole days since 1970-01-01, shape (n,).
    code
        Offence of each incident, shape (n,): the position in `codes`, or the code itself.
    units
        Number of units N.
    codes
        Distinct offence codes.
    hour
        Local hour of each incident, 0 to 23, shape (n,); -1 where it is not known.

    Returns
    -------
    Cube

    Raises
    ------
    InvalidInputError
        When shapes differ, or a position, day, code or hour cannot be.

    Examples
    --------
    >>> cube = build([0, 0, 2, -1], [3, 3, 40, 5], [0, 0, 1, 1], units=3, codes=("theft", "arson"))
    >>> cube.count().tolist(), cube.until(3).count().tolist()
    ([2, 0, 1], [2, 0, 0])
    >>> cube.harm([2, 185]).tolist()
    [4.0, 0.0, 185.0]
    >>> cube.counts(last_day=58, days=28).array().tolist()
    [[[2, 0], [0, 0], [0, 0]], [[0, 0], [0, 0], [0, 1]]]
    """
    names = tuple(codes)
    if len(set(names)) != len(names):
        raise InvalidInputError("codes must be distinct.")
    at = _whole(position, "position", -1, units - 1)
    of_code = np.asarray(code)
    if of_code.size and of_code.dtype.kind not in "iu":
        of_code = _positions(of_code, names)
    columns = {
        "day": _whole(day, "day", _FIRST, _LAST),
        "code": _whole(of_code, "code", 0, len(names) - 1),
        "hour": np.full(at.shape, UNKNOWN_HOUR)
        if hour is None
        else _whole(hour, "hour", UNKNOWN_HOUR, 23),
    }
    for name, values in columns.items():
        if values.shape != at.shape:
            raise InvalidInputError(
                f"{name} has shape {values.shape}, but position has {at.shape}: one per incident."
            )
    inside = at >= 0
    in_order = (columns["day"] - _FIRST, columns["code"], at, columns["hour"] + 1)
    extent = (_LAST - _FIRST + 1, max(len(names), 1), max(units, 1), _HOURS)
    if np.prod(extent, dtype=np.float64) >= 2**63:
        raise InvalidInputError(f"{units} units and {len(names)} codes are too many for one cube.")
    key, number = np.unique(
        np.ravel_multi_index(tuple(column[inside] for column in in_order), extent),
        return_counts=True,
    )
    of_day, of_code, of_unit, of_hour = np.unravel_index(key, extent)
    return Cube(
        units=units,
        codes=names,
        day=of_day.astype(np.int64) + _FIRST,
        code=of_code,
        unit=of_unit,
        hour=of_hour - 1,
        number=number.astype(np.int64),
    )


def month_begins(day: int) -> int:
    """Return the first day of a day's month.

    Examples
    --------
    >>> month_begins(40)
    31
    """
    month = np.int64(day).astype("datetime64[D]").astype("datetime64[M]")
    return int(month.astype("datetime64[D]").astype(np.int64))


def _whole(values: ArrayLike, name: str, least: int, most: int) -> Integers:
    given = np.asarray(values)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise InvalidInputError(
            f"{name} must be integers of shape (n,), not {given.dtype} of shape {given.shape}."
        )
    wrong = np.flatnonzero((given < least) | (given > most))
    if wrong.size:
        raise InvalidInputError(
            f"{name} must be from {least} to {most}, but {wrong.size} are not, the first at "
            f"position {wrong[0]}: {given[wrong[0]]}."
        )
    return given.astype(np.int64)


def _positions(labels: NDArray[np.generic], codes: tuple[str, ...]) -> NDArray[np.intp]:
    distinct, of_incident = np.unique(labels.astype(object), return_inverse=True)
    place = {name: at for at, name in enumerate(codes)}
    unknown = [str(label) for label in distinct if label not in place]
    if unknown:
        raise InvalidInputError(f"codes lacks {', '.join(unknown[:5])}, which incidents have.")
    return np.array([place[label] for label in distinct], dtype=np.intp)[of_incident]


def _month_ends(last: int, start: int) -> Integers:
    """Return the last days of months counted back from a day, up to the first before `start`."""
    day = np.int64(last).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    first = np.int64(start).astype("datetime64[D]").astype("datetime64[M]")
    back = month - np.arange((month - first).astype(int) + 3)
    lengths = ((back + 1).astype("datetime64[D]") - back.astype("datetime64[D]")).astype(np.int64)
    of_month = int((day - month.astype("datetime64[D]")).astype(int)) + 1
    within = lengths if of_month == lengths[0] else np.minimum(of_month, lengths)
    ends: Integers = back.astype("datetime64[D]").astype(np.int64) + within - 1
    return ends
