"""The predictive distribution of harm: exact where it can be compared, calibrated, and bounded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from spatial import forecast, predictive
from spatial.cube import Counts
from spatial.errors import InvalidInputError
from spatial.unsteady import unsteadiness
from tests.forecasting import City, judged, lattice, shortfall

NUMBERS = st.lists(
    st.tuples(
        st.floats(0.05, 20), st.floats(0.001, 2), st.sampled_from([0, 0.5, 1, 2, 7.5, 11.25])
    ),
    min_size=1,
    max_size=3,
).filter(lambda numbers: any(weight for *_, weight in numbers))


def enumerated(size, odds, weight, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return sums and their probabilities, of every combination of numbers up to some number."""
    numbers = np.indices((most + 1,) * len(size)).reshape(len(size), -1)
    each = stats.nbinom.pmf(numbers, size[:, None], 1 / (1 + odds[:, None]))
    return weight @ numbers, each.prod(axis=0)


@settings(deadline=None)  # the first example compiles
@given(NUMBERS, st.integers(0, 12))
def test_probabilities_are_those_of_every_combination(numbers, place):
    size, odds, weight = map(np.array, zip(*numbers, strict=True))
    some = weight > 0  # how many there are without weight does not matter
    sums, probability = enumerated(size[some], odds[some], weight[some], most=12)
    reached = np.unique(sums[sums <= 12 * weight[some].min()])
    harm = reached[min(place, reached.size - 1)]
    below, at_most = predictive.cumulative(size[None], odds[None], weight, [harm])
    np.testing.assert_allclose(below, probability[sums < harm].sum(), atol=1e-12)
    np.testing.assert_allclose(at_most, probability[sums <= harm].sum(), atol=1e-12)


@pytest.mark.parametrize(("size", "odds"), [(0.5, 0.01), (3.0, 0.4), (1000.0, 2.0), (5e3, 4.0)])
def test_bounds_of_one_code_are_those_of_scipy(size, odds):
    low, high = predictive.bounds(np.array([[size]]), np.array([[odds]]), np.array([3.0]), 0.95)
    expected = 3 * stats.nbinom.ppf([0.025, 0.975], size, 1 / (1 + odds))
    assert [low[0], high[0]] == expected.tolist()
    below, at_most = predictive.cumulative(
        np.array([[size]]), np.array([[odds]]), np.array([3.0]), high
    )
    assert below[0] < 0.975 <= at_most[0]


def test_bounds_on_a_coarser_grid_are_close_and_no_narrower(monkeypatch):
    rng = np.random.default_rng(1)
    size, odds = rng.uniform(0.3, 3, (60, 3)), rng.uniform(0.01, 0.4, (60, 3))
    weight = np.array([1, 11.57, 197.1])
    coarse_low, coarse_high = predictive.bounds(size, odds, weight, 0.95)
    monkeypatch.setattr(predictive, "FEWEST_POINTS", 1 << 30)
    low, high = predictive.bounds(size, odds, weight, 0.95)
    assert (coarse_low <= low).mean() > 0.95
    assert (coarse_high >= high).mean() > 0.95
    np.testing.assert_allclose(coarse_low, low, atol=0.005 * high.max())
    np.testing.assert_allclose(coarse_high, high, rtol=0.01)


def test_all_units_are_those_one_by_one():
    rng = np.random.default_rng(2)
    size, odds = rng.uniform(0.3, 5, (2_000, 3)), rng.uniform(0.001, 0.3, (2_000, 3))
    weight = np.array([2, 0, 365.0])
    low, high = predictive.bounds(size, odds, weight, 0.9)
    for unit in (0, 511, 512, 1_999):
        alone = predictive.bounds(size[unit : unit + 1], odds[unit : unit + 1], weight, 0.9)
        assert (low[unit], high[unit]) == (alone[0][0], alone[1][0])


def test_where_harm_is_improbable_none_is_the_whole_interval():
    f = forecast.expected(np.zeros((1, 4, 3)), [5475], None, lattice(2), interval=0.95)
    assert (f.low.tolist(), f.high.tolist()) == ([0] * 4, [0] * 4)
    assert f.transform(np.zeros(4)).max() <= 1


def test_without_any_weight_there_is_no_harm():
    f = forecast.expected(np.ones((2, 4, 3)), [0, 0], None, lattice(2), interval=0.95)
    assert not f.harm.any()
    assert not f.high.any()


def test_some_units_are_told_as_among_all():
    history, _ = City(0.5, 0.5, 0.2, side=6).drawn(1)
    question = (history, [1, 7.5, 185], ["a", "a", "b"], lattice(6))
    f = forecast.expected(*question, interval=0.8)
    some = forecast.expected(*question, interval=0.8, units=[7, 3])
    assert some.low.tolist() == f.low[[7, 3]].tolist()
    assert some.high.tolist() == f.high[[7, 3]].tolist()
    assert forecast.expected(*question).high is None


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda f: f.interval(1.0), "level is between 0 and 1"),
        (lambda f: f.transform(np.ones(3)), r"observed has shape \(3,\), but \(4,\)"),
        (lambda f: f.transform([0, 1, 1, 2]), "no incidents of these weights sum to"),
        (lambda f: f.transform([0, -2, 2, 2]), "no incidents of these weights sum to"),
    ],
)
def test_wrong_questions_are_named(ask, message):
    with pytest.raises(InvalidInputError, match=message):
        ask(forecast.expected(np.ones((1, 4, 3)), [2], None, lattice(2)))


def test_weights_of_more_than_two_decimals_have_no_interval():
    with pytest.raises(InvalidInputError, match="at most two decimals"):
        forecast.expected(np.ones((1, 4, 3)), [0.125], None, lattice(2), interval=0.95)


@pytest.mark.parametrize(
    "city",
    [City(0.5, 0.5, 0.2), City(0.1, 1, 0.5), City(4, 0.5, 0), City(1, 0, 0, (1.0,), (1,))],
    ids=str,
)
def test_on_cities_of_the_model_intervals_hold_and_transforms_are_uniform(city):
    found = list(judged(city, range(3)))
    units, covered = (np.sum([seed[at] for seed in found], axis=0) for at in (0, 1))
    # Of some six classes and three seeds; the long proof asks the same of many more.
    assert shortfall(units, covered).max() <= 2
    assert min(p for *_, p in found) > 0.01


def test_steady_rates_are_not_unsteady_and_shocks_are_found():
    rng = np.random.default_rng(3)
    rates = rng.gamma(2, 2, (2, 400))
    steady = rng.poisson(rates[:, :, None], (2, 400, 24))
    own, common = unsteadiness(steady, 12.0)
    assert max(*own, common) < 0.01
    shock = rng.gamma(1 / 0.1, 0.1, 24)
    own, common = unsteadiness(rng.poisson(rates[:, :, None] * shock), 12.0)
    assert 0.02 < common < 0.3  # of the 21 months compared, with a relative variance of 0.1
    assert own.max() < 0.05
    bursts = rng.gamma(1 / 0.4, 0.4, (2, 400, 24))
    own, common = unsteadiness(rng.poisson(rates[:, :, None] * bursts), 12.0)
    assert common < 0.05
    np.testing.assert_allclose(own, 0.4 * 21 / 19, rtol=0.15)


def test_unsteadiness_is_that_of_its_definition_and_of_a_cube_too():
    counts = np.random.default_rng(4).poisson(0.6, (3, 7, 9))
    d = 0.5 ** (1 / 5)

    def sums(series):
        excess = product = 0.0
        for of_unit in series:
            for t in range(3, 9):
                weight = d ** np.arange(t - 1, -1, -1)
                p = weight @ of_unit[:t] / weight.sum()
                stands_for = weight.sum() ** 2 / (weight**2).sum()
                excess += (of_unit[t] - p) ** 2 - of_unit[t] - p / stands_for
                product += of_unit[t] * p
        return np.array([excess, product])

    each = [sums(of_code) for of_code in counts]
    excess, product = sums(counts.sum(axis=0)) - sum(each)
    common = max(excess / product, 0) * 6 / 4
    expected = [max(max(e / p, 0) * 6 / 4 - common, 0) for e, p in each]
    code, unit, step = np.nonzero(counts)
    sparse_counts = Counts(code, unit, 8 - step, counts[code, unit, step], counts.shape)
    for history in (counts, sparse_counts):
        own, of_all = unsteadiness(history, 5.0)
        np.testing.assert_allclose(own, expected, rtol=1e-9)
        assert of_all == pytest.approx(common)


def test_too_short_a_history_says_nothing_of_its_unsteadiness():
    own, common = unsteadiness(np.random.default_rng(5).poisson(3, (2, 5, 5)), 12.0)
    assert (own.tolist(), common) == ([0, 0], 0)
