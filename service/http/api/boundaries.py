"""Boundary layers: files in, areas out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from service.export import places
from service.http import geojson
from service.http.api import uploads
from service.http.api.names import Name
from service.http.dependencies import TenantDep
from service.http.responses import problems
from service.ingest.readers.limits import Limits
from service.store.repository import boundaries as stored_boundaries
from service.vector import boundaries

router = APIRouter(prefix="/boundaries")


class LayerAbout(BaseModel):
    """The newest version of a boundary layer."""

    name: str
    version: int
    file_name: str | None
    loaded_at: dt.datetime


class LayerStored(BaseModel):
    """What became of an uploaded layer."""

    layer: str
    version: int
    areas: int
    stored: bool
    warnings: list[str]


@router.get("", summary="List boundary layers", responses=problems())
def get_boundaries(tenant: TenantDep) -> list[LayerAbout]:
    """Return the newest version of each boundary layer."""
    with tenant.unit_of_work() as (session, agency):
        return [
            LayerAbout(**{name: getattr(layer, name) for name in LayerAbout.model_fields})
            for layer in stored_boundaries.layers(session, agency)
        ]


@router.get(
    "/{layer}",
    summary="Read a boundary layer",
    response_class=Response,
    responses=geojson.places("BoundaryArea") | problems(404, 422),
)
def get_boundary(tenant: TenantDep, layer: str) -> Response:
    """Return the areas of a layer (`LAYER`, or `LAYER@VERSION`) as GeoJSON."""
    with tenant.unit_of_work() as (session, agency):
        found = stored_boundaries.find_layer(session, agency, layer)
        return Response(places.areas(session, found), media_type=geojson.MEDIA_TYPE)


@router.put(
    "/{layer}",
    summary="Load a boundary layer",
    description="Polygons as GeoJSON in the body, or a file in the field `file` of a form: "
    "GeoPackage, GeoJSON, GeoParquet, FlatGeobuf, Shapefile (zipped), KML or OpenStreetMap. With "
    "other content than before it becomes a new version.",
    responses=problems(400, 404, 413, 422, 507),
    openapi_extra=uploads.request_body(
        "polygons",
        {"type": "Polygon", "coordinates": [[[0, 51], [0.1, 51], [0.1, 51.1], [0, 51]]]},
    ),
)
async def put_boundary(
    request: Request,
    tenant: TenantDep,
    layer: Name,
    name_column: Annotated[
        str | None, Query(max_length=200, description="Column that names each area.")
    ] = None,
    file_layer: uploads.FileLayer = None,
    crs: uploads.Crs = None,
) -> LayerStored:
    """Store polygons as a layer."""

    def store(path: FilePath) -> LayerStored:
        with tenant.unit_of_work() as (session, agency):
            loaded = boundaries.load_file(
                session,
                agency,
                path,
                layer,
                name_column=name_column,
                file_layer=file_layer,
                crs=crs,
                limits=Limits.of(request.app.state.settings),
            )
            return LayerStored(**{name: getattr(loaded, name) for name in LayerStored.model_fields})

    async with uploads.uploaded(request) as path:
        return await run_in_threadpool(store, path)
