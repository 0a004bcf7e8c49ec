"""Two windows of a place by the day: exact for counts, robust against grave incidents."""

import numpy as np
import pytest
from scipy import stats

from spatial import ratios
from spatial.ratios import Held


@pytest.mark.parametrize(("now", "before"), [(30, 20), (5, 0), (0, 4), (0, 0), (1000, 900)])
def test_the_interval_of_a_rate_ratio_is_the_exact_binomial_one(now, before):
    ratio, low, high = ratios.count_ratio(now, before, 10, 10)
    if before:
        assert ratio == pytest.approx(now / before)
    else:
        assert ratio is None
    if now + before == 0:
        assert (low, high) == (0.0, None)
        return
    share = stats.binomtest(now, now + before).proportion_ci(0.95, method="exact")
    assert low == pytest.approx(share.low / (1 - share.low))
    if share.high == 1:
        assert high is None
    else:
        assert high == pytest.approx(share.high / (1 - share.high))


def test_a_longer_window_is_expected_to_hold_more():
    assert ratios.count_ratio(20, 10, 20, 10)[0] == pytest.approx(1.0)


def held(weights, days=365.0) -> Held:
    weights = np.asarray(weights, dtype=float)
    return Held(float(weights.sum()), float((weights**2).sum()), days)


@pytest.mark.parametrize(("now", "before"), [(30, 20), (5, 0), (0, 4), (0, 0), (1000, 900)])
def test_harm_of_one_weight_has_the_exact_interval_of_counts(now, before):
    found = ratios.harm_ratio(held([7.5] * now, 28), held([7.5] * before, 365), 7.5)
    exact = ratios.count_ratio(now, before, 28, 365)
    assert found == pytest.approx(exact)


def test_a_grave_incident_widens_the_interval_as_much_as_it_weighs():
    small, grave = [1.0] * 40, [1.0] * 39 + [5475.0]
    assert ratios.harm_ratio(held(small[:10]), held(small), 1)[2] < 1
    low, high = ratios.harm_ratio(held(small[:10]), held(grave), 5475)[1:]
    assert low < 1 < high


def test_the_interval_of_harm_holds_the_ratio_as_often_as_it_says():
    random = np.random.default_rng(1)
    weights, rates = np.array([1.0, 19.0, 365.0, 1825.0]), np.array([30.0, 12.0, 3.0, 0.5])
    covered, draws = 0, 2_000
    for now, before in zip(
        random.poisson(rates, (draws, 4)), random.poisson(2 * rates, (draws, 4)), strict=True
    ):
        made = [Held(float(n @ weights), float(n @ weights**2), 100) for n in (now, before)]
        _, low, high = ratios.harm_ratio(*made, largest=1825)
        covered += low <= 0.5 and (high is None or high >= 0.5)
    assert covered / draws >= 0.95


@pytest.mark.parametrize(
    ("now", "days_now", "before", "word"),
    [
        (0, 365, 24, "gone"),
        (0, 28, 24, "too_little_data"),  # some two would have been expected
        (4, 365, 24, "fallen"),
        (60, 365, 24, "risen"),
        (22, 365, 24, "too_little_data"),
        (2_000, 365, 2_010, "steady"),
        (0, 365, 0, "too_little_data"),
    ],
)
def test_a_word_is_said_only_beyond_chance(now, days_now, before, word):
    ratio = ratios.told_ratio(now, before, days_now, 365)
    assert ratios.course(now, ratio, ratio) == word


def test_nothing_left_of_many_is_gone_however_grave_one_was():
    counts = ratios.told_ratio(0, 40, 365, 365)
    harm = ratios.told(*ratios.harm_ratio(held([]), held([1.0] * 39 + [5475.0]), 5475))
    assert ratios.course(0, counts, harm) == "gone"
