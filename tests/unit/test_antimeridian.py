"""Shapes across 180 degrees are cut there, and what is told of them is of both sides."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from spatial import antimeridian, grid
from spatial.areas import area_km2
from spatial.errors import InvalidInputError

ACROSS = shapely.Polygon([(179.9, -16.9), (-179.9, -16.9), (-179.9, -16.7), (179.9, -16.7)])
BOTH_SIDES = shapely.MultiPolygon(
    [shapely.box(179.9, -16.9, 180, -16.7), shapely.box(-180, -16.9, -179.9, -16.7)]
)


def cut(shape):
    return antimeridian.cut(np.array([shape], dtype=object))[0]


@pytest.mark.parametrize(
    "drawn",
    [
        ACROSS,
        shapely.reverse(ACROSS),
        shapely.box(179.9, -16.9, 180.1, -16.7),
        shapely.box(-180.1, -16.9, -179.9, -16.7),
    ],
)
def test_an_area_is_the_same_however_it_is_drawn_across(drawn):
    found = cut(drawn)
    assert shapely.normalize(found).equals_exact(shapely.normalize(BOTH_SIDES), 1e-9)
    assert area_km2([found])[0] == pytest.approx(area_km2([BOTH_SIDES])[0], rel=1e-12)


def test_holes_are_cut_with_their_area():
    outer = [(179, -1), (-179, -1), (-179, 1), (179, 1)]
    for hole in (
        [(179.5, -0.5), (-179.5, -0.5), (-179.5, 0.5), (179.5, 0.5)],
        [(-179.8, -0.5), (-179.5, -0.5), (-179.5, 0.5), (-179.8, 0.5)],
        [(179.2, -0.5), (179.5, -0.5), (179.5, 0.5), (179.2, 0.5)],
    ):
        found = cut(shapely.Polygon(outer, [hole]))
        wanted = 4 - (1.0 if hole[0][0] == 179.5 and hole[1][0] < 0 else 0.3)
        assert found.area == pytest.approx(wanted)
        assert all(np.ptp(part.bounds[::2]) <= 1 for part in found.geoms)


def test_lines_go_on_on_the_other_side():
    found = cut(shapely.LineString([(179.9, 0.0), (-179.9, 0.2)]))
    assert [list(part.coords) for part in found.geoms] == [
        [(179.9, 0.0), (180.0, pytest.approx(0.1))],
        [(-180.0, pytest.approx(0.1)), (-179.9, 0.2)],
    ]


@pytest.mark.parametrize(
    "shape",
    [
        shapely.box(-0.1, 51.5, 0.1, 51.6),
        BOTH_SIDES,
        shapely.box(-180, -90, 180, 90),
        shapely.box(-180, 89.9, 180, 90),
        shapely.box(179.9, 0, 180, 1),
        None,
        shapely.Polygon(),
    ],
)
def test_what_does_not_cross_stays_as_it_is(shape):
    assert cut(shape) is shape


def test_a_ring_around_a_pole_is_refused_with_the_remedy():
    with pytest.raises(InvalidInputError, match="goes around a pole: draw it with edges along 180"):
        cut(shapely.Polygon([(0, 80), (90, 80), (180, 80), (-90, 80)]))


@given(
    west=st.floats(170, 179.9), wide=st.floats(0.2, 20), south=st.floats(-80, 79),
    turn=st.sampled_from([-360.0, 0.0]),
)  # fmt: skip
def test_cutting_neither_adds_nor_takes_ground(west, wide, south, turn):
    shape = shapely.box(west, south, west + wide, south + 1)
    found = cut(shapely.affinity.translate(shape, turn))
    assert found.area == pytest.approx(shape.area)
    assert np.abs(shapely.get_coordinates(found)[:, 0]).max() <= 180
    least, _, most, _ = antimeridian.bounds(np.array([found], dtype=object))
    assert (most - least) % 360 == pytest.approx(wide)


def test_bounds_say_west_and_east_of_both_sides():
    assert antimeridian.bounds(np.array([BOTH_SIDES])) == pytest.approx(
        (179.9, -16.9, -179.9, -16.7)
    )
    spread = np.array([BOTH_SIDES, shapely.box(0, 51, 1, 52)])
    assert antimeridian.bounds(spread)[::2] == (-180, 180)
    world = np.array([shapely.box(-180, -90, 180, 90)])
    assert antimeridian.bounds(world) == (-180, -90, 180, 90)


def test_the_centre_of_a_cut_shape_is_that_of_the_whole():
    longer = shapely.MultiPolygon([shapely.box(179.9, 0, 180, 1), shapely.box(-180, 0, -179.7, 1)])
    assert antimeridian.centres(np.array([longer]))[0] == pytest.approx((-179.9, 0.5))
    plain = np.array([shapely.box(0, 0, 1, 1)])
    assert antimeridian.centres(plain)[0] == pytest.approx((0.5, 0.5))


def test_cells_on_the_antimeridian_are_as_wide_as_others():
    cells = grid.cover(BOTH_SIDES, 8)
    shapes = grid.polygons(cells)
    crossing = shapely.get_type_id(shapes) == 6
    assert crossing.sum() > 10
    parts = shapely.bounds(shapely.get_parts(shapes))
    assert (parts[:, 2] - parts[:, 0]).max() < 0.02
    assert shapely.is_valid(shapes).all()
    rings = shapely.get_exterior_ring(shapely.get_parts(shapes))
    assert shapely.is_ccw(rings).all()
    sizes = area_km2(shapes)
    assert sizes.sum() == pytest.approx(grid.area_km2(cells).sum(), rel=0.01)
    west, _, east, _ = grid.bounds(cells)
    assert 179.8 < west < 180
    assert -180 < east < -179.8
