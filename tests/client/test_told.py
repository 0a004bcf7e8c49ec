"""What the pages tell: of every analysis, at every width, in one style."""

import re

import httpx2
import pytest
from playwright.sync_api import expect

from tests.api import published
from tests.patience import PATIENCE_S


@pytest.fixture
def town(server: str) -> httpx2.Client:
    client = httpx2.Client(base_url=server, timeout=PATIENCE_S)
    published.stock(client, place="High Street")
    return client


def address(town: httpx2.Client, **said: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in said.items())
    return f"{str(town.base_url).rstrip('/')}/?{query}"


def test_the_runs_of_every_analysis_are_offered_with_its_name(town, read_page):
    targets = published.run(town)
    concentration = published.run(town, "concentration")
    hot_spots = published.run(town, "getis-ord")
    page = read_page(address(town, run=targets))
    choice = page.locator("#run")
    expect(choice.locator("option")).to_have_count(3)
    for run, name in (
        (targets, "Patrol targets"),
        (concentration, "Concentration"),
        (hot_spots, "Hot spots (Getis-Ord Gi*)"),
    ):
        offered = choice.locator(f"optgroup[label='{name}'] option[value='{run}']")
        expect(offered).to_have_count(1)
    choice.select_option(hot_spots)
    panel = page.locator("#panel")
    expect(panel).to_contain_text("expected to be false")
    # Hot spots are neither merged nor ranked: their analysis chooses no targets.
    expect(panel).not_to_contain_text("merged where they touch")
    choice.select_option(targets)
    expect(panel).to_contain_text("merged where they touch")


def test_a_concentration_shows_its_few_places_on_the_map(town, open_page, artefacts):
    run = published.run(town, "concentration")
    page = open_page(address(town, run=run))
    key = page.locator(".legend")
    expect(key).to_contain_text("The few cells that hold half")
    (layer,) = town.get(f"/api/v1/runs/{run}/figures").json()["on_map"]
    result = town.get(f"/api/v1/runs/{run}").json()["result"]
    assert len(layer["places"]) == len(result["power_few"])
    page.screenshot(path=artefacts / "concentration-map.png")
    # No units are stored, so none can be picked out, and nothing says that some are.
    page.goto(address(town, run=run, places="5", panel="concentration"))
    expect(key).to_be_visible()
    expect(page.locator(".attribution")).not_to_contain_text("picked out")
    expect(page.locator(".brushing")).to_have_count(0)


def test_another_analysis_is_chosen_in_the_form(town, read_page):
    page = read_page(address(town, run=published.run(town), ask=""))
    choice = page.get_by_label("Analysis", exact=True)
    expect(choice).to_have_value("targets")
    expect(page.get_by_text("How many", exact=True)).to_be_visible()
    choice.select_option("concentration")
    expect(page).to_have_url(re.compile("ask.analysis=concentration"))
    expect(page.get_by_text("How many", exact=True)).to_have_count(0)
    expect(page.get_by_label("Analysis", exact=True)).to_have_value("concentration")
    page.get_by_role("button", name="Run the analysis").click()
    expect(page.locator("optgroup[label='Concentration'] option:checked")).to_have_count(1)
    expect(page.locator(".run-choice")).to_contain_text("Concentration")


def test_data_known_by_month_is_asked_by_whole_months(server, read_page):
    client = httpx2.Client(base_url=server, timeout=PATIENCE_S)
    head = (
        "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
        "Crime type,Last outcome category,Context"
    )
    rows = [
        f"{at},2024-0{1 + at % 5},City,City,-0.0{8 + at % 2},51.51,A,E1,L1,Robbery,,"
        for at in range(40)
    ]
    answer = client.post(
        "/api/v1/incidents/batches?profile=police-uk", content="\n".join([head, *rows]).encode()
    )
    assert answer.json()["accepted"] == 40, answer.text
    page = read_page(f"{server}/?ask=&ask.from=2024-05-04&ask.to=2024-05-31")
    expect(page.get_by_label("Harm index")).to_have_value("cchi-2026-police-uk")
    expect(page.get_by_role("button", name="Last 28 days")).to_have_count(0)
    page.get_by_role("button", name="Take whole months: 1 May 2024 – 31 May 2024").click()
    expect(page.get_by_label("First day")).to_have_value("2024-05-01")
    expect(page.get_by_text("this window cuts a month")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/data", "/runs", "/jobs"])
def test_every_page_leads_to_every_other(town, read_page, path):
    published.run(town)
    page = read_page(f"{str(town.base_url).rstrip('/')}{path}")
    links = page.get_by_role("navigation", name="Parts of Harmspot").get_by_role("link")
    expect(links).to_have_text(["Map", "Data", "Runs", "Jobs", "For GIS", "API"])


def test_one_menu_is_open_at_a_time(town, read_page):
    page = read_page(address(town, run=published.run(town)))
    page.locator("summary", has_text="Compare").click()
    page.locator("summary", has_text="Download").click()
    expect(page.locator("details.menu[open]")).to_have_count(1)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (768, 1024), (1280, 720), (1920, 1080)])
def test_the_map_can_be_used_at_every_width(town, open_page, artefacts, width, height):
    run = published.run(town, strategy="top", top=5)
    page = open_page(address(town, run=run), width=width, height=height)
    canvas = page.locator("canvas").first
    expect(canvas).to_be_visible()
    page.locator(".row").first.click()
    expect(page.locator("#panel .note")).to_be_visible()
    page.screenshot(path=artefacts / f"map-{width}.png", full_page=True)
    # Nothing is wider than the screen, and the map has room.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = canvas.bounding_box()
    assert box["width"] >= min(width, 360)
    assert box["height"] >= 300
    for name in ("Compare", "Download"):
        page.locator("summary", has_text=name).click()
        menu = page.locator("details.menu[open] > :not(summary)").bounding_box()
        assert menu["x"] >= 0
        assert menu["x"] + menu["width"] <= width
        page.screenshot(path=artefacts / f"menu-{name.lower()}-{width}.png")
        page.locator("summary", has_text=name).click()
