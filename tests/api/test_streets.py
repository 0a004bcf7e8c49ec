"""Street networks: loaded from several formats, kept in versions, refused with a reason."""

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import text

from service import streets
from service.errors import NotFoundError, UnreadableFileError
from spatial.errors import InvalidInputError

OSM = """<?xml version="1.0"?>
<osm version="0.6">
 <node id="1" lat="51.50" lon="-0.10"/><node id="2" lat="51.50" lon="-0.09"/>
 <node id="3" lat="51.51" lon="-0.09"/>
 <way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/>
  <tag k="name" v="Mill Lane"/></way>
 <way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
</osm>
"""


def network(shift: float = 0.0) -> gpd.GeoDataFrame:
    lines = [
        shapely.LineString([(-0.10, 51.50), (-0.09, 51.50)]),
        shapely.LineString([(-0.09, 51.50), (-0.09, 51.51 + shift)]),
    ]
    return gpd.GeoDataFrame(
        {"id": ["a", "b"], "name": ["Mill Lane", None]}, geometry=lines, crs=4326
    )


def test_the_roads_of_cleveland_are_stored_and_loaded_again_change_nothing(tenant, shared_data):
    file = shared_data / "cleveland/roads.parquet"
    with tenant.unit_of_work() as (session, agency):
        loaded = streets.load_file(session, agency, file, "cleveland")
    assert (loaded.version, loaded.segments, loaded.stored) == (1, 33_509, True)
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


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet", "fgb", "shp.zip"])
def test_every_format_gives_the_same_network(tenant, tmp_path, suffix):
    file = tmp_path / f"streets.{suffix}"
    if suffix == "parquet":
        network().to_parquet(file)
    else:
        network().to_file(file)
    with tenant.unit_of_work() as (session, agency):
        loaded = streets.load_file(session, agency, file, "town")
        rows = session.execute(
            text("SELECT segment_id, name FROM street_segment ORDER BY position")
        ).all()
    assert loaded.segments == 2
    assert [tuple(row) for row in rows] == [("a", "Mill Lane"), ("b", None)]


def test_openstreetmap_is_read_with_its_names_and_classes(tenant, tmp_path):
    file = tmp_path / "town.osm"
    file.write_text(OSM)
    with tenant.unit_of_work() as (session, agency):
        streets.load_file(session, agency, file, "osm")
        rows = session.execute(
            text("SELECT segment_id, name, road_class FROM street_segment ORDER BY position")
        ).all()
    assert [tuple(row) for row in rows] == [
        ("10", "Mill Lane", "primary"),
        ("11", None, "residential"),
    ]


def test_a_changed_network_is_a_new_version_beside_the_old_one(tenant):
    with tenant.unit_of_work() as (session, agency):
        streets.load(session, agency, network(), "town", where="first")
        second = streets.load(session, agency, network(0.001), "town", where="second")
        assert (second.version, second.stored) == (2, True)
        assert streets.find(session, agency, "town").version == 2
        assert streets.find(session, agency, "town@1").file_name == "first"
        assert session.scalar(text("SELECT count(*) FROM street_segment")) == 4
        with pytest.raises(NotFoundError, match="Did you mean town"):
            streets.find(session, agency, "twon")


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
    assert client.get("/api/v1/streets/town@1").json()["length_km"] == pytest.approx(1.806, 0.01)
    assert client.get("/api/v1/streets/city").status_code == 404
    refused = client.put("/api/v1/streets/town", json={"features": 7})
    assert refused.status_code == 422
    assert "FeatureCollection of lines" in refused.json()["detail"]
