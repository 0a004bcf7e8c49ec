"""Concentration: hand-worked tables, independent formulas, properties, and honest intervals."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from spatial.concentration import SHARES, concentration
from spatial.errors import DegenerateInputError, InvalidInputError

COUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=60).filter(any)


def gini_by_mean_difference(x) -> float:
    """Half the relative mean absolute difference: the definition, pair by pair."""
    x = np.asarray(x, dtype=float)
    return np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean())


def test_a_table_worked_by_hand():
    found = concentration([1, 4, 0, 3, 0, 2, 0, 0, 0, 0], bootstrap=0)
    # Sorted 4 3 2 1: the curve rises by 0.4, 0.3, 0.2, 0.1 over tenths of the units.
    assert found.lorenz_total[:5].round(10).tolist() == [0, 0.4, 0.7, 0.9, 1.0]
    assert found.shares["units"].tolist() == [1, 1, 2, 3]
    assert found.shares["share_of_units"].round(10).tolist() == [
        0.05,  # half of the first unit
        0.0625,
        round(0.1 + 0.1 / 3, 10),  # 0.4 in the first, a third of the second
        0.25,
    ]
    assert found.order[:4].tolist() == [1, 3, 5, 0]


@given(COUNTS)
def test_gini_is_half_the_relative_mean_difference(x):
    found = concentration(x, bootstrap=0)
    assert found.gini.value == pytest.approx(gini_by_mean_difference(x), abs=1e-12)


@given(COUNTS, st.randoms(), st.integers(1, 9))
def test_order_and_scale_change_nothing(x, random, scale):
    shuffled = [value * scale for value in x]
    random.shuffle(shuffled)
    first = concentration(x, bootstrap=0)
    second = concentration(shuffled, counts=shuffled, bootstrap=0)
    assert second.gini.value == pytest.approx(first.gini.value)
    np.testing.assert_allclose(second.shares, first.shares)


@given(COUNTS)
def test_the_lorenz_curve_rises_from_nothing_to_all_and_is_concave(x):
    found = concentration(x, bootstrap=0)
    assert (found.lorenz_total[0], found.lorenz_total[-1]) == (0, 1)
    steps = np.diff(found.lorenz_total)
    assert (steps >= -1e-12).all()
    assert (np.diff(steps) <= 1e-12).all()


@given(COUNTS)
def test_the_power_few_hold_the_share_and_one_fewer_do_not(x):
    found = concentration(x, bootstrap=0)
    held = np.concatenate(([0], np.cumsum(np.sort(x)[::-1]))) / sum(x)
    for share, few in zip(SHARES, found.shares["units"].astype(int), strict=True):
        assert held[few] >= share - 1e-9
        assert held[few - 1] < share


def test_generalised_gini_allows_for_more_places_than_crimes():
    # Four crimes on ten places, no two together: as even as four crimes can be.
    even = concentration([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], bootstrap=0)
    assert even.gini.value == pytest.approx(0.6)
    assert even.generalised_gini.value == pytest.approx(0.0)
    # With as many crimes as places, both are the same.
    many = concentration([5, 3, 2, 0], bootstrap=0)
    assert many.generalised_gini.value == pytest.approx(many.gini.value)
    # Everything on one of N places: G = 1 - 1/N, G' = 1 - 1/c.
    one = concentration([4, *[0] * 9], bootstrap=0)
    assert one.generalised_gini.value == pytest.approx(1 - 1 / 4)


def test_harm_has_no_generalised_gini():
    harm = concentration([365.0, 10.0], counts=[1, 2], bootstrap=0)
    assert harm.generalised_gini is None
    assert harm.incidents == 3


def test_shares_of_street_length_weigh_each_unit_by_its_own():
    found = concentration([8, 1, 1], lengths_m=[50, 100, 50], bootstrap=0)
    assert found.shares["share_of_length"].round(10).tolist() == [0.25, 0.25, 0.25, 0.25]


def test_streets_without_crime_lengthen_the_network_and_hold_no_part_of_the_few():
    found = concentration([3, 2, 0, 0, 0], lengths_m=[100, 200, 0, 500, 200], bootstrap=0)
    assert found.shares["units"].tolist() == [1, 1, 1, 2]
    assert found.shares["share_of_length"].round(10).tolist() == [0.1, 0.1, 0.1, 0.3]


def test_streets_that_tie_count_with_their_mean_length():
    # Four streets hold a quarter each: any one of them holds 25 %, any two 50 %, all of them 80 %.
    found = concentration([1, 1, 1, 1], lengths_m=[10, 30, 60, 300], bootstrap=0)
    assert found.shares["share_of_length"].round(10).tolist() == [0.25, 0.25, 0.5, 1.0]
    # The worst street is among the few for certain; the other places are shared by three.
    found = concentration([5, 1, 1, 1, 0], lengths_m=[50, 10, 20, 30, 90], bootstrap=0)
    assert found.shares["units"].tolist() == [1, 1, 1, 3]
    assert found.shares["share_of_length"].iloc[-1] == pytest.approx((50 + 2 * 20) / 200)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 900)), min_size=1), st.randoms())
def test_the_order_of_streets_does_not_change_their_shares_of_length(streets, random):
    assume(any(crimes for crimes, _ in streets))
    shuffled = random.sample(streets, len(streets))
    first, second = (
        concentration([x for x, _ in some], lengths_m=[m for _, m in some], bootstrap=0)
        for some in (streets, shuffled)
    )
    np.testing.assert_allclose(first.shares["share_of_length"], second.shares["share_of_length"])
    # More of the total never takes less of the street, and never more than there is.
    assert (np.diff(first.shares["share_of_length"]) >= -1e-12).all()
    assert first.shares["share_of_length"].iloc[-1] <= 1 + 1e-12


def test_lengths_of_other_units_are_refused():
    with pytest.raises(InvalidInputError, match="2 lengths for 3 units"):
        concentration([1, 2, 3], lengths_m=[10, 20], bootstrap=0)


def test_incidents_at_random_are_no_more_concentrated_than_chance():
    random = np.random.default_rng(3)
    covered = 0
    for seed in range(20):
        x = np.bincount(random.integers(0, 200, 1000), minlength=200)
        half = concentration(x, bootstrap=199, seed=seed).shares.iloc[2]
        covered += half["marginal_low"] <= 0 <= half["marginal_high"]
    assert covered >= 16  # 19 expected at 95 %


def test_clustered_incidents_are_more_concentrated_than_chance():
    random = np.random.default_rng(3)
    place = random.gamma(0.3, 1, 200)
    x = random.multinomial(1000, place / place.sum())
    half = concentration(x, bootstrap=199).shares.iloc[2]
    assert half["marginal_low"] > 0
    assert half["share_of_units"] < half["share_of_units_at_random"]


def test_the_interval_covers_what_drawing_again_would_show():
    """That is, the expected Gini of as many incidents drawn from the same places."""
    random = np.random.default_rng(5)
    place = random.gamma(0.4, 1, 150)
    place /= place.sum()
    expected = np.mean(
        [gini_by_mean_difference(random.multinomial(600, place)) for _ in range(300)]
    )
    covered = 0
    for seed in range(40):
        gini = concentration(random.multinomial(600, place), bootstrap=199, seed=seed).gini
        covered += gini.low <= expected <= gini.high
        assert gini.low <= gini.value <= gini.high
    assert covered >= 33  # 38 expected at 95 %; plain percentiles cover about 8


def test_the_curve_has_the_interval_and_the_counterfactual_of_a_plain_loop():
    random = np.random.default_rng(8)
    unit = random.choice(40, 300, p=np.arange(40) / 780)
    weight = random.choice([1.0, 10.0, 365.0], 300, p=[0.7, 0.25, 0.05])
    x = np.bincount(unit, weights=weight, minlength=40)
    found = concentration(x, incidents=(unit, weight), bootstrap=199, confidence=0.9, seed=3)

    def curve(totals):
        return np.concatenate(([0], np.cumsum(sorted(totals, reverse=True)))) / sum(totals)

    kinds, number = np.unique(np.stack((unit, weight)), axis=1, return_counts=True)
    weights, of_weight = np.unique(weight, return_counts=True)
    drawn, placed = [], []
    for stream in np.random.SeedSequence(3).spawn(199):
        draw = np.random.default_rng(stream)
        resample, scattered = [0.0] * 40, [0.0] * 40
        times = draw.multinomial(300, number / 300)
        for where, each, many in zip(*kinds, times, strict=True):
            resample[int(where)] += each * many
        for each, many in zip(weights, of_weight, strict=True):
            for where in draw.integers(0, 40, many):
                scattered[where] += each
        drawn.append(curve(resample))
        placed.append(curve(scattered))
    own = curve(x)
    lows, highs = [], []
    for at in range(41):
        sample = [one[at] for one in drawn]
        shift = own[at] - np.mean(sample)
        lows.append(max(at / 40, min(own[at], np.percentile(sample, 5) + shift)))
        highs.append(min(1.0, max(own[at], np.percentile(sample, 95) + shift)))
    lows = [min(lows[at:]) for at in range(41)]
    highs = [max(highs[: at + 1]) for at in range(41)]
    np.testing.assert_allclose(found.lorenz["share_of_units"], np.arange(41) / 40)
    np.testing.assert_allclose(found.lorenz["share_of_total"], own)
    np.testing.assert_allclose(found.lorenz["low"], lows, atol=1e-12)
    np.testing.assert_allclose(found.lorenz["high"], highs, atol=1e-12)
    np.testing.assert_allclose(found.lorenz["at_random"], np.mean(placed, axis=0), atol=1e-12)
    assert (found.lorenz["high"] - found.lorenz["low"]).max() > 0.05


@given(COUNTS)
def test_the_interval_of_a_curve_is_made_of_curves_and_holds_its_own(x):
    curve = concentration(x, bootstrap=19).lorenz
    diagonal = curve["share_of_units"]
    assert (curve["low"] <= curve["share_of_total"] + 1e-12).all()
    assert (curve["high"] >= curve["share_of_total"] - 1e-12).all()
    for name in ("low", "high", "at_random"):
        assert (curve[name].iloc[0], curve[name].iloc[-1]) == pytest.approx((0, 1))
        assert (np.diff(curve[name]) >= -1e-12).all()
        assert (curve[name] >= diagonal - 1e-12).all()
        assert curve[name].max() <= 1 + 1e-12


def test_a_long_curve_is_told_at_few_of_its_own_points():
    x = np.random.default_rng(2).poisson(0.3, 5_000)
    found = concentration(x, bootstrap=9)
    assert len(found.lorenz) == 201
    at = np.rint(found.lorenz["share_of_units"] * 5_000).astype(int)
    assert (found.lorenz["share_of_total"] == found.lorenz_total[at]).all()
    assert list(concentration(x, bootstrap=0).lorenz) == ["share_of_units", "share_of_total"]


def test_the_curve_of_incidents_at_random_is_the_counterfactual():
    random = np.random.default_rng(6)
    covered = 0
    for seed in range(20):
        x = np.bincount(random.integers(0, 300, 900), minlength=300)
        point = concentration(x, bootstrap=199, seed=seed).lorenz.iloc[60]
        covered += point["low"] <= point["at_random"] <= point["high"]
    assert covered >= 15  # 19 expected at 95 %
    clustered = concentration(random.multinomial(900, random.dirichlet([0.2] * 300))).lorenz
    inner = slice(10, 100)
    assert (clustered["at_random"] < clustered["low"])[inner].all()


def test_harm_resampled_by_incident_depends_on_the_incidents_alone():
    unit = np.array([0, 0, 1, 2, 2, 2])
    weight = np.array([365.0, 10, 10, 2, 2, 5])
    x = np.bincount(unit, weights=weight)
    first = concentration(x, incidents=(unit, weight), bootstrap=99)
    order = [5, 3, 1, 0, 2, 4]
    second = concentration(x, incidents=(unit[order], weight[order]), bootstrap=99)
    assert first.gini == second.gini
    assert first.shares.equals(second.shares)
    assert first.gini != concentration(x, incidents=(unit, weight), bootstrap=99, seed=2).gini


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (([],), DegenerateInputError, "empty"),
        (([0, 0],), DegenerateInputError, "all zero"),
        (([1, -1],), InvalidInputError, "position 1"),
        (([1, np.nan],), InvalidInputError, "position 1"),
        (([1.5, 2],), InvalidInputError, "whole numbers"),
        (([5, 5], [1, 0]), InvalidInputError, "disagree"),
        (([[1, 2]],), InvalidInputError, "one dimension"),
    ],
)
def test_input_that_cannot_be_measured_is_refused(arguments, error, says):
    with pytest.raises(error, match=says):
        concentration(*arguments, bootstrap=0)


def test_incidents_that_do_not_make_up_x_are_refused():
    with pytest.raises(InvalidInputError, match="do not sum to x"):
        concentration([1.0, 2.0], incidents=([0, 1], [1.0, 1.0]), bootstrap=0)
