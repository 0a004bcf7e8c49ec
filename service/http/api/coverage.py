"""What the stored incidents cover, for those who are about to ask something of them."""

from __future__ import annotations

from fastapi import APIRouter

from service.http.dependencies import TenantDep
from service.http.responses import problems
from service.store.repository import coverage

router = APIRouter(prefix="/api/v1/incidents", tags=["incidents"])


@router.get("/coverage", summary="Read what the incidents cover", responses=problems())
def get_coverage(tenant: TenantDep) -> coverage.Coverage:
    """Return the first and last day, the sources, and the offences with their numbers."""
    with tenant.unit_of_work() as (session, agency):
        return coverage.read(session, agency)
