"""What every analysis begins with: the window's incidents, weighed, on the units of a study area.

Each incident of the window is accounted for: used, outside the study area, or left out for a
stated reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from service import boundaries, harm_indexes
from service.db import incidents as stored
from service.db import models
from service.errors import NoIncidentsError, UnmappedOffencesError
from service.processes.params import AnalysisParams
from service.processes.units import CellUnits, Units
from spatial import aggregate, harm
from spatial.errors import Problem
from spatial.evidence import Period
from spatial.incidents import check, reported_late


@dataclass(frozen=True)
class Question:
    """Everything that decides a run's answer."""

    snapshot: stored.DataSnapshot
    zones: dict[str, str]
    index: models.HarmIndex
    area: boundaries.StudyArea | None

    def identity(self) -> dict[str, Any]:
        """Return what, beside process and parameters, makes two questions the same."""
        return {
            "data_version": self.snapshot.data_version,
            "harm_index": self.index.content_sha256.hex(),
            "study_area": self.area.content_sha256 if self.area else None,
        }


@dataclass(frozen=True)
class Study:
    """The incidents of a window on the units of a study area.

    Parameters
    ----------
    units
        The N units of place.
    totals
        `count` and `harm` of each unit, N rows.
    incidents
        The incidents used, n rows.
    position, hundredths
        Unit and harm of each incident used, shape (n,).
    account
        In the window: `in_window`, `used`, `outside`, `excluded` by reason, and `unmapped`
        offences.
    warnings
        Sentences that every reader of the result should see.
    """

    units: Units
    totals: pd.DataFrame
    incidents: pd.DataFrame
    position: NDArray[np.intp]
    hundredths: harm.Hundredths
    account: dict[str, Any]
    warnings: list[str]


def ask(session: Session, agency_id: int, params: AnalysisParams) -> Question:
    """Find what the parameters name, before anything is computed.

    Raises
    ------
    NotFoundError
        When a source, index or study area does not exist.
    """
    return Question(
        snapshot=stored.take_snapshot(session, agency_id),
        zones=stored.sources(session, agency_id, params.sources),
        index=harm_indexes.find(session, agency_id, params.index),
        area=(
            boundaries.study_area(session, agency_id, params.study_area)
            if params.study_area is not None
            else None
        ),
    )


def prepare(session: Session, question: Question, params: AnalysisParams) -> Study:
    """Read, weigh, place and sum the incidents of the window.

    Raises
    ------
    NoIncidentsError
        When nothing is left to analyse; the message says where the incidents went.
    UnmappedOffencesError
        When more offences than allowed have no weight.
    InvalidInputError
        When the resolution cuts the study area into too many units.
    """
    period = window(params)
    incidents = stored.read_window(
        session, question.snapshot, period.start.date(), period.end.date(), question.zones
    )
    if len(incidents) == 0:
        raise NoIncidentsError(
            f"There is no incident from {params.start} to {params.end}: choose another window, "
            "or ingest a file that covers it.",
            [Problem("from", str(params.start)), Problem("to", str(params.end))],
        )
    check(incidents)
    units = CellUnits.of(params, question.area, incidents)
    sifted = _sift(session, incidents, question, params, units)
    _refuse_unmapped(sifted.weighed, question.index, params)
    unmapped = sifted.weighed.unmapped
    account = {
        "in_window": len(incidents),
        "used": len(sifted.incidents),
        "outside": sifted.outside,
        "excluded": sifted.excluded,
        "unmapped": dict(sorted(unmapped.items(), key=lambda one: (-one[1], one[0]))),
    }
    if account["used"] == 0:
        reasons = ", ".join(f"{many:,} {reason}" for reason, many in sifted.excluded.items())
        raise NoIncidentsError(
            f"None of the {len(incidents):,} incidents from {params.start} to {params.end} can "
            f"be used: {sifted.outside:,} are outside the study area, and left out are: "
            f"{reasons or 'none'}.",
        )
    return Study(
        units=units,
        totals=aggregate.by_unit(sifted.position, sifted.hundredths, len(units)),
        incidents=sifted.incidents,
        position=sifted.position,
        hundredths=sifted.hundredths,
        account=account,
        warnings=_warnings(account, question.area),
    )


def place_before(
    session: Session, question: Question, params: AnalysisParams, study: Study
) -> tuple[Period, NDArray[np.intp], harm.Hundredths] | None:
    """Return the window before, and unit and harm of its incidents; None when data do not reach.

    The same rules apply as to the window itself. Data reach back when every source that the study
    uses has its first incident no later than 3 % into the window before (at least a day).
    """
    before = window(params).before()
    used = set(study.incidents["source"].unique())
    zones = {name: zone for name, zone in question.zones.items() if name in used}
    first = stored.first_day(session, question.snapshot.agency_id, zones)
    grace = pd.Timedelta(days=max(1.0, 0.03 * before.days))
    if first is None or pd.Timestamp(first) > before.start + grace:
        return None
    incidents = stored.read_window(
        session, question.snapshot, before.start.date(), before.end.date(), zones
    )
    sifted = _sift(session, incidents, question, params, study.units)
    return before, sifted.position, sifted.hundredths


def window(params: AnalysisParams) -> Period:
    """Return the window of an analysis."""
    return Period(pd.Timestamp(params.start), pd.Timestamp(params.end))


def provenance(params: AnalysisParams, question: Question, study: Study) -> dict[str, Any]:
    """Return what the answer rests on, as it is stored with the run and shown to readers."""
    area = question.area
    return {
        "window": {
            "from": params.start.isoformat(),
            "to": params.end.isoformat(),
            "days": window(params).days,
            "time_zones": sorted(set(question.zones.values())),
        },
        "study_area": {
            "name": area.name if area else None,
            "version": area.version if area else None,
            **study.units.about(),
        },
        "harm_index": {
            "name": question.index.name,
            "version": question.index.version,
            "title": question.index.title,
            "unit": question.index.unit,
            "citation": question.index.citation,
        },
        "sources": sorted(question.zones),
        "incidents": study.account,
        "warnings": study.warnings,
    }


@dataclass(frozen=True)
class _Sifted:
    incidents: pd.DataFrame
    position: NDArray[np.intp]
    hundredths: harm.Hundredths
    outside: int
    excluded: dict[str, int]
    weighed: harm.Weighed


def _sift(
    session: Session,
    incidents: pd.DataFrame,
    question: Question,
    params: AnalysisParams,
    units: Units,
) -> _Sifted:
    """Keep the incidents that count, and say of each other one why not: the first reason met."""
    excluded: dict[str, int] = {}
    if params.offences is not None:
        chosen = incidents["offence_code"].isin(params.offences).to_numpy()
        excluded["offence_not_asked_for"] = int((~chosen).sum())
        incidents = incidents[chosen]
    position = units.place(incidents)
    inside = position >= 0
    outside = int((~inside).sum())
    incidents, position = incidents[inside], position[inside]
    if params.max_report_delay_days is not None:
        late = reported_late(incidents, params.max_report_delay_days)
        excluded["reported_late"] = int(late.sum())
        incidents, position = incidents[~late], position[~late]
    index = harm_indexes.weights_of(session, question.index)
    weighed = harm.weigh(incidents["offence_code"], index, params.detections)
    excluded |= {f"detected_by_{who}": many for who, many in weighed.detected.items()}
    excluded["offence_without_weight"] = sum(weighed.unmapped.values())
    return _Sifted(
        incidents=incidents[weighed.used],
        position=position[weighed.used],
        hundredths=weighed.hundredths[weighed.used],
        outside=outside,
        excluded={reason: many for reason, many in excluded.items() if many},
        weighed=weighed,
    )


def _refuse_unmapped(
    weighed: harm.Weighed, index: models.HarmIndex, params: AnalysisParams
) -> None:
    if weighed.unmapped_share <= params.max_unmapped_share:
        return
    ranked = sorted(weighed.unmapped.items(), key=lambda one: (-one[1], one[0]))
    raise UnmappedOffencesError(
        f"{weighed.unmapped_share:.1%} of the incidents have an offence without a weight in "
        f"{index.name}@{index.version} ({', '.join(code for code, _ in ranked[:5])}"
        f"{', ...' if len(ranked) > 5 else ''}), more than the {params.max_unmapped_share:.1%} "
        "allowed. "
        "Choose an index made for these offences, map them in the ingest profile, or raise "
        "max_unmapped_share.",
        [
            Problem(f"offence {code}", f"{many:,} incidents without a weight")
            for code, many in ranked[:20]
        ],
    )


def _warnings(account: dict[str, Any], area: boundaries.StudyArea | None) -> list[str]:
    warnings = []
    if area is None:
        warnings.append(
            "No study area was named, so places without incidents are mostly unseen: "
            "significance is judged among places that have some."
        )
    if account["unmapped"]:
        warnings.append(
            f"{sum(account['unmapped'].values()):,} incidents have an offence without a weight "
            f"and are not counted: {', '.join(account['unmapped'])}."
        )
    return warnings
