"""Boundary layers: loaded from any format, repaired and told, found by name and version."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import text

from service.errors import NotFoundError, UnreadableFileError
from service.store.repository import boundaries as stored_boundaries
from service.vector import boundaries
from spatial.errors import InvalidInputError
from tests.api import openstreetmap
from tests.patience import PATIENCE_S

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "boundaries"
WEST, EAST = shapely.box(-0.10, 51.50, -0.09, 51.51), shapely.box(-0.09, 51.50, -0.08, 51.51)


def areas(*shapes: shapely.Geometry, **columns) -> gpd.GeoDataFrame:
    names = {"name": ["West", "East", "North", "South"][: len(shapes)]}
    return gpd.GeoDataFrame(columns or names, geometry=list(shapes), crs=4326)


def load(tenant, table: gpd.GeoDataFrame, layer: str = "beats", **options):
    with tenant.unit_of_work() as (session, agency):
        return boundaries.load(session, agency, table, layer, where="beats.gpkg", **options)


def read(tenant, layer: str = "beats") -> gpd.GeoDataFrame:
    with tenant.unit_of_work() as (session, agency):
        return stored_boundaries.layer_areas(
            session, stored_boundaries.find_layer(session, agency, layer)
        )


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.geojson")), ids=lambda file: file.stem)
def test_each_sample_is_loaded_without_a_warning(tenant, file):
    with tenant.unit_of_work() as (session, agency):
        loaded = boundaries.load_file(session, agency, file, "sample")
    assert loaded.stored
    assert loaded.warnings == []
    assert loaded.areas == len(json.loads(file.read_text())["features"])


def test_the_beats_of_the_sample_town_fill_its_area(tenant):
    with tenant.unit_of_work() as (session, agency):
        boundaries.load_file(session, agency, SAMPLES / "port_alder_beats.geojson", "beats")
        boundaries.load_file(session, agency, SAMPLES / "port_alder.geojson", "town")
        beats = stored_boundaries.study_area(session, agency, "beats").geometry
        town = stored_boundaries.study_area(session, agency, "town").geometry
        slashed = stored_boundaries.study_area(session, agency, "beats/Mill Road / Station")
    assert shapely.area(shapely.symmetric_difference(beats, town)) == pytest.approx(0, abs=1e-9)
    assert 0 < slashed.geometry.area < town.area


def test_every_sample_is_told_of_in_the_readme():
    told = (SAMPLES / "README.md").read_text()
    assert all(file.name in told for file in SAMPLES.glob("*.geojson"))


def test_the_districts_of_cleveland_are_loaded_with_their_sizes(tenant, shared_data):
    file = shared_data / "cleveland/districts.gpkg"
    with tenant.unit_of_work() as (session, agency):
        loaded = boundaries.load_file(session, agency, file, "districts")
        again = boundaries.load_file(session, agency, file, "districts")
        km2 = session.scalar(text("SELECT sum(ST_Area(geom::geography)) / 1e6 FROM boundary"))
    assert (loaded.areas, loaded.stored, again.stored) == (4, True, False)
    assert km2 == pytest.approx(597, abs=5)  # the force's 230 square miles
    assert read(tenant, "districts").crs == "EPSG:4326"


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet", "fgb", "shp.zip", "kml"])
def test_every_format_gives_the_same_areas(tenant, tmp_path, suffix):
    file = tmp_path / f"beats.{suffix}"
    table = areas(WEST, EAST)
    if suffix == "parquet":
        table.to_parquet(file)
    else:
        table.to_file(file, driver="KML" if suffix == "kml" else None)
    with tenant.unit_of_work() as (session, agency):
        boundaries.load_file(session, agency, file, "beats")
    stored = read(tenant).sort_values("name")
    assert stored["name"].tolist() == ["East", "West"]
    assert (stored.geometry.geom_type == "MultiPolygon").all()
    assert shapely.equals(stored.geometry.to_numpy(), shapely.multipolygons([[EAST], [WEST]])).all()


def test_administrative_areas_come_from_openstreetmap(tenant, tmp_path):
    file = tmp_path / "town.osm.pbf"
    file.write_bytes(openstreetmap.pbf())
    with tenant.unit_of_work() as (session, agency):
        boundaries.load_file(session, agency, file, "wards")
    stored = read(tenant, "wards")
    assert stored["name"].tolist() == ["Northside"]
    assert stored["properties"][0]["admin_level"] == "10"


@pytest.mark.parametrize("column", ["name", "NAME", "PFA23NM", "lsoa21nm"])
def test_usual_columns_of_names_are_found(tenant, column):
    load(tenant, areas(WEST, EAST, code=["a", "b"], **{column: ["One", "Two"]}))
    assert read(tenant)["name"].tolist() == ["One", "Two"]


def test_an_area_without_a_name_is_called_by_its_layer_and_told(tenant):
    loaded = load(tenant, areas(WEST, EAST, name=["One", None]))
    assert read(tenant)["name"].tolist() == ["One", "beats 2"]
    assert loaded.warnings == [
        "1 area has no name in the file; the layer's name and a number stand for it."
    ]


def test_names_that_stand_twice_are_told_and_are_one_area(tenant):
    loaded = load(tenant, areas(WEST, EAST, name=["One", "One"]))
    assert loaded.warnings == [
        "Areas share a name and are one area where it is asked for: One (2 areas)."
    ]
    with tenant.unit_of_work() as (session, agency):
        whole = stored_boundaries.study_area(session, agency, "beats/One").geometry
    assert whole.area == pytest.approx(WEST.area + EAST.area)


def test_areas_that_overlap_are_told_with_their_size(tenant):
    wide = shapely.box(-0.095, 51.50, -0.08, 51.51)
    loaded = load(tenant, areas(WEST, wide))
    assert loaded.areas == 2
    assert len(loaded.warnings) == 1
    assert "overlap" in loaded.warnings[0]
    assert "West and East (0.38" in loaded.warnings[0]  # 0.005 by 0.01 degrees
    assert load(tenant, areas(WEST, EAST), "apart").warnings == []


def test_areas_that_cannot_be_used_are_repaired_or_left_out_and_told(tenant):
    tie = shapely.Polygon([(0, 51), (0.1, 51.1), (0.1, 51), (0, 51.1)])
    flat = shapely.Polygon([(0, 52), (0.1, 52), (0.2, 52)])
    loaded = load(tenant, areas(tie, shapely.Polygon(), flat, WEST))
    assert loaded.areas == 2
    told = " ".join(loaded.warnings)
    assert "1 feature without geometry left out (feature 2)" in told
    assert "Feature 1 was not valid (Self-intersection" in told
    assert "A polygon without an inside was left out (feature 3)" in told
    assert read(tenant)["name"].tolist() == ["West", "South"]
    assert shapely.is_valid(read(tenant).geometry.to_numpy()).all()


@pytest.mark.parametrize(
    ("table", "options", "says"),
    [
        (areas(WEST, shapely.Point(0, 51)), {}, "holds a Point (feature 2)"),
        (areas(shapely.Polygon()), {}, "no polygon with an inside"),
        (areas(WEST).set_crs(None, allow_override=True), {}, "option crs"),
        (areas(WEST), {"name_column": "nmae"}, "it has name. Did you mean name?"),
    ],
)
def test_what_is_no_layer_of_areas_is_refused(tenant, table, options, says):
    with pytest.raises(UnreadableFileError) as refused:
        load(tenant, table, **options)
    assert says in refused.value.message


def test_a_layer_is_found_by_name_and_version_or_the_nearest_suggested(tenant):
    load(tenant, areas(WEST))
    load(tenant, areas(WEST, EAST))
    assert [len(read(tenant, name)) for name in ("beats", "beats@2", "beats@1")] == [2, 2, 1]
    with tenant.unit_of_work() as (session, agency):
        for name, says in [
            ("baets", "there are: beats. Did you mean beats?"),
            ("beats@3", "there are: beats@2, beats@1."),
        ]:
            with pytest.raises(NotFoundError) as refused:
                stored_boundaries.find_layer(session, agency, name, parameter="districts")
            assert says in refused.value.message
            assert refused.value.problems[0].where == "districts"
        old = stored_boundaries.study_area(session, agency, "beats@1")
        one = stored_boundaries.study_area(session, agency, "beats@2/East")
        assert (old.version, old.geometry.area) == (1, pytest.approx(WEST.area))
        assert shapely.equals(one.geometry, EAST)
        with pytest.raises(NotFoundError, match=r"no area in beats@2 Eastt.*Did you mean East"):
            stored_boundaries.study_area(session, agency, "beats@2/Eastt")


def test_two_loads_at_one_time_make_one_version(tenant):
    together = threading.Barrier(4)

    def store(_):
        with tenant.unit_of_work() as (session, agency):
            together.wait(PATIENCE_S)
            return boundaries.load(session, agency, areas(WEST, EAST), "beats", where="beats")

    with ThreadPoolExecutor(4) as pool:
        loaded = list(pool.map(store, range(4)))
    assert [one.version for one in loaded] == [1] * 4
    assert sum(one.stored for one in loaded) == 1
    assert len(read(tenant)) == 2


def test_what_a_file_says_of_an_area_is_kept_as_json(tenant):
    table = areas(WEST, name=["One"], residents=[4120], share=[float("nan")], tags=[["a", "b"]])
    load(tenant, table)
    assert read(tenant)["properties"][0] == {
        "name": "One", "residents": 4120, "share": None, "tags": ["a", "b"],
    }  # fmt: skip


def test_a_name_that_no_reference_could_carry_is_refused(tenant):
    with pytest.raises(InvalidInputError, match="without / and @"):
        load(tenant, areas(WEST), "a/b")


def test_a_file_goes_in_over_http_and_comes_out_as_geojson(client, tmp_path):
    file = tmp_path / "beats.gpkg"
    areas(WEST, EAST, beat=["One", "Two"]).to_crs(27700).to_file(file)
    with file.open("rb") as content:
        put = client.put(
            "/api/v1/boundaries/beats",
            files={"file": ("beats.gpkg", content)},
            params={"name_column": "beat"},
        )
    assert put.status_code == 200, put.text
    assert put.json()["areas"] == 2
    answer = client.get("/api/v1/boundaries/beats@1")
    assert answer.headers["content-type"] == "application/geo+json"
    first = answer.json()["features"][0]
    assert first["properties"] == {"name": "One", "beat": "One"}
    ring = shapely.geometry.shape(first["geometry"]).geoms[0].exterior
    assert shapely.is_ccw(ring)
    assert client.get("/api/v1/boundaries").json()[0]["file_name"] == "beats.gpkg"
    assert "Did you mean beats?" in client.get("/api/v1/boundaries/baets").json()["detail"]


def test_a_layer_in_metres_goes_in_over_http_once_its_reference_system_is_said(client):
    metres = areas(WEST).to_crs(27700).set_crs(4326, allow_override=True)
    refused = client.put("/api/v1/boundaries/beats", json=metres.to_geo_dict())
    assert refused.status_code == 422
    assert "option crs" in refused.json()["detail"]
    url = "/api/v1/boundaries/beats?crs=EPSG:27700"
    assert client.put(url, json=metres.to_geo_dict()).status_code == 200
