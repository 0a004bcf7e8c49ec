"""Pages for people: runs with what was asked of them, one run to read and print, jobs, one job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from service import jobs
from service.analyses import registry
from service.analyses.registry import PROCESSES
from service.analyses.tested import Tested, tested
from service.errors import NotFoundError
from service.http import pages, unstored
from service.http.api.jobs import Status
from service.http.dependencies import TenantDep
from service.http.pages import views
from service.ingest.quality import quality
from service.jobs import report
from service.store.models import JOB_STATUSES
from service.store.repository import batches, publications, runs
from service.store.tenant import Tenant
from service.words.catalogue import gettext

RUNS_SHOWN: Final = 25
JOBS_SHOWN: Final = 50


class Refusals:
    """Refusals that are pages for people."""

    def refusal(
        self, request: Request, body: dict[str, Any], headers: Mapping[str, str] | None
    ) -> Response:
        """Return the page that tells of a problem."""
        tenant: Tenant = request.app.state.tenant
        page = _page(request, "refused", body["status"], problem=body, agency=tenant.agency)
        page.headers.update(headers or {})
        return page


class _PageRoute(Refusals, APIRoute):
    """A route whose refusals are pages too."""


router = APIRouter(route_class=_PageRoute, include_in_schema=False)

Page = Annotated[int, Query(ge=1, le=1_000_000)]


@router.get("/runs")
def get_runs_page(
    request: Request, tenant: TenantDep, process: str | None = None, page: Page = 1
) -> Response:
    """Return the list of runs, each with its question in words."""
    with tenant.unit_of_work() as (session, agency):
        offset = (page - 1) * RUNS_SHOWN
        named = None if process is None else {process}
        found = runs.newest(session, agency, processes=named, limit=RUNS_SHOWN + 1, offset=offset)
        shown = found[:RUNS_SHOWN]
        return _page(
            request,
            "runs",
            runs=shown,
            published=publications.of_runs(session, [run.id for run in shown]),
            process=process,
            processes=PROCESSES.values(),
            page=page,
            more=len(found) > RUNS_SHOWN,
            agency=tenant.agency,
        )


@router.get("/runs/{run_id}")
def get_run_page(request: Request, tenant: TenantDep, run_id: str) -> Response:
    """Return a run: what was asked, what it found, what it rests on, and where its files are."""
    with tenant.unit_of_work() as (session, agency):
        try:
            run = runs.find(session, agency, run_id)
        except NotFoundError:
            how = unstored.ask(request, session, agency, run_id)
            if how is None:
                raise
            return _unstored(request, how, tenant)
        published = publications.of_runs(session, [run.id])
        return _page(
            request,
            "run",
            run=run,
            about=run.provenance,
            published=published.get(run.id),
            facts=views.facts_of(run),
            answer=views.answer_of(session, run),
            test=tested(session, run),
            partial=pages.partial(registry.of(run).page),
            on_map=views.is_on_map(run),
            about_process=views.about_process(run),
            downloads=views.downloads_of(session, run),
            agency=tenant.agency,
        )


@router.get("/jobs")
def get_jobs_page(
    request: Request, tenant: TenantDep, status: Status | None = None, page: Page = 1
) -> Response:
    """Return the queue, and what came of each job."""
    stalled_s = request.app.state.settings.worker_stalled_s
    with tenant.unit_of_work() as (session, agency):
        found = jobs.newest(
            session,
            agency,
            statuses=[status] if status else None,
            limit=JOBS_SHOWN + 1,
            offset=(page - 1) * JOBS_SHOWN,
        )
        shown = found[:JOBS_SHOWN]
        return _page(
            request,
            "jobs",
            jobs=shown,
            unfinished=[job.id for job in shown if job.status not in jobs.FINISHED],
            queue=report.queue_state(session, agency, stalled_s),
            answers=runs.by_id(session, agency, [job.run_id for job in shown if job.run_id]),
            statuses=JOB_STATUSES,
            chosen=status,
            page=page,
            more=len(found) > JOBS_SHOWN,
            agency=tenant.agency,
        )


@router.get("/jobs/{job_id}")
def get_job_page(request: Request, tenant: TenantDep, job_id: str) -> Response:
    """Return a job: how far it is, what was asked, and what came of it or why it failed."""
    with tenant.unit_of_work() as (session, agency):
        job = jobs.find(session, agency, job_id)
        answered = runs.by_id(session, agency, [job.run_id] if job.run_id else [])
        return _page(
            request,
            "job",
            job=job,
            run=answered.get(job.run_id or ""),
            changing=job.status not in jobs.FINISHED,
            agency=tenant.agency,
        )


@router.get("/batches/{batch_id}")
def get_batch_page(request: Request, tenant: TenantDep, batch_id: int) -> Response:
    """Return a batch: what became of its rows, and how good its incidents are."""
    with tenant.unit_of_work() as (session, agency):
        return _page(
            request,
            "quality",
            batch=batches.find(session, agency, batch_id),
            quality=quality.of_batch(session, agency, batch_id),
            agency=tenant.agency,
        )


@router.get("/sources/{name}")
def get_source_page(request: Request, tenant: TenantDep, name: str) -> Response:
    """Return how good the incidents of a source are."""
    with tenant.unit_of_work() as (session, agency):
        found = quality.of_source(session, agency, name)
        return _page(request, "quality", batch=None, quality=found, agency=tenant.agency)


def _unstored(request: Request, how: Tested, tenant: Tenant) -> Response:
    """Lead to the job that computes a run which a list names, or say how it is asked for."""
    if how.job is not None:
        leads = request.scope.get("root_path", "") + how.job.removeprefix("/api/v1")
        return RedirectResponse(leads, 303, headers={"Cache-Control": "no-store"})
    problem = {"title": gettext("This backtest is not computed yet"), "detail": how.words}
    return _page(request, "refused", 202, problem=problem, agency=tenant.agency)


def _page(request: Request, template: str, status: int = 200, **shown: Any) -> Response:
    content = pages.render(template, request.scope.get("root_path", ""), **shown)
    return HTMLResponse(content, status)
