"""What the API tells of its collections: metadata, queryables, and the frame of a page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from service.analyses.property import HARM_UNIT, Property
from service.http.ogc import crs
from service.http.ogc.collections import PARAMETERS
from service.http.ogc.cql import translation as cql
from service.http.ogc.links import GEOJSON, HTML, JSON, REL, SCHEMA, Address, Link, link, own
from service.http.ogc.queries import Source
from service.http.ogc.requests import Asked, Extent, Reader

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_EARTH = (-180.0, -90.0, 180.0, 90.0)
_GEOMETRIES = {
    "targets": "geometry-any",
    "units": "geometry-any",
    "segments": "geometry-linestring",
    "patrol_areas": "geometry-any",
    "boundaries": "geometry-multipolygon",
    "streets": "geometry-linestring",
    "incidents": "geometry-point",
}


def collection(asked: Asked, reader: Reader, source: Source) -> dict[str, Any]:
    """Return the metadata of a collection."""
    asked, name, rows = asked.pinned(source), source.collection.id, source.rows
    extent = reader.extent(source)
    path = ("collections", name)
    told: dict[str, Any] = {
        "id": name,
        "title": source.view.title,
        "description": source.view.description,
        "itemType": "feature",
        "crs": [one.uri for one in crs.offered(extent[0])],
        "storageCrs": crs.CRS84.uri,
    }
    told["extent"] = _extent(extent, source)
    if rows.run is not None:
        told["run"] = rows.run.told()
    told["links"] = [
        *own(asked.address, *path, as_html=asked.as_html),
        *items_links(asked, name),
        link(
            asked.address.of(*path, "queryables", f="json"),
            f"{REL}queryables",
            SCHEMA,
            "What filters may name",
        ),
        link(asked.address.of(*path, "schema"), "describedby", SCHEMA, "What its features hold"),
        link(
            asked.address.of(*path, "tiles", f="json"),
            f"{REL}tilesets-vector",
            JSON,
            "Vector tiles",
        ),
    ]
    return told


def items_links(asked: Asked, name: str) -> list[Link]:
    """Return the links from a collection to its features."""
    path = ("collections", name, "items")
    return [
        link(asked.address.of(*path, f="json"), "items", GEOJSON, "Its features"),
        link(asked.address.of(*path, f="html"), "items", HTML, "Its features as a page"),
    ]


def queryables(asked: Asked, source: Source) -> dict[str, Any]:
    """Return the JSON Schema of what filters may name."""
    name = source.collection.id
    properties: dict[str, Any] = {}
    for called, column in cql.queryable(source.columns()).items():
        if column.kind == "geometry":
            properties[called] = {
                "title": column.title,
                "format": _GEOMETRIES[name],
                "x-ogc-role": "primary-geometry",
            }
            if column.description is not None:
                properties[called]["description"] = column.description
        else:
            properties[called] = _schema_of(column, source)
    return {
        "$schema": _DIALECT,
        "$id": Address(asked.address.root).of("collections", name, "queryables"),
        "type": "object",
        "title": source.view.title,
        "description": source.view.description,
        "properties": properties,
        "additionalProperties": False,
    }


def schema(asked: Asked, source: Source) -> dict[str, Any]:
    """Return the JSON Schema of a feature, from which clients type its properties.

    Without it they go by the first page, where nothing may have a value. No value is null.
    """
    name = source.collection.id
    return {
        "$schema": _DIALECT,
        "$id": Address(asked.address.root).of("collections", name, "schema"),
        "type": "object",
        "title": source.view.title,
        "description": source.view.description,
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "const": "Feature"},
            "geometry": {"$ref": "https://geojson.org/schema/Geometry.json"},
            "properties": {
                "type": "object",
                "properties": {
                    one: _schema_of(column, source)
                    for one, column in source.columns().items()
                    if column.kind != "geometry"
                },
            },
        },
    }


def choices(source: Source) -> tuple[str, ...]:
    """Return the parameters that choose the rows of a collection."""
    return PARAMETERS[source.collection.chosen_by]


def _schema_of(column: Property, source: Source) -> dict[str, Any]:
    told, run = column.json_schema, source.rows.run
    if source.as_text and column.kind == "document":
        plain = {name: told[name] for name in ("title", "description") if name in told}
        return plain | {"type": "string", "contentMediaType": JSON}
    if "x-ogc-unit" in told and run is not None and run.harm_unit:
        told["x-ogc-unit"] = told["x-ogc-unit"].replace(HARM_UNIT, run.harm_unit)
    return told


def _extent(extent: Extent, source: Source) -> dict[str, Any]:
    """Return where and when features lie; of none: where a run looked, or everywhere."""
    bounds, times = extent
    run = source.rows.run
    if bounds is None:
        bounds = _EARTH if run is None else run.bbox
    if run is not None:
        times = run.span()
    told: dict[str, Any] = {"spatial": {"bbox": [list(bounds)], "crs": crs.CRS84.uri}}
    if times is not None or source.collection.timed:
        told["temporal"] = {
            "interval": [[None, None] if times is None else list(map(_instant, times))],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    return told


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
