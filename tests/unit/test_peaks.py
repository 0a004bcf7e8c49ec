"""Peak hours: told where hours of harm differ from a flat week beyond chance, and only there."""

import numpy as np
import pandas as pd
import pytest

from spatial import peaks


def every(number: int) -> np.ndarray:
    return np.ones(number, dtype=bool)


def test_peak_hours_are_found_across_midnight():
    saturday_night = pd.DatetimeIndex(["2024-06-01 23:30"] * 5 + ["2024-06-02 00:10"] * 4)
    friday_noon = pd.DatetimeIndex(["2024-05-31 12:00"])
    found = peaks.peak(saturday_night.append(friday_noon), every(10), np.full(10, 100)).told
    assert found["incidents"] == 10
    assert sum(found["hour_of_week"]) == 10
    # Friday noon is one of ten, and no peak.
    assert found["windows"] == [
        {"day": "Sat", "start": "23:00", "end": "01:00", "count": 9, "harm": 9.0}
    ]
    assert found["p"] == 0.001


def test_two_of_thirteen_in_two_hours_are_no_peak():
    hours = [5, 6, 20, 41, 55, 70, 83, 99, 111, 124, 136, 149, 161]
    when = pd.DatetimeIndex(pd.Timestamp("2024-06-03") + pd.to_timedelta(hours, unit="h"))
    found = peaks.peak(when, every(13), np.full(13, 100))
    assert (found.told, found.absent) == (None, "no_clear_peak")


def test_two_of_two_are_a_coincidence():
    when = pd.DatetimeIndex(["2024-06-01 23:30", "2024-06-08 23:10"])
    assert peaks.peak(when, every(2), np.array([100, 100])).absent == "no_clear_peak"


def test_a_single_grave_incident_is_no_peak_and_hides_none():
    flat = pd.DatetimeIndex(pd.Timestamp("2024-06-03") + pd.to_timedelta(range(0, 168, 7), "h"))
    weight = np.full(24, 100)
    weight[3] = 547_500
    assert peaks.peak(flat, every(24), weight).absent == "no_clear_peak"


def test_harm_decides_and_not_the_number_of_incidents():
    noon = ["2024-06-03 12:00"] * 8
    night = ["2024-06-07 22:30"] * 5
    weight = np.array([100] * 8 + [36_500] * 5)
    found = peaks.peak(pd.DatetimeIndex(noon + night), every(13), weight).told
    assert [(one["day"], one["count"]) for one in found["windows"]] == [("Fri", 5)]


def test_a_flat_week_has_a_peak_as_rarely_as_stated():
    random = np.random.default_rng(1)
    told = 0
    for _ in range(200):
        hour = random.integers(0, 168, 40)
        when = pd.DatetimeIndex(pd.Timestamp("2024-06-03") + pd.to_timedelta(hour, unit="h"))
        weight = random.choice([100, 1_900, 36_500], 40)
        told += peaks.peak(when, every(40), weight).told is not None
    assert told <= 20  # 10 are expected; more than 20 have a chance of 1 in 1,000


def test_nothing_is_told_when_most_hours_are_unknown():
    when = pd.DatetimeIndex(["2024-06-01 00:00"] * 4)
    found = peaks.peak(when, np.array([True, False, False, False]), np.ones(4, int))
    assert (found.told, found.absent) == (None, "hours_unknown")


def test_the_middle_of_a_long_span_is_no_hour():
    start = pd.Timestamp("2024-06-03 09:00", tz="UTC")
    table = pd.DataFrame(
        {
            "occurred_from": [start] * 4,
            "occurred_to": [
                start,
                start + pd.Timedelta(hours=4),
                start + pd.Timedelta(hours=9),
                start,
            ],
            "time_precision": ["exact", "hour", "exact", "day"],
        }
    )
    assert peaks.hour_known(table).tolist() == [True, True, False, False]


@pytest.mark.parametrize("number", [3, 3_000, 30_000])
def test_draws_are_the_same_each_time_and_bounded(number):
    when = pd.DatetimeIndex(["2024-06-01 23:30"] * number)
    one, two = (peaks.peak(when, every(number), np.full(number, 100)).told for _ in range(2))
    assert one == two
    assert one["p"] <= 1 / 200


def test_the_order_of_incidents_does_not_matter():
    random = np.random.default_rng(8)
    nights = pd.date_range("2024-06-01 23:10", periods=8, freq="7D")
    when = pd.date_range("2024-01-01", periods=40, freq="53h").append(nights)
    weight = np.where(random.random(48) < 0.2, 800, 221)
    orders = [random.permutation(48) for _ in range(4)]
    first, *others = [peaks.peak(when[one], np.ones(48, dtype=bool), weight[one]) for one in orders]
    assert first.told
    assert others == [first] * 3


def test_default_times_of_a_source_have_no_hour():
    random = np.random.default_rng(2)
    spread = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 60_000, 300), "min")
    midnights = pd.date_range("2024-01-01", periods=90, freq="D")
    friday = pd.date_range("2024-01-05 22:00", periods=60, freq="7D")
    seven = pd.date_range("2024-01-01 19:00", periods=90, freq="D")
    local = pd.DatetimeIndex([*spread, *midnights, *friday, *seven])
    source = np.zeros(len(local), dtype=int)
    found = peaks.at_default(local, every(len(local)), source)
    assert found[300:390].all()
    assert not found[390:450].any()  # each Friday at ten is no default
    assert found[450:].all()
    assert found[:300].sum() <= 3
    # Of another source they are nobody's habit, and times that are not exact are none.
    assert not peaks.at_default(local, np.zeros(len(local), dtype=bool), source).any()


def test_a_place_without_incidents_has_no_peak_and_no_hours_that_are_unknown():
    nobody = peaks.peak(pd.DatetimeIndex([]), np.empty(0, dtype=bool), np.empty(0, dtype=np.int64))
    assert (nobody.told, nobody.absent) == (None, "no_clear_peak")
