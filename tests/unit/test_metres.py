"""Metres: lengths, scale and buffers as on the ellipsoid, wherever the shapes lie."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Proj

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


@pytest.mark.parametrize("latitude", [-79.9, -33.9, -0.01, 0.01, 30, 51.5, 69.6, 83.9])
@pytest.mark.parametrize(("from_central_meridian", "within"), [(0, 2e-10), (3, 2e-10), (9, 1e-8)])
def test_the_scale_is_that_of_the_projection(latitude, from_central_meridian, within):
    zone = CRS(32631 if latitude > 0 else 32731)
    longitude = 3 + from_central_meridian
    project = Proj(zone)
    easting, northing = project(longitude, latitude)
    k = metres.scale(easting, northing, zone)
    # Short lines north and east, measured on the plane and on the ellipsoid: 100 m, so that the
    # rounding of coordinates near 1e7 m is 2e-11 of them.
    for azimuth in (0, 90):
        a = GEOD.fwd(longitude, latitude, azimuth, 50)[:2]
        b = GEOD.fwd(longitude, latitude, azimuth + 180, 50)[:2]
        on_plane = np.hypot(*np.subtract(project(*a), project(*b)))
        assert k == pytest.approx(on_plane / 100, rel=within)


def test_a_plane_that_is_no_utm_zone_has_no_scale_here():
    with pytest.raises(InvalidInputError, match="no UTM zone"):
        metres.scale(0, 0, CRS(27700))


@pytest.mark.parametrize("where", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("reach_m", [25, 400])
def test_a_buffer_reaches_its_metres_on_the_ground(where, reach_m):
    line = zigzag(where, [(0, 0), (0.004, 0.0), (0.002, 0.003)])
    point = shapely.Point(np.add(where, (0.2, 0.05)))
    shapes = gpd.GeoSeries({"line": line, "point": point}, crs=4326)
    around = metres.buffer_m(shapes, reach_m)
    assert around.crs == "EPSG:4326"
    assert around.index.tolist() == ["line", "point"]
    corners = shapely.get_coordinates(around["point"])
    # The scale at the middle changes by less than 8e-9 per metre inside a zone.
    np.testing.assert_allclose(metres_from(point, corners), reach_m, rtol=8e-9 * reach_m + 1e-7)
    outline = shapely.get_coordinates(around["line"].boundary.segmentize(3e-4))
    along_line = shapely.points(shapely.get_coordinates(line.segmentize(1e-5)))
    away = np.min([metres_from(place, outline) for place in along_line], axis=0)
    assert away.max() < reach_m * 1.0001 + 0.01  # the places stand up to 1.1 m apart
    assert away.min() > reach_m * 0.989


def metres_from(point: shapely.Point, places) -> np.ndarray:
    start = np.tile([point.x, point.y], (len(places), 1))
    return GEOD.inv(*start.T, *places.T)[2]


def test_a_shape_without_coordinates_has_an_empty_buffer():
    shapes = gpd.GeoSeries([shapely.Point(0, 51), shapely.Point(), None], crs=4326)
    assert metres.buffer_m(shapes, 10).is_empty.fillna(True).tolist()[:2] == [False, True]
    assert metres.buffer_m(shapes[:0], 10).crs == "EPSG:4326"


@pytest.mark.parametrize("reach_m", [0, -1, float("nan"), float("inf")])
def test_a_buffer_that_reaches_nowhere_is_refused(reach_m):
    with pytest.raises(InvalidInputError, match="positive"):
        metres.buffer_m(gpd.GeoSeries([shapely.Point(0, 51)], crs=4326), reach_m)


def test_the_plane_is_the_zone_of_the_shapes_also_across_the_date_line():
    def zone(*xy) -> str:
        return metres.plane(gpd.GeoSeries(shapely.points(xy), crs=4326)).utm_zone

    assert zone((-0.1, 51.5)) == "30N"
    assert zone((151.2, -33.9)) == "56S"
    assert zone((179.5, -17), (-179.9, -16.5)) == "60S"
    assert zone((179.9, -17), (-179.0, -16.5)) == "1S"


@pytest.mark.parametrize(
    ("shapes", "says"),
    [
        (gpd.GeoSeries([shapely.Point(0, 51)]), "set_crs"),
        (gpd.GeoSeries([shapely.Point()], crs=4326), "no coordinates"),
        (gpd.GeoSeries([shapely.Point(0, 88)], crs=4326), "no UTM zone"),
    ],
)
def test_shapes_without_a_place_on_the_ground_have_no_plane(shapes, says):
    with pytest.raises(InvalidInputError, match=says):
        metres.plane(shapes)
