"""Two runs compared in a browser: which can be, what changed, both maps, the link to it."""

import re

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api import published
from tests.client.axe import serious_violations
from tests.patience import PATIENCE_S


@pytest.fixture
def town(server: str) -> httpx2.Client:
    """A client of a service with runs of one window, of another, and on other cells."""
    client = httpx2.Client(base_url=server, timeout=PATIENCE_S)
    published.stock(client, place="High Street")
    return client


def shown(town: httpx2.Client, run: str, **more: str) -> str:
    """Return the address of the map of a run."""
    said = "".join(f"&{name}={value}" for name, value in more.items())
    return f"{str(town.base_url).rstrip('/')}/?run={run}{said}"


def ready(page: Page) -> Locator:
    """Wait for the table of what changed and return it."""
    table = page.get_by_role("region", name="What changed").get_by_role("table")
    expect(table).to_be_visible()
    return table


def answered(town: httpx2.Client, later: str, earlier: str) -> dict:
    return town.get(f"/api/v1/runs/{later}/comparison?with={earlier}").json()


def test_what_changed_takes_the_lists_place(town, open_page, artefacts):
    earlier = published.run(town, to="2024-05-31")
    later = published.run(town, strategy="top", min_incidents=1, top=4)
    page = open_page(shown(town, later))
    page.locator("summary", has_text="Compare").click()
    page.get_by_role("button", name=re.compile(earlier[:8])).click()
    told = answered(town, later, earlier)
    statuses = {one["properties"]["status"] for one in told["features"]}
    assert "new" in statuses
    table = ready(page)
    expect(page.locator(".sentence")).to_have_text(told["sentence"])
    for caution in told["cautions"]:
        expect(page.locator(".cautions")).to_contain_text(caution)
    expect(table.locator("tr[data-status]")).to_have_count(len(told["features"]))
    expect(table.locator(".group")).to_have_count(len(statuses))
    new = [one["properties"] for one in told["features"] if one["properties"]["status"] == "new"]
    first = table.locator("tr[data-status=new]").first
    expect(first.locator("td")).to_have_text(["–", str(new[0]["rank"])])
    expect(first).to_contain_text(new[0]["note"])
    first.get_by_role("button").click()
    expect(page.locator("#panel .note")).to_be_visible()
    page.screenshot(path=artefacts / "comparison.png")
    assert serious_violations(page) == []

    page.get_by_role("button", name="Stop comparing").last.click()
    expect(page.get_by_role("heading", name="Targets", exact=True)).to_be_visible()


def test_a_link_shows_both_maps_and_the_ranks_of_both_lists(town, open_page, artefacts):
    earlier = published.run(town, to="2024-05-31")
    later = published.run(town)
    page = open_page(shown(town, earlier, compare=later, beside=""))
    region = page.get_by_role("region", name="Side by side")
    expect(region.get_by_role("table")).to_be_visible()
    # The shown run is the earlier one here, and its ranks are those before.
    expect(region.locator(".sides")).to_contain_text("31 May 2024 (shown)")
    told = answered(town, later, earlier)["features"]
    ranks = [
        [str(one["properties"][name] or "–") for name in ("rank_before", "rank")] for one in told
    ]
    rows = region.locator("tr[data-status]")
    expect(rows).to_have_count(len(ranks))
    assert [row.locator("td").all_inner_texts() for row in rows.all()] == ranks
    expect(page.locator("canvas")).to_have_count(2)
    page.screenshot(path=artefacts / "side-by-side.png")
    page.get_by_role("button", name="Difference").click()
    expect(page).not_to_have_url(re.compile("beside"))
    ready(page)


def test_runs_on_other_units_are_listed_and_say_why_they_cannot_be_compared(town, read_page):
    other = published.run(town, resolution=8)
    same = published.run(town, top=1)
    page = read_page(shown(town, published.run(town)))
    page.locator("summary", has_text="Compare").click()
    hindered = page.get_by_role("button", name=re.compile(other[:8]))
    expect(hindered).to_contain_text("Cannot be compared: it is made of cells of resolution 8")
    expect(hindered).to_have_attribute("aria-disabled", "true")
    hindered.click(force=True)
    expect(page).not_to_have_url(re.compile("compare"))
    offered = page.get_by_role("button", name=re.compile(same[:8]))
    expect(offered).to_contain_text("Asked differently: Targets")
    page.keyboard.press("Escape")
    expect(offered).to_be_hidden()
    expect(page.locator("summary", has_text="Compare")).to_be_focused()


def test_a_link_to_what_cannot_be_compared_says_so_and_leads_back(town, open_page, watch):
    run, other = published.run(town), published.run(town, resolution=8)
    page = open_page(shown(town, run, compare=other))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("no places in common")
    page.get_by_role("button", name="Stop comparing").last.click()
    expect(page.get_by_role("heading", name="Targets", exact=True)).to_be_visible()
    # The browser writes every refusal on its console; this one was asked for.
    assert all("422" in one for one in watch.errors)
    watch.errors.clear()
