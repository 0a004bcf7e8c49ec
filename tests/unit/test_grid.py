"""H3 cells: against h3-py, the reference binding of the library."""

import json
from pathlib import Path

import h3
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spatial import grid
from spatial.errors import InvalidInputError

LONGITUDES = st.floats(-179.9, 179.9)
LATITUDES = st.floats(-89.0, 89.0)
LONDON = shapely.box(-0.11, 51.50, -0.07, 51.53)


def as_int(cells: list[str]) -> list[int]:
    return sorted(h3.str_to_int(cell) for cell in cells)


@given(
    st.lists(st.tuples(LONGITUDES, LATITUDES), min_size=1, max_size=30),
    st.sampled_from(grid.RESOLUTIONS),
)
@settings(deadline=None)
def test_a_point_belongs_to_the_cell_that_h3_gives_it(points, resolution):
    longitude, latitude = np.array(points).T
    expected = [h3.str_to_int(h3.latlng_to_cell(y, x, resolution)) for x, y in points]
    assert grid.index(longitude, latitude, resolution).tolist() == expected


@pytest.mark.parametrize(
    ("longitude", "latitude"), [(np.nan, 51.0), (0.0, np.inf), (181.0, 0.0), (0.0, -91.0)]
)
def test_a_point_off_the_globe_is_refused_with_its_position(longitude, latitude):
    with pytest.raises(InvalidInputError, match="position 1"):
        grid.index([0.0, longitude], [51.0, latitude], 9)


def test_no_points_have_no_cells():
    assert grid.index([], [], 9).shape == (0,)


@pytest.mark.parametrize("resolution", [8, 9, 10])
def test_a_study_area_is_covered_by_every_cell_that_overlaps_it(resolution):
    expected = h3.h3shape_to_cells_experimental(
        h3.geo_to_h3shape(LONDON), resolution, contain="overlap"
    )
    assert grid.cover(LONDON, resolution).tolist() == as_int(expected)


def test_the_city_of_london_has_289_cells_of_resolution_10(shared_data: Path):
    document = json.loads((shared_data / "city-of-london/study_area.geojson").read_text())
    area = shapely.geometry.shape(document["features"][0]["geometry"])
    assert len(grid.cover(area, 10)) == 289


def test_an_area_smaller_than_a_cell_is_still_covered():
    assert len(grid.cover(shapely.box(-0.1, 51.5, -0.09999, 51.50001), 7)) >= 1


def test_a_hole_of_the_study_area_is_not_covered():
    hole = shapely.box(-0.10, 51.505, -0.08, 51.525)
    covered = grid.cover(LONDON.difference(hole), 10)
    middle = grid.index([-0.09], [51.515], 10)
    assert middle[0] not in covered


@pytest.mark.parametrize("area", [shapely.Polygon(), shapely.Point(0, 0)])
def test_an_area_without_an_inside_is_refused(area):
    with pytest.raises(InvalidInputError, match="study area must be a polygon"):
        grid.cover(area, 9)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_neighbours_are_the_other_cells_of_the_disk(k):
    cells = grid.cover(LONDON, 9)
    graph = grid.neighbours(cells, k)
    inside = set(cells.tolist())
    for at in range(0, len(cells), 7):
        disk = h3.grid_disk(h3.int_to_str(int(cells[at])), k)
        expected = {h3.str_to_int(cell) for cell in disk} & inside - {int(cells[at])}
        row = graph.indices[graph.indptr[at] : graph.indptr[at + 1]]
        assert set(cells[row].tolist()) == expected
    assert (graph.diagonal() == 0).all()
    assert (graph != graph.T).nnz == 0
    assert set(graph.data.tolist()) == {1}


def test_a_pentagon_has_five_neighbours():
    pentagon = h3.get_pentagons(7)[0]
    cells = np.array(as_int(h3.grid_disk(pentagon, 1)), dtype=np.uint64)
    at = int(np.searchsorted(cells, np.uint64(h3.str_to_int(pentagon))))
    assert grid.neighbours(cells).sum(axis=1)[at] == 5


def test_cells_that_repeat_are_refused():
    cells = grid.cover(LONDON, 9)
    with pytest.raises(InvalidInputError, match="distinct and ascending"):
        grid.neighbours(np.repeat(cells, 2))


def test_polygons_are_right_handed_and_those_of_h3():
    cells = grid.cover(LONDON, 10)[:50]
    polygons = grid.polygons(cells)
    assert shapely.is_ccw(shapely.get_exterior_ring(polygons)).all()
    for cell, polygon in zip(cells.tolist(), polygons, strict=True):
        corners = [(x, y) for y, x in h3.cell_to_boundary(h3.int_to_str(cell))]
        assert polygon.symmetric_difference(shapely.Polygon(corners)).area < 1e-15


def test_areas_and_names_are_those_of_h3():
    cells = grid.cover(LONDON, 9)
    names = [h3.int_to_str(cell) for cell in cells.tolist()]
    assert grid.cell_ids(cells).tolist() == names
    np.testing.assert_allclose(
        grid.area_km2(cells), [h3.cell_area(name, unit="km^2") for name in names], rtol=1e-9
    )


@given(arrays(np.uint64, st.integers(0, 20), elements=st.integers(0, 30)))
def test_positions_find_each_cell_or_say_that_it_is_outside(cells):
    study = np.arange(0, 31, 3, dtype=np.uint64)
    found = grid.positions(cells, study)
    for cell, at in zip(cells.tolist(), found.tolist(), strict=True):
        assert (at == -1 and cell not in study) or study[at] == cell
