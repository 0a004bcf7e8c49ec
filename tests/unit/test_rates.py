"""Rates: as esda smooths them, worked by hand, true to simulated places, for counts and harm."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.errors import DegenerateInputError, InvalidInputError
from spatial.rates import empirical_bayes, rate

UNITS = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 5_000)), min_size=1, max_size=40
).map(lambda rows: np.array(rows, dtype=float).T)

PAROLE, MURDER = 10.0, 5_475.0  # days of imprisonment: most incidents, and a rare one


def test_a_rate_is_the_total_per_exposure():
    assert rate([3, 0, 10], [1_000, 50, 4]).tolist() == [0.003, 0, 2.5]


def test_units_without_exposure_have_no_rate_and_are_named():
    with pytest.raises(InvalidInputError, match="2 units have no exposure") as refused:
        rate([1, 2, 3], [0, 10, 0])
    assert [problem.where for problem in refused.value.problems] == ["unit 0", "unit 2"]


def test_a_table_worked_by_hand():
    # Rates 0.1, 0.3 and 0.2 on 10, 10 and 20: m = 8/40 = 0.2 and s^2 = (0.1 + 0.1 + 0)/40 = 0.005.
    # Counts (1, 3, 4) are no more unequal than chance: A = 0.005 - 0.2/(40/3) < 0.
    few = empirical_bayes([1, 3, 4], [10, 10, 20])
    assert (few.mean, few.variance) == (0.2, 0.0)
    assert few.rate.tolist() == [0.2, 0.2, 0.2]
    # A hundred times as many: A = 0.005 - 0.2/(4000/3) = 0.00485, w = A/(A + 0.2/1000) for the two.
    many = empirical_bayes([100, 300, 400], [1_000, 1_000, 2_000])
    assert many.variance == pytest.approx(0.00485)
    assert many.weight == pytest.approx([0.00485 / 0.00505, 0.00485 / 0.00505, 0.00485 / 0.00495])
    assert many.rate == pytest.approx([0.2 - 0.1 * 0.00485 / 0.00505, 0.2 + 0.1 * 485 / 505, 0.2])


def homicides() -> tuple[np.ndarray, np.ndarray]:
    """Homicides 1979-84 in 78 counties around St Louis, and person-years there."""
    examples = pytest.importorskip("libpysal.examples")
    table = pd.read_csv(examples.load_example("stl").get_path("stl_hom.csv"))
    return table["HC7984"].to_numpy(float), table["PO7984"].to_numpy(float)


def test_homicides_around_st_louis_are_smoothed_as_published_and_as_esda_does():
    events, population = homicides()
    smoothed = empirical_bayes(events, population)
    published = [  # the manual of esda, Empirical_Bayes
        2.36718950e-05, 4.54539167e-05, 4.78114019e-05, 2.76907146e-05, 6.58989323e-05,
        3.66494122e-05, 5.79952721e-05, 2.03064590e-05, 3.31152999e-05, 3.02748380e-05,
    ]  # fmt: skip
    np.testing.assert_allclose(smoothed.rate[:10], published, rtol=5e-9)
    esda = pytest.importorskip("esda.smoothing")
    np.testing.assert_allclose(
        smoothed.rate, esda.Empirical_Bayes(events, population).r.ravel(), rtol=1e-9
    )


def more_than_rounding(smoothed, exposure) -> bool:
    """Whether the variance is not a difference of two numbers that are equal but for rounding."""
    return smoothed.variance > 1e-4 * smoothed.noise / exposure.mean()


@given(UNITS)
@settings(deadline=None)  # the first example imports esda
def test_counts_are_smoothed_as_esda_does_unless_their_differences_are_noise(units):
    esda = pytest.importorskip("esda.smoothing")
    total, exposure = units
    smoothed = empirical_bayes(total, exposure)
    if smoothed.variance == 0:
        assert (smoothed.rate == smoothed.mean).all()
    elif more_than_rounding(smoothed, exposure):
        peer = esda.Empirical_Bayes(total, exposure).r.ravel()
        np.testing.assert_allclose(smoothed.rate, peer, rtol=1e-9)


@given(UNITS)
def test_a_smoothed_rate_lies_between_the_raw_rate_and_the_mean(units):
    total, exposure = units
    smoothed = empirical_bayes(total, exposure)
    raw = rate(total, exposure)
    slack = 1e-12 * max(raw.max(), 1)
    assert (smoothed.rate >= np.minimum(raw, smoothed.mean) - slack).all()
    assert (smoothed.rate <= np.maximum(raw, smoothed.mean) + slack).all()
    assert ((smoothed.weight >= 0) & (smoothed.weight <= 1)).all()


@given(UNITS)
def test_of_two_units_the_more_exposed_speaks_more_for_itself(units):
    smoothed = empirical_bayes(*units)
    order = np.argsort(units[1])
    assert (np.diff(smoothed.weight[order]) >= -1e-12).all()


@given(UNITS, st.sampled_from([0.001, 0.5, 7, 1_000]))
def test_the_scale_of_exposure_scales_the_rates_and_nothing_else(units, scale):
    total, exposure = units
    first, second = empirical_bayes(total, exposure), empirical_bayes(total, exposure * scale)
    assert second.mean * scale == pytest.approx(first.mean)
    if more_than_rounding(first, exposure):
        np.testing.assert_allclose(second.rate * scale, first.rate, rtol=1e-9)
        np.testing.assert_allclose(second.weight, first.weight, rtol=1e-9)


@given(UNITS, st.sampled_from([0.01, 365.0]))
def test_the_unit_of_harm_scales_the_rates_and_nothing_else(units, weight):
    total, exposure = units
    counts = empirical_bayes(total, exposure)
    harm = empirical_bayes(total * weight, exposure, squares=total * weight**2)
    assert harm.mean == pytest.approx(counts.mean * weight)
    if more_than_rounding(counts, exposure):
        np.testing.assert_allclose(harm.rate, counts.rate * weight, rtol=1e-9)


@given(UNITS, st.randoms())
def test_the_order_of_units_changes_nothing(units, random):
    order = list(range(units.shape[1]))
    random.shuffle(order)
    first, second = empirical_bayes(*units), empirical_bayes(*units[:, order])
    assert second.mean == pytest.approx(first.mean)
    if more_than_rounding(first, units[1]):
        np.testing.assert_allclose(second.rate, first.rate[order], rtol=1e-9)


def test_for_counts_the_squares_are_the_counts():
    counts, exposure = np.array([4, 0, 9]), np.array([50, 70, 20])
    first, second = empirical_bayes(counts, exposure), empirical_bayes(counts, exposure, counts)
    assert first.rate.tolist() == second.rate.tolist()
    assert first.noise == first.mean


def simulated(random, true_rate, exposure, share_of_murders=0.02):
    """Return counts, harm and squared harm of places with a true rate of incidents each."""
    murders = random.poisson(true_rate * exposure * share_of_murders)
    others = random.poisson(true_rate * exposure * (1 - share_of_murders))
    harm = murders * MURDER + others * PAROLE
    return murders + others, harm, murders * MURDER**2 + others * PAROLE**2


def spread(values) -> float:
    return float(np.sqrt(np.mean((values - np.mean(values)) ** 2)))


def test_rates_that_differ_by_chance_alone_are_drawn_to_the_mean():
    random = np.random.default_rng(11)
    exposure = random.integers(50, 3_000, 2_000).astype(float)
    counts, harm, squares = simulated(random, np.full(2_000, 0.02), exposure)
    for smoothed, raw in (
        (empirical_bayes(counts, exposure), rate(counts, exposure)),
        (empirical_bayes(harm, exposure, squares), rate(harm, exposure)),
    ):
        assert spread(smoothed.rate) < 0.1 * spread(raw)


def test_harm_needs_its_squares_since_its_noise_is_not_that_of_counts():
    random = np.random.default_rng(12)
    exposure = random.integers(50, 3_000, 2_000).astype(float)
    _, harm, squares = simulated(random, np.full(2_000, 0.02), exposure)
    as_if_counts = empirical_bayes(harm, exposure)
    assert spread(as_if_counts.rate) > 5 * spread(empirical_bayes(harm, exposure, squares).rate)


def test_a_true_difference_is_kept():
    random = np.random.default_rng(13)
    exposure = np.full(400, 200_000.0)  # a homicide in fifty incidents: 80 a place
    true = np.where(np.arange(400) < 200, 0.01, 0.03)
    counts, harm, squares = simulated(random, true, exposure)
    for smoothed, per_incident in (
        (empirical_bayes(counts, exposure), 1.0),
        (empirical_bayes(harm, exposure, squares), 0.02 * MURDER + 0.98 * PAROLE),
    ):
        low, high = smoothed.rate[:200].mean(), smoothed.rate[200:].mean()
        assert high - low == pytest.approx(0.02 * per_incident, rel=0.15)


@pytest.mark.parametrize("seed", range(5))
def test_smoothed_rates_are_nearer_the_truth_than_raw_ones(seed):
    random = np.random.default_rng(seed)
    exposure = random.integers(20, 4_000, 1_000).astype(float)
    true = random.gamma(4, 0.005, 1_000)
    counts, harm, squares = simulated(random, true, exposure)
    days = 0.02 * MURDER + 0.98 * PAROLE

    def error(estimate, truth):
        return np.mean((estimate - truth) ** 2)

    smoothed = empirical_bayes(counts, exposure)
    assert error(smoothed.rate, true) < 0.7 * error(rate(counts, exposure), true)
    harm_smoothed = empirical_bayes(harm, exposure, squares)
    assert error(harm_smoothed.rate, true * days) < 0.3 * error(rate(harm, exposure), true * days)


def test_the_variance_found_is_the_variance_simulated():
    random = np.random.default_rng(14)
    exposure = random.integers(500, 5_000, 5_000).astype(float)
    true = random.gamma(4, 0.005, 5_000)  # variance 4 * 0.005^2 = 1e-4
    counts, harm, squares = simulated(random, true, exposure)
    days = 0.02 * MURDER + 0.98 * PAROLE
    assert empirical_bayes(counts, exposure).variance == pytest.approx(1e-4, rel=0.15)
    found = empirical_bayes(harm, exposure, squares).variance
    assert found == pytest.approx(1e-4 * days**2, rel=0.3)


def test_a_unit_without_exposure_takes_the_mean_as_the_limit_says():
    total, exposure = np.array([8.0, 90, 0]), np.array([100.0, 300, 0])
    smoothed = empirical_bayes(total, exposure)
    assert smoothed.rate[2] == smoothed.mean == 98 / 400
    assert smoothed.weight[2] == 0
    assert smoothed.without_exposure.tolist() == [2]
    others = empirical_bayes(total[:2], exposure[:2])
    assert smoothed.rate[:2].tolist() == others.rate.tolist()
    # The moments see one unit more, so only the rate of the vanishing unit has the limit.
    nearly = empirical_bayes(total, np.array([100.0, 300, 1e-9]))
    assert nearly.rate[2] == pytest.approx(nearly.mean)


def test_incidents_on_a_unit_without_exposure_count_for_no_rate():
    smoothed = empirical_bayes([8, 90, 50], [100, 300, 0])
    assert smoothed.mean == 98 / 400
    assert smoothed.without_exposure.tolist() == [2]


def test_where_nothing_happened_every_rate_is_zero():
    smoothed = empirical_bayes([0, 0], [10, 20])
    assert smoothed.rate.tolist() == [0, 0]
    assert smoothed.variance == 0


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (([1, -1], [1, 1]), InvalidInputError, "total .* position 1"),
        (([1, 1], [1, np.nan]), InvalidInputError, "exposure .* position 1"),
        (([1, 1], [1]), InvalidInputError, "one number per unit"),
        (([[1]], [[1]]), InvalidInputError, "one dimension"),
        (([1, 1], [0, 0]), DegenerateInputError, "No unit has any exposure"),
        (([], []), DegenerateInputError, "No unit has any exposure"),
        (([1, 2], [1, 1], [1]), InvalidInputError, "one number for each of 2 units"),
        (([1, 2], [1, 1], [1, 5]), InvalidInputError, "position 1"),
        (([1, 2], [1, 1], [0, 4]), InvalidInputError, "position 0"),
    ],
)
def test_input_that_has_no_rate_is_refused(arguments, error, says):
    with pytest.raises(error, match=says):
        empirical_bayes(*arguments)
