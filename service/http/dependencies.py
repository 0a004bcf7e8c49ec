"""What routes are handed: the tenant, and the problem responses they declare."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from service.store.tenant import Tenant


def _tenant(request: Request) -> Tenant:
    tenant: Tenant = request.app.state.tenant
    return tenant


TenantDep = Annotated[Tenant, Depends(_tenant)]


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


PROBLEM_MEDIA_TYPE = "application/problem+json"
_DESCRIPTIONS = {
    400: "The request cannot be read.",
    404: "A named thing does not exist; the detail lists what does.",
    409: "The request contradicts what is stored.",
    413: "The body is larger than this installation takes.",
    422: "The input is not valid or cannot be analysed; `errors` names each place.",
    503: "The database is not available; nothing was stored.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problem responses of a route, for its OpenAPI description."""
    return {
        status: {
            "description": _DESCRIPTIONS[status],
            "content": {
                PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
            },
        }
        for status in (*statuses, 503)
    }
