"""What of a history reads as a change though only its recording differs, told to every reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from service.analyses.study.held import relabelled
from spatial import cube, forecast, recorded, rounding
from spatial.backtest import Origin, day_of, told
from spatial.beginnings import FEW

if TYPE_CHECKING:
    from service.analyses.study.held import Earlier
    from service.analyses.study.params import AnalysisParams
    from service.analyses.study.ranking import Held
    from service.analyses.study.study import Study

_MUCH: Final = 0.9
"""A source that decayed counts hold to this share or less is told."""

_NAMED: Final = 5


def cautions(
    params: AnalysisParams, study: Study, past: Earlier, held: Held, at: tuple[Origin, ...] = ()
) -> list[str]:
    """Return what to know of sources that begin or end apart, and of times known by the month.

    Parameters
    ----------
    params, study, past
        What was asked, its window, and what was before.
    held
        The incidents of both.
    at
        The origins of a backtest.
    """
    return [*_apart(study, past, held, at), *_by_month(params, study, past, held)]


def _apart(study: Study, past: Earlier, held: Held, at: tuple[Origin, ...]) -> list[str]:
    """Say which sources begin or end apart from others, and what that does."""
    both = [pd.Categorical(one["source"]) for one in (past.incidents, study.incidents)]
    names = sorted({str(name) for one in both for name in one.categories})
    place = {name: at for at, name in enumerate(names)}
    source = np.concatenate([relabelled(one, place) for one in both])
    of_each = recorded.coverage(
        held.day,
        source,
        len(names),
        half_life=forecast.steps_of(days=None if held.months else cube.DAYS),
        months=held.months,
    )
    number = np.bincount(source, minlength=len(names))
    known = {
        name: one
        for name, one, many in zip(names, of_each, number, strict=True)
        if one is not None and many >= FEW * len(held.day)
    }
    less = {name: one for name, one in known.items() if one.share <= _MUCH}
    if not less or len(known) < 2:
        return []
    spans = _listed(
        [f"{name} {_month(one.first)} to {_month(one.last)}" for name, one in known.items()]
    )
    shares = _listed(
        [f"{rounding.percent(one.share, 0)} of what {name} records" for name, one in less.items()]
    )
    warning = (
        f"Sources have incidents of different times: {spans}. What is expected takes the time "
        f"without a source for one in which it had nothing, and counts {shares}: where a source "
        "begins looks like growth, and where it ends like decline. Where one took over from "
        "another that is right; else ask for sources of the same time (sources), or load what is "
        "missing."
    )
    unseen = {name: sum(one.first > origin.last for origin in at) for name, one in less.items()}
    blind = _listed([f"{name} at {many}" for name, many in unseen.items() if many])
    if blind:
        warning += f" Of the {len(at)} origins, lists knew nothing yet of {blind}."
    return [warning]


def _by_month(params: AnalysisParams, study: Study, past: Earlier, held: Held) -> list[str]:
    """Say what is done with times that are known to the month only."""
    first, last = day_of(params.start), day_of(params.end)
    if held.whole:
        begins, ends = held.window(first, last)
        if (begins, ends) == (first, last):
            return []
        return [
            "No time tells more than the month: what is expected, trends and backtests take the "
            f"whole months from {told(begins)} to {told(ends)} for the window, and what comes next "
            f"begins on {told(ends + 1)}."
        ]
    many = sum(int((one.incidents["time_precision"] == "month").sum()) for one in (past, study))
    if many <= FEW * len(held.day) or (held.months and _whole_to(last)):
        return []
    step = "a month from one such day to the next" if held.months else "four weeks"
    return [
        f"{many:,} of the {len(held.day):,} incidents ({rounding.percent(many / len(held.day), 0)})"
        " tell no more than the month and stand in its middle, and others tell the day: steps of "
        f"{step} hold all of a month of theirs or nothing, in the history as in what comes next. "
        "Ask for whole months, and for sources of one precision (sources)."
    ]


def _whole_to(last: int) -> bool:
    return cube.month_begins(last + 1) == last + 1


def _month(day: int) -> str:
    return told(day)[:7]


def _listed(texts: list[str]) -> str:
    more = len(texts) - _NAMED
    return ", ".join(texts[:_NAMED]) + (f" and {more} more" if more > 0 else "")
