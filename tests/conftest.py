"""Fixtures on real parts.

- `databases`: the cluster that all workers of a run share. `databases.empty()` is an empty database
  with the newest schema; `databases.copy_of(name, make)` a copy of one that is made once in the run
  of the tests, whichever worker asks first. Both are dropped by who made them, and cost little.
- `database`, `tenant`: an empty database of the test's own, and an equipped agency in one.
- `shared_data`: the folder of real data beside the checkout.
- `demo_server`: the demo, as a newcomer runs it.
"""

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
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from service.store.cluster.embedded import start
from service.store.session import Database
from service.store.tenant import Tenant
from tests.databases import Databases, cluster

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDER = pytest.StashKey[Path]()
"""The folder that all processes of a run of the tests share."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the shared folder, or take it from the process that runs the workers."""
    given = getattr(config, "workerinput", {}).get("folder")
    config.stash[FOLDER] = Path(given or tempfile.mkdtemp(prefix="harmspot-tests-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker where the shared folder is."""
    node.workerinput["folder"] = str(node.config.stash[FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the shared folder when the last worker is gone, and the cluster if one crashed."""
    if hasattr(config, "workerinput"):
        return
    folder = config.stash[FOLDER]
    if (folder / "cluster" / "cluster" / "postmaster.pid").exists():
        start(folder / "cluster").stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that stands beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared data are not at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    """The databases of this run of the tests, in one cluster that all its workers share."""
    with cluster(pytestconfig.stash[FOLDER]) as running:
        yield running


@pytest.fixture(scope="session")
def cluster_url(databases: Databases) -> Databases:
    """The former name of `databases`."""
    return databases


def scratch_database(databases: Databases) -> AbstractContextManager[Database]:
    """Make an empty database: the former way."""
    return databases.empty()


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    """An empty database with the newest schema, this test's own."""
    with databases.empty() as made:
        yield made


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
