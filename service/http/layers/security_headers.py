"""What browsers are told of every answer: what it is, what it may load, and who may frame it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.settings import Settings

_EVERY: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def page_policy(**otherwise: str) -> str:
    """Return what a page may load: of this service, and what it names otherwise.

    Parameters
    ----------
    otherwise
        By directive, with `_` for `-`: from where that may come, instead or besides.

    Examples
    --------
    >>> page_policy(form_action="'self'").split("; ")[6]
    "form-action 'self'"
    """
    directives = {
        "default_src": "'none'",
        "script_src": "'self'",
        "style_src": "'self'",
        "img_src": "'self' data:",
        "connect_src": "'self'",
        "base_uri": "'none'",
        "form_action": "'none'",
        "frame_ancestors": "'none'",
    }
    return "; ".join(
        f"{name.replace('_', '-')} {source}" for name, source in (directives | otherwise).items()
    )


_NO_PAGE: Final = "default-src 'none'; frame-ancestors 'none'"
_SCRIPTS: Final = ("text/javascript", "application/javascript")
_PAGES: Final = ("text/html", "application/xhtml+xml", "image/svg+xml")


class SecurityHeaders:
    """Gives every answer the headers by which browsers keep it in its place.

    Parameters
    ----------
    app
        What is inside.
    settings
        Say from where a basemap comes.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        # A page's worker has the policy of its own script, and it is the map's worker that loads
        # tiles: without a word on that, the map is empty.
        script = f"{_NO_PAGE}; script-src 'self'; connect-src 'self'{beneath(settings)}"
        self._policies = dict.fromkeys(_PAGES, page_policy()) | dict.fromkeys(_SCRIPTS, script)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": list(message.get("headers", []))}
                self._tell(message["status"], MutableHeaders(raw=message["headers"]))
            await send(message)

        await self.app(scope, receive, told if scope["type"] == "http" else send)

    def _tell(self, status: int, headers: MutableHeaders) -> None:
        for name, value in _EVERY.items():
            headers.setdefault(name, value)
        if status == HTTPStatus.NOT_MODIFIED:
            return  # it says no media type, and what it says replaces what the browser keeps
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        headers.setdefault("Content-Security-Policy", self._policies.get(media_type, _NO_PAGE))


def beneath(settings: Settings) -> str:
    """Return what a policy says of where the basemap comes from, after a space; or nothing."""
    parts = urlsplit(settings.basemap or "")
    return f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
