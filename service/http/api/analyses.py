"""One GET per analysis in the registry: asked with its parameters, answered from its run."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from service.analyses import runs
from service.analyses.contract import Process
from service.analyses.registry import PROCESSES
from service.export import documents
from service.http import geojson
from service.http.dependencies import TenantDep
from service.http.responses import problems


def routes() -> APIRouter:
    """Return a route for each analysis that there is now."""
    router = APIRouter(prefix="/api/v1", tags=["analyses"])
    for process in PROCESSES.values():
        _add(router, process)
    return router


def _add(router: APIRouter, process: Process[Any]) -> None:
    params_model = process.params

    def answer(
        tenant: TenantDep,
        params: Annotated[params_model, Query()],  # type: ignore[valid-type]
    ) -> Response:
        with tenant.unit_of_work() as (session, agency):
            run = runs.execute(session, agency, process, params)
            document = documents.of_run(session, run)
        return Response(document.content, media_type=document.media_type)

    # The parameters' model is a local name, which the annotation must hold as itself.
    answer.__annotations__["params"] = Annotated[params_model, Query()]
    router.add_api_route(
        f"/{process.name}",
        answer,
        methods=["GET"],
        name=f"get_{process.name.replace('-', '_')}",
        summary=process.title,
        description=f"{process.description} The same question again is answered from its run.",
        response_class=Response,
        responses=geojson.answered_by(process.answered_by) | problems(404, 422),
    )
