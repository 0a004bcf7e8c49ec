"""Fixtures on real parts.

- `databases`: the cluster that all workers of a run share. `databases.empty()` is an empty database
  with the newest schema, `equipped()` one with an agency; `copy_of(name, make)` a copy of one that
  is made once in the run of the tests, whichever worker asks first. All are dropped by who made
  them, and cost little.
- `database`, `tenant`: an empty database of the test's own, and an equipped agency in one.
- `shared_data`: the folder of real data beside the checkout.
- `patience.until(ask)` waits for an event; `patience.PATIENCE_S` is the limit of every wait.
- `api.applications.application` is one application for many tests, as `client` has it.
- `api.commands.called(...)` calls the `harmspot` command in this process, `ran(...)` in its own.
- Loaded towns to copy: `api.export_run.copied`, `api.ogc_town.serving`, `api.demo_city.copied`.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from service.store.cluster.embedded import start
from service.store.session import Database
from service.store.tenant import Tenant
from tests.databases import AGENCY, Databases, cluster

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDER = pytest.StashKey[Path]()
"""The folder that all processes of a run of the tests share."""
MEMORY = Path("/dev/shm")
OF_AGENCIES = frozenset({"tenant", "client", "working_client"})
"""Fixtures that equip an agency as soon as they are made."""
ROOM = 6 << 30
"""Bytes that the databases of a run fit into several times over."""

SLOWEST = (
    "test_map_layers.py", "test_briefings.py", "test_data_page.py", "test_map.py",
    "test_questions.py", "test_segments.py", "test_undoing.py", "test_workers.py",
    "test_embedded.py", "test_http.py", "test_pages.py", "test_asking.py", "test_told.py",
    "test_synthetic.py", "test_cli.py", "test_caching.py", "test_ogc_clients.py",
    "test_ogc_conformance.py", "test_openapi.py", "test_foreign_analysis.py", "test_comparison.py",
    "test_exports.py", "test_qgis.py", "test_calibration.py",
)  # fmt: skip
"""Files in the order in which a run of the tests begins them: the last one ends it alone.

By the seconds that they take a processor, but for those on the sample city: whoever asks for it
second waits until it is made, so other files stand between them.
"""
MAY_SKIP_IN_CI: tuple[str, ...] = ()
"""Reasons for which a test may be left out where CI is true."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among what is loaded now: it stays, and takes long to look through."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slowest files first."""
    rank = {name: at for at, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(rank)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that skips where everything can be installed: in continuous integration."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if not any(allowed in reason for allowed in MAY_SKIP_IN_CI):
            report.outcome = "failed"
            report.longrepr = f"no test is left out in continuous integration: {reason}"
    return report


settings.register_profile(
    "patient",
    settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")
"""No example fails for how long it took: machines are shared."""

os.environ |= {"HARMSPOT_WAIT_S": "300", "HARMSPOT_QUICK_S": "600"}
"""Questions are answered at once however slow the machine is; tests of 202 say otherwise."""
os.environ["HARMSPOT_HOSTS"] = "testserver"
"""The name under which the framework's client for tests asks for an application."""
os.environ["HARMSPOT_ACCESS"] = "open"
"""Whom a service answers is asked by tests that set it to be asked: `test_access.py` and others."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the shared folder, or take it from the process that runs the workers."""
    given = getattr(config, "workerinput", {}).get("folder")
    config.stash[FOLDER] = Path(given or tempfile.mkdtemp(prefix="harmspot-tests-", dir=_place()))


def _place() -> Path | None:
    """Return the memory's own disk where it has room, for a database is copied there at a fifth."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if has_room and os.access(MEMORY, os.W_OK) else None


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


@pytest.fixture
def database(databases: Databases, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database with the newest schema, this test's own.

    Of a test that asks for `tenant` or a client too, the agency is equipped already: to copy that
    costs less than to do it.
    """
    equipped = not OF_AGENCIES.isdisjoint(request.fixturenames)
    with databases.equipped() if equipped else databases.empty() as made:
        yield made


@pytest.fixture
def tenant(database: Database) -> Tenant:
    """An agency with the shipped harm indexes and no incident."""
    made = Tenant(database, AGENCY)
    made.equip()
    return made
