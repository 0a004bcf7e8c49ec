"""All incidents that are held up to the last day of a window, on the units of its study."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from service.analyses.study.params import AnalysisParams
from service.analyses.study.question import Question
from service.analyses.study.study import Study, sift, window
from service.store.repository import incidents as stored
from spatial import describe as evidence
from spatial.harm import Hundredths

FIRST_DAY = dt.date(1900, 1, 1)
"""No incident is older: the ingest refuses it."""

_DAY = pd.Timedelta(days=1)


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
    """

    incidents: pd.DataFrame
    position: NDArray[np.intp]
    hundredths: Hundredths
    when: pd.DatetimeIndex


def earlier(session: Session, question: Question, params: AnalysisParams, study: Study) -> Earlier:
    """Read what happened on the units of a study before its window: all that is held."""
    incidents = stored.read_window(
        session,
        question.snapshot,
        FIRST_DAY,
        (window(params).start - _DAY).date(),
        question.zones,
    )
    sifted = sift(session, incidents, question, params, study.units)
    own = sifted.incidents
    when = evidence.local_times(own, pd.Categorical(own["time_zone"]))
    return Earlier(own, sifted.position, sifted.hundredths, when)
