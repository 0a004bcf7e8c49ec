"""The OGC API as an application of its own, mounted in the service."""

from __future__ import annotations

from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from service import __version__
from service.errors import internal_problem, plain, problem, problem_details
from service.http.dependencies import PROBLEM_MEDIA_TYPE
from service.http.ogc import common, features, items, processes, tiles
from service.http.ogc.asking import Known
from spatial.errors import HarmspotError, Problem

_log = structlog.get_logger(__name__)

PATH: Final = "/ogc"


def mount(service: FastAPI) -> None:
    """Mount the OGC API in the service, whose settings and tenant it shares."""
    api = FastAPI(
        title=f"{common.TITLE}: OGC API",
        version=__version__,
        description=common.DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    api.state = service.state
    api.state.ogc = Known()
    for part in (common, features, items, tiles, processes):
        api.include_router(part.router)
    api.add_exception_handler(HarmspotError, _refused)
    api.add_exception_handler(RequestValidationError, _not_valid)
    api.add_exception_handler(HTTPException, _http_problem)
    api.add_exception_handler(Exception, _unexpected)
    service.mount(PATH, api, name="ogc")


def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HarmspotError)
    body = problem_details(error)
    if body["status"] == 422:  # these standards answer 400 to parameters that will not do
        body["status"] = 400
    if body["status"] >= 500:
        _log.error("refused", path=request.url.path, message=error.message)
    return _response(body)


def _not_valid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = tuple(Problem(str(one["loc"][-1]), plain(str(one["msg"]))) for one in error.errors())
    listed = "; ".join(f"{one.where}: {one.message}" for one in found)
    return _response(problem(400, "invalid-input", "Invalid input", f"{listed}.", found))


def _http_problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    body = problem(error.status_code, "http", str(error.detail), str(error.detail))
    return _response(body, error.headers)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    # The cause is for the log alone: it may quote rows, SQL or paths.
    _log.error("failed", path=request.url.path, exc_info=error)
    return _response(internal_problem())


def _response(body: dict[str, Any], headers: Any = None) -> JSONResponse:
    return JSONResponse(body, body["status"], headers=headers, media_type=PROBLEM_MEDIA_TYPE)
