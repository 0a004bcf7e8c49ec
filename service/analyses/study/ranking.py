"""What is known of the units of a study at the end of a day, from the incidents held until then.

All is computed on arrays in memory, so that a list and each origin of its backtest ask the same
function, and none of them sees what came later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spatial import cube, excess, forecast, recorded
from spatial.beginnings import first_day
from spatial.cube import Counts, Cube
from spatial.grid import Graph
from spatial.harm import Hundredths, from_hundredths

Floats = NDArray[np.float64]

COUNTED: Final = 100
"""What an incident weighs where incidents are plainly counted, in hundredths."""


@dataclass(frozen=True, eq=False)
class Held:
    """The incidents of a study, sifted and laid on its units, whatever their day.

    Parameters
    ----------
    units
        Number of units N.
    position, hundredths, day, code
        Unit, harm, local day (whole days since 1970-01-01) and offence (position in `codes`) of
        each, shape (n,).
    codes, weight, family
        The offence codes, what each weighs in hundredths, and the family of each; None: its own.
    months
        Whether most of their times are known to the month only: a horizon is a month then, and
        28 days otherwise.
    whole
        Whether all are known to the month only: their windows are whole months.
    """

    units: int
    position: NDArray[np.intp]
    hundredths: Hundredths
    day: NDArray[np.int64]
    code: NDArray[np.intp]
    codes: tuple[str, ...]
    weight: Hundredths
    family: tuple[str | None, ...]
    months: bool
    whole: bool = False

    @cached_property
    def cube(self) -> Cube:
        """All of them, counted by unit, day and offence."""
        return cube.build(self.position, self.day, self.code, units=self.units, codes=self.codes)

    def window(self, first: int, last: int) -> tuple[int, int]:
        """Return the days for which a window stands: whole months, where no time tells more."""
        return recorded.whole_months(self.day, first, last) if self.whole else (first, last)

    def within(self, first: int, last: int) -> NDArray[np.bool_]:
        """Return which of them are of some days, both included, shape (n,)."""
        return (self.day >= first) & (self.day <= last)

    def alike(self) -> Held:
        """Return them where each weighs one."""
        counted = np.full(len(self.hundredths), COUNTED, dtype=np.int64)
        weight = np.full(len(self.codes), COUNTED, dtype=np.int64)
        return replace(self, hundredths=counted, weight=weight)


@dataclass(frozen=True, eq=False)
class Ground:
    """The units on which incidents fall.

    Parameters
    ----------
    near
        Which touch, shape (N, N).
    share
        The share of the study area's area or length that is on each, shape (N,); sums to one.
    even
        Whether the share is one of N, since nothing tells the outline of the study area.
    """

    near: Graph
    share: Floats
    even: bool = False

    @classmethod
    def of(cls, near: Graph, inside: Floats | None) -> Ground:
        """Return the ground of units of which so much is inside the study area."""
        number = near.shape[0]
        if inside is None or not inside.sum() > 0:
            return cls(near, np.full(number, 1 / number), even=True)
        return cls(near, inside / inside.sum())

    @property
    def exposure(self) -> Floats | None:
        """Share of each unit with a mean of one; None where all are alike."""
        return None if self.even else self.share * len(self.share)


@dataclass(frozen=True, eq=False)
class Outlook:
    """What is expected of N units in the next horizon.

    Parameters
    ----------
    forecast
        What they will hold; None: the incidents fill not one whole step.
    steps, history
        Whole steps that it rests on, and the incidents of each unit in them, shape (N,).
    """

    forecast: forecast.Forecast | None
    steps: int
    history: NDArray[np.int64]

    @property
    def harm(self) -> Floats:
        """Expected harm of each unit, shape (N,); NaN without a forecast."""
        return np.full(len(self.history), np.nan) if self.forecast is None else self.forecast.harm

    @property
    def count(self) -> Floats:
        """Expected incidents of each unit, shape (N,); NaN without a forecast."""
        if self.forecast is None:
            return np.full(len(self.history), np.nan)
        return self.forecast.count()


@dataclass(frozen=True, eq=False)
class Ranking:
    """What is known of N units at the end of a day.

    Parameters
    ----------
    outlook
        What is expected of them.
    p_own, p_without_worst, q_own
        How rarely chance puts as much on a unit, with and without its worst incident, and both
        together after control of false discoveries, shape (N,).
    expected_by_chance
        Harm that chance alone would put on each in the window, shape (N,).
    excess
        The window's harm over that; NaN on a unit that nothing falls on by chance, shape (N,).
    basis
        On what a unit's rank stands: ``own``, ``neighbourhood``, ``both`` or ``none``, (N,).
    months_in_top
        In how many steps of the window each unit was in the top 1 %, shape (N,).
    top_steps, top_by_chance
        How many steps the window has, and in how many chance would put a unit in the top.
    rounded
        By how much at most the chance of a unit was rounded up, relative: `p_own` and
        `p_without_worst` are those of a unit with so much more, and never too small.
    grid
        1 where the weights of incidents were taken as they are, else to how many hundredths the
        sums of the largest units were rounded: their p-values are about right.
    """

    outlook: Outlook
    p_own: Floats
    p_without_worst: Floats
    q_own: Floats
    expected_by_chance: Floats
    excess: Floats
    basis: NDArray[np.str_]
    months_in_top: NDArray[np.int64]
    top_steps: int
    top_by_chance: float
    rounded: float
    grid: float

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return what is stored of each unit, by the name of its property."""
        return {
            "expected_harm": self.outlook.harm,
            "basis": self.basis,
            "p_own": self.p_own,
            "p_without_worst": self.p_without_worst,
            "q_own": self.q_own,
            "excess": self.excess,
            "months_in_top": self.months_in_top,
        }


def rank(
    held: Held,
    ground: Ground,
    first: int,
    last: int,
    *,
    alpha: float = 0.05,
    q_neighbourhood: Floats | None = None,
    by: str = "harm",
) -> Ranking:
    """Tell what is known of each unit at the end of a day.

    Parameters
    ----------
    held
        The incidents; those after `last` are not looked at.
    ground
        The units.
    first, last
        Days of the window, both included, since 1970-01-01: the excess is the window's, and what
        is expected rests on all that is held up to its last day.
    alpha
        Level that a q must not exceed to be a basis.
    q_neighbourhood
        q of Gi* of each unit where it is hot, 1 elsewhere, shape (N,); None: it was not tested.
    by
        What is tested for excess, ``harm`` or ``count``.
    """
    of_window = held.within(first, last)
    tested = held if by == "harm" else held.alike()
    position, hundredths = held.position[of_window], tested.hundredths[of_window]
    own = excess.own(position, hundredths, ground.share)
    q = np.ones(held.units) if q_neighbourhood is None else q_neighbourhood
    basis, q_own = excess.basis(own.p, own.p_without_worst, q, alpha)
    step, number = _steps_of_window(held, held.day[of_window], first, last)
    in_step = step >= 0
    months, by_chance = excess.months_in_top(
        position[in_step], hundredths[in_step], step[in_step], held.units
    )
    return Ranking(
        outlook=expect(held, ground, last),
        p_own=own.p,
        p_without_worst=own.p_without_worst,
        q_own=q_own,
        expected_by_chance=own.expected / 100,
        excess=own.excess,
        basis=basis,
        months_in_top=months,
        top_steps=number,
        top_by_chance=by_chance,
        rounded=own.rounded,
        grid=own.grid,
    )


def expect(held: Held, ground: Ground, last: int) -> Outlook:
    """Tell what is expected of each unit in the horizon after a day, from all that is held then."""
    known_days = held.day[held.day <= last]
    since = first_day(known_days, months=held.months) if known_days.size else None
    table = held.cube.until(last).counts(last, months=held.months, since=since)
    steps = table.shape[2]
    history = np.bincount(table.unit, table.number, held.units).astype(np.int64)
    if not steps or not table.number.size:
        return Outlook(None, steps, history)
    # An offence that nobody has recorded yet is not known of.
    present, code = np.unique(table.code, return_inverse=True)
    counts = Counts(code, table.unit, table.age, table.number, (len(present), *table.shape[1:]))
    known = forecast.expected(
        counts,
        from_hundredths(held.weight[present]),
        [held.family[at] for at in present],
        ground.near,
        half_life=forecast.steps_of(days=None if held.months else cube.DAYS),
        exposure=ground.exposure,
    )
    return Outlook(known, steps, history)


def _steps_of_window(
    held: Held, day: NDArray[np.int64], first: int, last: int
) -> tuple[NDArray[np.int64], int]:
    """Return the step of the window that each day is in, -1 for none, and how many there are.

    A window that holds no whole step is one step.
    """
    distinct, at = np.unique(day, return_inverse=True)
    none = np.zeros(len(distinct), dtype=np.intp)
    steps = cube.build(none, distinct, none, units=1, codes=("any",)).steps(
        last, months=held.months, since=first
    )
    if not steps.number:
        return np.zeros(len(day), dtype=np.int64), 1
    return steps.age[at], steps.number
