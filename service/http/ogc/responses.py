"""Answers: documents as JSON or as pages for people, with tags by which clients keep them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from fastapi import Response

from service.drawing import templates
from service.http.caching import ASKED_AGAIN, KEPT, Conditions, tag_of_rows
from service.http.ogc.links import HTML, JSON
from service.http.ogc.requests import Asked
from service.http.ogc.rows import Rows
from service.http.representation import representation
from service.store import geojson

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
    return written(geojson.document(document), media_type, headers)


def page(
    asked: Asked, template: str, headers: Mapping[str, str] | None = None, **shown: Any
) -> Response:
    """Return a page for people."""
    content = _templates().get_template(f"{template}.html").render(address=asked.address, **shown)
    return written(content.encode(), HTML, headers)


def written(content: bytes, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return content as an answer whose form may depend on what the client accepts."""
    return Response(content, media_type=media_type, headers={"Vary": "Accept", **(headers or {})})


def unchanged(asked: Asked, headers: Mapping[str, str]) -> Response | None:
    """Return the answer that a client has what is tagged so already; None when it has not."""
    return Conditions.of(asked.request.headers).unchanged(headers)


def caching(asked: Asked, rows: Rows, *, written_as: str | None = None) -> dict[str, str]:
    """Return the headers by which clients keep an answer that rests on rows alone.

    Parameters
    ----------
    asked, rows
        The request, and what answers it.
    written_as
        What the address says of how the answer is written.
    """
    # A run that is named stays the same; rows of another kind may be replaced.
    fixed = asked.choice.fixed and rows.run is not None and written_as == representation()
    return {
        "ETag": tag_of_rows(rows.version, str(asked.request.url), asked.form),
        "Cache-Control": KEPT if fixed else ASKED_AGAIN,
        "Vary": "Accept",
    }


@cache
def _templates() -> jinja2.Environment:
    # Documents have members that may be missing, and their pages leave out what is.
    made: jinja2.Environment = templates.of(_FOLDER / "templates").overlay(
        undefined=jinja2.Undefined
    )
    made.filters = {**made.filters, "shown": _shown}
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
