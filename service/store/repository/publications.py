"""What is published: the runs that clients see unless they ask for another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.store.models import AnalysisRun, Publication
from service.store.repository import runs

_Rows = tuple[Any, ...]


def publish(session: Session, agency_id: int, run_id: str, by: str) -> Publication:
    """Make a run the latest published one of its process, though it was published before.

    Parameters
    ----------
    session
        The unit of work; the caller commits.
    agency_id
        Whose run.
    run_id
        The run.
    by
        Who publishes it: a person, or ``schedule NAME``.

    Raises
    ------
    NotFoundError
        When the agency has no such run.
    """
    run = runs.find(session, agency_id, run_id)
    published = insert(Publication).values(
        agency_id=agency_id, process=run.process, run_id=run.id, published_by=by
    )
    again = published.on_conflict_do_update(
        index_elements=[Publication.run_id],
        set_={"published_at": func.clock_timestamp(), "published_by": by},
    )
    return session.scalars(
        again.returning(Publication), execution_options={"populate_existing": True}
    ).one()


def latest(
    session: Session, agency_id: int, process: str, unit: str | None = None
) -> AnalysisRun | None:
    """Return the run of a process that was published last; None when there is none.

    Parameters
    ----------
    session
        The unit of work.
    agency_id
        Whose runs.
    process
        Name of the process.
    unit
        Only runs on this unit of place: ``h3``, ``segment`` or ``polygon``.
    """
    wanted = _published(agency_id, process, unit).with_only_columns(
        AnalysisRun, maintain_column_froms=True
    )
    return session.scalars(_newest_first(wanted).limit(1)).one_or_none()


def newest(
    session: Session,
    agency_id: int,
    process: str,
    unit: str | None = None,
    *,
    limit: int,
    offset: int = 0,
) -> Sequence[tuple[Publication, AnalysisRun]]:
    """Return what was published of a process with its runs, the newest first; see `latest`."""
    wanted = _newest_first(_published(agency_id, process, unit))
    return [(row[0], row[1]) for row in session.execute(wanted.limit(limit).offset(offset))]


def last_published_at(
    session: Session, agency_id: int, process: str, unit: str | None = None
) -> dt.datetime | None:
    """Return when a run of a process was published last; None: never. See `latest`."""
    wanted = _published(agency_id, process, unit)
    return session.scalar(
        wanted.with_only_columns(func.max(Publication.published_at), maintain_column_froms=True)
    )


def of_runs(session: Session, run_ids: Sequence[str]) -> dict[str, Publication]:
    """Return the publications of runs by the run's id, for those that are published."""
    found = session.scalars(select(Publication).where(Publication.run_id.in_(run_ids)))
    return {one.run_id: one for one in found}


def _published(agency_id: int, process: str, unit: str | None) -> Select[*_Rows]:
    wanted = (
        select(Publication, AnalysisRun)
        .join(AnalysisRun, AnalysisRun.id == Publication.run_id)
        .where(Publication.agency_id == agency_id, Publication.process == process)
    )
    if unit is not None:
        wanted = wanted.where(AnalysisRun.parameters["unit"].as_string() == unit)
    return wanted


def _newest_first(wanted: Select[*_Rows]) -> Select[*_Rows]:
    return wanted.order_by(Publication.published_at.desc(), Publication.id.desc())
