"""Metres: lengths as on the ellipsoid, wherever the lines lie."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from spatial import metres
from spatial.errors import InvalidInputError

GEOD = Geod(ellps="WGS84")
PLACES = {
    "equator": (9.1, 0.02),
    "London": (-0.1, 51.5),
    "Tromso": (18.9, 69.6),
    "84 north": (-34.0, 83.9),
    "Sydney": (151.2, -33.9),
    "edge of a zone": (6.0, 45.0),
}


def zigzag(where: tuple[float, float], steps) -> shapely.LineString:
    return shapely.LineString(np.add(where, np.cumsum(steps, axis=0)))


STEP = st.tuples(st.floats(-0.01, 0.01), st.floats(-0.005, 0.005))


@pytest.mark.parametrize("where", PLACES.values(), ids=PLACES)
@given(steps=st.lists(STEP, min_size=2, max_size=6))
@settings(deadline=None, max_examples=25)
def test_the_length_of_a_line_is_its_length_on_the_ellipsoid(where, steps):
    line = zigzag(where, steps)
    expected = GEOD.geometry_length(line)
    [found] = metres.lengths_m(gpd.GeoSeries([line], crs=4326))
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-9)


def test_lengths_do_not_depend_on_the_plane_they_come_in():
    line = gpd.GeoSeries([zigzag((2.9, 51.5), [(0, 0), (0.1, 0.1), (0.1, -0.05)])], crs=4326)
    dense = line.segmentize(0.0005)  # or a straight piece is another curve on another plane
    zone = metres.lengths_m(dense.to_crs(32631))
    assert zone == pytest.approx(metres.lengths_m(dense.to_crs(32630)), rel=1e-9)
    assert zone == pytest.approx(metres.lengths_m(dense.to_crs(3857)), rel=1e-9)
    assert metres.lengths_m(line) == pytest.approx(zone, rel=1e-6)


def test_the_parts_of_a_line_add_up_and_what_is_no_line_has_no_length():
    parts = ["LINESTRING (0 51, 0 51.001)", "LINESTRING (0.1 51, 0.101 51)"]
    both = shapely.MultiLineString([shapely.from_wkt(part) for part in parts])
    found = metres.lengths_m(
        gpd.GeoSeries([both, None, shapely.LineString(), *map(shapely.from_wkt, parts)], crs=4326)
    )
    assert found[0] == pytest.approx(found[3] + found[4], rel=1e-14)
    assert found[1:3].tolist() == [0, 0]
    assert metres.lengths_m(gpd.GeoSeries([], crs=4326)).tolist() == []


def test_lines_without_a_reference_system_are_refused():
    with pytest.raises(InvalidInputError, match="set_crs"):
        metres.lengths_m(gpd.GeoSeries([shapely.LineString([(0, 0), (1, 1)])]))
