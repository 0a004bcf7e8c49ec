"""A town on 180 degrees: its boundary, cells, targets and files are on both sides, and thin."""

import json
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient

from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.briefing import ground
from service.export import files, formats
from service.http.app import create_app
from service.settings import Settings
from service.store.repository import boundaries as stored_boundaries
from service.store.repository import runs as stored_runs
from service.store.repository import targets as stored_targets
from service.store.session import Database
from service.store.tenant import Tenant
from service.vector import boundaries, streets
from spatial.areas import area_km2
from tests.api.places import YEAR, store

ACROSS = {
    "type": "Polygon",
    "coordinates": [
        [[179.9, -16.9], [-179.9, -16.9], [-179.9, -16.7], [179.9, -16.7], [179.9, -16.9]]
    ],
}
FIJI = 32760


@dataclass
class Town:
    """A service, and the run of its agency."""

    client: TestClient
    database: Database
    run: str
    report: list[str]

    def get(self, path: str, **query: Any) -> Any:
        """Return a document below /ogc."""
        answer = self.client.get(f"/ogc{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


def _made(database: Database) -> tuple[str, Any]:
    tenant = Tenant(database, Settings().agency)
    tenant.equip()
    random = np.random.default_rng(7)
    x = np.concatenate((random.uniform(-0.06, 0.06, 300), random.normal(0.0, 0.004, 200)))
    y = np.concatenate((random.uniform(-16.85, -16.75, 300), random.normal(-16.8, 0.004, 200)))
    longitude = np.where(x < 0, x + 180, x - 180)
    points = gpd.GeoSeries(shapely.points(longitude, y), crs=4326)
    store(tenant, points)
    area = gpd.GeoDataFrame(
        {"name": ["Taveuni"]}, geometry=[shapely.geometry.shape(ACROSS)], crs=4326
    )
    lines = [
        shapely.LineString([(179.95, south), (-179.95, south)])
        for south in np.arange(-16.85, -16.74, 0.003)
    ]
    names = ["Meridian Road"] * len(lines)
    roads = gpd.GeoDataFrame({"name": names}, geometry=lines, crs=4326).to_crs(FIJI)
    with tenant.unit_of_work() as (session, agency):
        report = boundaries.load(session, agency, area, "taveuni", where="made")
        streets.load(session, agency, roads, "roads", where="made")
    with tenant.unit_of_work() as (session, agency):
        params = PROCESSES["targets"].params.model_validate(
            {**YEAR, "index": "count", "study_area": "taveuni", "resolution": 8,
             "patrol_buffer_m": 200, "network": "roads", "strategy": "hot-spot"}
        )  # fmt: skip
        run = runs.execute(session, agency, PROCESSES["targets"], params)
        return run.id, report.warnings


@pytest.fixture(scope="module")
def town(databases):
    with databases.copy_of("antimeridian", _made) as (database, (run, report)):
        app = create_app(Settings(worker="none", ogc_incidents=True), database)
        with TestClient(app) as client:
            yield Town(client, database, run, report)


def narrow(shapes) -> bool:
    """Tell whether no part of any shape is wider than the town."""
    bounds = shapely.bounds(shapely.get_parts(np.asarray(shapes, dtype=object)))
    return len(bounds) > 0 and bool((bounds[:, 2] - bounds[:, 0] <= 0.1 + 1e-9).all())


def shapes_of(document):
    return [shapely.geometry.shape(one["geometry"]) for one in document["features"]]


def test_a_boundary_drawn_across_is_stored_as_the_area_that_it_is(town):
    tenant = Tenant(town.database, Settings().agency)
    with tenant.unit_of_work() as (session, agency):
        layer = stored_boundaries.find_layer(session, agency, "taveuni")
        areas = stored_boundaries.layer_areas(session, layer)
    assert area_km2(areas.geometry)[0] == pytest.approx(471.88, abs=0.01)
    assert any("cut there (feature 1)" in one for one in town.report)


@pytest.mark.parametrize("name", ["units", "targets", "patrol_areas", "boundaries"])
def test_every_feature_is_thin_and_found_by_the_boxes_that_it_is_in(town, name):
    whole = town.get(f"/collections/{name}/items", limit=10_000)
    assert whole["numberMatched"] > 0
    assert narrow(shapes_of(whole))
    assert town.get(f"/collections/{name}/items", bbox="-1,-18,1,-16")["numberMatched"] == 0
    across = town.get(f"/collections/{name}/items", bbox="179.8,-18,-179.8,-16")
    assert across["numberMatched"] == whole["numberMatched"]
    east = town.get(f"/collections/{name}/items", bbox="-180,-18,-179.9999,-16")["features"]
    west = town.get(f"/collections/{name}/items", bbox="179.9999,-18,180,-16")["features"]
    assert {one["id"] for one in east} & {one["id"] for one in west}
    west, south, east, north = town.get(f"/collections/{name}")["extent"]["spatial"]["bbox"][0]
    assert 179 < west <= 180
    assert -180 <= east < -179
    assert -17 < south < north < -16


def test_a_collection_across_is_delivered_in_the_zone_where_it_lies(town):
    systems = town.get("/collections/units")["crs"]
    assert any(uri.endswith(("/32701", "/32760")) for uri in systems)


def test_tiles_of_both_sides_hold_it(town):
    path = "/ogc/collections/units/tiles/WorldCRS84Quad/5/19"
    for column, held in ((0, 200), (63, 200), (32, 204)):
        assert town.client.get(f"{path}/{column}").status_code == held
    bounds = town.get("/collections/units/tiles/WebMercatorQuad/tilejson")["bounds"]
    assert bounds[0] < bounds[2]


def test_the_document_of_the_run_says_its_box_as_rfc_7946_does(town):
    document = town.client.get(f"/api/v1/runs/{town.run}/targets").json()
    assert narrow(shapes_of(document))
    west, _, east, _ = document["bbox"]
    assert west > 179 > -179 > east
    west, _, east, _ = document["run"]["study_area"]["bbox"]
    assert west > 179 > -179 > east
    assert document["run"]["study_area"]["area_km2"] < 600


def test_labels_name_what_is_near_and_not_the_other_side_of_the_globe(town):
    for one in town.get("/collections/targets/items")["features"]:
        assert one["properties"]["label"] == "Meridian Road"


@pytest.mark.parametrize("form", ["gpkg", "fgb", "geoparquet", "csv", "geojson", "kml", "qgz"])
def test_every_export_holds_thin_shapes(town, tmp_path, form):
    tenant = Tenant(town.database, Settings().agency)
    chosen = formats.find(form)
    layers = ["units", "targets"] if chosen.one_layer else [None]
    with tenant.unit_of_work() as (session, agency):
        run = stored_runs.find(session, agency, town.run)
        for layer in layers:
            path = tmp_path / f"{layer}.{chosen.suffix}"
            options = {} if layer is None else {"layer": layer}
            files.export(session, agency, run, chosen, path, **options)
            if form == "qgz":
                continue
            if form == "csv":
                table = gpd.pd.read_csv(path)
                read = gpd.GeoSeries.from_wkt(table["wkt"])
            elif form == "geoparquet":
                read = gpd.read_parquet(path).geometry
                about = json.loads(gpd.pd.read_parquet(path).attrs.get("geo", "{}") or "{}")
                assert about == {}
            else:
                read = pyogrio.read_dataframe(
                    path, layer="units" if form == "gpkg" else None
                ).geometry
            assert narrow(read)


def test_streets_across_are_of_both_sides_and_found(town):
    found = town.client.get("/api/v1/streets/roads/segments?bbox=179.99,-17,-179.99,-16").json()
    assert found["features"]
    assert narrow(shapes_of(found))
    assert not town.client.get("/api/v1/streets/roads/segments?bbox=-1,-17,1,-16").json()[
        "features"
    ]


def test_the_sheet_to_print_shows_the_town_and_not_the_globe(town):
    tenant = Tenant(town.database, Settings().agency)
    with tenant.unit_of_work() as (session, agency):
        run = stored_runs.find(session, agency, town.run)
        shown = ground.read(session, agency, run, list(stored_targets.of(session, run)))
    west, south, east, north = shown.bounds
    assert 20_000 < east - west < 30_000
    assert 20_000 < north - south < 30_000
    answer = town.client.get(f"/api/v1/runs/{town.run}/briefing")
    assert answer.status_code == 200, answer.text[:500]
    assert answer.content.startswith(b"%PDF")
