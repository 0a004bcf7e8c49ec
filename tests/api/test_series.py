"""The series of a target: what it sums to, and how far it goes back."""

import csv
import io
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from tests.api import published

START, END = "2024-05-06", "2024-07-28"  # twelve whole weeks
FIRST = pd.Timestamp("2023-11-01T12:00Z")


def fill(client, precision="exact"):
    """Store the square and three incidents a day at its corner, from November 2023 to July 2024."""
    assert client.put("/api/v1/boundaries/square", json=published.SQUARE).status_code == 200
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(
        ["external_id", "offence_code", "occurred_from", "occurred_to", "time_precision",
         "longitude", "latitude"]
    )  # fmt: skip
    random = np.random.default_rng(4)
    for at in range(3 * 271):
        moment = FIRST + pd.Timedelta(days=at // 3)
        last = moment
        if precision == "month":
            moment = moment.replace(day=1, hour=0)
            last = moment + pd.DateOffset(months=1) - pd.Timedelta(seconds=1)
        x, y = random.integers(0, 2, 2)
        table.writerow(
            [f"i{at}", random.choice(["robbery", "theft"]), moment.isoformat(), last.isoformat(),
             precision, -0.08 + x / 333, 51.515 + y / 500]
        )  # fmt: skip
    report = client.post(
        "/api/v1/incidents/batches?profile=generic", content=written.getvalue().encode()
    ).json()
    assert report["accepted"] == 3 * 271, report


def targets(client, **changes):
    asked = published.QUESTION | {"from": START, "to": END, "strategy": "top", **changes}
    answer = client.get("/api/v1/targets", params=asked)
    assert answer.status_code == 200, answer.text
    found = [one["properties"] for one in answer.json()["features"]]
    assert found
    return found


def test_the_weeks_of_the_window_sum_to_the_target_and_those_before_to_its_trend(client):
    fill(client)
    for target in targets(client):
        told, trend = target["series"], target["trend"]
        weeks = pd.DatetimeIndex(told["from"])
        assert (told["step"], told["window_from"]) == ("week", START)
        assert weeks[-1] == pd.Timestamp(END) - pd.Timedelta(days=6)
        assert len(told["from"]) == len(told["count"]) == len(told["harm"]) == 26
        within = weeks >= pd.Timestamp(START)
        assert np.array(told["count"])[within].sum() == target["count"]
        assert np.array(told["harm"])[within].sum() == pytest.approx(target["harm"], abs=1e-9)
        before = (weeks >= pd.Timestamp(trend["previous_from"])) & ~within
        assert np.array(told["count"])[before].sum() == trend["previous_count"] > 0
        assert np.array(told["harm"])[before].sum() == pytest.approx(trend["previous_harm"])


def test_the_part_of_each_week_that_is_of_the_window_sums_to_its_count(client):
    fill(client)
    # Neither of whole weeks, nor with data of all of it.
    for start, end in (("2024-05-04", "2024-07-28"), ("2023-10-01", "2024-07-27")):
        for target in targets(client, **{"from": start, "to": end}):
            assert sum(target["series"]["count_within"]) == target["count"]
            within = zip(target["series"]["count_within"], target["series"]["count"], strict=True)
            assert all(part <= whole for part, whole in within)


def test_the_series_passes_over_what_the_question_leaves_out(client):
    fill(client)
    everything, robbery = (
        sum(sum(one["series"]["count"]) for one in targets(client, **asked))
        for asked in ({}, {"offences": ["robbery"]})
    )
    assert 0 < robbery < everything
    # Three a day in 26 weeks, all of them at the corner that the targets are made of.
    assert everything == 3 * 7 * 26


def test_the_series_never_begins_before_the_data(client):
    fill(client)
    told = targets(client, **{"from": "2024-01-01", "to": "2024-07-28"})[0]
    assert told["trend"] is None
    begins = pd.Timestamp(told["series"]["from"][0])
    assert begins - FIRST.tz_localize(None).normalize() < pd.Timedelta(weeks=1)
    assert begins >= FIRST.tz_localize(None).normalize()
    # A window of the first days of all holds no whole week.
    early = targets(client, **{"from": "2023-11-01", "to": "2023-11-04", "min_incidents": 1})
    assert {one["series"] for one in early} == {None}


def test_incidents_known_by_month_are_told_by_month(client):
    fill(client, precision="month")
    target = targets(client, **{"from": "2024-05-01", "to": "2024-07-31"})[0]
    told = target["series"]
    assert told["step"] == "month"
    months = pd.date_range("2024-02-01", "2024-07-01", freq="MS")
    assert told["from"] == months.strftime("%Y-%m-%d").tolist()
    assert sum(told["count"][3:]) == target["count"]
    assert sum(told["count"][:3]) == target["trend"]["previous_count"]


@pytest.mark.parametrize("form", ["csv", "kml", "gpkg"])
def test_exports_carry_the_series_as_json(client, form, tmp_path):
    fill(client)
    asked = published.QUESTION | {"from": START, "to": END, "strategy": "top"}
    document = client.get("/api/v1/targets", params=asked).json()
    answer = client.get(f"/api/v1/runs/{document['run']['id']}/export", params={"format": form})
    assert answer.status_code == 200, answer.text
    path = tmp_path / f"targets.{form}"
    path.write_bytes(answer.content)
    if form == "csv":
        held = pd.read_csv(path)["series"]
    else:
        held = gpd.read_file(path, layer="Targets" if form == "kml" else "targets")["series"]
    told = [one["properties"]["series"] for one in document["features"]]
    assert [json.loads(one) for one in held] == told
