"""Answers: documents as JSON or as pages for people, with tags by which clients keep them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from fastapi import Response

from service.http.entity_tags import Wanted
from service.http.ogc.links import HTML, JSON
from service.http.ogc.requests import Asked
from service.http.ogc.rows import Rows
from service.version import software_version

DAY_S: Final = 86_400
"""How long what is written of a named run is kept: the run never changes, how it is written may."""

ASKED_AGAIN: Final = "private, no-cache"
"""Everything else is kept, and asked for each time whether it is still so."""

_FOLDER: Final = Path(__file__).resolve().parent


def answer(
    asked: Asked,
    document: Mapping[str, Any],
    template: str,
    *,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
    **shown: Any,
) -> Response:
    """Return a document in the form that was asked for.

    Parameters
    ----------
    asked
        The request.
    document
        What is told.
    template
        Name of the page that shows it to people.
    media_type
        Of the document as JSON.
    headers
        More headers of the answer.
    shown
        What the page shows besides.
    """
    if asked.as_html:
        return page(asked, template, headers=headers, document=document, **shown)
    return written(dumps(document), media_type, headers)


def page(
    asked: Asked, template: str, headers: Mapping[str, str] | None = None, **shown: Any
) -> Response:
    """Return a page for people."""
    content = _templates().get_template(f"{template}.html").render(address=asked.address, **shown)
    return written(content.encode(), HTML, headers)


def written(content: bytes, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return content as an answer whose form may depend on what the client accepts."""
    return Response(content, media_type=media_type, headers={"Vary": "Accept", **(headers or {})})


def dumps(document: Any) -> bytes:
    """Return a document as JSON."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def tag(asked: Asked, rows: Rows, *more: str) -> str:
    """Return the tag of an answer that rests on rows alone, known before it is written.

    It is weak, since the answer may travel packed in one way or another.
    """
    parts = (rows.version, str(asked.request.url), asked.form, _written_by(), *more)
    return f'W/"{hashlib.blake2b(chr(0).join(parts).encode(), digest_size=16).hexdigest()}"'


def unchanged(asked: Asked, headers: Mapping[str, str]) -> Response | None:
    """Return the answer that a client has the tagged content already; None when it has not."""
    wanted = Wanted.of(asked.request.headers.getlist("if-none-match"))
    known = wanted.known(headers["ETag"])
    return None if known is None else Response(status_code=304, headers={**headers, "ETag": known})


def caching(asked: Asked, rows: Rows, *more: str, kept_s: int = DAY_S) -> dict[str, str]:
    """Return the headers by which clients keep an answer that rests on rows alone."""
    # A run that is named stays the same; rows of another kind may be replaced.
    fixed = asked.choice.fixed and rows.run is not None
    return {
        "ETag": tag(asked, rows, *more),
        "Cache-Control": f"private, max-age={kept_s}, immutable" if fixed else ASKED_AGAIN,
        "Vary": "Accept",
    }


@cache
def _written_by() -> str:
    """Return a digest of the code that writes answers: with other code they may be others."""
    digest = hashlib.sha256(software_version().encode())
    for file in sorted(_FOLDER.rglob("*")):
        if file.suffix in (".py", ".html"):
            digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["shown"] = _shown
    return made


def _shown(value: Any) -> str:
    """Return a value as a cell of a table shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.6g}"
    return str(value)
