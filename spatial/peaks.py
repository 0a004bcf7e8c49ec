"""When in the week a target's harm happens: its busiest hours, where they are no chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from spatial import aggregate, default_times
from spatial.incidents import DATE_PRECISE

if TYPE_CHECKING:
    import pandas as pd

    from spatial.harm import Hundredths

Absence: TypeAlias = Literal["hours_unknown", "default_times", "no_clear_peak"]

HOURS_OF_WEEK: Final = 168
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PEAK_WINDOWS: Final = 3
PEAK_WINDOW_HOURS: Final = 2
MIN_TIMED_SHARE: Final = 0.5
"""Share of a target's incidents whose hour must be known before peak hours are told."""

MAX_SPAN_H: Final = 4
"""An incident that may have happened any time within more hours than this has no known hour."""

USUAL_DEFAULTS: Final = (0, 1, 12 * 60, 24 * 60 - 1)
"""Minutes of the day that record systems write for want of a time."""

EVEN_DAYS: Final = 0.25
"""Another minute is a default only where no day of the week has more than this share of it."""

ALPHA: Final = 0.05
"""A window is told where chance would put as much harm into any window this rarely."""

LEAST_IN_WINDOW: Final = 3
"""Two incidents in one window are a coincidence that any week may bring."""

MOST_DRAWS: Final = 999
LEAST_DRAWS: Final = 199
_WORK: Final = 2_000_000
"""Hours drawn for one target, about, from which on draws become fewer."""


@dataclass(frozen=True)
class Peak:
    """Peak hours, or why none are told.

    Parameters
    ----------
    told
        `incidents` (those timed), `hour_of_week` (168 counts from Monday 00:00), `windows` (the
        two-hour windows that are beyond chance and do not overlap, by harm, then count) and `p` of
        the first; None: there are none to tell.
    absent
        Why there are none; None: there are.
    """

    told: dict[str, Any] | None
    absent: Absence | None = None


def peak(
    local: pd.DatetimeIndex,
    timed: NDArray[np.bool_],
    hundredths: Hundredths,
    *,
    seed: int = 1,
) -> Peak:
    """Tell when in the week a target's harm happens, where that differs from a flat week.

    The statistic is what would be told: the most harm in any two hours of the week (a scan
    statistic; Naus 1965, Kulldorff 1997). Its distribution is that of the same incidents, each
    with its own weight, at hours drawn evenly over the week. A single grave incident fills its own
    window in each draw too, and so makes no peak. Further windows are told where they pass the
    same test, as secondary clusters are (Kulldorff 1997).

    Parameters
    ----------
    local
        Local time of each incident of one target, shape (n,).
    timed
        Whether its hour is known (see `hour_known`), shape (n,).
    hundredths
        Harm of each incident, shape (n,).
    seed
        Of the draws.

    Returns
    -------
    Peak
        Nothing is told when the hour of fewer than half of the incidents is known, or when chance
        can explain the busiest window.

    Examples
    --------
    >>> import pandas as pd
    >>> nights = pd.date_range("2024-06-01 23:30", periods=9, freq="7D")
    >>> found = peak(nights, np.ones(9, dtype=bool), np.full(9, 100))
    >>> [(one["day"], one["start"], one["count"]) for one in found.told["windows"]]
    [('Sat', '22:00', 9)]
    >>> peak(nights[:2], np.ones(2, dtype=bool), np.array([100, 900])).absent
    'no_clear_peak'
    """
    if len(timed) and (not timed.any() or timed.mean() < MIN_TIMED_SHARE):
        return Peak(None, "hours_unknown")
    when, weight = local[timed], hundredths[timed]
    hour = (when.day_of_week * 24 + when.hour).to_numpy().astype(np.intp)
    week = aggregate.by_unit(hour, weight, HOURS_OF_WEEK)
    count, harm = week["count"].to_numpy(), np.bincount(hour, weight, HOURS_OF_WEEK)
    count_2h, harm_2h = _windowed(count), _windowed(harm)
    if count_2h.max() < LEAST_IN_WINDOW:  # most targets of a long list, at no cost
        return Peak(None, "no_clear_peak")
    # Sorted, so that the draws do not know in which order incidents were read.
    greatest = _greatest_by_chance(np.sort(weight).astype(np.float64), seed)
    windows: list[dict[str, Any]] = []
    taken: set[int] = set()
    first = 1.0
    for start in np.lexsort((np.arange(HOURS_OF_WEEK), -count_2h, -harm_2h)):
        p = float((np.sum(greatest >= harm_2h[start]) + 1) / (len(greatest) + 1))
        hours = {(int(start) + step) % HOURS_OF_WEEK for step in range(PEAK_WINDOW_HOURS)}
        if len(windows) == PEAK_WINDOWS or p > ALPHA:
            break
        if hours & taken or count_2h[start] < LEAST_IN_WINDOW:
            continue
        taken |= hours
        first = first if windows else p
        windows.append(
            {
                "day": DAYS[start // 24],
                "start": f"{start % 24:02d}:00",
                "end": f"{(start + PEAK_WINDOW_HOURS) % 24:02d}:00",
                "count": int(count_2h[start]),
                "harm": round(float(harm_2h[start]) / 100, 2),
            }
        )
    if not windows:
        return Peak(None, "no_clear_peak")
    return Peak(
        {
            "incidents": len(when),
            "hour_of_week": count.tolist(),
            "windows": windows,
            "p": round(first, 6),
        }
    )


def _windowed(hourly: NDArray[Any]) -> NDArray[Any]:
    """Return the sums of two hours in a row along the last axis; the week goes round."""
    parts = [np.roll(hourly, -step, axis=-1) for step in range(PEAK_WINDOW_HOURS)]
    windowed: NDArray[Any] = np.sum(parts, axis=0)
    return windowed


def _greatest_by_chance(weight: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return the most weight in any window of a week whose hours are drawn, for each draw."""
    random = np.random.Generator(np.random.Philox(seed))
    draws = int(np.clip(_WORK // len(weight), LEAST_DRAWS, MOST_DRAWS))
    at_once = max(_WORK // len(weight), 1)
    greatest = []
    for first in range(0, draws, at_once):
        number = min(at_once, draws - first)
        hour = random.integers(0, HOURS_OF_WEEK, (number, len(weight)))
        slot = hour + HOURS_OF_WEEK * np.arange(number)[:, np.newaxis]
        # Whole hundredths below 2^53: the sums are exact, and ties are ties.
        weeks = np.bincount(slot.ravel(), np.tile(weight, number), number * HOURS_OF_WEEK)
        greatest.append(_windowed(weeks.reshape(number, HOURS_OF_WEEK)).max(axis=1))
    return np.concatenate(greatest)


def hour_known(incidents: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell of which incidents the hour is known, shape (n,).

    Those timed to the hour or better, that did not happen at some time of a long span: the middle
    of a night or of a working day is when nobody saw it.

    Parameters
    ----------
    incidents
        Incidents, n rows.
    """
    import pandas as pd

    span = incidents["occurred_to"] - incidents["occurred_from"]
    short = span <= pd.Timedelta(hours=MAX_SPAN_H)
    return (incidents["time_precision"].isin(DATE_PRECISE) & short).to_numpy()


def at_default(
    local: pd.DatetimeIndex, exact: NDArray[np.bool_], source: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Tell which incidents have a time that stands for an unknown one, shape (n,).

    They are those of `default_times.found` by source. A minute other than midnight, 00:01, noon or
    23:59 is taken for one only where it comes alike on all days of the week: what happens on
    Fridays and Saturdays at ten is a habit of people and not of a record system.

    Parameters
    ----------
    local
        Local time of each incident of a study, shape (n,).
    exact
        Whether it is known to the minute, shape (n,).
    source
        Source of each, shape (n,).
    """
    minute = default_times.minutes_of(local.to_numpy())
    day = local.day_of_week.to_numpy()
    found = np.zeros(len(local), dtype=bool)
    for one in np.unique(source[exact]):
        own = exact & (source == one)
        for default in default_times.found(minute[own]):
            at = own & (minute == default.minute)
            days = np.bincount(day[at], minlength=len(DAYS))
            if default.minute in USUAL_DEFAULTS or days.max() <= EVEN_DAYS * days.sum():
                found |= at
    return found
