"""How much of a body is taken: counted as it comes, before anything of it is read or kept."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import PayloadTooLargeError, problem_details
from service.http.layers.public_address import route_path
from service.http.responses import problem_response
from service.settings import Settings

PREVIEW_MB: Final = 32
"""Parquet has to come whole; of all else two megabytes are plenty."""

_FORM_BYTES: Final = 1 << 20
"""What a form may add to a file: its own marks, and fields beside it."""

_DRAINED_BYTES: Final = 64 << 20
_DRAINED_S: Final = 10.0
"""So much, and so long, is still taken of a refused body: clients read no answer before."""

_SPLIT: Final = "split it by month"
_CUT: Final = "cut it to the area that is needed"
_FILES: Final[tuple[tuple[str, re.Pattern[str], str], ...]] = (
    ("POST", re.compile("/api/v1/incidents/batches/?"), _SPLIT),
    ("PUT", re.compile("/api/v1/streets/[^/]+/?"), _CUT),
    ("PUT", re.compile("/api/v1/boundaries/[^/]+/?"), _CUT),
)
"""The routes that take files, and what to do about one that is too large."""

_PREVIEW: Final = ("POST", re.compile("/api/v1/incidents/preview/?"))
_FEATURES: Final = ("POST", re.compile("/api/v1/incidents/?"))


@dataclass(frozen=True)
class Limit:
    """The largest body of a route.

    Parameters
    ----------
    megabytes
        How much is taken.
    what
        What is too large.
    source
        Whose limit it is.
    remedy
        What to do about a body that is larger.
    """

    megabytes: int
    what: str
    source: str
    remedy: str

    @property
    def size(self) -> int:
        """The limit in bytes."""
        return self.megabytes << 20

    def error(self) -> PayloadTooLargeError:
        """Return the refusal of a body that is larger."""
        return PayloadTooLargeError(
            f"{self.what} is larger than {self.megabytes:,} MB, {self.source}: {self.remedy}."
        )


def limit_of(scope: Scope, settings: Settings) -> Limit:
    """Return the limit of the route that a request is for."""
    asked = scope["method"], route_path(scope)
    if _is(asked, *_PREVIEW):
        return Limit(PREVIEW_MB, "The file", "all that a preview takes", "send its beginning")
    for method, path, remedy in _FILES:
        if _is(asked, method, path):
            return _limit(settings.max_upload_mb, "The file", "HARMSPOT_MAX_UPLOAD_MB", remedy)
    remedy = "send less at once"
    if _is(asked, *_FEATURES):
        remedy = "send fewer features at once, or a file to /api/v1/incidents/batches"
    if settings.max_upload_mb < settings.max_json_mb:
        return _limit(settings.max_upload_mb, "The body", "HARMSPOT_MAX_UPLOAD_MB", remedy)
    return _limit(settings.max_json_mb, "The body", "HARMSPOT_MAX_JSON_MB", remedy)


class BodyLimits:
    """Refuses bodies that are larger than the installation takes.

    Files have the limit of uploads; every other body is read into memory and has a smaller one. A
    body that says its length is refused before any of it is taken, others once too much has come.
    Whatever reads the body, the answer is the same.

    Parameters
    ----------
    app
        What is inside.
    settings
        Say how much is taken.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on that is small enough."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = limit_of(scope, self._settings)
        headers = Headers(scope=scope)
        allowed = limit.size + (_FORM_BYTES if is_form(headers) else 0)
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > allowed:
            await _Refusal(limit, headers).send(scope, receive, send)
            return
        await _Counted(self.app, limit, allowed).answer(scope, receive, send)


class _Counted:
    """One request, whose body is counted."""

    def __init__(self, app: ASGIApp, limit: Limit, allowed: int) -> None:
        self._app, self._limit, self._left = app, limit, allowed
        self._answered = False

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; with the refusal, whatever is made of a body that is cut short."""

        async def counted() -> Message:
            message = await receive()
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise self._limit.error()
            return message

        async def unless_refused(message: Message) -> None:
            if self._left < 0 and not self._answered:
                return
            self._answered = True
            await send(message)

        try:
            await self._app(scope, counted, unless_refused)
        except Exception:
            if self._left >= 0 or self._answered:
                raise
        if self._left < 0 and not self._answered:
            await _Refusal(self._limit, Headers(scope=scope)).send(scope, receive, send)


class _Refusal:
    """The answer to a body that is too large."""

    def __init__(self, limit: Limit, headers: Headers) -> None:
        self._limit = limit
        # Who waits to be told to go on sends nothing that would have to be taken.
        self._waits = headers.get("expect", "").lower() == "100-continue"

    async def send(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and take what is still on its way: its sender looks for no answer before."""

        async def first(message: Message) -> None:
            last = message["type"] == "http.response.body"
            await send({**message, "more_body": True} if last else message)

        response = problem_response(problem_details(self._limit.error()), {"Connection": "close"})
        await response(scope, receive, first)
        if not self._waits:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_drain(receive), _DRAINED_S)
        await send({"type": "http.response.body", "body": b""})


async def _drain(receive: Receive) -> None:
    taken = 0
    while taken < _DRAINED_BYTES:
        message = await receive()
        taken += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


def is_form(headers: Headers) -> bool:
    """Tell whether a body is a form with files."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "multipart/form-data"


def _limit(megabytes: int, what: str, setting: str, remedy: str) -> Limit:
    return Limit(megabytes, what, f"the limit of this installation ({setting})", remedy)


def _is(asked: tuple[str, str], method: str, path: re.Pattern[str]) -> bool:
    return asked[0] == method and path.fullmatch(asked[1]) is not None
