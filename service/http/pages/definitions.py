"""Pages that show the definition of an API; they load nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse

from service.http.layers.security_headers import page_policy

SHELF: Final = "/static-offline-docs"
"""Where the files of the pages are mounted."""

_INLINE: Final = re.compile(rb"<script>(.*?)</script>", re.DOTALL)

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def get_docs(request: Request) -> HTMLResponse:
    """Return the page on which every route can be tried."""
    root = request.scope.get("root_path", "")
    return page_to_try(f"{root}{request.app.openapi_url}", request.app.title, f"{root}{SHELF}")


@router.get("/redoc")
def get_redoc(request: Request) -> HTMLResponse:
    """Return the page on which every route can be read."""
    root = request.scope.get("root_path", "")
    page = get_redoc_html(
        openapi_url=f"{root}{request.app.openapi_url}",
        title=request.app.title,
        redoc_js_url=f"{root}{SHELF}/redoc.standalone.js",
        redoc_favicon_url=f"{root}{SHELF}/favicon.png",
        with_google_fonts=False,
    )
    return _held(page)


def page_to_try(definition: str, title: str, shelf: str) -> HTMLResponse:
    """Return a page on which an API can be tried.

    Parameters
    ----------
    definition
        Address of the API's definition (OpenAPI).
    title
        Of the page.
    shelf
        Address of the files that the page loads.
    """
    page = get_swagger_ui_html(
        openapi_url=definition,
        title=title,
        swagger_js_url=f"{shelf}/swagger-ui-bundle.js",
        swagger_css_url=f"{shelf}/swagger-ui.css",
        swagger_favicon_url=f"{shelf}/favicon.png",
    )
    return _held(page)


def _held(page: HTMLResponse) -> HTMLResponse:
    """Let a page run the scripts that it was made with, and no other.

    They stand in the page, whose maker is a library: each is allowed by its digest. Styles are
    written by the library's scripts as they go.
    """
    digests = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in _INLINE.findall(bytes(page.body))
    )
    page.headers["Content-Security-Policy"] = page_policy(
        script_src=f"'self' {digests}",
        style_src="'self' 'unsafe-inline'",
        font_src="'self' data:",
        worker_src="'self' blob:",
    )
    return page
