"""The cube: counted once, cut by days, and laid in steps of days and of months."""

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial import cube
from spatial.errors import InvalidInputError

EPOCH = datetime.date(1970, 1, 1)
CODES = ("theft", "arson", "robbery")


def days(*dates: str) -> list[int]:
    return [(datetime.date.fromisoformat(date) - EPOCH).days for date in dates]


def made(dates, **more) -> cube.Cube:
    none = np.zeros(len(dates), dtype=int)
    return cube.build(none, days(*dates), none, units=1, codes=("theft",), **more)


INCIDENTS = st.lists(
    st.tuples(st.integers(-1, 4), st.integers(-400, 800), st.integers(0, 2), st.integers(-1, 23)),
    max_size=60,
)


@settings(deadline=None)
@given(INCIDENTS, st.integers(-450, 850), st.integers(1, 60))
def test_every_incident_of_a_unit_is_in_the_step_of_its_day(incidents, last, length):
    position, day, code, hour = np.array(incidents, dtype=int).reshape(-1, 4).T
    of_all = cube.build(position, day, code, units=5, codes=CODES, hour=hour)
    inside = [one for one in incidents if one[0] >= 0]
    assert of_all.count().sum() == len(inside)
    for start, known in ((None, of_all), (None, of_all.until(last)), (-100, of_all)):
        first = start if start is not None else min((one[1] for one in inside), default=None)
        number = 0 if first is None or first > last else (last - first + 1) // length
        if start is None and first is not None and first > last:
            number = 0
        expected = np.zeros((3, 5, number), dtype=int)
        for unit, its_day, its_code, _ in inside:
            back = (last - its_day) // length
            if its_day <= last and back < number:
                expected[its_code, unit, number - 1 - back] += 1
        counts = known.counts(last, days=length, since=start)
        assert counts.shape == (3, 5, number)
        np.testing.assert_array_equal(counts.array(), expected)


@settings(deadline=None)
@given(INCIDENTS)
def test_the_order_of_incidents_does_not_matter(incidents):
    columns = np.array(incidents, dtype=int).reshape(-1, 4)
    one, other = (
        cube.build(*rows.T[:3], units=5, codes=CODES, hour=rows.T[3])
        for rows in (columns, columns[::-1])
    )
    for name in ("unit", "day", "code", "hour", "number"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_months_counted_back_from_the_end_of_one_are_those_of_the_calendar():
    dates = ["2023-12-31", "2024-01-16", "2024-02-15", "2024-02-29", "2024-03-01", "2024-03-31"]
    steps = made(dates).steps(days("2024-03-31")[0], months=True)
    # The month of the first incident is whole: an incident known to the month stands in its middle.
    assert (steps.age.tolist(), steps.number) == ([3, 2, 1, 1, 0, 0], 4)
    steps = made(dates).steps(days("2024-02-29")[0], months=True)
    assert (steps.age.tolist(), steps.number) == ([2, 1, 0, 0, -1, -1], 3)


def test_months_counted_back_from_the_middle_of_one_leave_out_an_incomplete_first_one():
    dates = ["2024-01-20", "2024-02-20", "2024-03-21", "2024-04-20"]
    steps = made(dates).steps(days("2024-04-20")[0], months=True)
    assert (steps.age.tolist(), steps.number) == ([-1, 2, 0, 0], 3)
    steps = made(dates).steps(days("2024-03-30")[0], months=True)  # until 29 February, 30 January
    assert (steps.age.tolist(), steps.number) == ([-1, 1, 0, -1], 2)


def test_a_history_that_began_before_its_first_incident_has_the_steps_before_it_too():
    known = made(["2024-03-10"])
    first, last = days("2024-01-01", "2024-03-31")
    assert known.counts(last, months=True).array().tolist() == [[[1]]]
    assert known.counts(last, months=True, since=first).array().tolist() == [[[0, 0, 1]]]
    assert known.between(first, last).counts(months=True).array().tolist() == [[[0, 0, 1]]]


def test_what_comes_later_is_not_known():
    known = made(["2024-03-10", "2024-03-11", "2024-03-11", "2024-03-12"])
    first, second, third = days("2024-03-10", "2024-03-11", "2024-03-12")
    assert known.until(second).count().tolist() == [3]
    assert known.until(second).until(third).count().tolist() == [3]
    assert known.between(second, third).count().tolist() == [3]
    assert known.until(second).between(second, third).count().tolist() == [2]
    assert known.until(first - 1).counts().shape == (1, 1, 0)


def test_codes_may_be_named_and_harm_is_weighed_by_them():
    named = cube.build([0, 1, 1], [0, 0, 0], ["arson", "theft", "arson"], units=2, codes=CODES)
    assert named.harm([2, 185, 365]).tolist() == [185, 187]
    with pytest.raises(InvalidInputError, match=r"weight has shape \(2,\), but there are 3"):
        named.harm([2, 185])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"position": [0, 2]}, "position must be from -1 to 1, but 1 are not"),
        ({"position": [0.0, 1.0]}, "position must be integers"),
        ({"day": [1]}, r"day has shape \(1,\), but position has \(2,\)"),
        ({"day": [1, 10**7]}, "day must be from"),
        ({"code": [0, 3]}, "code must be from 0 to 2"),
        ({"code": ["theft", "piracy"]}, "codes lacks piracy"),
        ({"hour": [1, 24]}, "hour must be from -1 to 23"),
        ({"codes": ("theft", "theft")}, "distinct"),
    ],
)
def test_wrong_input_is_named(wrong, message):
    right = {"position": [0, 1], "day": [1, 2], "code": [0, 1], "units": 2, "codes": CODES}
    with pytest.raises(InvalidInputError, match=message):
        cube.build(**right | wrong)
