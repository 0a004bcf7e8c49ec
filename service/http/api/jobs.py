"""Jobs: an analysis asked for now and answered later, watched on its way, dismissed at any time."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from service import jobs
from service.access.roles import Permission
from service.http.dependencies import CallerDep, TenantDep
from service.http.feeds import server_events
from service.http.responses import problems

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])

Status = Literal["accepted", "running", "successful", "failed", "dismissed"]
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {server_events.MEDIA_TYPE: {"schema": {"type": "string"}}}},
    204: {"description": "The job is finished, and its last event was received."},
}


class JobRequest(BaseModel):
    """An analysis to run."""

    model_config = ConfigDict(extra="forbid")

    process: str = Field(examples=["targets"])
    parameters: dict[str, Any] = Field(
        description="Parameters of the process, as its own GET takes them.",
        examples=[{"index": "count", "from": "2024-01-01", "to": "2024-12-31"}],
    )
    publish: StrictBool = Field(
        default=False, description="Publish the run when the job is successful."
    )


class JobSummary(BaseModel):
    """A job: what was asked, how far it is, and the run that answers it."""

    id: str
    process: str
    parameters: dict[str, Any]
    status: Status
    progress: int = Field(ge=0, le=100, description="Percent; it never falls.")
    message: str = Field(description="What is being done.")
    run_id: str | None = Field(description="The run that answers it: GET /api/v1/runs/{run_id}.")
    problem: dict[str, Any] | None = Field(description="Why it failed, as RFC 9457 has it.")
    source: Literal["api", "ogc", "schedule"]
    requested_by: str | None
    publish: bool
    attempts: int = Field(description="How often a worker took it.")
    created_at: dt.datetime
    updated_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None

    @classmethod
    def of(cls, job: jobs.Job) -> JobSummary:
        """Return the summary of a job."""
        return cls(**{name: getattr(job, name) for name in cls.model_fields})


@router.post(
    "",
    summary="Run an analysis later",
    description="The answer names the job at once; workers compute it. With an `Idempotency-Key`, "
    "the same request again gives the same job.",
    status_code=202,
    responses=problems(404, 409, 413, 422),
)
def post_job(
    tenant: TenantDep,
    caller: CallerDep,
    response: Response,
    wanted: JobRequest,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=200,
            description="A retry with the same key and body gives the same job.",
        ),
    ] = None,
) -> JobSummary:
    """Submit a job."""
    if wanted.publish:
        caller.needs_one_of(frozenset({Permission.RESULTS_PUBLISH}))
    with tenant.unit_of_work() as (session, agency):
        job = jobs.submit(
            session,
            agency,
            wanted.process,
            wanted.parameters,
            source="api",
            requested_by=caller.signs,
            idempotency_key=idempotency_key,
            publish=wanted.publish,
        )
        summary = JobSummary.of(job)
    response.headers["Location"] = f"{router.prefix}/{summary.id}"
    return summary


@router.get("", summary="List jobs", responses=problems(422))
def get_jobs(
    tenant: TenantDep,
    status: Annotated[
        list[Status] | None, Query(description="Only jobs of these statuses.")
    ] = None,
    process: Annotated[list[str] | None, Query(description="Only jobs of these processes.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> list[JobSummary]:
    """Return jobs, the newest first."""
    with tenant.unit_of_work() as (session, agency):
        found = jobs.newest(
            session, agency, statuses=status, processes=process, limit=limit, offset=offset
        )
        return [JobSummary.of(job) for job in found]


@router.get("/{job_id}", summary="Read a job", responses=problems(404, 422))
def get_job(tenant: TenantDep, job_id: str) -> JobSummary:
    """Return one job as it is now."""
    with tenant.unit_of_work() as (session, agency):
        return JobSummary.of(jobs.find(session, agency, job_id))


@router.delete(
    "/{job_id}",
    summary="Dismiss a job",
    description="A job that waits never starts, one that runs is stopped and stores nothing. A "
    "finished one is removed; the run that answered it stays. A job that was dismissed stays until "
    "it is dismissed once more.",
    responses=problems(404, 422),
)
def delete_job(tenant: TenantDep, job_id: str) -> JobSummary:
    """Dismiss a job, or remove a finished one."""
    with tenant.unit_of_work() as (session, agency):
        return JobSummary.of(jobs.dismiss(session, agency, job_id))


@router.get(
    "/{job_id}/events",
    summary="Watch a job",
    description="Server-sent events: `progress` with the job as JSON whenever it changed, then one "
    "`finished`, after which the stream ends. Taken up with `Last-Event-ID`, it goes on with what "
    "changed since; 204 when the job was finished by then, so that a browser does not come back.",
    response_class=StreamingResponse,
    responses=_STREAM | problems(404, 422),
)
async def get_job_events(
    request: Request,
    tenant: TenantDep,
    job_id: str,
    last_event_id: Annotated[
        int, Header(ge=-1, le=2**62, description="The last event that was received.")
    ] = -1,
) -> Response:
    """Stream the changes of a job."""

    def now() -> tuple[int, jobs.Job]:
        with tenant.unit_of_work() as (session, agency):
            return agency, jobs.find(session, agency, job_id)

    agency, job = await run_in_threadpool(now)
    if job.status in jobs.FINISHED and job.revision <= last_event_id:
        return Response(status_code=204)
    watch: jobs.JobWatch = request.app.state.job_watch
    changes = watch.watch(agency, job_id, after=last_event_id)
    return server_events.response(_events(changes))


async def _events(changes: AsyncIterator[jobs.Job]) -> AsyncIterator[bytes]:
    async for job in changes:
        yield format_sse_event(
            data_str=JobSummary.of(job).model_dump_json(),
            event="finished" if job.status in jobs.FINISHED else "progress",
            id=str(job.revision),
        )
