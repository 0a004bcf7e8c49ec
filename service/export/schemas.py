"""The JSON Schemas of the documents that tell of places: made from the declared properties.

OpenAPI describes answers by them, and the web's types are written from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from service.analyses import properties, registry
from service.analyses.property import Property, by_name, list_of
from service.analyses.study.units.kinds import KINDS

REFERENCES: Final = "#/components/schemas/"

_GEOMETRIES: Final = (
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
)  # fmt: skip
_TEXT: Final = {"type": "string"}
_TEXT_OR_NONE: Final = {"type": ["string", "null"]}
_WHOLE: Final = {"type": "integer"}
_NUMBER: Final = {"type": "number"}
_DATE: Final = {"type": "string", "format": "date"}
_TEXTS: Final = list_of(_TEXT)
_COUNTS: Final = by_name(_WHOLE)
_ACCOUNT: Final = {"used": _WHOLE, "outside": _WHOLE, "excluded": _COUNTS, "unmapped": _COUNTS}
_OF_VALUES: Final = ("type", "anyOf", "enum", "const", "items", "format")
"""What the schema of a parameter says of stored values; limits are for those who ask."""

_BOX: Final = {
    "type": "array",
    "description": "West, south, east and north in degrees; across the antimeridian west is "
    "greater than east.",
    "prefixItems": [_NUMBER, _NUMBER, _NUMBER, _NUMBER],
    "minItems": 4,
    "maxItems": 4,
}


_OF_COMPARISON: Final = {
    "earlier": {"$ref": f"{REFERENCES}Run"},
    "summary": _COUNTS | {"description": "Number of targets by status, and that merged or split."},
    "sentence": _TEXT,
    "cautions": _TEXTS,
}


def components() -> dict[str, dict[str, Any]]:
    """Return the schemas by name, each of which may refer to others."""
    found: dict[str, dict[str, Any]] = {"Geometry": _geometry(), **_of_runs()}
    places = {
        "Target": properties.TARGET,
        "UnitScore": properties.SCORE,
        "ComparedTarget": properties.COMPARED,
        "BoundaryArea": properties.BOUNDARY[:1],
        "StreetSegment": properties.STREET,
    }
    for name, declared in places.items():
        found[name] = _place(declared, found)
    of_run = {"bbox": ref("Box"), "run": ref("Run")}
    patrol = {"patrol_area": ref("Geometry")}
    found |= _features("Target", of_run, optional_of_feature=patrol)
    found |= _features("UnitScore", of_run)
    found |= _features("ComparedTarget", of_run | _OF_COMPARISON)
    found |= _features("BoundaryArea", {}, named=False)
    found |= _features("StreetSegment", {})
    return found


def ref(name: str) -> dict[str, Any]:
    """Return what refers to a schema."""
    return {"$ref": f"{REFERENCES}{name}"}


def collection_of(name: str) -> str:
    """Return the name of the schema of a collection of places."""
    return f"{name}Collection"


def _place(declared: Iterable[Property], found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    declared = tuple(declared)
    return {
        "type": "object",
        "properties": {one.name: _value(one, found) for one in declared},
        "required": [one.name for one in declared if _everywhere(one)],
    }


def _everywhere(one: Property) -> bool:
    return one.always and one.asked_by is None and one.kinds == frozenset(KINDS)


def _value(one: Property, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the schema of a property; the named objects in it become schemas of their own."""
    about = one.json_schema
    if one.form is not None:
        kept = ("title", "description", "x-ogc-unit")
        about = {key: about[key] for key in kept if key in about} | _hoisted(one.form, found)
    if not one.nullable:
        return about
    if "$ref" in about:
        return {"anyOf": [{"$ref": about.pop("$ref")}, {"type": "null"}], **about}
    if "enum" in about:
        about["enum"] = [*about["enum"], None]
    return about | {"type": [about["type"], "null"]}


def _hoisted(form: Mapping[str, Any], found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a schema in which objects that have a name stand by it."""
    schema = dict(form)
    name = schema.pop("title", None)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), Mapping):
            schema[key] = _hoisted(schema[key], found)
    if "properties" in schema:
        schema["properties"] = {
            key: _hoisted(value, found) for key, value in schema["properties"].items()
        }
    if name is None:
        return schema
    found[name] = schema
    return ref(name)


def _features(
    name: str,
    members: Mapping[str, Any],
    *,
    named: bool = True,
    optional_of_feature: Mapping[str, Any] | None = None,
) -> dict[str, dict[str, Any]]:
    """Return the schemas of a place as a feature, and of a collection of them."""
    feature = _object(
        {
            "type": {"const": "Feature"},
            **({"id": _TEXT} if named else {}),
            "geometry": ref("Geometry"),
            "properties": ref(name),
        },
        optional_of_feature,
    )
    collection = _object(
        {
            "type": {"const": "FeatureCollection"},
            **members,
            "features": list_of(ref(f"{name}Feature")),
        }
    )
    return {f"{name}Feature": feature, collection_of(name): collection}


def _object(
    required: Mapping[str, Any], optional: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
    }


def _geometry() -> dict[str, Any]:
    return _object(
        {"type": {"type": "string", "enum": list(_GEOMETRIES)}, "coordinates": {"type": "array"}}
    ) | {"description": "As RFC 7946 has it: degrees with seven decimals, right-handed polygons."}


def _parameters() -> dict[str, Any]:
    """Return the schema of what a run was asked: parameters of every process, or of some."""
    asked: dict[str, Any] = {}
    common: set[str] | None = None
    for process in registry.PROCESSES.values():
        own = process.params.model_json_schema(by_alias=True)["properties"]
        some = process.params.only_for()
        for name, schema in own.items():
            kept = {key: value for key, value in schema.items() if key in _OF_VALUES}
            if name in some:  # null for the other kinds of unit
                kept = {"anyOf": [*kept.get("anyOf", [kept]), {"type": "null"}]}
            asked[name] = kept | {"description": schema["description"]}
        common = set(own) if common is None else common & set(own)
    return {
        "type": "object",
        "description": "What was asked: the parameters of the process, every default filled in.",
        "properties": asked,
        "required": [name for name in asked if name in (common or ())],
        "additionalProperties": True,
    }


def _of_runs() -> dict[str, dict[str, Any]]:
    """Return the schemas of what a run rests on, as every document of a run carries it."""
    version = _object({"name": _TEXT, "version": _WHOLE})
    anything = {"type": "object", "additionalProperties": True}
    return {
        "Box": _BOX,
        "Parameters": _parameters(),
        "RunWindow": _object({"from": _DATE, "to": _DATE, "days": _WHOLE, "time_zones": _TEXTS}),
        "StudyArea": _object(
            {
                "name": _TEXT_OR_NONE,
                "version": {"type": ["integer", "null"]},
                "units": _WHOLE,
                "bbox": ref("Box"),
                "fallback": _TEXT_OR_NONE,
            },
            {"area_km2": _NUMBER, "length_km": _NUMBER, "layer": version, "network": version},
        ),
        "HarmIndex": _object(
            {
                "name": _TEXT,
                "version": _TEXT,
                "title": _TEXT,
                "unit": _TEXT,
                "citation": _TEXT_OR_NONE,
            }
        ),
        "HistoryAccount": _object({"before_window": _WHOLE, **_ACCOUNT}),
        "IncidentAccount": _object(
            {"in_window": _WHOLE, **_ACCOUNT},
            {
                "history": ref("HistoryAccount")
                | {"description": "Likewise of all before the window, where the run rests on it."}
            },
        ),
        "Run": _object(
            {
                "id": _TEXT,
                "process": _TEXT,
                "parameters": ref("Parameters"),
                "window": ref("RunWindow"),
                "study_area": ref("StudyArea"),
                "references": by_name(version),
                "harm_index": ref("HarmIndex"),
                "sources": _TEXTS,
                "data_version": _WHOLE,
                "software_version": _TEXT,
                "seed": _WHOLE,
                "incidents": ref("IncidentAccount"),
                "snapping": {"type": ["object", "null"]},
                "inference": {"type": ["object", "null"]},
                "warnings": _TEXTS,
            },
            {
                "libraries": by_name(_TEXT),
                "backtest": {
                    "anyOf": [_object({"id": _TEXT, "href": _TEXT}), _TEXT],
                    "description": "The run that tests these parameters on what came after (it is "
                    "computed after this one), or the reason why there is none.",
                },
                "message": _TEXT_OR_NONE,
                "districts": list_of(anything),
                "horizon": {
                    "type": "object",
                    "description": "The time for which harm is expected, on how many whole steps "
                    "of history that rests, and whether it ranks the targets or the window does.",
                },
                "undone": list_of(_WHOLE)
                | {"description": "Batches that its data held and that were undone since."},
            },
        ),
    }
