"""Rolling origins: a list is chosen as it would have been then, and judged on what came after.

Whoever chooses is given the cube up to the origin and nothing else, so no origin can see a later
incident.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial import validation
from spatial.cube import DAYS
from spatial.errors import DegenerateInputError, InvalidInputError

if TYPE_CHECKING:
    from spatial.cube import Cube

Floats: TypeAlias = NDArray[np.float64]

FEWEST: Final = 6
"""Fewer origins say nothing of a list."""

MOST: Final = 24
HISTORY_MONTHS: Final = 12
"""Each origin has at least so much history before it."""

HORIZON_DAYS: Final = DAYS
"""The horizon where times are known by the day: four weeks, each day of the week as often."""

_EPOCH: Final = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Origin:
    """A moment at which a list is chosen; days are counted since 1970-01-01.

    Parameters
    ----------
    first, last
        First and last day of its window; the last is the last day that is known.
    until
        Last day of the horizon that it is judged on, which begins the day after `last`.
    """

    first: int
    last: int
    until: int


Choose: TypeAlias = Callable[["Cube", Origin], NDArray[np.bool_]]
"""Which units a list holds, shape (N,), given what is known at an origin."""
Score: TypeAlias = Callable[["Cube", Origin], Floats]
"""The score of each unit by a plain rule, shape (N,)."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What a list and plain rules caught at T origins, at the same area; rules in one order.

    Parameters
    ----------
    origins
        The origins, the earliest first.
    names
        The R rules; the list is the first.
    area, total_area
        Area of the list at each origin, shape (T,), and of all units.
    units
        Number of units of the list at each origin, shape (T,).
    harm, count
        What each rule caught in the horizon, shape (R, T).
    all_harm, all_count
        What there was everywhere, shape (T,).
    most_harm, most_count
        The most that any units of the list's area could have caught, shape (T,).
    harm_before, count_before
        What the same units held in the origin's window, shape (R, T).
    all_harm_before, all_count_before
        What all units held in it, shape (T,).
    """

    origins: tuple[Origin, ...]
    names: tuple[str, ...]
    area: Floats = field(repr=False)
    total_area: float
    units: NDArray[np.intp] = field(repr=False)
    harm: Floats = field(repr=False)
    count: Floats = field(repr=False)
    all_harm: Floats = field(repr=False)
    all_count: Floats = field(repr=False)
    most_harm: Floats = field(repr=False)
    most_count: Floats = field(repr=False)
    harm_before: Floats = field(repr=False)
    count_before: Floats = field(repr=False)
    all_harm_before: Floats = field(repr=False)
    all_count_before: Floats = field(repr=False)


def months_before(day: int, months: int) -> int:
    """Return the day so many months before another, or the last one of a shorter month.

    Examples
    --------
    >>> told(months_before(day_of(dt.date(2024, 3, 31)), 1))
    '2024-02-29'
    """
    then = dt.date.fromordinal(day + _EPOCH)
    year, month = divmod(then.year * 12 + then.month - 1 - months, 12)
    if year < 1:
        return -_EPOCH
    last = monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(then.day, last)).toordinal() - _EPOCH


def origins(first_day: int, start: int, end: int, *, months: bool = False) -> tuple[Origin, ...]:
    """Return the origins of a window, one horizon apart, the last one horizon before its end.

    Parameters
    ----------
    first_day
        First day of the history that is held.
    start, end
        First and last day of the window. Each origin has a window of the same length before it:
        this one, moved back.
    months
        A horizon is a month of the calendar; otherwise four weeks.

    Returns
    -------
    tuple of Origin
        At most 24, the earliest first; each has at least 12 months of history before it.

    Raises
    ------
    InvalidInputError
        When the window runs backward.
    DegenerateInputError
        When there are fewer than six.

    Examples
    --------
    >>> years = [day_of(dt.date(year, 1, 1)) for year in (2022, 2023, 2024)]
    >>> made = origins(years[0], years[1], years[2] - 1, months=True)
    >>> len(made), made[-1].until == years[2] - 1, made[0].last == years[1] - 1
    (12, True, True)
    """
    if start > end:
        raise InvalidInputError("The window runs backward: swap its first and its last day.")

    def back(day: int, horizons: int) -> int:
        return months_before(day, horizons) if months else day - HORIZON_DAYS * horizons

    after = end + 1
    found = [
        Origin(back(start, at), back(after, at) - 1, back(after, at - 1) - 1)
        for at in range(1, MOST + 1)
    ]
    long = [one for one in found if first_day <= months_before(one.last + 1, HISTORY_MONTHS)]
    if len(long) < FEWEST:
        horizon = "a month" if months else f"{HORIZON_DAYS} days"
        raise DegenerateInputError(
            f"A backtest needs at least {FEWEST} origins {horizon} apart, each with "
            f"{HISTORY_MONTHS} months of history before it. Incidents are held since "
            f"{told(first_day)} and the window ends on {told(end)}, which leaves {len(long)}: "
            "load earlier incidents, or ask for a window that ends later."
        )
    return tuple(long[::-1])


def day_of(date: dt.date) -> int:
    """Return a date as a number of days since 1970-01-01."""
    return date.toordinal() - _EPOCH


def told(day: int) -> str:
    """Return a day as people write it."""
    return dt.date.fromordinal(day + _EPOCH).isoformat()


def judge(
    cube: Cube,
    weight: ArrayLike,
    size: ArrayLike,
    at: tuple[Origin, ...],
    choose: Choose,
    rules: Mapping[str, Score],
    tell: Callable[[int], None] = lambda _done: None,
) -> Judged:
    """Choose a list at each origin, and judge it and plain rules on the horizon after it.

    Parameters
    ----------
    cube
        All incidents on the N units.
    weight
        Weight of each offence code of the cube.
    size
        Area or length of each unit, positive, shape (N,).
    at
        The origins.
    choose
        The list, given the cube up to an origin.
    rules
        Plain rules by name, given the same; each is judged at the area of the list.
    tell
        Called with the number of origins done.

    Raises
    ------
    InvalidInputError
        When what is chosen is no mask of the units, or a size is not positive.
    """
    sizes = np.asarray(size, dtype=np.float64)
    if sizes.shape != (cube.units,) or not (sizes > 0).all():
        raise InvalidInputError(f"Each of {cube.units} units needs a positive size.")
    shape = (1 + len(rules), len(at))
    caught = {name: np.zeros(shape) for name in ("harm", "count", "harm_before", "count_before")}
    everywhere = {name: np.zeros(len(at)) for name in caught}
    most_harm, most_count, area = np.zeros(len(at)), np.zeros(len(at)), np.zeros(len(at))
    units = np.zeros(len(at), dtype=np.intp)
    for moment, origin in enumerate(at):
        known = cube.until(origin.last)
        chosen = np.asarray(choose(known, origin))
        if chosen.shape != (cube.units,) or chosen.dtype != np.bool_:
            raise InvalidInputError(f"A list is a mask of the {cube.units} units.")
        units[moment], area[moment] = chosen.sum(), sizes[chosen].sum()
        parts = np.empty((shape[0], cube.units))
        parts[0] = chosen
        for rule, score in enumerate(rules.values(), 1):
            parts[rule] = validation.taken(score(known, origin), sizes, float(area[moment]))
        after, before = cube.between(origin.last + 1, origin.until), known.between(*_window(origin))
        held = {
            "harm": after.harm(weight),
            "count": after.count().astype(np.float64),
            "harm_before": before.harm(weight),
            "count_before": before.count().astype(np.float64),
        }
        for name, of_units in held.items():
            caught[name][:, moment] = parts @ of_units
            everywhere[name][moment] = of_units.sum()
        most_harm[moment] = validation.most(held["harm"], sizes, float(area[moment]))
        most_count[moment] = validation.most(held["count"], sizes, float(area[moment]))
        tell(moment + 1)
    return Judged(
        origins=at,
        names=("list", *rules),
        area=area,
        total_area=float(sizes.sum()),
        units=units,
        **caught,
        **{f"all_{name}": of_all for name, of_all in everywhere.items()},
        most_harm=most_harm,
        most_count=most_count,
    )


def _window(origin: Origin) -> tuple[int, int]:
    return origin.first, origin.last
