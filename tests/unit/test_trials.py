"""Trials of rules and lists: nothing later is seen, and what is known is judged right."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import shapely

from bench.trials import cities, judging
from bench.trials.held import LONDON, held
from bench.trials.lists import BESIDE, lists
from bench.trials.rules import EXPECTED, SORTED, Rules
from bench.trials.trial import HORIZONS, Trial, on_cells

AREA = shapely.box(-0.10, 51.50, -0.06, 51.53)


@pytest.fixture(scope="module")
def trial() -> Trial:
    """Two years of a made-up place, one corner of which is busy."""
    draw = np.random.default_rng(1)
    busy = draw.uniform(size=3_000) < 0.3
    west, south, east, north = AREA.bounds
    longitude = np.where(busy, west + 0.002, draw.uniform(west, east, 3_000))
    latitude = np.where(busy, south + 0.002, draw.uniform(south, north, 3_000))
    days = np.datetime64("2022-01-01") + draw.integers(0, 730, 3_000)
    code = draw.choice(["robbery-personal", "other-theft"], 3_000).astype(object)
    index = cities.harm_index("cchi-2026-home-office")
    happened = cities.Happened(
        "Place", longitude, latitude, code, days, by_day=True, area=AREA, index=index
    )
    return on_cells(happened, 9)


def test_no_rule_sees_what_comes_after_its_origin(trial: Trial):
    marked = trial.counts.copy()
    marked[:, -1, 15:] += 1_000
    later = replace(trial, counts=marked)
    for name, score in Rules(trial).scores(15).items():
        np.testing.assert_array_equal(score, Rules(later).scores(15)[name], err_msg=name)


def test_origins_lie_one_horizon_apart_and_leave_room_for_it(trial: Trial):
    assert {horizon: list(trial.origins(horizon)) for horizon in HORIZONS} == {
        "week": list(range(12, 24)),
        "month": list(range(12, 24)),
        "3 months": [12, 15, 18, 21],
        "12 months": [12],
    }
    harm, count = trial.after(12, "12 months")
    assert harm.sum() == pytest.approx(trial.harm[:, 12:].sum())
    assert count.sum() == trial.count[:, 12:].sum()
    assert trial.after(12, "week")[1].sum() < trial.after(12, "month")[1].sum()


def test_rankings_catch_what_their_units_hold(trial: Trial):
    found = judging.rankings(trial)
    number = judging.number_of(trial, 0.01)
    by_hand = []
    for origin in trial.origins("month"):
        best = np.argsort(-trial.harm[:, origin - 12 : origin].sum(axis=1))[:number]
        by_hand.append(trial.harm[best, origin].sum() / trial.harm[:, origin].sum())
    assert found["month", 0.01, SORTED].harm == pytest.approx(by_hand)
    chance = found["month", 0.01, "chance"].figures()
    assert chance["harm"] == pytest.approx(number / trial.units)
    for one in found.values():
        assert all(0 < share <= 1 for share in one.pei)


def test_a_list_by_expected_harm_holds_what_a_ranking_of_its_area_holds(trial: Trial):
    found = lists(replace(trial, counts=trial.counts[:, :, :15]))
    for (_, name), one in found.items():
        assert set(one.beside) == set(BESIDE)
        if name == "expected":
            assert one.itself.harm == pytest.approx(one.beside[EXPECTED].harm)


def test_the_city_of_london_is_caught_as_asked(shared_data: Path):
    """`make prove` asks the sample cities, too."""
    found = list(islice(held(shared_data), len(LONDON)))
    assert [one.least for one in found] == list(LONDON.values())
    assert all(one.holds for one in found), found
