"""The excess of own harm: as full enumeration has it, and stated where nothing can be said."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial import excess, own_tails
from spatial.errors import InvalidInputError

WEIGHTS = [0, 7, 100, 250, 1157, 19710, 36500]


def less_worst(held):
    return sum(held) - max(held, default=0)


def enumerated(position, weights, share):
    """Both p-values of each unit, from every way in which its incidents can fall or not."""
    found = np.zeros((2, len(share)))
    for unit, a in enumerate(share):
        held = [w for at, w in zip(position, weights, strict=True) if at == unit]
        for drawn in itertools.product([False, True], repeat=len(weights)):
            chance = np.prod([a if one else 1 - a for one in drawn])
            there = [w for w, one in zip(weights, drawn, strict=True) if one]
            found[0, unit] += chance * (sum(there) >= sum(held))
            found[1, unit] += chance * (less_worst(there) >= less_worst(held))
    return found


@st.composite
def small_cities(draw):
    units = draw(st.integers(1, 4))
    parts = draw(st.lists(st.integers(1, 20), min_size=units + 1, max_size=units + 1))
    share = np.array(parts[:units]) / sum(parts)
    incidents = draw(
        st.lists(
            st.tuples(st.integers(-1, units - 1), st.sampled_from(WEIGHTS)), min_size=1, max_size=8
        )
    )
    return [one for one, _ in incidents], [weight for _, weight in incidents], share


@settings(max_examples=60, deadline=None)
@given(small_cities())
def test_p_is_that_of_full_enumeration(city):
    found, (p, without) = excess.own(*city), enumerated(*city)
    np.testing.assert_allclose(found.p, p, rtol=1e-9)
    np.testing.assert_allclose(found.p_without_worst, without, rtol=1e-9)
    np.testing.assert_allclose(found.expected, city[2] * sum(city[1]))


def test_small_tails_keep_their_relative_accuracy():
    n, a = 400, 0.001
    position = np.where(np.arange(n) < 60, 0, 1)
    found = excess.own(position, np.full(n, 500), [a, 1 - a])
    logs = [0.0]
    for k in range(n):
        logs.append(logs[-1] + np.log((n - k) / (k + 1)) + np.log(a / (1 - a)))
    pmf = np.exp(np.array(logs) + n * np.log1p(-a))
    assert found.p[0] < 1e-100
    assert found.p[0] == pytest.approx(pmf[60:].sum(), rel=1e-6)
    assert found.p_without_worst[0] == pytest.approx(pmf[60:].sum(), rel=1e-6)


def test_odd_weights_beside_even_ones_are_as_exact_as_by_themselves():
    rng = np.random.default_rng(2)
    weights = rng.choice([100, 500, 1000, 1157, 19710, 22161, 36500], 600)
    position = np.where(rng.random(600) < 0.1, 0, rng.integers(0, 50, 600))
    found = excess.own(position, weights, np.full(50, 0.02))
    pmf, x = np.ones(1), np.bincount(position, weights, 50)
    for weight, number in zip(*np.unique(weights, return_counts=True), strict=True):
        many = [1.0]
        for k in range(number):
            many.append(many[-1] * (number - k) / (k + 1) * 0.02 / 0.98)
        step = np.zeros(int(x.max()) + 1)
        kept = [k for k in range(number + 1) if k * weight < step.size]
        step[[k * weight for k in kept]] = np.array(many)[kept] * 0.98**number
        pmf = np.convolve(pmf, step[: step.size])[: step.size] if pmf.size < 2 else _sum(pmf, step)
    below = np.concatenate(([0.0], np.cumsum(pmf)))
    np.testing.assert_allclose(found.p, 1 - below[x.astype(int)], rtol=1e-6, atol=1e-12)


def _sum(pmf, step):
    at = np.flatnonzero(step)
    out = np.zeros(pmf.size)
    for one in at:
        out[one:] += step[one] * pmf[: pmf.size - one]
    return out


def test_p_is_what_drawing_gives_with_and_without_the_worst():
    rng = np.random.default_rng(3)
    weights = rng.choice(
        [100, 200, 1157, 19710, 36500, 547500], 300, p=[0.4, 0.3, 0.1, 0.1, 0.09, 0.01]
    )
    position = rng.integers(0, 30, 300)
    found = excess.own(position, weights, np.full(30, 1 / 30))
    draws = 20_000
    fell = rng.random((draws, 300)) < 1 / 30
    harm = fell @ weights
    without = harm - np.where(fell, weights, 0).max(axis=1)
    for unit in range(30):
        held = weights[position == unit]
        for p, drawn, seen in (
            (found.p[unit], harm, held.sum()),
            (found.p_without_worst[unit], without, less_worst(list(held))),
        ):
            assert abs((drawn >= seen).mean() - p) <= 5 * np.sqrt(p * (1 - p) / draws) + 1e-9


def test_unequal_shares_give_a_p_between_the_true_one_and_that_of_one_percent_more():
    rng = np.random.default_rng(4)
    units, n = 400, 3_000
    share = rng.lognormal(0, 1, units)
    share /= share.sum()
    weights = rng.choice([100, 1000, 36500], n)
    position = rng.choice(units, n, p=share)
    found = excess.own(position, weights, share)
    assert 0 < found.rounded <= 0.01 + 1e-9
    for unit in range(0, units, 20):
        here = position == unit
        exact, more = (
            excess.own(np.where(here, 0, -1), weights, [a * share[unit]]) for a in (1, 1.0101)
        )
        assert exact.p[0] * (1 - 1e-9) <= found.p[unit] <= more.p[0] * (1 + 1e-9)
        assert exact.p_without_worst[0] * (1 - 1e-9) <= found.p_without_worst[unit]
        assert found.p_without_worst[unit] <= more.p_without_worst[0] * (1 + 1e-9)


def test_many_shares_that_differ_by_less_than_rounding_are_one():
    share = np.full(300, 1 / 300) * (1 + 1e-14 * np.arange(300))
    found = excess.own(np.arange(300) // 2, np.full(300, 100), share)
    assert found.rounded < 1e-10
    assert np.ptp(found.p[:150]) == 0


def test_one_worst_incident_does_not_stand_without_itself():
    found = excess.own([0, 1, 1, 1], [547500, 100, 100, 100], [0.001, 0.999])
    assert found.p[0] == pytest.approx(0.001)
    assert found.p_without_worst[0] == 1.0


def test_a_unit_without_harm_or_without_a_share_says_nothing():
    found = excess.own([0, 2, 2], [100, 0, 0], [0.0, 0.5, 0.5])
    assert found.p.tolist() == found.p_without_worst.tolist() == [1.0, 1.0, 1.0]
    assert np.isnan(found.excess[0])
    assert found.excess[1:].tolist() == [0.0, 0.0]
    assert excess.own([], [], [0.5, 0.5]).p.tolist() == [1.0, 1.0]
    assert excess.own([0], [100], [0.0]).p.tolist() == [1.0]


@pytest.mark.parametrize("share", [5e-324, 1e-308, 1e-300, 1e-281, 1e-272, 1e-200, 1e-100, 1e-30])
@pytest.mark.parametrize(
    ("position", "weights"),
    [
        ([0, 1], [100, 100]),
        ([0, 0, 1], [100, 300, 100]),
        ([0] * 5 + [1] * 9, [7, 1, 500] * 4 + [3] * 2),
    ],
)
def test_a_share_of_next_to_nothing_is_told_as_well_as_any(position, weights, share):
    for shares in ([share, 0.5], [share, 1 - share], [share, share]):
        with np.errstate(all="raise", under="ignore"):
            found = excess.own(position, weights, shares)
            assert not np.isinf(found.excess).any()
        for p in (found.p, found.p_without_worst):
            assert np.all((p >= own_tails.SMALLEST) & (p <= 1))
        # One incident of several is there by as many chances as there are incidents, at most.
        assert found.p[0] <= max(len(weights) * share * (1 + 1e-9), own_tails.SMALLEST)
    one = excess.own([0] + [1] * 9, [500] * 10, [share, 0.5])
    assert one.p[0] == pytest.approx(max(10 * share, own_tails.SMALLEST), rel=1e-9)
    assert one.p_without_worst[0] == 1


def test_many_shares_down_to_the_smallest_numbers_have_their_tails():
    random = np.random.default_rng(3)
    share = 10.0 ** random.uniform(-323, 0, 200)
    share /= share.sum()
    position, weights = random.integers(0, 200, 400), random.choice([100, 221, 36500], 400)
    found = excess.own(position, weights, share)
    assert np.all((found.p > 0) & (found.p <= 1))
    assert 0 <= found.rounded <= excess.STEP - 1 + 1e-9
    assert not np.isinf(found.excess).any()


def test_one_unit_that_is_the_whole_area_holds_what_it_must():
    found = excess.own([0, 0], [100, 300], [1.0])
    assert found.p.tolist() == found.p_without_worst.tolist() == [1.0]
    assert found.excess.tolist() == [1.0]


def test_all_incidents_on_one_unit_are_beyond_any_chance():
    rng = np.random.default_rng(5)
    weights = rng.choice([100, 1157, 19710, 36500], 100_000)
    found = excess.own(np.zeros(100_000, dtype=int), weights, np.full(1000, 0.001))
    assert 0 < found.p[0] < 1e-200
    assert (found.p[1:] == 1).all()


def test_incidents_on_no_unit_might_have_fallen_on_one():
    without = excess.own([0, 0], [100, 100], [0.1])
    among_others = excess.own([0, 0, -1, -1], [100, 100, 100, 100], [0.1])
    assert among_others.expected[0] == 2 * without.expected[0]
    assert among_others.p[0] > without.p[0]


def test_large_units_are_told_on_a_coarser_grid_and_say_so(monkeypatch):
    rng = np.random.default_rng(6)
    weights = rng.choice([100, 200, 1157, 19710, 22161, 36500], 3_000)
    position = rng.choice(3, 3_000, p=[0.51, 0.29, 0.2])
    share = [0.5, 0.3, 0.2]
    exact = excess.own(position, weights, share)
    monkeypatch.setattr(excess.own_tails, "MOST_STEPS", 1e7)
    coarse = excess.own(position, weights, share)
    assert exact.grid == 1 < coarse.grid
    np.testing.assert_allclose(coarse.p, exact.p, rtol=0.01)
    np.testing.assert_allclose(coarse.p_without_worst, exact.p_without_worst, rtol=0.01)


def test_the_order_of_incidents_and_units_changes_nothing():
    rng = np.random.default_rng(7)
    position, weights = rng.integers(0, 20, 500), rng.choice([100, 250, 36500], 500)
    share = rng.dirichlet(np.ones(20))
    order, units = rng.permutation(500), rng.permutation(20)
    first = excess.own(position, weights, share)
    second = excess.own(np.argsort(units)[position[order]], weights[order], share[units])
    np.testing.assert_array_equal(first.p[units], second.p)
    np.testing.assert_array_equal(first.p_without_worst[units], second.p_without_worst)


@pytest.mark.parametrize(
    ("position", "weights", "share", "message"),
    [
        ([0, 1], [1], [1.0], "one shape"),
        ([1], [1], [1.0], "0 to 0"),
        ([-2], [1], [1.0], "0 to 0"),
        ([0], [-1], [1.0], "whole numbers"),
        ([0], [1.5], [1.0], "whole numbers"),
        ([0], [1], [0.7, 0.7], "1 at most"),
        ([0], [1], [np.nan], "1 at most"),
        ([0], [1], [-0.1, 0.1], "1 at most"),
    ],
)
def test_what_cannot_be_tested_is_refused(position, weights, share, message):
    with pytest.raises(InvalidInputError, match=message):
        excess.own(position, weights, share)


def test_the_basis_says_which_of_the_two_tests_stands_behind_a_unit():
    p_own, p_without = [1e-9, 1e-9, 1e-9, 0.9, 1e-9], [1e-9, 1e-9, 0.8, 0.9, 1e-9]
    found, q_own = excess.basis(p_own, p_without, [0.01, 0.9, 0.9, 0.01, np.nan], alpha=0.05)
    assert found.tolist() == ["both", "own", "none", "neighbourhood", "own"]
    assert q_own[2] > 0.5
    assert not np.isnan(q_own).any()


def test_months_in_the_top_know_ties_units_without_harm_and_the_number_by_chance():
    at, step = np.array([0, 1, 2, 0, 1, 0, 3, -1, 3]), np.array([0, 0, 0, 1, 1, 2, 3, 0, -1])
    harm = np.array([500, 500, 100, 200, 300, 0, 100, 900, 900])
    months, by_chance = excess.months_in_top(at, harm, step, units=100)
    assert months[:4].tolist() == [1, 2, 0, 1]
    assert by_chance == pytest.approx(4 / 100)
    assert excess.months_in_top(at, harm, step, units=100, share=0.02)[0][:4].tolist() == [
        2,
        2,
        0,
        1,
    ]
    assert excess.months_in_top([], [], [], units=3) == (pytest.approx([0, 0, 0]), 0.0)


def test_harm_within_a_month_is_summed_before_units_are_compared():
    months, _ = excess.months_in_top([0, 1, 1], [300, 200, 200], [0, 0, 0], units=50)
    assert months[:2].tolist() == [0, 1]


@pytest.mark.parametrize("share", [0, -1, 1.5, np.nan])
def test_a_top_that_is_no_share_of_the_units_is_refused(share):
    with pytest.raises(InvalidInputError, match="share"):
        excess.months_in_top([0], [1], [0], units=1, share=share)
