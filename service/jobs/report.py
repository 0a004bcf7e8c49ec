"""How the queue stands: what waits, what runs, how long analyses take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.jobs import queue
from service.store.models import JOB_STATUSES, Job

_BOUNDS_S = (1, 3, 10, 30, 60, 300, 900, 3600)


@dataclass(frozen=True)
class QueueState:
    """The queue of an agency at one moment.

    Parameters
    ----------
    jobs
        Number of jobs by status.
    oldest_waiting_s
        How long the job that waits longest has waited, in seconds; 0 when none waits.
    workers
        Living workers of the database.
    """

    jobs: dict[str, int]
    oldest_waiting_s: float
    workers: int


def queue_state(session: Session, agency_id: int, stalled_s: float) -> QueueState:
    """Return how the queue stands; a worker silent for `stalled_s` seconds counts as dead."""
    counted = select(Job.status, func.count().label("number")).where(Job.agency_id == agency_id)
    found = {row.status: row.number for row in session.execute(counted.group_by(Job.status))}
    since = session.scalar(
        select(func.min(Job.created_at)).where(Job.agency_id == agency_id, Job.status == "accepted")
    )
    waited = dt.timedelta() if since is None else dt.datetime.now(dt.UTC) - since
    return QueueState(
        jobs={status: found.get(status, 0) for status in JOB_STATUSES},
        oldest_waiting_s=max(waited.total_seconds(), 0.0),
        workers=queue.living_workers(session, stalled_s),
    )


def metrics(session: Session, agency_id: int, stalled_s: float) -> Iterable[Metric]:
    """Return the queue as Prometheus reads it, over all workers since jobs were last removed."""
    state = queue_state(session, agency_id, stalled_s)
    jobs = GaugeMetricFamily("harmspot_jobs", "Jobs by status.", labels=["status"])
    for status, number in state.jobs.items():
        jobs.add_metric([status], number)
    waiting = GaugeMetricFamily(
        "harmspot_jobs_oldest_waiting_seconds",
        "How long the job that waits longest has waited.",
        value=state.oldest_waiting_s,
    )
    workers = GaugeMetricFamily("harmspot_workers", "Living workers.", value=state.workers)
    return [jobs, waiting, workers, _durations(session, agency_id)]


def _durations(session: Session, agency_id: int) -> HistogramMetricFamily:
    seconds = func.extract("epoch", Job.finished_at - Job.started_at)
    within = [func.count().filter(seconds <= bound) for bound in _BOUNDS_S]
    rows = session.execute(
        select(Job.process, func.sum(seconds), func.count(), *within)
        .where(Job.agency_id == agency_id, Job.status == "successful")
        .group_by(Job.process)
    )
    durations = HistogramMetricFamily(
        "harmspot_job_seconds", "Time from first start to success.", labels=["process"]
    )
    for process, total, number, *counts in rows:
        buckets = [(str(bound), count) for bound, count in zip(_BOUNDS_S, counts, strict=True)]
        durations.add_metric([process], [*buckets, ("+Inf", number)], sum_value=float(total))
    return durations
