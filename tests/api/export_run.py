"""A small town with hostile names, and its runs, that the tests of exports share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.export import files, formats
from service.store.repository import runs as stored_runs
from service.store.session import Database
from service.store.tenant import Tenant
from service.vector import boundaries, streets
from tests.api.places import YEAR, store
from tests.databases import Databases

UTM = 32630
EAST, NORTH = 700_000, 5_700_000
HOSTILE = "=cmd|' /C calc'!A0, \"Smith\" <script>alert(1)</script> & Söhne"
DISTRICTS = ["@SUM(1+1)*cmd", 'O\'Brien "West", <b>']


@dataclass(frozen=True)
class Town:
    """A tenant with incidents, districts and streets, and the runs that most tests ask for."""

    tenant: Tenant
    cells: str
    """Id of the run of `TARGETS`."""
    streets: str
    """Id of the run of `STREETS`."""

    def run(self, process: str, **question: Any) -> str:
        """Run an analysis and return its id."""
        return run_of(self.tenant, process, **question)

    def export(self, run_id: str, form: str, path: Path, **options: Any) -> Path:
        """Write a run to a file and return its path."""
        with self.tenant.unit_of_work() as (session, agency):
            run = stored_runs.find(session, agency, run_id)
            files.export(session, agency, run, formats.find(form), path, **options)
        return path


@contextmanager
def copied(databases: Databases) -> Iterator[Town]:
    """Give a copy of the town."""
    with databases.copy_of("export-town", _made) as (database, runs_of):
        yield Town(Tenant(database, "default"), **runs_of)


def _made(database: Database) -> dict[str, str]:
    tenant = Tenant(database, "default")
    tenant.equip()
    fill(tenant)
    asked = {"cells": TARGETS, "streets": STREETS}
    return {name: run_of(tenant, "targets", **question) for name, question in asked.items()}


def fill(tenant: Tenant) -> None:
    """Fill a tenant: 4 km of town, of much harm in one corner and hardly any in the opposite one.

    It has two districts and a grid of streets.
    """
    random = np.random.default_rng(11)
    everywhere = random.uniform(0, 4_000, (2_000, 2))
    everywhere = everywhere[(everywhere < 2_400).any(axis=1)]
    corner = random.normal(1_000, 220, (400, 2))
    places = np.vstack((everywhere, corner)) + np.array((EAST, NORTH))
    names = np.array(["High Street"] * len(everywhere) + [HOSTILE] * len(corner), dtype=object)
    store(tenant, gpd.GeoSeries(shapely.points(places), crs=UTM), location_text=names)
    boxes = [shapely.box(-50, -50, 2_000, 4_050), shapely.box(2_000, -50, 4_050, 4_050)]
    moved = [shapely.affinity.translate(box, EAST, NORTH) for box in boxes]
    districts = gpd.GeoDataFrame({"name": DISTRICTS}, geometry=moved, crs=UTM)
    grid = np.arange(0, 4_001, 200.0)
    lines = [
        shapely.LineString([(EAST + x, NORTH + y), (EAST + x + dx, NORTH + y + dy)])
        for x in grid
        for y in grid
        for dx, dy in ((200, 0), (0, 200))
        if x + dx <= 4_000 and y + dy <= 4_000
    ]
    network = gpd.GeoDataFrame({"name": ["Straße & Söhne"] * len(lines)}, geometry=lines, crs=UTM)
    with tenant.unit_of_work() as (session, agency):
        boundaries.load(session, agency, districts, "districts", where="made")
        streets.load(session, agency, network, "grid", where="made")


def run_of(tenant: Tenant, process: str, **question: Any) -> str:
    """Run an analysis and return its id."""
    asked = {"index": "cchi-2026-police-uk", **YEAR, **question}
    params = PROCESSES[process].params.model_validate(asked)
    with tenant.unit_of_work() as (session, agency):
        return runs.execute(session, agency, PROCESSES[process], params).id


TARGETS = {
    "resolution": 9,
    "study_area": "districts",
    "districts": "districts",
    "network": "grid",
    "patrol_buffer_m": 60,
    "tail": "two-sided",
}
"""Asks for every layer that a run of cells can have."""

STREETS = {"unit": "segment", "network": "grid", "districts": "districts", "max_snap_m": 200}
