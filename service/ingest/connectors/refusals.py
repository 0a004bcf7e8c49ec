"""What sources say instead of an answer: to be asked again, or that they refuse."""

from __future__ import annotations

import email.utils
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import httpx2

from service.errors import NotFoundError, UnreadableFileError
from service.ingest.connectors import urls
from spatial.errors import InvalidInputError, Problem

_AGAIN: Final = frozenset({202, 408, 425, 429, 500, 502, 503, 504})
"""202 is what Socrata answers while it still computes."""


class AskAgainError(Exception):
    """A source does not answer now, but may do so in a moment.

    Parameters
    ----------
    why
        What it said or did, for people.
    after_s
        When it wants to be asked again; None: it does not say.
    """

    def __init__(self, why: str, after_s: float | None = None) -> None:
        super().__init__(why)
        self.why, self.after_s = why, after_s


class RefusedError(UnreadableFileError):
    """A source does not answer what it was asked, and says so by its status."""


def refuse(response: httpx2.Response, hide: Callable[[str], str]) -> None:
    """Raise what an answer's status means, where it is none.

    Parameters
    ----------
    response
        The answer, as far as its headers.
    hide
        Returns what a source said without secrets.

    Raises
    ------
    AskAgainError
        When it is worth another attempt.
    InvalidInputError, NotFoundError, RefusedError
        When it is not.
    """
    status = response.status_code
    if status in _AGAIN:
        raise AskAgainError(f"answers with status {status}", _wanted(response.headers))
    if status < 400:
        return
    told = urls.shown(str(response.request.url))
    begun = next(response.iter_bytes(1 << 16), b"")
    said = hide(message_of(begun.decode("utf-8", "replace")))
    if status in (401, 403):
        raise InvalidInputError(
            f"{told} does not let us in (status {status}){said}. Where it wants a token, set "
            "HARMSPOT_SOCRATA_TOKEN or HARMSPOT_ARCGIS_TOKEN.",
            [Problem("url", f"status {status}")],
        )
    if status in (404, 410):
        raise NotFoundError(f"There is nothing at {told} (status {status}).")
    raise RefusedError(f"{told} refuses (status {status}){said}.")


def message_of(text: str) -> str:
    """Return what a refusal in JSON says, after a colon; nothing of other text."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if isinstance(document, dict):
        inner = document.get("error")
        for one in (document, inner if isinstance(inner, dict) else {}):
            for name in ("message", "detail", "description", "title"):
                if isinstance(one.get(name), str):
                    return f": {one[name].rstrip('.')}"
    return ""


def _wanted(headers: httpx2.Headers) -> float | None:
    """Return in how many seconds a source wants to be asked again, if it says so."""
    said = headers.get("retry-after", "").strip()
    if said.isdigit():
        return float(said)
    try:
        moment = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
