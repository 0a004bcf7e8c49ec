"""Jobs as those who ask see them: submitted, read and dismissed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pydantic import ValidationError
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.errors import ConflictError, NotFoundError, plain
from service.jobs import queue
from service.store import locks
from service.store.models import Job
from service.store.repository.asked import key_of
from spatial.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    from service.analyses.contract import Process
    from service.analyses.study.params import AnalysisParams

FINISHED = frozenset({"successful", "failed", "dismissed"})

FAILURE_STANDS = dt.timedelta(minutes=5)
"""How long the failure of a job answers the same question: those who wait look again sooner."""


def submit(
    session: Session,
    agency_id: int,
    process_name: str,
    params: AnalysisParams | Mapping[str, Any],
    *,
    source: str,
    idempotency_key: str | None = None,
    requested_by: str | None = None,
    publish: bool = False,
    priority: int = 0,
) -> Job:
    """Ask for an analysis; it exists and is queued if and only if the transaction commits.

    Parameters
    ----------
    session
        The unit of work; the caller commits.
    agency_id
        Whose data.
    process_name, params
        What to run, with what: a model, or values for one.
    source
        What asks: ``api``, ``ogc`` or ``schedule``.
    idempotency_key
        Asking again with the same key (of the same source) gives the first job.
    requested_by
        Who asks.
    publish
        Whether to publish the run when it is successful.
    priority
        Those of a lower one wait for those of a higher.

    Raises
    ------
    NotFoundError
        When there is no such process.
    InvalidInputError
        When the parameters do not fit it; all problems at once.
    ConflictError
        When the key was used for another question.
    """
    # Workers, which leave computing to their children, do without the weight of the analyses.
    from service.analyses import registry

    process = registry.find(process_name)
    given = checked(process.params, params)
    if source != "schedule":  # what its window will hold is not known yet
        _refuse_early(session, agency_id, process, given)
    new = (
        insert(Job)
        .values(
            id=str(uuid4()),
            agency_id=agency_id,
            process=process.name,
            parameters=given,
            source=source,
            requested_by=requested_by,
            idempotency_key=idempotency_key,
            publish=publish,
        )
        .on_conflict_do_nothing(
            index_elements=[Job.agency_id, Job.source, Job.idempotency_key],
            index_where=Job.idempotency_key.is_not(None),
        )
        .returning(Job)
    )
    job = session.scalars(new).one_or_none()
    if job is None:
        asked = (process.name, given, publish)
        return _asked_before(session, agency_id, asked, source, idempotency_key)
    job.queue_id = queue.put(session, job.id, priority)
    session.flush()
    session.refresh(job)
    return job


def answered(
    session: Session,
    agency_id: int,
    process_name: str,
    given: Mapping[str, Any],
    *,
    source: str,
    answer: Mapping[str, Any],
) -> Job:
    """Store a job that is done already, of a process that leaves no run.

    Parameters
    ----------
    session, agency_id
        The unit of work, and whose job.
    process_name, given
        What was executed, with what.
    source
        What asked: ``api`` or ``ogc``.
    answer
        How its results are wanted.
    """
    now = dt.datetime.now(dt.UTC)
    job = Job(
        id=str(uuid4()),
        agency_id=agency_id,
        process=process_name,
        parameters=dict(given),
        source=source,
        status="successful",
        progress=100,
        message="done",
        answer=dict(answer),
        started_at=now,
        finished_at=now,
    )
    session.add(job)
    session.flush()
    session.refresh(job)
    return job


def _refuse_early(
    session: Session, agency_id: int, process: Process[Any], given: Mapping[str, Any]
) -> None:
    """Refuse what cannot be answered; what it names and is not there, the job itself tells."""
    from service.analyses.study import question

    params = process.params.model_validate(given)
    try:
        named = question.look_up(session, agency_id, params)
    except NotFoundError:
        return
    process.refuse(session, params, named)


def ask(
    session: Session,
    agency_id: int,
    process_name: str,
    given: Mapping[str, Any],
    *,
    run_id: str,
    source: str,
    priority: int = 0,
) -> Job:
    """Return the job that answers a question, submitted now unless somebody asked before.

    A question that was refused is refused again, since its run's name says that nothing has
    changed. One whose job failed otherwise is asked anew some minutes later, when whoever waited
    for it was told, and one whose job was dismissed at once.

    Parameters
    ----------
    session, agency_id, process_name, given, source, priority
        As `submit` takes them.
    run_id
        Name of the run that will answer it.

    Raises
    ------
    InvalidInputError
        When the parameters do not fit the process.
    """
    key = key_of(run_id)
    locks.hold(session, f"{key}/{source}")
    asked = select(Job, Job.finished_at < func.now() - FAILURE_STANDS).where(
        Job.agency_id == agency_id, Job.source == source, Job.idempotency_key == key
    )
    found = session.execute(asked).one_or_none()
    if found is not None:
        job, long_ago = found
        if not _to_be_asked_anew(job, long_ago):
            return job
        job.idempotency_key = None
        session.flush()
    return submit(
        session,
        agency_id,
        process_name,
        given,
        source=source,
        idempotency_key=key,
        priority=priority,
    )


def _to_be_asked_anew(job: Job, long_ago: bool | None) -> bool:
    if job.status == "failed":
        refused = int((job.problem or {}).get("status", 500)) < 500
        return not refused and bool(long_ago)
    # A job that was answered and whose run is gone since answers nothing any more.
    return job.status == "dismissed" or (job.status == "successful" and job.run_id is None)


def checked(
    model: type[AnalysisParams], params: AnalysisParams | Mapping[str, Any]
) -> dict[str, Any]:
    """Return parameters as JSON, those that were given and no more.

    Raises
    ------
    InvalidInputError
        When they do not fit; each problem names its parameter.
    """
    fitting = validated(model, params) if isinstance(params, Mapping) else params
    given: dict[str, Any] = fitting.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return given


def validated(
    model: type[AnalysisParams], given: Mapping[str, Any], *, where: str = "parameters"
) -> AnalysisParams:
    """Return the model of parameters that stand at a place of a body; raises as `checked` does."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _invalid(error, where) from error


def find(session: Session, agency_id: int, job_id: str, *, lock: bool = False) -> Job:
    """Return a job, locked until the transaction ends where that is asked for.

    Raises
    ------
    NotFoundError
        When the agency has no such job.
    """
    wanted = select(Job).where(Job.id == job_id, Job.agency_id == agency_id)
    job = session.scalars(wanted.with_for_update(key_share=True) if lock else wanted).one_or_none()
    if job is None:
        raise NotFoundError(
            f"There is no job {job_id}; GET /api/v1/jobs lists those that there are.",
            [Problem("job", f"unknown job {job_id}")],
        )
    return job


def newest(
    session: Session,
    agency_id: int,
    *,
    limit: int,
    offset: int = 0,
    statuses: Collection[str] | None = None,
    processes: Collection[str] | None = None,
) -> list[Job]:
    """Return jobs of an agency, the newest first; of some statuses or processes where named."""
    wanted = select(Job).where(Job.agency_id == agency_id)
    if statuses is not None:
        wanted = wanted.where(Job.status.in_(statuses))
    if processes is not None:
        # PostgreSQL holds no NUL, so no process has one in its name.
        named = [one for one in processes if "\0" not in one]
        wanted = wanted.where(Job.process.in_(named))
    ordered = wanted.order_by(Job.created_at.desc(), Job.id)
    return list(session.scalars(ordered.limit(limit).offset(offset)))


def dismiss(session: Session, agency_id: int, job_id: str) -> Job:
    """Stop a job, or remove it when it is finished, as OGC API Processes has it.

    One that waits never starts. One that runs is stopped once this commits: it stores nothing from
    then on, and its worker ends the process that computes it. A finished one is forgotten; the run
    that answered it stays, since it may answer others and may be published.

    Returns
    -------
    Job
        The job with the status ``dismissed``.

    Raises
    ------
    NotFoundError
        When the agency has no such job.
    """
    job = find(session, agency_id, job_id, lock=True)
    if job.status in FINISHED:
        session.execute(delete(Job).where(Job.id == job_id))
        session.expunge(job)
        job.status, job.message = "dismissed", "removed"
        job.problem = None
        return job
    job.status, job.message = "dismissed", "dismissed"
    job.finished_at = func.clock_timestamp()
    if job.queue_id is not None:
        queue.cancel(session, job.queue_id)
    session.flush()
    session.refresh(job)
    return job


def _asked_before(
    session: Session,
    agency_id: int,
    asked: tuple[str, dict[str, Any], bool],
    source: str,
    key: str | None,
) -> Job:
    before = select(Job).where(
        Job.agency_id == agency_id, Job.source == source, Job.idempotency_key == key
    )
    job = session.scalars(before).one()
    if (job.process, job.parameters, job.publish) != asked:
        raise ConflictError(
            f"The Idempotency-Key {key} was used for another analysis, or with another word on "
            f"publishing it (job {job.id}): use a new key for a new question.",
            [Problem("Idempotency-Key", "used for another question")],
        )
    return job


def _invalid(error: ValidationError, where: str) -> InvalidInputError:
    problems = tuple(
        Problem(
            ".".join([where, *(str(part) for part in one["loc"])]),
            plain(one["msg"]),
        )
        for one in error.errors()
    )
    listed = "; ".join(f"{one.where}: {one.message}" for one in problems)
    return InvalidInputError(f"{listed}.", problems)
