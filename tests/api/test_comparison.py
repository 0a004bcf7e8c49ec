"""Two runs of targets compared over HTTP: who is new, gone or moved, and what is refused."""

import csv
import io

import pandas as pd
import pytest

from tests.api import published
from tests.api.layers import raw

EARLIER = {"from": "2024-01-01", "to": "2024-03-31"}
LATER = {"from": "2024-04-01", "to": "2024-06-30"}
CORNERS = {
    "A": (-0.095, 51.504),
    "B": (-0.08, 51.515),
    "C": (-0.065, 51.526),
    "D": (-0.095, 51.526),
}
MANY = {"A": (30, 20), "B": (20, 60), "C": (25, 2), "D": (2, 40)}
"""Incidents at each place in both windows; two are too few for a target."""

FAR = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "East"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[-0.088, 51.5], [-0.06, 51.5], [-0.06, 51.53], [-0.088, 51.53], [-0.088, 51.5]]
                ],
            },
        }
    ],
}


@pytest.fixture
def city(client):
    """The square with four places, of which each has its own story."""
    for layer, areas in (("square", published.SQUARE), ("east", FAR)):
        assert client.put(f"/api/v1/boundaries/{layer}", json=areas).status_code == 200
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(
        ["external_id", "offence_code", "occurred_from", "longitude", "latitude", "location_text"]
    )
    for place, windows in MANY.items():
        for start, many in zip(("2024-01-05", "2024-04-05"), windows, strict=True):
            for at in range(many):
                moment = pd.Timestamp(f"{start}T12:00Z") + pd.Timedelta(days=at)
                table.writerow(
                    [f"{place}{start}{at}", "robbery", moment.isoformat(), *CORNERS[place], place]
                )
    answer = client.post(
        "/api/v1/incidents/batches?profile=generic", content=written.getvalue().encode()
    )
    assert answer.json()["accepted"] == sum(map(sum, MANY.values()))
    return client


def run(client, **question):
    return published.run(client, **{"strategy": "top", **question})


def compared(client, later, earlier):
    answer = client.get(f"/api/v1/runs/{later}/comparison", params={"with": earlier})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    return answer.json()


def test_places_are_new_gone_or_moved_with_what_they_held_in_both_windows(city):
    earlier, later = run(city, **EARLIER), run(city, **LATER)
    found = compared(city, later, earlier)
    told = {one["properties"]["label"]: one["properties"] for one in found["features"]}
    seen = {
        name: (one["status"], one["rank_before"], one["rank"], one["count_before"], one["count"])
        for name, one in told.items()
    }
    assert seen == {
        "B": ("up", 3, 1, 20, 60),
        "D": ("new", None, 2, 2, 40),
        "A": ("down", 1, 3, 30, 20),
        "C": ("left", 2, None, 25, 2),
    }
    assert list(told) == ["B", "D", "A", "C"]
    assert found["summary"] == {
        "new": 1, "gone": 0, "left": 1, "up": 1, "down": 1, "same": 0, "merged": 0, "split": 0
    }  # fmt: skip
    assert found["sentence"] == (
        "1 new, 1 not listed now, 1 moved up, 1 moved down. By the day: 1 fallen beyond "
        "chance, 2 risen beyond chance, 1 with too little data to tell."
    )
    (caution,) = found["cautions"]
    assert "chance that does not come again" in caution
    assert (found["run"]["id"], found["earlier"]["id"]) == (later, earlier)
    assert told["B"]["harm_change"] == 40
    assert told["B"]["count_ratio"]["ratio"] == 3
    assert told["B"]["count_ratio"]["interval"][0] > 1
    assert "Up from rank 3 to 1. Incidents a day on these units: more" in told["B"]["note"]
    assert "too little data to tell a change" in told["A"]["note"]
    assert told["C"]["note"].startswith("Not listed now: it was at rank 2.")
    assert {name: one["change"] for name, one in told.items()} == {
        "A": "too_little_data", "B": "risen", "C": "fallen", "D": "risen"
    }  # fmt: skip
    shapes = {one["id"]: one["geometry"] for one in found["features"]}
    gone = told["C"]["target_id_before"]
    before = city.get(f"/api/v1/runs/{earlier}/targets").json()["features"]
    assert shapes[gone] == next(one["geometry"] for one in before if one["id"] == gone)


def listed(client, run_id):
    targets = client.get(f"/api/v1/runs/{run_id}/targets").json()["features"]
    return {one["id"]: one["properties"] for one in targets}


def test_a_place_is_gone_only_where_nothing_is_left_beyond_chance(city):
    """A shorter window finds fewer places; that one does is no news of the place."""
    earlier = run(city, **EARLIER)
    week = run(city, **{"from": "2024-04-01", "to": "2024-04-06"}, strategy="significant")
    found = compared(city, week, earlier)
    told = {one["properties"]["label"]: one["properties"] for one in found["features"]}
    assert {one["status"] for one in told.values()} == {"left"}
    assert {name: (one["count"], one["change"]) for name, one in told.items()} == {
        "A": (2, "too_little_data"), "B": (2, "too_little_data"), "C": (2, "too_little_data"),
    }  # fmt: skip
    assert any("may leave the list for that alone" in one for one in found["cautions"])


def test_a_place_of_which_nothing_is_left_is_gone(city):
    at_c = [f"{CORNERS['B'][0]},{CORNERS['B'][1]}"]
    rows = [f"later{at},robbery,2024-08-{at % 28 + 1:02d}T12:00Z,{at_c[0]},B" for at in range(30)]
    content = "external_id,offence_code,occurred_from,longitude,latitude,location_text\n"
    city.post(
        "/api/v1/incidents/batches?profile=generic", content=(content + "\n".join(rows)).encode()
    )
    summer = run(city, **{"from": "2024-07-01", "to": "2024-09-30"})
    found = compared(city, summer, run(city, **LATER))
    told = {one["properties"]["label"]: one["properties"] for one in found["features"]}
    assert (told["D"]["status"], told["D"]["change"], told["D"]["count"]) == ("gone", "gone", 0)
    assert told["D"]["note"].startswith("Gone: it was at rank 2, and nothing is left.")
    assert (told["B"]["status"], told["B"]["change"]) == ("same", "fallen")
    assert found["summary"]["gone"] == 2


def test_numbers_are_those_of_the_lists_and_changes_are_by_the_day(city):
    earlier, later = run(city, **EARLIER), run(city, **LATER | {"to": "2024-04-30"})
    found = compared(city, later, earlier)
    before, now = listed(city, earlier), listed(city, later)
    for feature in found["features"]:
        one = feature["properties"]
        if one["target_id"] is not None:
            assert (one["count"], one["harm"]) == tuple(
                now[one["target_id"]][name] for name in ("count", "harm")
            )
            assert one["harm_per_day"] == pytest.approx(one["harm"] / 30, abs=1e-4)
        if one["target_id_before"] is not None:
            assert (one["count_before"], one["harm_before"]) == tuple(
                before[one["target_id_before"]][name] for name in ("count", "harm")
            )
            assert one["count_per_day_before"] == pytest.approx(one["count_before"] / 91, abs=1e-4)
        # Totals of windows of different length are no change.
        assert one["harm_change"] is None
        assert one["harm_ratio"] == one["count_ratio"]  # every incident weighs 1
        on = one["compared_on"]
        assert one["count_ratio"]["ratio"] in (
            None,
            pytest.approx(on["count"] / 30 / (on["count_before"] / 91), abs=1e-4),
        )


def test_a_run_compared_with_itself_has_not_changed(city):
    same = run(city, **LATER)
    found = compared(city, same, same)
    assert {one["properties"]["status"] for one in found["features"]} == {"same"}
    assert {one["properties"]["overlap"] for one in found["features"]} == {1.0}
    assert {one["properties"]["harm_change"] for one in found["features"]} == {0.0}
    assert {one["properties"]["count_ratio"] for one in found["features"]} == {None}
    assert any("overlap" in one for one in found["cautions"])


def test_other_indexes_and_offences_leave_ranks_alone_to_be_compared(city):
    earlier = run(city, **EARLIER, index="cchi-2026-police-uk")
    found = compared(city, run(city, **LATER), earlier)
    assert "only ranks" in found["cautions"][0]
    for one in found["features"]:
        assert one["properties"]["harm_change"] is None
        assert one["properties"]["count_ratio"] is None
    earlier = run(city, **EARLIER, offences=["robbery"])
    assert "differ in offences" in compared(city, run(city, **LATER), earlier)["cautions"][0]


def test_a_place_that_was_not_studied_has_no_number_there(city):
    earlier = run(city, **EARLIER, study_area="east")
    found = compared(city, run(city, **LATER), earlier)
    told = {one["properties"]["label"]: one["properties"] for one in found["features"]}
    assert any("study areas differ" in one for one in found["cautions"])
    assert (told["D"]["status"], told["D"]["count_before"], told["D"]["harm_before"]) == (
        "new", None, None,
    )  # fmt: skip
    assert told["D"]["count_ratio"] is None
    assert told["B"]["count_before"] == 20


def test_without_a_study_area_a_place_that_was_not_seen_held_nothing(city):
    asked = published.QUESTION | {"from": "2024-01-25", "to": "2024-01-31", "strategy": "top"}
    del asked["study_area"]
    earlier = city.get("/api/v1/targets", params=asked).json()["run"]["id"]
    found = compared(city, run(city, **LATER), earlier)["features"]
    told = {one["properties"]["label"]: one["properties"]["count_before"] for one in found}
    assert told == {"A": 7, "B": 0, "C": 5, "D": 0}


def test_runs_without_common_places_or_without_targets_are_refused(city):
    targets = run(city, **LATER)
    for other, says in (
        (run(city, **LATER, resolution=8), "resolution 8"),
        (published.run(city, "concentration", **LATER), "process concentration"),
        ("f" * 24, "There is no run"),
    ):
        for pair in ((targets, other), (other, targets)):
            answer = city.get(f"/api/v1/runs/{pair[0]}/comparison", params={"with": pair[1]})
            assert answer.status_code in (404, 422)
            assert answer.headers["content-type"] == "application/problem+json"
            assert says in answer.json()["detail"]
    answer = city.get(f"/api/v1/runs/{targets}/comparison")
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "query.with")


def test_a_comparison_is_tagged_and_not_sent_again(city):
    later, earlier = run(city, **LATER), run(city, **EARLIER)
    url = f"/api/v1/runs/{later}/comparison?with={earlier}"
    first, body = raw(city, url)
    assert first.status_code == 200
    assert body
    again, nothing = raw(city, url, If_None_Match=first.headers["etag"])
    assert (again.status_code, nothing) == (304, b"")
    other, _ = raw(city, f"/api/v1/runs/{later}/comparison?with={later}")
    assert other.headers["etag"] != first.headers["etag"]
