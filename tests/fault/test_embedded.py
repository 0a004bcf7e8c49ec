"""The private cluster under what happens to it: kills, crowds, full disks, wrong machines."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from service.errors import problem_details
from service.http.app import create_app
from service.logs import configure
from service.settings import Settings
from service.store.cluster import binaries
from service.store.cluster.account import AccountError
from service.store.cluster.binaries import PostgresMissingError
from service.store.cluster.embedded import (
    EmbeddedCluster,
    EmbeddedClusterError,
    default_data_dir,
    start,
)
from service.store.session import open_database
from tests.api.published import SQUARE
from tests.patience import PATIENCE_S, until

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux's /proc")

# A program that uses the cluster, says so, and leaves when its standard input ends.
PROGRAM = """
import sys
from pathlib import Path
from service.store.cluster.embedded import start

from service.store.session import open_database
from tests.api.published import SQUARE
from tests.patience import PATIENCE_S, until
with start(Path(sys.argv[1])) as cluster:
    print(cluster.conninfo, flush=True)
    sys.stdin.read()
"""

Program = subprocess.Popen[str]

ORDINARY: dict[str, Any] = {
    "user": "nobody",
    "group": pwd.getpwnam("nobody").pw_gid,
    "extra_groups": [],
    "env": {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
}


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory that every account can enter; pytest's own is closed to the server's."""
    directory = Path(tempfile.mkdtemp(prefix="harmspot-test-"))
    directory.chmod(0o755)
    yield directory
    for pidfile in directory.glob("**/postmaster.pid"):
        kill(int(pidfile.read_text().split()[0]), signal.SIGQUIT)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def made_cluster() -> Iterator[Path]:
    """A directory with a cluster that has been made, and stopped."""
    directory = Path(tempfile.mkdtemp(prefix="harmspot-test-"))
    directory.chmod(0o755)
    start(directory / "data").stop()
    yield directory / "data"
    shutil.rmtree(directory)


@pytest.fixture
def data_dir(home: Path, made_cluster: Path) -> Path:
    """A stopped cluster of this test's own."""
    subprocess.run(["cp", "-a", str(made_cluster), str(home / "data")], check=True)
    return home / "data"


@pytest.fixture
def run_program() -> Iterator[Callable[..., Program]]:
    programs: list[Program] = []

    def run(data_dir: Path, python: str = sys.executable, **options: object) -> Program:
        command = [python, "-c", PROGRAM, str(data_dir)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        programs.append(subprocess.Popen(command, text=True, **pipes, **options))
        return programs[-1]

    yield run
    for program in programs:
        program.kill()
        program.communicate()


@pytest.fixture
def ordinary_python() -> str:
    """A Python that an ordinary user can run; this one may be in root's own directory."""
    version = ".".join(map(str, sys.version_info[:2]))
    for python in (sys.executable, f"/usr/bin/python{version}"):
        try:
            probe = [python, "-c", "import service.store.cluster.embedded"]
            subprocess.run(probe, capture_output=True, check=True, **ORDINARY)
        except (OSError, subprocess.CalledProcessError):
            continue
        return python
    pytest.skip("an ordinary user can run no Python here that has the dependencies")


def said(program: Program) -> str:
    assert program.stdout is not None
    assert program.stderr is not None
    return program.stdout.readline().strip() or pytest.fail(program.stderr.read())


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "cluster" / "postmaster.pid").read_text().split()[0])


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def remember(cluster: EmbeddedCluster, word: str) -> None:
    with psycopg.connect(cluster.conninfo) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
        connection.execute("INSERT INTO words VALUES (%s)", [word])


def words(cluster: EmbeddedCluster) -> list[str]:
    with psycopg.connect(cluster.conninfo) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM words")]


def test_every_driver_reaches_a_durable_postgis_database(home: Path) -> None:
    with start(home / "data") as cluster:
        engine = create_engine(cluster.url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT postgis_version()")) >= "3.2"
        engine.dispose()
        with adbc.connect(cluster.conninfo) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 'crème'::text COLLATE \"default\" AS word")
            assert cursor.fetch_arrow_table()["word"].to_pylist() == ["crème"]
        with psycopg.connect(cluster.conninfo) as connection:
            for setting, value in {
                "fsync": "on",
                "full_page_writes": "on",
                "synchronous_commit": "on",
                "data_checksums": "on",
                "server_encoding": "UTF8",
                "listen_addresses": "",
            }.items():
                assert connection.execute(f"SHOW {setting}").fetchone() == (value,), setting


@needs_proc
def test_server_opens_no_network_port(data_dir: Path) -> None:
    with start(data_dir):
        pid = server_pid(data_dir)
        sockets = {os.readlink(one) for one in Path(f"/proc/{pid}/fd").iterdir()}
        listening = {
            f"socket:[{line.split()[9]}]"
            for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
            if table.exists()
            for line in table.read_text().splitlines()[1:]
        }
        assert not sockets & listening


def test_incidents_stay_over_stop_and_start(data_dir: Path) -> None:
    with start(data_dir) as cluster:
        remember(cluster, "kept")
    assert not (data_dir / "cluster" / "postmaster.pid").exists()
    with start(data_dir) as cluster:
        assert words(cluster) == ["kept"]


def test_stopping_twice_is_stopping_once(data_dir: Path) -> None:
    cluster = start(data_dir)
    cluster.stop()
    cluster.stop()


def test_killed_server_starts_again_with_what_was_committed(data_dir: Path) -> None:
    with start(data_dir) as first:
        remember(first, "kept")
        kill(server_pid(data_dir))
        with start(data_dir) as second:
            assert words(second) == ["kept"]


def test_server_that_dies_under_the_service_is_brought_back_by_one_of_its_programs(
    data_dir: Path,
) -> None:
    settings = Settings(data_dir=data_dir, worker="none")
    with (
        open_database(settings) as database,
        open_database(settings),  # of a worker beside it, say
        TestClient(create_app(settings, database), raise_server_exceptions=False) as client,
    ):
        boundary = "/api/v1/boundaries/city"
        client.put(boundary, json=SQUARE).raise_for_status()
        for number in (signal.SIGKILL, signal.SIGQUIT):
            was = server_pid(data_dir)
            kill(was, number)
            until(lambda: client.get("/readyz").status_code == 200)
            assert server_pid(data_dir) != was
            assert client.get(boundary).status_code == 200
        assert client.get("/healthz").status_code == 200
    assert not (data_dir / "cluster" / "postmaster.pid").exists()


def test_server_that_cannot_be_brought_back_is_tried_again_and_says_why(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("INFO")
    with open_database(Settings(data_dir=data_dir)) as database:
        settings_file = data_dir / "cluster" / "postgresql.auto.conf"
        kept = settings_file.read_text()
        settings_file.write_text("nothing = here\n")
        kill(server_pid(data_dir))
        log = ""

        def told() -> bool:
            nonlocal log
            log += capsys.readouterr().err
            return "the private database does not start" in log

        until(told)
        settings_file.write_text(kept)

        def serves() -> bool:
            try:
                with database.engine.connect() as connection:
                    return connection.scalar(text("SELECT 1")) == 1
            except DBAPIError:
                return False

        until(serves)


def test_server_outlives_a_killed_program_and_the_next_one_takes_it_over(
    data_dir: Path, run_program: Callable[..., Program]
) -> None:
    program = run_program(data_dir)
    said(program)
    pid = server_pid(data_dir)
    program.kill()
    program.wait()
    assert is_running(pid)
    with start(data_dir) as cluster:
        remember(cluster, "kept")
        assert server_pid(data_dir) == pid
    assert not is_running(pid)


def test_power_cut_is_survived_even_when_the_process_id_was_given_to_another(
    data_dir: Path, made_cluster: Path, run_program: Callable[..., Program]
) -> None:
    program = run_program(data_dir)
    said(program)
    pidfile = data_dir / "cluster" / "postmaster.pid"
    left_behind = pidfile.read_text().splitlines()
    os.kill(program.pid, signal.SIGKILL)
    kill(server_pid(data_dir))
    subprocess.run(
        ["cp", "-a", str(made_cluster), str(data_dir.with_name("bystander"))], check=True
    )
    bystander = run_program(data_dir.with_name("bystander"))
    said(bystander)
    # The bystander's server runs under the same account, as a reused process id well may.
    left_behind[0] = str(server_pid(data_dir.with_name("bystander")))
    pidfile.write_text("\n".join(left_behind))
    with start(data_dir) as cluster:
        remember(cluster, "kept")
    assert is_running(int(left_behind[0]))


def test_second_program_shares_the_server_and_the_last_one_out_stops_it(
    data_dir: Path, run_program: Callable[..., Program]
) -> None:
    with start(data_dir) as cluster:
        pid = server_pid(data_dir)
        program = run_program(data_dir)
        assert said(program) == cluster.conninfo
        assert server_pid(data_dir) == pid
    assert is_running(pid)
    program.communicate(timeout=PATIENCE_S)
    assert program.returncode == 0
    assert not is_running(pid)


def test_programs_that_start_at_once_share_one_server(
    home: Path, run_program: Callable[..., Program]
) -> None:
    programs = [run_program(home / "data") for _ in range(3)]
    assert len({said(program) for program in programs}) == 1
    pid = server_pid(home / "data")
    for program in programs:
        assert is_running(pid)
        program.communicate(timeout=PATIENCE_S)
    assert not is_running(pid)


def test_interrupted_making_of_the_cluster_is_begun_anew(
    home: Path, run_program: Callable[..., Program]
) -> None:
    program = run_program(home / "data")
    unfinished = home / "data" / "cluster.unfinished" / "base"
    while not unfinished.exists():
        assert program.poll() is None
        time.sleep(0.005)
    program.kill()
    program.wait()
    assert not (home / "data" / "cluster").exists()
    with start(home / "data") as cluster:
        remember(cluster, "kept")
    assert not (home / "data" / "cluster.unfinished").exists()


@pytest.mark.parametrize("name", ["long-" * 30, "a b,c:d'e\"f$g&h;é"], ids=["long", "odd"])
def test_any_path_serves(home: Path, name: str) -> None:
    with start(home / name) as cluster:
        remember(cluster, "kept")
        socket_dir = (home / name / "run").resolve()
        assert socket_dir.is_dir()
        with start(home / name) as other:
            assert words(other) == ["kept"]
    assert not socket_dir.exists()


def test_values_of_incidents_stay_out_of_the_log(data_dir: Path) -> None:
    with start(data_dir) as cluster:
        with psycopg.connect(cluster.conninfo, autocommit=True) as connection:
            connection.execute("CREATE TABLE incident (id text PRIMARY KEY)")
            connection.execute("INSERT INTO incident VALUES ('secret-id')")
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute("INSERT INTO incident VALUES ('secret-id')")
        log = (data_dir / "server.log").read_text()
        assert "duplicate key" in log
        assert "secret-id" not in log


def test_directory_with_other_files_is_left_alone(home: Path) -> None:
    (home / "thesis.odt").write_text("chapter 1")
    before = home.stat().st_mode
    with pytest.raises(EmbeddedClusterError, match="holds other files"):
        start(home)
    assert [one.name for one in home.iterdir()] == ["thesis.odt"]
    assert home.stat().st_mode == before


def test_missing_postgresql_is_named_with_its_package(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_VERSIONED", ())
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(PostgresMissingError, match=r"install.*postgresql-postgis`") as caught:
        start(home / "data")
    assert "no PostgreSQL server" in caught.value.message
    assert not (home / "data").exists()
    assert problem_details(caught.value)["status"] == 503


def test_missing_postgis_is_named_with_its_package(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bindir = home / "16" / "bin"
    bindir.mkdir(parents=True)
    for program in ("postgres", "initdb", "pg_ctl"):
        (bindir / program).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 16.4'\n")
        (bindir / program).chmod(0o755)
    monkeypatch.setattr(binaries, "_VERSIONED", ((str(home), "*/bin"),))
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(PostgresMissingError, match="postgresql-16-postgis-3") as caught:
        start(home / "data")
    assert "PostgreSQL 16 without PostGIS" in caught.value.message


def test_cluster_of_another_version_is_not_touched(data_dir: Path) -> None:
    version = data_dir / "cluster" / "PG_VERSION"
    version.write_text("9\n")
    with pytest.raises(PostgresMissingError, match=r"made by PostgreSQL 9.*postgresql-9-postgis"):
        start(data_dir)
    assert version.read_text() == "9\n"


def test_server_that_cannot_start_says_why(data_dir: Path) -> None:
    (data_dir / "cluster" / "postgresql.auto.conf").write_text("work_mem = 'much'\n")
    with pytest.raises(EmbeddedClusterError, match=r"stopped while starting.*auto.conf"):
        start(data_dir)


def test_set_up_looks_for_postgresql_before_any_package_is_installed() -> None:
    bare = [sys.executable, "-S", "-E", "-m", "service.store.cluster.binaries"]
    root = Path(__file__).resolve().parents[2]
    subprocess.run(bare, cwd=root, check=True)


@needs_root
def test_directory_that_the_servers_account_cannot_enter_is_named(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(AccountError, match=f"cannot enter {closed},"):
        start(closed / "data")


@needs_root
def test_full_disk_is_told(home: Path) -> None:
    disk = home / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=10m,mode=755", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let root mount a small disk")
    try:
        with pytest.raises(EmbeddedClusterError, match=r"disk that holds .* is full"):
            start(disk / "data")
        assert not (disk / "data" / "cluster").exists()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@needs_root
def test_other_users_are_kept_out(data_dir: Path, ordinary_python: str) -> None:
    connect = [ordinary_python, "-c", "import psycopg, sys; psycopg.connect(sys.argv[1])"]
    with start(data_dir) as cluster:
        command = [*connect, cluster.conninfo]
        refused = subprocess.run(command, capture_output=True, text=True, check=False, **ORDINARY)
        assert "Permission denied" in refused.stderr
        (data_dir / "run").chmod(0o755)
        (data_dir / "run" / ".s.PGSQL.5432").chmod(0o777)
        refused = subprocess.run(command, capture_output=True, text=True, check=False, **ORDINARY)
        assert "Peer authentication failed" in refused.stderr


@needs_root
def test_ordinary_user_runs_a_cluster_that_root_can_join(
    home: Path, run_program: Callable[..., Program], ordinary_python: str
) -> None:
    os.chown(home, pwd.getpwnam(ORDINARY["user"]).pw_uid, -1)
    for _ in range(2):
        program = run_program(home / "data", ordinary_python, **ORDINARY)
        conninfo = said(program)
        assert (home / "data").stat().st_mode & 0o777 == 0o700
        with start(home / "data") as cluster:
            assert cluster.conninfo == conninfo
            program.communicate(timeout=PATIENCE_S)
            remember(cluster, "kept")
    with start(home / "data") as cluster:
        assert words(cluster) == ["kept", "kept"]


@needs_root
def test_default_directory_of_root_is_one_that_the_servers_account_can_enter() -> None:
    assert default_data_dir() == Path("/var/lib/harmspot/postgres")


def test_default_directory_of_a_user_is_in_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/home/analyst/.local/share")
    assert default_data_dir().parts[-2:] == ("harmspot", "postgres")
