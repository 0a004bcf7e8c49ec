"""All incidents that are held up to the last day of a window, on the units of its study."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from service.analyses.estimate import FIRST_DAY
from service.analyses.study import accounting
from service.analyses.study.params import AnalysisParams
from service.analyses.study.question import Question
from service.analyses.study.ranking import Held
from service.analyses.study.study import Study, sift
from service.store.repository import harm_indexes
from service.store.repository import incidents as stored
from spatial import describe as evidence
from spatial.harm import Hundredths
from spatial.series import all_months, mostly_months

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Earlier:
    """The incidents before a window, under the same rules as those within it.

    Parameters
    ----------
    incidents
        Those that count, n rows.
    position, hundredths
        Unit and harm of each, shape (n,).
    when
        Its local time, shape (n,).
    account
        What became of all before the window: `before_window`, `used`, `outside`, `excluded` by
        reason, and `unmapped` offences.
    warnings
        Sentences that every reader of the result should see.
    """

    incidents: pd.DataFrame
    position: NDArray[np.intp]
    hundredths: Hundredths
    when: pd.DatetimeIndex
    account: dict[str, Any]
    warnings: list[str]


def earlier(
    session: Session,
    question: Question,
    params: AnalysisParams,
    study: Study,
    incidents: pd.DataFrame | None = None,
) -> Earlier:
    """Read what happened on the units of a study before its window: all that is held.

    Parameters
    ----------
    session, question, params, study
        The unit of work, what was asked, and its window.
    incidents
        All before the window, where they are read already.

    Raises
    ------
    UnmappedOffencesError
        When more offences than allowed have no weight, as in the window.
    """
    if incidents is None:
        incidents = stored.read_window(
            session, question.snapshot, FIRST_DAY, _day_before(params.start), question.zones
        )
    sifted = sift(session, incidents, question, params, study.units)
    accounting.refuse_unmapped(session, sifted, question, params, window=len(study.incidents))
    own = sifted.incidents
    account = {"before_window": len(incidents), **accounting.account(sifted)}
    return Earlier(
        own,
        sifted.position,
        sifted.hundredths,
        evidence.local_times(own),
        account,
        accounting.of_history(account, study.account),
    )


def _day_before(start: dt.date) -> dt.date:
    return max(start, FIRST_DAY) - _DAY


def together(session: Session, question: Question, study: Study, past: Earlier) -> Held:
    """Return the incidents of a window and all before it, as arrays to rank units by."""
    own = study.incidents
    when = past.when.append(evidence.local_times(own))
    offences = [pd.Categorical(one["offence_code"]) for one in (past.incidents, own)]
    codes = sorted({str(name) for one in offences for name in one.categories})
    place = {name: at for at, name in enumerate(codes)}
    code = np.concatenate([relabelled(one, place) for one in offences])
    hundredths = np.concatenate((past.hundredths, study.hundredths))
    weight = np.zeros(len(codes), dtype=np.int64)
    weight[code] = hundredths
    families = harm_indexes.weights_of(session, question.index).families(codes)
    return Held(
        units=len(study.units),
        position=np.concatenate((past.position, study.position)),
        hundredths=hundredths,
        day=days_of(when),
        code=code,
        codes=tuple(codes),
        weight=weight,
        family=tuple(map(str, families)),
        months=mostly_months(past.incidents["time_precision"], own["time_precision"]),
        whole=all_months(past.incidents["time_precision"], own["time_precision"]),
    )


def days_of(when: pd.Index[pd.Timestamp]) -> NDArray[np.int64]:
    """Return local times as whole days since 1970-01-01."""
    return when.to_numpy().astype("datetime64[D]").astype(np.int64)


def relabelled(of: pd.Categorical, place: dict[str, int]) -> NDArray[np.intp]:
    """Return the place of each incident's category among some names, shape (n,)."""
    of_category = np.array([place[str(name)] for name in of.categories], dtype=np.intp)
    return of_category[of.codes] if len(of) else np.empty(0, dtype=np.intp)
