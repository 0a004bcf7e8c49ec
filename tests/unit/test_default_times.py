"""Clock times that stand for an unknown time."""

import numpy as np

from spatial import default_times


def a_day(n: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 1440, n)


def test_midnight_noon_and_one_past_midnight_are_found_where_they_are_piled_up():
    for minute, clock in ((0, "00:00"), (720, "12:00"), (1, "00:01"), (1439, "23:59")):
        minutes = np.concatenate([a_day(900), np.full(100, minute)])
        (default,) = default_times.found(minutes)
        assert default.clock == clock
        assert default.rows - 100 == (minutes[:900] == minute).sum()
        assert default.share == default.rows / 1000
        assert default_times.among(minutes, [default]).sum() == default.rows


def test_rounded_hours_are_no_defaults():
    full = a_day(2000) // 60 * 60
    assert default_times.found(full) == []
    half = np.concatenate([full, a_day(1000) // 30 * 30, a_day(1000)])
    assert default_times.found(half) == []


def test_two_defaults_do_not_hide_each_other():
    piled = np.concatenate([a_day(600) // 60 * 60, np.full(200, 0), np.full(300, 60)])
    assert [one.clock for one in default_times.found(piled)] == ["01:00", "00:00"]


def test_few_rows_tell_nothing():
    assert default_times.found(np.zeros(19, dtype=int)) == []
    assert len(default_times.found(np.zeros(20, dtype=int))) == 1
    assert default_times.found([]) == []
