"""One moment for a run: what is stored while it computes changes nothing of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from sqlalchemy import text

from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.store import snapshot
from service.store.models import AnalysisRun
from service.store.repository import agencies, coverage
from service.store.repository import incidents as stored
from service.store.session import MOST
from service.store.tenant import Tenant
from tests.api.places import store
from tests.patience import PATIENCE_S

QUESTION = {
    "index": "count",
    "unit": "h3",
    "from": "2025-01-01",
    "to": "2025-12-31",
    "permutations": 999,
    "strategy": "top",
    "top": 3,
}


def days(year: int, number: int) -> list[str]:
    return [f"{one:%Y-%m-%dT12:00:00Z}" for one in pd.date_range(f"{year}-01-01", periods=number)]


def incidents(tenant: Tenant, year: int, number: int = 90, source: str = "generic") -> None:
    """Store some incidents of a year at two places."""
    points = [shapely.Point(-0.08 + at % 2 / 20, 51.515) for at in range(number)]
    store(
        tenant,
        gpd.GeoSeries(points, crs=4326),
        external_id=[f"{year}-{at}" for at in range(number)],
        occurred_from=pd.to_datetime(days(year, number)),
        source=source,
    )


def execute(
    tenant: Tenant, progress: Callable[[float, str], None] | None = None, **changes: Any
) -> AnalysisRun:
    process = PROCESSES["targets"]
    params = process.params.model_validate(QUESTION | changes)
    with tenant.unit_of_work() as (session, agency):
        return runs.execute(session, agency, process, params, progress)


def trends(tenant: Tenant, run: AnalysisRun) -> list[dict[str, Any] | None]:
    with tenant.unit_of_work() as (session, _):
        found = session.execute(
            text("SELECT properties->'trend' FROM target WHERE run_id = :run ORDER BY rank"),
            {"run": run.id},
        )
        return [row[0] for row in found]


def test_older_months_that_land_between_window_and_history_are_in_no_part_of_a_run(tenant):
    incidents(tenant, 2025)
    landed = []

    def progress(_share: float, message: str) -> None:
        if message == "gathering the evidence":
            incidents(tenant, 2024)
            landed.append(message)

    run = execute(tenant, progress)
    assert landed
    assert trends(tenant, run) == [None, None]
    again = execute(tenant)
    assert again.id != run.id
    assert [one["previous_count"] for one in trends(tenant, again) if one] == [45, 45]


def test_two_askers_at_once_get_one_run_and_the_second_computes_nothing(tenant):
    incidents(tenant, 2025)
    computing, go_on = threading.Event(), threading.Event()
    told: list[str] = []

    def first(_share: float, message: str) -> None:
        if message == "choosing targets":
            computing.set()
            assert go_on.wait(PATIENCE_S)

    with ThreadPoolExecutor() as pool:
        one = pool.submit(execute, tenant, first)
        assert computing.wait(PATIENCE_S)
        other = pool.submit(execute, tenant, lambda _share, message: told.append(message))
        until_someone_waits(tenant)
        go_on.set()
        assert one.result(PATIENCE_S).id == other.result(PATIENCE_S).id
    assert told == ["looking up the question", "done"]


def test_who_waited_while_data_came_in_gets_the_run_of_the_data_as_they_are_then(tenant):
    incidents(tenant, 2025)
    computing, go_on = threading.Event(), threading.Event()

    def first(_share: float, message: str) -> None:
        if message == "choosing targets":
            computing.set()
            assert go_on.wait(PATIENCE_S)

    with ThreadPoolExecutor() as pool:
        one = pool.submit(execute, tenant, first)
        assert computing.wait(PATIENCE_S)
        incidents(tenant, 2024)
        other = pool.submit(execute, tenant)
        until_someone_waits(tenant)
        go_on.set()
        before, after = one.result(PATIENCE_S), other.result(PATIENCE_S)
    with tenant.unit_of_work() as (session, agency):
        newest = agencies.data_version(session, agency)
    assert (before.data_version, after.data_version) == (newest - 1, newest)


def test_a_run_that_somebody_stored_meanwhile_is_returned(tenant, monkeypatch):
    incidents(tenant, 2025)
    stored = []

    def progress(_share: float, message: str) -> None:
        if message == "storing the run":
            with monkeypatch.context() as unlocked:
                unlocked.setattr(runs, "lock", lambda *_: None)
                stored.append(execute(tenant))

    run = execute(tenant, progress)
    assert [run.id] == [one.id for one in stored]
    with tenant.unit_of_work() as (session, _):
        counted = session.scalar(text("SELECT count(*) FROM analysis_run"))
        kept = session.scalar(text("SELECT count(*) FROM target"))
    assert (counted, kept) == (1, 2)


def test_what_incidents_cover_is_told_of_one_moment(tenant, monkeypatch):
    incidents(tenant, 2025)
    sources = stored.sources

    def then_another_lands(*given: Any) -> dict[str, str]:
        found = sources(*given)
        incidents(tenant, 2024, source="elsewhere")
        return found

    with tenant.unit_of_work() as (session, agency), monkeypatch.context() as patched:
        patched.setattr(stored, "sources", then_another_lands)
        covered = coverage.read(session, agency)
        now = agencies.data_version(session, agency)
    assert (covered.incidents, covered.data_version) == (90, now - 1)
    assert [one.name for one in covered.sources] == ["generic"]


def test_what_fails_leaves_no_run_and_holds_nobody_up(tenant):
    incidents(tenant, 2025)

    def progress(_share: float, message: str) -> None:
        if message == "choosing targets":
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        execute(tenant, progress)
    assert execute(tenant).result["targets"] == 2


def until_someone_waits(tenant: Tenant) -> None:
    """Return when a connection waits for a lock that another holds."""
    waiting = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    for _ in range(int(PATIENCE_S) * 20):
        with tenant.database.session() as session:
            if session.scalar(waiting):
                return
        threading.Event().wait(0.05)
    pytest.fail("nobody waits")


def test_as_many_read_a_moment_at_once_as_there_are_units_of_work(tenant: Tenant) -> None:
    together = threading.Barrier(MOST)

    def read(_at: int) -> int:
        with tenant.unit_of_work() as (session, _):
            session.execute(text("SELECT 1"))
            together.wait(PATIENCE_S)  # each holds its first connection now, and there are no more
            with snapshot.frozen(session) as reading:
                return int(reading.scalar(text("SELECT 1")) or 0)

    with ThreadPoolExecutor(MOST) as pool:
        assert list(pool.map(read, range(MOST))) == [1] * MOST
