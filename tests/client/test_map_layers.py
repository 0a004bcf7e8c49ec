"""What the map draws, and how it is moved, hidden, compared, printed and done without."""

import gzip
import io
import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import text

from service.http.app import create_app
from service.settings import Settings
from tests.api.serving import serving
from tests.client.archives import archive, served
from tests.client.asking import ask
from tests.patience import until

BUILT = Path(__file__).resolve().parents[2] / "service/http/pages/static/web"
HOT = (0xA5, 0x0F, 0x2D)
HOT_IN_THE_DARK = (0xFF, 0x8D, 0x68)
FIRST_QUARTER = (0x43, 0x12, 0x6B)
BUNDLE_LIMIT = 600_000


def drawn(page: Page) -> None:
    expect(page.locator("#map")).to_have_attribute("aria-busy", "false")


def picture(page: Page) -> Image.Image:
    shot = page.locator("#map .stage").first.screenshot(animations="disabled")
    return Image.open(io.BytesIO(shot)).convert("RGB")


def pixels(page: Page, colour: tuple[int, int, int]) -> int:
    """Count the pixels of the map that have a colour, but for rounding."""
    counted = picture(page).getcolors(1 << 24)
    return sum(
        many
        for many, one in counted
        if max(abs(a - b) for a, b in zip(one, colour, strict=True)) <= 2
    )


@pytest.fixture(scope="session")
def runs(demo_server) -> dict[str, dict]:
    stored = ask(f"{demo_server}/api/v1/runs?process=targets")
    return {run["parameters"]["unit"]: run for run in reversed(stored)}


@pytest.fixture(scope="session")
def targets(demo_server, runs) -> list[dict]:
    found = ask(f"{demo_server}/api/v1/runs/{runs['h3']['id']}/targets")
    return [feature["properties"] for feature in found["features"]]


@pytest.fixture
def show(demo_server, runs, open_page) -> Callable[..., Page]:
    """Open the map of a run of the demo city: `show("segment", "places=3", dark=True)`."""

    def shown(unit: str = "h3", more: str = "", **how: object) -> Page:
        page = open_page(f"{demo_server}/?run={runs[unit]['id']}&{more}", **how)
        drawn(page)
        return page

    return shown


def pin(page: Page, rank: int):
    return page.locator(f".pin[data-rank='{rank}']")


@pytest.mark.parametrize("unit", ["h3", "segment"])
def test_units_have_the_colours_of_their_classes(show, targets, unit):
    page = show(unit)
    before = pixels(page, HOT)
    pin(page, 1).locator(".body").click()
    until(lambda: pixels(page, HOT) > before + 200)


def test_cells_shaded_by_harm_have_a_legend_that_says_its_limits(show, demo_server, runs):
    page = show()
    page.get_by_role("radio", name="harm", exact=True).check()
    expect(page.locator(".legend")).to_contain_text("First quarter of all harm (≥ ")
    until(lambda: pixels(page, FIRST_QUARTER) > 20)
    assert "shading=harm" in page.url
    scores = ask(f"{demo_server}/api/v1/runs/{runs['h3']['id']}/scores?limit=1000")["features"]
    within = [
        one["properties"]["harm"]
        for one in scores
        if one["properties"]["cumulative_harm_share"] <= 0.25
    ]
    said = page.locator(".legend li").first.inner_text()
    limit = int(re.search(r"≥ ([\d,]+)", said)[1].replace(",", ""))
    assert limit == pytest.approx(min(within), abs=0.5)
    page.reload()
    drawn(page)
    expect(page.get_by_role("radio", name="harm", exact=True)).to_be_checked()
    expect(page.locator(".legend")).to_contain_text(said)


def test_the_map_takes_the_colours_of_the_dark_when_it_comes(show):
    page = show(more="view=14.5/54.5277/2.6203")
    until(lambda: pixels(page, HOT) > 100)
    page.emulate_media(color_scheme="dark")
    until(lambda: pixels(page, HOT_IN_THE_DARK) > 100 and pixels(page, HOT) == 0)


def test_pins_say_their_targets_and_do_not_cover_each_other(show, targets):
    page = show()
    expect(page.locator(".pin")).to_have_count(len(targets))
    expect(pin(page, 1)).to_have_attribute(
        "aria-label",
        re.compile(rf"^1\. {re.escape(targets[0]['label'])}, [\d,]+ days \(Harm expected in "),
    )
    boxes = [one.bounding_box() for one in page.locator(".pin:not([data-crowded]) .body").all()]
    assert 3 < len(boxes) <= len(targets)
    tips = [(box["x"] + box["width"] / 2, box["y"] + box["height"]) for box in boxes]
    for at, (x, y) in enumerate(tips):
        for other_x, other_y in tips[:at]:
            assert (x - other_x) ** 2 + (y - other_y) ** 2 > 19**2


def test_list_and_map_point_at_each_other(show):
    page = show()
    rows = page.locator("#targets .row")
    rows.first.hover()
    expect(pin(page, 1)).to_have_class(re.compile("hovered"))
    pin(page, 2).locator(".body").hover()
    expect(rows.nth(1)).to_have_class(re.compile("hovered"))
    pin(page, 2).locator(".body").click()
    expect(rows.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(pin(page, 2)).to_have_attribute("aria-pressed", "true")


def test_a_target_itself_can_be_pointed_at_and_chosen(show, targets):
    page = show()
    pin(page, 2).locator(".body").click()
    page.wait_for_url(re.compile("view="))
    tip = pin(page, 2).bounding_box()
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("target="))
    page.go_back()
    expect(page).to_have_url(re.compile("target="))
    # The area lies around the tip of its pin.
    page.mouse.move(tip["x"] - 25, tip["y"] + 12)
    expect(page.locator("#targets .row").nth(1)).to_have_class(re.compile("hovered"))
    expect(page.locator(".readout").first).to_contain_text(
        re.compile(r"\d+ incidents?, .* of harm")
    )
    expect(page.locator(".readout").first).to_contain_text(re.compile(r"rank \d+ of 6,546"))


def test_a_link_shows_the_same_view(show, open_page):
    page = show()
    box = page.locator("#map canvas").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.wheel(0, -500)
    page.mouse.down()
    page.mouse.move(box["x"] + 240, box["y"] + 160, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile(r"view=[\d.]+/[\d.]+/[\d.]+"))
    linked = open_page("about:blank")

    def looks_at_the_same() -> bool:
        linked.goto(page.url)  # which is behind as long as the map still glides
        drawn(linked)
        here, there = (pin(one, 1).bounding_box() for one in (page, linked))
        return max(abs(here[axis] - there[axis]) for axis in "xy") < 1.5

    until(looks_at_the_same)
    expect(linked.locator(".scale")).to_have_text(page.locator(".scale").inner_text())


def test_steps_back_lead_through_what_was_seen(show):
    page = show()
    whole = page.locator(".scale").inner_text()
    page.locator("#targets .row").nth(2).click()
    page.wait_for_url(re.compile("view="))
    near = page.locator(".scale").inner_text()
    assert near != whole
    page.keyboard.press("Escape")
    expect(page.locator(".scale")).to_have_text(whole)
    page.go_back()
    expect(page.locator(".scale")).to_have_text(near)
    page.go_back()
    expect(page.locator(".scale")).to_have_text(whole)


def test_the_keyboard_moves_the_map(show):
    page = show()
    canvas, scale = page.get_by_role("application"), page.locator(".scale")
    expect(canvas).to_have_accessible_name(re.compile("Arrow keys move, plus and minus zoom"))
    whole, before = scale.inner_text(), pin(page, 1).bounding_box()
    canvas.focus()
    page.keyboard.press("ArrowRight")
    until(lambda: pin(page, 1).bounding_box()["x"] < before["x"] - 50)
    for _ in range(2):
        seen = scale.inner_text()
        page.keyboard.press("+")
        expect(scale).not_to_have_text(seen)
    expect(scale).not_to_have_text(whole)
    page.keyboard.press("0")
    expect(scale).to_have_text(whole)
    until(lambda: abs(pin(page, 1).bounding_box()["x"] - before["x"]) < 1)
    expect(page).not_to_have_url(re.compile("view="))


def test_pins_are_one_stop_of_the_tab_key_and_arrows_go_through_their_ranks(show, targets):
    page = show()
    page.get_by_role("application").focus()
    page.keyboard.press("Tab")
    expect(pin(page, 1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(pin(page, 3)).to_be_focused()
    expect(page.locator("#targets .row").nth(2)).to_have_class(re.compile("hovered"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"target={targets[2]['target_id']}"))
    page.keyboard.press("Tab")
    expect(page.locator(".pin:focus")).to_have_count(0)


def test_layers_are_put_away_by_name_and_in_the_address(show, open_page):
    page = show()
    page.locator(".layers summary").click()
    for name in ("Cells", "Targets", "Boundaries", "Streets"):
        expect(page.get_by_role("checkbox", name=name)).to_be_checked()
    page.get_by_role("checkbox", name="Targets").uncheck()
    expect(page.locator(".pin")).to_have_count(0)
    page.get_by_role("checkbox", name="Cells").uncheck()
    expect(page.locator(".attribution")).to_contain_text("The cells are hidden")
    page.keyboard.press("Escape")
    expect(page.locator(".layers summary")).to_be_focused()
    expect(page.locator(".layers ul")).to_be_hidden()
    asked = []
    again = open_page("about:blank")
    again.on("request", lambda request: asked.append(request.url))
    again.goto(page.url)
    drawn(again)
    expect(again.locator(".pin")).to_have_count(0)
    assert any("/streets/tiles/" in one for one in asked)
    assert not any("/units/tiles/" in one for one in asked)


def test_streets_and_boundaries_are_a_map_without_a_basemap(show):
    page = show()
    with_all = picture(page).getcolors(1 << 24)
    page.locator(".layers summary").click()
    for name in ("Streets", "Boundaries"):
        page.get_by_role("checkbox", name=name).uncheck()
    page.locator(".layers summary").click()
    until(lambda: len(picture(page).getcolors(1 << 24)) < 0.8 * len(with_all))


def test_the_most_harmful_places_are_picked_out(show):
    usual = show(more="view=14.5/54.5277/2.6203")
    until(lambda: pixels(usual, HOT) > 100)
    page = show(more="view=14.5/54.5277/2.6203&places=1")
    expect(page.locator(".attribution")).to_contain_text("1 cells with the most harm are picked")
    assert pixels(page, HOT) < pixels(usual, HOT)


def test_two_runs_stand_side_by_side_and_look_at_one_place(show, runs, watch):
    page = show("segment", f"compare={runs['h3']['id']}&beside=")
    expect(page.locator("#map canvas")).to_have_count(2)
    titles = page.locator(".pane-title")
    expect(titles.first).to_contain_text("street segments")
    expect(titles.last).to_contain_text("cells of resolution 10")
    scales = page.locator(".scale")
    expect(scales).to_have_count(2)
    whole = scales.first.inner_text()
    page.get_by_role("button", name="Zoom in").click(click_count=3, delay=60)
    expect(scales.first).not_to_have_text(whole)
    expect(scales.last).to_have_text(scales.first.inner_text())
    page.locator("#map canvas").last.focus()
    page.keyboard.press("-")
    page.keyboard.press("-")
    until(lambda: scales.last.inner_text() == scales.first.inner_text() == whole)
    # Streets and cells have no places in common, so that their difference alone is refused.
    assert all("422" in one for one in watch.errors)
    watch.errors.clear()


def test_more_targets_than_pins_are_numbered_by_the_map_itself(demo_server, runs, open_page):
    page = open_page("about:blank")
    stored = ask(f"{demo_server}/api/v1/runs/{runs['h3']['id']}/targets")
    shape = json.dumps(stored["features"][0])
    stored["features"] = []
    for rank in range(1, 202):
        feature = json.loads(shape)
        feature["properties"] |= {"rank": rank, "target_id": f"t-{rank}"}
        feature["geometry"]["coordinates"] = shifted(feature["geometry"]["coordinates"], rank)
        stored["features"].append(feature)
    page.route("**/targets", lambda route: route.fulfill(json=stored))
    page.goto(f"{demo_server}/?run={runs['h3']['id']}")
    drawn(page)
    expect(page.locator(".pin")).to_have_count(0)
    box = page.locator("#map canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def shifted(coordinates: list, rank: int) -> list:
    if isinstance(coordinates[0], list):
        return [shifted(one, rank) for one in coordinates]
    return [coordinates[0] + rank % 15 / 300, coordinates[1] - rank // 15 / 500]


def test_patrol_areas_are_drawn_where_a_run_has_them(demo_server, runs, open_page):
    asked = {
        name: value
        for name, value in runs["h3"]["parameters"].items()
        if name in ("unit", "resolution", "network", "index", "study_area", "from", "to", "top")
    }
    made = ask(f"{demo_server}/api/v1/targets?{urllib.parse.urlencode(asked)}&patrol_buffer_m=150")[
        "run"
    ]["id"]
    page = open_page(f"{demo_server}/?run={made}")
    drawn(page)
    expect(page.locator(".legend")).to_contain_text("Patrol areas")
    before = picture(page).tobytes()
    page.locator(".layers summary").click()
    page.get_by_role("checkbox", name="Patrol areas").uncheck()
    page.locator(".layers summary").click()
    expect(page.locator(".legend")).not_to_contain_text("Patrol areas")
    until(lambda: picture(page).tobytes() != before)


def test_a_picture_of_the_map_is_printed(show):
    page = show()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    printed = page.locator("#map .printed")
    expect(printed).to_be_visible()
    colours = printed.evaluate(
        """async (image) => {
            await image.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
        }"""
    )
    assert colours > 50
    box, tip = printed.bounding_box(), pin(page, 1).bounding_box()
    assert box["x"] < tip["x"] < box["x"] + box["width"]
    assert box["y"] < tip["y"] < box["y"] + box["height"]
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(printed).to_be_hidden()


def test_without_webgl_the_page_says_so_and_the_list_is_of_use(
    demo_server, runs, open_page, targets
):
    page = open_page("about:blank", kept=False)
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.goto(f"{demo_server}/?run={runs['h3']['id']}")
    expect(page.get_by_role("alert")).to_contain_text("has no WebGL 2")
    drawn(page)
    page.locator("#targets .row").first.click()
    expect(page.locator("#panel .note")).to_have_text(targets[0]["note"])


def test_the_bundles_are_small(artefacts):
    sizes = {
        one.name: len(gzip.compress(one.read_bytes()))
        for one in (BUILT / "assets").iterdir()
        if one.suffix in (".js", ".css")
    }
    assert any("worker" in name for name in sizes), "the map is not built: make web"
    (artefacts / "bundles.json").write_text(json.dumps(sizes, indent=2))
    assert sum(sizes.values()) < BUNDLE_LIMIT


INCIDENTS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [place / 100, 51.5]},
            "properties": {
                "external_id": f"{place}-{number}",
                "offence_code": "R",
                "occurred_from": f"2025-03-0{number + 1}T12:00:00+00:00",
                "time_precision": "exact",
                "location_text": f"Place {place}",
            },
        }
        for place in range(4)
        for number in range(3)
    ],
}
QUESTION = "index=count&resolution=9&from=2025-01-01&to=2025-12-31&strategy=top"


@contextmanager
def installed(database, settings: Settings) -> Iterator[str]:
    """Serve a database that holds one run, as an installation with such settings does."""
    with serving(create_app(settings, database)) as url:
        ask(f"{url}/api/v1/incidents", INCIDENTS)
        ask(f"{url}/api/v1/targets?{QUESTION}")
        yield url


@pytest.mark.parametrize("allowed", [True, False])
def test_incidents_are_a_density_only_where_they_may_be_shown(database, open_page, allowed):
    with installed(database, Settings(ogc_incidents=allowed)) as url:
        page = open_page("about:blank")
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{url}/?view=14/51.5/0.02")
        drawn(page)
        page.locator(".layers summary").click()
        density = page.get_by_role("checkbox", name="Density of incidents")
        expect(density).to_have_count(1 if allowed else 0)
        if allowed:
            expect(density).not_to_be_checked()
            before = picture(page).tobytes()
            density.check()
            until(lambda: picture(page).tobytes() != before)
            assert "hidden=" in page.url
            expect(page.locator(".legend")).to_contain_text("the denser the darker")
        assert any("/incidents/tiles/" in one for one in asked) == allowed


RED = (200, 40, 40)


def flat(colour: tuple[int, int, int]) -> bytes:
    """An image of one colour, as a tile."""
    written = io.BytesIO()
    Image.new("RGB", (256, 256), colour).save(written, "PNG")
    return written.getvalue()


def ocean(database) -> bytes:
    """A vector tile whose world is all water, and says its name."""
    question = text(
        "SELECT (SELECT ST_AsMVT(a, 'water', 4096, 'g') FROM (SELECT ST_AsMVTGeom("
        " ST_MakeEnvelope(-20037508, -20037508, 20037508, 20037508, 3857),"
        " ST_TileEnvelope(0, 0, 0)) AS g, 'ocean' AS kind) AS a)"
    )
    with database.session() as session:
        return bytes(session.execute(question).scalar_one())


@pytest.mark.parametrize("kind", ["raster", "pmtiles of images", "pmtiles of vectors"])
def test_a_basemap_lies_beneath_with_its_attribution(database, open_page, kind):
    asked: list[str] = []
    files = {
        ".png": flat(RED),
        "images.pmtiles": archive("png", flat(RED)),
        "vectors.pmtiles": archive("mvt", ocean(database)),
    }
    path = {
        "raster": "{z}/{x}/{y}.png",
        "pmtiles of images": "images.pmtiles",
        "pmtiles of vectors": "vectors.pmtiles",
    }[kind]
    with ExitStack() as held:
        elsewhere = held.enter_context(served(files, asked))
        basemap = {"basemap": f"{elsewhere}/{path}", "basemap_attribution": "© Someone"}
        url = held.enter_context(installed(database, Settings(**basemap)))
        page = open_page(f"{url}/?hidden=units,targets,boundaries,streets&view=12/51.5/0.02")
        drawn(page)
        expect(page.locator(".attribution")).to_contain_text("Basemap: © Someone.")
        until(lambda: bool(asked))
        [(_, corner)] = picture(page).crop((400, 300, 401, 301)).getcolors()
        if kind == "pmtiles of vectors":
            assert corner == (0xD3, 0xE0, 0xE6)
        else:
            # Muted, that harm stands out: red still, but far from as red.
            assert corner[0] > corner[1] + 5
            assert corner[0] - corner[1] < 0.5 * (RED[0] - RED[1])


def test_a_basemap_that_cannot_be_read_is_said_and_done_without(database, open_page, watch):
    with ExitStack() as held:
        elsewhere = held.enter_context(served({}, []))
        url = held.enter_context(installed(database, Settings(basemap=f"{elsewhere}/none.pmtiles")))
        page = open_page(url)
        drawn(page)
        expect(page.locator(".key")).to_contain_text("none.pmtiles cannot be read")
        expect(page.locator(".pin").first).to_be_attached()
    assert watch.errors
    assert all("404" in one for one in watch.errors)
    watch.errors.clear()
