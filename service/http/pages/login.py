"""The page on which people log in, and the answers by which a session begins and ends."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from service.access import login, secrets
from service.errors import UnauthenticatedError
from service.http import pages
from service.http.dependencies import TenantDep
from service.http.layers.access import next_page, session_cookie
from service.http.layers.security_headers import page_policy
from service.settings import Settings
from service.store.repository import sessions

router = APIRouter(include_in_schema=False)


@router.get("/login")
def get_login_page(request: Request, after: Annotated[str, Query(alias="next")] = "/") -> Response:
    """Return the page; the code of a link stands behind its #, which no server or log sees."""
    return _page(request, after)


@router.post("/login")
def post_login(
    request: Request,
    tenant: TenantDep,
    code: Annotated[str, Form(max_length=200)],
    after: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """Begin a session by the code of a link, or by a key."""
    settings: Settings = request.app.state.settings
    try:
        with tenant.unit_of_work() as (session, agency):
            begun = login.begin(session, agency, code, settings)
    except UnauthenticatedError as error:
        return _page(request, after, 401, problem=error.message)
    root = request.scope.get("root_path", "")
    answer = RedirectResponse(f"{root}{next_page(after)}", 303)
    answer.set_cookie(
        session_cookie(request.scope),
        begun.cookie,
        expires=begun.expires_at,
        path=f"{root}/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",  # so that a link in a mail leads to its page, which no write is
    )
    return answer


def _page(request: Request, after: str, status: int = 200, problem: str | None = None) -> Response:
    root = request.scope.get("root_path", "")
    content = pages.render("login", root, after=next_page(after), problem=problem)
    # No data and no connection: the page is of its own files alone.
    policy = page_policy(img_src="'self'", connect_src="'none'", form_action="'self'")
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(content, status, headers=headers)


def end_session(request: Request, tenant: TenantDep, response: Response) -> None:
    """End the session of a request's cookie, and have the browser forget it."""
    name = session_cookie(request.scope)
    cookie = request.cookies.get(name)
    if cookie:
        with tenant.unit_of_work() as (session, agency):
            sessions.end(session, agency, secrets.digest(cookie))
    response.headers["Clear-Site-Data"] = '"cache"'  # which keeps what was read of runs for a day
    response.delete_cookie(name, path=f"{request.scope.get('root_path', '')}/")
