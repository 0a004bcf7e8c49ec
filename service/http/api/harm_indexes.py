"""Harm indexes: what each offence weighs, in versions."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from service.http.api.names import Name
from service.http.dependencies import TenantDep
from service.http.responses import problems
from service.store import models
from service.store.repository import harm_indexes

router = APIRouter(prefix="/harm-indexes")


class Weight(BaseModel):
    """What one offence weighs."""

    offence_code: str
    offence_name: str
    weight: float
    low: float | None
    high: float | None
    detection: str
    family: str | None
    note: str | None


class IndexAbout(BaseModel):
    """A version of a harm index."""

    name: str
    version: str
    title: str
    unit: str
    citation: str | None
    loaded_at: dt.datetime

    @classmethod
    def of(cls, index: models.HarmIndex) -> IndexAbout:
        """Return the description of a stored index."""
        return cls(**{name: getattr(index, name) for name in cls.model_fields})


class IndexWhole(IndexAbout):
    """A version of a harm index with its weights."""

    weights: list[Weight]


@router.get("", summary="List harm indexes", responses=problems())
def get_harm_indexes(tenant: TenantDep) -> list[IndexAbout]:
    """Return every version of every harm index, by name, the newest version first."""
    with tenant.unit_of_work() as (session, agency):
        return [IndexAbout.of(one) for one in harm_indexes.all_indexes(session, agency)]


@router.get("/{name}", summary="Read a harm index", responses=problems(404, 422))
def get_harm_index(
    tenant: TenantDep, name: Annotated[str, Path(examples=["cchi-2026-police-uk"])]
) -> IndexWhole:
    """Return an index (`NAME`, or `NAME@VERSION`) with its weights."""
    with tenant.unit_of_work() as (session, agency):
        index = harm_indexes.find(session, agency, name)
        weights = [
            Weight(**{field: getattr(line, field) for field in Weight.model_fields})
            for line in harm_indexes.lines_of(session, index)
        ]
        return IndexWhole(**IndexAbout.of(index).model_dump(), weights=weights)


@router.put(
    "/{name}",
    summary="Load a version of a harm index",
    responses=problems(409, 413, 422),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "offence_code,weight,detection,family\nrobbery,365,victim,robbery\n",
                }
            },
        }
    },
)
async def put_harm_index(
    request: Request,
    tenant: TenantDep,
    name: Name,
    version: Annotated[
        str, Query(min_length=1, max_length=100, description="Version of the weights.")
    ],
    title: Annotated[
        str | None, Query(max_length=500, description="Title; default the name.")
    ] = None,
    unit: Annotated[str, Query(max_length=100, description="Unit of the weights.")] = "days",
    citation: Annotated[
        str | None, Query(max_length=2000, description="Source of the weights.")
    ] = None,
) -> IndexAbout:
    """Store a CSV of weights as a version of an index; the same version again must be equal."""
    content = await request.body()
    about = harm_indexes.IndexDescription(name, version, title or name, unit, citation)

    def store() -> IndexAbout:
        with tenant.unit_of_work() as (session, agency):
            harm_indexes.load(session, agency, about, content, where="the body")
            return IndexAbout.of(harm_indexes.find(session, agency, f"{name}@{version}"))

    return await run_in_threadpool(store)
