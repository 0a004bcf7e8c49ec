"""The synthetic city: reproducible, plausible, and with its harm where it was planted."""

import numpy as np
import pandas as pd
import pytest
import shapely

from spatial import synthetic
from spatial.errors import InvalidInputError
from spatial.incidents import COLUMNS, check


@pytest.fixture(scope="module")
def made() -> synthetic.City:
    return synthetic.city(seed=7, incidents=20_000)


def local(made: synthetic.City) -> pd.Series:
    return made.incidents["occurred_from"].dt.tz_convert(made.time_zone)


def test_the_same_seed_gives_the_same_city_to_the_byte(made):
    again = synthetic.city(seed=7, incidents=20_000)
    assert synthetic.raw_table(again).to_csv() == synthetic.raw_table(made).to_csv()
    assert again.boundary.geometry.iloc[0].wkb == made.boundary.geometry.iloc[0].wkb
    other = synthetic.city(seed=8, incidents=20_000)
    assert not other.incidents["longitude"].equals(made.incidents["longitude"])


def test_its_incidents_are_canonical_and_within_city_and_window(made):
    table = check(made.incidents)
    assert list(table.columns) == list(COLUMNS)
    assert table["external_id"].is_unique
    outline = made.boundary.geometry.iloc[0].buffer(0.003)  # a spot may reach over the edge
    assert shapely.contains_xy(outline, table["longitude"], table["latitude"]).all()
    days = local(made).dt.date
    assert days.min() >= pd.Timestamp("2024-01-01").date()
    assert days.max() <= pd.Timestamp("2025-12-31").date()
    assert set(table["time_precision"]) == {"exact", "hour", "day"}
    assert (table["reported_at"] >= table["occurred_from"]).all()


def test_planted_spots_hold_more_of_their_offence_than_their_surroundings(made):
    assert len(made.planted) == 8
    east = 111_195 * np.cos(np.radians(synthetic.CENTRE[1]))
    for spot in made.planted.itertuples():
        away = np.hypot(
            (made.incidents["longitude"] - spot.longitude) * east,
            (made.incidents["latitude"] - spot.latitude) * 111_195,
        )
        own = made.incidents["offence_code"] == spot.offence_code
        inside = (own & (away <= spot.radius_m)).sum()
        ring = (own & (away > 2 * spot.radius_m) & (away <= 3 * spot.radius_m)).sum()
        assert inside > 3 * ring / 5  # the ring is five times as large
        assert inside >= 0.5 * spot.incidents


def test_nights_and_weekends_differ_by_offence(made):
    exact = made.incidents["time_precision"] == "exact"
    hour, day = local(made)[exact].dt.hour, local(made)[exact].dt.day_of_week
    code = made.incidents["offence_code"][exact]
    night = hour.isin([21, 22, 23, 0, 1, 2])
    assert night[code == "violence-with-injury"].mean() > 0.6
    assert night[code == "shoplifting"].mean() < 0.05
    assert day.isin([4, 5])[code == "violence-with-injury"].mean() > 0.45
    assert day.isin([4, 5])[code == "shoplifting"].mean() < 0.35


def test_burglaries_repeat_near_in_place_and_time(made):
    burglary = made.incidents[made.incidents["offence_code"] == "burglary-residential"]
    x = burglary["longitude"].to_numpy() * 111_195 * np.cos(np.radians(synthetic.CENTRE[1]))
    y = burglary["latitude"].to_numpy() * 111_195
    day = burglary["occurred_from"].astype("int64").to_numpy() / 86_400e6

    def near_pairs(days: np.ndarray) -> int:
        close = np.hypot(x[:, None] - x, y[:, None] - y) <= 200
        soon = np.abs(days[:, None] - days) <= 14
        return int(np.triu(close & soon, 1).sum())

    shuffled = np.random.default_rng(1)
    by_chance = [near_pairs(shuffled.permutation(day)) for _ in range(19)]
    assert near_pairs(day) > max(by_chance)


def test_its_file_has_defects_of_every_kind_at_known_places(made):
    rows = synthetic.raw_table(made)
    assert len(rows) == len(made.incidents)
    defective = rows.iloc[150::400]
    assert (defective["longitude"] == "").any()
    assert (defective["longitude"] == "0").any()
    assert (defective["offence_code"] == "").any()
    assert (defective["occurred_from"] == "yesterday").any()
    sound = rows.drop(defective.index)
    assert (sound["longitude"] != "").all()


def test_nothing_is_planted_on_request():
    assert synthetic.city(seed=1, incidents=500, plant=False).planted.empty


@pytest.mark.parametrize("change", [{"incidents": 5}, {"start": "2026-01-01"}])
def test_a_city_that_cannot_be_is_refused(change):
    with pytest.raises(InvalidInputError):
        synthetic.city(**({"incidents": 500} | change))
