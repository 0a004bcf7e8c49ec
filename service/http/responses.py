"""How a refusal looks on the wire: RFC 9457, in answers and in the OpenAPI descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"


class ProblemError(BaseModel):
    """One thing that is wrong, and the place where it is."""

    where: str = Field(description="Parameter, column, row or unit.")
    message: str


class ProblemDetails(BaseModel):
    """A refusal, as RFC 9457 has it."""

    type: str = Field(examples=["https://harmspot.org/problems/no-incidents"])
    title: str = Field(examples=["No incidents to analyse"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["There is no incident from 1999-01-01 to 1999-12-31."])
    errors: list[ProblemError] = []


REFERENCE: Final = "#/components/schemas/ProblemDetails"
CONTENT: Final[dict[str, Any]] = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": REFERENCE}}}
"""The content of a problem response in an OpenAPI description that `describe` was given."""

_DESCRIPTIONS: Final = {
    400: "The request cannot be read.",
    401: "Nobody knows who asks: send an API key, or log in.",
    403: "Who asks may not do that; the detail names the permission, and the roles that have it.",
    404: "A named thing does not exist; the detail lists what does.",
    409: "The request contradicts what is stored.",
    413: "The body is larger than this installation takes.",
    422: "The input is not valid or cannot be analysed; `errors` names each place.",
    503: "The service cannot answer now, and nothing was stored: the database does not serve, or "
    "no worker lives. The detail says why; where it is a matter of waiting, `Retry-After` says how "
    "long.",
    507: "The disk on which the service writes is full, and nothing was stored.",
}

_WAYS_IN: Final = {
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "For GIS clients: any name, and an API key as the password.",
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key."},
}
"""How a program says who it is."""


def problem_response(
    body: dict[str, Any], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return the response that a body of `service.errors` makes."""
    return JSONResponse(body, body["status"], headers=headers, media_type=PROBLEM_MEDIA_TYPE)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problem responses of a route, for its OpenAPI description."""
    return {
        status: {"description": _DESCRIPTIONS[status], "content": CONTENT}
        for status in (*statuses, 503)
    }


def describe(document: dict[str, Any]) -> None:
    """Describe problems in an OpenAPI document, which the framework writes without them."""
    unread = {"description": _DESCRIPTIONS[400], "content": CONTENT}
    for path in document["paths"].values():
        for operation in path.values():
            if "requestBody" in operation:  # a body may be no text, or of no form
                operation["responses"].setdefault("400", unread)
            if operation.get("security") == []:
                continue
            for status in (401, 403):
                refused = {"description": _DESCRIPTIONS[status], "content": CONTENT}
                operation["responses"].setdefault(str(status), refused)
    components = document.setdefault("components", {})
    components["securitySchemes"] = _WAYS_IN
    document["security"] = [{name: []} for name in _WAYS_IN]
    schemas = components.setdefault("schemas", {})
    details = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(details.pop("$defs"))
    schemas["ProblemDetails"] = details
    # The framework would announce its own form of validation error, which is never sent here.
    for unsent in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unsent, None)
