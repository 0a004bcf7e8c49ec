"""Questions that jobs answer: by which key a job is known to whoever asks the same."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.models import AnalysisRun, Job

KEYS: Final = "question/"
"""How the keys begin of jobs that answer questions which somebody waits for."""


def key_of(run_id: str) -> str:
    """Return the key of the job that computes a run."""
    return f"{KEYS}{run_id}"


def jobs_for(session: Session, agency_id: int, run_ids: Collection[str]) -> dict[str, Job]:
    """Return the job that was asked last for each run, by the run; of those that have one."""
    wanted = select(Job).where(
        Job.agency_id == agency_id, Job.idempotency_key.in_([key_of(one) for one in run_ids])
    )
    found = session.scalars(wanted.order_by(Job.created_at, Job.id.desc()))
    return {str(one.idempotency_key).removeprefix(KEYS): one for one in found}


def naming(session: Session, agency_id: int, test_id: str) -> AnalysisRun | None:
    """Return a run whose provenance names another as its test, the newest of several."""
    told: Any = AnalysisRun.provenance
    wanted = select(AnalysisRun).where(
        AnalysisRun.agency_id == agency_id, told["backtest"]["id"].as_string() == test_id
    )
    newest = wanted.order_by(AnalysisRun.created_at.desc(), AnalysisRun.id)
    return session.scalars(newest.limit(1)).one_or_none()
