"""OGC API Common: the landing page, what the API conforms to, and its definition."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Depends, Response

from service.http.ogc import features, openapi, process_documents, responses, tiles
from service.http.ogc.links import HTML, JSON, OPENAPI, REL, contents, link, own
from service.http.ogc.requests import AskedAsJsonDep, AskedAsPageDep, AskedDep, refuse_unknown
from service.http.pages.definitions import SHELF, page_to_try
from service.store import geojson

router = APIRouter(tags=["Common"], dependencies=[Depends(refuse_unknown)])

TITLE: Final = "Harmspot"
DESCRIPTION: Final = (
    "Where harm gathers and which places to patrol: targets, hot-spot cells and street segments "
    "of stored runs, patrol areas, boundaries and streets. Add this address to a GIS."
)
CONFORMANCE: Final = (
    *(
        f"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/{name}"
        for name in ("core", "landing-page", "json", "html", "oas30")
    ),
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *features.CONFORMANCE,
    *tiles.CONFORMANCE,
    *process_documents.CONFORMANCE,
)


@router.get("/", summary="Start here", response_class=Response, responses=contents(JSON, HTML))
def get_landing_page(asked: AskedDep) -> Response:
    """Return links to everything there is."""
    to = asked.address.of
    told = {
        "title": TITLE,
        "description": DESCRIPTION,
        "links": [
            *own(asked.address, "", as_html=asked.as_html),
            link(to("api"), "service-desc", OPENAPI, "The API's definition"),
            link(to("api.html"), "service-doc", HTML, "The API's documentation"),
            link(to("conformance", f="json"), "conformance", JSON, "What the API conforms to"),
            link(to("collections", f="json"), "data", JSON, "The collections"),
            link(to("processes", f="json"), f"{REL}processes", JSON, "The processes"),
            link(to("jobs", f="json"), f"{REL}job-list", JSON, "The jobs"),
            link(
                to("tileMatrixSets", f="json"),
                f"{REL}tiling-schemes",
                JSON,
                "The tile matrix sets",
            ),
        ],
    }
    return responses.answer(asked, told, "landing")


@router.get(
    "/conformance",
    summary="What the API conforms to",
    response_class=Response,
    responses=contents(JSON, HTML),
)
def get_conformance(asked: AskedDep) -> Response:
    """Return the conformance classes that hold."""
    told = {
        "conformsTo": list(CONFORMANCE),
        "links": own(asked.address, "conformance", as_html=asked.as_html),
    }
    return responses.answer(asked, told, "conformance")


@router.get(
    "/api", summary="The API's definition", response_class=Response, responses=contents(OPENAPI)
)
def get_api(asked: AskedAsJsonDep) -> Response:
    """Return the definition of the API as OpenAPI 3.0."""
    told = openapi.document(asked.request.app, asked.address.root)
    return responses.written(geojson.document(told), OPENAPI)


@router.get(
    "/api.html",
    summary="The API's documentation",
    response_class=Response,
    responses=contents(HTML),
)
def get_api_page(asked: AskedAsPageDep) -> Response:
    """Return the definition of the API as a page that loads nothing from elsewhere."""
    shelf = f"{asked.address.root.rsplit('/', 1)[0]}{SHELF}"
    return page_to_try(asked.address.of("api"), f"{TITLE}: OGC API", shelf)
