"""Publishing a run: from then on it is what clients see of its process."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from service.http.dependencies import CallerDep, TenantDep
from service.http.responses import problems
from service.store.repository import publications

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])


class PublicationSummary(BaseModel):
    """That a run was published, when and by whom."""

    run_id: str
    process: str
    published_at: dt.datetime
    published_by: str


@router.post("/{run_id}/publish", summary="Publish a run", responses=problems(404, 422))
def post_publication(
    tenant: TenantDep,
    run_id: str,
    caller: CallerDep,
    by: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=200,
            description="Who publishes it, where the service does not know who asks.",
        ),
    ] = None,
) -> PublicationSummary:
    """Make a run the latest published one of its process, also when it was published before."""
    with tenant.unit_of_work() as (session, agency):
        made = publications.publish(session, agency, run_id, caller.signs or by or "api")
        return PublicationSummary(
            run_id=made.run_id,
            process=made.process,
            published_at=made.published_at,
            published_by=made.published_by,
        )
