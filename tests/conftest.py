"""Fixtures on real parts: a private PostGIS cluster, a database per test, the shared data."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from service.store.cluster.embedded import start
from service.store.session import Database
from service.store.tenant import Tenant

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that stands beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared data are not at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def cluster_url() -> Iterator[str]:
    """Address of a private cluster of this test process."""
    folder = Path(tempfile.mkdtemp(prefix="harmspot-"))
    folder.chmod(0o755)
    cluster = start(folder / "cluster")
    try:
        with psycopg.connect(_libpq(cluster.url, "postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE template_harmspot")
        template = Database.at(_named(cluster.url, "template_harmspot"))
        template.upgrade()
        template.dispose()
        yield cluster.url
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(cluster_url: str) -> Iterator[Database]:
    """An empty database with the newest schema, this test's own."""
    with scratch_database(cluster_url) as made:
        yield made


@contextmanager
def scratch_database(cluster_url: str, template: str = "template_harmspot") -> Iterator[Database]:
    """Make a database as a template is (the newest schema, empty), and drop it at the end."""
    name = f"test_{os.urandom(6).hex()}"
    admin = _libpq(cluster_url, "postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    made = Database.at(_named(cluster_url, name))
    try:
        yield made
    finally:
        made.dispose()
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


@pytest.fixture
def tenant(database: Database) -> Tenant:
    """An agency with the shipped harm indexes and no incident."""
    made = Tenant(database, "default")
    made.equip()
    return made


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of `harmspot demo`, run as a newcomer would, with a private cluster of its own."""
    folder = Path(tempfile.mkdtemp(prefix="harmspot-demo-"))
    folder.chmod(0o755)
    port = free_port()
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("HARMSPOT_")
    } | {"HARMSPOT_DATA_DIR": str(folder / "cluster")}
    output = tmp_path_factory.mktemp("demo") / "targets.geojson"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "service.cli", "demo", "--port", str(port), "-o", str(output)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", process, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)
            shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """Return a TCP port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for a server; fail with what it printed when it ends or takes too long."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}")


def _named(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _libpq(url: str, name: str) -> str:
    renamed = make_url(url).set(database=name, drivername="postgresql")
    return renamed.render_as_string(hide_password=False)
