"""Lists by expected harm, and what every list says of the places on it."""

import datetime as dt
import re

import pypdfium2
import pytest
from fastapi.testclient import TestClient

from service.http.app import create_app
from service.settings import Settings
from tests.api import published
from tests.api.commands import called

ASKED = {"strategy": "expected"}
RANKS = {
    "expected_harm", "expected_interval", "expected_low", "expected_high", "basis", "p_own",
    "p_without_worst", "q_own", "excess", "months_in_top",
}  # fmt: skip


@pytest.fixture(scope="module")
def town(databases):
    with (
        databases.empty() as made,
        TestClient(create_app(Settings(worker="none"), made)) as client,
    ):
        published.stock(client, "Corner")
        yield client


def targets(client, **changes) -> dict:
    question = {
        name: value for name, value in (published.QUESTION | ASKED | changes).items() if value
    }
    answer = client.get("/api/v1/targets", params=question)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_sheet_of_an_expected_list_says_what_chose_it_and_not_that_hot_spots_did(town):
    found = targets(town)
    sheet = town.get(f"/api/v1/runs/{found['run']['id']}/briefing").content
    pages = pypdfium2.PdfDocument(sheet)
    front, first = (
        re.sub(r"[\s\ufffe]+", " ", pages[at].get_textpage().get_text_range()) for at in (0, 1)
    )
    assert "Chosen by the harm that is expected next, at least 2 times the mean" in front
    assert "Evidence, beside the rank: own, beyond chance" in front
    assert "Not significant" not in front + first
    assert re.search(r"In the top 1 % of places in \d of 13 spans of four weeks; chance", first)
    last = pages[len(pages) - 1].get_textpage().get_text_range()
    assert "hot spots, told beside the list" in re.sub(r"[\s\ufffe]+", " ", last)


def test_a_target_says_what_is_expected_and_on_what_it_stands(town):
    found = targets(town)
    first = found["features"][0]["properties"]
    assert first.keys() >= RANKS
    assert first["expected_harm"] > 0
    low, high = first["expected_interval"]
    assert 0 <= low <= first["expected_harm"] <= high
    # As numbers of their own, for programs that read lists as text.
    assert [first["expected_low"], first["expected_high"]] == [low, high]
    assert first["basis"] in ("own", "both")
    assert max(first["p_own"], first["p_without_worst"], first["q_own"]) < 0.001
    assert first["excess"] > 10
    assert 1 <= first["months_in_top"] <= 2  # all of it in May
    assert "Expected harm" in first["note"]
    # The first step began before the first incident, and is left out with what it holds.
    assert re.search(r"in the next four weeks, from \d+ incidents in 32 weeks", first["note"])
    assert "beyond chance also without its worst incident" in first["note"]
    assert found["run"]["horizon"]["from"] == "2025-01-01"
    assert found["run"]["horizon"]["to"] == "2025-01-28"
    assert found["run"]["horizon"]["history"]["steps"] == 8
    tested = found["run"]["inference"]["own_excess"]
    assert tested["share_rounded_up"] <= 0.01
    assert tested["weights_rounded_to"] is None


def test_units_say_it_too_and_their_expectation_is_that_of_their_target(town):
    found = targets(town)
    run = found["run"]["id"]
    units = town.get(f"/api/v1/runs/{run}/scores").json()["features"]
    expected = {one["id"]: one["properties"]["expected_harm"] for one in units}
    assert len(expected) == len(units)
    assert all(one["properties"].keys() >= RANKS for one in units)
    for target in found["features"]:
        own = [expected[member] for member in target["properties"]["members"]]
        assert target["properties"]["expected_harm"] == pytest.approx(sum(own), abs=1e-3)
    order = [one["properties"]["expected_harm"] for one in found["features"]]
    assert order == sorted(order, reverse=True)
    chosen = {member for one in found["features"] for member in one["properties"]["members"]}
    told = {one["id"] for one in units if one["properties"]["expected_interval"] is not None}
    for unit in (one["properties"] for one in units):
        ends = [unit["expected_low"], unit["expected_high"]]
        assert ends == (unit["expected_interval"] or [None, None])
    assert told == chosen


def test_significant_is_read_as_hot_spot_and_meets_the_same_run(town):
    old, new = (targets(town, strategy=name)["run"] for name in ("significant", "hot-spot"))
    assert old["id"] == new["id"]
    assert old["parameters"]["strategy"] == "hot-spot"


def test_what_must_stand_behind_a_place_leaves_out_what_chance_can_explain(town):
    every = targets(town, min_excess=0.01, top=500)["features"]
    beyond = targets(town, min_excess=0.01, top=500, require="without-worst")["features"]
    assert "none" in {one["properties"]["basis"] for one in every}
    assert {one["properties"]["basis"] for one in beyond} <= {"own", "both"}
    assert 0 < len(beyond) < len(every)


def test_areas_that_are_left_out_hold_no_target_and_an_empty_list_says_why(town):
    corner = {"type": "Feature", "properties": {"name": "Corner"}, "geometry": {
        "type": "Polygon",
        "coordinates": [[[-0.09, 51.505], [-0.06, 51.505], [-0.06, 51.53], [-0.09, 51.53],
                         [-0.09, 51.505]]],
    }}  # fmt: skip
    layer = {"type": "FeatureCollection", "features": [corner]}
    assert town.put("/api/v1/boundaries/corner", json=layer).status_code == 200
    with_it = targets(town)["features"]
    without = targets(town, exclude="corner")
    assert with_it
    assert without["run"]["references"]["exclude"]["name"] == "corner"
    members = {unit for one in without["features"] for unit in one["properties"]["members"]}
    assert not members & set(with_it[0]["properties"]["members"])
    none = targets(town, exclude="square")
    assert none["features"] == []
    assert "lie in areas of square" in none["run"]["message"]
    assert (
        town.get("/api/v1/targets", params=published.QUESTION | {"exclude": "nowhere"}).status_code
        == 404
    )


def test_no_unit_above_the_threshold_says_that_harm_does_not_concentrate(town):
    found = targets(town, min_excess=100_000)
    assert found["features"] == []
    assert "harm does not concentrate here" in found["run"]["message"]


def test_a_history_of_no_whole_step_lists_nothing_and_says_so(town):
    found = targets(town, **{"from": "2024-05-01", "to": "2024-05-10"})
    assert found["features"] == []
    assert "do not fill one whole step" in found["run"]["message"]
    ranked = targets(town, strategy="top", **{"from": "2024-05-01", "to": "2024-05-10"})
    first = ranked["features"][0]["properties"]
    assert first["expected_harm"] is None
    assert "Expected harm" not in first["note"]


def test_a_window_that_ends_in_the_future_says_how_old_the_newest_incident_is(town):
    ahead = dt.date.today() + dt.timedelta(days=400)
    found = targets(town, **{"from": "2024-01-01", "to": ahead.isoformat()})
    assert any("The newest incident is of 2024-06-01" in one for one in found["run"]["warnings"])


def test_years_before_the_window_count_and_a_place_without_an_incident_in_it_can_be_listed(town):
    """Its first day does not cut what is known: the corner is quiet in the window."""
    found = targets(town, **{"from": "2024-06-01", "to": "2024-06-30"})
    first = found["features"][0]["properties"]
    assert first["count"] < 3
    assert re.search(r"from \d\d incidents in \d weeks", first["note"])
    assert first["basis"] == "none"
    assert "chance can explain" in first["note"]


def test_the_first_day_of_the_window_changes_what_is_described_and_no_rank(town):
    first, later = (targets(town, **{"from": day}) for day in ("2024-01-01", "2024-05-15"))
    ranks, again = (
        [[one["properties"][name] for name in ("target_id", "expected_harm")]
         for one in found["features"]]
        for found in (first, later)
    )  # fmt: skip
    assert ranks == again
    assert first["run"]["id"] != later["run"]["id"]
    counts = [[one["properties"]["count"] for one in each["features"]] for each in (first, later)]
    assert counts[0] != counts[1]
    assert first["run"]["horizon"]["ranked_by"] == "history"
    assert targets(town, strategy="top")["run"]["horizon"]["ranked_by"] == "window"


def test_it_is_said_wherever_it_is_asked_and_shown_that_the_window_only_describes(town):
    said = "The window itself only describes these targets: its first day changes no rank"
    asked = town.get("/openapi.json").json()["paths"]["/api/v1/targets"]["get"]["parameters"]
    (strategy,) = (one for one in asked if one["name"] == "strategy")
    assert said in strategy["description"]
    helped = " ".join(
        re.sub(r"[│╭╰─]", " ", called("targets", "--help", settings={}).stdout).split()
    )
    assert said in helped
    for require, more in (("none", "describes them"), ("beyond-chance", "meet what is required")):
        run = targets(town, require=require)["run"]["id"]
        page = " ".join(town.get(f"/runs/{run}").text.split())
        assert "what is expected, from all incidents up to 2024-12-31" in page
        assert more in page


def test_incidents_counted_alike_are_ranked_by_what_is_expected_of_them(town):
    found = targets(town, value="count", index="count")
    order = [one["properties"]["expected_harm"] for one in found["features"]]
    assert order == sorted(order, reverse=True)


def test_without_a_study_area_the_run_says_what_chance_is_taken_to_do(town):
    found = targets(town, study_area=None)
    assert any("nothing tells how much of it each unit" in one for one in found["run"]["warnings"])


def test_an_index_without_families_takes_each_code_for_its_own(town):
    put = town.put(
        "/api/v1/harm-indexes/own", params={"version": "1", "title": "Own", "unit": "points"},
        content=b"offence_code,weight\nrobbery,10\ntheft,1\n",
    )  # fmt: skip
    assert put.status_code in (200, 201), put.text
    assert targets(town, index="own")["features"][0]["properties"]["expected_harm"] > 0


def test_families_of_the_index_lend_strength_and_any_offence_lends_it_to_all_without_a_line(town):
    files = {
        "own": "robbery,1,\ntheft,1,\n",
        "kin": "robbery,1,all\ntheft,1,all\n",
        "any": "*,1,all\n",
        "some": "robbery,1,\n*,1,all\n",
    }
    expected = {}
    for name, lines in files.items():
        file = "offence_code,weight,family\n" + lines
        assert (
            town.put(f"/api/v1/harm-indexes/for-{name}?version=1", content=file).status_code == 200
        )
        found = targets(town, index=f"for-{name}")["features"]
        expected[name] = [one["properties"]["expected_harm"] for one in found]
    assert expected["any"] == expected["kin"] != expected["own"]
    assert expected["some"] == expected["own"]


@pytest.mark.parametrize("process", ["targets", "backtest", "getis-ord"])
@pytest.mark.parametrize(
    ("end", "beyond", "last"),
    [
        ("from", ("0001-01-01", "1899-12-31"), "1900-01-01"),
        ("to", ("9999-12-31", "2101-01-01"), "2100-12-31"),
    ],
)
def test_a_window_that_no_incident_can_be_in_is_refused(town, process, end, beyond, last):
    for day in beyond:
        question = published.QUESTION | {end: day}
        answer = town.get(f"/api/v1/{process}", params=question)
        assert answer.status_code == 422, answer.text
        assert f"{end} ({day})" in answer.json()["detail"]
    assert targets(town, **{end: last})["run"]["window"][end] == last
