"""Answers that take a while: how long a client waits, and what it is told when that is over."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Header, Request, Response

from service.jobs.answers import Answers

ResultT = TypeVar("ResultT")

LONGEST_S: Final = 600
"""A client waits no longer, whatever it prefers: what is between may cut it off before."""

_WAIT: Final = re.compile(r"\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(;.*)?", re.IGNORECASE)
_ASYNC: Final = re.compile(r"\s*respond-async\s*(;.*)?", re.IGNORECASE)


def _answers(request: Request) -> Answers:
    answers: Answers = request.app.state.answers
    return answers


AnswersDep = Annotated[Answers, Depends(_answers)]

PreferHeader = Annotated[
    str | None,
    Header(
        description="`wait=30`: seconds to wait for the answer; `respond-async`: none at all.",
        max_length=200,
    ),
]


def preferred(prefer: str | None) -> tuple[float | None, str | None]:
    """Return how long a client wants to wait, and what of its wish is granted (RFC 7240).

    Parameters
    ----------
    prefer
        The header.

    Returns
    -------
    wait_s, applied
        Seconds; None: it does not say. The value of `Preference-Applied`.

    Examples
    --------
    >>> preferred("wait=30"), preferred("return=minimal, respond-async"), preferred(None)
    ((30, 'wait=30'), (0, 'respond-async'), (None, None))
    """
    wishes = (prefer or "").split(",")
    for wish in wishes:
        found = _WAIT.fullmatch(wish)
        if found is not None:
            seconds = min(int(found.group(1)), LONGEST_S)
            return seconds, f"wait={seconds}"
    if any(_ASYNC.fullmatch(wish) for wish in wishes):
        return 0, "respond-async"
    return None, None


async def unless_gone(request: Request, work: Coroutine[Any, Any, ResultT]) -> ResultT | None:
    """Do some work for a client, until it leaves; None: it left.

    The work is cancelled then, and with it what nobody else waits for.
    """
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(gone(request))
    try:
        await asyncio.wait([working, watching], return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        watching.cancel()
        working.cancel()
        await asyncio.wait([working, watching])


def to_nobody() -> Response:
    """Return what is answered to a client that left; the log of requests shows it."""
    return Response(status_code=499)


async def gone(request: Request) -> None:
    """Return when the client of a request, whose body is read, has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
