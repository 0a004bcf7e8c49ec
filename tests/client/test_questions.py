"""The form of a new analysis in a browser: asked, followed, cancelled, refused, answered again."""

import json
import re
from collections.abc import Iterator

import httpx2
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Locator, Page, expect
from shapely.geometry import box, mapping

from service.http.app import create_app
from service.settings import Settings
from service.store.session import Database
from tests.api import published
from tests.api.serving import serving
from tests.client.axe import serious_violations
from tests.patience import PATIENCE_S

ASKED = published.QUESTION


def fill(client: TestClient) -> None:
    published.stock(client, place="High Street")
    published.run(client)


@pytest.fixture
def asked(databases) -> Iterator[Database]:
    """Incidents and one run."""
    with published.copied(databases, "high-street", fill) as made:
        yield made


@pytest.fixture
def town(asked: Database) -> Iterator[httpx2.Client]:
    """A client of a service with incidents and one run."""
    with serving(create_app(Settings(), asked)) as url:
        yield httpx2.Client(base_url=url, timeout=PATIENCE_S)


@pytest.fixture
def idle_town(asked: Database) -> Iterator[httpx2.Client]:
    """A client of a service with incidents and one run, whose jobs nobody takes."""
    with serving(create_app(Settings(worker="none"), asked)) as url:
        yield httpx2.Client(base_url=url, timeout=PATIENCE_S)


BEATS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": f"Beat {x}{y}"},
            "geometry": mapping(
                box(-0.1 + x / 100, 51.5 + y * 3 / 400, -0.09 + x / 100, 51.5075 + y * 3 / 400)
            ),
        }
        for x in range(4)
        for y in range(4)
    ],
}
"""The town's square in sixteen."""


def address(client: httpx2.Client, **changed: object) -> str:
    """Return the address of the open form, with what is changed in it."""
    asked = "".join(f"&ask.{name}={value}" for name, value in changed.items())
    return f"{str(client.base_url).rstrip('/')}/?ask={asked}"


def form(page: Page) -> Locator:
    dialog = page.get_by_role("dialog", name="New analysis")
    expect(dialog.get_by_role("button", name="Run the analysis")).to_be_visible()
    return dialog


def runs(client: httpx2.Client) -> list[dict]:
    return client.get("/api/v1/runs?process=targets").json()


def expect_run(page: Page, client: httpx2.Client, number: int) -> dict:
    """Wait until the form is gone and the newest of so many runs is shown; return it."""
    expect(page.get_by_role("dialog")).to_have_count(0)
    found = runs(client)
    assert len(found) == number
    expect(page).to_have_url(re.compile(found[0]["id"]))
    return found[0]


def test_the_form_begins_as_the_shown_run_was_asked(town, read_page):
    page = read_page(address(town))
    asked = form(page)
    expect(asked.get_by_label("First day")).to_have_value(ASKED["from"])
    expect(asked.get_by_label("Last day")).to_have_value(ASKED["to"])
    expect(asked.get_by_label("Harm index")).to_have_value("count")
    expect(asked.get_by_label("Cells")).to_be_checked()
    expect(asked.get_by_label("Size of a cell")).to_have_value("9")
    expect(asked.get_by_label("Study area")).to_have_value("square")
    expect(asked.get_by_label("Targets", exact=True)).to_have_value("20")
    expect(asked).to_contain_text("140 incidents")
    expect(asked).to_contain_text("As the run that is shown")


def test_a_changed_question_is_followed_until_its_run_is_shown(town, read_page, artefacts):
    page = read_page(str(town.base_url))
    page.get_by_role("button", name="New analysis").click()
    asked = form(page)
    asked.get_by_label("Targets", exact=True).fill("1")
    asked.get_by_role("button", name="Run the analysis").click()
    expect(asked.get_by_role("progressbar")).to_be_visible()
    expect(asked.get_by_role("button", name="Cancel")).to_be_focused()
    page.screenshot(path=artefacts / "question-running.png")
    run = expect_run(page, town, 2)
    assert run["parameters"]["top"] == 1
    expect(page.locator(".news")).to_contain_text("The analysis is done")
    expect(page.get_by_role("button", name="New analysis")).to_be_focused()
    assert page.evaluate("sessionStorage.length") == 0


def test_the_same_question_again_is_answered_from_the_store(town, read_page):
    page = read_page(address(town))
    form(page).get_by_role("button", name="Run the analysis").click()
    expect_run(page, town, 1)
    news = page.locator(".news")
    expect(news).to_contain_text("asked before")
    # Nothing of the page lies beneath it.
    box, desk = news.bounding_box(), page.locator("#desk").bounding_box()
    assert box["y"] + box["height"] <= desk["y"]


def test_a_link_carries_a_question_that_was_not_asked_yet(town, read_page):
    page = read_page(str(town.base_url))
    page.get_by_role("button", name="New analysis").click()
    asked = form(page)
    asked.get_by_text("All offences").click()
    asked.get_by_label("theft").uncheck()
    asked.get_by_label("A share of the hot spots' harm").check()
    asked.get_by_label("Share of the harm").fill("40")
    asked.get_by_role("button", name="Last whole month").click()
    expect(page).to_have_url(re.compile("ask.harm_share=0.4"))

    other = read_page(page.url)
    same = form(other)
    expect(same).to_contain_text("1 of 2 offences")
    expect(same.get_by_label("Share of the harm")).to_have_value("40")
    expect(same.get_by_label("First day")).to_have_value("2024-05-01")
    expect(same).to_contain_text("5 settings changed")
    same.get_by_role("button", name="Run the analysis").click()
    parameters = expect_run(other, town, 2)["parameters"]
    assert parameters["offences"] == ["robbery"]
    assert (parameters["harm_share"], parameters["top"]) == (0.4, None)
    assert (parameters["from"], parameters["to"]) == ("2024-05-01", "2024-05-31")


def test_a_job_is_found_again_after_a_reload_and_can_be_cancelled(idle_town, read_page):
    page = read_page(address(idle_town, top=3))
    form(page).get_by_role("button", name="Run the analysis").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Waiting for a worker")
    page.reload()
    expect(dialog).to_contain_text("Waiting for a worker")
    expect(dialog.get_by_label("Targets", exact=True)).to_have_value("3")

    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    masthead = page.get_by_role("banner")
    expect(masthead).to_contain_text("Waiting for a worker")
    page.go_back()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_contain_text("You cancelled the analysis")
    expect(dialog.get_by_label("Targets", exact=True)).to_have_value("3")
    [job] = idle_town.get("/api/v1/jobs").json()
    assert job["status"] == "dismissed"
    assert len(runs(idle_town)) == 1


def test_a_failed_job_says_why_at_the_field_it_names(town, read_page, artefacts):
    page = read_page(address(town, index="nonesuch"))
    form(page).get_by_role("button", name="Run the analysis").click()
    alert = page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text("no harm index nonesuch")
    expect(alert).to_be_focused()
    index = page.get_by_label("Harm index")
    expect(index).to_have_attribute("aria-invalid", "true")
    expect(index).to_have_accessible_description(re.compile("nonesuch"))
    page.screenshot(path=artefacts / "question-failed.png")
    alert.get_by_role("button", name="Harm index").click()
    expect(index).to_be_focused()
    index.select_option("count")
    expect(alert).to_have_count(0)
    expect(index).to_have_attribute("aria-invalid", "false")


def test_what_does_not_fit_is_said_before_it_is_asked(town, read_page):
    page = read_page(address(town, to="2023-01-01", permutations="7"))
    asked = form(page)
    expect(asked.get_by_label("Last day")).to_have_accessible_description(
        re.compile("before the first")
    )
    expect(asked.get_by_label("Permutations")).to_be_visible()
    expect(asked).to_contain_text("2 settings do not fit")
    asked.get_by_role("button", name="Run the analysis").click()
    expect(asked.get_by_label("Permutations")).to_be_focused()
    assert town.get("/api/v1/jobs").json() == []


def test_where_the_stream_breaks_the_job_is_asked_for(town, read_page):
    page = read_page(address(town, top=2))
    page.route("**/events", lambda route: route.fulfill(status=204))
    form(page).get_by_role("button", name="Run the analysis").click()
    assert expect_run(page, town, 2)["parameters"]["top"] == 2


def test_an_input_that_is_new_appears_by_itself(idle_town, read_page):
    described = idle_town.get("/ogc/processes/targets?f=json").json()
    described["inputs"]["curvature"] = {
        "title": "curvature",
        "description": "How much it bends. Unit: m.",
        "schema": {"type": "number", "default": 0.5, "maximum": 1},
        "additionalParameters": {"parameters": [{"name": "ogc-unit", "value": ["m"]}]},
        "minOccurs": 0,
        "maxOccurs": 1,
    }
    sent = []
    page = read_page(str(idle_town.base_url))
    page.route("**/ogc/processes/targets*", lambda route: route.fulfill(json=described))
    page.route(
        "**/api/v1/jobs",
        lambda route: (
            sent.append(json.loads(route.request.post_data or "")),
            route.fulfill(status=202, json=idle_town.post("/api/v1/jobs", json=QUESTION).json()),
        ),
    )
    page.get_by_role("button", name="New analysis").click()
    asked = form(page)
    asked.get_by_text("More settings").click()
    asked.get_by_label("Curvature (m)").fill("0.25")
    asked.get_by_role("button", name="Run the analysis").click()
    expect(asked).to_contain_text("Waiting for a worker")
    assert sent[0]["parameters"]["curvature"] == 0.25


QUESTION = {"process": "targets", "parameters": ASKED}


def test_what_means_nothing_for_a_unit_is_not_asked(idle_town, read_page):
    assert idle_town.put("/api/v1/boundaries/beats", json=BEATS).status_code == 200
    page = read_page(address(idle_town, unit="polygon", layer="beats"))
    asked = form(page)
    expect(asked.get_by_label("Size of a cell")).to_have_count(0)
    expect(asked.get_by_label("Boundary layer")).to_have_value("beats")
    asked.get_by_text("More settings").click()
    expect(asked.get_by_label("Longest target (m)")).to_have_count(0)
    expect(asked.get_by_label("Largest target (km²)")).to_be_visible()
    asked.get_by_role("button", name="Run the analysis").click()
    expect(asked).to_contain_text("Waiting for a worker")
    [job] = idle_town.get("/api/v1/jobs").json()
    assert "resolution" not in job["parameters"]


def test_the_keyboard_opens_leaves_and_stays_within_the_form(town, read_page):
    page = read_page(str(town.base_url))
    button = page.get_by_role("button", name="New analysis")
    button.focus()
    page.keyboard.press("Enter")
    form(page)
    for _ in range(60):
        page.keyboard.press("Tab")
        # The browser's own frame is a stop on the way round.
        assert page.evaluate(
            "document.activeElement === document.body"
            " || document.querySelector('dialog').contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()
    expect(page).not_to_have_url(re.compile("ask"))


def test_without_incidents_the_form_leads_to_the_data(server, read_page):
    page = read_page(f"{server}/?ask=")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("There are no incidents yet")
    expect(dialog.get_by_role("link")).to_have_attribute("href", "data")


def test_without_a_run_the_form_begins_with_the_last_year_of_the_data(server, read_page):
    client = httpx2.Client(base_url=server, timeout=PATIENCE_S)
    published.stock(client, place="High Street")
    page = read_page(f"{server}/?ask=")
    asked = form(page)
    expect(asked.get_by_label("First day")).to_have_value("2024-05-01")
    expect(asked.get_by_label("Last day")).to_have_value("2024-06-01")
    asked.get_by_label("Harm index").select_option("count")
    asked.get_by_role("button", name="Run the analysis").click()
    run = expect_run(page, client, 1)
    assert run["parameters"]["study_area"] is None


@pytest.mark.parametrize("dark", [False, True])
def test_the_form_fits_a_desk_and_a_tablet(town, open_page, artefacts, dark):
    for width, height in ((1280, 720), (820, 1180)):
        page = open_page(address(town), width=width, height=height, dark=dark)
        asked = form(page)
        box = asked.get_by_role("button", name="Run the analysis").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height
        wide = asked.evaluate("one => one.scrollWidth - one.clientWidth")
        assert wide == 0
        assert serious_violations(page) == []
        page.screenshot(path=artefacts / f"question-{width}{'-dark' if dark else ''}.png")
