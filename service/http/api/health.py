"""Is it alive, is it ready, how busy is it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service import __version__
from service.errors import DatabaseUnavailableError
from service.http.dependencies import TenantDep
from service.http.responses import problems
from service.jobs import report
from service.settings import Settings
from service.store import failures, schema
from service.store.tenant import Tenant

router = APIRouter(tags=["health"])

_FOR_ALL: Final[dict[str, Any]] = {"security": []}
"""Asked by who starts and watches the service, and answered to everybody."""


@router.get("/healthz", summary="Is the process alive?", openapi_extra=_FOR_ALL)
async def get_healthz() -> dict[str, str]:
    """Answer as long as the process runs, waiting for neither a thread nor the database."""
    return {"status": "ok", "version": __version__}


@router.get("/readyz", summary="Can it serve?", responses=problems(), openapi_extra=_FOR_ALL)
def get_readyz(tenant: TenantDep) -> dict[str, Any]:
    """Answer when the database does, its schema is the right one, and it takes writes."""
    with failures.told(), tenant.database.engine.connect() as connection:
        schema.require_current(connection)
        schema.require_writable(connection)
        postgis = schema.postgis(connection)
    return {"status": "ready", "postgis": postgis}


@router.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
def get_metrics(request: Request, tenant: TenantDep) -> Response:
    """Return the counters of this process and the state of the queue in Prometheus' text format."""
    queue = CollectorRegistry()
    queue.register(_Queue(tenant, request.app.state.settings))
    return Response(generate_latest() + generate_latest(queue), media_type=CONTENT_TYPE_LATEST)


class _Queue(Collector):
    """The queue, read when it is asked for; the other metrics stand when the database is down."""

    def __init__(self, tenant: Tenant, settings: Settings) -> None:
        self._tenant = tenant
        self._settings = settings

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        families: list[Metric] = []
        try:
            with self._tenant.unit_of_work() as (session, agency):
                families += report.metrics(session, agency, self._settings.worker_stalled_s)
        except DatabaseUnavailableError:
            pass
        answers = "Whether the database answers."
        return [*families, GaugeMetricFamily("harmspot_database_up", answers, bool(families))]
