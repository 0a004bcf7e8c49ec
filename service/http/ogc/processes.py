"""OGC API Processes, Part 1: the registry's analyses, executed now or as jobs.

It is the same registry, the same queue and the same stored runs as the rest of the API (OGC
18-062r2).
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Header, Query, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from service import jobs
from service.analyses import registry
from service.analyses.contract import Process
from service.analyses.study.params import AnalysisParams
from service.errors import (
    JobFailedError,
    NoSuchJobError,
    NoSuchProcessError,
    NotFoundError,
    ResultNotReadyError,
)
from service.export import documents
from service.http import waiting
from service.http.dependencies import TenantDep
from service.http.ogc import echo, responses
from service.http.ogc import process_documents as told
from service.http.ogc.links import GEOJSON, HTML, JSON, Contents, contents, link, own
from service.http.ogc.requests import Asked, AskedOfWorkDep, AskedToExecuteDep, refuse_unknown
from service.http.responses import CONTENT
from service.http.waiting import AnswersDep
from service.jobs import store
from service.jobs.answers import Pending
from service.store.repository import runs as stored_runs
from service.store.tenant import Tenant
from spatial.errors import InvalidInputError, Problem

router = APIRouter(tags=["Processes"], dependencies=[Depends(refuse_unknown)])

Status = Literal["accepted", "running", "successful", "failed", "dismissed"]

_RESULTS: Contents = contents(JSON, GEOJSON, "text/plain", "multipart/related") | {
    204: {"description": "The result by reference: the header `Link` leads to it."}
}


class OutputWish(BaseModel):
    """How an output is wanted."""

    model_config = ConfigDict(extra="allow")

    transmissionMode: Literal["value", "reference"] = "value"  # noqa: N815 - the standard's name


class Execute(BaseModel):
    """An analysis to execute."""

    inputs: dict[str, Any] = Field(
        default={},
        description="Inputs of the process, as its description names them.",
        examples=[{"index": "count", "from": "2024-01-01", "to": "2024-12-31"}],
    )
    outputs: dict[str, OutputWish] = Field(
        default={}, description="The outputs wanted; there is one, `result`."
    )
    response: Literal["raw", "document"] = Field(
        default="raw", description="The output itself, or a document that holds it by its name."
    )

    def wish(self) -> dict[str, str]:
        """Return how the answer is wanted, as a job keeps it.

        Raises
        ------
        InvalidInputError
            When an output is asked for that there is not.
        """
        unknown = sorted(set(self.outputs) - {told.OUTPUT})
        if unknown:
            raise InvalidInputError(
                f"There is no output {', '.join(unknown)}; there is: {told.OUTPUT}.",
                [Problem(f"outputs.{name}", "unknown output") for name in unknown],
            )
        mode = self.outputs[told.OUTPUT].transmissionMode if self.outputs else "value"
        return {"response": self.response, "transmissionMode": mode}


@router.get(
    "/processes",
    summary="List processes",
    response_class=Response,
    responses=contents(JSON, HTML),
)
def get_processes(
    asked: AskedOfWorkDep,
    limit: Annotated[int, Query(ge=1, le=1000, description="Greatest number of them.")] = 100,
) -> Response:
    """Return every analysis of the registry in short."""
    listed = told.process_list(
        asked.address, limit, as_html=asked.as_html, with_echo=asked.settings.ogc_echo
    )
    return responses.answer(asked, listed, "processes")


@router.get(
    "/processes/{process_id}",
    summary="Describe a process",
    response_class=Response,
    responses=contents(JSON, HTML),
)
def get_process(asked: AskedOfWorkDep, process_id: str) -> Response:
    """Return an analysis with its inputs and output."""
    if process_id == echo.ID:
        described = echo.description(asked.address, as_html=asked.as_html)
    else:
        process = _process(process_id)
        described = told.description(process, asked.address, as_html=asked.as_html)
    return responses.answer(asked, described, "process")


@router.post(
    "/processes/{process_id}/execution",
    summary="Execute a process",
    description="The answer itself, or with `Prefer: respond-async` a job (201 and its address).",
    response_class=Response,
    responses=_RESULTS
    | {
        201: {
            "description": "A job, which answers later.",
            "content": {JSON: {"schema": {"type": "object"}}},
        }
    },
)
async def post_execution(
    asked: AskedToExecuteDep,
    tenant: TenantDep,
    answers: AnswersDep,
    process_id: str,
    execute: Annotated[Execute, Body()],
    prefer: Annotated[
        str | None, Header(description="`respond-async` asks for a job.", max_length=200)
    ] = None,
) -> Response:
    """Execute an analysis, now or as a job."""
    if process_id == echo.ID:
        wish_of_echo = {"response": execute.response, "outputs": list(execute.outputs)}
        told_back = _echoed(execute.inputs, wish_of_echo)
        if "respond-async" not in _preferences(prefer):
            return told_back
        return await run_in_threadpool(_keep_echo, asked, tenant, execute.inputs, wish_of_echo)
    process, wish = _process(process_id), execute.wish()
    params = store.validated(process.params, execute.inputs, where="inputs")
    if "respond-async" not in _preferences(prefer):
        answering = answers.answer(process, params, source="ogc")
        found = await waiting.unless_gone(asked.request, answering)
        if found is None:
            return waiting.to_nobody()
        if isinstance(found, Pending):  # since the server stops
            raise ResultNotReadyError(_not_ready(found.job), [Problem("job", found.job.status)])
        return _answer(asked, found.document, found.run_id, wish)
    return await run_in_threadpool(_submit, asked, tenant, process, params, wish)


def _echoed(inputs: dict[str, Any], wish: dict[str, Any]) -> Response:
    return echo.execute(inputs, wish["outputs"], as_document=wish["response"] == "document")


def _keep_echo(
    asked: Asked, tenant: Tenant, inputs: dict[str, Any], wish: dict[str, Any]
) -> Response:
    """Return the job of an echo, which is done as soon as it is asked for."""
    with tenant.unit_of_work() as (session, agency):
        job = store.answered(session, agency, echo.ID, inputs, source="ogc", answer=wish)
        return _created(asked, told.status_info(job, asked.address))


def _submit(
    asked: Asked,
    tenant: Tenant,
    process: Process[Any],
    params: AnalysisParams,
    wish: dict[str, str],
) -> Response:
    with tenant.unit_of_work() as (session, agency):
        job = jobs.submit(
            session,
            agency,
            process.name,
            params,
            source="ogc",
            requested_by=asked.request.state.caller.signs,
        )
        job.answer = wish
        session.flush()
        state = told.status_info(job, asked.address)
    return _created(asked, state)


def _created(asked: Asked, state: dict[str, Any]) -> Response:
    headers = {
        "Preference-Applied": "respond-async",
        "Location": asked.address.of("jobs", state["jobID"]),
    }
    return JSONResponse(state, 201, headers=headers)


@router.get("/jobs", summary="List jobs", response_class=Response, responses=contents(JSON, HTML))
def get_jobs(
    asked: AskedOfWorkDep,
    tenant: TenantDep,
    type_: Annotated[  # noqa: ARG001 - there is one type
        list[Literal["process"]] | None,
        Query(alias="type", description="Only jobs of these types."),
    ] = None,
    process_id: Annotated[
        list[str] | None, Query(alias="processID", description="Only jobs of these processes.")
    ] = None,
    status: Annotated[
        list[Status] | None, Query(description="Only jobs with one of these states.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Greatest number of them.")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**62, description="How many to pass over.")] = 0,
) -> Response:
    """Return jobs, the newest first."""
    with tenant.unit_of_work() as (session, agency):
        found = jobs.newest(
            session, agency, statuses=status, processes=process_id, limit=limit + 1, offset=offset
        )
        states = [told.status_info(job, asked.address) for job in found[:limit]]
    links = own(asked.address, "jobs", as_html=asked.as_html)
    if len(found) > limit:
        following = asked.request.url.include_query_params(offset=offset + limit).query
        links.append(link(f"{asked.address.of('jobs')}?{following}", "next", JSON, "Next page"))
    return responses.answer(asked, {"jobs": states, "links": links}, "jobs")


@router.get(
    "/jobs/{job_id}",
    summary="Read the status of a job",
    response_class=Response,
    responses=contents(JSON, HTML),
)
def get_job(asked: AskedOfWorkDep, tenant: TenantDep, job_id: str) -> Response:
    """Return how far a job is."""
    with tenant.unit_of_work() as (session, agency):
        job = _job(session, agency, job_id)
        state = told.status_info(job, asked.address, as_html=asked.as_html)
        return responses.answer(asked, state, "job", job=job)


@router.delete(
    "/jobs/{job_id}",
    summary="Dismiss a job",
    response_class=Response,
    responses=contents(JSON, HTML),
)
def delete_job(asked: AskedOfWorkDep, tenant: TenantDep, job_id: str) -> Response:
    """Stop a job, or remove a finished one."""
    with tenant.unit_of_work() as (session, agency):
        _job(session, agency, job_id)
        job = jobs.dismiss(session, agency, job_id)
        state = told.status_info(job, asked.address, as_html=asked.as_html)
        return responses.answer(asked, state, "job", job=job)


@router.get(
    "/jobs/{job_id}/results",
    summary="Read the results of a job",
    response_class=Response,
    responses=_RESULTS
    | {
        303: {"description": "To the page of the run, for those who asked for a page."},
        500: {
            "description": "Why the job failed, where neither 400 nor 404 says so.",
            "content": CONTENT,
        },
    },
)
def get_results(asked: AskedOfWorkDep, tenant: TenantDep, job_id: str) -> Response:
    """Return what a job found, in the form that its execution asked for, or the page of its run."""
    with tenant.unit_of_work() as (session, agency):
        job = _job(session, agency, job_id)
        if job.status == "failed":
            raise JobFailedError(job.problem or {})
        if job.process == echo.ID and job.status == "successful":
            return _echoed(job.parameters, job.answer or {"response": "raw", "outputs": []})
        if job.status != "successful" or job.run_id is None:
            raise ResultNotReadyError(_not_ready(job), [Problem("job", job.status)])
        if asked.as_html:
            return RedirectResponse(
                f"{_service(asked)}/runs/{job.run_id}", 303, headers={"Vary": "Accept"}
            )
        document = documents.of_run(session, stored_runs.find(session, agency, job.run_id))
        return _answer(asked, document, job.run_id, job.answer or Execute().wish())


def _not_ready(job: jobs.Job) -> str:
    if job.status == "dismissed":
        return f"Job {job.id} was dismissed: it has no results. Execute the process again."
    return (
        f"Job {job.id} is {job.status} ({job.progress} %, {job.message}): there are no results "
        "yet. Ask again when its status is successful."
    )


def _answer(
    asked: Asked, document: documents.Document, run_id: str, wish: dict[str, str]
) -> Response:
    """Return a run's document as it was asked for: raw or named, by value or by reference."""
    export = f"{_service(asked)}/api/v1/runs/{run_id}/export"
    by_reference = wish["transmissionMode"] == "reference"
    if wish["response"] == "document":
        value = {"value": json.loads(document.content), "mediaType": document.media_type}
        linked = {"href": export, "type": document.media_type, "title": f"Run {run_id}"}
        return JSONResponse({told.OUTPUT: linked if by_reference else value})
    if by_reference:
        header = f'<{export}>; rel="{told.OUTPUT}"; type="{document.media_type}"'
        return Response(status_code=204, headers={"Link": header})
    return Response(document.content, media_type=document.media_type)


def _service(asked: Asked) -> str:
    """Return the address of the service that this API is a part of."""
    return asked.address.root.rsplit("/", 1)[0]


def _process(name: str) -> Process[Any]:
    try:
        return registry.find(name)
    except NotFoundError as error:
        raise NoSuchProcessError(error.message, error.problems) from error


def _job(session: Any, agency: int, job_id: str) -> jobs.Job:
    try:
        return jobs.find(session, agency, job_id)
    except NotFoundError as error:
        raise NoSuchJobError(error.message, error.problems) from error


def _preferences(prefer: str | None) -> set[str]:
    return {one.split(";")[0].strip().lower() for one in (prefer or "").split(",")}
