"""Measures of lists, against tables reckoned by hand and against plain enumeration."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from spatial import paired, validation
from spatial.errors import InvalidInputError


@pytest.mark.parametrize(
    ("hits", "total", "area", "total_area", "index"),
    [
        # Chainey, Tompson and Uhlig (2008): a quarter of the crime in half of the area, and a fifth
        # in a tenth of it.
        (25, 100, 50, 100, 0.5),
        (20, 100, 10, 100, 2.0),
        # The challenge of 2016: 12 of 160 calls in a quarter of 147.71 square miles.
        (12, 160, 0.25, 147.71, 0.075 * 147.71 / 0.25),
        (0, 100, 10, 100, 0.0),
        (0, 0, 10, 100, None),
        (0, 100, 0, 100, None),
        (0, 0, 0, 0, None),
    ],
)
def test_the_accuracy_index_is_that_of_the_paper(hits, total, area, total_area, index):
    found = validation.pai(hits=hits, total=total, area=area, total_area=total_area)
    assert found == (None if index is None else pytest.approx(index, rel=1e-12))


def test_the_efficiency_index_is_accuracy_over_the_best_accuracy():
    of_list = validation.pai(hits=12, total=160, area=0.25, total_area=147.71)
    of_best = validation.pai(hits=30, total=160, area=0.25, total_area=147.71)
    assert validation.pei(hits=12, most=30) == pytest.approx(of_list / of_best)
    assert validation.pei(hits=0, most=30) == 0
    assert validation.pei(hits=0, most=0) is None


def test_the_recapture_index_compares_with_the_whole_area():
    assert validation.rri(before=100, after=80, all_before=1000, all_after=800) == pytest.approx(1)
    assert validation.rri(before=100, after=40, all_before=1000, all_after=800) == pytest.approx(
        0.5
    )
    assert validation.rri(before=100, after=0, all_before=1000, all_after=800) == 0
    for nothing in ("before", "all_before", "all_after"):
        held = {"before": 1, "after": 1, "all_before": 10, "all_after": 10} | {nothing: 0}
        if nothing == "all_before":
            held["before"] = 0
        if nothing == "all_after":
            held["after"] = 0
        assert validation.rri(**held) is None


@pytest.mark.parametrize(
    "ask",
    [
        lambda: validation.pai(hits=-1, total=10, area=1, total_area=10),
        lambda: validation.pai(hits=11, total=10, area=1, total_area=10),
        lambda: validation.pai(hits=1, total=10, area=11, total_area=10),
        lambda: validation.pai(hits=1, total=10, area=math.nan, total_area=10),
        lambda: validation.pei(hits=2, most=1),
        lambda: validation.rri(before=2, after=1, all_before=1, all_after=1),
        lambda: validation.capture(hits=math.inf, total=1),
        lambda: validation.taken([1, 2], [1], 1),
        lambda: validation.taken([1, math.nan], [1, 1], 1),
        lambda: validation.taken([1, 2], [1, -1], 1),
        lambda: validation.most([1, 2], [1, 0], 1),
        lambda: validation.most([1, -2], [1, 1], 1),
        lambda: paired.paired([1, 2], [1]),
        lambda: paired.paired([math.inf], [1]),
        lambda: paired.paired([1.0], [2.0], confidence=1),
        lambda: paired.sign_flip([]),
        lambda: paired.sign_flip(np.ones(41)),
        lambda: paired.holm([1.5]),
    ],
)
def test_what_cannot_be_is_refused(ask):
    with pytest.raises(InvalidInputError):
        ask()


def test_parts_that_rounding_makes_larger_than_the_whole_are_the_whole():
    tenths = sum([0.1] * 10)  # 0.9999999999999999
    assert validation.capture(hits=1.0, total=tenths) == 1
    assert validation.pei(hits=1.0, most=tenths) == 1


values = st.lists(st.integers(0, 20), min_size=1, max_size=9)


@given(held=values, k=st.integers(0, 9))
def test_of_equal_units_the_most_is_what_the_fullest_hold(held, k):
    area = 0.1 * min(k, len(held))
    assert validation.most(held, [0.1] * len(held), area) == sum(sorted(held)[::-1][:k])


@given(held=values, data=st.data())
def test_no_choice_of_units_of_the_area_holds_more_than_the_most(held, data):
    size = data.draw(st.lists(st.integers(1, 9), min_size=len(held), max_size=len(held)))
    area = data.draw(st.integers(0, 40))
    best = max(
        sum(itertools.compress(held, some))
        for some in itertools.product((0, 1), repeat=len(held))
        if sum(itertools.compress(size, some)) <= area
    )
    assert validation.most(held, size, area) >= best - 1e-9


@given(score=values, data=st.data())
def test_an_area_is_spent_to_the_last_on_the_highest_scores(score, data):
    size = np.array(
        data.draw(st.lists(st.integers(1, 9), min_size=len(score), max_size=len(score)))
    )
    area = data.draw(st.floats(0, 90))
    part = validation.taken(score, size, area)
    assert part @ size == pytest.approx(min(area, size.sum()), abs=1e-6)
    assert ((part >= 0) & (part <= 1)).all()
    for one, other in itertools.permutations(range(len(score)), 2):
        if score[one] > score[other] and part[other] > 1e-6:
            assert part[one] == 1
        if score[one] == score[other]:
            assert part[one] == part[other]


def test_units_of_equal_score_catch_what_they_do_on_average_when_drawn_by_lot():
    score, held = np.array([3, 1, 1, 1, 0]), np.array([5.0, 2, 4, 9, 100])
    drawn = [5 + sum(some) for some in itertools.combinations(held[1:4], 2)]
    assert validation.taken(score, np.ones(5), 3) @ held == pytest.approx(np.mean(drawn))


def test_units_at_random_catch_their_share_of_the_area():
    size = np.array([1.0, 2, 3, 4])
    assert validation.taken(np.zeros(4), size, 2.5).tolist() == [0.25] * 4


def brute_force(difference):
    """Enumerate every flip in whole numbers, where ties are ties."""
    sums = [
        abs(sum(sign * one for sign, one in zip(signs, difference, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(difference))
    ]
    return sum(one >= abs(sum(difference)) for one in sums) / len(sums)


@given(difference=st.lists(st.integers(-9, 9), min_size=1, max_size=11))
@settings(deadline=None)
def test_flips_of_signs_are_counted_as_enumeration_counts_them(difference):
    expected = brute_force(difference)
    assert paired.sign_flip(difference) == expected
    # Thirds and tenths have no exact double, and their sums tie all the same.
    assert paired.sign_flip(np.array(difference) / 30) == expected
    assert paired.sign_flip(np.array(difference) * 1e-200) == expected


def test_flips_of_signs_of_two_years_of_months():
    assert paired.sign_flip(np.ones(24)) == 2 / 2**24
    # Of equal differences the number of signs is binomial.
    some = np.repeat([1.0, -1.0], (17, 7)) * 0.1
    assert paired.sign_flip(some) == pytest.approx(stats.binomtest(17, 24).pvalue, rel=1e-12)
    assert paired.sign_flip(np.zeros(24)) == 1


def test_the_interval_of_a_difference_is_students():
    first, second = [0.17, 0.21, 0.12, 0.30, 0.25], [0.15, 0.22, 0.10, 0.21, 0.25]
    found = paired.paired(first, second)
    low, high = stats.ttest_rel(first, second).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9)
    assert found.p == brute_force([2, -1, 2, 9, 0])
    assert found.pairs == 5


def test_origins_that_one_rule_was_not_judged_on_are_no_pair():
    found = paired.paired([0.2, None, math.nan, 0.4], [0.1, 0.3, 0.2, None])
    assert found.pairs == 1
    assert found.mean == pytest.approx(0.1)
    assert (found.low, found.high, found.p) == (None, None, 1.0)
    assert paired.paired([None], [0.5]) == paired.Paired(None, None, None, None, 0)


def test_holm_is_that_of_a_table_reckoned_by_hand():
    # 0.01 x 4, 0.02 x 3, 0.03 x 2, then never below what came before.
    assert paired.holm([0.03, 0.01, 0.02, 0.04]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert paired.holm([0.9, 0.8]) == [1.0, 1.0]
    assert paired.holm([None, 0.5]) == [None, 0.5]
    assert paired.holm([]) == []
