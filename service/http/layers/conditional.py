"""Conditional reads: what a client has already is not sent to it again; `caching` decides it.

Nothing is held back for it: an answer gets the tag of the run that it shows, the one that its route
gave it, or a digest of its body where that comes in one piece or in few that are short. A long
stream passes as it comes, without a tag.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlencode

from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.analyses.tested import tested
from service.http.caching import ASKED_AGAIN, Conditions, tag_of_body, tag_of_run
from service.http.layers.public_address import route_path
from service.store.repository import runs
from service.store.tenant import Tenant
from spatial.errors import HarmspotError

GATHERED_BYTES: Final = 1 << 20
"""The longest body in pieces that is gathered for its digest; it must say its length at once."""

_OF_A_RUN: Final = re.compile(r"/api/v1/runs/([0-9a-f]{24})/(.+)")
_TELLS_ITS_TEST: Final = re.compile(r"figures|briefing(/.+)?")
"""What is told of a run with how good its rule was, which is computed after it."""
_NEVER: Final = ("/healthz", "/readyz", "/metrics")
_IN_THREAD_BYTES: Final = 1 << 20


class ConditionalReads:
    """Tags the answers to GET, and answers 304 to a client that has them.

    Parameters
    ----------
    app
        What is inside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, in short where the client has the answer."""
        if scope["type"] != "http" or scope["method"] != "GET" or route_path(scope) in _NEVER:
            await self.app(scope, receive, send)
            return
        run_tag = await _run_tag(scope)
        reply = _Reply(Conditions.of(Headers(scope=scope)), run_tag, send)
        if run_tag is not None and reply.has(run_tag):
            await reply.in_short()
            return
        await self.app(scope, receive, reply.send)


class _Reply:
    """The answer to one request on its way out."""

    def __init__(self, conditions: Conditions, run_tag: str | None, send: Send) -> None:
        self._conditions = conditions
        self._finished = False
        self._run_tag = run_tag
        self._send = send
        self._start: Message = {}
        self._waiting = False
        self._body = bytearray()

    def has(self, tag: str) -> bool:
        """Tell whether the client has the very answer of a tag; that it has any says too little."""
        return self._conditions.known(tag) is not None

    async def in_short(self) -> None:
        """Say that the run is as the client has it, without asking what it is."""
        self._start = {"type": "http.response.start", "status": 200, "headers": []}
        await self._begin(self._run_tag)

    async def send(self, message: Message) -> None:
        """Send a message on, tagged or in short."""
        if message["type"] == "http.response.start":
            await self._head(message)
        elif message["type"] == "http.response.body":
            await self._piece(message)
        else:
            await self._send(message)

    async def _head(self, message: Message) -> None:
        if message["status"] not in (200, 206):
            await self._send(message)
            return
        self._start = {**message, "headers": list(message.get("headers", []))}
        headers = MutableHeaders(raw=self._start["headers"])
        if self._run_tag is not None:
            # A file that is made for the request would say when, which nobody asked.
            del headers["last-modified"]
        if message["status"] == 206:
            if self._run_tag is not None:
                headers["etag"] = self._run_tag
            await self._send(self._start)
        elif self._run_tag or "etag" in headers:
            await self._begin(self._run_tag or headers["etag"])
        else:
            self._waiting = True

    async def _piece(self, message: Message) -> None:
        more = message.get("more_body", False)
        if self._finished:
            return
        if not self._waiting:
            await self._send(message)
            return
        body = message.get("body", b"")
        if more and not self._short():
            await self._begin(None)
            await self._send(message)
            return
        if more or self._body:
            self._body += body
            body = bytes(self._body)
        if more:
            return
        large = len(body) > _IN_THREAD_BYTES
        tag = await run_in_threadpool(tag_of_body, body) if large else None
        await self._begin(tag or tag_of_body(body))
        if not self._finished:
            await self._send({"type": "http.response.body", "body": body, "more_body": False})

    def _short(self) -> bool:
        length = Headers(raw=self._start["headers"]).get("content-length", "")
        return length.isdigit() and int(length) <= GATHERED_BYTES

    async def _begin(self, tag: str | None) -> None:
        """Send the head of the answer: whole, or 304 and nothing more."""
        self._waiting = False
        headers = MutableHeaders(raw=self._start["headers"])
        headers.setdefault("cache-control", ASKED_AGAIN)
        if tag is not None:
            headers["etag"] = tag
        known = self._conditions.unchanged(headers)
        if known is None:
            await self._send(self._start)
            return
        self._finished = True
        start = {"type": "http.response.start", "status": 304, "headers": known.raw_headers}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})


async def _run_tag(scope: Scope) -> str | None:
    """Return the tag of what is asked of a run; None when it is about something else."""
    found = _OF_A_RUN.fullmatch(route_path(scope))
    since = None if found is None else await run_in_threadpool(_since, scope, *found.groups())
    if found is None or since is None:
        return None
    asked = sorted(
        parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
        key=lambda pair: pair[0],
    )
    address = f"{Request(scope).base_url}{route_path(scope)[1:]}?{urlencode(asked)}"
    return tag_of_run(found.group(1), address, since)


def _since(scope: Scope, run_id: str, told: str) -> list[int | str] | None:
    """Return what can change of all that is told of a run; None: there is no such run here.

    Batches below it may be undone, and its test may come to be.
    """
    tenant: Tenant = scope["app"].state.tenant
    try:
        with tenant.unit_of_work() as (session, agency):
            run = runs.find(session, agency, run_id)
            test = tested(session, run) if _TELLS_ITS_TEST.fullmatch(told) else None
            return [*run.undone, *([test.status, test.words] if test is not None else [])]
    except HarmspotError:
        return None
