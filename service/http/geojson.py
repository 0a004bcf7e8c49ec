"""How answers that are GeoJSON are described in OpenAPI: by the declared properties of places."""

from __future__ import annotations

from typing import Any, Final

from service.export import documents, schemas
from service.export.formats import FORMATS

MEDIA_TYPE: Final = FORMATS["geojson"].media_type


def places(name: str) -> dict[int | str, dict[str, Any]]:
    """Return the response of a route that answers with a collection of places.

    Parameters
    ----------
    name
        What places: one of those of `service.export.schemas`.
    """
    return _answer(MEDIA_TYPE, schemas.ref(schemas.collection_of(name)))


def answered_by(document: str) -> dict[int | str, dict[str, Any]]:
    """Return the response of a route that answers with the document of a run."""
    if document == "summary":
        return _answer(documents.SUMMARY_MEDIA_TYPE, {"type": "object"})
    return places({"targets": "Target", "units": "UnitScore"}[document])


def describe(document: dict[str, Any]) -> None:
    """Add the schemas of places to an OpenAPI document whose routes refer to them."""
    document.setdefault("components", {}).setdefault("schemas", {}).update(schemas.components())


def _answer(media_type: str, schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": "The answer.", "content": {media_type: {"schema": schema}}}}
