"""How far the middle of incidents moved is told on the globe."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from spatial.drift import Tally, moved_km

MONTH = dt.date(2024, 1, 1)


def tally(*places: tuple[float, float]) -> Tally:
    told = Tally()
    for longitude, latitude in places:
        east, north = math.radians(longitude), math.radians(latitude)
        level = math.cos(north)
        vector = (level * math.cos(east), level * math.sin(east), math.sin(north))
        told.add(MONTH, "theft", 10, [10 * one for one in vector])
    return told


@pytest.mark.parametrize("east", [0.0, 180.0])
def test_a_middle_is_the_same_on_both_sides_of_the_180th_meridian(east: float) -> None:
    places = [(east + away, -17.0 + away) for away in (-0.1, 0.1)]
    wrapped = [((one + 180) % 360 - 180, north) for one, north in places]
    assert moved_km(tally(*wrapped), tally(*wrapped[::-1])) is None
    moved = moved_km(tally(*[(one - 0.3, north) for one, north in wrapped]), tally(*wrapped))
    assert moved is not None
    km = 6371.0088 * math.pi / 180
    assert moved[0] == pytest.approx(0.3 * math.cos(math.radians(17)) * km, rel=1e-3)
    assert moved[1] == pytest.approx(0.1 * math.hypot(1, math.cos(math.radians(17))) * km, rel=1e-3)


def test_incidents_on_one_point_tell_no_distance() -> None:
    here = tally(*[(-0.1, 51.5)] * 1000)
    assert moved_km(tally((3.0, 50.0), (3.1, 50.0)), here) is None
