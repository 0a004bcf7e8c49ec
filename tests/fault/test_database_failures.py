"""What the database does to itself is told as it is, and never held against who asked."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from adbc_driver_postgresql import dbapi
from fastapi.testclient import TestClient
from sqlalchemy import text

from service import cli, jobs
from service.errors import (
    DatabaseBusyError,
    DatabaseFullError,
    DatabaseInterruptedError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    DatabaseUnreachableError,
    headers_of,
)
from service.http.app import create_app
from service.ingest import ingest, load_profile
from service.jobs import attempts, compute
from service.jobs.worker import working
from service.settings import Settings
from service.store import failures, session
from service.store.cluster.embedded import start
from service.store.models import Job
from service.store.session import Database
from service.store.tenant import Tenant
from tests.patience import until

BATCHES = "/api/v1/incidents/batches?profile=generic"
ROWS = "external_id,offence_code,occurred_from,longitude,latitude\n" + "".join(
    f"i{row},robbery,2024-05-{row % 28 + 1:02d}T22:15:00Z,{row % 7 / 90},{51.5 + row % 3 / 90}\n"
    for row in range(60)
)
YEAR = {"index": "count", "from": "2024-01-01", "to": "2024-12-31", "resolution": 9}
FULL = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER no_room BEFORE INSERT ON {table} EXECUTE FUNCTION no_room()
"""


@contextmanager
def serving(database: Database) -> Iterator[TestClient]:
    """The application, whose failures come back as a server's would."""
    app = create_app(Settings(worker="none"), database)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(database: Database) -> Iterator[TestClient]:
    with serving(database) as made:
        yield made


def run(database: Database, *statements: str) -> None:
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def alter(database: Database, what: str) -> None:
    """Change the database for every connection from now on."""
    run(database, f"ALTER DATABASE {database.url.database} SET {what}")
    database.dispose()


def refusal(answered, kind: str, retry_after: str | None) -> str:
    """Check an answer of 503 and return its reason."""
    assert answered.status_code == 503, answered.text
    assert answered.headers["content-type"].startswith("application/problem+json")
    assert answered.headers.get("retry-after") == retry_after
    body = answered.json()
    assert body["type"].endswith(f"/{kind}")
    return str(body["detail"])


def told_by_both_drivers(address: str, *statements: str) -> list[DatabaseUnavailableError]:
    """Return what is made of the failure of statements that either driver sends."""

    def told(connect: Callable[[str], Any]) -> DatabaseUnavailableError:
        with pytest.raises(DatabaseUnavailableError) as caught, failures.told():
            send(connect)
        return caught.value

    def send(connect: Callable[[str], Any]) -> None:
        with connect(address) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            cursor.fetchall()

    return [told(psycopg.connect), told(dbapi.connect)]


@pytest.mark.parametrize(
    ("statements", "kind", "waits"),
    [
        (["SET statement_timeout = '50ms'", "SELECT pg_sleep(60)"], DatabaseInterruptedError, True),
        (["SELECT pg_terminate_backend(pg_backend_pid())"], DatabaseUnreachableError, True),
        (["SET transaction_read_only = on", "DROP TABLE job"], DatabaseReadOnlyError, False),
    ],
)
def test_every_driver_tells_the_same_of_the_same_failure(database, statements, kind, waits):
    for error in told_by_both_drivers(database.conninfo, *statements):
        assert type(error) is kind
        assert ("Retry-After" in headers_of(error)) is waits
        assert "nothing was stored" in error.message


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("08006", DatabaseUnreachableError),
        ("40001", DatabaseBusyError),
        ("40P01", DatabaseBusyError),
        ("53100", DatabaseFullError),
        ("53200", DatabaseBusyError),
        ("53300", DatabaseBusyError),
        ("53400", DatabaseFullError),
        ("55P03", DatabaseBusyError),
        ("57014", DatabaseInterruptedError),
        ("57P01", DatabaseUnreachableError),
        ("57P03", DatabaseUnreachableError),
        ("58030", DatabaseUnavailableError),
        ("25006", DatabaseReadOnlyError),
        ("25P03", DatabaseInterruptedError),
        ("XX001", DatabaseUnavailableError),
    ],
)
def test_every_state_of_the_server_has_its_own_reason(database, state, kind):
    raising = f"DO $$ BEGIN RAISE 'told by the server' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(DatabaseUnavailableError, match=r"\(told by the server\)\.$") as caught:
        run_in_session(database, raising)
    assert type(caught.value) is kind


def run_in_session(database: Database, statement: str) -> None:
    with database.session() as opened:
        opened.execute(text(statement))


def test_what_was_asked_wrongly_is_not_held_against_the_database(database):
    with pytest.raises(Exception, match="division by zero") as caught:
        run_in_session(database, "SELECT 1 / 0")
    assert failures.refusal_of(caught.value) is None


def test_a_transaction_that_is_used_after_its_failure_is_not_held_against_the_database(database):
    raising = "DO $$ BEGIN RAISE 'used on' USING ERRCODE = '25P02'; END $$"
    with pytest.raises(Exception, match="used on") as caught:
        run_in_session(database, raising)
    assert failures.refusal_of(caught.value) is None


def test_rows_that_the_server_quotes_are_not_passed_on(database):
    quoting = (
        "DO $$ BEGIN RAISE 'no room' USING ERRCODE = '53100', DETAIL = 'row of Jane Doe'; END $$"
    )
    with pytest.raises(DatabaseFullError) as caught:
        run_in_session(database, quoting)
    assert "Jane" not in caught.value.message


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"host": "/nowhere"}, DatabaseUnreachableError, "cannot be reached"),
        ({"host": "127.0.0.1", "port": "1"}, DatabaseUnreachableError, "Connection refused"),
        ({"dbname": "nosuch"}, DatabaseUnavailableError, "no such database"),
        ({"user": "stranger"}, DatabaseUnavailableError, "does not let this user in"),
    ],
)
def test_every_driver_tells_why_it_gets_no_connection(database, change, kind, words):
    url = database.url.set(
        drivername="postgresql",
        username=change.get("user", database.url.username),
        database=change.get("dbname", database.url.database),
    ).update_query_dict({name: change[name] for name in change if name in ("host", "port")})
    for error in told_by_both_drivers(url.render_as_string(hide_password=False), "SELECT 1"):
        assert type(error) is kind
        assert words in error.message


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("sorry, too many clients already", DatabaseBusyError),
        ("remaining connection slots are reserved for roles with SUPERUSER", DatabaseBusyError),
        ('too many connections for role "harmspot"', DatabaseBusyError),
        ("the database system is starting up", DatabaseUnreachableError),
        ('password authentication failed for user "harmspot"', DatabaseUnavailableError),
    ],
)
def test_a_refused_connection_is_told_by_the_words_of_the_server(words, kind):
    error = psycopg.OperationalError(
        f'connection to server at "db", port 5432 failed: FATAL:  {words}'
    )
    told = failures.refusal_of(error)
    assert type(told) is kind
    assert told.message.endswith(f"({words}).")


def test_a_stopped_database_is_told_by_every_part_of_the_service_until_it_is_back():
    folder = Path(tempfile.mkdtemp(prefix="harmspot-stopped-"))
    folder.chmod(0o755)
    cluster = start(folder / "cluster")
    try:
        database = Database.at(cluster.url)
        database.upgrade()
        with serving(database) as client:
            assert client.post(BATCHES, content=ROWS).status_code == 200
            database.dispose()
            cluster.stop()
            for path in ("/api/v1/runs", "/readyz", "/ogc/collections/targets/items"):
                assert "cannot be reached" in refusal(client.get(path), "database-unreachable", "5")
            told = refusal(client.post(BATCHES, content=ROWS), "database-unreachable", "5")
            assert "nothing was stored" in told
            page = client.get("/runs")
            assert (page.status_code, page.headers["retry-after"]) == (503, "5")
            assert page.headers["content-type"].startswith("text/html")
            assert "cannot be reached" in page.text
            assert client.get("/healthz").status_code == 200
            cluster = start(folder / "cluster")
            assert client.get("/readyz").status_code == 200
            assert client.get("/api/v1/runs").status_code == 200
        database.dispose()
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_requests_that_find_every_connection_in_use_are_asked_to_come_back(database, monkeypatch):
    monkeypatch.setattr(session, "WAIT_S", 0.05)
    with serving(database) as client:
        held = [database.engine.connect() for _ in range(15)]
        try:
            for path in ("/api/v1/runs", "/ogc/jobs", "/readyz"):
                assert "in use by other requests" in refusal(client.get(path), "database-busy", "2")
        finally:
            for connection in held:
                connection.close()
        assert client.get("/api/v1/runs").status_code == 200


@pytest.mark.parametrize(
    ("limit", "kind", "retry_after"),
    [("statement_timeout", "database-interrupted", "30"), ("lock_timeout", "database-busy", "2")],
)
def test_a_statement_that_waits_too_long_is_told(client, database, limit, kind, retry_after):
    alter(database, f"{limit} = '200ms'")
    with database.engine.begin() as other:
        other.execute(text("LOCK TABLE harm_index IN ACCESS EXCLUSIVE MODE"))
        refusal(client.get("/api/v1/harm-indexes"), kind, retry_after)
    assert client.get("/api/v1/harm-indexes").status_code == 200


def test_a_full_disk_during_an_upload_is_the_databases_and_no_fault_of_the_file(client, database):
    run(database, FULL.format(table="rejected_row"))
    told = refusal(client.post(BATCHES, content=ROWS + "x,arson,,1,2\n"), "database-full", None)
    assert "disk of the database is full" in told
    run(database, "DROP TRIGGER no_room ON rejected_row")
    assert client.post(BATCHES, content=ROWS).json()["accepted"] == 60


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_fills_up_while_rows_are_copied_is_told():
    folder = Path(tempfile.mkdtemp(prefix="harmspot-full-"))
    folder.chmod(0o755)
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        shutil.rmtree(folder)
        pytest.skip("this machine does not let root mount a small disk")
    cluster = start(folder / "cluster")
    try:
        owner = (folder / "cluster" / "cluster").stat()
        os.chown(disk, owner.st_uid, owner.st_gid)
        database = Database.at(cluster.url)
        database.upgrade()
        with database.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as connection:
            connection.execute(text(f"CREATE TABLESPACE small LOCATION '{disk}'"))
        alter(database, "temp_tablespaces = 'small'")
        with serving(database) as client:
            many = "".join(f"n{row},arson,2024-01-01,1,2\n" for row in range(60_000))
            told = refusal(client.post(BATCHES, content=ROWS + many), "database-full", None)
            assert "disk of the database is full" in told
            assert client.post(BATCHES, content=ROWS).json()["accepted"] == 60
        database.dispose()
    finally:
        cluster.stop()
        subprocess.run(["umount", str(disk)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def test_a_read_only_database_is_read_and_says_that_it_takes_no_writes(client, database):
    assert client.post(BATCHES, content=ROWS).status_code == 200
    alter(database, "default_transaction_read_only = on")
    assert "read-only" in refusal(client.get("/readyz"), "database-read-only", None)
    told = refusal(client.post(BATCHES, content=ROWS), "database-read-only", None)
    assert "nothing was stored" in told
    assert client.get("/api/v1/incidents/batches").json()[0]["accepted"] == 60


def test_a_connection_that_breaks_while_storing_leaves_open_what_was_stored(database):
    deferred = """
        CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER broken AFTER INSERT ON agency DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION broken()
    """
    run(database, deferred)
    with pytest.raises(DatabaseUnreachableError, match="Look before you try again"):
        run_in_session(database, "INSERT INTO agency (name) VALUES ('lost')")


@pytest.mark.parametrize("command", ["db status", "db upgrade", "serve", "worker"])
def test_every_command_tells_a_refused_connection_in_one_line(command, monkeypatch, capsys):
    monkeypatch.setenv("HARMSPOT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    monkeypatch.setattr("sys.argv", ["harmspot", *command.split()])
    from service.settings import get_settings

    get_settings.cache_clear()
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        get_settings.cache_clear()
    assert ended.value.code == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "Error: The database cannot be reached" in said[0]


@pytest.fixture
def stocked(tenant: Tenant) -> Tenant:
    with tenant.unit_of_work() as (opened, agency):
        ingest(opened, agency, io.BytesIO(ROWS.encode()), load_profile("generic"))
    return tenant


def submitted(tenant: Tenant) -> str:
    with tenant.unit_of_work() as (opened, agency):
        return jobs.submit(opened, agency, "getis-ord", YEAR, source="api").id


def job_of(tenant: Tenant, job: str) -> Job:
    with tenant.unit_of_work() as (opened, agency):
        return jobs.find(opened, agency, job)


@pytest.mark.parametrize(
    ("failing", "kind", "counts"),
    [
        (FULL.format(table="unit_score"), "database-full", False),
        (
            FULL.format(table="analysis_run").replace("53100", "57014"),
            "database-interrupted",
            True,
        ),
    ],
)
def test_a_run_that_the_database_fails_is_neither_stored_nor_failed(stocked, failing, kind, counts):
    run(stocked.database, failing)
    job = submitted(stocked)
    with stocked.database.session() as opened:
        attempt = attempts.take(opened, job)
    outcome = compute.answer(stocked.database, attempt)
    assert outcome.failure["type"].endswith(f"/{kind}")
    assert outcome.counts is counts
    assert job_of(stocked, job).status == "running"


def test_a_job_waits_for_the_database_to_serve_again_and_says_so(stocked):
    run(stocked.database, FULL.format(table="unit_score"))
    job = submitted(stocked)
    with working(stocked.database, Settings(worker_concurrency=1)):
        waiting = when(
            stocked,
            job,
            lambda one: one.status == "accepted" and one.message != "waiting for a worker",
        )
        assert waiting.message.startswith("handed back: The disk of the database is full")
        assert waiting.attempts == 0
        run(stocked.database, "DROP TRIGGER no_room ON unit_score")
        answered = when(stocked, job, lambda one: one.status in jobs.FINISHED)
    assert (answered.status, answered.attempts) == ("successful", 1)


def test_a_job_whose_statements_always_take_too_long_is_given_up_with_the_reason(
    stocked, monkeypatch
):
    run(stocked.database, FULL.format(table="unit_score").replace("53100", "57014"))
    job = submitted(stocked)
    monkeypatch.setattr("service.jobs.worker._LONGEST_WAIT_S", 0)
    with working(stocked.database, Settings(worker_concurrency=1)):
        given_up = when(stocked, job, lambda one: one.status in jobs.FINISHED)
    assert given_up.status == "failed"
    assert given_up.problem["status"] == 503
    assert "begun 3 times" in given_up.problem["detail"]
    assert "statement_timeout" in given_up.problem["detail"]


def test_a_job_is_not_lost_when_the_database_fails_as_it_is_taken(stocked, monkeypatch):
    failing = [OSError("of any kind"), DatabaseBusyError("for a moment")]
    take = attempts.take

    def taken(*given):
        if failing:
            raise failing.pop()
        return take(*given)

    monkeypatch.setattr(attempts, "take", taken)
    monkeypatch.setattr("service.jobs.worker._LONGEST_WAIT_S", 0)
    job = submitted(stocked)
    with working(stocked.database, Settings(worker_concurrency=1)):
        answered = when(stocked, job, lambda one: one.status in jobs.FINISHED)
    assert answered.status == "successful"


def when(tenant: Tenant, job: str, wanted) -> Job:
    def found() -> Job | None:
        one = job_of(tenant, job)
        return one if wanted(one) else None

    def told() -> tuple[object, ...]:
        one = job_of(tenant, job)
        return one.status, one.message, one.problem

    one = until(found, told=told)
    assert one is not None
    return one
