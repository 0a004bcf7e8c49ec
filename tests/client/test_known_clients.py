"""Clients say who they are as they can: QGIS, GDAL and OWSLib by a key, a browser by a link."""

import datetime as dt

import pytest
from owslib.ogcapi.features import Features
from owslib.util import Authentication
from playwright.sync_api import expect

from service.access import login
from service.http.app import create_app
from service.settings import Settings
from service.store.tenant import Tenant
from tests.api import ogc_town
from tests.api.serving import serving
from tests.client import gdal_apart, qgis

BOX = (-0.125, 51.42, -0.105, 51.435)


@pytest.fixture(scope="module")
def town(databases):
    with ogc_town.serving(databases) as made:
        yield made


@pytest.fixture(scope="module")
def url(town):
    with serving(create_app(Settings(access="known", worker="none"), town.database)) as address:
        yield address


@pytest.fixture(scope="module")
def tenant(town):
    return Tenant(town.database, Settings().agency)


@pytest.fixture(scope="module")
def key(tenant):
    with tenant.unit_of_work() as (session, agency):
        made = login.make_key(session, agency, name="gis", roles=["viewer"], by="test")
    return made.text


def test_qgis_reads_with_a_key_as_password_and_nothing_without(url, key, town):
    asked = {"url": f"{url}/ogc", "collections": ["targets"], "page": 50, "box": BOX}
    told = qgis.run("qgis_ogc.py", asked | {"key": key})["targets"]
    assert told["valid"], told
    assert told["features"] == len(town.features("targets"))
    assert not qgis.run("qgis_ogc.py", asked | {"key": "wrong"})["targets"]["valid"]


def test_gdal_reads_with_a_key_as_password(url, key, town, tmp_path):
    source = f"OAPIF:{url}/ogc"
    read = gdal_apart.read(source, tmp_path, layer="targets", USERPWD=f"anybody:{key}")
    assert len(read) == len(town.features("targets"))
    with pytest.raises(AssertionError, match="401"):
        gdal_apart.read(source, tmp_path, layer="targets", USERPWD="anybody:wrong")


def test_owslib_reads_with_a_key_as_password(url, key, town):
    client = Features(f"{url}/ogc", auth=Authentication(username="anybody", password=key))
    page = client.collection_items("targets", limit=1000)
    assert len(page["features"]) == len(town.features("targets"))


def test_a_person_comes_in_by_a_link_reads_writes_and_goes(url, tenant, read_page):
    with tenant.unit_of_work() as (session, agency):
        code = login.make_code(
            session, agency, name="Ann", roles=["planner"], by="test", lives=dt.timedelta(hours=1)
        )
    page = read_page(f"{url}/runs", kept=False)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.goto(f"{url}/login?next=%2Fruns#{code}")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    assert "#" not in page.url
    assert code not in page.evaluate("JSON.stringify([location.href, document.cookie])")
    page.goto(url)
    expect(page.get_by_role("list").first).to_be_visible()
    sent = page.evaluate(
        """async (wanted) => {
            const session = await (await fetch("api/v1/session")).json();
            const ask = (headers) => fetch("api/v1/jobs", {method: "POST", body: wanted, headers:
                {"Content-Type": "application/json", ...headers}}).then((answer) => answer.status);
            return ask({"X-CSRF-Token": session.csrf_token});
        }""",
        '{"process": "concentration", "parameters": '
        '{"index": "count", "from": "2024-01-01", "to": "2024-12-31"}}',
    )
    assert sent == 202
    ended = page.evaluate(
        """async () => {
            const session = await (await fetch("api/v1/session")).json();
            const how = {method: "DELETE", headers: {"X-CSRF-Token": session.csrf_token}};
            return (await fetch("api/v1/session", how)).status;
        }"""
    )
    assert ended == 204
    page.goto(f"{url}/runs")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_who_loads_files_sends_one_from_the_data_page_of_a_session(
    url, tenant, read_page, tmp_path
):
    with tenant.unit_of_work() as (session, agency):
        code = login.make_code(
            session, agency, name="Bo", roles=["ingester"], by="test", lives=dt.timedelta(hours=1)
        )
    file = tmp_path / "three.csv"
    rows = [f"K{at},robbery,2024-03-0{at}T10:07:00Z,-0.1{at},51.42" for at in (1, 2, 3)]
    head = "external_id,offence_code,occurred_from,longitude,latitude"
    file.write_text("\n".join([head, *rows]) + "\n")
    page = read_page(f"{url}/login?next=%2Fdata#{code}", kept=False)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Send the file").click()
    expect(page.get_by_text("3 rows read")).to_be_visible()
    expect(page.get_by_text("3 new")).to_be_visible()
