"""OGC API Features: the features of a collection, page by page or one by its id."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Response

from service.http.ogc import crs, queries, responses, sketch
from service.http.ogc.cql import translation as cql
from service.http.ogc.filters import CollectionId, NarrowingDep
from service.http.ogc.links import GEOJSON, HTML, JSON, Link, contents, link, own
from service.http.ogc.queries import Key, Page, Place, Source
from service.http.ogc.requests import Asked, AskedDep, declared, refuse_others, refuse_unknown
from service.store import geojson
from spatial.errors import InvalidInputError, Problem

router = APIRouter(tags=["Features"])

MOST: Final = 10_000
"""Most features on a page."""

_USUAL: Final = 1_000
_USUAL_FOR_PEOPLE: Final = 50
_KEYS: Final = ("after", "before", "offset")

DeliveredIn = Annotated[
    str | None,
    Query(
        alias="crs",
        description="Coordinate reference system of the answer: one that the collection lists.",
        json_schema_extra={"examples": [crs.CRS84.uri]},
    ),
]


@dataclass(frozen=True)
class Paging:
    """Which page of a collection, and how long."""

    limit: int
    offset: int
    after: str | None
    before: str | None

    def number(self, asked: Asked) -> int:
        """Return the most features that the page may have."""
        if asked.as_html and "limit" not in asked.request.query_params:
            return _USUAL_FOR_PEOPLE
        return min(self.limit, MOST)

    def place(self, source: Source) -> Place:
        """Return where the page starts.

        Raises
        ------
        InvalidInputError
            When the place is told twice, or is none of this collection.
        """
        told = [name for name in _KEYS if getattr(self, name)]
        if len(told) > 1:
            raise InvalidInputError(
                f"{' and '.join(told)} cannot be given together.",
                [Problem(name, "given with another") for name in told],
            )
        after = _key(source, self.after, "after") if self.after else None
        before = _key(source, self.before, "before") if self.before else None
        return Place(after, before, self.offset)


async def _paging(
    limit: Annotated[
        int,
        Query(
            ge=1,
            description=f"Most features on the page; above {MOST:,} it counts as {MOST:,}.",
            json_schema_extra={"maximum": MOST},
        ),
    ] = _USUAL,
    offset: Annotated[
        int, Query(ge=0, le=2**62, description="How many features to pass over.")
    ] = 0,
    after: Annotated[
        str | None, Query(description="Where the page starts; links to the next page say it.")
    ] = None,
    before: Annotated[
        str | None, Query(description="Where the page ends; links to the page before say it.")
    ] = None,
) -> Paging:
    return Paging(limit, offset, after, before)


@router.get(
    "/collections/{collectionId}/items",
    summary="Read features",
    response_class=Response,
    responses=contents(GEOJSON, HTML),
)
def get_items(
    asked: AskedDep,
    name: CollectionId,
    narrowing: NarrowingDep,
    paging: Annotated[Paging, Depends(_paging)],
    delivered_in: DeliveredIn = None,
) -> Response:
    """Return a page of features that meet every condition, as GeoJSON.

    A property of the collection may be a parameter, too: features that have just that value.
    """
    with asked.reading_of(asked.collection(name)) as (reader, source):
        systems = crs.offered(reader.extent(source)[0])
        system = crs.find(delivered_in, systems, "crs")
        narrowed = _with_properties(asked, narrowing.of(source, systems))
        place, limit = paging.place(source), paging.number(asked)
        headers = responses.caching(asked, source.rows) | {"Content-Crs": f"<{system.uri}>"}
        known = responses.unchanged(asked, headers)
        if known is not None:
            return known
        found = queries.page(reader.session, narrowed, place, limit, system)
        matched = reader.count(narrowed)
    asked = asked.pinned(source)
    frame: dict[str, Any] = {
        "timeStamp": _now(),
        "numberMatched": matched,
        "numberReturned": len(found.features),
        "links": _page_links(asked, name, found),
    }
    if source.rows.run is not None:
        frame["run"] = source.rows.run.told()
    if asked.as_html:
        features = [json.loads(one) for one in found.features]
        return responses.page(
            asked,
            "items",
            headers,
            document=frame | {"features": features},
            source=source,
            columns=_for_people(source),
            drawing=sketch.of(features, system),
        )
    content = geojson.collection(found.features, frame)
    return responses.written(content, GEOJSON, headers)


@router.get(
    "/collections/{collectionId}/items/{featureId:path}",
    summary="Read a feature",
    dependencies=[Depends(refuse_unknown)],
    response_class=Response,
    responses=contents(GEOJSON, HTML),
)
def get_item(
    asked: AskedDep,
    name: CollectionId,
    feature: Annotated[str, Path(alias="featureId", description="Id of the feature.")],
    delivered_in: DeliveredIn = None,
) -> Response:
    """Return one feature as GeoJSON."""
    with asked.reading_of(asked.collection(name)) as (reader, source):
        system = crs.find(delivered_in, crs.offered(reader.extent(source)[0]), "crs")
        headers = responses.caching(asked, source.rows) | {"Content-Crs": f"<{system.uri}>"}
        known = responses.unchanged(asked, headers)
        if known is not None:
            return known
        written = queries.feature(reader.session, source, feature, system)
    asked = asked.pinned(source)
    path = ("collections", name)
    links = [
        *own(
            asked.address,
            *path,
            "items",
            feature,
            as_html=asked.as_html,
            type_=GEOJSON,
            crs=delivered_in,
        ),
        link(asked.address.of(*path, f="json"), "collection", JSON, "The collection"),
    ]
    if asked.as_html:
        document = json.loads(written) | {"links": links}
        return responses.page(
            asked,
            "item",
            headers,
            document=document,
            source=source,
            drawing=sketch.of([document], system),
        )
    content = written[:-1].encode() + b',"links":' + geojson.document(links) + b"}"
    return responses.written(content, GEOJSON, headers)


def _with_properties(asked: Asked, source: Source) -> Source:
    """Return the rows that have the values that parameters named like properties ask for."""
    named = {
        name: column
        for name, column in cql.queryable(source.columns()).items()
        if column.kind != "geometry"
    }
    parameters = declared(asked.request)
    refuse_others(asked.request, parameters | set(named))
    return source.narrowed(
        *(
            cql.equals(named[name], value)
            for name, value in asked.request.query_params.multi_items()
            if name in named and name not in parameters
        )
    )


def _page_links(asked: Asked, name: str, found: Page) -> list[Link]:
    path = ("collections", name)
    pinned = asked.address.carried  # which the address says itself
    query = {
        key: value
        for key, value in asked.request.query_params.items()
        if key not in _KEYS and key not in pinned
    }

    def here(**other: str) -> str:
        return asked.address.of(*path, "items", **(query | other))

    type_ = HTML if asked.as_html else GEOJSON
    start = {
        key: asked.request.query_params[key] for key in _KEYS if key in asked.request.query_params
    }
    forms = [
        link(here(**start, f="json"), "self", GEOJSON, "This page"),
        link(here(**start, f="html"), "alternate", HTML, "This page for people"),
    ]
    if asked.as_html:
        forms[0]["rel"], forms[1]["rel"] = "alternate", "self"
    links = [*forms, link(asked.address.of(*path, f="json"), "collection", JSON, "The collection")]
    if found.more_after and found.last is not None:
        links.append(link(here(after=_token(found.last)), "next", type_, "The next page"))
    if found.more_before and found.first is not None:
        links.append(link(here(before=_token(found.first)), "prev", type_, "The page before"))
    return links


def _now() -> str:
    """Return the moment at which an answer is written, as its member `timeStamp` says it."""
    return dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")


def _token(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def _key(source: Source, token: str, parameter: str) -> Key:
    """Return the key that a link wrote.

    Raises
    ------
    InvalidInputError
        When it is none of this collection.
    """
    columns = source.collection.key
    try:
        padded = token + "=" * (-len(token) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        key = source.typed(columns, [str(value) for value in values])
    except (binascii.Error, ValueError, TypeError, RecursionError):
        key = None
    if key is None:
        raise InvalidInputError(
            f"{parameter} must be what a link of this collection says, not {token!r}.",
            [Problem(parameter, "not a place in this collection")],
        )
    return key


def _for_people(source: Source) -> list[str]:
    """Return the properties that fit into a table."""
    return [
        name for name, one in source.columns().items() if one.kind not in ("geometry", "document")
    ]
