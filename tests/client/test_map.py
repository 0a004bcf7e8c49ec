"""The map's page in a browser, on the demo city and on services of the test's own."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service.analyses import registry
from spatial import rounding
from tests.client.asking import ask
from tests.client.axe import serious_violations

STATIC = Path(__file__).resolve().parents[2] / "service/http/pages/static"


def rows(page: Page):
    return page.locator("#targets .row")


def tab(page: Page, name: str):
    return page.get_by_role("tab", name=name)


@pytest.fixture
def demo(demo_server, read_page) -> Page:
    page = read_page(demo_server)
    expect(rows(page).first).to_be_visible()
    return page


def demo_run(demo_server: str, unit: str) -> dict:
    runs = ask(f"{demo_server}/api/v1/runs?process=targets")
    return next(run for run in runs if run["parameters"]["unit"] == unit)


def targets_of(demo_server: str, run: dict) -> list[dict]:
    document = ask(f"{demo_server}/api/v1/runs/{run['id']}/targets")
    return [feature["properties"] for feature in document["features"]]


@pytest.fixture(scope="session")
def targets(demo_server) -> list[dict]:
    return targets_of(demo_server, demo_run(demo_server, "h3"))


@pytest.fixture(scope="session")
def street_run(demo_server) -> dict:
    return demo_run(demo_server, "segment")


@pytest.fixture(scope="session")
def street_targets(demo_server, street_run) -> list[dict]:
    return targets_of(demo_server, street_run)


@pytest.fixture
def street_page(demo_server, read_page, street_run) -> Page:
    page = read_page(f"{demo_server}/?run={street_run['id']}")
    expect(rows(page).first).to_be_visible()
    return page


def test_every_target_is_in_the_list(demo, targets):
    assert len(targets) > 1
    ranks = [str(target["rank"]) for target in targets]
    expect(rows(demo)).to_have_count(len(targets))
    assert demo.locator(".row .rank").all_inner_texts() == ranks
    assert demo.locator(".row .label").all_inner_texts() == [one["label"] for one in targets]


def test_the_page_says_what_the_run_rests_on(demo):
    facts = demo.locator("#facts")
    for words in ("1 Jan 2025 – 31 Dec 2025", "city", "cchi-2026-home-office", "used"):
        expect(facts).to_contain_text(words)
    expect(demo.locator("#panel")).to_contain_text("What this map shows")
    tab(demo, "What it rests on").click()
    for words in ("found by police activity", "Cambridge Crime Harm Index", "Districts", "seed 1"):
        expect(demo.locator("#panel")).to_contain_text(words)


def test_a_list_shows_first_what_orders_it_and_says_what_chose_it(demo, targets):
    leads = [one.split("\n") for one in demo.locator(".row .lead").all_inner_texts()]
    assert leads == [
        [
            f"{rounding.harm(one['expected_harm'])} days",
            " to ".join(rounding.harm(side) for side in one["expected_interval"]),
        ]
        for one in targets
    ]
    expect(demo.locator(".ranking .order")).to_have_text(
        "Ordered by the harm that is expected in the next four weeks, the most first."
    )
    shares = demo.locator(".row .amounts").all_inner_texts()
    assert all(re.match(r"\d+(\.\d)?% of harm · ", one) for one in shares)
    expect(demo.locator("#facts")).to_contain_text("Chosen by")
    expect(demo.locator("#facts")).to_contain_text("expected harm")
    # Gi* did not choose these places, so no line of the list is judged by it.
    assert any(one["class"] == "not_significant" for one in targets)
    for place in ("#facts", ".ranking"):
        expect(demo.locator(place)).not_to_contain_text("Gi*")
        expect(demo.locator(place)).not_to_contain_text("Not significant")
    chance = [one["rank"] for one in targets if one["basis"] == "none"]
    told = demo.locator(".row", has=demo.locator(".basis", has_text="chance can explain it"))
    assert [int(one) for one in told.locator(".rank").all_inner_texts()] == chance


def test_a_target_tells_in_how_many_months_it_was_at_the_top_and_what_chance_gives(
    demo, demo_server, targets
):
    about = demo_run(demo_server, "h3")["result"]["inference"]["own_excess"]
    rows(demo).first.click()
    told = demo.locator("#panel dl.figures div", has_text="Among the 1 % with most harm")
    expect(told).to_contain_text(
        f"{targets[0]['months_in_top']} of {about['top_steps']} spans of four weeks"
    )
    expect(told).to_contain_text(
        f"chance alone would put a unit there in {about['top_by_chance']:.3g}"
    )


def test_on_a_telephone_a_chosen_target_brings_its_evidence_and_the_focus(
    demo_server, read_page, targets
):
    page = read_page(demo_server, width=390, height=844)
    rows(page).nth(1).click()
    title = page.locator("#panel h2")
    expect(title).to_have_text(targets[1]["label"])
    expect(title).to_be_in_viewport()
    expect(title).to_be_focused()
    expect(page.locator("#panel .note")).to_be_in_viewport()
    page.get_by_role("button", name="Back to all targets").click()
    expect(rows(page).nth(1)).to_be_focused()
    expect(rows(page).nth(1)).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(title).to_be_focused()
    expect(title).to_be_in_viewport()


@pytest.mark.parametrize("width", [390, 768, 1280, 1920])
def test_what_is_chosen_of_the_runs_can_be_read_whole(demo_server, read_page, width):
    page = read_page(demo_server, width=width, height=800)
    expect(rows(page).first).to_be_visible()
    needed, given = page.locator("#run").evaluate(
        """(box) => {
            const style = getComputedStyle(box);
            const pen = document.createElement("canvas").getContext("2d");
            pen.font = style.font;
            const arrow = 24;
            const sides = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
            return [
                pen.measureText(box.selectedOptions[0].text).width + arrow,
                box.clientWidth - sides,
            ];
        }"""
    )
    assert needed <= given


def test_choosing_a_row_says_why_what_and_when(demo, targets):
    chosen = next(target for target in targets if target["peak"])
    rows(demo).nth(chosen["rank"] - 1).click()
    panel = demo.locator("#panel")
    expect(panel.locator(".note")).to_have_text(chosen["note"])
    expect(panel.locator(".week rect.groove")).to_have_count(7 * 24)
    busy = sum(1 for count in chosen["peak"]["hour_of_week"] if count)
    expect(panel.locator(".week rect.amount")).to_have_count(busy)
    expect(panel.locator(".offences tbody tr")).to_have_count(min(len(chosen["offences"]), 7))
    expect(rows(demo).nth(chosen["rank"] - 1)).to_have_attribute("aria-pressed", "true")


def test_one_incident_that_makes_a_target_is_flagged(demo, targets):
    flagged = [one for one in targets if one["dominance"] > 0.5 and one["count"] > 1]
    assert demo.locator(".row .flag").count() == len(flagged)


def test_the_address_keeps_run_and_target(demo, targets):
    rows(demo).nth(1).click()
    assert re.search(rf"\?run=[0-9a-f]+&target={targets[1]['target_id']}", demo.url)
    demo.reload()
    expect(demo.locator("#panel h2")).to_have_text(targets[1]["label"])
    rows(demo).first.click()
    demo.go_back()
    expect(demo.locator("#panel h2")).to_have_text(targets[1]["label"])


def test_the_keyboard_is_enough(demo, targets):
    rows(demo).first.focus()
    demo.keyboard.press("ArrowDown")
    demo.keyboard.press("Enter")
    expect(demo.locator("#panel .note")).to_have_text(targets[1]["note"])
    demo.keyboard.press("Escape")
    expect(demo.locator("#panel")).to_contain_text("What this map shows")
    expect(rows(demo).nth(1)).to_be_focused()
    tab(demo, "Evidence").focus()
    demo.keyboard.press("ArrowRight")
    expect(tab(demo, "Concentration")).to_be_focused()
    expect(tab(demo, "Concentration")).to_have_attribute("aria-selected", "true")


def test_a_target_shows_how_it_went_with_the_window_marked(demo, targets):
    chosen = targets[0]
    rows(demo).first.click()
    chart = demo.locator(".series")
    expect(chart.locator("rect.amount")).to_have_count(len(chosen["series"]["from"]))
    inside = [one >= chosen["series"]["window_from"] for one in chosen["series"]["from"]]
    expect(chart.locator("rect.before")).to_have_count(inside.count(False))
    chart.get_by_text("The numbers as a table").click()
    read = [int(one) for one in chart.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert read == chosen["series"]["count"]


def test_the_curve_says_how_few_places_hold_half_and_picks_them_out(demo, demo_server):
    tab(demo, "Concentration").click()
    stored = ask(f"{demo_server}/api/v1/runs?process=concentration&limit=50")
    of_cells = next(one for one in stored if one["parameters"]["unit"] == "h3")
    half = next(one for one in of_cells["result"]["shares"] if one["share_of_total"] == 0.5)
    panel = demo.locator("#panel")
    words = f"{half['units']} of {of_cells['result']['units']:,} cells hold 50 % of the harm"
    expect(panel.get_by_role("heading", level=2)).to_have_text(words)
    for part in ("curve", "band", "chance", "equal"):
        expect(panel.locator(f".lorenz > svg .{part}")).to_have_count(1)
    panel.get_by_role("button", name="50%").click()
    assert f"places={half['units']}" in demo.url
    expect(panel.locator(".brushing p")).to_contain_text(
        re.compile(rf"{half['units']} cells hold (50|49\.\d)% of the harm")
    )
    slider = panel.get_by_role("slider")
    slider.focus()
    demo.keyboard.press("ArrowRight")
    assert f"places={half['units']}" not in demo.url
    demo.reload()
    expect(panel.locator(".brushing p")).not_to_contain_text("No place is picked out")
    panel.get_by_role("button", name="Show all").click()
    assert "places=" not in demo.url


def test_the_newest_run_is_that_of_the_cells_and_the_chooser_tells_runs_apart(demo):
    title = registry.find("targets").title
    offered = demo.locator(f"#run optgroup[label='{title}'] option").all_inner_texts()
    assert offered[0].startswith("cells of resolution 10 · 2025")
    assert offered[1].startswith("street segments")
    expect(demo.locator("#run")).to_have_value(re.search(r"run=([0-9a-f]+)", demo.url)[1])


def test_the_demo_publishes_its_targets(demo_server):
    feed = ask(f"{demo_server}/api/v1/feeds/targets.json")
    runs = [item["_harmspot"]["run"] for item in feed["items"]]
    shown = ask(f"{demo_server}/ogc/collections/targets?f=json")["run"]["id"]
    assert len(runs) == 2
    assert shown == runs[0]
    asked = ask(f"{demo_server}/api/v1/runs/{shown}")["parameters"]
    assert asked["unit"] == "h3"


def test_a_run_of_streets_speaks_of_streets(street_page, street_run, street_targets):
    segments = street_run["provenance"]["study_area"]["units"]
    expect(street_page.locator("#facts")).to_contain_text("km of streets")
    expect(street_page.locator("#targets-sum")).to_contain_text("of the street length")
    expect(street_page.locator("#panel")).to_contain_text(
        "The street segments of which most harm is expected"
    )
    tab(street_page, "What it rests on").click()
    expect(street_page.locator("#panel")).to_contain_text(f"{segments:,} street segments")
    assert "cell" not in street_page.locator("#desk").inner_text().lower()
    assert street_page.locator(".row .label").all_inner_texts() == [
        one["label"] for one in street_targets
    ]


def test_the_evidence_of_a_street_has_its_length_its_district_and_harm_per_100_m(
    street_page, street_targets
):
    chosen = street_targets[0]
    rows(street_page).first.click()
    panel = street_page.locator("#panel")
    expect(panel.locator(".standing")).to_contain_text(chosen["district"])
    expect(panel.locator(".figures")).to_contain_text(f"{chosen['harm_per_100m']:,.0f} days per")
    expect(panel.locator(".figures")).to_contain_text(f"{chosen['length_m']:.0f} m")
    many = len(chosen["members"])
    words = f"{many} street segment{'s' if many > 1 else ''}"
    expect(panel.locator(".figures")).to_contain_text(words)


@pytest.mark.parametrize("unit", ["h3", "segment"])
def test_pictures_are_left_to_look_at(demo_server, open_page, artefacts, unit):
    page = open_page(f"{demo_server}/?run={demo_run(demo_server, unit)['id']}")
    rows(page).first.click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("#map")).to_have_attribute("aria-busy", "false")
        page.screenshot(path=artefacts / f"map-{unit}-{scheme}.png")


def test_nothing_is_cut_from_desk_to_tablet(demo_server, open_page, targets):
    page = open_page(demo_server)
    expect(rows(page).first).to_be_visible()
    for width, height in ((1280, 720), (1024, 768), (768, 1024)):
        page.set_viewport_size({"width": width, "height": height})
        for _ in range(2):
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            stage = page.locator("#map").bounding_box()
            assert min(stage["width"], stage["height"]) > 250
            rows(page).first.click()
            expect(page.locator("#panel .note")).to_be_visible()
            expect(page.locator("body")).not_to_be_focused()
            page.get_by_role("button", name="Back to all targets").click()
            expect(rows(page).first).to_be_focused()


def test_an_empty_service_says_what_to_do(server, read_page):
    page = read_page(server)
    expect(page.get_by_role("heading", name="No targets yet")).to_be_visible()
    expect(page.locator(".steps")).to_contain_text("harmspot ingest")
    expect(page.locator(".steps")).to_contain_text("harmspot targets")


def test_a_refusal_is_told_in_the_services_words(server, read_page, watch):
    page = read_page(f"{server}/?run=none-such")
    expect(page.get_by_role("alert")).to_contain_text("There is no run none-such")
    expect(page.get_by_role("button", name="Show the newest run")).to_be_visible()
    assert watch.errors  # of each thing that was asked of it
    assert all("404" in one for one in watch.errors)
    watch.errors.clear()


def test_who_is_not_allowed_is_told_so_in_the_services_words(demo_server, read_page, watch):
    page = read_page("about:blank")
    problem = {"title": "Not allowed", "status": 403, "detail": "Ask for the role of a planner."}
    page.route(
        "**/api/v1/runs?*",
        lambda route: route.fulfill(
            status=403, content_type="application/problem+json", body=json.dumps(problem)
        ),
    )
    page.goto(demo_server)
    expect(page.get_by_role("heading", name="Not allowed")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text("Ask for the role of a planner.")
    assert watch.errors
    assert all("403" in one for one in watch.errors)
    watch.errors.clear()


def test_the_run_is_taken_home_as_a_file_for_gis_and_as_a_sheet(demo, tmp_path):
    demo.get_by_text("Download", exact=False).first.click()
    for name, first_bytes in (("GeoPackage", b"SQLite format 3"), ("Briefing sheet", b"%PDF-")):
        with demo.expect_download() as download:
            demo.get_by_role("link", name=name).first.click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        assert path.suffix == (".gpkg" if name == "GeoPackage" else ".pdf")
        assert path.read_bytes().startswith(first_bytes)


def incidents(location_text: str | None) -> dict:
    """Three incidents at each of a few places apart: nothing that chance cannot explain."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [place / 100, 51.5]},
                "properties": {
                    "external_id": f"{place}-{number}",
                    "offence_code": "<b>robbery</b>",
                    "occurred_from": f"2025-03-0{number + 1}T12:00:00+00:00",
                    "time_precision": "exact",
                    "location_text": location_text,
                },
            }
            for place in range(4)
            for number in range(3)
        ],
    }


QUESTION = "index=count&resolution=9&from=2025-01-01&to=2025-12-31"


def test_no_significant_target_is_said_plainly_with_its_warnings(server, read_page):
    ask(f"{server}/api/v1/incidents", incidents(None))
    run = ask(f"{server}/api/v1/targets?{QUESTION}")["run"]
    page = read_page(server)
    expect(page.locator("#targets")).to_have_text(run["message"])
    for warning in run["warnings"]:
        expect(page.locator(".notices")).to_contain_text(warning)
    assert run["warnings"]


def test_what_comes_from_data_is_shown_and_never_run(server, read_page):
    hostile = "<img src=x onerror=\"document.title='hurt'\"><script>document.title='hurt'</script>"
    ask(f"{server}/api/v1/incidents", incidents(hostile))
    ask(f"{server}/api/v1/targets?{QUESTION}&strategy=top")
    page = read_page(server)
    expect(page.locator(".row .label").first).to_have_text(hostile)
    rows(page).first.click()
    expect(page.locator("#panel h2")).to_have_text(hostile)
    expect(page.locator(".offences tbody th")).to_have_text("<b>robbery</b>")
    expect(page.locator("main img[src='x'], main script, main b")).to_have_count(0)
    assert page.evaluate("document.title") != "hurt"
    assert page.title() == f"1. {hostile} – Harmspot"


def test_the_page_waits_for_a_service_that_is_gone_and_goes_on_by_itself(
    demo_server, read_page, watch, street_run
):
    page = read_page(demo_server)
    expect(rows(page).first).to_be_visible()
    page.route("**/api/**", lambda route: route.abort())
    page.locator("#run").select_option(street_run["id"])
    expect(page.locator(".notices")).to_contain_text("does not answer")
    expect(rows(page).first).to_be_visible()
    page.unroute("**/api/**")
    expect(page.locator("#facts")).to_contain_text("km of streets")
    expect(page.locator(".notices")).not_to_contain_text("does not answer")
    assert watch.errors
    assert all("Failed to load resource" in one for one in watch.errors)
    watch.errors.clear()


@pytest.mark.parametrize("panel", ["evidence", "concentration", "about"])
def test_nobody_is_kept_out(demo_server, read_page, targets, panel):
    target = targets[0]["target_id"]
    page = read_page(f"{demo_server}/?panel={panel}&target={target}")
    expect(rows(page).first).to_be_visible()
    expect(page.locator("#panel h2").first).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert serious_violations(page) == [], scheme


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_contrasts_as_wcag_aa_asks(scheme):
    light, dark = (STATIC / "base.css").read_text().split("@media (prefers-color-scheme: dark)")
    colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))
    pairs = [(ink, ground) for ink in ("ink", "muted") for ground in ("surface", "sunken")]
    pairs += [("ink", "ground"), ("ink", "accent-wash"), ("muted", "accent-wash")]
    pairs += [("ink", "warn-wash"), ("warn", "warn-wash"), ("on-accent", "accent")]
    pairs += [("on-pin", "pin"), ("up", "surface"), ("down", "surface"), ("accent", "surface")]
    for text, ground in pairs:
        pale, deep = sorted((luminance(colour[text]), luminance(colour[ground])), reverse=True)
        assert (pale + 0.05) / (deep + 0.05) >= 4.5, (text, ground)
