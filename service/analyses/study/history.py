"""What happened before a window on the units of its study, read once for trends and series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from service.analyses.study.held import Earlier, days_of
from service.analyses.study.params import AnalysisParams
from service.analyses.study.question import Question
from service.analyses.study.study import Study, window
from service.store.repository import incidents as stored
from spatial import aggregate, ratios, series
from spatial import describe as evidence
from spatial.backtest import day_of
from spatial.describe import Period
from spatial.harm import Hundredths
from spatial.recorded import whole_months
from spatial.series import Steps, all_months
from spatial.targets import Positions


@dataclass(frozen=True)
class History:
    """The incidents of targets before the window, under the same rules as those within it.

    Parameters
    ----------
    window
        The window itself.
    before
        The window before; None: data do not reach back to it.
    steps
        The steps of the series, up to the end of the window; None: data hold no whole one.
    target, hundredths
        Target and harm of each earlier incident, shape (n,).
    when
        Its local time, shape (n,).
    """

    window: Period
    before: Period | None
    steps: Steps | None
    target: Positions
    hundredths: Hundredths
    when: pd.DatetimeIndex

    def trends(self, totals: pd.DataFrame) -> list[dict[str, Any]] | None:
        """Compare each target with itself in the window before; None when data do not reach.

        Parameters
        ----------
        totals
            `count` of each target in the window.
        """
        if self.before is None:
            return None
        since = self.when >= self.before.start
        then = aggregate.by_unit(self.target[since], self.hundredths[since], len(totals))
        return [
            self._trend(self.before, *row)
            for row in zip(
                totals["count"].tolist(), then["count"].tolist(), then["harm"].tolist(), strict=True
            )
        ]

    def _trend(self, before: Period, now: int, then: int, harm_then: float) -> dict[str, Any]:
        return {
            "previous_from": before.start.date().isoformat(),
            "previous_to": before.end.date().isoformat(),
            "previous_count": then,
            "previous_harm": harm_then,
            **ratios.told_ratio(now, then, self.window.days, before.days),
        }

    def series(
        self, target: Positions, hundredths: Hundredths, when: pd.DatetimeIndex, targets: int
    ) -> list[dict[str, Any]] | None:
        """Tell how each target went, step by step; None when data hold no whole step.

        Parameters
        ----------
        target, hundredths, when
            Target, harm and local time of each incident of the window, shape (m,).
        targets
            Number of targets.
        """
        if self.steps is None:
            return None
        count, harm = series.by_step(
            self.steps,
            pd.DatetimeIndex(self.when.append(when)),
            np.concatenate((self.target, target)),
            np.concatenate((self.hundredths, hundredths)),
            targets,
        )
        within, _ = series.by_step(self.steps, when, target, hundredths, targets)
        return [
            series.told(self.steps, self.window, *row)
            for row in zip(count, harm, within, strict=True)
        ]


def read(
    session: Session,
    question: Question,
    params: AnalysisParams,
    study: Study,
    past: Earlier,
    owner: NDArray[np.intp],
) -> History:
    """Tell what happened on targets before the window.

    Data reach back to the window before when every source that the study uses has its first
    incident no later than 3 % into it (at least a day).

    Parameters
    ----------
    session, question, params
        The unit of work, and what was asked.
    study, past
        The window's incidents and units, and the incidents before.
    owner
        Target of each unit, shape (N,); -1 for none.
    """
    period = window(params)
    if all_months(study.incidents["time_precision"], past.incidents["time_precision"]):
        day = np.concatenate(
            [days_of(one) for one in (past.when, evidence.local_times(study.incidents))]
        )
        days = whole_months(day, day_of(params.start), day_of(params.end))
        period = Period(*(pd.Timestamp(one, unit="D") for one in days))
    used = set(study.incidents["source"].unique())
    zones = {name: zone for name, zone in question.zones.items() if name in used}
    first = stored.first_day(session, question.snapshot.agency_id, zones)
    assert first is not None  # the study has incidents
    before: Period | None = period.before()
    assert before is not None
    grace = pd.Timedelta(days=max(1.0, 0.03 * before.days))
    if pd.Timestamp(first) > before.start + grace:
        before = None
    step = series.step_for(study.incidents["time_precision"])
    when = evidence.local_times(study.incidents)
    steps = series.steps_until(period, pd.Timestamp(first), step, when.min())

    starts = [one.start for one in (before, steps) if one is not None]
    since = min(starts, default=period.start)
    own = owner[past.position]
    within = (own >= 0) & (past.when >= since) & past.incidents["source"].isin(used).to_numpy()
    return History(period, before, steps, own[within], past.hundredths[within], past.when[within])
