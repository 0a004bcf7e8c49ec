"""The map page in a browser, on the demo city and on services of the test's own."""

import json
import re
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

STATIC = Path(__file__).resolve().parents[2] / "service/static"


def ask(url: str, body: object = None) -> dict:
    request = urllib.request.Request(url, headers={"Content-Type": "application/json"})
    if body is not None:
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def rows(page: Page):
    return page.get_by_role("list").first.get_by_role("button")


def wait_for_units(page: Page) -> None:
    expect(page.locator("#map")).to_have_attribute("aria-busy", "false")


def colours(page: Page) -> int:
    """Count the colours of units and streets on the canvas."""
    page.wait_for_timeout(100)  # a frame or two
    return page.locator("canvas").evaluate(
        """canvas => {
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(pixels.data.buffer)).size;
        }"""
    )


@pytest.fixture
def demo(demo_server, open_page) -> Page:
    page = open_page(demo_server)
    wait_for_units(page)
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
def street_page(demo_server, open_page, street_run) -> Page:
    page = open_page(f"{demo_server}/?run={street_run['id']}")
    wait_for_units(page)
    return page


def test_every_target_is_in_the_list_and_on_the_map(demo, targets):
    assert len(targets) > 1
    ranks = [str(target["rank"]) for target in targets]
    expect(rows(demo)).to_have_count(len(targets))
    assert demo.locator(".row .rank").all_inner_texts() == ranks
    assert sorted(demo.locator(".pin text").all_text_contents(), key=int) == ranks
    assert demo.locator(".row .label").all_inner_texts() == [one["label"] for one in targets]


def test_the_page_says_what_the_run_rests_on(demo):
    facts = demo.locator("#facts")
    for words in ("1 Jan 2025 – 31 Dec 2025", "city", "cchi-2026-home-office", "used", "Gi*"):
        expect(facts).to_contain_text(words)
    expect(demo.locator(".attribution")).to_contain_text("Synthetic")
    expect(demo.locator("#panel")).to_contain_text("What this map shows")


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


def test_list_and_map_point_at_each_other(demo, targets):
    first = targets[0]["target_id"]
    rows(demo).first.hover()
    expect(demo.locator(f".pin[data-id={first}]")).to_have_class(re.compile("hovered"))
    demo.locator(f".pin[data-id={first}] .body").hover()
    expect(rows(demo).first).to_have_class(re.compile("hovered"))
    demo.locator(f".pin[data-id={first}] .body").click()
    expect(rows(demo).first).to_have_attribute("aria-pressed", "true")


def test_the_address_keeps_run_and_target(demo, targets):
    rows(demo).nth(1).click()
    assert re.search(rf"\?run=[0-9a-f]+#{targets[1]['target_id']}$", demo.url)
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
    scale = demo.locator(".scale")
    whole = scale.inner_text()
    demo.locator(".stage").focus()
    for _ in range(5):
        demo.keyboard.press("+")
    expect(scale).not_to_have_text(whole)
    demo.keyboard.press("0")
    expect(scale).to_have_text(whole)


def test_wheel_and_drag_move_the_map(demo):
    stage, pin = demo.locator(".stage"), demo.locator(".pin[data-rank='1']")
    before = pin.bounding_box()
    box = stage.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] - 40
    demo.mouse.move(x, y)
    demo.mouse.down()
    demo.mouse.move(x - 60, y - 40, steps=4)
    demo.mouse.up()
    demo.wait_for_timeout(100)
    after = pin.bounding_box()
    assert (round(after["x"] - before["x"]), round(after["y"] - before["y"])) == (-60, -40)
    expect(demo.locator("#panel")).to_contain_text("What this map shows")
    scale = demo.locator(".scale").inner_text()
    demo.mouse.wheel(0, -600)
    expect(demo.locator(".scale")).not_to_have_text(scale)


def test_cells_are_shaded_by_class_or_by_harm(demo):
    by_class = colours(demo)
    assert by_class > 4
    demo.get_by_role("radio", name="harm", exact=True).check()
    expect(demo.locator(".legend")).to_contain_text("First quarter of all harm")
    assert colours(demo) > by_class


def test_the_newest_run_is_that_of_the_cells_and_the_chooser_tells_runs_apart(demo):
    offered = demo.locator("#run option").all_inner_texts()
    assert offered[0].startswith("cells, resolution 10")
    assert offered[1].startswith("street segments")
    expect(demo.locator("#run")).to_have_value(re.search(r"run=([0-9a-f]+)", demo.url)[1])


def test_streets_of_the_network_lie_over_the_cells(demo_server, open_page):
    pages = []
    for answered in (True, False):
        page = open_page("about:blank")
        if not answered:
            page.route("**/segments?*", lambda route: route.fulfill(json={"features": []}))
        page.goto(demo_server)
        wait_for_units(page)
        pages.append(page)
    with_streets, without = map(colours, pages)
    assert with_streets > without


def test_a_run_of_streets_speaks_of_streets(street_page, street_run, street_targets):
    segments = street_run["provenance"]["study_area"]["units"]
    expect(street_page.locator(".attribution")).to_contain_text(f"{segments:,} street segments")
    expect(street_page.locator(".legend")).to_contain_text("Street segments by")
    expect(street_page.locator("#facts")).to_contain_text("km of streets")
    expect(street_page.locator("#targets-sum")).to_contain_text("of the street length")
    expect(street_page.locator("#panel")).to_contain_text("Each street segment was asked")
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


def test_streets_are_drawn_and_pointed_at_as_lines(street_page, street_targets):
    first = street_targets[0]["target_id"]
    assert colours(street_page) > 4
    rows(street_page).first.click()
    band = street_page.locator(f".target.band[data-id={first}] .edge")
    assert "Z" not in band.get_attribute("d")
    street_page.keyboard.press("Escape")
    rows(street_page).first.click()
    x, y = band.evaluate(
        """path => {
            const middle = path.getPointAtLength(path.getTotalLength() / 3);
            const at = middle.matrixTransform(path.getScreenCTM());
            return [at.x, at.y];
        }"""
    )
    street_page.mouse.move(x, y)
    expect(street_page.locator(f".target[data-id={first}]")).to_have_class(re.compile("hovered"))
    expect(street_page.locator(".readout")).to_contain_text("days of harm")
    street_page.mouse.move(0, 0)
    expect(street_page.locator(".readout")).to_have_text("")


def test_a_short_drag_moves_the_streets_without_drawing_them_again(street_page):
    strokes = """() => {
        const count = { strokes: 0 };
        const stroke = CanvasRenderingContext2D.prototype.stroke;
        CanvasRenderingContext2D.prototype.stroke = function (...path) {
            count.strokes += 1;
            return stroke.apply(this, path);
        };
        window.drawn = count;
    }"""
    street_page.evaluate(strokes)
    pin = street_page.locator(".pin[data-rank='1']")
    before = pin.bounding_box()
    box = street_page.locator(".stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] - 60
    street_page.mouse.move(x, y)
    street_page.mouse.down()
    street_page.mouse.move(x - 60, y - 40, steps=20)
    street_page.mouse.up()
    street_page.wait_for_timeout(100)
    assert round(pin.bounding_box()["x"] - before["x"]) == -60
    assert street_page.evaluate("window.drawn.strokes") == 0
    street_page.mouse.wheel(0, -600)
    street_page.wait_for_timeout(400)
    assert street_page.evaluate("window.drawn.strokes") > 0


@pytest.mark.parametrize("unit", ["h3", "segment"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pictures_are_left_to_look_at(demo_server, open_page, artefacts, dark, unit):
    page = open_page(f"{demo_server}/?run={demo_run(demo_server, unit)['id']}", dark=dark)
    wait_for_units(page)
    rows(page).first.click()
    page.wait_for_timeout(100)
    page.screenshot(path=artefacts / f"map-{unit}-{'dark' if dark else 'light'}.png")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1024, 768), (768, 1024)])
def test_nothing_is_cut_from_desk_to_tablet(demo_server, open_page, targets, width, height):
    page = open_page(demo_server, width=width, height=height)
    wait_for_units(page)
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        stage = page.locator(".stage").bounding_box()
        assert min(stage["width"], stage["height"]) > 250
        rows(page).first.click()
        expect(page.locator("#panel .note")).to_be_visible()
        expect(page.locator("body")).not_to_be_focused()
        page.get_by_role("button", name="Back to all targets").click()
        expect(rows(page).first).to_be_focused()


def test_an_empty_service_says_what_to_do(server, open_page):
    page = open_page(server)
    expect(page.get_by_role("heading", name="No targets yet")).to_be_visible()
    expect(page.locator(".steps")).to_contain_text("harmspot ingest")
    expect(page.locator(".steps")).to_contain_text("harmspot targets")


def test_a_refusal_is_told_in_the_services_words(server, open_page, watch):
    page = open_page(f"{server}/?run=none-such")
    expect(page.get_by_role("alert")).to_contain_text("There is no run none-such")
    expect(page.get_by_role("link", name="Show the newest run")).to_be_visible()
    assert len(watch.errors) == 1
    assert "404" in watch.errors.pop()


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


def test_no_significant_target_is_said_plainly_with_its_warnings(server, open_page):
    ask(f"{server}/api/v1/incidents", incidents(None))
    run = ask(f"{server}/api/v1/targets?{QUESTION}")["run"]
    page = open_page(server)
    expect(page.locator("#targets")).to_have_text(run["message"])
    for warning in run["warnings"]:
        expect(page.locator("#notices")).to_contain_text(warning)
    assert run["warnings"]


def test_what_comes_from_data_is_shown_and_never_run(server, open_page):
    hostile = "<img src=x onerror=\"document.title='hurt'\"><script>document.title='hurt'</script>"
    ask(f"{server}/api/v1/incidents", incidents(hostile))
    ask(f"{server}/api/v1/targets?{QUESTION}&strategy=top")
    page = open_page(server)
    expect(page.locator(".row .label").first).to_have_text(hostile)
    rows(page).first.click()
    expect(page.locator("#panel h2")).to_have_text(hostile)
    expect(page.locator(".offences tbody th")).to_have_text("<b>robbery</b>")
    expect(page.locator("main img, main script, main b")).to_have_count(0)
    assert page.title() == f"1. {hostile} – Harmspot"


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
