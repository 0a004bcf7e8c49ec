"""Reference draws: the random stream, the spare's exactness by enumeration, exact counting."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from spatial.errors import InvalidInputError
from spatial.kernels.permutation import SUM_BITS, count_reaching, draw, whole_steps
from spatial.kernels.reference_draws import philox_block

words = st.integers(0, 2**64 - 1)


@settings(deadline=None)  # the first example compiles
@given(st.tuples(words, words, words, words), st.tuples(words, words))
def test_the_random_stream_is_numpys_philox_bit_for_bit(counter, key):
    following = (sum(c << 64 * i for i, c in enumerate(counter)) + 1) % 2**256  # numpy's first
    block = philox_block(
        *(np.uint64(following >> 64 * i & 2**64 - 1) for i in range(4)), *map(np.uint64, key)
    )
    theirs = np.random.Philox(
        counter=np.array(counter, dtype=np.uint64), key=np.array(key, dtype=np.uint64)
    )
    assert list(block) == theirs.random_raw(4).tolist()


def test_draws_are_the_documented_reading_of_the_stream():
    n, seed, permutation = 1000, 5, 7
    raw = np.random.Philox(
        counter=np.array([2**64 - 1, permutation - 1, 0, 0], dtype=np.uint64), key=seed
    ).random_raw(4)
    halves = [int(word) >> shift & 0xFFFFFFFF for word in raw for shift in (0, 32)]
    expected = list(dict.fromkeys(half * n >> 32 for half in halves))[:4]
    assert draw(n, 4, 1, seed, first=permutation)[0].tolist() == expected


# Sizes on both sides of the rules that choose between throwing repeats away and shuffling.
@pytest.mark.parametrize(("n", "size"), [(12, 3), (11, 3), (400, 48), (400, 49), (5, 4), (3, 2)])
def test_each_draw_is_distinct_units_and_depends_on_its_own_number_only(n, size):
    drawn = draw(n, size, 2000, seed=3)
    assert drawn.min() >= 0
    assert drawn.max() < n
    assert np.all(np.diff(np.sort(drawn, axis=1), axis=1) > 0)
    np.testing.assert_array_equal(draw(n, size, 100, seed=3, first=1234), drawn[1234:1334])


@pytest.mark.parametrize(("n", "size"), [(6, 2), (8, 2), (5, 3), (12, 3)])
def test_every_ordered_draw_is_equally_likely(n, size):
    orderings = list(permutations(range(n), size))
    seen = Counter(map(tuple, draw(n, size, 200_000, seed=11).tolist()))
    observed = [seen[ordering] for ordering in orderings]
    assert sum(observed) == 200_000
    assert stats.chisquare(observed).pvalue > 1e-4


@pytest.mark.parametrize(("n", "k"), [(5, 1), (7, 2), (6, 3), (6, 4)])
def test_replacing_itself_by_the_spare_gives_exactly_the_conditional_distribution(n, k):
    draws = list(permutations(range(n), k + 1))
    for i in range(n):
        others = [j for j in range(n) if j != i]
        taken = Counter(
            frozenset(first if i not in first else (*(j for j in first if j != i), spare))
            for *first, spare in draws
        )
        assert set(taken) == {frozenset(subset) for subset in combinations(others, k)}
        assert len(set(taken.values())) == 1


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_counts_equal_those_of_the_scheme_written_plainly(data):
    n = data.draw(st.integers(3, 40))
    numbers = data.draw(st.sampled_from([[0, 1], [0, 3, 7], list(range(30)), [0, 10**9, 10**12]]))
    values = np.array(data.draw(st.lists(st.sampled_from(numbers), min_size=n, max_size=n)))
    counts = np.array(data.draw(st.lists(st.integers(0, min(n - 2, 6)), min_size=n, max_size=n)))
    highest = int(values.max()) * int(counts.max())
    thresholds = np.array(
        data.draw(st.lists(st.integers(-1, highest + 1), min_size=2 * n, max_size=2 * n))
    ).reshape(2, n)
    drawn = draw(n, int(counts.max()) + 1, 300, seed=2)
    expected = np.zeros((2, n), dtype=int)
    for row in drawn.tolist():
        for i, k in enumerate(counts.tolist()):
            first = [row[k] if j == i else j for j in row[:k]]
            expected[:, i] += values[first].sum() >= thresholds[:, i]
    np.testing.assert_array_equal(count_reaching(values, counts, thresholds, 300, 2), expected)


@pytest.mark.parametrize("k", [6, 80])
def test_the_number_of_threads_changes_nothing(k):
    rng = np.random.default_rng(0)
    values = np.rint(rng.lognormal(0, 2, 400) * 100).astype(np.int64)
    counts = rng.integers(0, k + 1, 400)
    thresholds = (values.mean() * counts * rng.lognormal(0, 0.5, (1, 400))).astype(np.int64)
    alone = count_reaching(values, counts, thresholds, 3001, seed=4, threads=1)
    for threads in (2, 3, 7):
        several = count_reaching(values, counts, thresholds, 3001, seed=4, threads=threads)
        assert several.tobytes() == alone.tobytes()


def test_hundredths_compare_exactly():
    x = np.array([0.1, 0.2, 0.3, 0.1 + 0.2, 5475.07])
    assert x[3] != x[2]
    steps = whole_steps(x, largest_count=6)
    assert steps.tolerance == 0
    assert steps.x.tolist() == [
        0, 10, 20, 20, 547497,
    ]  # fmt: skip


def test_values_far_smaller_than_a_hundredth_are_not_rounded_to_nothing():
    steps = whole_steps(np.array([1e-9, 3e-9, 2.5e-9, 0.0]), largest_count=6)
    np.testing.assert_allclose(steps.x / steps.x.max(), [1 / 3, 1, 2.5 / 3, 0], atol=1e-12)


@given(st.lists(st.floats(-1e300, 1e300), min_size=6, max_size=6), st.permutations(range(6)))
def test_float_sums_equal_on_paper_are_within_the_tolerance(x, order):
    values = np.array(x) * np.pi
    assume(values.min() < values.max())
    steps = whole_steps(np.concatenate([values, values[order] * 3 / 3]), largest_count=6)
    difference = abs(int(steps.x[:6].sum()) - int(steps.x[6:].sum()))
    assert difference <= 6 * steps.tolerance


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=9))
def test_steps_keep_the_order_of_values_and_leave_room_for_their_sums(x):
    values = np.array(x)
    if values.min() == values.max():
        return
    steps = whole_steps(values, largest_count=6)
    assert steps.x.min() == 0
    assert 0 < int(steps.x.max()) * 7 < 2**SUM_BITS
    assert np.all(np.diff(steps.x[np.argsort(values)]) >= 0)


def test_the_whole_range_of_unsigned_integers_is_read_exactly():
    top = 2**64 - 1
    x = np.array([top - 2, top, top - 1], dtype=np.uint64)
    assert whole_steps(x, largest_count=1).x.tolist() == [0, 2, 1]


@pytest.mark.parametrize("x", [[-(2**63), 2**63 - 1, 0], [0, 2**61, 1]])
def test_integers_whose_sums_would_overflow_are_refused(x):
    with pytest.raises(InvalidInputError, match="overflow"):
        whole_steps(np.array(x), largest_count=6)


def test_whole_days_in_hundredths_are_counted_in_days():
    assert whole_steps(np.array([300, 100, 36600]), largest_count=6).x.tolist() == [2, 0, 365]
