"""Expected harm: as a plain loop of its definition computes it, and what it says of odd input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from spatial import cube, forecast
from spatial.errors import DegenerateInputError, InvalidInputError


def plain(counts, weight, family, w, half_life, horizon, exposure):
    """Return expected harm by loops over units, codes and steps, in the words of the definition."""
    codes, units, steps = len(counts), len(counts[0]), len(counts[0][0])
    d = [0.5 ** ((steps - 1 - t) / half_life) for t in range(steps)]
    s = sum(d) / sum(x * x for x in d)
    stands_for = sum(d) ** 2 / sum(x * x for x in d)
    near = [[k for k in range(units) if w[i][k]] for i in range(units)]
    family = family or [f"code {j}" for j in range(codes)]

    def spread(n, m):
        above = math.fsum((a - b) ** 2 - b for a, b in zip(n, m, strict=True))
        return max(above / math.fsum(b * b for b in m), 0.001)

    def shrink(n, m):
        c = spread(n, m)
        return [(a + 1 / c) / (1 + 1 / (c * b)) for a, b in zip(n, m, strict=True)]

    n = [
        [s * sum(d[t] * counts[j][i][t] for t in range(steps)) for i in range(units)]
        for j in range(codes)
    ]
    total = [sum(sum(of_unit) for of_unit in counts[j]) for j in range(codes)]
    expected = [0.0] * units
    for label in dict.fromkeys(family):
        members = [j for j in range(codes) if family[j] == label]
        held = [sum(n[j][i] for j in members) for i in range(units)]
        m = []
        for i in range(units):
            around = held[i] + sum(held[k] for k in near[i])
            if exposure is None:
                mean = 0.9 * around / (1 + len(near[i])) + 0.1 * sum(held) / units
            else:
                e = exposure[i] + sum(exposure[k] for k in near[i])
                mean = 0.9 * around / e + 0.1 * sum(held) / sum(exposure)
                mean *= exposure[i]
            m.append(max(mean, 1e-9))
        of_family = shrink(held, m)
        of_all = sum(total[j] for j in members)
        for j in members:
            q = total[j] / of_all if of_all else 0.0
            rates = shrink(n[j], [max(of_family[i] * q, 1e-9) for i in range(units)])
            for i in range(units):
                expected[i] += weight[j] * rates[i]
    return [horizon / stands_for * harm for harm in expected]


@st.composite
def questions(draw):
    codes, units, steps = (draw(st.integers(1, most)) for most in (4, 7, 5))
    counts = draw(
        st.lists(
            st.sampled_from([0, 0, 0, 0, 1, 1, 2, 5, 40]),
            min_size=codes * units * steps,
            max_size=codes * units * steps,
        )
    )
    pairs = draw(st.sets(st.tuples(st.integers(0, units - 1), st.integers(0, units - 1))))
    w = np.zeros((units, units), dtype=np.int8)
    for i, k in pairs:
        if i != k:
            w[i, k] = w[k, i] = 1
    one = st.floats(0.01, 10)
    return {
        "counts": np.array(counts).reshape(codes, units, steps),
        "weight": draw(
            st.lists(st.sampled_from([0, 1, 7.5, 182.25, 5475]), min_size=codes, max_size=codes)
        ),
        "family": draw(
            st.none() | st.lists(st.sampled_from("abc"), min_size=codes, max_size=codes)
        ),
        "w": w,
        "half_life": draw(st.sampled_from([0.3, 1.0, 12.0, 1e9])),
        "horizon": draw(st.sampled_from([0.25, 1.0, 12.0])),
        "exposure": draw(st.none() | st.lists(one, min_size=units, max_size=units)),
    }


@settings(max_examples=150, deadline=None)
@given(questions())
def test_it_equals_a_plain_loop_of_its_definition(question):
    by_loop = plain(**{**question, "counts": question["counts"].tolist()})
    f = forecast.expected(**{**question, "w": sparse.csr_array(question["w"])})
    np.testing.assert_allclose(f.harm, by_loop, rtol=1e-9)


@settings(deadline=None)
@given(questions(), st.randoms(use_true_random=False))
def test_neither_the_names_of_units_nor_the_kind_of_number_matter(question, random):
    w = question["w"]
    order = list(range(len(w)))
    random.shuffle(order)
    f = forecast.expected(**{**question, "w": sparse.csr_array(w)})
    exposure = question["exposure"]
    again = forecast.expected(
        **{
            **question,
            "counts": question["counts"][:, order].astype(np.float32),
            "w": sparse.csr_array(w[order][:, order]),
            "exposure": None if exposure is None else 7 * np.array(exposure)[order],
        }
    )
    np.testing.assert_allclose(again.harm, f.harm[order], rtol=1e-9)


@settings(deadline=None)
@given(questions())
def test_a_cube_says_the_same_as_its_counts(question):
    counts = question["counts"]
    code, unit, step = (
        np.repeat(at, counts.ravel()) for at in np.indices(counts.shape).reshape(3, -1)
    )
    steps = counts.shape[2]
    made = cube.build(
        unit, 28 * step + 27, code, units=counts.shape[1],
        codes=[f"code {j}" for j in range(len(counts))],
    )  # fmt: skip
    last = 28 * steps - 1
    w = sparse.csr_array(question.pop("w"))
    f = forecast.expected(**question, w=w)
    for of_cube in (made.counts(last, since=0), made.between(0, last)):
        again = forecast.expected(**{**question, "counts": of_cube}, w=w)
        np.testing.assert_allclose(again.harm, f.harm, rtol=1e-9)


def row(n: int) -> sparse.csr_array:
    return sparse.csr_array(np.eye(n, k=1, dtype=np.int8) + np.eye(n, k=-1, dtype=np.int8))


def test_a_table_worked_by_hand():
    # Two steps, half-life 1: d = (0.5, 1), s = 1.5/1.25 = 1.2, E = 1.8. n = 1.2 (1, 3) by unit:
    # counts (2, 0) and (2, 2). m = 0.9 * 2.4 + 0.1 * 2.4 = 2.4; c = ((1.44 + 1.44) - 4.8) / 11.52
    # is below 0.001, so F = (n + 1000) / (1 + 1000/2.4), and again for the code with prior F.
    f = forecast.expected([[[2, 0], [2, 2]]], [10], None, row(2), half_life=1.0)
    rate = [(n + 1000) / (1 + 1000 / 2.4) for n in (1.2, 3.6)]
    rate = [(n + 1000) / (1 + 1000 / m) for n, m in zip((1.2, 3.6), rate, strict=True)]
    np.testing.assert_allclose(f.harm, [10 * r / 1.8 for r in rate], rtol=1e-12)
    np.testing.assert_allclose(f.count(), f.harm / 10)


def test_without_any_incident_the_least_is_expected_of_each_code():
    f = forecast.expected(np.zeros((2, 3, 4)), [1, 100], ["a", "a"], row(3), half_life=np.inf)
    np.testing.assert_allclose(f.harm, 101e-9 / 4)


def test_a_unit_without_exposure_is_expected_to_hold_nothing_whatever_it_held():
    counts = np.zeros((1, 4, 3))
    counts[0, :, 0] = [3, 2, 4, 9]
    alone = sparse.csr_array((4, 4), dtype=np.int8)
    f = forecast.expected(counts, [1], None, alone, exposure=[1, 2, 1, 0])
    assert (f.harm[:3] > 0.1).all()
    assert 0 < f.harm[3] < 1e-6


def test_codes_without_a_family_are_each_their_own():
    counts = np.random.default_rng(1).poisson(0.5, (4, 6, 5))
    some = forecast.expected(counts, [1, 2, 3, 4], ["a", None, "a", ""], row(6))
    each = forecast.expected(counts, [1, 2, 3, 4], ["a", "b", "a", "c"], row(6))
    np.testing.assert_array_equal(some.harm, each.harm)


COUNTS = np.ones((2, 3, 4))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"counts": COUNTS[0]}, r"counts must be numbers of shape \(codes, N, steps\)"),
        ({"counts": COUNTS.astype(str)}, "counts must be numbers"),
        ({"counts": np.where(np.arange(4) == 2, np.nan, COUNTS)}, "6 are not, the first that of"),
        ({"counts": np.where(np.arange(4) == 2, -1, COUNTS)}, "code 0 in unit 0 and step 2: -1.0"),
        ({"counts": np.where(np.arange(4) == 2, np.inf, COUNTS)}, "counts must be finite"),
        ({"weight": [1, 2, 3]}, r"weight has shape \(3,\), but \(2,\) is needed"),
        ({"weight": [1, -2]}, "weight must be finite and at least 0"),
        ({"weight": [1, np.nan]}, "weight must be finite and at least 0"),
        ({"family": ["a"]}, "family has 1 labels, but there are 2 codes"),
        ({"w": row(2)}, "there are 3 units"),
        ({"w": np.zeros((3, 3))}, "scipy.sparse CSR"),
        ({"w": row(3) + sparse.eye_array(3, format="csr")}, "own neighbours"),
        ({"half_life": 0}, "half_life must be above 0 steps"),
        ({"half_life": np.nan}, "half_life must be above 0 steps"),
        ({"horizon": 0}, "horizon must be a finite number above 0"),
        ({"horizon": np.inf}, "horizon must be a finite number above 0"),
        ({"exposure": [1, 2]}, r"exposure has shape \(2,\)"),
        ({"exposure": [1, -2, 1]}, "exposure must be finite and at least 0"),
    ],
)
def test_wrong_input_is_named(wrong, message):
    right = {"counts": COUNTS, "weight": [1, 2], "family": None, "w": row(3)}
    with pytest.raises(InvalidInputError, match=message):
        forecast.expected(**right | wrong)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 3, 0), "no whole step of history"),
        ((1, 0, 2), "no unit"),
        ((0, 3, 2), "no offence code"),
    ],
)
def test_nothing_is_forecast_from_nothing(shape, message):
    with pytest.raises(DegenerateInputError, match=message):
        forecast.expected(np.zeros(shape), np.ones(shape[0]), None, row(3)[: shape[1], : shape[1]])


@pytest.mark.parametrize("share", [5e-324, 1e-310, 1e-260])
def test_an_exposure_of_next_to_nothing_is_told_as_well_as_a_small_one(share):
    counts = np.array([[[3, 4], [1, 0], [0, 5], [9, 2]]])
    alone = sparse.csr_array((4, 4))
    tiny, small = (
        forecast.expected(counts, [1], None, alone, exposure=[1, 2, 1, one], interval=0.95)
        for one in (share, 1e-100)
    )
    for name in ("harm", "low", "high"):
        np.testing.assert_allclose(getattr(tiny, name), getattr(small, name), rtol=1e-12)


def test_no_exposure_anywhere_is_refused():
    with pytest.raises(DegenerateInputError, match="No unit has any exposure"):
        forecast.expected(COUNTS, [1, 2], None, row(3), exposure=[0, 0, 0])
