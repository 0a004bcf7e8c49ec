"""The targets of stored runs, by rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ScalarResult, func, select
from sqlalchemy.orm import Session

from service.analyses.property import Property
from service.store.models import AnalysisRun, Target


def of(session: Session, run: AnalysisRun) -> ScalarResult[Target]:
    """Return the targets of a run."""
    return session.scalars(select(Target).where(Target.run_id == run.id).order_by(Target.rank))


def properties(session: Session, run: AnalysisRun) -> Sequence[dict[str, Any]]:
    """Return the properties of the targets of a run, without their shapes."""
    wanted = select(Target.properties).where(Target.run_id == run.id).order_by(Target.rank)
    return session.scalars(wanted).all()


def empty(session: Session, run: AnalysisRun, held: Sequence[Property]) -> frozenset[str]:
    """Return the names of those properties that no target of a run has a value of."""
    every = properties(session, run)
    return frozenset(one.name for one in held if all(row.get(one.name) is None for row in every))


def number(session: Session, run: AnalysisRun) -> int:
    """Return how many targets a run chose."""
    wanted = select(func.count()).where(Target.run_id == run.id)
    return int(session.scalar(wanted) or 0)


def numbers(session: Session, run_ids: Sequence[str]) -> dict[str, int]:
    """Return how many targets each of some runs chose, of those that chose some."""
    wanted = select(Target.run_id, func.count()).where(Target.run_id.in_(run_ids))
    return {row[0]: row[1] for row in session.execute(wanted.group_by(Target.run_id))}


def first_told(
    session: Session, run_ids: Sequence[str], most: int
) -> dict[str, list[tuple[str, str]]]:
    """Return label and note of the first targets of each of some runs."""
    wanted = (
        select(
            Target.run_id,
            Target.properties["label"].as_string(),
            Target.properties["note"].as_string(),
        )
        .where(Target.run_id.in_(run_ids), Target.rank <= most)
        .order_by(Target.run_id, Target.rank)
    )
    told: dict[str, list[tuple[str, str]]] = {}
    for run_id, label, note in session.execute(wanted):
        told.setdefault(run_id, []).append((label or "", note or ""))
    return told
