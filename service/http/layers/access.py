"""Who may ask what: looked at before anything else of a request is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import structlog
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from service.access.callers import OPEN, Caller, caller_of
from service.access.roles import OF_SINGLE_INCIDENTS, PUBLIC, ROUTES, Permission
from service.errors import (
    NotPermittedError,
    UnauthenticatedError,
    headers_of,
    internal_problem,
    problem_details,
)
from service.http.layers.origins import SAFE_METHODS
from service.http.layers.public_address import route_path
from service.http.responses import problem_response
from service.settings import Settings
from service.store import disk
from spatial.errors import HarmspotError

CSRF_HEADER: Final = "X-CSRF-Token"
_NO_ROUTE: Final = frozenset(Permission)  # whoever is known is told that there is nothing
_SINGLE: Final = frozenset({Permission.INCIDENTS_READ})
_CHALLENGE: Final = 'Basic realm="Harmspot", charset="UTF-8"'
_CHALLENGE_OF_BROWSERS: Final = 'Key realm="Harmspot"'
"""Not Basic: a browser would open a window of its own over the page."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Guarded:
    """A route, and what it asks for."""

    pattern: Any
    methods: frozenset[str]
    template: str
    asks: frozenset[Permission] | None
    """None: it does not stand in the table, and is answered to nobody."""
    below: bool = False
    """Whether it stands for all below its address: a folder of files."""


def guarded_routes(app: Any, prefix: str = "") -> list[_Guarded]:
    """Return the routes of an application in the order in which they are tried.

    Parameters
    ----------
    app
        The application; what is mounted in it is looked into.
    prefix
        Where it is mounted.
    """
    found: list[_Guarded] = []
    for route in iter_route_contexts(app.routes):
        template = f"{prefix}{route.path}"
        if isinstance(route.original_route, Mount):
            inner: Any = route.original_route.app
            if hasattr(inner, "routes"):
                found += guarded_routes(inner, template)
            else:
                pattern = compile_path(f"{template}/{{path:path}}")[0]
                asks = ROUTES.get(template, {}).get("GET")
                found.append(_Guarded(pattern, frozenset({"GET"}), template, asks, below=True))
            continue
        methods = frozenset(route.methods or ()) - {"HEAD", "OPTIONS"}
        for method in sorted(methods):
            asks = _asked_by(template, method)
            found.append(_Guarded(compile_path(template)[0], frozenset({method}), template, asks))
    return found


def _asked_by(template: str, method: str) -> frozenset[Permission] | None:
    found = ROUTES.get(template)
    if found is None and template.removeprefix("/api/v1/") in _processes():
        found = ROUTES["/api/v1/{process}"]
    return (found or {}).get(method)


def _processes() -> frozenset[str]:
    from service.analyses.registry import PROCESSES  # which tests add to

    return frozenset(PROCESSES)


def session_cookie(scope: Scope) -> str:
    """Return the name of the cookie of a session.

    Cookies know no ports: services beside each other on one machine would take each other's.
    """
    port = Request(scope).base_url.port
    return f"harmspot-session-{port}" if port else "harmspot-session"


class Access:
    """Finds out who asks, and lets through what they may.

    Parameters
    ----------
    app
        What is inside.
    settings
        Say whether everybody is answered, and how long sessions rest.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._settings = settings
        self._routes: list[_Guarded] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on whose sender may do what it asks for."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asks = self._asked(scope)
        if asks == PUBLIC:
            await self.app(scope, receive, send)
            return
        try:
            caller = await self._caller(scope)
            self._look(scope, caller, asks)
        except Exception as error:  # what failed is answered here, as the handlers would
            await self._refusal(scope, error)(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self.app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller:
        if self._settings.access == "open":
            return OPEN
        tenant = scope["app"].state.tenant
        return await run_in_threadpool(
            caller_of, Headers(scope=scope), session_cookie(scope), tenant, self._settings
        )

    def _look(self, scope: Scope, caller: Caller, asks: frozenset[Permission] | None) -> None:
        """Refuse what a caller may not do, or what their browser may do without them.

        Raises
        ------
        NotPermittedError
            Naming the permission and the roles that have it.
        """
        method = scope["method"]
        if asks is None and caller.by == "open":
            return
        if asks is None:
            _log.error("a route without permissions", path=scope["path"], method=method)
            raise NotPermittedError("This route is answered to nobody: it has no permissions.")
        caller.needs_one_of(asks)
        if caller.csrf_token is not None and method not in SAFE_METHODS:
            sent = Headers(scope=scope).get(CSRF_HEADER)
            if sent != caller.csrf_token:
                raise NotPermittedError(
                    f"A write of a session takes the header {CSRF_HEADER} with what GET "
                    "/api/v1/session gives: only pages of this service can read it."
                )

    def _asked(self, scope: Scope) -> frozenset[Permission] | None:
        if self._routes is None:
            self._routes = guarded_routes(scope["app"])
        path, method = route_path(scope), scope["method"]
        if path.startswith("/ogc"):  # where a slash at the end says nothing
            path = path.rstrip("/") if path.strip("/") != "ogc" else "/ogc/"
        for one in self._routes:
            found = one.pattern.match(path) if method in one.methods else None
            if found is not None:
                single = found.groupdict().get("collectionId") == OF_SINGLE_INCIDENTS
                return _SINGLE if single else one.asks
        # Another method, or nothing: whoever is known is told which.
        return _NO_ROUTE

    def _refusal(self, scope: Scope, error: Exception) -> Response:
        if isinstance(error, UnauthenticatedError) and _wants_a_page(scope):
            root = scope.get("root_path", "")
            asked = route_path(scope) + (
                f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            )
            return RedirectResponse(f"{root}/login?next={quote(asked, safe='')}", 303)
        if isinstance(error, HarmspotError):
            headers = headers_of(error)
            if isinstance(error, UnauthenticatedError):
                browser = "sec-fetch-mode" in Headers(scope=scope)
                headers["WWW-Authenticate"] = _CHALLENGE_OF_BROWSERS if browser else _CHALLENGE
            return problem_response(problem_details(error), headers)
        refusal = disk.refusal_of(error)
        if refusal is not None:
            return problem_response(problem_details(refusal), headers_of(refusal))
        _log.error("failed", path=scope["path"], exc_info=error)
        return problem_response(internal_problem())


def _wants_a_page(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    if scope["method"] != "GET" or any(name in headers for name in ("authorization", "x-api-key")):
        return False
    navigates = headers.get("sec-fetch-mode", "navigate") == "navigate"
    return navigates and "text/html" in headers.get("accept", "").lower()


def next_page(given: str) -> str:
    """Return where a login leads: a path of this service, whatever was asked for.

    Examples
    --------
    >>> next_page("/runs?page=2"), next_page("https://evil.example/"), next_page("//evil.example")
    ('/runs?page=2', '/', '/')
    """
    inside = given.startswith("/") and not given.startswith(("//", "/\\"))
    plain = not any(ord(one) < 0x20 or one == "\\" for one in given)
    return given if inside and plain else "/"
