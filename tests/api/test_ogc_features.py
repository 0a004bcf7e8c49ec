"""Collections and their features: which rows they are, page by page, and what clients may keep."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from service.http.app import create_app
from service.http.ogc import views
from service.settings import Settings
from service.store.repository import publications
from service.store.tenant import Tenant
from service.store.views import declared
from tests.api import ogc_town
from tests.api.ogc_town import Town

COLLECTIONS = [
    "targets", "units", "segments", "patrol_areas", "boundaries", "streets", "incidents",
]  # fmt: skip


@pytest.fixture(scope="module")
def town(databases):
    with ogc_town.serving(databases) as served:
        yield served


def link(document, rel, media_type=None):
    found = [
        one["href"]
        for one in document["links"]
        if one["rel"] == rel and media_type in (None, one["type"])
    ]
    return found[0] if found else None


def stored(town: Town, query: str, **parameters):
    with town.database.session() as session:
        return session.execute(text(query), parameters).all()


def test_every_collection_holds_what_is_stored(town):
    numbers = {name: town.items(name, limit=1)["numberMatched"] for name in COLLECTIONS}
    run = {"cells": town.run["cells"], "streets": town.run["streets"]}
    assert numbers["targets"] == numbers["patrol_areas"] > 1
    for table, name, owner in (
        ("target", "targets", "cells"),
        ("unit_score", "units", "cells"),
        ("unit_score", "segments", "streets"),
    ):
        query = f"SELECT count(*) FROM {table} WHERE run_id = :run"
        assert numbers[name] == stored(town, query, run=run[owner])[0][0]
    assert (numbers["boundaries"], numbers["streets"], numbers["incidents"]) == (5, 220, 1050)


@pytest.mark.parametrize("name", COLLECTIONS)
@pytest.mark.parametrize("limit", [7, 1000])
def test_the_pages_of_a_collection_hold_each_feature_once_in_one_order(town, name, limit):
    whole = [one["id"] for one in town.items(name)["features"]]
    assert len(set(whole)) == len(whole) > 0
    forward, url = [], f"/ogc/collections/{name}/items?limit={limit}"
    while url is not None:
        page = town.client.get(url).json()
        forward += [one["id"] for one in page["features"]]
        last, url = page, link(page, "next")
        assert page["numberMatched"] == len(whole)
        assert page["numberReturned"] == len(page["features"]) <= limit
    assert forward == whole
    backward, page = [], last
    while True:
        backward = [one["id"] for one in page["features"]] + backward
        if link(page, "prev") is None:
            break
        page = town.client.get(link(page, "prev")).json()
    assert backward == whole


def test_an_offset_leads_to_the_same_features_as_the_links(town):
    whole = [one["id"] for one in town.items("units")["features"]]
    page = town.items("units", limit=10, offset=50)
    assert [one["id"] for one in page["features"]] == whole[50:60]
    following = town.client.get(link(page, "next")).json()
    assert [one["id"] for one in following["features"]] == whole[60:70]
    before = town.client.get(link(page, "prev")).json()
    assert [one["id"] for one in before["features"]] == whole[40:50]
    beyond = town.items("units", limit=10, offset=10**6)
    assert (beyond["features"], beyond["numberMatched"]) == ([], len(whole))


def test_links_to_other_pages_keep_every_condition(town):
    asked = {"filter": "harm > 0 AND district = 'West'", "bbox": "-0.2,51.4,0,51.5"}
    whole = [one["id"] for one in town.items("units", **asked)["features"]]
    page = town.items("units", limit=4, **asked)
    assert page["numberMatched"] == len(whole) > 8
    following = town.client.get(link(page, "next")).json()
    assert [one["id"] for one in following["features"]] == whole[4:8]
    assert following["numberMatched"] == len(whole)


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_feature_can_be_read_by_its_id(town, name):
    for feature in town.items(name, limit=3)["features"]:
        alone = town.get(f"/collections/{name}/items/{feature['id']}").json()
        assert {key: alone[key] for key in feature} == feature
        assert town.client.get(link(alone, "self")).json()["id"] == feature["id"]


def test_ids_with_dots_and_slashes_lead_to_their_incident(town):
    with town.database.session() as session:
        session.execute(
            text("UPDATE incident SET external_id = 'a.b/c d?é' WHERE external_id = 'i7'")
        )
        session.execute(text("UPDATE agency SET data_version = data_version + 1"))
    found = [
        one
        for one in town.items("incidents")["features"]
        if one["properties"]["external_id"][0] == "a"
    ]
    assert [one["id"] for one in found] == ["generic.a.b/c d?é"]
    alone = town.get("/collections/incidents/items/generic.a.b%2Fc%20d%3F%C3%A9").json()
    assert alone["properties"]["external_id"] == "a.b/c d?é"
    assert town.client.get(link(alone, "self")).json()["id"] == found[0]["id"]


@pytest.mark.parametrize(
    ("name", "feature"),
    [("units", "nothing"), ("boundaries", "1"), ("boundaries", "1.x"), ("streets", "9999.1"),
     ("incidents", "generic"), ("units", "a%00b"), ("targets", "1")],
)  # fmt: skip
def test_an_unknown_feature_is_not_found(town, name, feature):
    answer = town.get(f"/collections/{name}/items/{feature}", status=404)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "no feature" in answer.json()["detail"]


def test_an_unknown_collection_is_not_found_and_the_known_ones_are_named(town):
    for path in ("", "/items", "/queryables", "/tiles", "/items/1"):
        problem = town.get(f"/collections/unit{path}", status=404).json()
        assert "targets, units, segments" in problem["detail"]
        assert "Did you mean units?" in problem["detail"]


def test_a_run_is_shown_by_its_id(town):
    streets = town.items("units", run_id=town.run["streets"])
    assert streets["run"]["id"] == town.run["streets"]
    assert streets["run"]["unit"] == "segment"
    assert "length_m" in streets["features"][0]["properties"]
    assert "area_km2" not in streets["features"][0]["properties"]
    assert town.items("segments", run_id=town.run["cells"])["features"] == []
    assert town.items("targets", run_id=town.run["streets"])["features"] == []


def test_a_client_that_starts_with_a_run_stays_with_it(town):
    run_id = town.run["streets"]
    document = town.get("/", params={"run_id": run_id}).json()
    collections = town.client.get(link(document, "data")).json()
    units = next(one for one in collections["collections"] if one["id"] == "units")
    page = town.client.get(link(units, "items", "application/geo+json")).json()
    assert page["run"]["id"] == run_id
    assert town.client.get(link(page, "collection")).json()["run"]["id"] == run_id
    assert f"run_id={run_id}" in link(town.client.get(link(units, "items")).json(), "self")


def test_the_run_published_last_is_shown_until_another_is(databases):
    with ogc_town.serving(databases) as town:
        tenant = Tenant(town.database, Settings().agency)
        newer = ogc_town.analysed(
            tenant, "targets", resolution=8, index="count", study_area="districts"
        )
        assert town.items("targets")["run"]["id"] == newer
        with tenant.unit_of_work() as (session, agency):
            publications.publish(session, agency, town.run["cells"], "somebody")
        assert town.items("targets")["run"]["id"] == town.run["cells"]
        assert town.items("units")["run"]["id"] == town.run["cells"]
        with tenant.unit_of_work() as (session, agency):
            publications.publish(session, agency, newer, "somebody")
        assert town.items("units")["run"]["id"] == newer
        assert town.items("units", unit="segment")["run"]["id"] == town.run["streets"]
        assert town.items("segments")["run"]["id"] == town.run["streets"]
        assert "unit must be h3" in town.refusal("units", unit="hexagon")["detail"]


def test_layers_and_networks_are_the_newest_unless_a_version_is_named(town):
    def versions(collection, **query):
        return {
            (one["properties"].get("layer", one["properties"].get("network")),
             one["properties"]["version"])
            for one in town.items(collection, **query)["features"]
        }  # fmt: skip

    assert versions("boundaries") == {("districts", 2), ("fiji", 1)}
    assert versions("boundaries", layer="districts@1") == {("districts", 1)}
    assert versions("streets") == {("grid", 2)}
    assert town.items("streets", network="grid@1")["numberMatched"] == 30
    problem = town.get("/collections/streets/items", params={"network": "grit"}, status=404).json()
    assert "Did you mean grid" in problem["detail"]
    town.get("/collections/boundaries/items", params={"layer": "x"}, status=404)


def test_another_agencys_rows_are_out_of_reach(town):
    for collection in ("targets", "units", "segments", "patrol_areas"):
        for path in ("", "/items", "/queryables", "/tiles/WebMercatorQuad/0/0/0"):
            town.get(
                f"/collections/{collection}{path}",
                params={"run_id": town.run["theirs"]},
                status=404,
            )
    theirs = stored(
        town,
        "SELECT l.id FROM boundary_layer l JOIN agency a ON a.id = l.agency_id "
        "WHERE a.name = 'elsewhere'",
    )
    for (layer,) in theirs:
        town.get(f"/collections/boundaries/items/{layer}.0", status=404)
    everything = "harm >= 0 OR harm < 0 OR TRUE"
    assert town.items("units", filter=everything)["numberMatched"] == 128


def test_the_views_show_nothing_unless_an_agency_is_named(town):
    with town.database.session() as session:
        names = sorted(declared())
        assert names == sorted(COLLECTIONS)
        for name in names:
            assert session.scalar(text(f"SELECT count(*) FROM ogc.{name}")) == 0


def test_each_agency_sees_its_own_rows_in_the_views_alone(town):
    for name in COLLECTIONS:
        seen = []
        for agency in ("default", "elsewhere"):
            with views.reading(Tenant(town.database, agency)) as (session, _):
                rows = session.execute(text(f"SELECT v::text FROM ogc.{name} v")).scalars().all()
                seen.append(set(rows))
        assert seen[0], name
        assert seen[1], name
        if name != "incidents":  # whose rows say nothing of the agency, and may be alike
            assert not seen[0] & seen[1], name


def test_what_reads_cannot_write(town):
    for statement in ("DELETE FROM unit_score", "UPDATE ogc.incidents SET source = 'x'"):
        with (
            pytest.raises(Exception, match=r"read-only transaction|cannot update view"),
            views.reading(Tenant(town.database, "default")) as (session, _),
        ):
            session.execute(text(statement))


def test_incidents_are_not_there_unless_the_installation_says_so(town):
    app = create_app(Settings(worker="none"), town.database)
    with TestClient(app) as client:
        listed = client.get("/ogc/collections").json()["collections"]
        assert "incidents" not in {one["id"] for one in listed}
        for path in ("", "/items", "/items/generic.i1", "/tiles/WebMercatorQuad/0/0/0"):
            answer = client.get(f"/ogc/collections/incidents{path}")
            assert answer.status_code == 404
            assert "incidents," not in answer.json()["detail"]


def test_a_service_without_runs_has_empty_collections(client):
    listed = client.get("/ogc/collections").json()["collections"]
    assert len(listed) == 6
    for one in listed:
        page = client.get(f"/ogc/collections/{one['id']}/items").json()
        assert (page["numberMatched"], page["features"]) == (0, [])
        assert client.get(f"/ogc/collections/{one['id']}/items?f=html").status_code == 200
        assert client.get(f"/ogc/collections/{one['id']}/queryables").status_code == 200


def test_a_limit_above_the_most_is_the_most_and_others_are_refused(town):
    assert town.items("units", limit=10**9)["numberReturned"] == 128
    for limit in ("0", "-1", "ten", ""):
        problem = town.refusal("units", limit=limit)
        assert [one["where"] for one in problem["errors"]] == ["limit"]


@pytest.mark.parametrize(
    "token", ["x", "!!", "bnVsbA", "W10", "WyJ4IiwyXQ", "W251bGwsbnVsbF0", "eyJhIjoxfQ"]
)
def test_a_page_cannot_start_where_no_link_says(town, token):
    for name in ("streets", "boundaries", "targets"):
        for parameter in ("after", "before"):
            assert parameter in town.refusal(name, **{parameter: token})["detail"]
    assert "together" in town.refusal("units", after=token, offset=3)["detail"]


@pytest.mark.parametrize(
    "path",
    ["/", "/conformance", "/collections", "/collections/units", "/collections/units/queryables",
     "/collections/units/items", "/collections/units/items/1", "/tileMatrixSets", "/api",
     "/collections/units/tiles", "/collections/units/tiles/WebMercatorQuad/0/0/0"],
)  # fmt: skip
def test_unknown_parameters_are_refused_and_the_known_ones_named(town, path):
    problem = town.get(path, params={"colour": "red"}, status=400).json()
    assert problem["errors"] == [{"where": "colour", "message": "unknown parameter"}]
    assert "run_id" in problem["detail"]


def test_a_reader_gets_what_it_has_only_once(town):
    for path in (
        "/collections/units/items?limit=3",
        "/collections/streets/items?limit=3",
        "/collections/incidents/items?limit=3",
        f"/collections/units/items/{town.items('units', limit=1)['features'][0]['id']}",
        "/collections/units/tiles/WebMercatorQuad/11/681/1023",
    ):
        first = town.get(path)
        tag = first.headers["etag"]
        again = town.client.get(f"/ogc{path}", headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        other = town.get(path, headers={"if-none-match": '"another"'})
        assert _but_for_the_moment(other.content) == _but_for_the_moment(first.content)
        assert first.headers["cache-control"] == "private, no-cache"


def _but_for_the_moment(content: bytes) -> bytes:
    return re.sub(rb'"timeStamp":"[^"]+"', b"", content)


def test_another_form_system_or_condition_has_another_tag(town):
    queries = ("", "?f=html", f"?crs={ogc_town.EPSG}27700", "?filter=harm%3E1", "?limit=2")
    tags = [town.get(f"/collections/units/items{query}").headers["etag"] for query in queries]
    assert len(set(tags)) == len(tags)


def test_new_incidents_change_the_tag_of_incidents(town):
    path = "/collections/incidents/items?limit=1"
    before = town.get(path)
    with town.database.session() as session:
        session.execute(text("UPDATE agency SET data_version = data_version + 1"))
    after = town.get(path, headers={"if-none-match": before.headers["etag"]})
    assert after.headers["etag"] != before.headers["etag"]


def test_a_browser_gets_pages_and_a_program_gets_data(town):
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accept, media_type in (
        (browser, "text/html"),
        ("*/*", "application/json"),
        ("application/geo+json, application/json", "application/json"),
        ("application/json;q=0.5, text/html", "text/html"),
        ("application/json, text/html;q=0.5", "application/json"),
        ("text/html;q=nonsense", "application/json"),
    ):
        answer = town.get("/collections", headers={"accept": accept})
        assert answer.headers["content-type"].partition(";")[0] == media_type, accept
        assert "Accept" in answer.headers["vary"]
    assert "text/html" in town.get("/collections?f=html").headers["content-type"]
    assert "f must be json or html" in town.get("/collections?f=xml", status=400).json()["detail"]


def test_pages_show_hostile_names_as_text_and_load_nothing_from_elsewhere(databases):
    with ogc_town.serving(databases) as town:
        with town.database.session() as session:
            session.execute(text("""UPDATE boundary SET name = '<script>alert(1)</script>"'"""))
        pages = [
            "/", "/conformance", "/collections", "/tileMatrixSets", "/api.html",
            "/tileMatrixSets/WebMercatorQuad",
        ]  # fmt: skip
        for name in COLLECTIONS:
            feature = town.items(name, limit=1)["features"][0]["id"]
            at = f"/collections/{name}"
            pages += [
                at, f"{at}/queryables", f"{at}/items", f"{at}/items/{feature}", f"{at}/tiles",
                f"{at}/tiles/WebMercatorQuad",
            ]  # fmt: skip
        for path in pages:
            content = town.get(path, headers={"accept": "text/html"}).text
            assert "<script>alert" not in content
            loaded = re.findall(
                r"""<(?:script|img|link|iframe)[^>]*(?:src|href)=["']([^"']*)""", content
            )
            assert all(url.startswith("http://testserver/") for url in loaded), (path, loaded)
            for url in set(re.findall(r'<a href="([^"]*)"', content)):
                assert url.startswith("http://testserver/ogc/") or url == "http://testserver/ogc"
                assert town.client.get(url.replace("&amp;", "&")).status_code == 200, url


def test_links_lead_back_through_a_proxy(town):
    settings = Settings(worker="none", public_url="https://harm.police.example/spots")
    with TestClient(create_app(settings, town.database)) as client:
        page = client.get("/ogc/collections/units/items?limit=2").json()
        root = "https://harm.police.example/spots/ogc"
        assert link(page, "next").startswith(f"{root}/collections/units/items?limit=2&after=")
        assert client.get("/ogc/").json()["links"][0]["href"] == f"{root}/?f=json"
        api = client.get("/ogc/api").json()
        assert api["servers"] == [{"url": root}]
        page = client.get("/ogc/collections?f=html").text
        assert set(re.findall(r'href="([^/]*//[^/]*/[^/]*)', page)) == {root[:-4]}
        bare = client.get("/ogc", follow_redirects=False)
        assert bare.json()["links"][0]["href"] == f"{root}/?f=json"
