"""Street networks: loaded from several formats, kept in versions, refused with a reason."""

import threading
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient
from geopandas.testing import assert_geodataframe_equal
from sqlalchemy import text

from service.errors import NotFoundError, UnreadableFileError
from service.http.app import create_app
from service.settings import Settings
from service.store.repository import streets as stored_streets
from service.vector import street_reports, streets
from spatial.errors import InvalidInputError
from spatial.streets import prepare
from tests.api import openstreetmap
from tests.patience import PATIENCE_S


def network(shift: float = 0.0) -> gpd.GeoDataFrame:
    lines = [
        shapely.LineString([(-0.10, 51.50), (-0.09, 51.50)]),
        shapely.LineString([(-0.09, 51.50), (-0.09, 51.51 + shift)]),
    ]
    return gpd.GeoDataFrame(
        {"id": ["a", "b"], "name": ["Mill Lane", None]}, geometry=lines, crs=4326
    )


def rows(session, columns="segment_id, name, road_class") -> list[tuple]:
    query = text(f"SELECT {columns} FROM street_segment ORDER BY network_id, position")
    return [tuple(row) for row in session.execute(query)]


def test_the_roads_of_cleveland_are_stored_and_loaded_again_change_nothing(tenant, shared_data):
    file = shared_data / "cleveland/roads.parquet"
    with tenant.unit_of_work() as (session, agency):
        loaded = streets.load_file(session, agency, file, "cleveland")
    assert (loaded.version, loaded.segments, loaded.stored) == (1, 33_509, True)
    assert (loaded.report["lines"], loaded.report["split"]) == (33_481, 27)
    assert loaded.report["columns"] == {
        "id": "fid", "name": "distinctive_name", "road_class": "classification",
    }  # fmt: skip
    with tenant.unit_of_work() as (session, agency):
        again = streets.load_file(session, agency, file, "cleveland")
        assert (again.version, again.stored) == (1, False)
        named = session.scalar(
            text("SELECT count(*) FROM street_segment WHERE name = 'Burbank Street'")
        )
        assert named >= 1
        metres, on_the_globe = session.execute(
            text("SELECT sum(length_m), sum(ST_Length(geom::geography)) FROM street_segment")
        ).one()
        assert metres == pytest.approx(on_the_globe, rel=1e-3)


def test_segments_are_read_back_as_they_were_prepared(tenant, shared_data):
    roads = gpd.read_parquet(shared_data / "cleveland/roads.parquet").head(3_000)
    columns = streets.Columns("fid", "distinctive_name", "classification")
    with tenant.unit_of_work() as (session, agency):
        streets.load(session, agency, roads, "part", where="part", columns=columns)
        read = stored_streets.segments_of(session, stored_streets.find(session, agency, "part"))
    made = prepare(
        roads, id_column="fid", name_column="distinctive_name", class_column="classification"
    )
    made.attrs.clear()
    assert_geodataframe_equal(read, made)


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet", "fgb", "shp.zip"])
def test_every_format_gives_the_same_network(tenant, tmp_path, suffix):
    file = tmp_path / f"streets.{suffix}"
    if suffix == "parquet":
        network().to_parquet(file)
    else:
        network().to_file(file)
    with tenant.unit_of_work() as (session, agency):
        streets.load(session, agency, network(), "town", where="memory")
        loaded = streets.load_file(session, agency, file, "town")
        assert (loaded.segments, loaded.stored) == (2, False)
        assert rows(session) == [("a", "Mill Lane", None), ("b", None, None)]


@pytest.mark.parametrize("name", ["town.osm", "town.osm.pbf"])
def test_openstreetmap_is_cut_at_junctions_but_not_under_a_bridge(tenant, tmp_path, name):
    file = tmp_path / name
    if name.endswith("pbf"):
        file.write_bytes(openstreetmap.pbf())
    else:
        file.write_text(openstreetmap.xml())
    with tenant.unit_of_work() as (session, agency):
        loaded = streets.load_file(session, agency, file, "osm")
        assert rows(session) == [
            ("10/1", "Mill Lane", "primary"),
            ("10/2", "Mill Lane", "primary"),
            ("11", "Bridge Road", "residential"),
            ("12", "M4", "motorway"),
        ]
        crossed = streets.load_file(session, agency, file, "osm", noding="crossings")
    assert loaded.report["noding"] == "vertices"
    assert loaded.report["left_out"] == {"platform": 1, "proposed": 1}
    assert crossed.report["crossings_kept_apart"] == 1
    told = street_reports.in_words(loaded.report)
    assert told[0] == "lines read: 3; ids are osm_id, names are name, classes are highway"
    assert told[1] == "lines not taken, by class: platform 1, proposed 1"


def test_only_the_classes_asked_for_are_taken(tenant, tmp_path):
    file = tmp_path / "town.osm"
    file.write_text(openstreetmap.xml())
    with tenant.unit_of_work() as (session, agency):
        chosen = ["primary", "motorway"]
        loaded = streets.load_file(session, agency, file, "osm", only_classes=chosen)
        assert {row[2] for row in rows(session)} == set(chosen)
        assert loaded.report["left_out"] == {"platform": 1, "proposed": 1, "residential": 1}
        with pytest.raises(InvalidInputError, match=r"No line has the class primry.*mean primary"):
            streets.load_file(session, agency, file, "osm", only_classes=["primry"])
        with pytest.raises(InvalidInputError, match="class_column"):
            streets.load(session, agency, network(), "x", where="x", only_classes=["primary"])


def test_usual_columns_are_found_however_they_are_written(tenant):
    lines = network().rename(columns={"id": "OSM_ID", "name": "Name"})
    lines = lines.assign(ID=[7, 7], FCLASS=["primary", "path"])
    with tenant.unit_of_work() as (session, agency):
        streets.load(session, agency, lines, "town", where="town")
        assert rows(session) == [("a", "Mill Lane", "primary"), ("b", None, "path")]


def test_heights_measures_and_empty_lines_do_not_stop_a_network(tenant, tmp_path):
    lines = network()
    lines.loc[2] = ["c", "Nowhere", None]
    lines["geometry"] = shapely.force_3d(lines.geometry.to_numpy(), 12.5)
    lines.to_file(tmp_path / "high.gpkg")
    with tenant.unit_of_work() as (session, agency):
        loaded = streets.load_file(session, agency, tmp_path / "high.gpkg", "high")
        assert (loaded.segments, loaded.report["empty"]) == (2, 1)
        assert "left out: c" in loaded.report["warnings"][0]
        assert rows(session, "ST_NDims(geom)") == [(2,), (2,)]


def test_the_same_streets_cut_otherwise_are_another_version(tenant):
    with tenant.unit_of_work() as (session, agency):
        first = streets.load(session, agency, network(), "town", where="town")
        cut = streets.load(session, agency, network(), "town", where="town", noding="vertices")
        again = streets.load(session, agency, network(), "town", where="town", noding="vertices")
    assert (first.version, cut.version, again.version) == (1, 2, 2)
    assert (cut.stored, again.stored) == (True, False)


def test_two_loads_at_one_time_make_one_version(tenant):
    together = threading.Barrier(4)

    def load(_):
        with tenant.unit_of_work() as (session, agency):
            together.wait(PATIENCE_S)
            return streets.load(session, agency, network(), "town", where="town")

    with ThreadPoolExecutor(4) as pool:
        loaded = list(pool.map(load, range(4)))
    assert [one.version for one in loaded] == [1] * 4
    assert sum(one.stored for one in loaded) == 1
    with tenant.unit_of_work() as (session, _):
        assert len(rows(session)) == 2


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a@1", "x" * 101, "a\tb"])
def test_a_name_that_no_reference_could_carry_is_refused(tenant, name):
    with (
        pytest.raises(InvalidInputError, match="cannot name a street network"),
        tenant.unit_of_work() as (session, agency),
    ):
        streets.load(session, agency, network(), name, where="town")


def test_a_changed_network_is_a_new_version_beside_the_old_one(tenant):
    with tenant.unit_of_work() as (session, agency):
        streets.load(session, agency, network(), "town", where="first")
        second = streets.load(session, agency, network(0.001), "town", where="second")
        assert (second.version, second.stored) == (2, True)
        assert stored_streets.find(session, agency, "town").version == 2
        assert stored_streets.find(session, agency, "town@1").file_name == "first"
        assert session.scalar(text("SELECT count(*) FROM street_segment")) == 4
        with pytest.raises(NotFoundError, match="Did you mean town"):
            stored_streets.find(session, agency, "twon")


def test_a_file_that_is_no_network_is_refused_and_nothing_stored(tenant, tmp_path):
    points = tmp_path / "points.geojson"
    gpd.GeoDataFrame(geometry=[shapely.Point(0, 51)], crs=4326).to_file(points)
    several = tmp_path / "several.gpkg"
    network().to_file(several, layer="roads")
    network().to_file(several, layer="paths")
    cases = [
        (points, {}, InvalidInputError, "feature 1 is a Point"),
        (several, {}, NotFoundError, "roads, paths"),
        (several, {"file_layer": "rails"}, NotFoundError, "no layer rails; it has: roads, paths"),
        (tmp_path / "none.gpkg", {}, UnreadableFileError, "There is no file"),
    ]
    for file, options, error, says in cases:
        with pytest.raises(error, match=says), tenant.unit_of_work() as (session, agency):
            streets.load_file(session, agency, file, "town", **options)
    with tenant.unit_of_work() as (session, _):
        assert session.scalar(text("SELECT count(*) FROM street_network")) == 0


def test_a_network_goes_in_and_out_over_http(client):
    put = client.put("/api/v1/streets/town", json=network().to_geo_dict())
    assert put.status_code == 200, put.text
    assert (put.json()["segments"], put.json()["stored"]) == (2, True)
    assert client.put("/api/v1/streets/town", json=network().to_geo_dict()).json()["version"] == 1
    assert client.get("/api/v1/streets").json()[0]["name"] == "town"
    about = client.get("/api/v1/streets/town@1").json()
    assert about["length_km"] == pytest.approx(1.806, 0.01)
    assert about["report"] == put.json()["report"]
    assert client.get("/api/v1/streets/city").status_code == 404


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "The body is empty"),
        (b'{"features": 7}', "body.geojson cannot be read as GeoJSON"),
        (b"[1, 2]", "body.geojson is named as GeoJSON, but its content is none"),
        (b'{"type": "FeatureCollection", "features": []}', "holds no feature"),
    ],
)
def test_a_body_that_is_no_network_is_refused(client, body, says):
    refused = client.put("/api/v1/streets/town", content=body)
    assert refused.status_code == 422
    assert says in refused.json()["detail"]


def test_a_file_goes_in_over_http_with_its_options(client):
    files = {"file": ("town.osm.pbf", openstreetmap.pbf())}
    options = {"only_class": ["primary", "residential"], "noding": "none", "id_column": "osm_id"}
    put = client.put("/api/v1/streets/osm", files=files, params=options)
    assert put.status_code == 200, put.text
    assert put.json()["segments"] == 2
    assert put.json()["report"]["left_out"] == {"motorway": 1, "platform": 1, "proposed": 1}
    assert client.get("/api/v1/streets/osm").json()["file_name"] == "town.osm.pbf"


@pytest.mark.parametrize(
    ("options", "files", "status", "says"),
    [
        ({}, {"file": ("town.osm", b"nothing")}, 422, "town.osm is named as OpenStreetMap XML"),
        ({}, {"file": ("../../etc/town.gpkg", b"x")}, 422, "town.gpkg is named as GeoPackage"),
        ({}, {"file": ("town", openstreetmap.pbf())}, 422, "does not tell a format"),
        ({}, {"other": ("town.osm", b"x")}, 422, "no field `file`"),
        ({"file_layer": "x"}, {"file": ("a.pbf", openstreetmap.pbf())}, 404, "has no layer x"),
        ({"crs": "nowhere"}, {"file": ("a.pbf", openstreetmap.pbf())}, 422, "give its code"),
        ({"noding": "x"}, {"file": ("a.pbf", openstreetmap.pbf())}, 422, "noding"),
        ({"name_column": "x"}, {"file": ("a.pbf", openstreetmap.pbf())}, 422, "no column x"),
    ],
)
def test_a_file_that_is_no_network_is_refused_over_http(client, options, files, status, says):
    refused = client.put("/api/v1/streets/town", files=files, params=options)
    assert (refused.status_code, refused.headers["content-type"]) == (
        status, "application/problem+json",
    )  # fmt: skip
    assert says in refused.json()["detail"]


def test_a_file_larger_than_the_installation_takes_is_refused(database):
    with TestClient(create_app(Settings(max_upload_mb=1), database)) as client:
        large = b" " * (1024 * 1024 + 1)
        for sent in ({"content": large}, {"files": {"file": ("town.gpkg", large)}}):
            refused = client.put("/api/v1/streets/town", **sent)
            assert refused.status_code == 413
            assert "HARMSPOT_MAX_UPLOAD_MB" in refused.json()["detail"]


def test_the_segments_of_a_network_come_as_geojson_page_by_page_and_by_box(client):
    client.put("/api/v1/streets/town", json=network().to_geo_dict())
    url = "/api/v1/streets/town/segments"
    answer = client.get(url)
    assert answer.headers["content-type"] == "application/geo+json"
    first, second = answer.json()["features"]
    assert first["id"] == "a"
    assert first["geometry"] == {
        "type": "LineString", "coordinates": [[-0.1, 51.5], [-0.09, 51.5]],
    }  # fmt: skip
    assert first["properties"] == {
        "segment_id": "a", "name": "Mill Lane", "road_class": None,
        "length_m": pytest.approx(694.6, abs=0.5), "source_ids": None,
    }  # fmt: skip

    def ids(**params) -> list[str]:
        return [one["id"] for one in client.get(url, params=params).json()["features"]]

    assert ids(limit=1, offset=1) == [second["id"]] == ["b"]
    assert ids(bbox="-0.101,51.499,-0.099,51.501") == ["a"]
    assert ids(bbox="-0.1,51.5,-0.08,51.6") == ["a", "b"]
    assert ids(bbox="10,50,11,51") == []
    for wrong in ("1,2,3", "a,b,c,d", "1,3,2,2", "0,0,0,91", "nan,0,1,1"):
        refused = client.get(url, params={"bbox": wrong})
        assert refused.status_code == 422
        assert "west,south,east,north" in refused.json()["detail"]
    assert client.get("/api/v1/streets/city/segments").status_code == 404
