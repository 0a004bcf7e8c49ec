"""Server-sent events: a stream that proxies do not close for its silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

MEDIA_TYPE: Final = "text/event-stream"

_KEEP_ALIVE_S: Final = 15.0  # proxies close what is silent for longer


def response(events: AsyncIterator[bytes]) -> StreamingResponse:
    """Return the answer that sends events as they come, until there are no more.

    Parameters
    ----------
    events
        Events as they are written; when the client goes, the one that is awaited is cancelled.
    """
    return StreamingResponse(
        _kept_alive(events), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"}
    )


async def _kept_alive(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Pass events on, and a comment whenever there was none for long."""
    coming = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            await asyncio.wait([coming], timeout=_KEEP_ALIVE_S)
            if not coming.done():
                yield format_sse_event(data_str=None, comment="still there")
                continue
            event = coming.result()
            if event is None:
                return
            yield event
            coming = asyncio.ensure_future(anext(events, None))
    finally:
        coming.cancel()
