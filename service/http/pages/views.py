"""What pages read of runs: their publications, what they found, and the files they come as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.analyses import registry
from service.export import about, formats, layers, summary
from service.export.formats import FORMATS, Format
from service.store.models import AnalysisRun, Publication, Target, UnitScore

UNITS_SHOWN: Final = 50
"""How many units a page tells, those of the greatest harm; the rest is in the files."""

_TOLD_APART: Final = frozenset({"incidents", "message", "warning"})


@dataclass(frozen=True)
class RunAnswer:
    """What a run found, as its page tells it.

    Parameters
    ----------
    targets
        Properties of its targets, in order of rank.
    units
        Its units of the greatest harm, for runs that choose no targets.
    shares
        How few units hold how much, for runs that measure that.
    """

    targets: Sequence[dict[str, Any]] = ()
    units: Sequence[UnitScore] = ()
    shares: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True)
class Downloads:
    """The files that a run comes as.

    Parameters
    ----------
    whole
        Formats whose files hold all of it.
    single
        Formats whose files hold one layer.
    layers
        Name and title of each layer.
    """

    whole: Sequence[Format]
    single: Sequence[Format] = ()
    layers: Sequence[tuple[str, str]] = field(default=())


def publications_of(session: Session, run_ids: Sequence[str]) -> dict[str, Publication]:
    """Return the publications of runs, for those that are published."""
    found = session.scalars(select(Publication).where(Publication.run_id.in_(run_ids)))
    return {one.run_id: one for one in found}


def runs_of(session: Session, agency_id: int, run_ids: Sequence[str]) -> dict[str, AnalysisRun]:
    """Return runs of an agency by their id."""
    wanted = select(AnalysisRun).where(
        AnalysisRun.agency_id == agency_id, AnalysisRun.id.in_(run_ids)
    )
    return {one.id: one for one in session.scalars(wanted)}


def answer_of(session: Session, run: AnalysisRun) -> RunAnswer:
    """Return what a run found: the places, if any, or the numbers that its process declares."""
    places = registry.find(run.process).places
    if "targets" in places:
        wanted = select(Target.properties).where(Target.run_id == run.id).order_by(Target.rank)
        return RunAnswer(targets=session.scalars(wanted).all())
    if "units" in places:
        ranked = select(UnitScore).where(UnitScore.run_id == run.id).order_by(UnitScore.rank)
        return RunAnswer(units=session.scalars(ranked.limit(UNITS_SHOWN)).all())
    return RunAnswer(shares=run.result["shares"])


def facts_of(run: AnalysisRun) -> list[tuple[str, str]]:
    """Return what a run rests on, without what its page tells elsewhere."""
    return [(name, text) for name, text in about.facts(run) if name not in _TOLD_APART]


def downloads_of(session: Session, run: AnalysisRun) -> Downloads:
    """Return the files that a run comes as: every format of the exports that can hold it."""
    kind = formats.kind_of(run)
    able = [one for one in FORMATS.values() if kind in one.of]
    if kind == formats.SUMMARY:
        held = [(one.name, one.name.capitalize()) for one in summary.TABLES.values()]
    else:
        held = [(one.name, one.title) for one in layers.own_layers(session, run)]
    return Downloads(
        whole=[one for one in able if not one.one_layer],
        single=[one for one in able if one.one_layer],
        layers=held,
    )
