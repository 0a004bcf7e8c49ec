"""What one piece of work holds, and who goes on meanwhile."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import geopandas
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from service import jobs
from service.errors import ConflictError
from service.ingest import BatchReport, ingest, load_profile
from service.ingest.merging import merge
from service.jobs import schedules
from service.store.models import AnalysisRun
from service.store.repository import coverage, harm_indexes, publications
from service.store.session import agency_id
from service.store.tenant import Tenant
from service.vector import boundaries

HEADER = "external_id,offence_code,occurred_from,longitude,latitude\n"
YEAR = {"index": "count", "from": "2024-01-01", "to": "2024-12-31"}


def rows(number: int) -> bytes:
    lines = (f"{n},theft,2024-01-01,{n % 170},{n % 80 + 1}\n" for n in range(number))
    return (HEADER + "".join(lines)).encode()


def load(session: Session, agency: int, content: bytes, **given: Any) -> BatchReport:
    return ingest(session, agency, io.BytesIO(content), load_profile("generic"), **given)


@contextmanager
def impatient(tenant: Tenant) -> Iterator[tuple[Session, int]]:
    """A unit of work that fails where it would wait for another's lock."""
    with tenant.unit_of_work() as (session, agency):
        session.execute(text("SET LOCAL lock_timeout = '3s'"))
        yield session, agency


def run(agency: int) -> AnalysisRun:
    return AnalysisRun(
        id="r", agency_id=agency, process="targets", parameters={}, data_version=0,
        software_version="0", provenance={}, result={},
    )  # fmt: skip


def ask_for_a_job(session: Session, agency: int) -> Any:
    return jobs.submit(session, agency, "concentration", YEAR, source="api")


def store_a_run(session: Session, agency: int) -> Any:
    session.add(run(agency))
    session.flush()
    publications.publish(session, agency, "r", "test")


def load_a_layer(session: Session, agency: int) -> Any:
    square = geopandas.GeoDataFrame(geometry=[shapely.box(0, 50, 1, 51)], crs=4326)
    boundaries.load(session, agency, square, "square", where="the test")


def put_a_schedule(session: Session, agency: int) -> Any:
    plan = schedules.Plan("concentration", YEAR, "0 5 * * 1", "Europe/London")
    schedules.put(session, agency, "weekly", plan)


def load_a_harm_index(session: Session, agency: int) -> Any:
    about = harm_indexes.IndexDescription("own", "1", "Own", "days")
    harm_indexes.load(session, agency, about, b"offence_code,weight\narson,3\n")


def read_incidents(session: Session, agency: int) -> Any:
    coverage.read(session, agency)
    session.scalar(text("SELECT count(*) FROM ogc.incidents"))


def ingest_for_another_agency(session: Session, _agency: int) -> Any:
    assert load(session, agency_id(session, "neighbours"), rows(50)).accepted == 50


@pytest.mark.parametrize("number", [2_000, 60_000], ids=["a batch", "a large first load"])
def test_all_but_batches_of_the_same_agency_go_on_while_one_is_merged(
    tenant: Tenant, number: int
) -> None:
    with tenant.unit_of_work() as (session, agency):
        assert load(session, agency, rows(number)).accepted == number
        for work in (
            ask_for_a_job,
            store_a_run,
            load_a_layer,
            put_a_schedule,
            load_a_harm_index,
            read_incidents,
            ingest_for_another_agency,
        ):
            with impatient(tenant) as (other, same_agency):
                work(other, same_agency)


def test_two_large_batches_of_two_agencies_do_not_wait_for_each_other(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge, "MANY_ROWS", 50)
    with tenant.unit_of_work() as (session, agency):
        assert load(session, agency, rows(60)).accepted == 60
        with impatient(tenant) as (other, _):
            ingest_for_another_agency(other, 0)


def test_a_schedule_can_name_a_job_that_is_being_dismissed(tenant: Tenant) -> None:
    with tenant.unit_of_work() as (session, agency):
        put_a_schedule(session, agency)
        job = ask_for_a_job(session, agency).id
    with tenant.unit_of_work() as (session, agency):
        jobs.find(session, agency, job, lock=True)
        with impatient(tenant) as (other, _):
            other.execute(text("UPDATE schedule SET last_job_id = :job"), {"job": job})


def during(tenant: Tenant, meanwhile: Callable[[], object], **given: Any) -> BatchReport:
    """Ingest a batch, and do something else once its rows are read."""
    to_do = [meanwhile]

    def read(_rows: int) -> None:
        if to_do:
            to_do.pop()()

    with tenant.unit_of_work() as (session, agency):
        return load(session, agency, rows(100), rows_read=read, **given)


def test_a_batch_is_merged_while_another_is_read(tenant: Tenant) -> None:
    def meanwhile() -> None:
        with impatient(tenant) as (session, agency):
            assert load(session, agency, rows(10)).accepted == 10

    assert during(tenant, meanwhile).duplicate == 10


def test_one_key_sent_twice_at_once_names_one_batch(tenant: Tenant) -> None:
    stored: list[BatchReport] = []

    def meanwhile() -> None:
        with impatient(tenant) as (session, agency):
            stored.append(load(session, agency, rows(100), idempotency_key="once"))

    assert during(tenant, meanwhile, idempotency_key="once") == stored[0]
    with tenant.unit_of_work() as (session, _):
        assert session.scalar(text("SELECT count(*) FROM ingest_batch")) == 1
        assert session.scalar(text("SELECT count(*) FROM incident")) == 100


def test_a_source_that_gets_a_time_zone_while_a_batch_is_read_is_not_given_another(
    tenant: Tenant,
) -> None:
    chicago = load_profile("generic").model_copy(update={"time_zone": "America/Chicago"})

    def meanwhile() -> None:
        with impatient(tenant) as (session, agency):
            ingest(session, agency, io.BytesIO(rows(10)), chicago)

    with pytest.raises(ConflictError, match="America/Chicago while this batch was read by UTC"):
        during(tenant, meanwhile)
    assert during(tenant, lambda: None).accepted == 90
