"""How count and harm of places went, week by week or month by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spatial import aggregate
from spatial.describe import Period
from spatial.errors import InvalidInputError
from spatial.harm import Hundredths
from spatial.targets import Positions

Step: TypeAlias = Literal["week", "month"]

LEAST_HISTORY = pd.Timedelta(weeks=26)
"""A series reaches back at least so far, where the data do."""

_DAY = pd.Timedelta(days=1)


def step_for(time_precision: pd.Series[str]) -> Step:
    """Return the step that the times of incidents can bear.

    Parameters
    ----------
    time_precision
        How well the time of each incident is known, shape (n,).

    Returns
    -------
    str
        ``month`` where most incidents are known by their month alone: those of a month would all
        fall into one of its weeks. ``week`` otherwise.

    Examples
    --------
    >>> step_for(pd.Series(["exact", "month", "month"]))
    'month'
    """
    return "month" if mostly_months(time_precision) else "week"


def mostly_months(*time_precision: pd.Series[str]) -> bool:
    """Tell whether most of some incidents are known by their month alone.

    Parameters
    ----------
    time_precision
        How well the time of each incident is known, in one table or several.
    """
    return 2 * _by_month(*time_precision) > sum(map(len, time_precision))


def all_months(*time_precision: pd.Series[str]) -> bool:
    """Tell whether all of some incidents are known by their month alone; there are some."""
    return 0 < _by_month(*time_precision) == sum(map(len, time_precision))


def _by_month(*time_precision: pd.Series[str]) -> int:
    return sum(int((one == "month").sum()) for one in time_precision)


@dataclass(frozen=True)
class Steps:
    """Whole steps of time, one after the other.

    Parameters
    ----------
    step
        Their length.
    edges
        First day of each of k steps, and the day after the last one, shape (k + 1,).
    """

    step: Step
    edges: pd.DatetimeIndex

    def __len__(self) -> int:
        return len(self.edges) - 1

    @property
    def start(self) -> pd.Timestamp:
        """First day of the first step."""
        return self.edges[0]

    def of(self, when: pd.DatetimeIndex) -> NDArray[np.intp]:
        """Return the step of each of some local times, shape (n,); -1 before and after all."""
        at = np.asarray(self.edges.searchsorted(when, side="right"), dtype=np.intp) - 1
        at[at == len(self)] = -1
        return at


def steps_until(
    window: Period,
    first: pd.Timestamp,
    step: Step,
    earliest: pd.Timestamp | None = None,
) -> Steps | None:
    """Return the steps that lead up to the end of a window.

    They reach back over the window, the window before, and at least `LEAST_HISTORY`, but not
    beyond the first incident: a week is not empty because nothing was recorded yet. Weeks are
    counted back from the last day of the window, so that each is whole; months are whole calendar
    months, of which the last ends with the window. All incidents of the window are in some step.

    Parameters
    ----------
    window
        The window.
    first
        First day of which there are data of all sources.
    step
        Length of the steps.
    earliest
        Time of the first incident of the window, where it may lie before `first`.

    Returns
    -------
    Steps or None
        None where the data hold no whole step.

    Examples
    --------
    >>> fortnight = Period(pd.Timestamp("2024-06-03"), pd.Timestamp("2024-06-16"))
    >>> steps = steps_until(fortnight, pd.Timestamp("2024-05-20"), "week")
    >>> steps.edges.strftime("%m-%d").tolist()
    ['05-20', '05-27', '06-03', '06-10', '06-17']
    """
    after = window.end + _DAY
    reach = min(window.before().start, after - LEAST_HISTORY)
    if step == "week":
        weeks = -((reach - after) // pd.Timedelta(weeks=1))
        edges = pd.DatetimeIndex(
            [after - pd.Timedelta(weeks=back) for back in range(weeks, -1, -1)]
        )
    else:
        edges = pd.date_range(reach.replace(day=1), after.replace(day=1), freq="MS")
        if after.day > 1:
            edges = pd.DatetimeIndex([*edges, after])
    known = int(edges.searchsorted(first))
    if len(edges) - known < 2:
        return None
    if earliest is not None:
        known = min(known, max(int(edges.searchsorted(earliest, side="right")) - 1, 0))
    return Steps(step, edges[known:])


def by_step(
    steps: Steps,
    when: pd.DatetimeIndex,
    target: Positions,
    hundredths: Hundredths,
    targets: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Count incidents and sum their harm by target and step.

    Parameters
    ----------
    steps
        The k steps.
    when
        Local time of each incident, shape (n,); those outside the steps are passed over.
    target, hundredths
        Target and harm of each incident, shape (n,).
    targets
        Number of targets.

    Returns
    -------
    count, harm
        Incidents and harm, shape (targets, k) each.

    Examples
    --------
    >>> week = Steps("week", pd.DatetimeIndex(["2024-06-03", "2024-06-10"]))
    >>> when = pd.DatetimeIndex(["2024-06-03 00:00", "2024-06-09 23:59", "2024-06-10 00:00"])
    >>> count, harm = by_step(week, when, np.array([0, 0, 0]), np.array([100, 250, 900]), 1)
    >>> count.tolist(), harm.tolist()
    ([[2]], [[3.5]])
    """
    if not len(when) == len(target) == len(hundredths):
        raise InvalidInputError(
            f"Times, targets and harm need one length, not {len(when)}, {len(target)} and "
            f"{len(hundredths)}."
        )
    at = steps.of(when)
    held = at >= 0
    sums = aggregate.by_unit(
        target[held] * len(steps) + at[held], hundredths[held], targets * len(steps)
    )
    shape = (targets, len(steps))
    return sums["count"].to_numpy().reshape(shape), sums["harm"].to_numpy().reshape(shape)


def told(
    steps: Steps,
    window: Period,
    count: NDArray[np.int64],
    harm: NDArray[np.float64],
    within: NDArray[np.int64],
) -> dict[str, Any]:
    """Return the series of one place as a property of its feature.

    Parameters
    ----------
    steps
        The k steps.
    window
        The window, whose first day is told. A week that begins before it belongs to the window
        in part.
    count, harm
        Incidents and harm in each step, shape (k,).
    within
        Those of its incidents that are of the window, shape (k,).
    """
    return {
        "step": steps.step,
        "window_from": window.start.date().isoformat(),
        "from": steps.edges[:-1].strftime("%Y-%m-%d").tolist(),
        "count": count.tolist(),
        "harm": harm.tolist(),
        "count_within": within.tolist(),
    }
