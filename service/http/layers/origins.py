"""Whose pages a browser may ask for: those of this service, and those that the settings name.

A browser sends what any page tells it to, with whatever lets its reader in. It says itself for whom
it asks (`Origin`, RFC 6454; `Sec-Fetch-Site`, W3C Fetch Metadata); other clients say neither.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import ForeignPageError, problem_details
from service.http.responses import problem_response
from service.settings import Settings

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN: Final = ("same-origin", "none")  # a page of ours, or the reader's own hand
_PORTS: Final = {"http": 80, "https": 443}


class OwnPages:
    """Refuses what a browser asks for pages of other sites.

    Writes are taken for pages of this service alone, and for those of `cors_origins` as far as
    `cors_methods` goes. Reads may begin with a link anywhere; but no other site may load answers
    into its own page, as pictures or scripts, unless it is one of `cors_origins`.

    Parameters
    ----------
    app
        What is inside.
    settings
        Say which origins may do what.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._origins: Collection[str] = settings.cors_origins
        self._methods: Collection[str] = settings.cors_methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on that no other site asks."""
        if scope["type"] != "http" or self._allowed(scope):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asker = headers.get("origin", "null")
        site = "another site" if asker == "null" else asker[:200]
        error = ForeignPageError(
            f"A page of {site} asked a browser to {scope['method']} here, which only pages of this "
            "service may. Who runs it can allow others by HARMSPOT_CORS_ORIGINS and "
            "HARMSPOT_CORS_METHODS."
        )
        await problem_response(problem_details(error))(scope, receive, send)

    def _allowed(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        method = scope["method"]
        if method == "OPTIONS" or self._is_named(origin, method):
            return True
        if site is not None and site not in _OWN:
            return method in SAFE_METHODS and headers.get("sec-fetch-mode") == "navigate"
        return method in SAFE_METHODS or origin is None or _same(origin, scope)

    def _is_named(self, origin: str | None, method: str) -> bool:
        if origin is None or method not in self._methods:
            return False
        return origin in self._origins or "*" in self._origins


def _same(origin: str, scope: Scope) -> bool:
    """Tell whether an origin is that of the request's address.

    By host and port: a proxy may have taken the transport's encryption off without a word.
    """
    own = Request(scope).base_url
    try:
        asker = urlsplit(origin)
        port = asker.port or _PORTS.get(asker.scheme)
    except ValueError:
        return False
    own_port = own.port or _PORTS.get(own.scheme)
    defaults = {port, own_port} <= {80, 443}
    return asker.hostname == (own.hostname or "").strip("[]") and (port == own_port or defaults)
