"""Stored runs: found by id, listed, the newest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.errors import NotFoundError
from service.store.models import Agency, AnalysisRun
from spatial.errors import Problem


def find(session: Session, agency_id: int, run_id: str) -> AnalysisRun:
    """Return a stored run.

    Raises
    ------
    NotFoundError
        When the agency has no such run.
    """
    run = session.get(AnalysisRun, run_id)
    if run is None or run.agency_id != agency_id:
        raise NotFoundError(
            f"There is no run {run_id}; GET /api/v1/runs lists those that are stored.",
            [Problem("run", f"unknown run {run_id}")],
        )
    return run


def with_agency(session: Session, run_id: str) -> tuple[AnalysisRun, str] | None:
    """Return a run of whatever agency with the agency's name; None: there is none."""
    wanted = (
        select(AnalysisRun, Agency.name)
        .join(Agency, Agency.id == AnalysisRun.agency_id)
        .where(AnalysisRun.id == run_id)
    )
    row = session.execute(wanted).one_or_none()
    return None if row is None else (row[0], row[1])


def by_agency(session: Session) -> list[tuple[str, int]]:
    """Return the number of stored runs of each agency that has some, by its name."""
    counted = (
        select(Agency.name, func.count())
        .join(AnalysisRun, AnalysisRun.agency_id == Agency.id)
        .group_by(Agency.name)
        .order_by(Agency.name)
    )
    return [(name, many) for name, many in session.execute(counted)]


def newest(
    session: Session,
    agency_id: int,
    *,
    processes: Collection[str] | None = None,
    limit: int,
    offset: int = 0,
) -> list[AnalysisRun]:
    """Return stored runs of an agency, the newest first; of some processes where named."""
    wanted = select(AnalysisRun).where(AnalysisRun.agency_id == agency_id)
    if processes is not None:
        # PostgreSQL holds no NUL, so no process has one in its name.
        named = [one for one in processes if "\0" not in one]
        wanted = wanted.where(AnalysisRun.process.in_(named))
    ordered = wanted.order_by(AnalysisRun.created_at.desc(), AnalysisRun.id)
    return list(session.scalars(ordered.limit(limit).offset(offset)))


def by_id(session: Session, agency_id: int, run_ids: Sequence[str]) -> dict[str, AnalysisRun]:
    """Return runs of an agency by their id, those that it has."""
    wanted = select(AnalysisRun).where(
        AnalysisRun.agency_id == agency_id, AnalysisRun.id.in_(run_ids)
    )
    return {one.id: one for one in session.scalars(wanted)}
