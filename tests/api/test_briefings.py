"""Briefings: what is printed where, that nothing is cut or covered, the same bytes each time."""

import asyncio
import copy
import datetime as dt
import io
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx2
import numpy as np
import pypdfium2
import pytest
import shapely
from fastapi.testclient import TestClient
from PIL import Image
from rich.console import Console
from sqlalchemy import select
from typer.testing import CliRunner

from service import briefing
from service.briefing import maps, pins, symbols
from service.cli import sample_city
from service.cli.app import app as command
from service.http.app import create_app
from service.settings import Settings
from service.store import models
from service.store.repository import runs
from service.store.tenant import Tenant
from service.styles import CLASSES
from service.vector import boundaries
from spatial import synthetic
from tests import coroutines
from tests.api.export_run import EAST, HOSTILE, NORTH, UTM, Town, copied
from tests.databases import Databases
from tests.patience import PATIENCE_S

LONG = "Supercalifragilisticexpialidocious-Street" * 12
SERIES = {
    "step": "week",
    "window_from": "2025-01-06",
    "from": [str(dt.date(2024, 12, 2) + dt.timedelta(weeks=n)) for n in range(16)],
    "count": [3, 0, 2, 5, 1, 7, 2, 4, 9, 0, 0, 3, 1, 6, 2, 8],
    "harm": [10.0] * 16,
}


@pytest.fixture(scope="module")
def town(databases: Databases) -> Iterator[Town]:
    with copied(databases) as made:
        yield made


@pytest.fixture(scope="module")
def cells(town: Town) -> str:
    return town.cells


@pytest.fixture(scope="module")
def segments(town: Town) -> str:
    return town.streets


@pytest.fixture(scope="module")
def polygons(town: Town) -> str:
    squares = [
        shapely.box(EAST + x, NORTH + y, EAST + x + 500, NORTH + y + 500)
        for x in range(0, 4_000, 500)
        for y in range(0, 4_000, 500)
    ]
    beats = gpd.GeoDataFrame({"name": [f"Beat {n}" for n in range(64)]}, geometry=squares, crs=UTM)
    with town.tenant.unit_of_work() as (session, agency):
        boundaries.load(session, agency, beats, "beats", where="made")
    return town.run("targets", unit="polygon", layer="beats", tail="two-sided")


@pytest.fixture
def town_client(town: Town) -> Iterator[TestClient]:
    app = create_app(Settings(worker="none"), town.tenant.database)
    with TestClient(app, raise_server_exceptions=False) as started:
        yield started


def sheet_of(town: Town, run_id: str, target: str | None = None) -> briefing.Sheet:
    with town.tenant.unit_of_work() as (session, agency):
        return briefing.read(session, agency, runs.find(session, agency, run_id), target)


def remade(town: Town, run_id: str, number: int, **changed: Any) -> str:
    """Store a copy of a run with as many targets, each of one unit, and return its id."""
    named = f"{run_id[:16]}{number:03d}{len(json.dumps(changed)) % 99_999:05d}"
    with town.tenant.unit_of_work() as (session, agency):
        old = runs.find(session, agency, run_id)
        first = session.scalars(select(models.Target).where(models.Target.run_id == run_id)).first()
        assert first is not None
        message = None if number else "No unit is significant: chance can explain the pattern."
        session.add(
            models.AnalysisRun(
                id=named,
                agency_id=agency,
                process="targets",
                parameters=old.parameters,
                data_version=old.data_version,
                software_version=old.software_version,
                provenance=old.provenance,
                created_at=dt.datetime(2025, 12, 31, 6, 30, tzinfo=dt.UTC),
                result=old.result | {"targets": number, "message": message},
            )
        )
        session.flush()
        wanted = select(models.UnitScore).where(models.UnitScore.run_id == run_id)
        units = session.scalars(wanted.order_by(models.UnitScore.rank)).all()
        for unit in units:
            columns = [column.key for column in models.UnitScore.__mapper__.column_attrs]
            same = {name: getattr(unit, name) for name in columns if name != "run_id"}
            session.add(models.UnitScore(run_id=named, **same))
        for at, unit in enumerate(units[:number]):
            about = copy.deepcopy(first.properties) | {
                "rank": at + 1,
                "target_id": f"t-{at:012x}",
                "label": f"Place {at + 1}",
            }
            session.add(
                models.Target(
                    run_id=named,
                    rank=at + 1,
                    target_id=about["target_id"],
                    properties=about | changed,
                    geom=unit.geom,
                    patrol_geom=None,
                )
            )
    return named


def texts(document: bytes) -> list[str]:
    """Return the text of each page, on one line."""
    opened = pypdfium2.PdfDocument(document)
    found = [re.sub(r"[\s\ufffe]+", " ", page.get_textpage().get_text_range()) for page in opened]
    opened.close()
    return found


def pictures(document: bytes, scale: float = 1.0) -> list[Image.Image]:
    opened = pypdfium2.PdfDocument(document)
    found = [page.render(scale=scale).to_pil().convert("L") for page in opened]
    opened.close()
    return found


def assert_white_margins(document: bytes, mm: float = 7.0) -> None:
    for number, picture in enumerate(pictures(document), 1):
        ink = np.asarray(picture) < 250
        edge = round(mm * 72 / 25.4)
        ink[edge:-edge, edge:-edge] = False
        assert not ink.any(), f"page {number} has ink in its margin"


def test_first_page_tells_of_all_targets_and_last_of_what_they_rest_on(
    town: Town, cells: str
) -> None:
    sheet = sheet_of(town, cells)
    pages = texts(briefing.pdf(sheet))
    assert len(sheet.targets) > 1
    said = " ".join(pages[: len(pages) - len(sheet.targets) - 1])
    assert "1 January 2025 to 31 December 2025 (365 days)" in said
    assert "Which places in districts will hold the most" in said
    for target in sheet.targets:
        assert f"{target['harm']:,.0f}" in said
        assert f"{target['harm_share']:.1%}" in said
    last = pages[-1]
    for fact in (cells, "cchi-2026-police-uk", sheet.run.software_version, "data version", "seed"):
        assert fact in last
    for number, page in enumerate(pages, 1):
        assert f"page {number} of {len(pages)}" in page
        assert f"Run {cells} " in page


def test_each_target_has_its_section_in_order_of_rank(town: Town, cells: str) -> None:
    sheet = sheet_of(town, cells)
    pages = texts(briefing.pdf(sheet))[-len(sheet.targets) - 1 : -1]
    for page, target in zip(pages, sheet.targets, strict=True):
        assert target["target_id"] in page
        assert target["note"][:60].split(" with ")[0] in page
        assert "What happens here" in page
        assert target["district"] in page


def test_one_target_is_printed_alone(town_client: TestClient, town: Town, cells: str) -> None:
    second = sheet_of(town, cells).targets[1]
    address = f"/api/v1/runs/{cells}/briefing"
    answer = town_client.get(address, params={"target": second["target_id"]})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert second["target_id"] in answer.headers["content-disposition"]
    pages = texts(answer.content)
    assert len(pages) == 2
    assert second["target_id"] in pages[0]
    assert "What this briefing rests on" in pages[1]


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("unit", ["cells", "segments", "polygons"])
def test_nothing_reaches_into_the_margins(
    town: Town, unit: str, paper: str, request: pytest.FixtureRequest
) -> None:
    printed = briefing.pdf(sheet_of(town, request.getfixturevalue(unit)), paper)
    assert_white_margins(printed)
    opened = pypdfium2.PdfDocument(printed)
    wide, high = opened[0].get_size()
    wanted = {"a4": (210, 297), "letter": (215.9, 279.4)}[paper]
    assert (wide * 25.4 / 72, high * 25.4 / 72) == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize("number", [1, 30])
def test_any_number_of_targets_has_room(town: Town, cells: str, number: int) -> None:
    made = remade(town, cells, number, series=SERIES)
    printed = briefing.pdf(sheet_of(town, made))
    pages = texts(printed)
    assert_white_margins(printed)
    sections = pages[-number - 1 : -1]
    assert all(f"Place {rank}" in page for rank, page in enumerate(sections, 1))
    assert all("Incidents by week" in page for page in sections)
    front = " ".join(pages[: -number - 1])
    assert all(f"Place {rank} " in front for rank in range(1, number + 1))


def test_long_labels_and_unbroken_words_are_wrapped(town: Town, cells: str) -> None:
    made = remade(town, cells, 3, label=LONG, district=LONG, note=LONG * 3)
    printed = briefing.pdf(sheet_of(town, made))
    assert_white_margins(printed)
    assert_rows_apart(printed, 3)


def test_rows_of_the_table_do_not_cover_each_other(town: Town, cells: str) -> None:
    assert_rows_apart(briefing.pdf(sheet_of(town, remade(town, cells, 9))), 9)


def assert_rows_apart(document: bytes, number: int) -> None:
    """Check that no two letters of the pages with the table lie over each other."""
    opened = pypdfium2.PdfDocument(document)
    for at in range(len(opened) - number - 1):
        page = opened[at].get_textpage()
        boxes, letters = [], []
        for letter in range(page.count_chars()):
            if page.get_text_range(letter, 1).strip():
                left, bottom, right, top = page.get_charbox(letter)
                if right > left and top > bottom:
                    boxes.append(shapely.box(left, bottom, right, top))
                    letters.append(page.get_text_range(letter, 1))
        assert len(boxes) > 100
        shapes = np.array(boxes, dtype=object)
        first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        over = shapely.area(shapely.intersection(shapes[first], shapes[second]))
        smaller = np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second]))
        covered = (first < second) & (over > 0.3 * smaller)
        pairs = [
            letters[a] + letters[b] for a, b in zip(first[covered], second[covered], strict=True)
        ]
        assert not pairs, f"page {at + 1}: letters lie over each other"
    opened.close()


def test_hostile_names_are_text_and_load_nothing(town: Town, cells: str) -> None:
    evil = f'<img src="file:///etc/passwd"><script>x</script>{HOSTILE}'
    pages = texts(briefing.pdf(sheet_of(town, remade(town, cells, 1, label=evil))))
    assert "file:///etc/passwd" in pages[-2]
    assert "root:" not in " ".join(pages)


def test_run_without_targets_prints_why(town: Town, cells: str) -> None:
    printed = briefing.pdf(sheet_of(town, remade(town, cells, 0)))
    pages = texts(printed)
    assert len(pages) == 2
    assert "No target among" in pages[0]
    assert "chance can explain the pattern" in pages[0]
    assert_white_margins(printed)


def test_unknown_hours_trend_and_series_are_said_to_be_unknown(town: Town, cells: str) -> None:
    made = remade(town, cells, 1, peak=None, peak_reason="hours_unknown", trend=None, series=None)
    page = texts(briefing.pdf(sheet_of(town, made)))[-2]
    assert "The hour of most incidents is not known." in page
    assert page.count("not known") == 3
    assert "stored without a series" in page


def test_what_has_no_clear_peak_is_said_to_have_none(town: Town, cells: str) -> None:
    made = remade(town, cells, 1, peak=None, peak_reason="no_clear_peak")
    page = texts(briefing.pdf(sheet_of(town, made)))[-2]
    assert "No clear peak: no two hours of the week hold more of its harm" in page
    assert "no clear peak" in page


def test_few_timed_incidents_are_not_told_hour_by_hour(town: Town, cells: str) -> None:
    hourly = [0] * 168
    hourly[5] = 4
    peak = {"incidents": 4, "hour_of_week": hourly, "windows": []}
    page = texts(briefing.pdf(sheet_of(town, remade(town, cells, 1, peak=peak))))[-2]
    assert "too few to show hour by hour" in page
    assert "Framed" not in page


def test_target_that_one_incident_makes_is_marked(town: Town, cells: str) -> None:
    pages = texts(briefing.pdf(sheet_of(town, remade(town, cells, 1, dominance=0.93))))
    assert "A single incident makes up 93% of its harm." in pages[-2]


def test_briefing_names_no_incident_and_no_member(town: Town, cells: str) -> None:
    sheet = sheet_of(town, cells)
    said = " ".join(texts(briefing.pdf(sheet)))
    assert not re.search(r"\bi\d{1,4}\b", said)  # the external ids of the town's incidents
    assert not any(member in said for target in sheet.targets for member in target["members"])


def test_classes_differ_in_grey(town: Town) -> None:
    grey = {}
    for one in CLASSES:
        if one.name == "not_significant":
            continue
        fill = re.findall(r'fill="(#[0-9a-f]{6})"', symbols.swatch("class", one.name))[0]
        red, green, blue = (int(fill[at : at + 2], 16) for at in (1, 3, 5))
        grey[one.name] = 0.299 * red + 0.587 * green + 0.114 * blue
        hatched = symbols.swatch("class", one.name).count("<path") > 1
        assert hatched == one.name.startswith("cold")
    hot = [grey[f"hot_{level}"] for level in (99, 95, 90)]
    assert min(np.diff(hot)) > 40


def test_map_in_grey_shows_the_class_of_a_hot_cell_darker_than_the_ground(
    town: Town, cells: str
) -> None:
    page = np.asarray(pictures(briefing.pdf(sheet_of(town, cells)), scale=2.0)[-2])
    shades = np.bincount(page.ravel(), minlength=256)
    swatches = [shade for shade in range(90, 235) if shades[shade] > 300]
    assert swatches, "no area of the map is shaded"


def test_pins_never_overlap_and_stay_on_the_map() -> None:
    random = np.random.default_rng(5)
    spots = random.normal((90, 50), 6, (60, 2)).tolist()
    points = [(rank, x, y) for rank, (x, y) in enumerate(spots, 1)]
    placed = pins.place_pins(points, maps.PIN_MM, 180.0, 100.0)
    assert len(placed) == 60
    at = np.array([(pin.x, pin.y) for pin in placed])
    apart = np.hypot(*(at[:, None] - at[None, :]).transpose(2, 0, 1)) + np.eye(60) * 99
    assert apart.min() >= 2 * maps.PIN_MM
    assert at.min() >= maps.PIN_MM
    assert (at <= np.array([180, 100]) - maps.PIN_MM).all()


def test_names_of_streets_stand_on_the_close_ups(town: Town, segments: str) -> None:
    sheet = sheet_of(town, segments)
    page = texts(briefing.pdf(replace(sheet, chosen=0)))[0]
    assert "Straße & Söhne" in page


def test_same_run_gives_the_same_bytes(town: Town, cells: str) -> None:
    one, again = sheet_of(town, cells), sheet_of(town, cells)
    assert briefing.pdf(one) == briefing.pdf(again)
    first = replace(one, chosen=0)
    assert briefing.png(first) == briefing.png(replace(again, chosen=0))


@pytest.mark.parametrize("label", ["Mill Lane", LONG])
def test_slide_is_one_full_picture(town: Town, cells: str, label: str) -> None:
    note = "A sentence of usual length about this place. " * (3 if label == "Mill Lane" else 12)
    made = remade(town, cells, 2, label=label, note=note, series=SERIES, dominance=0.9)
    picture = Image.open(io.BytesIO(briefing.png(replace(sheet_of(town, made), chosen=1))))
    assert picture.size == (1920, 1080)
    grey = np.asarray(picture.convert("L")) < 250
    assert grey[60:-80, 60:-60].any()
    grey[30:-24, 40:-40] = False
    assert not grey.any()


def test_slide_is_served_as_png(town_client: TestClient, town: Town, cells: str) -> None:
    first = sheet_of(town, cells).targets[0]["target_id"]
    answer = town_client.get(f"/api/v1/runs/{cells}/briefing/targets/{first}.png")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (1920, 1080)


def test_client_that_has_the_briefing_is_not_sent_it_again(
    town_client: TestClient, segments: str
) -> None:
    run = f"/api/v1/runs/{segments}"
    first = town_client.get(f"{run}/targets").json()["features"][0]["properties"]["target_id"]
    address = f"{run}/briefing?target={first}"
    tag = town_client.get(address).headers["etag"]
    again = town_client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = town_client.get(f"{address}&paper=letter", headers={"If-None-Match": tag})
    assert other.status_code == 200


def test_unknown_run_and_target_are_problems(town_client: TestClient, cells: str) -> None:
    unknown = town_client.get(f"/api/v1/runs/{'0' * 24}/briefing")
    assert unknown.status_code == 404
    assert unknown.headers["content-type"] == "application/problem+json"
    for address in ("briefing?target=t-no", "briefing/targets/t-no.png"):
        answer = town_client.get(f"/api/v1/runs/{cells}/{address}")
        assert answer.status_code == 404
        assert "has no target t-no" in answer.json()["detail"]
    assert town_client.get(f"/api/v1/runs/{cells}/briefing?paper=a0").status_code == 422


def test_run_of_another_process_is_printed_with_its_figures_and_has_no_target(
    town_client: TestClient, town: Town
) -> None:
    other = town.run("concentration", resolution=9, study_area="districts")
    printed = " ".join(texts(town_client.get(f"/api/v1/runs/{other}/briefing").content))
    assert "How few places in districts hold how much of the harm?" in printed
    assert "How few hold how much" in printed
    assert "Share of the cells" in printed  # along the axis of the curve
    for address in ("briefing?target=t-1", "briefing/targets/t-1.png"):
        answer = town_client.get(f"/api/v1/runs/{other}/{address}")
        assert answer.status_code == 422
        assert "Run the process targets" in answer.json()["detail"]


def test_service_answers_while_a_briefing_is_printed(
    town: Town, cells: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = remade(town, cells, 12)
    begun, answered = threading.Event(), threading.Event()
    pdf = briefing.pdf

    def watched(*of: Any) -> bytes:
        begun.set()
        printed = pdf(*of)
        assert answered.wait(PATIENCE_S)
        return printed

    monkeypatch.setattr(briefing, "pdf", watched)

    async def ask() -> list[str]:
        app = create_app(Settings(worker="none"), town.tenant.database)
        transport = httpx2.ASGITransport(app=app)
        finished: list[str] = []
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(
                transport=transport, base_url="http://test", timeout=PATIENCE_S
            ) as client,
        ):

            async def get(name: str, address: str) -> None:
                answer = await client.get(address)
                assert answer.status_code == 200
                finished.append(name)

            printing = asyncio.create_task(get("briefing", f"/api/v1/runs/{made}/briefing"))
            assert await asyncio.to_thread(begun.wait, PATIENCE_S)
            for _ in range(3):
                await get("health", "/healthz")
            answered.set()
            await printing
        return finished

    assert coroutines.run(ask()) == ["health", "health", "health", "briefing"]


def test_command_writes_pdf_and_pictures(
    town: Town, segments: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = town.tenant.database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("HARMSPOT_DATABASE_URL", url)
    first = sheet_of(town, segments).targets[0]["target_id"]
    output, folder = tmp_path / "b.pdf", tmp_path / "slides"
    asked = ["briefing", segments, "-o", str(output), "--png", str(folder), "--target", first]
    answer = CliRunner().invoke(command, asked)
    assert answer.exit_code == 0, answer.output
    assert len(texts(output.read_bytes())) == 2
    assert [file.name for file in folder.iterdir()] == [f"001-{first}.png"]


def test_large_network_is_drawn_small_and_whole(tenant: Tenant) -> None:
    city = synthetic.city(seed=1)
    rows = synthetic.raw_table(city).to_csv(index=False).encode()
    sample_city.load(tenant, city, rows, Console(file=io.StringIO()))
    run = sample_city.analyse(
        tenant,
        "targets",
        sample_city.QUESTION | {"unit": "segment", "top": 3},
        Console(file=io.StringIO()),
    )
    with tenant.unit_of_work() as (session, agency):
        sheet = briefing.read(session, agency, runs.find(session, agency, run.id))
    assert len(sheet.ground.streets) > 9_000
    printed = briefing.pdf(sheet)
    assert len(printed) < 2_000_000
    assert len(texts(printed)) == 3 + 2
