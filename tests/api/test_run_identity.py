"""A run names the code and libraries that decide it; nothing else has a part in what it holds."""

import json
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import delete

from service import version
from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.store.models import AnalysisRun
from service.store.repository import targets as stored_targets
from service.store.tenant import Tenant
from service.vector import boundaries
from service.words import catalogue
from tests import pseudo_language
from tests.api import ogc_town
from tests.api.places import store

IN_PASSING = {
    "service.errors", "service.logs", "service.settings", "service.store.failures",
    "service.store.locks", "service.store.repository.agencies", "service.store.tenant",
    "service.version", "service.words.catalogue", "service.words.runs", "service.words.saying",
    "spatial.streets.simplifying", "spatial.streets.street_spaces",
}  # fmt: skip
"""What may run while a run is computed and decides nothing of it: who asks, what goes wrong, and
the words in which it could be told, which are tried before it is stored. What simplifies streets is
loaded with them."""

QUESTION = {
    "index": "count", "study_area": "districts", "from": "2025-01-01", "to": "2025-11-30",
    "districts": "districts",
}  # fmt: skip
UNITS = (
    {"unit": "h3", "resolution": 8},
    {"unit": "segment", "network": "grid", "max_snap_m": 200},
    {"unit": "polygon", "layer": "beats"},
)

COMPUTING = """
import json, sys
from service.store.session import Database
from service.store.tenant import Tenant
from service.analyses import registry, runs

files = set()
tenant = Tenant(Database.at(sys.argv[1]), "default")
for name, question in json.loads(sys.argv[2]):
    process = registry.find(name)
    params = process.params.model_validate(question)
    with tenant.unit_of_work() as (session, agency):
        sys.setprofile(lambda frame, event, _: files.add(frame.f_code.co_filename))
        runs.execute(session, agency, process, params)
        sys.setprofile(None)
loaded = {
    f"{name}.__init__" if hasattr(module, "__path__") else name: module.__file__
    for name, module in sys.modules.items()
    if name.split(".")[0] in ("service", "spatial")
}
print(json.dumps({name: file in files for name, file in loaded.items()}))
"""


@pytest.fixture(scope="module")
def computing(databases) -> dict[str, bool]:
    """Compute every analysis on every unit in a fresh process; tell the modules that it loads.

    Each with whether any of it ran while a run was computed.
    """
    asked = [(name, QUESTION | unit) for name in PROCESSES for unit in UNITS]
    with databases.copy_of("ogc-town", ogc_town._made) as (database, _):
        tenant = Tenant(database, "default")
        with tenant.unit_of_work() as (session, agency):
            boundaries.load(session, agency, beats(), "beats", where="made")
        years_before(tenant)
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                COMPUTING,
                database.url.render_as_string(False),
                json.dumps(asked),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    told: dict[str, bool] = json.loads(done.stdout)
    return told


def years_before(tenant: Tenant) -> None:
    """Store some incidents of the two years before, without which no list can be tested."""
    number = 400
    places = np.random.default_rng(5).uniform(0, 3_000, (number, 2))
    points = shapely.points(places + np.array((ogc_town.EAST, ogc_town.NORTH)))
    store(
        tenant,
        gpd.GeoSeries(points, crs=ogc_town.UTM),
        external_id=[f"before{one}" for one in range(number)],
        occurred_from=pd.Timestamp("2023-01-01T12:00Z")
        + pd.to_timedelta(np.arange(number) * 730 // number, unit="D"),
    )


def beats() -> gpd.GeoDataFrame:
    corners = [(x, y) for x in range(5) for y in range(5)]
    east, north = ogc_town.EAST, ogc_town.NORTH
    boxes = [
        shapely.box(east + x * 700, north + y * 700, east + x * 700 + 700, north + y * 700 + 700)
        for x, y in corners
    ]
    names = {"name": [f"{x} {y}" for x, y in corners]}
    return gpd.GeoDataFrame(names, geometry=boxes, crs=ogc_town.UTM)


def test_every_module_that_computing_loads_is_said_to_decide_or_not(computing):
    assert {name for name in computing if version.RESULTS.holds(name) is None} == set()


def test_whatever_runs_while_a_run_is_computed_decides_it_or_only_passes_it_on(computing):
    ran = {name for name, did in computing.items() if did}
    assert {"service.store.repository.streets", "spatial.streets.walking"} <= ran
    assert {name for name in ran if not version.RESULTS.holds(name)} <= IN_PASSING


def test_a_run_holds_the_same_whatever_language_is_spoken(databases, monkeypatch, tmp_path):
    pseudo_language.write(tmp_path)
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    process = PROCESSES["targets"]
    params = process.params.model_validate(QUESTION | UNITS[0])
    told = []
    with databases.copy_of("ogc-town", ogc_town._made) as (database, _):
        tenant = Tenant(database, "default")
        for language in (catalogue.SOURCE, pseudo_language.LANGUAGE):
            with catalogue.speaking(language), tenant.unit_of_work() as (session, agency):
                run = runs.execute(session, agency, process, params)
                targets = list(stored_targets.properties(session, run))
                told.append((run.id, run.provenance, run.result, targets))
                session.flush()
                session.execute(delete(AnalysisRun).where(AnalysisRun.id == run.id))
    assert told[0] == told[1]
    assert told[0][3]


def test_a_run_names_the_libraries_that_decide_it(databases):
    with ogc_town.serving(databases) as town:
        run = town.client.get(f"/api/v1/runs/{town.run['cells']}").json()
        targets = town.client.get(f"/api/v1/runs/{run['id']}/targets").json()
    assert run["provenance"]["libraries"] == version.libraries()
    assert targets["run"]["libraries"] == version.libraries()
    assert {"numpy", "scipy", "GEOS", "PROJ"} <= version.libraries().keys()
