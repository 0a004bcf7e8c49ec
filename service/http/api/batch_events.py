"""A batch told while it is stored: how many rows are read, then its report or what went wrong."""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections.abc import AsyncIterator, Callable
from threading import Event
from typing import Any

import structlog
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from service.errors import internal_problem, problem_details
from service.http import waiting
from service.http.feeds import server_events
from service.ingest.report import BatchReport
from service.store import disk
from spatial.errors import HarmspotError

_log = structlog.get_logger(__name__)

Work = Callable[[Callable[[int], None]], BatchReport]
"""Ingests, telling the rows read so far; what the teller raises undoes it all."""


class GoneError(HarmspotError):
    """Whoever sent the batch went away before it was stored; nothing of it is."""


async def told_at_its_end(
    request: Request, work: Work, close: Callable[[], Any]
) -> BatchReport | None:
    """Store a batch for a client that waits for its report; None: it left, and so did the batch.

    Parameters
    ----------
    request
        Whose body is read already.
    work
        What ingests; it runs in a thread.
    close
        Lets go of the body when the work is done, or was undone.
    """
    left = Event()

    def rows_read(_rows: int) -> None:
        if left.is_set():
            raise GoneError("The client went away: nothing was stored.")

    def let_go(done: asyncio.Future[BatchReport]) -> None:
        close()
        if not done.cancelled() and isinstance(done.exception(), GoneError):
            _log.info("batch cancelled")

    working = asyncio.ensure_future(run_in_threadpool(work, rows_read))
    working.add_done_callback(let_go)
    watching = asyncio.ensure_future(waiting.gone(request))
    try:
        await asyncio.wait([working, watching], return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        left.set()  # also when the server stops, which waits for no file
        watching.cancel()


class Watched:
    """One batch on its way, told to the client that waits for it.

    Parameters
    ----------
    work
        What ingests; it runs in a thread.
    close
        Lets go of the body when the work is done, or was undone.
    """

    def __init__(self, work: Work, close: Callable[[], Any]) -> None:
        self._work = work
        self._close = close
        self._left = Event()

    def response(self) -> StreamingResponse:
        """Return the answer that tells of it."""
        return server_events.response(self._events())

    async def _events(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        told: asyncio.Queue[bytes | None] = asyncio.Queue()

        def tell(event: bytes | None) -> None:
            loop.call_soon_threadsafe(told.put_nowait, event)

        spoken = contextvars.copy_context()  # which holds the language of the request
        working = loop.run_in_executor(None, spoken.run, self._run, tell)
        try:
            yield _event("progress", {"rows": 0})
            while (event := await told.get()) is not None:
                yield event
        finally:
            # The client has its answer, or is gone: then the work finds out and undoes itself.
            self._left.set()
            working.add_done_callback(lambda _: self._close())

    def _run(self, tell: Callable[[bytes | None], None]) -> None:
        def rows_read(rows: int) -> None:
            if self._left.is_set():
                raise GoneError("The client went away: nothing was stored.")
            tell(_event("progress", {"rows": rows}))

        try:
            tell(_event("report", self._work(rows_read).model_dump(mode="json")))
        except GoneError:
            _log.info("batch cancelled")
        except HarmspotError as error:
            tell(_event("problem", problem_details(error)))
        except Exception as error:
            refusal = disk.refusal_of(error)
            if refusal is None:
                # The cause is for the log alone: it may quote rows, SQL or paths.
                _log.error("failed", exc_info=error)
            else:
                _log.error("refused", message=refusal.message)
            told = internal_problem() if refusal is None else problem_details(refusal)
            tell(_event("problem", told))
        finally:
            tell(None)


def _event(name: str, data: dict[str, Any]) -> bytes:
    return format_sse_event(data_str=json.dumps(data), event=name)
