"""q-values against scipy and the properties of step-up procedures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from spatial.errors import InvalidInputError
from spatial.multiple_testing import adjust

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=60)
methods = st.sampled_from(["bh", "by"])


@given(p_values, methods)
def test_q_values_equal_those_of_scipy(p, method):
    expected = false_discovery_control(p, method=method)
    np.testing.assert_allclose(adjust(p, method), expected, rtol=1e-12, atol=1e-300)


@given(p_values, methods)
def test_q_is_never_below_p_and_never_above_one(p, method):
    q = adjust(p, method)
    assert np.all(q >= np.array(p) * (1 - 1e-12))
    assert np.all(q <= 1)


@given(p_values, methods, st.randoms())
def test_the_order_of_tests_does_not_matter(p, method, random):
    order = list(range(len(p)))
    random.shuffle(order)
    np.testing.assert_array_equal(adjust(np.array(p)[order], method), adjust(p, method)[order])


@given(p_values)
def test_declaring_by_q_is_the_step_up_procedure_of_1995(p):
    ordered, m, alpha = np.sort(p), len(p), 0.1
    within = np.flatnonzero(ordered * m / np.arange(1, m + 1) <= alpha)
    declared = within[-1] + 1 if within.size else 0
    assert np.count_nonzero(adjust(p) <= alpha) == np.count_nonzero(
        np.array(p) <= ordered[declared - 1] if declared else np.zeros(m)
    )


def test_no_tests_give_no_q_values():
    assert adjust([]).size == 0


@pytest.mark.parametrize("p", [[0.5, np.nan], [-0.1], [1.1]])
def test_what_is_not_a_p_value_is_refused(p):
    with pytest.raises(InvalidInputError, match="from 0 to 1"):
        adjust(p)


def test_an_unknown_correction_is_refused():
    with pytest.raises(InvalidInputError, match="bonferroni"):
        adjust([0.5], "bonferroni")
