"""The queue in PostgreSQL: how an entry gets in and out, and how the dead's entries are freed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.store.session import driver_connection

if TYPE_CHECKING:
    from procrastinate import App

QUEUE = "analyses"
TASK = "harmspot.analyse"

# The row lock decides between workers that find the same entry: the second no longer finds it.
_FREE_STALLED = text("""
    WITH stalled AS (
        SELECT entry.id
          FROM procrastinate_jobs AS entry
          LEFT JOIN procrastinate_workers AS worker ON worker.id = entry.worker_id
         WHERE entry.status = 'doing'
           AND entry.queue_name = :queue
           AND (worker.id IS NULL
                OR worker.last_heartbeat < now() - make_interval(secs => :stalled_s))
           FOR UPDATE OF entry SKIP LOCKED
    )
    SELECT id, procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM stalled
""")
_LIVING = text("""
    SELECT count(*) FROM procrastinate_workers
     WHERE last_heartbeat > now() - make_interval(secs => :stalled_s)
""")


def put(session: Session, job_id: str, priority: int = 0) -> int:
    """Queue a job in the transaction of a session, and return the entry's number.

    Of those that wait workers take the one of the highest priority.
    """
    deferrer = _app().configure_task(
        TASK, queue=QUEUE, priority=priority, connection=driver_connection(session)
    )
    return deferrer.defer(job_id=job_id)


def cancel(session: Session, entry: int) -> None:
    """Remove an entry that waits, or ask the worker that has it to stop; once this commits."""
    _app().job_manager.cancel_job_by_id(
        entry, abort=True, delete_job=True, connection=driver_connection(session)
    )


def free_stalled(session: Session, stalled_s: float) -> list[int]:
    """Give back the entries of workers that have been silent too long, and return them."""
    rows: Any = session.execute(_FREE_STALLED, {"queue": QUEUE, "stalled_s": stalled_s})
    return [row.id for row in rows]


def living_workers(session: Session, stalled_s: float) -> int:
    """Return how many workers of this database live."""
    return int(session.scalar(_LIVING, {"stalled_s": stalled_s}) or 0)


@cache
def _app() -> App:
    # It never opens a connection: entries are made and removed on those of the callers.
    from procrastinate import App, SyncPsycopgConnector

    return App(connector=SyncPsycopgConnector())
