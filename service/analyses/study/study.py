"""What every analysis begins with: the window's incidents, weighed, on the units of a study area.

Each incident of the window is accounted for: used, outside the study area, or left out for a
stated reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from service.analyses.study import accounting, months, placed
from service.analyses.study.cautions import cautions as of_sources
from service.analyses.study.districts import Districts
from service.analyses.study.params import AnalysisParams
from service.analyses.study.population import UNSEEN_SHARE, Population
from service.analyses.study.question import Question
from service.analyses.study.snap_report import describe
from service.analyses.study.units.base import LEFT_OUT, OUTSIDE, Units
from service.analyses.study.units.making import make
from service.errors import NoIncidentsError
from service.store.repository import boundaries, harm_indexes
from service.store.repository import incidents as stored
from service.version import libraries
from spatial import aggregate, harm
from spatial.describe import Period
from spatial.errors import Problem
from spatial.incidents import check, reported_late
from spatial.streets import Snapped

if TYPE_CHECKING:
    from service.analyses.study.held import Earlier


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
    cautions
        Likewise, of what is odd about the sources of the incidents.
    districts, population
        District and residents of each unit, where they were asked for.
    snapping
        How incidents snapped to streets, for units that are streets.
    """

    units: Units
    totals: pd.DataFrame
    incidents: pd.DataFrame
    position: NDArray[np.intp]
    hundredths: harm.Hundredths
    account: dict[str, Any]
    warnings: list[str]
    cautions: list[str]
    districts: Districts | None = None
    population: Population | None = None
    snapping: dict[str, Any] | None = None


def prepare(
    session: Session,
    question: Question,
    params: AnalysisParams,
    *,
    units: Units | None = None,
    incidents: pd.DataFrame | None = None,
) -> Study:
    """Read, weigh, place and sum the incidents of the window.

    Parameters
    ----------
    session, question, params
        The unit of work, and what was asked.
    units
        The units of place, where they are not those that the question and the window make.
    incidents
        Those of the window, where they are read already.

    Raises
    ------
    NoIncidentsError
        When nothing is left to analyse; the message says where the incidents went.
    UnmappedOffencesError
        When more offences than allowed have no weight.
    InvalidInputError
        When the resolution cuts the study area into too many units, or no unit is in it.
    """
    period = window(params)
    if incidents is None:
        incidents = stored.read_window(
            session, question.snapshot, period.start.date(), period.end.date(), question.zones
        )
    if len(incidents) == 0:
        by_month, instead = months.of_no_incident(session, question, params)
        raise NoIncidentsError(
            f"There is no incident from {params.start} to {params.end}: choose another window, "
            f"or ingest a file that covers it.{by_month}",
            instead or [Problem("from", str(params.start)), Problem("to", str(params.end))],
        )
    check(incidents)
    units = make(session, question, params, incidents) if units is None else units
    sifted = sift(session, incidents, question, params, units)
    accounting.refuse_unmapped(session, sifted, question, params)
    account = {"in_window": len(incidents), **accounting.account(sifted)}
    if account["used"] == 0:
        reasons = ", ".join(f"{many:,} {reason}" for reason, many in sifted.excluded.items())
        raise NoIncidentsError(
            f"None of the {len(incidents):,} incidents from {params.start} to {params.end} can "
            f"be used: {sifted.outside:,} are outside the study area, and left out are: "
            f"{reasons or 'none'}.",
        )
    snapping, cautions = (
        describe(*sifted.snapped, params.max_snap_m) if sifted.snapped else (None, [])
    )
    cut_months = months.warning(session, question, params, incidents)
    population = population_of(session, question, params, units)
    return Study(
        units=units,
        totals=aggregate.by_unit(sifted.position, sifted.hundredths, len(units)),
        incidents=sifted.incidents,
        position=sifted.position,
        hundredths=sifted.hundredths,
        account=account,
        warnings=[
            *_warnings(account, question.area, units, population),
            *([cut_months] if cut_months else []),
            *cautions,
            *placed.cautions(sifted.incidents),
        ],
        cautions=of_sources(incidents, period),
        districts=districts_of(session, question, units),
        population=population,
        snapping=snapping,
    )


def districts_of(session: Session, question: Question, units: Units) -> Districts | None:
    """Return the district of each unit, where they were asked for."""
    return Districts.read(session, question.districts, units) if question.districts else None


def population_of(
    session: Session, question: Question, params: AnalysisParams, units: Units
) -> Population | None:
    """Return the residents of each unit, where they were asked for."""
    if question.population is None or params.population_column is None:
        return None
    return Population.read(session, question.population, params.population_column, units)


def window(params: AnalysisParams) -> Period:
    """Return the window of an analysis."""
    return Period(pd.Timestamp(params.start), pd.Timestamp(params.end))


def provenance(
    params: AnalysisParams, question: Question, study: Study, past: Earlier | None = None
) -> dict[str, Any]:
    """Return what the answer rests on, as it is stored with the run and shown to readers.

    Parameters
    ----------
    params, question, study
        What was asked, and the window.
    past
        What was before the window, for analyses that rest on it, too.
    """
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
        "references": {
            what: {"name": one.name, "version": one.version}
            for what, one in question.references().items()
        },
        "harm_index": {
            "name": question.index.name,
            "version": question.index.version,
            "title": question.index.title,
            "unit": question.index.unit,
            "citation": question.index.citation,
        },
        "sources": sorted(question.zones),
        "incidents": study.account | ({"history": past.account} if past else {}),
        "snapping": study.snapping,
        "warnings": [*study.warnings, *study.cautions],
        "libraries": libraries(),
    }


@dataclass(frozen=True)
class Sifted:
    """The incidents that count, and what became of the others.

    Parameters
    ----------
    incidents
        Those that count, n rows.
    position, hundredths
        Unit and harm of each, shape (n,).
    outside, excluded
        How many lie outside the study area, and how many are left out by reason.
    weighed
        What those that have a unit weigh.
    offences
        Number of them by offence code.
    unmapped_sources
        Number of those without a weight by source.
    snapped
        How they snapped to streets, with the incidents that could.
    """

    incidents: pd.DataFrame
    position: NDArray[np.intp]
    hundredths: harm.Hundredths
    outside: int
    excluded: dict[str, int]
    weighed: harm.Weighed
    offences: dict[str, int]
    unmapped_sources: dict[str, int]
    snapped: tuple[Snapped, pd.DataFrame] | None


def sift(
    session: Session,
    incidents: pd.DataFrame,
    question: Question,
    params: AnalysisParams,
    units: Units,
) -> Sifted:
    """Keep the incidents that count, and say of each other one why not: the first reason met."""
    excluded: dict[str, int] = {}
    if params.offences is not None:
        chosen = incidents["offence_code"].isin(params.offences).to_numpy()
        excluded["offence_not_asked_for"] = int((~chosen).sum())
        incidents = incidents[chosen]
    coarse = placed.imprecise(incidents, params.place_precision)
    excluded["placed_imprecisely"] = int(coarse.sum())
    incidents = incidents[~coarse] if coarse.any() else incidents
    laid = units.place(incidents)
    position = laid.position
    snapped = None
    if laid.snapped is not None:
        snapped = (laid.snapped, incidents[position != OUTSIDE])
    outside = int((position == OUTSIDE).sum())
    excluded |= {why: int((position == code).sum()) for code, why in LEFT_OUT.items()}
    incidents, position = incidents[position >= 0], position[position >= 0]
    if params.max_report_delay_days is not None:
        late = reported_late(incidents, params.max_report_delay_days)
        excluded["reported_late"] = int(late.sum())
        incidents, position = incidents[~late], position[~late]
    index = harm_indexes.weights_of(session, question.index)
    weighed = harm.weigh(incidents["offence_code"], index, params.detections)
    excluded |= {f"detected_by_{who}": many for who, many in weighed.detected.items()}
    excluded["offence_without_weight"] = sum(weighed.unmapped.values())
    without = incidents["offence_code"].isin(list(weighed.unmapped)).to_numpy()
    return Sifted(
        incidents=incidents[weighed.used],
        position=position[weighed.used],
        hundredths=weighed.hundredths[weighed.used],
        outside=outside,
        excluded={reason: many for reason, many in excluded.items() if many},
        weighed=weighed,
        offences=_numbers(incidents["offence_code"]),
        unmapped_sources=_numbers(incidents["source"][without]),
        snapped=snapped,
    )


def _numbers(of: pd.Series[str]) -> dict[str, int]:
    return {str(one): int(many) for one, many in of.value_counts().items() if many}


def _warnings(
    account: dict[str, Any],
    area: boundaries.StudyArea | None,
    units: Units,
    population: Population | None,
) -> list[str]:
    warnings = []
    if area is None and units.kind.made_of is None:
        warnings.append(
            "No study area was named, so places without incidents are mostly unseen: "
            "significance is judged among places that have some."
        )
    if account["unmapped"]:
        warnings.append(
            f"{sum(account['unmapped'].values()):,} incidents have an offence without a weight "
            f"and are not counted: {', '.join(account['unmapped'])}."
        )
    if population is not None:
        unseen = 1 - population.of.sum() / population.total if population.total else 0.0
        if unseen > UNSEEN_SHARE and units.kind.made_of != "layer":
            warnings.append(
                f"{unseen:.1%} of the population lives where no unit is, and is in no rate."
            )
    return warnings
