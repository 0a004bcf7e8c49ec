"""What clients keep: the tags of answers, for how long they hold, and who has them already.

Every answer to a read gets its tag here, and every 304 is decided here (RFC 9110, 8.8 and 13): by
the layer around all routes, and by a route that can tell before it writes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from fastapi import Response
from starlette.datastructures import Headers

from service.http.representation import representation

ENCODINGS: Final = ("zstd", "br", "gzip")
"""How bodies are packed, the most wanted first; each gives an answer another tag."""

ASKED_AGAIN: Final = "private, no-cache"
"""What is kept, and asked for each time whether it is still so."""

KEPT: Final = "private, max-age=31536000, immutable"
"""What can never be otherwise: its address names a run, and how the run is written."""

PUBLIC_KEPT: Final = "public, max-age=31536000, immutable"
"""Likewise of what anybody may see: its name is a digest of its content."""

PUBLIC_ASKED_AGAIN: Final = "no-cache"
"""What anybody may see, asked for each time whether it is still so."""

_TAG: Final = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_PACKED: Final = re.compile(rf"-(?:{'|'.join(ENCODINGS)})$")
_DIGEST_BYTES: Final = 12
_STILL_SAID: Final = (
    "cache-control",
    "content-location",
    "date",
    "etag",
    "expires",
    "last-modified",
    "link",
    "vary",
)
_WRITTEN_SINCE: Final = dt.datetime.now(dt.UTC)
"""Since when answers are written as this process writes them: it may be of another version."""


@dataclass(frozen=True)
class Conditions:
    """What a client has already, by the headers of its request.

    Parameters
    ----------
    tags
        The tags of its ``If-None-Match``, without quotes and without the mark of weak ones.
    anything
        Whether any answer counts as known (``*``).
    since
        Its ``If-Modified-Since``, which counts only where it has no tags to compare.
    """

    tags: tuple[str, ...] = ()
    anything: bool = False
    since: dt.datetime | None = None

    @classmethod
    def of(cls, headers: Headers) -> Conditions:
        """Read the headers of a request; what is no tag or no date is passed over."""
        if "if-none-match" not in headers:
            return cls(since=_date(headers.get("if-modified-since")))
        joined = ", ".join(headers.getlist("if-none-match"))
        return cls(tuple(_TAG.findall(joined)), joined.strip() == "*")

    def known(self, tag: str) -> str | None:
        """Return the tag under which the client has an answer; None: it names no such.

        The comparison is weak, and an answer that was packed for its way is the same answer. The
        client's own tag is returned, since its caches look the answer up by that.
        """
        mark, opaque = tag.removesuffix('"').split('"', 1)
        for one in self.tags:
            if one == opaque or _PACKED.sub("", one) == opaque:
                return f'{mark}"{one}"'
        return None

    def unchanged(self, headers: Mapping[str, str]) -> Response | None:
        """Return the answer that the client has the answer with these headers; None: it has not.

        Parameters
        ----------
        headers
            Of the answer: its ``ETag`` and ``Last-Modified``, and what a 304 says again.
        """
        said = Headers(headers)
        tag, changed = said.get("etag"), _date(said.get("last-modified"))
        known = tag if self.anything else tag and self.known(tag)
        dated = self.since is not None and changed is not None and changed <= self.since
        if known is None and not dated:
            return None
        again = {name: said[name] for name in _STILL_SAID if name in said}
        return Response(status_code=304, headers=again | ({"etag": known} if known else {}))


def tag_of_body(body: bytes) -> str:
    """Return the strong tag of an answer from its bytes.

    Examples
    --------
    >>> tag_of_body(b"[]") == tag_of_body(b"[]") != tag_of_body(b"[ ]")
    True
    """
    return f'"{_digest(body)}"'


def tag_of_run(run_id: str, address: str, since: Sequence[int | str] = ()) -> str:
    """Return the strong tag of what is told of a run at an address, known before it is written.

    Parameters
    ----------
    run_id, address
        The run, and what is asked of it.
    since
        What has come to be since and is told with it: batches below it that were undone, how it was
        tested.
    """
    changed = [",".join(map(str, since))] if since else []
    return f'"{run_id}-{_digest(address, representation(), *changed)}"'


def tag_of_rows(version: str, address: str, form: str) -> str:
    """Return the tag of an answer that rests on rows alone, known before it is written.

    It is weak, since the database may give the same rows in another order.

    Parameters
    ----------
    version
        Of the rows.
    address
        At which they are asked for.
    form
        What the answer is written as.
    """
    return f'W/"{_digest(version, address, form, representation())}"'


def packed(tag: str, encoding: str) -> str:
    """Return the tag of an answer that is packed for its way.

    Examples
    --------
    >>> packed('"a1"', "br")
    '"a1-br"'
    """
    return f'{tag[:-1]}-{encoding}"'


def last_modified(changed: dt.datetime) -> str:
    """Return the header of an answer whose content changed last at a moment.

    It says no moment before this process began, which may write the same content otherwise.
    """
    latest = max(changed, _WRITTEN_SINCE).astimezone(dt.UTC)
    return format_datetime(latest, usegmt=True)


def _digest(*parts: str | bytes) -> str:
    found = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        found.update(len(content).to_bytes(8, "big") + content)
    return found.hexdigest()


def _date(value: str | None) -> dt.datetime | None:
    if value is None:
        return None
    try:
        said = parsedate_to_datetime(value)
    except ValueError:
        return None
    return said if said.tzinfo is not None else None
