"""What is asked of workers: jobs, and the schedules that submit them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import Mapped, mapped_column

from service.store.models.base import Base, one_of

JOB_STATUSES = ("accepted", "running", "successful", "failed", "dismissed")
JOB_SOURCES = ("api", "ogc", "schedule")


class Job(Base):
    """An analysis that was asked for and is answered by a worker; statuses are OGC's words.

    Two triggers keep it honest whoever writes: `progress` never falls and `revision` grows with
    every change, and each change is announced on the channel ``harmspot_job``.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(one_of("status", JOB_STATUSES), name="status"),
        CheckConstraint(one_of("source", JOB_SOURCES), name="source"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        CheckConstraint("(status = 'failed') = (problem IS NOT NULL)", name="problem"),
        Index("ix_job_agency_id_created_at", "agency_id", "created_at"),
        Index("ix_job_run_id", "run_id"),
        Index(
            "uq_job_idempotency_key",
            "agency_id",
            "source",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    process: Mapped[str]
    parameters: Mapped[Any] = mapped_column(JSON)
    """As they were given: defaults are filled in when it runs, and stand in its run."""
    source: Mapped[str]
    requested_by: Mapped[str | None]
    idempotency_key: Mapped[str | None]
    publish: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether its run is published when it is successful."""
    queue_id: Mapped[int | None]
    """Its entry in the queue, which is gone when it is finished."""
    status: Mapped[str] = mapped_column(server_default=text("'accepted'"))
    progress: Mapped[int] = mapped_column(server_default=text("0"))
    message: Mapped[str] = mapped_column(server_default=text("'waiting for a worker'"))
    answer: Mapped[Any | None] = mapped_column(JSON)
    """How the results are wanted (OGC API Processes): `response` and `transmissionMode`."""
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    """How often a worker took it; more than one when workers died or the database failed."""
    revision: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    run_id: Mapped[str | None] = mapped_column(ForeignKey("analysis_run.id", ondelete="SET NULL"))
    """The stored run that answers it."""
    problem: Mapped[dict[str, Any] | None]
    """Why it failed, as RFC 9457 has it."""


class Schedule(Base):
    """An analysis that is asked for again and again, by the clock of a place."""

    __tablename__ = "schedule"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    name: Mapped[str]
    process: Mapped[str]
    parameters: Mapped[Any] = mapped_column(JSON)
    """Those of the process; ``window`` may stand for ``from`` and ``to``: ``last 28 days``."""
    cron: Mapped[str]
    """Minute, hour, day of month, month and day of week, in local time."""
    time_zone: Mapped[str]
    publish: Mapped[bool] = mapped_column(server_default=text("false"))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    last_due_at: Mapped[dt.datetime | None]
    """The last due moment for which a job was submitted."""
    last_job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))
