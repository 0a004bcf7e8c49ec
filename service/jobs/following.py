"""What the service asks for by itself after a run: the backtest of each list that it computes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import structlog

from service.jobs import store
from service.store.models import AnalysisRun, Job

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.store.session import Database

LATER: Final = -1
"""Priority of what nobody waits for."""

_log = structlog.get_logger(__name__)


def queue_test(
    session: Session,
    agency_id: int,
    process_name: str,
    given: Mapping[str, Any],
    run_id: str,
    *,
    priority: int = LATER,
) -> Job | None:
    """Queue the test that a run names, unless it is stored or was asked for already.

    Parameters
    ----------
    session, agency_id
        The unit of work, and whose run; the caller commits.
    process_name, given
        What was run, with what.
    run_id
        The run.
    priority
        Those of a lower one wait for those of a higher.

    Returns
    -------
    Job or None
        None where the run names no test, or it is stored.
    """
    run = session.get(AnalysisRun, run_id)
    named = None if run is None else run.provenance.get("backtest")
    if not isinstance(named, dict) or session.get(AnalysisRun, named["id"]) is not None:
        return None
    # Workers, which leave computing to their children, do without the weight of the analyses.
    from service.analyses import registry

    tester = registry.tester_of(process_name)
    if tester is None:
        return None
    return store.ask(
        session,
        agency_id,
        tester.name,
        given,
        run_id=named["id"],
        source="api",
        priority=priority,
    )


def ask(session: Session, run: AnalysisRun) -> None:
    """Queue the test that a run names for somebody who waits for it; the caller commits.

    Parameters
    ----------
    session
        The unit of work.
    run
        A run whose test is not stored.
    """
    from service.analyses import registry

    given = registry.of(run).params.of_stored(run.parameters)
    queue_test(session, run.agency_id, run.process, given, run.id, priority=0)


def queue_after(database: Database, job_id: str) -> None:
    """Queue the test of the run that a job has left, if it left one that names a test.

    The job is done whatever becomes of it: what fails here is logged.
    """
    try:
        with database.session() as session:
            job = session.get(Job, job_id)
            if job is not None and job.run_id is not None:
                queue_test(session, job.agency_id, job.process, job.parameters, job.run_id)
    except Exception as error:
        _log.warning("the test of a run is not queued", job=job_id, error=str(error))
