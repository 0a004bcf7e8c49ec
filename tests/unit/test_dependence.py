"""Whether rates of touching units change together, and what that makes of their interval."""

import numpy as np
import pytest

from spatial import dependence, forecast
from spatial.cube import Counts
from tests.forecasting import lattice


def history(common: float, seed: int = 1, *, side: int = 15, steps: int = 40, codes: int = 2):
    """Draw counts whose rates move with the city's month, (codes, N, steps)."""
    random = np.random.default_rng(seed)
    month = random.gamma(1 / common, common, steps) if common else np.ones(steps)
    rate = random.gamma(2, 1, (codes, side**2, 1)) * month
    return random.poisson(rate)


def plain(counts, half_life, near):
    """Return it as the sums are written."""
    decay, near = 0.5 ** (1 / half_life), near.toarray()
    every = np.concatenate((counts, counts.sum(axis=0, keepdims=True)))
    shared, product = np.zeros(len(every)), np.zeros(len(every))
    for j, of_code in enumerate(every):
        for t in range(dependence.STEPS_BEFORE, counts.shape[2]):
            weight = decay ** np.arange(t)[::-1]
            p = of_code[:, :t] @ weight / weight.sum()
            for one, other in np.argwhere(near):
                shared[j] += (of_code[one, t] - p[one]) * (of_code[other, t] - p[other])
                product[j] += of_code[one, t] * p[other]
    steps = counts.shape[2] - dependence.STEPS_BEFORE
    known = steps / (steps - 2)
    common = max((shared[-1] - shared[:-1].sum()) / (product[-1] - product[:-1].sum()), 0) * known
    return np.maximum(np.maximum(shared[:-1] / product[:-1], 0) * known - common, 0), common


@pytest.mark.parametrize("common", [0.0, 0.1])
def test_it_is_what_the_sums_say_of_arrays_and_of_tables(common):
    counts, near = history(common, side=4, steps=12), lattice(4)
    own, together = plain(counts, 12.0, near)
    at = np.nonzero(counts)
    table = Counts(at[0], at[1], counts.shape[2] - 1 - at[2], counts[at], counts.shape)
    for given in (counts, table):
        found = dependence.between(given, 12.0, near)
        assert found[0] == pytest.approx(own)
        assert found[1] == pytest.approx(together)


def test_units_that_change_alone_share_nothing_and_those_that_change_together_do():
    near = lattice(15)
    alone = [dependence.between(history(0.0, seed), 12.0, near)[1] for seed in range(5)]
    together = [dependence.between(history(0.1, seed), 12.0, near)[1] for seed in range(20)]
    assert np.mean(alone) < 0.005
    assert np.mean(together) == pytest.approx(0.1, rel=0.5)


def test_only_the_busiest_units_are_looked_at(monkeypatch):
    counts, near = history(0.1, side=4, steps=12), lattice(4)
    monkeypatch.setattr(dependence, "MOST_UNITS", 9)
    order = np.argsort(-counts.sum(axis=(0, 2)), kind="stable")[:9]
    busy = np.sort(order)
    own, together = plain(counts[:, busy], 12.0, near[busy][:, busy])
    found = dependence.between(counts, 12.0, near)
    assert found[0] == pytest.approx(own)
    assert found[1] == pytest.approx(together)


def test_short_histories_and_empty_ones_share_nothing():
    for counts in (history(0.1, steps=5), np.zeros((2, 225, 12), dtype=int)):
        own, common = dependence.between(counts, 12.0, lattice(15))
        assert own.tolist() == [0, 0]
        assert common == 0


def test_the_interval_of_a_place_holds_what_comes_where_its_units_change_together():
    """Taken as independent, units of a place of 25 held what came in three of four months."""
    inside = independent = trials = 0
    place = np.flatnonzero(np.logical_and.outer(np.arange(15) < 5, np.arange(15) < 5))
    for seed in range(60):
        counts = history(0.05, seed)
        f = forecast.expected(counts[:, :, :-1], [10, 40], None, lattice(15))
        came = np.array([10, 40]) @ counts[:, place, -1].sum(axis=1)
        low, high = f.interval_together(place)
        inside += low <= came <= high
        f.__dict__["dependence"] = (np.zeros(2), 0.0)
        low, high = f.interval_together(place)
        independent += low <= came <= high
        trials += 1
    assert inside >= 0.9 * trials
    assert independent < 0.85 * trials
