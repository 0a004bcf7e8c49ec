"""Values as their properties declare them: a number is a float, also where it happens to be whole.

Clients tell whole numbers from others by the point, and type a property by what they see first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.analyses.property import Property


def as_declared(properties: Mapping[str, Any], columns: Sequence[Property]) -> dict[str, Any]:
    """Return properties whose numbers are floats, at whatever depth they are declared.

    Parameters
    ----------
    properties
        Of a place.
    columns
        The declarations; what they do not name stays as it is.
    """
    schemas = {one.name: one.json_schema for one in columns}
    return {
        name: _typed(value, schemas[name]) if name in schemas else value
        for name, value in properties.items()
    }


def _typed(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        own, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        return {name: _typed(one, own.get(name, others)) for name, one in value.items()}
    if isinstance(value, list):
        placed = schema.get("prefixItems", [])
        others = schema.get("items", {})
        return [
            _typed(one, placed[at] if at < len(placed) else others) for at, one in enumerate(value)
        ]
    if isinstance(value, int) and not isinstance(value, bool) and "number" in _types(schema):
        return float(value)
    return value


def _types(schema: Mapping[str, Any]) -> Sequence[str]:
    said = schema.get("type", ())
    return [said] if isinstance(said, str) else said
