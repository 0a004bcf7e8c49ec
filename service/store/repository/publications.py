"""What is published: the runs that clients see unless they ask for another."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.analyses import runs
from service.store.models import AnalysisRun, Publication


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
    wanted = (
        select(AnalysisRun)
        .join(Publication, Publication.run_id == AnalysisRun.id)
        .where(Publication.agency_id == agency_id, Publication.process == process)
    )
    if unit is not None:
        wanted = wanted.where(AnalysisRun.parameters["unit"].as_string() == unit)
    ordered = wanted.order_by(Publication.published_at.desc(), Publication.id.desc())
    return session.scalars(ordered.limit(1)).one_or_none()
