"""A town with cells, streets, areas and incidents of two agencies, served over the OGC API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from fastapi.testclient import TestClient
from httpx2 import Response

from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.http.app import create_app
from service.settings import Settings
from service.store.session import Database
from service.store.tenant import Tenant
from service.vector import boundaries, streets
from tests.api.places import YEAR, store
from tests.databases import Databases

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
UTM = 32630
EAST, NORTH = 700_000, 5_700_000
"""The town's corner in its UTM zone: beside London."""

FIJI = {
    "Dateline west": shapely.box(179.2, -17.5, 179.6, -17.0),
    "Dateline east": shapely.box(-179.6, -17.5, -179.2, -17.0),
    "Far away": shapely.box(0.0, -17.5, 0.4, -17.0),
}
"""Areas on both sides of the antimeridian, and one on the other side of the Earth."""


@dataclass
class Town:
    """A service with the runs of its agency, and an agency that it must never show."""

    client: TestClient
    database: Database
    run: dict[str, str] = field(default_factory=dict)
    """Ids of runs: `cells`, `streets`, and `theirs`, of the other agency."""

    def get(self, path: str, *, status: int = 200, **options: Any) -> Response:
        """Get a path below /ogc, and make sure of its status."""
        answer = self.client.get(f"/ogc{path}", **options)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:2000]}"
        return answer

    def items(self, collection: str, **query: Any) -> dict[str, Any]:
        """Return a page of features."""
        path = f"/collections/{collection}/items"
        return dict(self.get(path, params={"limit": 10_000} | query).json())

    def refusal(self, collection: str, **query: Any) -> dict[str, Any]:
        """Return the problem with which a page of features is refused."""
        answer = self.get(f"/collections/{collection}/items", params=query, status=400)
        assert answer.headers["content-type"] == "application/problem+json"
        return dict(answer.json())

    def features(self, collection: str, **query: Any) -> gpd.GeoDataFrame:
        """Return features as a table, their ids as `id`."""
        page = self.items(collection, **query)
        assert page["numberMatched"] == page["numberReturned"] == len(page["features"])
        shapes = [shapely.geometry.shape(one["geometry"]) for one in page["features"]]
        rows = [{"id": one["id"], **one["properties"]} for one in page["features"]]
        return gpd.GeoDataFrame(rows, geometry=shapes, crs=4326)


@contextmanager
def serving(databases: Databases, **settings: Any) -> Iterator[Town]:
    """Make a copy of the town, and serve it."""
    with databases.copy_of("ogc-town", _made) as (database, runs_of):
        app = create_app(Settings(worker="none", **{"ogc_incidents": True} | settings), database)
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Town(client, database, dict(runs_of))


def _made(database: Database) -> dict[str, str]:
    ours, theirs = Tenant(database, Settings().agency), Tenant(database, "elsewhere")
    ours.equip()
    theirs.equip()
    others = fill(theirs, seed=5)["cells"]
    return {"theirs": others} | fill(ours, seed=11)


def fill(tenant: Tenant, seed: int) -> dict[str, str]:
    """Store incidents, areas and streets for an agency, run analyses, and return the runs' ids."""
    random = np.random.default_rng(seed)
    spread, corner = random.uniform(0, 3_000, (800, 2)), random.normal(900, 150, (250, 2))
    places = np.vstack((spread, corner)) + np.array((EAST, NORTH))
    offences = np.where(np.arange(len(places)) % 5 == 0, "robbery", "other-theft")
    points = gpd.GeoSeries(shapely.points(places), crs=UTM)
    store(tenant, points, offences, location_text='O\'Brien "100%" Straße')
    halves = [shapely.box(-50, -50, 1_500, 3_050), shapely.box(1_500, -50, 3_050, 3_050)]
    moved = [shapely.affinity.translate(half, EAST, NORTH) for half in halves]
    districts = gpd.GeoDataFrame({"name": ["West", "East"]}, geometry=moved, crs=UTM)
    fiji = gpd.GeoDataFrame({"name": list(FIJI)}, geometry=list(FIJI.values()), crs=4326)
    network = _grid(300.0)
    with tenant.unit_of_work() as (session, agency):
        boundaries.load(session, agency, districts.iloc[:1], "districts", where="made")
        boundaries.load(session, agency, districts, "districts", where="made")
        boundaries.load(session, agency, fiji, "fiji", where="made")
        streets.load(session, agency, network.iloc[:30], "grid", where="made")
        streets.load(session, agency, network, "grid", where="made")
    question = {"study_area": "districts", "index": "count", "districts": "districts"}
    return {
        "streets": analysed(
            tenant, "getis-ord", unit="segment", network="grid", max_snap_m=200, **question
        ),
        "cells": analysed(tenant, "targets", resolution=9, patrol_buffer_m=60, top=10, **question),
    }


def analysed(tenant: Tenant, process: str, **question: Any) -> str:
    """Run an analysis, and return the id of its run."""
    params = PROCESSES[process].params.model_validate({**YEAR, **question})
    with tenant.unit_of_work() as (session, agency):
        return runs.execute(session, agency, PROCESSES[process], params).id


def _grid(step: float) -> gpd.GeoDataFrame:
    at = np.arange(0, 3_001, step)
    lines = [
        shapely.LineString([(EAST + x, NORTH + y), (EAST + x + dx, NORTH + y + dy)])
        for x in at
        for y in at
        for dx, dy in ((step, 0), (0, step))
        if x + dx <= 3_000 and y + dy <= 3_000
    ]
    names = [f"Street {number % 7}" for number in range(len(lines))]
    return gpd.GeoDataFrame({"name": names}, geometry=lines, crs=UTM)
