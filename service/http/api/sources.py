"""Sources of incidents: which there are, what is cancelled of one, and an end to one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from service.http.dependencies import TenantDep
from service.http.responses import problems
from service.ingest import sources
from service.ingest.quality import quality
from service.ingest.quality.quality import QualityReport
from service.ingest.report import BatchReport

router = APIRouter(prefix="/api/v1/sources", tags=["incidents"])

Reason = Annotated[str | None, Query(description="Why.", max_length=1000)]
By = Annotated[str, Query(min_length=1, max_length=200, description="Who asks for it.")]


class Cancellation(BaseModel):
    """Incidents that the force has cancelled."""

    ids: list[str] = Field(
        description="Their `external_id`.", min_length=1, max_length=sources.MAX_IDS
    )
    reason: str | None = Field(default=None, description="Why.", max_length=1000)


@router.get("", summary="List sources")
def get_sources(tenant: TenantDep) -> list[sources.SourceAbout]:
    """Return the sources of incidents, by name."""
    with tenant.unit_of_work() as (session, agency):
        return sources.sources(session, agency)


@router.get("/{name}/quality", summary="Read how good a source is", responses=problems(404, 422))
def get_source_quality(tenant: TenantDep, name: str) -> QualityReport:
    """Return how good the incidents of a source are, and what changed in the latest months."""
    with tenant.unit_of_work() as (session, agency):
        return quality.of_source(session, agency, name)


@router.delete(
    "/{name}",
    summary="Delete a source",
    description="All its incidents are taken away, as a batch of the kind `delete` that can be "
    "undone. With `purge` it is for good: its rejected rows go too, and none of its batches can "
    "be undone.",
    responses=problems(404, 422),
)
def delete_source(
    tenant: TenantDep,
    name: str,
    purge: Annotated[bool, Query(description="Whether it is for good.")] = False,
    reason: Reason = None,
    by: By = "api",
) -> BatchReport:
    """Take away all incidents of a source."""
    from service.ingest.undoing import removing

    with tenant.unit_of_work() as (session, agency):
        return removing.delete_source(session, agency, name, by=by, reason=reason, purge=purge)


@router.post(
    "/{name}/cancellations",
    summary="Cancel incidents",
    description="Incidents that the force has cancelled (no-crimed) are taken away, and their rows "
    "are held back from now on: a batch of the kind `cancel`, which can be undone.",
    responses=problems(404, 413, 422),
)
def post_cancellations(
    tenant: TenantDep, name: str, cancellation: Cancellation, by: By = "api"
) -> BatchReport:
    """Cancel incidents by their ids."""
    from service.ingest.undoing import removing

    with tenant.unit_of_work() as (session, agency):
        return removing.cancel(
            session, agency, name, cancellation.ids, by=by, reason=cancellation.reason
        )
