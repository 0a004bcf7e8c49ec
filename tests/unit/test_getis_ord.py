"""Gi* against esda, exact distributions and complete enumeration, and what it must never do."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from itertools import combinations
from math import comb
from pathlib import Path
from unittest.mock import patch

import h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from spatial.errors import DegenerateInputError, InvalidInputError
from spatial.getis_ord import CLASSES, gi_star

CITY = Path(__file__).parents[2] / "../shared/data/city-of-london"

HARM_DAYS = (0, 1, 2, 10, 365, 5475)
HARM_SHARES = (0.7, 0.15, 0.1, 0.03, 0.0195, 0.0005)


def rook(rows, columns):
    """Neighbours on a lattice."""
    row = sparse.diags_array([1.0, 1.0], offsets=[-1, 1], shape=(columns, columns))
    column = sparse.diags_array([1.0, 1.0], offsets=[-1, 1], shape=(rows, rows))
    both = sparse.kron(sparse.eye_array(rows), row) + sparse.kron(column, sparse.eye_array(columns))
    return sparse.csr_array(both)


def harm_like(n, seed):
    return np.random.default_rng(seed).choice(HARM_DAYS, n, p=HARM_SHARES)


def esda_gi_star(x, w, permutations=0):
    getisord = pytest.importorskip("esda.getisord")
    graph = pytest.importorskip("libpysal.graph")
    with pytest.warns() if permutations else np.errstate():  # esda announces its next default
        return getisord.G_Local(
            np.asarray(x, dtype=float),
            graph.Graph.from_sparse(w.tocoo()),
            transform="B",
            star=True,
            permutations=permutations,
            keep_simulations=False,
            n_jobs=1,
            seed=1,
        )


@contextmanager
def esda_uncompiled():
    """Have esda compute as it is written: to compile it takes twenty times as long as that."""
    crand, getisord = (pytest.importorskip(f"esda.{name}") for name in ("crand", "getisord"))
    with ExitStack() as held:
        for module in (crand, getisord):
            for name, compiled in list(vars(module).items()):
                if hasattr(compiled, "py_func"):
                    held.enter_context(patch.object(module, name, compiled.py_func))
        held.enter_context(patch.object(crand, "boolean", bool))
        yield


def exact_p(x, w, upper):
    """Return the conditional permutation p of each unit, by counting all subsets of the others.

    subsets[k, s] is the number of k-subsets with sum s; units of equal value share it.
    """
    counts, sums = np.diff(w.indptr), (w @ x).astype(int)
    largest, top = int(counts.max()), int(np.sort(x)[-int(counts.max()) :].sum())
    p = np.empty(x.size)
    for own in np.unique(x):
        others = np.delete(x, np.flatnonzero(x == own)[0])
        subsets = np.zeros((largest + 1, top + 1))
        subsets[0, 0] = 1
        for value in others:
            subsets[1:, value:] += subsets[:-1, : top + 1 - value].copy()
        for i in np.flatnonzero(x == own):
            k = counts[i]
            tail = subsets[k, sums[i] :] if upper else subsets[k, : sums[i] + 1]
            p[i] = tail.sum() / comb(x.size - 1, int(k))
    return p


def assert_within_monte_carlo_error(p, expected, permutations, estimates=1):
    error = np.sqrt(estimates * expected * (1 - expected) / permutations)
    assert np.all(np.abs(p - expected) <= 5 * error + 3 / permutations)


# --- the statistic


@pytest.mark.parametrize("seed", range(3))
def test_z_equals_esda_on_random_input(seed):
    w = rook(15, 20)
    rng = np.random.default_rng(seed)
    for x in (harm_like(300, seed), rng.normal(100, 1, 300), rng.lognormal(0, 2, 300)):
        np.testing.assert_allclose(gi_star(x, w).z, esda_gi_star(x, w).Zs, rtol=1e-9, atol=1e-9)


def test_z_equals_esda_on_recorded_crime():
    if not CITY.is_dir():
        pytest.skip(f"the City of London sample is not at {CITY}")
    area = json.loads((CITY / "study_area.geojson").read_text())["features"][0]["geometry"]
    cells = h3.h3shape_to_cells_experimental(h3.geo_to_h3shape(area), 10, contain="overlap")
    months = [pd.read_csv(file) for file in sorted((CITY / "street").glob("*.csv"))[:6]]
    points = pd.concat(months)[["Latitude", "Longitude"]].dropna()
    at = pd.Series([h3.latlng_to_cell(*point, 10) for point in points.itertuples(index=False)])
    x = at.value_counts().reindex(cells, fill_value=0).to_numpy()
    position = {cell: i for i, cell in enumerate(cells)}
    pairs = [
        (i, position[near])
        for cell, i in position.items()
        for near in h3.grid_ring(cell, 1)
        if near in position
    ]
    w = sparse.csr_array((np.ones(len(pairs)), np.transpose(pairs)), shape=(len(x), len(x)))
    assert x.sum() > 1000

    result = gi_star(x, w)

    np.testing.assert_allclose(result.z, esda_gi_star(x, w).Zs, rtol=1e-9, atol=1e-9)
    assert "hot_95" in result.classes


@given(
    st.lists(st.integers(0, 50), min_size=12, max_size=12),
    st.integers(-1000, 1000),
    st.sampled_from([0.01, 0.1, 0.37, 1.0, 3.0, 1e6]),
    st.permutations(range(12)),
)
@settings(deadline=None, max_examples=50)
def test_moving_scaling_and_relabelling_leave_z(x, shift, scale, order):
    x, w = np.array(x), rook(3, 4)
    if x.min() == x.max():
        return
    z = gi_star(x, w, permutations=9, raise_permutations=False).z
    moved = gi_star(x * scale + shift * scale, w, permutations=9, raise_permutations=False).z
    relabelled = gi_star(x[order], w[order][:, order], permutations=9, raise_permutations=False).z
    np.testing.assert_allclose(moved, z, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(relabelled, z[order], rtol=1e-9, atol=1e-9)


def test_analytic_p_is_the_normal_tail_of_z():
    x, w = harm_like(300, 0), rook(15, 20)
    hot, cold, both = (
        gi_star(x, w, tail=tail, inference="analytic") for tail in ("hot", "cold", "two-sided")
    )
    smaller = np.minimum(hot.p, cold.p)
    np.testing.assert_allclose(smaller, esda_gi_star(x, w).p_norm, rtol=1e-9)
    np.testing.assert_allclose(hot.p, stats.norm.sf(hot.z), rtol=1e-12)
    np.testing.assert_allclose(cold.p, stats.norm.cdf(hot.z), rtol=1e-12)
    np.testing.assert_allclose(both.p, 2 * stats.norm.sf(np.abs(hot.z)), rtol=1e-9)
    assert hot.permutations == 0


# --- permutation


@pytest.mark.parametrize("tail", ["hot", "cold"])
def test_p_is_within_monte_carlo_error_of_the_exact_distribution(tail):
    w = rook(14, 15)
    x = np.random.default_rng(2).choice([0, 1, 3, 8, 40], 210, p=[0.5, 0.25, 0.15, 0.08, 0.02])
    x[100] = 400  # its own value must never be among its own draws
    expected = exact_p(x, w, upper=tail == "hot")
    p = gi_star(x, w, permutations=99_999, tail=tail).p
    assert_within_monte_carlo_error(p, expected, 99_999)


def test_two_sided_p_is_twice_the_smaller_tail():
    x, w = harm_like(300, 3), rook(15, 20)
    hot, cold, both = (
        gi_star(x, w, permutations=20_000, tail=tail) for tail in ("hot", "cold", "two-sided")
    )
    np.testing.assert_array_equal(both.p, np.minimum(2 * np.minimum(hot.p, cold.p), 1))


def test_p_is_within_monte_carlo_error_of_esda():
    x, w = harm_like(144, 4), rook(12, 12)
    # esda divides sums by the total under fastmath, which breaks ties unless that is a power of 2.
    x[70] += 2**15 - x.sum()
    upper = gi_star(x, w, permutations=99_999).p
    folded = np.minimum(upper, 1 - upper + 2 / 100_000)  # esda's smaller of "at least" and "below"
    with esda_uncompiled():
        theirs = esda_gi_star(x, w, permutations=99_999).p_sim
    assert_within_monte_carlo_error(folded, theirs, 99_999, estimates=2)


@pytest.mark.parametrize("x", [[3, 1, 4, 1, 5, 9, 2], [0, 0, 0, 0, 1, 0, 50]])
def test_p_converges_to_complete_enumeration(x):
    x = np.array(x)
    ring = sparse.csr_array(
        (np.ones(14), (np.repeat(np.arange(7), 2), [(i + s) % 7 for i in range(7) for s in (1, 3)]))
    )
    observed = ring @ x
    expected = [
        np.mean([x[list(drawn)].sum() >= observed[i] for drawn in combinations(others, 2)])
        for i, others in ((i, [j for j in range(7) if j != i]) for i in range(7))
    ]
    p = gi_star(x, ring, permutations=400_000).p
    assert_within_monte_carlo_error(p, np.array(expected), 400_000)


def test_sums_equal_on_paper_are_ties():
    w = rook(5, 8)
    units = np.random.default_rng(5).choice([0, 1, 2, 3, 6], 40)
    in_units = gi_star(units, w, tail="two-sided")
    for step in (0.1, 0.01):
        in_decimals = gi_star(units * step, w, tail="two-sided")  # 3 * 0.1 is not 0.3 in binary
        np.testing.assert_array_equal(in_decimals.p, in_units.p)


def test_ties_survive_values_without_a_common_unit():
    w = rook(5, 8)
    units = np.random.default_rng(5).choice([0, 1, 2, 3, 6], 40)
    in_units = gi_star(units, w, tail="two-sided")
    np.testing.assert_array_equal(gi_star(units * np.pi / 7, w, tail="two-sided").p, in_units.p)
    shifted = gi_star(units * np.pi / 7 + 1e3, w, tail="two-sided")
    np.testing.assert_array_equal(shifted.p, in_units.p)


def test_noise_gives_a_hot_spot_as_rarely_as_promised():
    w, runs, alpha = rook(20, 20), 600, 0.05

    def alarms(inference):
        results = (
            gi_star(harm_like(400, seed), w, seed=seed, inference=inference) for seed in range(runs)
        )
        return sum(bool(np.any(result.q <= alpha)) for result in results)

    most = stats.binom.isf(0.001, runs, alpha)
    assert stats.binom.ppf(0.001, runs, alpha / 2) <= alarms("permutation") <= most
    assert alarms("analytic") > 10 * most  # the normal approximation is what this test catches


def test_a_real_concentration_is_found():
    x = harm_like(400, 1)
    x[[210, 211, 190, 230, 209]] += 400
    result = gi_star(x, rook(20, 20), permutations=99_999, tail="two-sided")
    assert result.classes[210] == "hot_99"
    assert not np.any(np.char.startswith(result.classes, "cold"))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    x, w = harm_like(400, 1), rook(20, 20)
    first, again, other = (gi_star(x, w, seed=seed) for seed in (1, 1, 2))
    assert first.p.tobytes() == again.p.tobytes()
    assert first.q.tobytes() == again.q.tobytes()
    assert first.p.tobytes() != other.p.tobytes()


def test_p_is_fixed_for_good():
    x = np.arange(40) ** 2 % 17
    p = gi_star(x, rook(5, 8), permutations=9999, seed=2024).p
    # A change here changes the published result of every recorded run: bump the version and say so.
    assert np.rint(p[:6] * 10_000).astype(int).tolist() == [6124, 7827, 4752, 5496, 4327, 1336]


# --- number of permutations


def test_permutations_are_raised_until_one_unit_is_detectable_alone():
    x, w = harm_like(1200, 0), rook(30, 40)
    raised = gi_star(x, w, permutations=999)
    assert 1 / (raised.permutations + 1) <= 0.05 / 1200
    assert raised.permutations < 1.01 * 1200 / 0.05
    assert raised.permutations_requested == 999
    assert raised.detectable_alone


def test_two_sided_and_dependence_need_more_permutations():
    x, w = harm_like(1200, 0), rook(30, 40)
    hot, two_sided = gi_star(x, w), gi_star(x, w, tail="two-sided")
    by = gi_star(x, w, correction="by")
    assert two_sided.permutations == pytest.approx(2 * hot.permutations, rel=0.001)
    harmonic = np.sum(1 / np.arange(1, 1201))
    assert by.permutations == pytest.approx(harmonic * hot.permutations, rel=0.001)


def test_a_cap_that_hides_single_units_is_told():
    x, w = harm_like(1200, 0), rook(30, 40)
    capped = gi_star(x, w, permutations=999, max_permutations=5000)
    assert (capped.permutations, capped.detectable_alone) == (5000, False)
    as_asked = gi_star(x, w, permutations=999, raise_permutations=False)
    assert (as_asked.permutations, as_asked.detectable_alone) == (999, False)
    above_the_cap = gi_star(x, w, permutations=30_000, max_permutations=5000)
    assert (above_the_cap.permutations, above_the_cap.detectable_alone) == (30_000, True)


@pytest.mark.parametrize("correction", ["bh", "by"])
@pytest.mark.parametrize("tail", ["hot", "two-sided"])
def test_one_unit_that_stands_out_alone_is_detected_at_the_raised_number(tail, correction):
    n = 500
    w = sparse.lil_array((n, n))
    w[0, [1, 2, 3, 4]] = 1  # only unit 0 has neighbours: only it can have a small p
    x = np.zeros(n, dtype=int)
    x[[1, 2, 3, 4]] = 1000
    result = gi_star(x, w.tocsr(), permutations=99, tail=tail, correction=correction)
    assert result.q[0] <= 0.05
    assert np.all(result.q[1:] > 0.05)


# --- result


def test_classes_follow_the_q_values():
    x = harm_like(400, 1)
    x[[210, 211, 190, 230, 209]] += 400
    for tail, side in (("hot", "hot"), ("cold", "cold")):
        result = gi_star(x if tail == "hot" else -x, rook(20, 20), tail=tail)
        assert set(result.classes) <= set(CLASSES)
        for limit, name in ((0.01, "99"), (0.05, "95"), (0.10, "90")):
            below = [f"{side}_{level}" for level in ("99", "95", "90") if level >= name]
            np.testing.assert_array_equal(np.isin(result.classes, below), result.q <= limit)


def test_the_frame_carries_unit_ids():
    result = gi_star(harm_like(12, 7) + np.arange(12), rook(3, 4))
    frame = result.to_frame(unit_ids=[f"u{i}" for i in range(12)])
    assert frame.columns.tolist() == ["z", "p", "q", "class"]
    assert frame.index[3] == "u3"
    assert frame["class"].tolist() == result.classes.tolist()
    with pytest.raises(InvalidInputError, match="3 entries for 12 units"):
        result.to_frame(unit_ids=[1, 2, 3])


# --- degenerate and wrong input


@pytest.mark.parametrize("inference", ["permutation", "analytic"])
@pytest.mark.parametrize("tail", ["hot", "cold", "two-sided"])
@pytest.mark.parametrize(
    "x",
    [
        np.eye(1, 40, 17)[0],
        np.eye(1, 40, 17)[0] * 1e308 - 1e307,
        np.eye(1, 40, 17)[0] * 5e-324,
        np.where(np.arange(40) % 2, 1.7e308, -1.7e308),
        1e15 + np.arange(40.0),
        np.arange(40) % 2 == 0,
        np.arange(40, dtype=np.uint64) + np.uint64(2**63),
        np.arange(40, dtype=np.int8),
        np.arange(40, dtype=np.float32) / 3,
    ],
    ids=["one unit", "huge", "smallest", "overflowing range", "far", "bool", "uint64", "i8", "f4"],
)
def test_extreme_values_give_finite_results(x, tail, inference):
    result = gi_star(x, rook(5, 8), permutations=99, tail=tail, inference=inference)
    for values in (result.z, result.p, result.q):
        assert np.all(np.isfinite(values))
    assert np.all((result.p >= 0) & (result.p <= 1))


def test_units_without_neighbours_are_named_and_have_p_one():
    w = rook(5, 8).tolil()
    w[[0, 39], :] = 0
    x = harm_like(40, 0)
    x[0] = 5475
    for tail in ("hot", "cold", "two-sided"):
        result = gi_star(x, w.tocsr(), tail=tail)
        assert result.without_neighbours.tolist() == [0, 39]
        assert result.p[[0, 39]].tolist() == [1, 1]
    assert np.isfinite(result.z[0])


def test_no_neighbours_at_all_still_works():
    result = gi_star(np.arange(5), sparse.csr_array((5, 5)), tail="two-sided")
    assert np.all(result.p == 1)


def test_w_need_not_be_symmetric_sorted_or_without_explicit_zeros():
    x, w = harm_like(12, 0) + np.arange(12), rook(3, 4)
    expected = gi_star(x, w)
    untidy = w.copy()
    for i in range(12):
        row = slice(untidy.indptr[i], untidy.indptr[i + 1])
        untidy.indices[row] = untidy.indices[row][::-1]
    untidy.has_sorted_indices = False
    np.testing.assert_array_equal(gi_star(x, untidy).p, expected.p)
    with_zeros = w.copy()
    with_zeros.data[0] = 0
    assert gi_star(x, with_zeros).z[0] != expected.z[0]
    assert with_zeros.nnz == w.nnz


@pytest.mark.parametrize(
    ("x", "w", "says"),
    [
        ([1, 2], sparse.csr_array((2, 2)), "at least 3 units"),
        ([4] * 12, rook(3, 4), "All 12 units have x = 4"),
        ([0.3] * 12, rook(3, 4), "All 12 units"),
        (range(4), sparse.csr_array(1 - np.eye(4)), "whole study area of 4 units"),
    ],
)
@pytest.mark.parametrize("inference", ["permutation", "analytic"])
def test_an_undefined_statistic_is_refused_with_a_remedy(x, w, says, inference):
    with pytest.raises(DegenerateInputError, match=says) as refusal:
        gi_star(list(x), w, inference=inference)
    remedies = ("use a finer unit", "widen the window", "use fewer neighbours")
    assert any(remedy in str(refusal.value) for remedy in remedies)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"x": [np.nan] + [1.0] * 11}, "not finite at 1 units, the first at position 0"),
        ({"x": [np.inf] + [1.0] * 11}, "not finite"),
        ({"x": np.ones((3, 4))}, "shape"),
        ({"x": ["a"] * 12}, "numbers"),
        ({"x": range(11)}, r"\(11, 11\) is needed"),
        ({"x": [0, 2**62] * 6}, "overflow"),
        ({"w": rook(3, 4).toarray()}, "CSR"),
        ({"w": rook(3, 4).tocsc()}, "CSR"),
        ({"w": rook(3, 4) * 0.5}, "binary"),
        ({"w": rook(3, 4) + sparse.eye_array(12, format="csr")}, "own neighbours"),
        ({"permutations": 0}, "permutations"),
        ({"permutations": -1}, "permutations"),
        ({"permutations": 9.5}, "permutations"),
        ({"max_permutations": 0}, "max_permutations"),
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
        ({"tail": "upper"}, "tail"),
        ({"inference": "bayes"}, "inference"),
        ({"correction": "bonferroni"}, "correction"),
        ({"alpha": 0}, "alpha"),
        ({"alpha": np.nan}, "alpha"),
    ],
)
def test_wrong_input_is_refused_by_name(changes, says):
    arguments = {"x": list(range(12)), "w": rook(3, 4), **changes}
    with pytest.raises(InvalidInputError, match=says):
        gi_star(**arguments)


def test_a_pair_stored_twice_is_not_binary():
    w = rook(3, 4)
    twice = sparse.csr_array(
        (
            np.ones(w.nnz + 1),
            np.append(w.indices, w.indices[-1]),
            np.append(w.indptr[:-1], w.nnz + 1),
        )
    )
    with pytest.raises(InvalidInputError, match="binary"):
        gi_star(range(12), sparse.csr_array(twice, shape=(12, 12)))
