"""Is it alive, is it ready, how busy is it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from service import __version__
from service.api.dependencies import TenantDep, problems
from service.db import schema
from service.db.session import telling_why_unavailable

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the process alive?")
def get_healthz() -> dict[str, str]:
    """Answer as long as the process runs."""
    return {"status": "ok", "version": __version__}


@router.get("/readyz", summary="Can it serve?", responses=problems())
def get_readyz(tenant: TenantDep) -> dict[str, Any]:
    """Answer when the database does and its schema is the right one."""
    with telling_why_unavailable(), tenant.database.engine.connect() as connection:
        schema.require_current(connection)
        postgis = connection.scalar(text("SELECT postgis_lib_version()"))
    return {"status": "ready", "postgis": postgis}


@router.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
def get_metrics() -> Response:
    """Return the counters of this process in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
