"""How good a list was: told above it on the map, and in full where its backtest is opened."""

import re

import pytest
from playwright.sync_api import Page, expect

from service.analyses import backtest as backtests
from tests.client.asking import ask
from tests.client.axe import serious_violations
from tests.patience import until


@pytest.fixture(scope="module")
def of_cells(demo_server) -> dict:
    """The list of cells of the demo."""
    runs = ask(f"{demo_server}/api/v1/runs?process=targets")
    return next(run for run in runs if run["parameters"]["unit"] == "h3")


@pytest.fixture(scope="module")
def backtest(demo_server, of_cells) -> dict:
    """The backtest of that list, computed."""
    asked = {name: value for name, value in of_cells["parameters"].items() if value is not None}
    job = ask(f"{demo_server}/api/v1/jobs", {"process": "backtest", "parameters": asked})
    until(lambda: ask(f"{demo_server}/api/v1/jobs/{job['id']}")["status"] == "successful")
    return ask(f"{demo_server}/api/v1/runs/{of_cells['provenance']['backtest']['id']}")


def opened(page: Page) -> Page:
    expect(page.locator("#panel h2")).to_contain_text("of the harm that came after")
    return page


@pytest.mark.parametrize(("width", "height"), [(390, 844), (768, 1024), (1280, 720), (1920, 1080)])
def test_a_backtest_is_told_without_an_empty_map_and_read_at_every_width(
    demo_server, backtest, read_page, artefacts, width, height
):
    page = opened(read_page(f"{demo_server}/?run={backtest['id']}", width=width, height=height))
    expect(page.locator("#map")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    table = page.locator('[data-figure="rules"] table').first
    titles = ["Rule", "Share of the harm", "The list held more by", "Verdict"]
    expect(table.locator("thead th")).to_have_text(titles)
    rules = backtest["result"]["rules"]
    expect(table.locator("tbody tr")).to_have_count(len(rules))
    expect(table.locator("tbody .reach")).to_have_count(len(rules) - 1)
    # Neither a word nor a number is broken, and no column is beyond the edge.
    assert not table.evaluate("(table) => table.scrollWidth > table.parentElement.clientWidth")
    lines = table.locator("tbody tr").first.locator("td").first
    assert lines.bounding_box()["height"] < 40
    page.screenshot(path=artefacts / f"backtest-{width}.png", full_page=True)


def test_what_a_backtest_folds_away_is_had_with_what_it_means(demo_server, backtest, read_page):
    page = opened(read_page(f"{demo_server}/?run={backtest['id']}"))
    rules = page.locator('[data-figure="rules"]')
    whole = rules.locator("details.whole")
    expect(whole.locator("table")).to_be_hidden()
    whole.locator("summary").click()
    for term in ("PAI", "PEI", "RRI"):
        expect(whole.locator("thead abbr", has_text=term)).to_have_attribute(
            "title", re.compile(r"\w+")
        )
        expect(whole.locator("dl.terms dt", has_text=term)).to_be_visible()
    sorting = next(one for one in backtest["result"]["rules"] if one["rule"] == "window_harm")
    row = whole.locator("tbody tr", has_text=backtests.RULES["window_harm"])
    expect(row).to_contain_text(f"{sorting['pai']:.3g}")
    assert serious_violations(page) == []


def test_a_backtest_leads_to_the_list_that_it_tests(demo_server, backtest, of_cells, read_page):
    page = opened(read_page(f"{demo_server}/?run={backtest['id']}"))
    page.get_by_role("button", name="The list that it tests").click()
    expect(page).to_have_url(re.compile(f"run={of_cells['id']}"))
    expect(page.locator("#targets .row").first).to_be_visible()
    expect(page.locator("#map")).to_have_count(1)


def test_the_names_along_a_chart_do_not_cover_each_other(demo_server, backtest, read_page):
    page = opened(read_page(f"{demo_server}/?run={backtest['id']}", width=390, height=844))
    chart = page.locator('[data-figure="captures"] svg.drawing')
    named = [one.bounding_box() for one in chart.locator("text").all()]
    for at, one in enumerate(named):
        for other in named[at + 1 :]:
            apart = (
                one["x"] + one["width"] <= other["x"]
                or other["x"] + other["width"] <= one["x"]
                or one["y"] + one["height"] <= other["y"] + 1
                or other["y"] + other["height"] <= one["y"] + 1
            )
            assert apart, (one, other)


def test_a_list_says_how_good_its_rule_was_and_how_to_learn_it(
    demo_server, of_cells, backtest, read_page
):
    address = f"{demo_server}/?run={of_cells['id']}"
    page = read_page(address)
    told = page.locator(".ranking .tested")
    sentence = ask(f"{demo_server}/api/v1/runs/{of_cells['id']}")["backtest"]["sentence"]
    expect(told).to_contain_text(sentence)
    link = told.get_by_role("link", name="The backtest")
    expect(link).to_have_attribute("href", re.compile(rf"/runs/{backtest['id']}$"))
    link.click()
    expect(page.locator("h1")).to_contain_text("of the harm that came after")


def test_what_nobody_has_asked_for_is_computed_from_the_list(demo_server, read_page):
    runs = ask(f"{demo_server}/api/v1/runs?process=targets")
    street = next(run for run in runs if run["parameters"]["unit"] == "segment")
    assert street["backtest"]["status"] == "none"
    page = read_page(f"{demo_server}/?run={street['id']}")
    told = page.locator(".ranking .tested")
    expect(told).to_contain_text(street["backtest"]["words"])
    told.get_by_role("button", name="Compute it now").click()
    expect(told).to_contain_text(re.compile("Over .* the list held"))
    expect(told.get_by_role("button")).to_have_count(0)
    expect(told.get_by_role("link", name="The backtest")).to_be_visible()
