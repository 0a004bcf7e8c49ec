"""A plain file over HTTP, which goes on where it was broken off."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from urllib.parse import unquote, urlsplit

from service.errors import UnreadableFileError
from service.ingest.connectors import urls
from service.ingest.connectors.fetching import Answer, Fetcher
from service.ingest.connectors.keeping import Kept
from service.ingest.connectors.refusals import AskAgainError

_PARTIAL = 206
_BODY = "body"
_NAME_BYTES = 200
"""Of a name, its end: file systems take some 255 bytes, and letters may have four."""

Told = Callable[[int, int | None], None]
"""Called with what is there so far, and with how much there is, if that is known."""


def fetch(fetcher: Fetcher, url: str, kept: Kept, told: Told) -> tuple[Path, int]:
    """Fetch a file into what is kept: only the rest of it where the beginning is there.

    Parameters
    ----------
    fetcher
        Asks.
    url
        Where it is.
    kept
        Where to put it.
    told
        Told of the bytes.

    Returns
    -------
    Path
        The file, named as its source names it.
    int
        How many of its bytes an attempt before this one had brought.
    """
    body = kept.folder / _BODY
    here = body.stat().st_size if body.exists() else 0
    if not kept.done:
        shown = urls.shown(url)
        fetcher.again(lambda: _attempt(fetcher, url, kept, body, told), shown)
        kept.finish()
        here = here if kept.more.get("went_on") else 0
    named = kept.folder / "whole" / str(kept.more["name"])
    named.parent.mkdir(exist_ok=True)
    if not named.exists():
        named.hardlink_to(body)
    return named, here


def _attempt(fetcher: Fetcher, url: str, kept: Kept, body: Path, told: Told) -> None:
    there = body.stat().st_size if body.exists() else 0
    version = kept.more.get("version")
    asked = {"Accept-Encoding": "identity"}
    if there and version:
        asked |= {"Range": f"bytes={there}-", "If-Range": version}
    with fetcher.answer(url, asked) as answer:
        goes_on = answer.status == _PARTIAL and _begins_at(answer) == there
        if answer.status == _PARTIAL and not goes_on:
            body.unlink(missing_ok=True)
            raise AskAgainError("answers with another part than was asked for", 0.0)
        done = there if goes_on else 0
        whole = _length(answer, done)
        fetcher.bytes_taken = done
        if goes_on:
            kept.note(went_on=True)
        else:
            kept.note(version=_version(answer), name=_name(answer, url), went_on=False)
        with body.open("ab" if goes_on else "wb") as file:
            for piece in answer.pieces:
                file.write(piece)
                done += len(piece)
                told(done, whole)
    if whole is not None and done < whole:
        raise AskAgainError(f"breaks off after {done:,} of {whole:,} bytes")
    if not done:
        raise UnreadableFileError(f"{urls.shown(url)} is empty.")


def _version(answer: Answer) -> str | None:
    """Return what tells that a file is still the same, if its source says so for certain."""
    tag: str = answer.headers.get("etag", "")
    if tag and not tag.startswith("W/"):
        return tag
    return answer.headers.get("last-modified")


def _begins_at(answer: Answer) -> int | None:
    found = re.match(r"bytes (\d+)-", answer.headers.get("content-range", ""))
    return int(found.group(1)) if found else None


def _length(answer: Answer, done: int) -> int | None:
    """Return how long the whole file is, if that is said of the bytes as they come."""
    if answer.headers.get("content-encoding", "identity") != "identity":
        return None
    length = answer.headers.get("content-length", "")
    return done + int(length) if length.isdigit() else None


def _name(answer: Answer, url: str) -> str:
    """Return what the source calls the file, as far as that is the name of a file."""
    said = Message()
    said["content-disposition"] = answer.headers.get("content-disposition", "")
    for name in (said.get_filename(), *(unquote(urlsplit(one).path) for one in (url, answer.url))):
        last = re.sub(r"[\x00-\x1f\x7f]", "", (name or "").replace("\\", "/")).rpartition("/")[2]
        last = last.encode("utf-8", "ignore")[-_NAME_BYTES:].decode("utf-8", "ignore")
        if last.strip(". "):
            return last
    return "download"
