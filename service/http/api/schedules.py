"""Schedules: analyses that are asked for by the clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from service.http.api.names import Name
from service.http.dependencies import TenantDep
from service.http.responses import problems
from service.jobs import schedules
from service.store import models

router = APIRouter(prefix="/api/v1/schedules", tags=["jobs"])


class SchedulePlan(BaseModel):
    """What a schedule asks for, and when."""

    model_config = ConfigDict(extra="forbid")

    process: str = Field(examples=["targets"])
    parameters: dict[str, Any] = Field(
        description="Parameters of the process; `window` may stand for `from` and `to`: `last 28 "
        "days`, `last 4 weeks`, both to yesterday, or `last 12 calendar months`.",
        examples=[{"index": "count", "window": "last 28 days"}],
    )
    cron: str = Field(
        max_length=200,
        description="Minute, hour, day of month, month and day of week, in local time.",
        examples=["0 5 * * 1"],
    )
    time_zone: str | None = Field(
        default=None,
        max_length=100,
        description="Whose local time; by default that of the sources of incidents, when they "
        "share one.",
        examples=["Europe/London"],
    )
    publish: StrictBool = Field(
        default=False, description="Publish each run when it is successful."
    )
    enabled: StrictBool = Field(default=True, description="False: it is kept, but never due.")


class ScheduleSummary(BaseModel):
    """A schedule, with its last and its next due moment."""

    name: str
    process: str
    parameters: dict[str, Any]
    cron: str
    time_zone: str
    publish: bool
    enabled: bool
    created_at: dt.datetime = Field(description="Since when it is as it is.")
    last_due_at: dt.datetime | None
    last_job_id: str | None = Field(description="Its last job: GET /api/v1/jobs/{last_job_id}.")
    next_due_at: dt.datetime | None = Field(
        description="Null while it is not enabled, or when its time cannot be told here."
    )

    @classmethod
    def of(cls, schedule: models.Schedule) -> ScheduleSummary:
        """Return the summary of a schedule."""
        stored = {
            name: getattr(schedule, name) for name in cls.model_fields if name != "next_due_at"
        }
        due = schedules.next_due(schedule, dt.datetime.now(dt.UTC))
        return cls(**stored, next_due_at=due)


@router.get("", summary="List schedules", responses=problems())
def get_schedules(tenant: TenantDep) -> list[ScheduleSummary]:
    """Return the schedules by name."""
    with tenant.unit_of_work() as (session, agency):
        return [ScheduleSummary.of(one) for one in schedules.every(session, agency)]


@router.get("/{name}", summary="Read a schedule", responses=problems(404, 422))
def get_schedule(tenant: TenantDep, name: str) -> ScheduleSummary:
    """Return one schedule."""
    with tenant.unit_of_work() as (session, agency):
        return ScheduleSummary.of(schedules.find(session, agency, name))


@router.put("/{name}", summary="Store a schedule", responses=problems(404, 413, 422))
def put_schedule(tenant: TenantDep, name: Name, plan: SchedulePlan) -> ScheduleSummary:
    """Store a schedule in place of the one of this name; it counts from now."""
    with tenant.unit_of_work() as (session, agency):
        stored = schedules.put(session, agency, name, schedules.Plan(**plan.model_dump()))
        return ScheduleSummary.of(stored)


@router.delete(
    "/{name}", summary="Remove a schedule", status_code=204, responses=problems(404, 422)
)
def delete_schedule(tenant: TenantDep, name: str) -> Response:
    """Remove a schedule; what it asked for stays."""
    with tenant.unit_of_work() as (session, agency):
        schedules.remove(session, agency, name)
    return Response(status_code=204)
