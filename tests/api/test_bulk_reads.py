"""Bulk reads come over few connections, as the caller's transaction sees and sets things."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import adbc_driver_manager
import pytest
from psycopg import sql
from sqlalchemy import text

from service.store import arrow
from service.store.repository.incidents import take_snapshot
from service.store.session import MOST, MOST_BULK
from tests.patience import PATIENCE_S, until

GATE = 4_711
AT_THE_GATE = sql.SQL("SELECT count(pg_advisory_xact_lock_shared({})) AS n").format(
    sql.Literal(GATE)
)
CONNECTIONS = """
    SELECT count(*), count(*) FILTER (WHERE application_name = 'reader' AND wait_event = 'advisory')
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def read(tenant, query: sql.Composable):
    with tenant.unit_of_work() as (session, agency):
        session.execute(text("SET LOCAL application_name = 'reader'"))
        return arrow.read(session, take_snapshot(session, agency).exported, query)


def living(tenant, pid: int) -> bool:
    found = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
    with tenant.database.engine.connect() as connection:
        return bool(connection.scalar(found, {"pid": pid}))


@contextmanager
def gate(tenant) -> Iterator[threading.Event]:
    """Let reads wait at a gate until it is opened, or the block ends."""
    opened, closed = threading.Event(), threading.Event()

    def hold() -> None:
        with tenant.database.engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:gate)"), {"gate": GATE})
            closed.set()
            opened.wait(PATIENCE_S)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold)
        assert closed.wait(PATIENCE_S)
        try:
            yield opened
        finally:
            opened.set()


def test_many_bulk_reads_at_once_open_few_connections_and_all_finish(tenant):
    readers = MOST - 3
    assert readers > MOST_BULK
    with ThreadPoolExecutor(readers) as pool, gate(tenant) as opened:
        reads = [pool.submit(read, tenant, AT_THE_GATE) for _ in range(readers)]
        seen, deadline = set(), time.monotonic() + PATIENCE_S
        while (MOST_BULK, readers) not in seen:
            assert time.monotonic() < deadline, seen
            with tenant.database.engine.connect() as connection:
                everyone, waiting = connection.execute(text(CONNECTIONS)).one()
            assert waiting <= MOST_BULK
            assert everyone <= MOST + MOST_BULK
            seen.add((waiting, tenant.database.engine.pool.checkedout() - 1))
        opened.set()
        assert [one.result(PATIENCE_S).num_rows for one in reads] == [1] * readers
    assert tenant.database.bulk.checkedout() == 0


def test_a_bulk_read_has_what_its_transaction_has_set(tenant):
    names = ("TimeZone", "statement_timeout", "application_name", "transaction_read_only")
    query = sql.SQL("SELECT {}").format(
        sql.SQL(", ").join(
            sql.SQL("current_setting({}) AS {}").format(sql.Literal(name), sql.Identifier(name))
            for name in (*names, "transaction_isolation")
        )
    )

    def told(**settings: str) -> dict[str, str]:
        with tenant.unit_of_work() as (session, agency):
            for name, value in settings.items():
                session.execute(
                    text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value}
                )
            (row,) = arrow.read(session, take_snapshot(session, agency).exported, query).to_pylist()
            mine = {name: session.scalar(text(f"SHOW {name}")) for name in names[:-1]}
        assert (row.pop("transaction_read_only"), row.pop("transaction_isolation")) == (
            "on",
            "repeatable read",
        )
        assert row == mine
        return row

    before = told()
    wanted = {
        "TimeZone": "Asia/Kathmandu",
        "statement_timeout": "77s",
        "application_name": "harmspot job 1",
    }
    assert told(**wanted) == wanted
    assert told() == before
    idle = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE state = 'idle in transaction' AND datname = current_database()"
    )
    with tenant.database.engine.connect() as connection:
        assert connection.scalar(text(idle)) == 0


def test_a_bulk_read_that_fails_leaves_the_next_one_a_connection(tenant):
    for _ in range(MOST_BULK + 1):
        with pytest.raises(adbc_driver_manager.Error):
            read(tenant, sql.SQL("SELECT 1 / (SELECT 0) AS n"))
    assert tenant.database.bulk.checkedout() == 0
    assert read(tenant, sql.SQL("SELECT 1 AS n")).to_pylist() == [{"n": 1}]


def test_a_bulk_read_that_is_left_is_ended_on_the_server_too(tenant):
    many = sql.SQL("SELECT pg_backend_pid() AS pid, n FROM generate_series(1, 30000000) AS n")
    with tenant.unit_of_work() as (session, _):
        rows = arrow.stream(session, many)
        pid = next(rows)["pid"][0].as_py()
        rows.close()
    assert tenant.database.bulk.checkedout() == 0
    until(lambda: not living(tenant, pid))


def test_a_connection_that_broke_while_nobody_used_it_is_replaced(tenant):
    pid = sql.SQL("SELECT pg_backend_pid() AS pid")
    first = read(tenant, pid).to_pylist()[0]["pid"]
    assert read(tenant, pid).to_pylist()[0]["pid"] == first
    with tenant.unit_of_work() as (session, _):
        session.execute(text("SELECT pg_terminate_backend(:pid, 60000)"), {"pid": first})
    assert read(tenant, pid).to_pylist()[0]["pid"] != first
