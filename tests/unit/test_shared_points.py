"""Points that many incidents share off the streets are told; what is plausible is not."""

from collections import Counter

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from spatial import streets
from spatial.errors import InvalidInputError


def spots(*groups: tuple[float, float, int, float]) -> tuple:
    """Return points and distances of groups of (longitude, latitude, incidents, metres)."""
    x, y, count, away = np.array(groups, dtype=float).T
    count = count.astype(int)
    return (np.repeat(x, count), np.repeat(y, count)), np.repeat(away, count)


def test_a_default_geocode_is_told_with_its_number_and_distance():
    found = streets.shared_points(
        *spots((0.1, 51, 25, 30.5), (0.2, 51, 40, np.nan), (0.3, 51, 60, 4), (0.4, 51, 3, 20))
    )
    assert found.columns.tolist() == ["longitude", "latitude", "incidents", "distance_m"]
    assert found["longitude"].tolist() == [0.2, 0.1]
    assert found["incidents"].tolist() == [40, 25]
    assert np.isnan(found["distance_m"][0])
    assert found["distance_m"][1] == 30.5


def test_both_the_number_and_the_share_must_be_reached():
    few = spots((0.1, 51, 19, 30))
    assert streets.shared_points(*few).empty
    assert len(streets.shared_points(*few, min_incidents=19)) == 1
    many = spots((0.1, 51, 30, 30), (0.3, 51, 2_971, 1))
    assert streets.shared_points(*many).empty
    assert len(streets.shared_points(*many, min_share=0.009)) == 1


def test_how_far_is_off_the_street_can_be_chosen():
    near = spots((0.1, 51, 50, 8))
    assert streets.shared_points(*near).empty
    assert len(streets.shared_points(*near, off_street_m=5)) == 1


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.floats(0, 40)), max_size=60),
    st.integers(2, 6),
)
def test_the_numbers_are_those_of_counting(incidents, least):
    x, y, away = np.array(incidents, dtype=float).reshape(-1, 3).T
    found = streets.shared_points((x, y), away, min_incidents=least, min_share=0)
    expected = Counter((east, north) for east, north, metres in incidents if metres > 10)
    told = {(row.longitude, row.latitude): row.incidents for row in found.itertuples()}
    assert told == {place: count for place, count in expected.items() if count >= least}
    assert found["incidents"].is_monotonic_decreasing


def test_points_in_metres_are_told_in_degrees():
    there = gpd.GeoSeries([shapely.Point(-0.1234567, 51.7654321)] * 25, crs=4326).to_crs(27700)
    found = streets.shared_points(there, np.full(25, np.nan))
    assert found[["longitude", "latitude"]].values.tolist() == [[-0.1234567, 51.7654321]]


def test_what_snapping_gives_is_what_is_asked_for():
    street = gpd.GeoSeries([shapely.LineString([(0, 51), (0.01, 51)])], crs=4326)
    points, _ = spots((0.004, 51.0003, 30, 0), (0.005, 51.00001, 30, 0), (0.1, 52, 30, 0))
    snapped = streets.snap(points, streets.prepare(street))
    found = streets.shared_points(points, snapped.distance_m)
    assert found["longitude"].tolist() == [0.004, 0.1]
    to_the_parallel = Geod(ellps="WGS84").line_length([0.004, 0.004], [51, 51.0003])
    bulge = (
        420 * 280 * np.tan(np.radians(51)) / (2 * 6.378e6)
    )  # the street is straight, north of it
    assert found["distance_m"][0] == pytest.approx(to_the_parallel - bulge, abs=1e-3)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"min_incidents": 1}, "at least 2"),
        ({"min_share": 1.5}, "from 0 to 1"),
        ({"off_street_m": float("nan")}, "at least 0"),
    ],
)
def test_bounds_that_bound_nothing_are_refused(wrong, says):
    with pytest.raises(InvalidInputError, match=says):
        streets.shared_points(*spots((0, 51, 5, 1)), **wrong)


def test_a_distance_for_each_point_is_asked_for():
    with pytest.raises(InvalidInputError, match="each of 2 points"):
        streets.shared_points(([0, 0], [51, 51]), [1.0])
