"""Street networks: files in, versions and their segments out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from service.export import places
from service.http import geojson
from service.http.api import uploads
from service.http.api.names import Name
from service.http.dependencies import TenantDep
from service.http.responses import problems
from service.ingest.readers.limits import Limits
from service.store import models
from service.store.repository import streets as stored_streets
from service.vector import streets
from spatial.errors import InvalidInputError, Problem

router = APIRouter(prefix="/streets")

_MOST_SEGMENTS = 100_000


class NetworkAbout(BaseModel):
    """A version of a street network."""

    name: str
    version: int
    file_name: str | None
    loaded_at: dt.datetime
    report: dict[str, Any] = Field(
        description="What was found, mended and left out when it was loaded."
    )


class NetworkWhole(NetworkAbout):
    """A version of a street network with its length."""

    length_km: float


class NetworkStored(BaseModel):
    """What became of an uploaded network."""

    network: str
    version: int
    segments: int
    stored: bool = Field(description="False: this very content was there already.")
    report: dict[str, Any]


@router.get("", summary="List street networks", responses=problems())
def get_networks(tenant: TenantDep) -> list[NetworkAbout]:
    """Return every version of every street network, by name, the newest version first."""
    with tenant.unit_of_work() as (session, agency):
        return [_about(one) for one in stored_streets.networks(session, agency)]


@router.get("/{network}", summary="Read a street network", responses=problems(404, 422))
def get_network(tenant: TenantDep, network: str) -> NetworkWhole:
    """Return what a network is (`NAME`, or `NAME@VERSION`), what was mended, and its length."""
    with tenant.unit_of_work() as (session, agency):
        found = stored_streets.find(session, agency, network)
        length_km = round(stored_streets.length_km(session, found), 3)
        return NetworkWhole(**_about(found).model_dump(), length_km=length_km)


@router.get(
    "/{network}/segments",
    summary="Read the segments of a street network",
    response_class=Response,
    responses=geojson.places("StreetSegment") | problems(404, 422),
)
def get_segments(
    tenant: TenantDep,
    network: str,
    bbox: Annotated[
        str | None,
        Query(
            max_length=200,
            description="Only segments that touch this box: west,south,east,north in degrees.",
            examples=["-0.11,51.50,-0.08,51.52"],
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST_SEGMENTS)] = 10_000,
    offset: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:
    """Return segments of a network as GeoJSON, by id: `name`, `road_class` and `length_m`."""
    box = None if bbox is None else _box(bbox)
    with tenant.unit_of_work() as (session, agency):
        found = stored_streets.find(session, agency, network)
        content = places.segments(session, found, box=box, limit=limit, offset=offset)
    return Response(content, media_type=geojson.MEDIA_TYPE)


@router.put(
    "/{network}",
    summary="Load a street network",
    description="Lines as GeoJSON in the body, or a file in the field `file` of a form: "
    "GeoPackage, GeoJSON, GeoParquet, FlatGeobuf, Shapefile (zipped), KML, OpenStreetMap (PBF or "
    "XML) or osmnx GraphML. With other content than before it becomes a new version.",
    responses=problems(400, 404, 413, 422, 507),
    openapi_extra=uploads.request_body(
        "lines", {"type": "LineString", "coordinates": [[0, 51], [0.001, 51]]}
    ),
)
async def put_network(
    request: Request,
    tenant: TenantDep,
    network: Name,
    id_column: Annotated[
        str | None, Query(max_length=200, description="Column with the source's id of each street.")
    ] = None,
    name_column: Annotated[
        str | None, Query(max_length=200, description="Column with the name of each street.")
    ] = None,
    class_column: Annotated[
        str | None, Query(max_length=200, description="Column with the class of each street.")
    ] = None,
    file_layer: uploads.FileLayer = None,
    only_class: Annotated[
        list[str] | None, Query(description="Take only lines of these classes.", max_length=200)
    ] = None,
    noding: Annotated[
        Literal["none", "vertices", "crossings"] | None,
        Query(
            description="Where to cut lines: at vertices that lines share, at crossings too, or "
            "nowhere. Default: `vertices` for OpenStreetMap, `none` for other files."
        ),
    ] = None,
    simplify: Annotated[
        bool,
        Query(
            description="Make one line of each street space, of dual carriageways, parallel ways "
            "and roundabouts; incidents still snap to the ways that it stands for."
        ),
    ] = False,
    simplify_classes: Annotated[
        list[str] | None,
        Query(
            description="Simplify only streets of these classes, with commas between or given "
            "several times. Default: all but footways and other paths.",
            max_length=200,
        ),
    ] = None,
    crs: uploads.Crs = None,
) -> NetworkStored:
    """Store lines as a network."""
    columns = streets.Columns(id_column, name_column, class_column)

    def store(path: FilePath) -> NetworkStored:
        with tenant.unit_of_work() as (session, agency):
            loaded = streets.load_file(
                session,
                agency,
                path,
                network,
                columns=columns,
                file_layer=file_layer,
                only_classes=only_class or (),
                noding=noding,
                simplify=simplify,
                simplify_classes=simplify_classes or (),
                crs=crs,
                limits=Limits.of(request.app.state.settings),
            )
            return NetworkStored(
                **{name: getattr(loaded, name) for name in NetworkStored.model_fields}
            )

    async with uploads.uploaded(request) as path:
        return await run_in_threadpool(store, path)


def _about(network: models.StreetNetwork) -> NetworkAbout:
    return NetworkAbout(**{name: getattr(network, name) for name in NetworkAbout.model_fields})


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    on_globe = abs(west) <= 180 and abs(east) <= 180
    if not (on_globe and -90 <= south <= north <= 90):
        raise InvalidInputError(
            f"bbox must be west,south,east,north in degrees, such as -0.11,51.50,-0.08,51.52, not "
            f"{text!r}.",
            [Problem("bbox", "not a box in longitude and latitude")],
        )
    return west, south, east, north
