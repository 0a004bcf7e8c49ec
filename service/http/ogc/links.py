"""Links of the API's documents, at the address under which the client came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

from service.export.formats import FORMATS

JSON: Final = "application/json"
GEOJSON: Final = FORMATS["geojson"].media_type
SCHEMA: Final = "application/schema+json"
HTML: Final = "text/html"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
MVT: Final = "application/vnd.mapbox-vector-tile"

REL: Final = "http://www.opengis.net/def/rel/ogc/1.0/"

Link = dict[str, Any]

Contents = dict[int | str, dict[str, Any]]


@dataclass(frozen=True)
class Address:
    """The address of the API, and what every link below it carries on.

    Parameters
    ----------
    root
        Address of the landing page, without a slash at its end.
    carried
        The parameters that choose rows: a client that starts with a run stays with it.
    """

    root: str
    carried: Mapping[str, str] = field(default_factory=dict)

    def of(self, *path: str, **query: str | None) -> str:
        """Return the address of a resource."""
        address = "/".join([self.root, *(quote(part, safe="{}") for part in path)])
        asked = {name: value for name, value in query.items() if value is not None}
        together = asked | {name: one for name, one in self.carried.items() if name not in asked}
        return f"{address}?{urlencode(together)}" if together else address or "/"


def link(href: str, rel: str, type_: str, title: str, **more: Any) -> Link:
    """Return a link as the documents have it."""
    return {"href": href, "rel": rel, "type": type_, "title": title, **more}


def own(
    address: Address, *path: str, as_html: bool, type_: str = JSON, **query: str | None
) -> list[Link]:
    """Return the links of a document to itself and to its other form, as it was asked for."""
    forms = [(type_, "json", "This document"), (HTML, "html", "This document as a page")]
    if as_html:
        forms.reverse()
    return [
        link(address.of(*path, **query, f=form), rel, media_type, title)
        for (media_type, form, title), rel in zip(forms, ("self", "alternate"), strict=True)
    ]


def contents(*media_types: str) -> Contents:
    """Return the forms in which a route answers, for the API's definition."""
    schemas = {MVT: {"type": "string", "format": "binary"}, HTML: {"type": "string"}}
    return {
        200: {
            "content": {
                one: {"schema": schemas.get(one, {"type": "object"})} for one in media_types
            }
        }
    }
