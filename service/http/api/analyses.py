"""One GET per analysis in the registry: asked with its parameters, answered from its run."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, create_model

from service.analyses.contract import Process
from service.analyses.registry import PROCESSES
from service.analyses.study.params import AnalysisParams
from service.export import documents
from service.http import waiting
from service.http.api.jobs import JobSummary
from service.http.api.jobs import router as jobs
from service.http.responses import problems
from service.http.waiting import AnswersDep, PreferHeader
from service.jobs.answers import Pending

_KEEP = Field(
    default=True,
    description="Whether the run is stored. `false`: the answer of a quick question is not, and "
    "the id that it names leads nowhere.",
)


def routes() -> APIRouter:
    """Return a route for each analysis that there is now."""
    router = APIRouter(prefix="/api/v1", tags=["analyses"])
    for process in PROCESSES.values():
        _add(router, process)
    return router


def _answer(process: Process[Any]) -> dict[int | str, dict[str, Any]]:
    media_type = documents.MEDIA_TYPES[process.answered_by]
    return {
        200: {"content": {media_type: {"schema": {"type": "object"}}}},
        202: {
            "description": "It takes longer than one waits: `Location` leads to the job that "
            "answers it, and after `Retry-After` seconds the same GET asks again.",
            "model": JobSummary,
        },
    }


def _add(router: APIRouter, process: Process[Any]) -> None:
    asked_model = create_model(
        f"{process.params.__name__}Asked", __base__=process.params, keep=(bool, _KEEP)
    )

    async def answer(
        request: Request,
        answers: AnswersDep,
        asked: Annotated[asked_model, Query()],
        prefer: PreferHeader = None,
    ) -> Response:
        params, keep = _parts(process.params, asked)
        wait_s, applied = waiting.preferred(prefer)
        if wait_s is None:
            wait_s = request.app.state.settings.wait_s
        found = await waiting.unless_gone(
            request, answers.answer(process, params, keep=keep, wait_s=wait_s)
        )
        if found is None:
            return waiting.to_nobody()
        headers = {} if applied is None else {"Preference-Applied": applied}
        if isinstance(found, Pending):
            return _pending(found, headers)
        return Response(
            found.document.content, media_type=found.document.media_type, headers=headers
        )

    # The model is a local name, which the annotation must hold as itself.
    answer.__annotations__["asked"] = Annotated[asked_model, Query()]
    router.add_api_route(
        f"/{process.name}",
        answer,
        methods=["GET"],
        name=f"get_{process.name.replace('-', '_')}",
        summary=process.title,
        description=f"{process.description} The same question again is answered from its run. A "
        "quick one is computed while one waits, another by a worker: what is not answered after "
        "some seconds is a job.",
        response_class=Response,
        responses=_answer(process) | problems(404, 409, 422),
    )


def _parts(model: type[AnalysisParams], asked: Any) -> tuple[AnalysisParams, bool]:
    """Return the parameters of the question alone, and whether its run is stored."""
    given = asked.model_dump(by_alias=True, exclude_unset=True, exclude={"keep"})
    return model.model_validate(given), asked.keep


def _pending(found: Pending, headers: dict[str, str]) -> Response:
    job = JobSummary.of(found.job)
    headers |= {
        "Location": f"{jobs.prefix}/{job.id}",
        "Retry-After": str(found.retry_after_s),
        "Cache-Control": "no-store",
    }
    return JSONResponse(job.model_dump(mode="json"), 202, headers=headers)
