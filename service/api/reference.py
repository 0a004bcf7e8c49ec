"""What analyses refer to: harm indexes, boundary layers and street networks."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any

import geopandas as gpd
import shapely
from fastapi import APIRouter, Body, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from geoalchemy2.shape import to_shape
from pydantic import BaseModel

from service import boundaries, harm_indexes, streets
from service.api.dependencies import TenantDep, problems
from service.db import models
from service.errors import NotFoundError, UnreadableFileError

router = APIRouter(prefix="/api/v1", tags=["reference"])

Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]


class Weight(BaseModel):
    """What one offence weighs."""

    offence_code: str
    offence_name: str
    weight: float
    low: float | None
    high: float | None
    detection: str
    note: str | None


class IndexAbout(BaseModel):
    """A version of a harm index."""

    name: str
    version: str
    title: str
    unit: str
    citation: str | None
    loaded_at: dt.datetime

    @classmethod
    def of(cls, index: models.HarmIndex) -> IndexAbout:
        """Return the description of a stored index."""
        return cls(**{name: getattr(index, name) for name in cls.model_fields})


class IndexWhole(IndexAbout):
    """A version of a harm index with its weights."""

    weights: list[Weight]


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


@router.get("/harm-indexes", summary="List harm indexes", responses=problems())
def get_harm_indexes(tenant: TenantDep) -> list[IndexAbout]:
    """Return every version of every harm index, by name, the newest version first."""
    with tenant.unit_of_work() as (session, agency):
        return [IndexAbout.of(one) for one in harm_indexes.all_indexes(session, agency)]


@router.get("/harm-indexes/{name}", summary="Read a harm index", responses=problems(404, 422))
def get_harm_index(
    tenant: TenantDep, name: Annotated[str, Path(examples=["cchi-2026-police-uk"])]
) -> IndexWhole:
    """Return an index (`NAME`, or `NAME@VERSION`) with its weights."""
    with tenant.unit_of_work() as (session, agency):
        index = harm_indexes.find(session, agency, name)
        weights = [
            Weight(**{field: getattr(line, field) for field in Weight.model_fields})
            for line in harm_indexes.lines_of(session, index)
        ]
        return IndexWhole(**IndexAbout.of(index).model_dump(), weights=weights)


@router.put(
    "/harm-indexes/{name}",
    summary="Load a version of a harm index",
    responses=problems(409, 422),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "offence_code,weight,detection\nrobbery,365,victim\n",
                }
            },
        }
    },
)
async def put_harm_index(
    request: Request,
    tenant: TenantDep,
    name: Name,
    version: Annotated[
        str, Query(min_length=1, max_length=100, description="Version of the weights.")
    ],
    title: Annotated[
        str | None, Query(max_length=500, description="Title; default the name.")
    ] = None,
    unit: Annotated[str, Query(max_length=100, description="Unit of the weights.")] = "days",
    citation: Annotated[
        str | None, Query(max_length=2000, description="Source of the weights.")
    ] = None,
) -> IndexAbout:
    """Store a CSV of weights as a version of an index; the same version again must be equal."""
    content = await request.body()
    about = harm_indexes.IndexDescription(name, version, title or name, unit, citation)

    def store() -> IndexAbout:
        with tenant.unit_of_work() as (session, agency):
            harm_indexes.load(session, agency, about, content, where="the body")
            return IndexAbout.of(harm_indexes.find(session, agency, f"{name}@{version}"))

    return await run_in_threadpool(store)


class NetworkAbout(BaseModel):
    """A version of a street network."""

    name: str
    version: int
    file_name: str | None
    loaded_at: dt.datetime
    report: dict[str, int]


class NetworkWhole(NetworkAbout):
    """A version of a street network with its length."""

    length_km: float


class NetworkStored(BaseModel):
    """What became of an uploaded network."""

    network: str
    version: int
    segments: int
    stored: bool
    report: dict[str, int]


@router.get("/streets", summary="List street networks", responses=problems())
def get_networks(tenant: TenantDep) -> list[NetworkAbout]:
    """Return every version of every street network, by name, the newest version first."""
    with tenant.unit_of_work() as (session, agency):
        return [_about(one) for one in streets.networks(session, agency)]


@router.get("/streets/{network}", summary="Read a street network", responses=problems(404, 422))
def get_network(tenant: TenantDep, network: str) -> NetworkWhole:
    """Return what a network is (`NAME`, or `NAME@VERSION`), what was mended, and its length."""
    with tenant.unit_of_work() as (session, agency):
        found = streets.find(session, agency, network)
        length_km = round(streets.length_km(session, found), 3)
        return NetworkWhole(**_about(found).model_dump(), length_km=length_km)


@router.put(
    "/streets/{network}", summary="Load a street network", responses=problems(400, 413, 422)
)
def put_network(
    tenant: TenantDep,
    network: Name,
    collection: Annotated[
        dict[str, Any],
        Body(
            description="A GeoJSON FeatureCollection of lines in longitude and latitude.",
            examples=[
                {
                    "type": "FeatureCollection",
                    "features": [
                        {
                            "type": "Feature",
                            "properties": {"name": "Mill Lane"},
                            "geometry": {
                                "type": "LineString",
                                "coordinates": [[0, 51], [0.001, 51]],
                            },
                        }
                    ],
                }
            ],
        ),
    ],
) -> NetworkStored:
    """Store lines as a network; with other content than before it becomes a new version."""
    lines = _geojson_table(collection, "lines")
    with tenant.unit_of_work() as (session, agency):
        loaded = streets.load(session, agency, lines, network, where="the body")
        return NetworkStored(**{name: getattr(loaded, name) for name in NetworkStored.model_fields})


@router.get("/boundaries", summary="List boundary layers", responses=problems())
def get_boundaries(tenant: TenantDep) -> list[LayerAbout]:
    """Return the newest version of each boundary layer."""
    with tenant.unit_of_work() as (session, agency):
        return [
            LayerAbout(**{name: getattr(layer, name) for name in LayerAbout.model_fields})
            for layer in boundaries.layers(session, agency)
        ]


@router.get("/boundaries/{layer}", summary="Read a boundary layer", responses=problems(404, 422))
def get_boundary(tenant: TenantDep, layer: str) -> dict[str, Any]:
    """Return the areas of a layer as GeoJSON."""
    with tenant.unit_of_work() as (session, agency):
        found = next((one for one in boundaries.layers(session, agency) if one.name == layer), None)
        if found is None:
            raise NotFoundError(f"There is no boundary layer {layer}.")
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "geometry": json.loads(shapely.to_geojson(to_shape(area.geom))),
                    "properties": area.properties | {"name": area.name},
                }
                for area in boundaries.areas_of(session, found)
            ],
        }


@router.put(
    "/boundaries/{layer}", summary="Load a boundary layer", responses=problems(400, 413, 422)
)
def put_boundary(
    tenant: TenantDep,
    layer: Name,
    collection: Annotated[
        dict[str, Any],
        Body(
            description="A GeoJSON FeatureCollection of polygons in longitude and latitude.",
            examples=[
                {
                    "type": "FeatureCollection",
                    "features": [
                        {
                            "type": "Feature",
                            "properties": {"name": "North"},
                            "geometry": {
                                "type": "Polygon",
                                "coordinates": [[[0, 51], [0.1, 51], [0.1, 51.1], [0, 51]]],
                            },
                        }
                    ],
                }
            ],
        ),
    ],
    name_column: Annotated[
        str | None, Query(max_length=200, description="Property that names each area.")
    ] = None,
) -> LayerStored:
    """Store polygons as a layer; with other content than before it becomes a new version."""
    areas = _geojson_table(collection, "polygons")
    with tenant.unit_of_work() as (session, agency):
        loaded = boundaries.load(
            session, agency, areas, layer, where="the body", name_column=name_column
        )
        return LayerStored(**{name: getattr(loaded, name) for name in LayerStored.model_fields})


def _geojson_table(collection: dict[str, Any], kind: str) -> gpd.GeoDataFrame:
    try:
        return gpd.GeoDataFrame.from_features(collection["features"], crs=4326)
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError) as error:
        raise UnreadableFileError(
            f"The body is not a GeoJSON FeatureCollection of {kind}: {error!r}."
        ) from error


def _about(network: models.StreetNetwork) -> NetworkAbout:
    return NetworkAbout(**{name: getattr(network, name) for name in NetworkAbout.model_fields})
