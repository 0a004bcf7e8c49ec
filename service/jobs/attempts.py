"""Jobs as workers see them: taken, answered, failed, given back.

A worker's changes hold only while the job is running and the attempt is its own: a worker that
was taken for dead, and whose job another has taken over, changes nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from service.errors import problem
from service.jobs.store import FINISHED
from service.store.models import Job

MOST = 3
"""Attempts after which a job whose process keeps dying is given up."""

MOST_FAILURES = 50
"""Failures of the database after which a job is given up: it has waited for hours then."""


@dataclass(frozen=True)
class Attempt:
    """A job that a worker has taken, for the first time or again."""

    job_id: str
    agency_id: int
    process: str
    parameters: dict[str, Any]
    number: int
    publish: bool
    requested_by: str


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended, where the job itself does not say it.

    Parameters
    ----------
    failure
        The problem with which the database failed; None: the attempt is over, one way or another.
    counts
        Whether that may be the job's own doing, so that it is not begun again for ever.
    """

    failure: dict[str, Any] | None = None
    counts: bool = False


def take(session: Session, job_id: str) -> Attempt | None:
    """Start an attempt at a job; None when there is nothing to do any more."""
    took = (
        update(Job)
        .where(Job.id == job_id, Job.status.in_(("accepted", "running")))
        .values(
            status="running",
            message="starting",
            attempts=Job.attempts + 1,
            started_at=func.coalesce(Job.started_at, func.now()),
        )
        .returning(Job)
    )
    job = session.scalars(took).one_or_none()
    if job is None:
        return None
    return Attempt(
        job_id=job.id,
        agency_id=job.agency_id,
        process=job.process,
        parameters=job.parameters,
        number=job.attempts,
        publish=job.publish,
        requested_by=job.requested_by or job.source,
    )


def succeed(session: Session, attempt: Attempt, run_id: str) -> bool:
    """Say which run answers the job; False when the attempt no longer counts."""
    return _change(
        session, attempt, status="successful", progress=100, message="done", run_id=run_id
    )


def fail(session: Session, attempt: Attempt, problem: dict[str, Any]) -> bool:
    """Say why the job failed; False when the attempt no longer counts."""
    return _change(session, attempt, status="failed", message=problem["title"], problem=problem)


def give_back(
    session: Session,
    attempt: Attempt,
    *,
    message: str = "waiting for a worker",
    counts: bool = False,
) -> bool:
    """Let the job wait for another attempt.

    Parameters
    ----------
    session
        The unit of work; the caller commits.
    attempt
        What has ended.
    message
        Why the job waits.
    counts
        Whether this attempt counts; otherwise it is as if it had not been begun.
    """
    number = Job.attempts if counts else Job.attempts - 1
    return _change(session, attempt, status="accepted", message=message, attempts=number)


def too_long(limit_s: float) -> dict[str, Any]:
    """Return the problem of an analysis that was stopped since it took too long."""
    return problem(
        500,
        "job-too-long",
        "Took too long",
        f"The analysis was stopped after {limit_s:,.0f} s. Ask for fewer units, permutations or "
        "resamples, or raise HARMSPOT_JOB_LIMIT_S.",
    )


def connection_name(job_id: str) -> str:
    """Return the name of the connections that compute a job."""
    return f"harmspot job {job_id}"


def name_connection(session: Session, name: str) -> None:
    """Mark a session's transaction, and what reads for it, for `end_connections`."""
    session.execute(select(func.set_config("application_name", name, True)))


def end_connections(session: Session, name: str) -> int:
    """End what the database still does for a process that is gone; return how many."""
    ended = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = :name AND datname = current_database()"
    )
    return int(session.scalar(ended, {"name": name}) or 0)


def _change(session: Session, attempt: Attempt, **values: Any) -> bool:
    if values["status"] in FINISHED:
        values["finished_at"] = func.clock_timestamp()
    mine = (
        update(Job)
        .where(Job.id == attempt.job_id, Job.status == "running", Job.attempts == attempt.number)
        .values(**values)
        .returning(Job.id)
    )
    return session.scalar(mine) is not None
