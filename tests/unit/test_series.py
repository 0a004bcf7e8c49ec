"""Series: whole weeks or months, counted as a plain loop counts them."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial import series
from spatial.describe import Period
from spatial.errors import InvalidInputError

EVER = pd.Timestamp("1990-01-01")


def period(start: str, end: str) -> Period:
    return Period(pd.Timestamp(start), pd.Timestamp(end))


def test_weeks_end_with_the_window_and_reach_over_the_window_before():
    year = period("2025-01-01", "2025-12-31")
    steps = series.steps_until(year, EVER, "week")
    assert steps.edges[-1] == pd.Timestamp("2026-01-01")
    assert set(np.diff(steps.edges)) == {np.timedelta64(7, "D")}
    assert pd.Timestamp("2023-12-26") <= steps.start <= pd.Timestamp("2024-01-01")


def test_a_short_window_is_seen_against_half_a_year():
    steps = series.steps_until(period("2025-06-02", "2025-06-08"), EVER, "week")
    assert len(steps) == 26
    months = series.steps_until(period("2025-06-01", "2025-06-30"), EVER, "month")
    assert months.edges[[0, -1]].strftime("%Y-%m-%d").tolist() == ["2024-12-01", "2025-07-01"]


def test_no_step_begins_before_the_first_incident():
    window = period("2025-01-01", "2025-12-31")
    for step in ("week", "month"):
        steps = series.steps_until(window, pd.Timestamp("2025-03-05"), step)
        assert pd.Timestamp("2025-03-05") <= steps.start < pd.Timestamp("2025-04-05")
    assert series.steps_until(window, pd.Timestamp("2025-12-28"), "week") is None
    assert series.steps_until(window, pd.Timestamp("2025-12-02"), "month") is None


def test_months_are_whole_ones_and_the_last_ends_with_the_window():
    steps = series.steps_until(period("2025-01-10", "2025-06-20"), EVER, "month")
    assert steps.edges[-1] == pd.Timestamp("2025-06-21")
    assert (steps.edges[:-1].day == 1).all()
    assert steps.start <= pd.Timestamp("2024-08-01")


@given(
    st.dates(dt.date(2015, 1, 1), dt.date(2024, 1, 1)),
    st.integers(1, 800),
    st.sampled_from(["week", "month"]),
)
def test_steps_are_whole_and_cover_both_windows(start, days, step):
    window = Period(pd.Timestamp(start), pd.Timestamp(start) + pd.Timedelta(days=days - 1))
    steps = series.steps_until(window, EVER, step)
    assert steps.start <= window.before().start
    assert steps.start <= window.end - series.LEAST_HISTORY + pd.Timedelta(days=1)
    assert steps.edges[-1] == window.end + pd.Timedelta(days=1)


def test_no_incident_of_the_window_is_left_of_all_steps():
    window = period("2025-01-01", "2025-12-31")
    first, earliest = pd.Timestamp("2025-03-05"), pd.Timestamp("2025-01-02 10:00")
    for step in ("week", "month"):
        steps = series.steps_until(window, first, step, earliest)
        assert steps.of(pd.DatetimeIndex([earliest]))[0] == 0


@given(st.lists(st.tuples(st.integers(-10, 80), st.integers(0, 3), st.integers(0, 999))))
def test_counts_and_harm_are_those_of_a_plain_loop(incidents):
    steps = series.Steps("week", pd.date_range("2025-01-06", periods=9, freq="7D"))
    when = pd.DatetimeIndex([steps.start + pd.Timedelta(hours=21 * at) for at, _, _ in incidents])
    count, harm = series.by_step(
        steps,
        when,
        np.array([target for _, target, _ in incidents], dtype=np.intp),
        np.array([weight for _, _, weight in incidents], dtype=np.int64),
        4,
    )
    expected = np.zeros((4, 8, 2), dtype=int)
    for moment, (_, target, weight) in zip(when, incidents, strict=True):
        for at in range(8):
            if steps.edges[at] <= moment < steps.edges[at + 1]:
                expected[target, at] += (1, weight)
    assert count.tolist() == expected[..., 0].tolist()
    assert harm.tolist() == (expected[..., 1] / 100).tolist()


def test_arrays_that_do_not_belong_together_are_refused():
    steps = series.Steps("week", pd.DatetimeIndex(["2025-01-06", "2025-01-13"]))
    with pytest.raises(InvalidInputError, match="one length"):
        series.by_step(steps, steps.edges, np.array([0]), np.array([1, 2]), 1)


def test_dates_known_by_month_are_told_by_month():
    assert series.step_for(pd.Series(["month", "month", "exact"])) == "month"
    assert series.step_for(pd.Series(["month", "exact"])) == "week"
