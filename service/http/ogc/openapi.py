"""The API's definition as OpenAPI 3.0, which the standards name; the framework writes 3.1."""

from __future__ import annotations

import copy
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.http import responses

_VERSION: Final = "3.0.3"
_REFUSALS: Final = {
    "400": "A parameter is unknown or cannot be read; `errors` names each.",
    "404": "A named thing does not exist; the detail lists what does.",
    "503": "The database cannot serve now: the detail says why, `Retry-After` when to ask again.",
}
ITEMS: Final = "/collections/{collectionId}/items"
_FORM: Final = {"style": "form", "explode": False}
_BOX: Final = {
    "type": "array",
    "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
    "minItems": 4,
    "maxItems": 6,
    "items": {"type": "number"},
    "example": [-0.11, 51.50, -0.08, 51.52],
}
_STANDARD: Final[dict[str, dict[str, Any]]] = {
    "bbox": _FORM | {"schema": _BOX},
    "datetime": _FORM,
    "limit": _FORM,
}
"""How the standards define parameters (OGC 17-069r4, Requirements 21, 23 and 25)."""

_PROPERTIES: Final = {
    "name": "properties",
    "in": "query",
    "description": "Any property that the queryables of the collection list: features that have "
    "just this value.",
    "required": False,
    "style": "form",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
}


def document(app: FastAPI, address: str) -> dict[str, Any]:
    """Return the definition of an application's routes.

    Parameters
    ----------
    app
        The application.
    address
        Where it is served.
    """
    if app.openapi_schema is None:
        app.openapi_schema = _written(app)
    return copy.deepcopy(app.openapi_schema) | {"servers": [{"url": address}]}


def _written(app: FastAPI) -> dict[str, Any]:
    written = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=_VERSION,
        description=app.description,
        routes=app.routes,
    )
    responses.describe(written)
    written["paths"][ITEMS]["get"]["parameters"].append(_PROPERTIES)
    for path in written["paths"].values():
        for operation in path.values():
            for one in operation.get("parameters", ()):
                one.update(_STANDARD.get(one["name"], {}))
            operation["responses"].pop("422", None)
            for status, why in _REFUSALS.items():
                refusal = {"description": why, "content": responses.CONTENT}
                operation["responses"].setdefault(status, refusal)
    downgraded: dict[str, Any] = as_3_0(written)
    return downgraded


def as_3_0(node: Any) -> Any:
    """Return a part of a 3.1 document in the words of 3.0."""
    if isinstance(node, list):
        return [as_3_0(one) for one in node]
    if not isinstance(node, dict):
        return node
    told = {key: as_3_0(value) for key, value in node.items()}
    choices = told.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        others = [one for one in choices if one != {"type": "null"}]
        del told["anyOf"]
        if len(others) == 1:
            told = others[0] | told
        else:
            told["anyOf"] = others
        told["nullable"] = True
    if isinstance(told.get("examples"), list):
        told["example"] = told.pop("examples")[0]
    if "const" in told:
        told["enum"] = [told.pop("const")]
    for bound, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(told.get(bound), int | float) and not isinstance(told[bound], bool):
            told[plain], told[bound] = told[bound], True
    return told
