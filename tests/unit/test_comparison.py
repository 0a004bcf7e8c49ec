"""Comparison of two lists of targets: pairs, merges, splits, and moves of rank."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial.comparison import Ranked, compare, sentence, summary
from spatial.errors import InvalidInputError


def listed(*targets: dict[str, float]) -> list[Ranked]:
    return [
        Ranked("+".join(sorted(target)), rank, target) for rank, target in enumerate(targets, 1)
    ]


def test_a_list_compared_with_itself_has_not_changed():
    targets = listed({"a": 3.0, "b": 1.0}, {"c": 2.0})
    found = compare(targets, targets)
    assert [(one.status, one.earlier, one.later, one.overlap) for one in found] == [
        ("same", 0, 0, 1.0),
        ("same", 1, 1, 1.0),
    ]


def test_places_are_followed_through_new_members_and_ranks():
    earlier = listed({"a": 9.0}, {"b": 5.0, "c": 4.0}, {"d": 2.0})
    later = listed({"b": 8.0, "c": 4.0, "x": 1.0}, {"a": 7.0}, {"n": 3.0})
    found = compare(earlier, later)
    assert [(one.status, one.earlier, one.later) for one in found] == [
        ("up", 1, 0),
        ("down", 0, 1),
        ("new", None, 2),
        ("left", 2, None),
    ]
    assert found[0].overlap == pytest.approx((1 + 12 / 13) / 2)


def test_of_two_that_merge_the_greater_part_stays_and_the_other_says_where_it_went():
    earlier = listed({"a": 9.0}, {"b": 5.0})
    later = listed({"a": 9.0, "b": 5.0})
    stays, left = compare(earlier, later)
    assert (stays.status, stays.earlier, stays.merged_from) == ("same", 0, ("b",))
    assert (left.status, left.earlier, left.merged_into) == ("left", 1, "a+b")


def test_of_one_that_splits_the_greater_part_stays_and_the_other_says_whence_it_is():
    found = compare(listed({"a": 9.0, "b": 5.0}), listed({"a": 9.0}, {"b": 5.0}))
    assert [(one.status, one.split_from) for one in found] == [("same", None), ("new", "a+b")]
    assert summary(found) == {
        "new": 1, "gone": 0, "left": 0, "up": 0, "down": 0, "same": 1, "merged": 0, "split": 1
    }  # fmt: skip


def test_harm_decides_what_is_the_same_place_and_not_the_number_of_units():
    earlier = listed({"core": 90.0, "e1": 5.0, "e2": 5.0})
    later = listed({"e1": 5.0, "e2": 5.0}, {"core": 4.0})
    found = compare(earlier, later)
    assert [one.status for one in found] == ["new", "down"]


def test_without_harm_the_number_of_units_decides():
    (found,) = compare(listed({"a": 0.0, "b": 0.0}), listed({"a": 0.0, "c": 0.0}))
    assert (found.status, found.overlap) == ("same", 0.5)


def test_the_unit_of_harm_does_not_matter():
    earlier = listed({"a": 9.0, "b": 5.0}, {"c": 4.0})
    later = listed({"c": 9.0, "b": 5.0}, {"a": 4.0})
    weeks = [
        Ranked(one.target_id, one.rank, {k: v * 52 for k, v in one.harm.items()}) for one in later
    ]
    assert compare(earlier, later) == compare(earlier, weeks)


@pytest.mark.parametrize(("earlier", "later"), [([], listed({"a": 1.0})), (listed({"a": 1.0}), [])])
def test_an_empty_list_makes_all_new_or_all_left(earlier, later):
    (found,) = compare(earlier, later)
    assert found.status == ("new" if later else "left")
    assert compare([], []) == []
    assert sentence(summary([])) == "Neither list holds a target."


def test_a_unit_in_two_targets_of_a_list_is_refused_by_name():
    with pytest.raises(InvalidInputError, match=r"share a unit \(a\)"):
        compare(listed({"a": 1.0}, {"a": 1.0, "b": 2.0}), [])


def partitions():
    units = st.lists(st.integers(0, 5), min_size=12, max_size=12)
    return st.tuples(units, st.lists(st.integers(0, 9), min_size=12, max_size=12))


def of_partition(parts, harm) -> list[Ranked]:
    groups = [
        {f"u{at}": float(harm[at]) for at in range(12) if parts[at] == part}
        for part in range(5)  # units of part 5 are in no target
    ]
    return listed(*(one for one in groups if one))


@settings(deadline=None)
@given(partitions(), partitions())
def test_pairs_are_one_to_one_and_each_is_the_best_that_was_left(before, after):
    earlier, later = of_partition(*before), of_partition(*after)
    found = compare(earlier, later)
    assert sorted(one.later for one in found if one.later is not None) == list(range(len(later)))
    was = [one.earlier for one in found if one.earlier is not None]
    assert sorted(was) == list(range(len(earlier)))

    def overlap(one: Ranked, other: Ranked) -> float:
        common = one.harm.keys() & other.harm.keys()
        shares = [
            sum(target.harm[unit] for unit in common) / total
            if (total := sum(target.harm.values()))
            else len(common) / len(target.harm)
            for target in (one, other)
        ]
        return sum(shares) / 2

    table = np.array([[overlap(one, other) for other in later] for one in earlier])
    table = table.reshape(len(earlier), len(later)).round(9)
    pairs = {
        (one.earlier, one.later): one.overlap
        for one in found
        if None not in (one.earlier, one.later)
    }
    expected = {}
    while table.size and table.max() > 0:
        # The greatest, ties by the later rank, then by the earlier one.
        now, then = min((j, i) for i, j in zip(*np.nonzero(table == table.max()), strict=True))
        expected[(then, now)] = table[then, now]
        table[then, :] = table[:, now] = 0
    assert pairs == pytest.approx(expected)


def test_the_sentence_names_what_happened_and_nothing_else():
    assert sentence(dict.fromkeys(summary([]), 0) | {"down": 2}) == "2 moved down."
