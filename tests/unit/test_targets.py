"""Targets: which units become one, how areas split, and in what order they are spent."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from spatial import getis_ord
from spatial.errors import InvalidInputError
from spatial.targets import Budget, candidates, group_of, select, target_id
from tests.lattices import chain, lattice


def scored(harm, count=None, q=0.01, kind="hot_99") -> pd.DataFrame:
    harm = np.asarray(harm, dtype=float)
    return pd.DataFrame(
        {
            "harm": harm,
            "count": np.full(len(harm), 5) if count is None else count,
            "q": np.broadcast_to(q, len(harm)),
            "class": np.broadcast_to(kind, len(harm)),
        }
    )


def members(selection):
    return [piece.tolist() for piece in selection.members]


def test_touching_units_become_one_target():
    scores = scored([10, 20, 0, 5], q=[0.01, 0.01, 0.9, 0.01])
    assert members(select(scores, chain(4), np.ones(4), max_size=4)) == [[0, 1], [3]]


def test_units_that_are_cold_are_never_targets():
    scores = scored([10, 20], kind=["cold_99", "hot_99"])
    assert members(select(scores, chain(2), np.ones(2), max_size=4)) == [[1]]


def test_a_level_beyond_the_widest_class_is_obeyed():
    """Classes end at 10 %: units hot at 20 % were left out of a list that was asked at 30 %."""
    scores = scored([10, 20, 30], q=[0.2, 0.25, 0.4], kind="not_significant")
    scores["z"] = [1.3, -1.2, 0.9]
    assert members(select(scores, chain(3), np.ones(3), max_size=4, alpha=0.3)) == [[0]]
    assert members(select(scores, chain(3), np.ones(3), max_size=4, alpha=0.1)) == []
    with pytest.raises(InvalidInputError, match="lack z"):
        select(scores.drop(columns="z"), chain(3), np.ones(3), max_size=4, alpha=0.3)
    with pytest.raises(InvalidInputError, match="alpha must lie between 0 and 1"):
        select(scores, chain(3), np.ones(3), max_size=4, alpha=1.0)


def test_the_widest_class_is_that_of_the_statistic():
    assert max(getis_ord.CLASS_LIMITS) == candidates.WIDEST_CLASS


def test_units_with_too_few_incidents_are_no_candidates():
    scores = scored([10, 5475], count=[5, 2])
    assert members(select(scores, chain(2), np.ones(2), max_size=4)) == [[0]]


def test_the_place_that_makes_its_neighbours_hot_belongs_to_the_target():
    scores = scored([3, 400, 2, 1], q=[0.01, 0.9, 0.01, 0.9])
    alone = select(scores, chain(4), np.ones(4), max_size=4)
    assert members(alone) == [[0], [2]]
    whole = select(scores, chain(4), np.ones(4), max_size=4, neighbours=chain(4))
    assert members(whole) == [[0, 1, 2]]
    assert whole.hot_for.tolist() == [0, 0, 2, -1]


def test_a_piece_of_the_strongest_alone_is_hot_for_its_hottest_neighbour():
    scores = scored([3, 400, 2], q=[0.02, 0.9, 0.01])
    chosen = select(scores, chain(3), np.ones(3), max_size=1, neighbours=chain(3))
    assert members(chosen) == [[1], [0], [2]]
    assert chosen.hot_for.tolist() == [0, 2, 2]


def test_a_weaker_neighbour_or_one_with_too_few_incidents_does_not_join():
    weaker = scored([9, 3, 0], q=[0.01, 0.9, 0.9])
    assert members(select(weaker, chain(3), np.ones(3), max_size=4, neighbours=chain(3))) == [[0]]
    rare = scored([3, 5475, 0], count=[5, 1, 0], q=[0.01, 0.9, 0.9])
    assert members(select(rare, chain(3), np.ones(3), max_size=4, neighbours=chain(3))) == [[0]]


def test_nothing_significant_gives_no_target():
    chosen = select(scored([10, 20], q=0.2), chain(2), np.ones(2), max_size=4)
    assert members(chosen) == []
    assert chosen.candidates == 0


def test_strategy_top_takes_no_unit_for_touching_another():
    """Whole areas around what is high held 19 points less harm than sorting on the same ground."""
    scores = scored([90, 4, 80, 3, 70, 0, 60, 5], q=0.9, kind="not_significant")
    spends = Budget(top=None, size=4)
    chosen = select(scores, chain(8), np.ones(8), max_size=3, budget=spends, strategy="top")
    assert members(chosen) == [[0], [2], [4], [6]]
    assert chosen.ended_by == "size"


@given(
    harm=st.lists(st.integers(0, 30), min_size=1, max_size=40),
    size=st.integers(1, 40),
    largest=st.integers(1, 6),
)
def test_strategy_top_holds_what_sorted_units_of_its_number_hold(harm, size, largest):
    scores = scored(harm, q=0.9, kind="not_significant")
    n = len(harm)
    chosen = select(
        scores, chain(n), np.ones(n), max_size=largest,
        budget=Budget(top=None, size=size), strategy="top",
    )  # fmt: skip
    held = [unit for piece in chosen.members for unit in piece.tolist()]
    assert sum(harm[unit] for unit in held) == sum(sorted(harm)[::-1][: len(held)])
    assert len(held) == min(size, np.count_nonzero(harm))


def test_strategy_top_ranks_whatever_the_statistic_says():
    scores = scored([10, 0, 20], q=0.9, kind="not_significant")
    chosen = select(scores, chain(3), np.ones(3), max_size=1, strategy="top")
    assert members(chosen) == [[2], [0]]


def test_a_large_area_splits_around_its_maxima():
    scores = scored([1, 9, 1, 1, 8, 1])
    assert members(select(scores, chain(6), np.ones(6), max_size=3)) == [[0, 1, 2], [3, 4, 5]]


def test_a_unit_larger_than_the_limit_stands_alone():
    scores = scored([5, 9, 5])
    assert members(select(scores, chain(3), np.full(3, 7.0), max_size=2)) == [[1], [0], [2]]


def test_equal_harm_ranks_by_count_then_by_position():
    scores = scored([5, 0, 5, 0, 5], count=[4, 5, 6, 5, 4], q=[0.01, 1, 0.01, 1, 0.01])
    assert members(select(scores, chain(5), np.ones(5), max_size=1)) == [[2], [0], [4]]


@pytest.mark.parametrize(
    ("budget", "number"),
    [
        (Budget(top=2), 2),
        (Budget(top=None), 4),
        (Budget(top=None, harm_share=0.7), 2),
        (Budget(top=None, size=3.5), 3),
        (Budget(top=None, patrol_minutes=45, minutes_per_target=15), 3),
        (Budget(top=None, patrol_minutes=14, minutes_per_target=15), 0),
    ],
)
def test_the_list_ends_where_the_budget_does(budget, number):
    scores = scored([40, 0, 30, 0, 20, 0, 10], q=[0.01, 1, 0.01, 1, 0.01, 1, 0.01])
    assert len(select(scores, chain(7), np.ones(7), max_size=1, budget=budget).members) == number


@given(
    st.lists(st.integers(0, 50), min_size=36, max_size=36),
    st.lists(st.booleans(), min_size=36, max_size=36),
    st.integers(1, 12),
)
@settings(deadline=None)
def test_targets_part_the_candidates_into_contiguous_areas_within_the_limit(harm, hot, limit):
    graph = lattice(6)
    scores = scored(harm, q=np.where(hot, 0.01, 0.9))
    chosen = select(scores, graph, np.ones(36), max_size=limit, budget=Budget(top=None))
    every = np.concatenate([*chosen.members, np.empty(0, dtype=int)])
    assert sorted(every.tolist()) == np.flatnonzero(hot).tolist()
    for piece in chosen.members:
        assert len(piece) <= limit
        assert connected_components(graph[piece][:, piece], directed=False)[0] == 1
    totals = [scores["harm"][piece].sum() for piece in chosen.members]
    assert totals == sorted(totals, reverse=True)


def test_a_target_keeps_its_name_whatever_the_order_of_its_members():
    assert target_id("h3", ["b", "a"]) == target_id("h3", ["a", "b"])
    assert target_id("h3", ["a", "b"]) != target_id("segment", ["a", "b"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"strategy": "best"}, "expected, hot-spot, top"),
        ({"max_size": 0.0}, "positive"),
        ({"by": "beauty"}, "lack beauty"),
        ({"size": np.ones(3)}, "shape"),
    ],
)
def test_input_that_does_not_fit_is_refused(change, message):
    given_input = {"size": np.ones(2), "max_size": 1.0} | change
    size = given_input.pop("size")
    with pytest.raises(InvalidInputError, match=message):
        select(scored([1, 2]), chain(2), size, **given_input)


def test_a_quota_passes_over_full_groups_and_goes_on():
    scores = scored([50, 0, 40, 0, 30, 0, 20, 0, 10], q=[0.01, 0.9] * 4 + [0.01])
    district = np.array([0, 0, 0, 0, 0, 1, 1, 1, -1])

    def chosen(**budget):
        found = select(
            scores, chain(9), np.ones(9), max_size=1, group=district, budget=Budget(**budget)
        )
        return members(found)

    assert chosen(top=None, per_group=1) == [[0], [6], [8]]
    assert chosen(top=None, per_group=2) == [[0], [2], [6], [8]]
    assert chosen(top=2, per_group=1) == [[0], [6]]
    with pytest.raises(InvalidInputError, match="needs the group"):
        select(scores, chain(9), np.ones(9), max_size=1, budget=Budget(per_group=1))


def test_a_target_counts_where_most_of_its_harm_lies():
    district, harm = np.array([0, 1, 1, -1]), np.array([5.0, 2.0, 2.0, 9.0])
    assert group_of(np.array([0, 1, 2]), district, harm) == 0
    assert group_of(np.array([1, 2]), district, harm) == 1
    assert group_of(np.array([0, 1, 2, 3]), district, harm) == -1
    assert group_of(np.array([0, 1, 2]), district, np.array([4.0, 2.0, 2.0, 0])) == 1
