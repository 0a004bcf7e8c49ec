"""HEAD: what GET would say, without saying it."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

EVENTS: Final = "text/event-stream"


class NobodyListensError(Exception):
    """Events are not wanted: their writer stops, as it does when the client has gone.

    It is no OSError, which the handlers of errors would answer though the answer has begun.
    """


class HeadReads:
    """Answers HEAD as GET is answered: same status, same headers, no body.

    Parameters
    ----------
    app
        What is inside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask for the answer to GET, and let its headers pass."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        said, endless = False, False

        async def headers_only(message: Message) -> None:
            nonlocal said, endless
            if message["type"] == "http.response.start":
                headers = Headers(raw=list(message.get("headers", [])))
                endless = headers.get("content-type", "").startswith(EVENTS)
            if message["type"] != "http.response.body":
                await send(message)
                return
            if not said:
                said = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            # Any other body is left to end by itself, so that its writer clears up behind it.
            if endless and message.get("more_body", False):
                raise NobodyListensError

        try:
            await self.app({**scope, "method": "GET"}, receive, headers_only)
        except (NobodyListensError, ClientDisconnect):
            if not said:
                raise
