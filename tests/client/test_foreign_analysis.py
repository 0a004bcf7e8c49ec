"""The map opens a run of an analysis that no file of it names, whatever its answer is made of."""

import httpx2
import pytest
from playwright.sync_api import Page, expect

from service.analyses import registry, runs
from service.http.app import create_app
from service.settings import Settings
from service.store.tenant import Tenant
from tests.api import foreign, published
from tests.api.serving import serving
from tests.client.axe import serious_violations
from tests.patience import PATIENCE_S


@pytest.fixture(scope="module")
def town(databases):
    """A client of a service with a run of each foreign analysis, and their ids."""
    with pytest.MonkeyPatch.context() as patched, databases.empty() as database:
        foreign.register(patched)
        with (
            serving(create_app(Settings(worker="none"), database)) as url,
            httpx2.Client(base_url=url, timeout=PATIENCE_S) as client,
        ):
            published.stock(client)
            yield client, {name: computed(database, name) for name in foreign.FOREIGN}


def computed(database, name: str) -> str:
    """Compute a run here: a process of the service's own imports only what ships."""
    process = registry.find(name)
    params = process.params.model_validate(published.QUESTION)
    with Tenant(database, "default").unit_of_work() as (session, agency):
        return runs.execute(session, agency, process, params).id


def opened(town, open_page, name: str, **how) -> tuple[Page, dict]:
    client, made = town
    page = open_page(f"{client.base_url!s:s}?run={made[name]}", **how)
    told = client.get(f"/api/v1/runs/{made[name]}/figures").json()
    return page, told


def test_a_run_of_figures_is_told_in_words_figures_and_layers(town, open_page, artefacts):
    page, told = opened(town, open_page, "calendar")
    expect(page.get_by_role("heading", name=told["headline"]).first).to_be_visible()
    expect(page.locator(".found .asked")).to_have_text(told["question"])
    panel = page.locator("#panel")
    for figure in told["figures"]:
        section = panel.locator(f'[data-figure="{figure["name"]}"]')
        expect(section.locator("h3")).to_have_text(figure["title"])
        expect(section.locator("p").first).to_have_text(figure["description"])
        drawings = 1 if figure["kind"] in ("bars", "line", "heat_strip") else 0
        expect(section.locator("svg.drawing")).to_have_count(drawings)
    expect(panel.locator('[data-figure="by_day"] tbody tr')).to_have_count(7)
    expect(page.locator(".legend")).to_contain_text(told["figures"][-1]["title"])
    page.locator("summary", has_text="Layers").click()
    expect(page.get_by_label("Figures", exact=True)).to_be_checked()
    expect(page.locator(".layers input[name=units]")).to_have_count(0)
    expect(page.locator("summary", has_text="Compare")).to_have_count(0)
    page.screenshot(path=artefacts / "foreign-figures.png")
    assert serious_violations(page) == []


def test_units_of_a_foreign_run_are_drawn_and_told(town, open_page, artefacts):
    page, told = opened(town, open_page, "levels")
    expect(page.get_by_role("heading", name=told["headline"]).first).to_be_visible()
    page.wait_for_function("() => performance.getEntriesByName('units painted').length > 0")
    expect(page.locator(".layers input[name=units]")).to_have_count(1)
    page.screenshot(path=artefacts / "foreign-units.png")


def test_targets_that_tell_no_more_than_all_must_are_listed_and_told(town, read_page):
    page, _ = opened(town, read_page, "quota")
    rows = page.locator("#targets .row")
    expect(rows).to_have_count(2)
    expect(rows.first).not_to_contain_text("NaN")
    rows.first.click()
    evidence = page.locator("#panel .evidence")
    expect(evidence.locator(".note")).to_have_text("Many incidents.")
    expect(evidence).not_to_contain_text("NaN")
    expect(evidence).not_to_contain_text("undefined")
    assert serious_violations(page) == []


def test_every_download_that_is_offered_is_had(town, read_page):
    client, _ = town
    for name in foreign.FOREIGN:
        page, told = opened(town, read_page, name)
        page.locator("summary", has_text="Download").click()
        links = [link.get_attribute("href") for link in page.locator(".downloads a").all()]
        assert len(links) == len(told["formats"]) + 1
        assert {client.get(link).status_code for link in links} == {200}


def test_the_map_opens_the_newest_run_where_none_has_targets(databases, read_page, monkeypatch):
    foreign.register(monkeypatch)
    with (
        databases.empty() as database,
        serving(create_app(Settings(worker="none"), database)) as url,
        httpx2.Client(base_url=url, timeout=PATIENCE_S) as client,
    ):
        published.stock(client)
        computed(database, "levels")
        page = read_page(url)
        expect(page.locator(".found h2")).to_have_text("2 levels")


def test_the_form_asks_the_analysis_of_the_run_that_is_shown(town, read_page):
    client, _ = town
    page, told = opened(town, read_page, "levels")
    page.get_by_role("button", name="New analysis").click()
    form = page.get_by_role("dialog")
    form.locator("details.more > summary").click()
    form.get_by_label("Side", exact=True).select_option("low")
    ways = form.get_by_role("radiogroup", name="How many", exact=True)
    expect(ways).to_have_count(0)
    with page.expect_response(lambda told: told.url.endswith("/api/v1/jobs")) as told_of:
        form.locator("button[type=submit]").click()
    asked = told_of.value.request.post_data_json
    assert asked["process"] == told["process"]
    assert asked["parameters"]["side"] == "low"
    expect(form.get_by_role("status").first).to_be_visible()
    jobs = client.get("/api/v1/jobs").json()
    assert [one["process"] for one in jobs] == ["levels"]
