"""What the API tells of its collections: metadata, queryables, and the frame of a page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from service.analyses.property import HARM_UNIT
from service.http.ogc import crs
from service.http.ogc.collections import PARAMETERS
from service.http.ogc.cql import translation as cql
from service.http.ogc.links import GEOJSON, HTML, JSON, REL, SCHEMA, Link, link, own
from service.http.ogc.queries import Source
from service.http.ogc.requests import Asked, Extent, Reader
from service.http.ogc.rows import Rows

"""Stands in the comments of the views for the unit that a run's own index has."""

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
    name, rows = source.collection.id, source.rows
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
    where_and_when = _extent(extent, rows)
    if where_and_when:
        told["extent"] = where_and_when
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
            schema = dict(column.json_schema)
            if "x-ogc-unit" in schema and source.rows.run and source.rows.run.harm_unit:
                schema["x-ogc-unit"] = schema["x-ogc-unit"].replace(
                    HARM_UNIT, source.rows.run.harm_unit
                )
            properties[called] = schema
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": asked.address.of("collections", name, "queryables"),
        "type": "object",
        "title": source.view.title,
        "description": source.view.description,
        "properties": properties,
        "additionalProperties": False,
    }


def choices(source: Source) -> tuple[str, ...]:
    """Return the parameters that choose the rows of a collection."""
    return PARAMETERS[source.collection.chosen_by]


def _extent(extent: Extent, rows: Rows) -> dict[str, Any]:
    bounds, times = extent
    told: dict[str, Any] = {}
    if bounds is not None:
        told["spatial"] = {"bbox": [list(bounds)], "crs": crs.CRS84.uri}
    if rows.run is not None:
        times = rows.run.span()
    if times is not None:
        interval = [one.astimezone(dt.UTC).isoformat(timespec="seconds") for one in times]
        told["temporal"] = {
            "interval": [[one.replace("+00:00", "Z") for one in interval]],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    return told
