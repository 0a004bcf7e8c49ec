"""How long finished jobs are kept; what they found is kept in their runs, for ever."""

from __future__ import annotations

from typing import Final

from procrastinate import App
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service.jobs import queue
from service.jobs.store import FINISHED
from service.store.models import Job
from service.store.session import Database

_AT_ONCE: Final = 1_000  # rows are locked, and watchers told, for no longer than these take


def remove_old(database: Database, days: int) -> int:
    """Remove the jobs of every agency that finished long ago, and return how many.

    What waits or runs stays, however old; so do runs, published or not. Any number of workers may
    do so at once.

    Parameters
    ----------
    database
        Whose jobs.
    days
        How long a finished job is kept.
    """
    removed, more = 0, True
    while more:
        with database.session() as session:
            number = _remove_some(session, days)
        removed, more = removed + number, number == _AT_ONCE
    return removed


async def remove_old_entries(app: App, days: int) -> None:
    """Remove what the queue's library keeps of entries that ended long ago, however they ended."""
    await app.job_manager.delete_old_jobs(
        nb_hours=days * 24,
        queue=queue.QUEUE,
        include_failed=True,
        include_cancelled=True,
        include_aborted=True,
    )


def _remove_some(session: Session, days: int) -> int:
    ended = func.coalesce(Job.finished_at, Job.updated_at)
    old = (
        select(Job.id)
        .where(Job.status.in_(FINISHED), ended < func.now() - func.make_interval(0, 0, 0, days))
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return len(session.scalars(delete(Job).where(Job.id.in_(old)).returning(Job.id)).all())
