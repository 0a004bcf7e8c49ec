"""Links stay with what the first page showed: its run, and the versions of networks and layers."""

from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import pytest
import shapely

from service.settings import Settings
from service.store.repository import publications
from service.store.tenant import Tenant
from service.vector import boundaries, streets
from tests.api import ogc_town


@pytest.fixture
def town(databases):
    with ogc_town.serving(databases) as made:
        yield made


def link_of(document: dict, rel: str) -> str:
    return next(one["href"] for one in document["links"] if one["rel"] == rel)


def get(town, address: str):
    parts = urlsplit(address)
    return town.client.get(f"{parts.path}?{parts.query}")


def follow(town, document: dict, rel: str) -> dict:
    return dict(get(town, link_of(document, rel)).json())


def publish(town, **question) -> str:
    tenant = Tenant(town.database, Settings().agency)
    newer = ogc_town.analysed(tenant, "targets", index="count", study_area="districts", **question)
    with tenant.unit_of_work() as (session, agency):
        publications.publish(session, agency, newer, "somebody")
    return newer


def test_the_pages_of_one_reading_are_of_one_run(town):
    first = town.items("units", limit=50)
    shown = first["run"]["id"]
    newer = publish(town, resolution=8)
    assert town.items("units", limit=50)["run"]["id"] == newer != shown
    ids, page = [one["id"] for one in first["features"]], first
    while any(one["rel"] == "next" for one in page["links"]):
        page = follow(town, page, "next")
        assert page["run"]["id"] == shown
        ids += [one["id"] for one in page["features"]]
    assert ids == [one["id"] for one in town.items("units", run_id=shown)["features"]]
    assert follow(town, page, "prev")["run"]["id"] == shown
    assert follow(town, first, "self")["run"]["id"] == shown
    assert f"Run {shown}" in get(town, link_of(first, "alternate")).text


def test_a_pinned_page_keeps_the_conditions_that_it_was_asked_with(town):
    first = town.items("units", limit=3, filter="harm > 2", unit="h3")
    asked = parse_qs(urlsplit(link_of(first, "next")).query)
    assert asked["run_id"] == [first["run"]["id"]]
    assert (asked["filter"], asked["limit"], asked["unit"]) == (["harm > 2"], ["3"], ["h3"])


def test_a_collection_links_to_the_tiles_and_the_style_of_the_run_that_it_shows(town):
    about = town.get("/collections/units").json()
    shown = about["run"]["id"]
    addresses = [one["href"] for one in about["links"]]
    tile_sets = follow(town, about, "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector")
    for tile_set in tile_sets["tilesets"]:
        addresses += [one["href"] for one in tile_set["links"]]
        whole = follow(town, tile_set, "self")
        addresses += [one["href"] for one in whole["links"]]
        tilejson = follow(town, whole, "describedby")
        addresses += tilejson["tiles"]
        style = follow(town, whole, "http://www.opengis.net/def/rel/ogc/1.0/styles")
        addresses += [one["url"] for one in style["sources"].values()]
    for address in addresses:
        assert parse_qs(urlsplit(address).query)["run_id"] == [shown], address


def test_a_feature_links_to_the_run_that_it_is_of(town):
    one = town.items("targets", limit=1)["features"][0]["id"]
    alone = town.get(f"/collections/targets/items/{one}").json()
    publish(town, resolution=8)
    again = follow(town, alone, "self")
    assert again["properties"] == alone["properties"]


def test_pages_of_areas_and_streets_are_of_the_versions_that_were_shown(town):
    tenant = Tenant(town.database, Settings().agency)
    areas, roads = (town.items(name, limit=2) for name in ("boundaries", "streets"))
    before = {name: town.items(name)["features"] for name in ("boundaries", "streets")}
    square = gpd.GeoDataFrame(
        {"name": ["New, and other"]}, geometry=[shapely.box(-0.1, 51.4, 0.0, 51.5)], crs=4326
    )
    line = gpd.GeoDataFrame(
        {"name": ["Way"]}, geometry=[shapely.LineString([(-0.1, 51.4), (-0.1, 51.401)])], crs=4326
    )
    with tenant.unit_of_work() as (session, agency):
        boundaries.load(session, agency, square, "districts", where="made")
        boundaries.load(session, agency, square, "with, comma", where="made")
        streets.load(session, agency, line, "grid", where="made")
    for first, name in ((areas, "boundaries"), (roads, "streets")):
        found, page = list(first["features"]), first
        while any(one["rel"] == "next" for one in page["links"]):
            page = follow(town, page, "next")
            found += page["features"]
        assert found == before[name]


def test_layers_whose_names_hold_commas_are_told_apart(town):
    tenant = Tenant(town.database, Settings().agency)
    square = gpd.GeoDataFrame(
        {"name": ["a"]}, geometry=[shapely.box(-0.1, 51.4, 0.0, 51.5)], crs=4326
    )
    with tenant.unit_of_work() as (session, agency):
        boundaries.load(session, agency, square, "one, two", where="made")
    assert town.items("boundaries", layer="one, two")["numberMatched"] == 1
    several = town.items("boundaries", layer="districts@2,one, two@1,fiji@1")
    assert {one["properties"]["layer"] for one in several["features"]} == {
        "districts", "one, two", "fiji",
    }  # fmt: skip
    first = town.items("boundaries", limit=1)
    assert follow(town, first, "next")["numberMatched"] == first["numberMatched"]
