"""Any number of programs start at once, on a fresh directory, a fresh or an old database."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from service.errors import DatabaseBusyError, DatabaseUnavailableError
from service.store import index_making, locks, schema
from service.store.session import Database, agency_id
from service.store.tenant import Tenant
from tests import patience
from tests.databases import Databases
from tests.patience import PATIENCE_S

MANY = 4
INDEX = "ix_unit_score_run_id_rank"


@contextmanager
def bare(databases: Databases) -> Iterator[Database]:
    """A database without any schema."""
    admin = Database(
        make_url(databases.url).set(drivername="postgresql+psycopg", database="postgres")
    )
    name = f"test_{os.urandom(6).hex()}"
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        made = Database(admin.url.set(database=name))
        try:
            yield made
        finally:
            made.dispose()
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def all_at_once(database: Database, start: Callable[[Database], object]) -> None:
    """Start several times together, each with connections of its own; fail when one fails."""
    together = threading.Barrier(MANY)

    def started(_: int) -> None:
        own = Database(database.url)
        try:
            together.wait(PATIENCE_S)
            start(own)
        finally:
            own.dispose()

    with ThreadPoolExecutor(MANY) as threads:
        list(threads.map(started, range(MANY)))


def scalar(database: Database, query: str) -> object:
    with database.engine.connect() as connection:
        return connection.scalar(text(query))


def missing(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        return list(index_making.missing(connection))


def until(database: Database, query: str) -> None:
    """Wait until a query finds something."""
    patience.until(lambda: scalar(database, query), told=lambda: query)


def with_units(database: Database, revision: str) -> None:
    """Take a database back to a revision, and store a run with a unit in it."""
    with database.engine.begin() as connection:
        schema.downgrade(connection, revision)
        connection.execute(text("INSERT INTO agency (name) VALUES ('old')"))
        connection.execute(
            text(
                "INSERT INTO analysis_run (id, agency_id, process, parameters, data_version,"
                " software_version, provenance, result)"
                " SELECT 'r', id, 'getis-ord', '{}', 1, '0', '{}', '{}' FROM agency"
            )
        )
        connection.execute(text(UNIT.format(name="first")))


UNIT = (
    "INSERT INTO unit_score (run_id, unit_id, count, harm, z, p, q, class, rank,"
    " cumulative_harm_share, geom) VALUES ('r', '{name}', 1, 1, 0, 1, 1, 'not_significant', 1, 1,"
    " 'SRID=4326;POINT(0 0)')"
)


def test_a_fresh_database_is_made_and_equipped_once(databases: Databases) -> None:
    def start(own: Database) -> None:
        own.upgrade()
        Tenant(own, "default").equip()

    with bare(databases) as database:
        all_at_once(database, start)
        assert scalar(database, "SELECT count(*) FROM alembic_version") == 1
        assert scalar(database, "SELECT count(*) FROM agency") == 1
        doubles = "SELECT count(*) - count(DISTINCT name) FROM harm_index"
        assert scalar(database, doubles) == 0
        assert scalar(database, "SELECT count(*) FROM harm_index") > 3
        assert missing(database) == []


def test_an_old_database_is_brought_up_once(database: Database) -> None:
    with_units(database, "0006")
    all_at_once(database, Database.upgrade)
    with database.engine.connect() as connection:
        schema.require_current(connection)
    assert missing(database) == []


def test_an_agency_gets_the_harm_indexes_of_a_later_version_once(tenant: Tenant) -> None:
    with tenant.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM harm_index"))
    all_at_once(tenant.database, lambda own: Tenant(own, tenant.agency).equip())
    held = "SELECT count(*) = count(DISTINCT name) AND count(*) > 3 FROM harm_index"
    assert scalar(tenant.database, held)


def test_one_harm_index_sent_many_times_at_once_is_stored_once(tenant: Tenant) -> None:
    from service.store.repository import harm_indexes

    about = harm_indexes.IndexDescription("own", "1", "Own", "days")

    def load(own: Database) -> None:
        with own.session() as session:
            agency = agency_id(session, tenant.agency)
            harm_indexes.load(session, agency, about, b"offence_code,weight\narson,3\n")

    all_at_once(tenant.database, load)
    assert scalar(tenant.database, "SELECT count(*) FROM harm_index WHERE name = 'own'") == 1


def test_programs_that_start_at_once_on_a_fresh_directory_all_answer() -> None:
    folder = Path(tempfile.mkdtemp(prefix="harmspot-starters-"))
    folder.chmod(0o755)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HARMSPOT_")}
    try:
        programs = [
            subprocess.Popen(
                [sys.executable, "-m", "service.cli", "db", "status"],
                env=kept | {"HARMSPOT_DATA_DIR": str(folder / "postgres")},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for _ in range(3)
        ]
        told = [program.communicate(timeout=PATIENCE_S)[0] for program in programs]
        assert [program.returncode for program in programs] == [0, 0, 0], "\n".join(told)
        assert all(schema.head() in one for one in told)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_whoever_waits_goes_on_when_the_one_before_is_gone(database: Database) -> None:
    mine, entered = threading.Event(), threading.Event()

    def work() -> None:
        with locks.alone(database.engine, "work"):
            mine.set()
            assert entered.wait(PATIENCE_S)

    def lost() -> None:
        with pytest.raises(DBAPIError):
            work()

    def next_one() -> None:
        with locks.alone(database.engine, "work"):
            entered.set()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(lost)
        assert mine.wait(PATIENCE_S)
        second = threads.submit(next_one)
        held = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert scalar(database, held) == 1
        second.result(PATIENCE_S)
        first.result(PATIENCE_S)


def test_an_index_is_built_while_others_write_and_others_wait_to_start(database: Database) -> None:
    with_units(database, "0006")
    database.upgrade()
    with database.engine.begin() as connection:
        connection.execute(text(f"DROP INDEX {INDEX}"))
    with database.engine.connect() as writer, ThreadPoolExecutor(2) as threads:
        writer.execute(text(UNIT.format(name="open")))
        starting = [threads.submit(database.upgrade) for _ in range(2)]
        try:
            until(
                database,
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database() AND query LIKE 'CREATE INDEX CONCURRENTLY%')",
            )
            with database.engine.begin() as another:
                another.execute(text("SET LOCAL lock_timeout = '2s'"))
                another.execute(text(UNIT.format(name="meanwhile")))
        finally:
            writer.commit()
        for one in starting:
            one.result(PATIENCE_S)
    assert missing(database) == []


def test_an_index_that_was_left_half_built_is_built_anew(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = CAST(:i AS regclass)"),
            {"i": INDEX},
        )
        assert index_making.missing(connection) == [INDEX]
    database.upgrade()
    assert missing(database) == []


def test_a_migration_gives_way_to_those_who_use_the_tables(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_PATIENCE", "50ms")
    monkeypatch.setattr(schema, "_TRIES", 1)
    monkeypatch.setattr(schema, "_PAUSE_S", 0.0)
    with_units(database, "0008")
    with database.engine.connect() as reader:
        reader.execute(text("SELECT FROM unit_score"))
        with pytest.raises(DatabaseBusyError, match="nothing was stored"):
            database.upgrade()
    with database.engine.connect() as connection:
        assert schema.current(connection) == "0008"
    database.upgrade()
    with database.engine.connect() as connection:
        schema.require_current(connection)


def test_the_schema_of_a_later_version_is_left_alone(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailableError, match="9999, which a later version"):
        database.upgrade()
    with (
        database.engine.connect() as connection,
        pytest.raises(DatabaseUnavailableError, match="later version"),
    ):
        schema.require_current(connection)
