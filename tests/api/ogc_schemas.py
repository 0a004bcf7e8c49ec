"""What the standards' published schemas ask of documents, written down as far as they bind."""

from __future__ import annotations

from typing import Any

import jsonschema

Schema = dict[str, Any]


def _object(required: list[str], **properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


TEXT: Schema = {"type": "string"}
URI: Schema = {"type": "string", "pattern": "^https?://"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
LINK = _object(["href", "rel"], href=URI, rel=TEXT, type=TEXT, hreflang=TEXT, title=TEXT)
LINKS = _list(LINK, minItems=1)

LANDING = _object(["links"], title=TEXT, description=TEXT, links=LINKS)
CONFORMANCE = _object(["conformsTo"], conformsTo=_list(URI, minItems=1, uniqueItems=True))
EXTENT = _object(
    [],
    spatial=_object(
        ["bbox"],
        bbox=_list(_list(NUMBER, minItems=4, maxItems=4), minItems=1),
        crs={"const": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
    ),
    temporal=_object(
        ["interval"],
        interval=_list(
            _list({"type": ["string", "null"], "format": "date-time"}, minItems=2, maxItems=2),
            minItems=1,
        ),
        trs={"const": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"},
    ),
)
COLLECTION = _object(
    ["id", "links"],
    id=TEXT,
    title=TEXT,
    description=TEXT,
    links=LINKS,
    extent=EXTENT,
    itemType={"const": "feature"},
    crs=_list({"type": "string", "pattern": "^(http|#/crs)"}, minItems=1, uniqueItems=True),
    storageCrs=URI,
)
COLLECTIONS = _object(["links", "collections"], links=LINKS, collections=_list(COLLECTION))

_POSITION = _list(NUMBER, minItems=2, maxItems=3)
_LINE = _list(_POSITION, minItems=2)
_RING = _list(_POSITION, minItems=4)


def _geometry(kind: str, coordinates: Schema) -> Schema:
    return _object(["type", "coordinates"], type={"const": kind}, coordinates=coordinates)


GEOMETRY: Schema = {
    "oneOf": [
        _geometry("Point", _POSITION),
        _geometry("MultiPoint", _list(_POSITION)),
        _geometry("LineString", _LINE),
        _geometry("MultiLineString", _list(_LINE)),
        _geometry("Polygon", _list(_RING)),
        _geometry("MultiPolygon", _list(_list(_RING))),
    ]
}
FEATURE = _object(
    ["type", "geometry", "properties", "id"],
    type={"const": "Feature"},
    geometry={"anyOf": [GEOMETRY, {"type": "null"}]},
    properties={"type": ["object", "null"]},
    id={"type": ["string", "integer"]},
    links=LINKS,
)
FEATURES = _object(
    ["type", "features", "links"],
    type={"const": "FeatureCollection"},
    features=_list(FEATURE),
    links=LINKS,
    timeStamp={"type": "string", "format": "date-time"},
    numberMatched=COUNT,
    numberReturned=COUNT,
)
PROBLEM = _object(
    ["type", "title", "status", "detail", "errors"],
    type=URI,
    title=TEXT,
    status={"type": "integer", "minimum": 400, "maximum": 599},
    detail=TEXT,
    errors=_list(_object(["where", "message"], where=TEXT, message=TEXT)),
)
TILE_SET_ITEM = _object(
    ["dataType", "crs", "links"],
    title=TEXT,
    dataType={"enum": ["map", "vector", "coverage"]},
    crs=URI,
    tileMatrixSetURI=URI,
    links=LINKS,
)
TILE_SETS = _object(["tilesets"], tilesets=_list(TILE_SET_ITEM, minItems=1), links=LINKS)
TILE_SET = {
    "allOf": [
        TILE_SET_ITEM,
        _object(
            [],
            layers=_list(
                _object(
                    ["id", "dataType"],
                    id=TEXT,
                    dataType={"const": "vector"},
                    minTileMatrix=TEXT,
                    maxTileMatrix=TEXT,
                    propertiesSchema={"type": "object"},
                ),
                minItems=1,
            ),
            boundingBox=_object(
                ["lowerLeft", "upperRight"],
                lowerLeft=_list(NUMBER, minItems=2, maxItems=2),
                upperRight=_list(NUMBER, minItems=2, maxItems=2),
                crs=URI,
            ),
        ),
    ]
}
TILE_MATRIX_SET = _object(
    ["crs", "tileMatrices"],
    id=TEXT,
    uri=URI,
    crs=URI,
    tileMatrices=_list(
        _object(
            ["id", "scaleDenominator", "cellSize", "pointOfOrigin", "tileWidth", "tileHeight",
             "matrixWidth", "matrixHeight"],
            id={"type": "string", "pattern": "^[0-9]+$"},
            scaleDenominator=NUMBER,
            cellSize=NUMBER,
            pointOfOrigin=_list(NUMBER, minItems=2, maxItems=2),
            tileWidth=COUNT,
            tileHeight=COUNT,
            matrixWidth=COUNT,
            matrixHeight=COUNT,
        ),
        minItems=1,
    ),
)  # fmt: skip
TILE_MATRIX_SETS = _object(
    ["tileMatrixSets"],
    tileMatrixSets=_list(_object(["links"], id=TEXT, uri=URI, links=LINKS), minItems=1),
)
TILEJSON = _object(
    ["tilejson", "tiles", "vector_layers"],
    tilejson={"const": "3.0.0"},
    tiles=_list({"type": "string", "pattern": r"\{z\}.*\{y\}.*\{x\}|\{z\}.*\{x\}.*\{y\}"}),
    vector_layers=_list(_object(["id", "fields"], id=TEXT, fields={"type": "object"})),
    minzoom=COUNT,
    maxzoom={"type": "integer", "maximum": 30},
    bounds=_list(NUMBER, minItems=4, maxItems=4),
)


def validate(document: Any, schema: Schema) -> None:
    """Fail where a document is not what its schema asks."""
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema, format_checker=checker).validate(document)
