"""Networks of one line for each street space: loaded, stored, snapped to, told."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from service.analyses.study.units.segments import SegmentUnits
from service.cli.app import app
from service.settings import get_settings
from service.store.repository import streets as stored_streets
from service.vector import street_reports, streets
from spatial.errors import InvalidInputError
from tests.api.places import answer, store

ZONE, AT = 32630, (700_000, 5_710_000)


def line(*xy: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(np.add(xy, AT))


def town() -> gpd.GeoDataFrame:
    """Return a dual carriageway of 400 m between two streets, and some streets around."""
    ways = [
        ("west", "Long Road", "primary", line((-300, 0), (0, 0))),
        ("up", "Long Road", "primary", line((0, 0), (20, 8), (380, 8), (400, 0))),
        ("down", "Long Road", "primary", line((0, 0), (20, -8), (380, -8), (400, 0))),
        ("east", "Long Road", "primary", line((400, 0), (700, 0))),
        ("north", "Mill Lane", "residential", line((0, 0), (0, 300))),
        ("south", "Church Lane", "residential", line((400, 0), (400, -300))),
    ]
    ids, names, classes, shapes = zip(*ways, strict=True)
    return gpd.GeoDataFrame(
        {"id": ids, "name": names, "highway": classes}, geometry=list(shapes), crs=ZONE
    )


@pytest.fixture
def loaded(tenant, tmp_path):
    file = tmp_path / "roads.gpkg"
    town().to_file(file)
    with tenant.unit_of_work() as (session, agency):
        streets.load_file(session, agency, file, "plain")
        made = streets.load_file(session, agency, file, "walked", simplify=True)
    return tenant, made, file


def test_the_report_tells_what_the_network_was_and_is(loaded):
    _, made, _ = loaded
    report = made.report["simplified"]
    assert (made.segments, report["before"]["lines"], report["after"]["lines"]) == (5, 6, 5)
    assert report["before"] | {"length_km": 0} == {
        "lines": 6, "length_km": 0, "junctions": 2, "components": 1,
    }  # fmt: skip
    assert (report["merged"], report["merged_ways"]) == (1, 2)
    told = "\n".join(street_reports.in_words(made.report))
    assert "of these classes: all that are streets" in told
    assert "before: 6 lines, 2.0 km, 2 junctions, 1 part that nothing links" in told
    assert "lines that stand for ways side by side: 1 for 2 ways (Long Road (down, up))" in told


def test_harm_of_both_carriageways_is_the_harm_of_one_street(loaded):
    tenant, _, _ = loaded
    places = [(x, y) for y in (11, -12) for x in range(40, 361, 20)] + [(-100, 3), (0, 100)] * 4
    points = gpd.GeoSeries(shapely.points(np.add(places, AT)), crs=ZONE)
    store(tenant, points)
    lonlat = points.to_crs(4326)
    incidents = pd.DataFrame({"longitude": lonlat.x, "latitude": lonlat.y})
    of_units = {}
    for network in ("plain", "walked"):
        _, document = answer(tenant, "concentration", unit="segment", network=network)
        assert document["incidents"]["used"] == 42
        # Metres from the way, which is 3 or 4 m off, and not from the line that stands for it.
        assert document["snapping"]["distance_m"]["1"] == pytest.approx(4, abs=0.1)
        with tenant.unit_of_work() as (session, agency):
            found = stored_streets.find(session, agency, network)
            segments = stored_streets.segments_of(session, found)
            sources = stored_streets.sources_of(session, found)
        units = SegmentUnits.of(found, segments, None, 50, sources)
        counts = np.bincount(units.place(incidents).position, minlength=len(units))
        of_units[network] = sorted(counts[counts > 0].tolist())
    assert of_units["plain"] == [4, 4, 17, 17]
    assert of_units["walked"] == [4, 4, 34]


def test_the_same_file_changes_nothing_and_the_option_makes_another_network(loaded):
    tenant, made, file = loaded
    with tenant.unit_of_work() as (session, agency):
        again = streets.load_file(session, agency, file, "walked", simplify=True)
        assert (again.version, again.stored) == (made.version, False)
        plain = streets.load_file(session, agency, file, "walked")
        assert (plain.version, plain.stored) == (2, True)
        assert "simplified" not in plain.report
        assert (
            stored_streets.sources_of(session, stored_streets.find(session, agency, "plain"))
            is None
        )


def test_the_lines_say_which_ways_they_stand_for(loaded):
    tenant, _, _ = loaded
    with tenant.unit_of_work() as (session, agency):
        network = stored_streets.find(session, agency, "walked")
        told = [json.loads(one) for one in stored_streets.features(session, network)]
        sources = stored_streets.sources_of(session, network)
    by_name = sorted(
        one["properties"]["source_ids"] for one in told if one["properties"]["name"] == "Long Road"
    )
    assert by_name == [["down", "up"], ["east"], ["west"]]
    assert sources["segment_id"].tolist() == ["down", "east", "north", "south", "up", "west"]
    with tenant.unit_of_work() as (session, agency):
        plain = stored_streets.features(session, stored_streets.find(session, agency, "plain"))
    assert all(json.loads(one)["properties"]["source_ids"] is None for one in plain)


def test_classes_are_chosen_and_unknown_ones_refused(loaded):
    tenant, _, file = loaded
    with tenant.unit_of_work() as (session, agency):
        made = streets.load_file(
            session, agency, file, "some", simplify_classes=["residential, primary"]
        )
        assert made.report["simplified"]["classes"] == ["primary", "residential"]
        some = streets.load_file(session, agency, file, "some", simplify_classes=["residential"])
        assert some.report["simplified"]["merged"] == 0
        with pytest.raises(InvalidInputError, match="No line has the class primry"):
            streets.load_file(session, agency, file, "some", simplify_classes=["primry"])


def test_it_is_asked_for_over_http(loaded, client):
    _, made, file = loaded
    stored = client.put(
        "/api/v1/streets/walked",
        params={"simplify": "true"},
        files={"file": ("roads.gpkg", file.read_bytes())},
    )
    assert stored.status_code == 200, stored.text
    assert stored.json()["stored"] is False
    assert stored.json()["report"] == made.report


def test_the_command_simplifies_and_says_so(loaded, monkeypatch):
    tenant, _, file = loaded
    address = tenant.database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("HARMSPOT_DATABASE_URL", address)
    get_settings.cache_clear()
    options = ["--network", "again", "--simplify-classes", "primary,residential"]
    done = CliRunner().invoke(app, ["streets", "load", str(file), *options], env={"COLUMNS": "200"})
    get_settings.cache_clear()
    assert done.exit_code == 0, done.output
    assert "Network again, version 1: 5 segments, stored." in done.output
    assert "one line of each street space, of these classes: primary, residential" in done.output
    assert "after: 5 lines" in done.output
