"""What becomes of an error on its way to a client: one set of handlers for every application."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Protocol, runtime_checkable

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

from service.errors import headers_of, internal_problem, plain, problem, problem_details
from service.http.responses import problem_response
from service.store import disk
from spatial.errors import HarmspotError, Problem

_log = structlog.get_logger(__name__)


_OF_PROGRAMS: Final = ("/api/", "/ogc/", "/static/")
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Manner:
    """What applications say differently.

    Parameters
    ----------
    invalid
        The status of input that will not do.
    place
        What the place of such input is called, from the framework's way to it.
    """

    invalid: int
    place: Callable[[Sequence[Any]], str]


API: Final = Manner(422, lambda way: ".".join(str(part) for part in way))
OGC: Final = Manner(400, lambda way: str(way[-1]))
"""As those standards have it: 400, and the parameter's name alone."""


@runtime_checkable
class SaysItself(Protocol):
    """A route that writes its refusals itself, such as pages for people."""

    def refusal(
        self, request: Request, body: dict[str, Any], headers: Mapping[str, str] | None
    ) -> Response:
        """Return the response that tells of a problem (RFC 9457)."""
        ...


def add_handlers(app: FastAPI, manner: Manner = API) -> None:
    """Have an application answer every error with the problem that it is.

    Parameters
    ----------
    app
        The application; one that is mounted in another needs handlers of its own.
    manner
        How it says what the standards that it follows say differently.
    """

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HarmspotError)
        body = problem_details(error)
        if body["status"] == API.invalid:
            body = body | {"status": manner.invalid}
        return _refused(request, error, body)

    def not_valid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = tuple(
            Problem(manner.place(one["loc"]), plain(str(one["msg"]))) for one in error.errors()
        )
        listed = "; ".join(f"{one.where}: {one.message}" for one in found)
        body = problem(manner.invalid, "invalid-input", "Invalid input", f"{listed}.", found)
        return _answer(request, body)

    app.add_exception_handler(HarmspotError, refused)
    app.add_exception_handler(RequestValidationError, not_valid)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(OSError, _unexpected)  # answered like others, and not raised again
    app.add_exception_handler(Exception, _unexpected)


def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    body = problem(error.status_code, "http", str(error.detail), str(error.detail))
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
    return _answer(request, body, headers)


def _methods(request: Request) -> list[str]:
    """Return what may be done at an address; the framework names what its first route does."""
    routes = [one for one in request.app.routes if not isinstance(one, Mount)]
    found = []
    for method in _METHODS:
        asked = {**request.scope, "method": method}
        if any(one.matches(asked)[0] is Match.FULL for one in routes):
            found += [method, "HEAD"] if method == "GET" else [method]
    return found


def _unexpected(request: Request, error: Exception) -> Response:
    # Of a driver that was called outside any unit of work, or of a disk without room.
    refusal = disk.refusal_of(error)
    if refusal is not None:
        return _refused(request, refusal, problem_details(refusal))
    # The cause is for the log alone: it may quote rows, SQL or paths.
    _log.error("failed", path=request.url.path, exc_info=error)
    return _answer(request, internal_problem())


def _refused(request: Request, error: HarmspotError, body: dict[str, Any]) -> Response:
    if body["status"] >= 500:
        _log.error("refused", path=request.url.path, message=error.message)
    return _answer(request, body, headers_of(error))


def _answer(
    request: Request, body: dict[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    route = request.scope.get("route")
    if isinstance(route, SaysItself):
        return route.refusal(request, body, headers)
    room: SaysItself | None = getattr(request.app.state, "refusals", None)
    if route is None and room is not None and _of_a_browser(request):
        return room.refusal(request, body, headers)
    return problem_response(body, headers)


def _of_a_browser(request: Request) -> bool:
    """Tell whether a person looks for a page: of no room whose answers programs read."""
    scope = request.scope
    # That of the whole service: what is mounted in it has a root path of its own.
    path = scope["path"].removeprefix(scope.get("app_root_path", scope.get("root_path", "")))
    if path.startswith(_OF_PROGRAMS):
        return False
    return "text/html" in request.headers.get("accept", "").lower()
