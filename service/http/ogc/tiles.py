"""OGC API Tiles: every collection as vector tiles, with their metadata, TileJSON and style."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Response

from service import styles
from service.http.ogc import crs, responses, tile_queries, tile_sets
from service.http.ogc.filters import CollectionId, FilteringDep
from service.http.ogc.links import HTML, JSON, MVT, REL, Link, contents, link, own
from service.http.ogc.queries import Source
from service.http.ogc.requests import (
    Asked,
    AskedAsJsonDep,
    AskedDep,
    AskedForTileDep,
    refuse_unknown,
)
from service.http.ogc.tile_sets import DEEPEST, TILE_MATRIX_SETS, TileSet
from service.http.representation import representation
from service.store import geojson
from service.styles import maplibre
from service.styles.source import shapes_of

router = APIRouter(tags=["Tiles"], dependencies=[Depends(refuse_unknown)])

CONFORMANCE: Final = tuple(
    f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}"
    for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30")
)
STYLE: Final = "application/vnd.mapbox.style+json"

_EARTH: Final = (-180.0, -90.0, 180.0, 90.0)

SetId = Annotated[
    str,
    Path(
        alias="tileMatrixSetId",
        description="Id of the tile matrix set.",
        json_schema_extra={"enum": list(TILE_MATRIX_SETS)},
    ),
]


@router.get(
    "/tileMatrixSets",
    operation_id="getTileMatrixSetsList",
    summary="List the tile matrix sets",
    response_class=Response,
    responses=contents(JSON, HTML),
)
def get_tile_matrix_sets(asked: AskedDep) -> Response:
    """Return the tile matrix sets in which there are tiles."""
    listed = [
        {
            "id": one.id,
            "title": one.definition.title,
            "uri": str(one.definition.uri),
            "links": [_scheme_link(asked, one, "self")],
        }
        for one in TILE_MATRIX_SETS.values()
    ]
    told = {
        "tileMatrixSets": listed,
        "links": own(asked.address, "tileMatrixSets", as_html=asked.as_html),
    }
    return responses.answer(asked, told, "tile_matrix_sets")


@router.get(
    "/tileMatrixSets/{tileMatrixSetId}",
    operation_id="getTileMatrixSet",
    summary="Describe a tile matrix set",
    response_class=Response,
    responses=contents(JSON, HTML),
)
def get_tile_matrix_set(asked: AskedDep, name: SetId) -> Response:
    """Return where the tiles of each zoom lie."""
    return responses.answer(asked, tile_sets.find(name).document(), "tile_matrix_set")


@router.get(
    "/collections/{collectionId}/tiles",
    operation_id=".collection.vector.getTileSetsList",
    summary="List the tile sets of a collection",
    response_class=Response,
    responses=contents(JSON, HTML),
)
def get_tile_sets(asked: AskedDep, name: CollectionId) -> Response:
    """Return the tile sets in which a collection can be had."""
    path = ("collections", name, "tiles")
    with asked.reading_of(asked.collection(name)) as (_, source):
        asked = asked.pinned(source)
        listed = [
            _summary(source, one)
            | {
                "links": [
                    link(asked.address.of(*path, one.id, f="json"), "self", JSON, "This tile set"),
                    _scheme_link(asked, one),
                    _tiles_link(asked, name, one),
                ]
            }
            for one in TILE_MATRIX_SETS.values()
        ]
    told = {"tilesets": listed, "links": own(asked.address, *path, as_html=asked.as_html)}
    return responses.answer(asked, told, "tilesets", collection=name)


@router.get(
    "/collections/{collectionId}/tiles/{tileMatrixSetId}",
    operation_id=".collection.vector.getTileSet",
    summary="Describe a tile set",
    response_class=Response,
    responses=contents(JSON, HTML),
)
def get_tile_set(asked: AskedDep, name: CollectionId, set_name: SetId) -> Response:
    """Return what the tiles of a collection hold, where, and how they are drawn."""
    tile_set = tile_sets.find(set_name)
    path = ("collections", name, "tiles", set_name)
    with asked.reading_of(asked.collection(name)) as (reader, source):
        bounds = reader.extent(source)[0]
    asked = asked.pinned(source)
    links = [
        *own(asked.address, *path, as_html=asked.as_html),
        _scheme_link(asked, tile_set),
        _tiles_link(asked, name, tile_set),
        link(asked.address.of("collections", name, f="json"), f"{REL}geodata", JSON, "Collection"),
        link(asked.address.of(*path, "tilejson"), "describedby", JSON, "TileJSON"),
    ]
    if name in styles.COLLECTIONS:
        links.append(link(asked.address.of(*path, "style"), f"{REL}styles", STYLE, "Style"))
    told = _summary(source, tile_set) | {"layers": [_layer(source)], "links": links}
    if bounds is not None:
        told["boundingBox"] = {
            "lowerLeft": list(bounds[:2]),
            "upperRight": list(bounds[2:]),
            "crs": crs.CRS84.uri,
        }
    xyz = _tiles_address(asked, name, tile_set, "{z}", "{y}", "{x}")
    return responses.answer(asked, told, "tileset", collection=name, xyz=xyz)


@router.get(
    "/collections/{collectionId}/tiles/{tileMatrixSetId}/tilejson",
    summary="Describe a tile set as TileJSON",
    response_class=Response,
    responses=contents(JSON),
)
def get_tilejson(asked: AskedAsJsonDep, name: CollectionId, set_name: SetId) -> Response:
    """Return the tile set as map libraries read it (TileJSON 3.0)."""
    tile_set = tile_sets.find(set_name)
    with asked.reading_of(asked.collection(name)) as (reader, source):
        west, south, east, north = reader.extent(source)[0] or _EARTH
        if west > east:  # map libraries know no bounds across the antimeridian
            west, east = -180.0, 180.0
        layer = _layer(source)
    asked = asked.pinned(source)
    told = {
        "tilejson": "3.0.0",
        "name": source.view.title,
        "description": _description(source),
        "scheme": "xyz",
        "tiles": [_tiles_address(asked, name, tile_set, "{z}", "{y}", "{x}")],
        "minzoom": 0,
        "maxzoom": DEEPEST,
        "bounds": [west, south, east, north],
        "vector_layers": [
            {
                "id": layer["id"],
                "description": layer["description"],
                "fields": {
                    one: schema["title"]
                    for one, schema in layer["propertiesSchema"]["properties"].items()
                },
            }
        ],
    }
    return responses.written(geojson.document(told), JSON)


@router.get(
    "/collections/{collectionId}/tiles/{tileMatrixSetId}/style",
    summary="Read the style of a tile set",
    response_class=Response,
    responses=contents(STYLE),
)
def get_style(asked: AskedAsJsonDep, name: CollectionId, set_name: SetId) -> Response:
    """Return how the tiles are drawn, as MapLibre and Mapbox GL read it."""
    tile_set = tile_sets.find(set_name)
    with asked.reading_of(asked.collection(name)) as (_, source):
        asked = asked.pinned(source)
    tilejson = asked.address.of("collections", name, "tiles", tile_set.id, "tilejson")
    drawn = [styles.style_of(name, shape) for shape in shapes_of(name)]
    return responses.written(geojson.document(maplibre.document(drawn, tilejson=tilejson)), STYLE)


@router.get(
    "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
    operation_id=".collection.vector.getTile",
    summary="Read a tile",
    response_class=Response,
    responses=contents(MVT) | {204: {"description": "Nothing lies here."}},
)
def get_tile(
    asked: AskedForTileDep,
    name: CollectionId,
    set_name: SetId,
    matrix: Annotated[int, Path(alias="tileMatrix", description="Zoom.")],
    row: Annotated[int, Path(alias="tileRow", description="Row, from the north.")],
    column: Annotated[int, Path(alias="tileCol", description="Column, from the west.")],
    filtering: FilteringDep,
    v: Annotated[
        str | None,
        Query(
            description="How the tile is written, as links to the tiles of a run have it: what is "
            "asked for with it may be kept for a year."
        ),
    ] = None,
) -> Response:
    """Return a vector tile; its layer has the name of the collection.

    A tile holds 10,000 features at most: where there are more, those of the first ranks. Its
    description says what else may be missing. Features have whole numbers as ids.
    """
    tile_set = tile_sets.find(set_name)
    where = tile_sets.locate(tile_set, matrix, row, column)
    with asked.reading_of(asked.collection(name)) as (reader, source):
        headers = responses.caching(asked, source.rows, written_as=v)
        known = responses.unchanged(asked, headers)
        if known is not None:
            return known
        systems = crs.offered(reader.extent(source)[0]) if filtering.crs else (crs.CRS84,)
        narrowed = filtering.of(source, systems)
        content = tile_queries.tile(
            reader.session, narrowed, tile_set.srid, where.box, where.degrees
        )
    if not content:
        return Response(status_code=204, headers=headers)
    return Response(content, media_type=MVT, headers=headers)


def _description(source: Source) -> str:
    """Say what the features of the tiles are, and which of them may be missing there."""
    collection = source.collection
    kept = "those of the first ranks" if collection.first is not None else "any of them"
    limits = (
        f"A tile holds {tile_queries.MOST_IN_TILE:,} features and "
        f"{tile_queries.MOST_BYTES / 1e6:g} MB at most: {kept}."
    )
    if collection.first is not None and not collection.sparse:
        limits += (
            f" Where more than {tile_queries.CROWD:,} are smaller than a pixel, the first of each "
            "pixel stands for the others there."
        )
    return f"{source.view.description} {limits}"


def _summary(source: Source, tile_set: TileSet) -> dict[str, Any]:
    return {
        "title": source.view.title,
        "description": _description(source),
        "dataType": "vector",
        "crs": str(tile_set.definition.crs.root),
        "tileMatrixSetId": tile_set.id,
        "tileMatrixSetURI": str(tile_set.definition.uri),
    }


def _layer(source: Source) -> dict[str, Any]:
    known = source.columns()
    carried = {name: one.json_schema for name, one in known.items() if one.tiled}
    return {
        "id": source.collection.id,
        "title": source.view.title,
        "description": source.view.description,
        "dataType": "vector",
        "minTileMatrix": "0",
        "maxTileMatrix": str(DEEPEST),
        "propertiesSchema": {"type": "object", "properties": carried},
    }


def _scheme_link(asked: Asked, tile_set: TileSet, rel: str = f"{REL}tiling-scheme") -> Link:
    address = asked.address.of("tileMatrixSets", tile_set.id, f="json")
    return link(address, rel, JSON, f"The tile matrix set {tile_set.id}")


def _tiles_link(asked: Asked, name: str, tile_set: TileSet) -> Link:
    address = _tiles_address(asked, name, tile_set, "{tileMatrix}", "{tileRow}", "{tileCol}")
    return link(address, "item", MVT, "Vector tiles", templated=True)


def _tiles_address(asked: Asked, name: str, tile_set: TileSet, *tile: str) -> str:
    written_as = representation() if asked.choice.fixed else None
    return asked.address.of("collections", name, "tiles", tile_set.id, *tile, v=written_as)
