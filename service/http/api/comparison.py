"""Two runs of targets side by side: what is new, what left, what moved."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from service.export import comparison, geojson
from service.http.dependencies import TenantDep
from service.http.geojson import places
from service.http.responses import problems

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])


@router.get(
    "/{run_id}/comparison",
    summary="Compare the targets of two runs",
    description="The targets of this run, and those of an earlier one that left the list, each "
    "with its `status` (`new`, `up`, `down`, `same`, `left`, or `gone` where nothing is left, "
    "beyond chance) and its rank in both. `count`, `harm` and what they were before are those of "
    "the lists; "
    "`change` (`gone`, `fallen`, `risen`, `steady`, `too_little_data`) and the ratios with their "
    "intervals are by the day, on the same units. `summary` and `sentence` tell the whole, "
    "`cautions` what cannot be compared.",
    response_class=Response,
    responses=places("ComparedTarget") | problems(404, 422),
)
def get_comparison(
    tenant: TenantDep,
    run_id: str,
    earlier: Annotated[
        str, Query(alias="with", description="The run of targets to compare with: the earlier one.")
    ],
) -> Response:
    """Return what changed between two runs as GeoJSON, the same bytes each time."""
    with tenant.unit_of_work() as (session, agency):
        content = comparison.document(session, agency, run_id, earlier)
    return Response(content, media_type=geojson.MEDIA_TYPE)
