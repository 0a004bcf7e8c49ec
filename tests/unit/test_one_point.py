"""Targets that rest on one coordinate."""

import numpy as np

from spatial import one_point


def at(*points):
    """Incidents of one target: longitude, latitude, how many, weight of each in hundredths."""
    spread = [np.repeat([one[:2]], one[2], axis=0) for one in points]
    place = np.vstack(spread)
    weight = np.concatenate([np.full(one[2], one[3]) for one in points])
    return place[:, 0], place[:, 1], weight


def found(*points, of_all=720):
    x, y, weight = at(*points)
    return one_point.shared(np.zeros(len(x), dtype=int), x, y, weight, 1, of_all=of_all)[0]


def test_a_hundred_and_twenty_of_seven_hundred_and_twenty_at_one_point_are_told():
    told = found((-0.08, 51.5, 120, 100), (-0.081, 51.5, 1, 100))
    assert (told["longitude"], told["latitude"], told["incidents"]) == (-0.08, 51.5, 120)
    assert told["count_share"] == round(120 / 121, 6)


def test_harm_on_one_point_counts_as_much_as_incidents():
    told = found(
        (-0.08, 51.5, 20, 36_500), *((-0.08 + at / 1e4, 51.5, 1, 100) for at in range(1, 90))
    )
    assert told["count_share"] < 0.2
    assert told["harm_share"] > 0.98


def test_few_or_spread_incidents_are_no_shared_point():
    assert found((-0.08, 51.5, 19, 100)) is None
    assert found((-0.08, 51.5, 30, 100), of_all=4_000) is None  # less than 1 % of all
    assert found(*((-0.08 + at / 1e4, 51.5, 25, 100) for at in range(4))) is None


def test_each_target_has_its_own_fullest_point():
    x, y, weight = at((-0.08, 51.5, 30, 100), (-0.07, 51.5, 40, 100))
    target = np.repeat([1, 0], [30, 40])
    one, other = one_point.shared(target, x, y, weight, 2, of_all=70)
    assert (one["incidents"], other["incidents"]) == (40, 30)
    assert one_point.shared(target[:0], x[:0], y[:0], weight[:0], 2, of_all=0) == [None, None]
