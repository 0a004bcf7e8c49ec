"""When sources recorded, and what windows hold of months."""

import numpy as np
import pytest

from spatial.recorded import coverage, whole_months


def days(*dates):
    return np.array(dates, "M8[D]").astype(np.int64)


def every(first, last, step=1):
    begin, end = days(first, last)
    return np.arange(begin, end + 1, step)


def covered(*parts, **more):
    source = np.concatenate([np.full(len(one), at) for at, one in enumerate(parts)])
    return coverage(np.concatenate(parts), source, len(parts), half_life=13.0, **more)


def test_sources_of_one_time_miss_nothing():
    found = covered(every("2020-01-01", "2023-12-31"), every("2020-01-10", "2023-12-20", 3))
    assert [one.share for one in found] == [1, 1]


@pytest.mark.parametrize("months", [False, True])
def test_what_begins_or_ends_years_apart_counts_for_less(months):
    found = covered(
        every("2020-01-01", "2023-12-31"),
        every("2023-01-01", "2023-12-31"),
        every("2020-01-01", "2022-12-31"),
        months=months,
    )
    assert found[0].share == 1
    assert 0.5 < found[1].share < 0.57
    assert 0.42 < found[2].share < 0.5
    assert [one.last for one in found] == days("2023-12-31", "2023-12-31", "2022-12-31").tolist()
    assert found[1].first == days("2023-01-01")[0]


def test_stray_incidents_far_from_the_rest_are_no_beginning_and_no_end():
    later = np.concatenate([days("2012-05-01"), every("2023-01-01", "2023-12-31")])
    found = covered(every("2020-01-01", "2023-12-31"), np.repeat(later, 3))
    assert found[1].first == days("2023-01-01")[0]
    ended = np.concatenate([every("2020-01-01", "2022-06-30"), days("2023-12-30")])
    found = covered(every("2020-01-01", "2023-12-31"), np.append(np.repeat(ended, 3), ended[-1]))
    assert found[1].last == days("2022-06-30")[0]


def test_a_source_of_a_few_incidents_has_gaps_by_chance():
    found = covered(every("2020-01-01", "2023-12-31"), every("2020-09-01", "2023-06-30", 120))
    assert found[1].share == 1


def test_a_source_without_incidents_has_no_coverage():
    assert coverage(days("2024-01-01"), np.array([1]), 2, half_life=13.0)[0] is None
    assert coverage(days(), np.array([], dtype=np.intp), 1, half_life=13.0) == [None]


@pytest.mark.parametrize(
    ("first", "last", "whole"),
    [
        ("2024-01-01", "2024-03-31", ("2024-01-01", "2024-03-31")),
        ("2024-01-15", "2024-03-20", ("2024-01-01", "2024-03-31")),
        ("2024-01-20", "2024-03-10", ("2024-02-01", "2024-02-29")),
        ("2024-02-01", "2024-02-20", ("2024-02-01", "2024-02-29")),
        ("2024-03-01", "2024-04-30", ("2024-03-01", "2024-04-30")),
        ("2024-03-01", "2024-05-20", ("2024-03-01", "2024-04-30")),
    ],
)
def test_a_window_holds_all_of_a_month_or_none_of_it(first, last, whole):
    middles = days("2024-01-16", "2024-02-15", "2024-03-16")
    assert whole_months(middles, *days(first, last)) == tuple(days(*whole))
