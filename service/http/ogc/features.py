"""OGC API Features: the collections, what each is, and what filters may name of it."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Depends, Response

from service.http.ogc import collection_documents, crs, responses
from service.http.ogc.collections import offered
from service.http.ogc.filters import CollectionId
from service.http.ogc.links import HTML, JSON, SCHEMA, contents, own
from service.http.ogc.requests import AskedAsJsonDep, AskedDep, refuse_unknown
from service.store import geojson

router = APIRouter(tags=["Features"], dependencies=[Depends(refuse_unknown)])

CONFORMANCE: Final = (
    *(
        f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}"
        for name in ("core", "geojson", "html", "oas30")
    ),
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    *(
        f"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
        for name in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
            "temporal-functions",
            "property-property",
        )
    ),
)


@router.get(
    "/collections",
    summary="List the collections",
    response_class=Response,
    responses=contents(JSON, HTML),
)
def get_collections(asked: AskedDep) -> Response:
    """Return every collection with its extent and links."""
    with asked.reading() as reader:
        listed = [
            collection_documents.collection(asked, reader, reader.source(one))
            for one in offered(asked.settings).values()
        ]
    told = {
        "links": own(asked.address, "collections", as_html=asked.as_html),
        "collections": listed,
        "crs": [crs.CRS84.uri],
    }
    return responses.answer(asked, told, "collections")


@router.get(
    "/collections/{collectionId}",
    summary="Describe a collection",
    response_class=Response,
    responses=contents(JSON, HTML),
)
def get_collection(asked: AskedDep, name: CollectionId) -> Response:
    """Return what a collection is, where and when its features are, and its links."""
    with asked.reading_of(asked.collection(name)) as (reader, source):
        told = collection_documents.collection(asked, reader, source)
    return responses.answer(asked, told, "collection", choices=collection_documents.choices(source))


@router.get(
    "/collections/{collectionId}/queryables",
    summary="List what filters may name",
    response_class=Response,
    responses=contents(SCHEMA, HTML),
)
def get_queryables(asked: AskedDep, name: CollectionId) -> Response:
    """Return the properties that filters may name, with titles and units."""
    with asked.reading_of(asked.collection(name)) as (_, source):
        told = collection_documents.queryables(asked, source)
    return responses.answer(asked, told, "queryables", media_type=SCHEMA, collection=name)


@router.get(
    "/collections/{collectionId}/schema",
    summary="Describe the features of a collection",
    response_class=Response,
    responses=contents(SCHEMA),
)
def get_schema(asked: AskedAsJsonDep, name: CollectionId) -> Response:
    """Return the JSON Schema of a collection's features, with titles and units."""
    with asked.reading_of(asked.collection(name)) as (_, source):
        told = collection_documents.schema(asked, source)
    return responses.written(geojson.document(told), SCHEMA)
