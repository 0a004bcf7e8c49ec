"""Areas: measured as geodesy does, found as brute force would, shared out without loss."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from spatial import areas, grid, streets
from spatial.errors import InvalidInputError

GEOD = Geod(ellps="WGS84")
STEP = 0.01  # degrees: the lattice on which random boxes have their corners
WEST, SOUTH = -1.2, 54.5

CORNERS = st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 4), st.integers(1, 4))
BOXES = st.lists(CORNERS, min_size=1, max_size=8).map(
    lambda corners: np.array([square(x, y, x + w, y + h) for x, y, w, h in corners])
)


def square(west: float, south: float, east: float, north: float):
    """A box whose sides are told in steps of the lattice."""
    return shapely.box(
        WEST + west * STEP, SOUTH + south * STEP, WEST + east * STEP, SOUTH + north * STEP
    )


def street(*corners: tuple[float, float]):
    """A street line whose corners are told in steps of the lattice."""
    return shapely.LineString(np.array(corners) * STEP + (WEST, SOUTH))


def chicago() -> gpd.GeoSeries:
    """The 77 community areas, from Illinois State Plane feet."""
    examples = pytest.importorskip("libpysal.examples")
    table = gpd.read_file(examples.load_example("chicago").get_path("Chicago77.shp"))
    return table.geometry.set_crs(3435, allow_override=True)


# Areas


@pytest.mark.parametrize("latitude", [-75.0, -0.5, 0.0, 33.0, 54.5, 84.0])
@pytest.mark.parametrize("size", [0.001, 0.01, 1.0])
def test_area_is_that_of_geodesics_between_points_close_together(latitude, size):
    shape = shapely.Polygon(
        [(10, latitude), (10 + size, latitude + size / 3), (10 + size / 2, latitude + size)],
        [[(10 + size / 2.2, latitude + size / 2), (10 + size / 2, latitude + size / 2.5),
          (10 + size / 2, latitude + size / 2)]],
    )  # fmt: skip
    close = shapely.orient_polygons(shapely.segmentize(shape, max(size / 2_000, 1e-5)))
    true, _ = GEOD.geometry_area_perimeter(close)
    assert areas.area_km2([shape])[0] * 1e6 == pytest.approx(abs(true), rel=1e-6)


def test_area_is_that_of_an_equal_area_plane():
    plane = "+proj=laea +lat_0=41.8 +lon_0=-87.7 +datum=WGS84"
    places = chicago().to_crs(4326)
    close = gpd.GeoSeries(shapely.segmentize(places.array, 0.0002), crs=4326)
    np.testing.assert_allclose(areas.area_km2(places), close.to_crs(plane).area / 1e6, rtol=1e-6)


def test_the_whole_globe_has_the_area_of_the_ellipsoid():
    bands = [shapely.box(-180, south, 180, south + 5) for south in range(-90, 90, 5)]
    assert areas.area_km2(bands).sum() == pytest.approx(510_065_621.724, rel=1e-9)


def test_cells_that_share_out_an_area_have_its_area_together():
    place = chicago().to_crs(4326).iloc[0]
    cells = grid.polygons(grid.cover(place, 9))
    parts = shapely.intersection(cells, place)
    whole = [part for part in parts if part.geom_type in {"Polygon", "MultiPolygon"}]
    assert areas.area_km2(whole).sum() == pytest.approx(areas.area_km2([place])[0], rel=1e-9)


# Points


def brute_force(x, y, boxes) -> list[int]:
    """The first polygon that covers each point, pair by pair; -1 for none."""
    return [
        next((at for at, box in enumerate(boxes) if box.covers(shapely.Point(one))), -1)
        for one in zip(x, y, strict=True)
    ]


@given(BOXES, st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=30))
@settings(deadline=None)
def test_points_lie_where_brute_force_finds_them_on_borders_too(boxes, halves):
    at = (
        np.array(halves, dtype=float).reshape(-1, 2) / 2
    )  # every other one on a line of the lattice
    x, y = WEST + at[:, 0] * STEP, SOUTH + at[:, 1] * STEP
    found = areas.place(x, y, boxes)
    assert found.tolist() == brute_force(x, y, boxes)
    inside = shapely.intersects_xy(shapely.union_all(boxes), x, y) if len(x) else np.zeros(0, bool)
    assert np.bincount(found[found >= 0], minlength=len(boxes)).sum() == inside.sum()


def test_every_point_of_a_city_has_one_area_as_geopandas_finds():
    places = chicago().to_crs(4326)
    random = np.random.default_rng(7)
    west, south, east, north = places.total_bounds
    x, y = random.uniform(west, east, 5_000), random.uniform(south, north, 5_000)
    x, y = np.repeat(x, 2), np.repeat(y, 2)  # places hold several incidents
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y, crs=4326))
    peer = points.sjoin(places.to_frame("geometry"), how="left")["index_right"]
    assert peer.index.is_unique
    assert areas.place(x, y, places).tolist() == peer.fillna(-1).astype(int).tolist()


def test_without_areas_no_point_is_inside():
    assert areas.place([0.0], [51.0], []).tolist() == [-1]


# Neighbours


def test_neighbours_of_the_77_community_areas_are_those_of_pysal():
    graphs = pytest.importorskip("libpysal.graph")
    places = chicago()
    peer = graphs.Graph.build_contiguity(places, rook=False).sparse
    found = areas.neighbours(places.to_crs(4326))
    assert found.nnz == 398
    assert (found.toarray() == (peer.toarray() > 0)).all()


def test_corners_that_meet_but_for_a_hand_are_neighbours_when_asked():
    """Irving Park and Logan Square were drawn 11 cm apart where they meet."""
    places = chicago().to_crs(4326)
    more = areas.neighbours(places, tolerance_m=1) - areas.neighbours(places)
    assert np.argwhere(more.toarray()).tolist() == [[12, 18], [18, 12]]


def test_areas_that_meet_in_a_corner_or_overlap_are_neighbours_and_islands_have_none():
    found = areas.neighbours(
        [square(0, 0, 1, 1), square(1, 1, 2, 2), square(1.5, 1, 3, 2), square(6, 6, 7, 7)]
    )
    assert found.toarray().tolist() == [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    assert found.dtype == np.int8
    assert found.has_sorted_indices


@pytest.mark.parametrize(("gap_m", "tolerance_m", "met"), [(4, 5, 1), (6, 5, 0), (6, 8, 1)])
@pytest.mark.parametrize("latitude", [0.0, 51.0, 69.0])
def test_a_gap_up_to_the_tolerance_in_metres_is_none(latitude, gap_m, tolerance_m, met):
    east, _, _ = GEOD.fwd(0.01, latitude, 90, gap_m)
    pair = [
        shapely.box(0, latitude, 0.01, latitude + 0.01),
        shapely.box(east, latitude - 0.01, east + 0.01, latitude + 0.01),
    ]
    assert areas.neighbours(pair, tolerance_m).nnz == 2 * met


@pytest.mark.parametrize("latitude", [55, 70])
def test_a_corner_in_the_middle_of_a_long_border_meets_it(latitude):
    """On a plane of metres the long edge of the first, taken straight, passes metres away."""
    long = shapely.box(0, latitude, 0.3, latitude + 0.1)
    small = shapely.box(0.13, latitude - 0.1, 0.17, latitude)
    assert areas.neighbours([long, small]).nnz == 2


# Overlaps


def test_overlaps_are_told_and_slivers_are_not():
    layer = [
        square(0, 0, 1, 1),
        square(1, 0, 2, 1),  # shares an edge
        square(1.99999, 0, 3, 1),  # overlaps the one before by a sliver
        square(2.5, 0, 4, 1),
        square(2.6, 0.2, 2.7, 0.3),  # inside two others
    ]
    found = areas.overlaps(layer)
    assert found[["first", "second"]].values.tolist() == [[2, 3], [2, 4], [3, 4]]
    assert found["area_km2"].iloc[1] == pytest.approx(areas.area_km2(layer[4:])[0], rel=1e-6)
    assert len(areas.overlaps(layer, min_share=0)) == 4


def test_the_77_community_areas_do_not_overlap():
    assert areas.overlaps(chicago().to_crs(4326)).empty


# Units in areas


def test_a_unit_lies_in_the_area_that_holds_its_middle():
    districts = [square(0, 0, 2, 2), square(2, 0, 4, 2)]
    cells = [square(1, 0, 1.5, 1), square(1.2, 0, 2.6, 1), square(1.2, 0, 3.2, 1)]
    assert areas.assign(cells, districts).tolist() == [0, 0, 1]
    lines = [street((1, 1), (1.5, 1)), street((1, 1), (3.5, 1)), street((3.9, 1), (3.9, 2))]
    assert areas.assign(lines, districts).tolist() == [0, 1, 1]


def test_a_unit_whose_middle_is_in_no_area_takes_the_one_it_overlaps_most():
    districts = [square(0, 0, 1, 1), square(1, 0, 4, 1), square(0, 5, 1, 6)]
    cells = [
        square(0.7, 0.8, 2, 3),  # more of it in the second
        square(0.2, 0.8, 1.1, 3),  # more of it in the first
        square(6, 6, 7, 7),  # meets none
        square(0.5, 1, 0.8, 2),  # touches the first
    ]
    assert areas.assign(cells, districts).tolist() == [1, 0, -1, 0]
    lines = [
        street((0.9, 0.5), (0.9, 0.9), (3, 0.9), (3, 9)),
        street((0.5, 2), (0.5, 0.5)),
        street((8, 8), (9, 9)),
    ]
    assert areas.assign(lines, districts).tolist() == [1, 0, -1]


def test_a_street_along_a_border_lies_in_the_first_of_its_areas():
    left, right = square(0, 0, 1.37, 3), square(1.37, 0, 3, 3)
    border = street((1.37, 0.31), (1.37, 0.77), (1.37, 2.13))
    assert areas.assign([border], [left, right]).tolist() == [0]
    assert areas.assign([border], [right, left]).tolist() == [0]


def test_the_midpoint_of_a_street_is_found_in_metres():
    """At 60 degrees north, a degree of longitude is half as long as one of latitude."""
    bent = shapely.LineString([(0, 60), (0.015, 60), (0.015, 60.01)])  # 836 m east, 1,114 m north
    east_part, north_part = shapely.box(-1, 59, 2, 60.0005), shapely.box(-1, 60.0005, 2, 61)
    assert areas.assign([bent], [east_part, north_part]).tolist() == [1]


def test_streets_of_teesside_lie_in_the_district_of_their_midpoint(shared_data: Path):
    roads = gpd.read_parquet(shared_data / "cleveland/roads.parquet").iloc[::10]
    segments = streets.prepare(roads, name_column="distinctive_name")
    districts = gpd.read_file(shared_data / "cleveland/districts.gpkg")
    found = areas.assign(segments.geometry, districts.to_crs(4326).geometry)

    middles = segments.geometry.to_crs(27700).interpolate(0.5, normalized=True)
    peer = gpd.GeoDataFrame(geometry=middles).sjoin(districts, how="left")["index_right"]
    known = peer.notna().to_numpy()
    assert known.mean() > 0.95
    agree = found[known] == peer[known].astype(int).to_numpy()
    assert agree.mean() > 0.9999  # a midpoint on the line between two may fall to either


# Amounts shared out


def test_cells_take_the_share_of_an_area_that_they_cover():
    districts = [square(0, 0, 2, 1), square(2, 0, 3, 1)]
    cells = [square(0, 0, 0.5, 1), square(0.5, 0, 2.5, 1)]
    assert areas.apportion(cells, districts, [400, 60]) == pytest.approx([100, 330], rel=1e-9)
    assert areas.coverage(cells, districts) == pytest.approx([1, 0.5], rel=1e-9)


def test_streets_take_their_share_of_the_length_in_an_area():
    districts = [square(0, 0, 2, 2), square(2, 0, 4, 2), square(6, 0, 7, 2)]
    lines = [
        street((1, 0.5), (1, 1.5)),  # 1 step north in the first
        street((2, 0.5), (2, 1.5)),  # as long, on the border: serves both
        street((3, 0.5), (3, 1), (3, 1.5)),
        street((9, 9), (9, 10)),
    ]
    found = areas.apportion(lines, districts, [100, 300, 50])
    assert found == pytest.approx([50, 50 + 150, 150, 0], rel=1e-4)
    assert areas.coverage(lines, districts).tolist() == [1, 1, 0]


def test_lengths_are_shared_in_metres():
    """At 60 degrees north, as many degrees east are half as long as north."""
    lines = shapely.linestrings([[[0, 60], [0.01, 60]], [[0, 60.001], [0, 60.011]]])
    found = areas.apportion(lines, [shapely.box(-1, 59, 1, 61)], [1_000])
    east, north = (GEOD.geometry_length(line) for line in lines)
    assert found == pytest.approx([1_000 * one / (east + north) for one in (east, north)], rel=1e-3)


@given(BOXES, st.randoms())
@settings(deadline=None, max_examples=30)
def test_amounts_are_conserved_where_units_cover_the_areas(districts, random):
    residents = np.array([random.randrange(5_000) for _ in districts], dtype=float)
    cells = grid.polygons(grid.cover(shapely.union_all(districts), 8))
    found = areas.apportion(cells, districts, residents)
    assert found.sum() == pytest.approx(residents.sum(), rel=1e-12)
    assert (found >= 0).all()
    assert areas.coverage(cells, districts) == pytest.approx(np.ones(len(districts)), abs=1e-12)


@given(BOXES, st.lists(CORNERS, min_size=1, max_size=6))
@settings(deadline=None, max_examples=50)
def test_what_units_lack_is_what_they_do_not_cover(districts, corners):
    lattice = {
        (x + across, y + up)
        for x, y, wide, high in corners
        for across in range(wide)
        for up in range(high)
    }
    units = [square(x, y, x + 1, y + 1) for x, y in sorted(lattice)]
    residents = np.arange(1.0, len(districts) + 1)
    found = areas.apportion(units, districts, residents)
    covered = areas.coverage(units, districts)
    assert found.sum() == pytest.approx((residents * covered).sum())
    # Unit squares and boxes on one lattice: the share is that of area, pair by pair.
    own = areas.area_km2(districts)
    for unit, one in zip(units, found, strict=True):
        shared = [box.intersection(unit) for box in districts]
        true = [
            people * areas.area_km2([part])[0] / area
            for people, part, area in zip(residents, shared, own, strict=True)
            if part.geom_type == "Polygon" and not part.is_empty
        ]
        assert one == pytest.approx(sum(true), rel=1e-6, abs=1e-9)


def test_units_that_overlap_share_an_amount_which_never_grows():
    district = [square(0, 0, 1, 1)]
    assert areas.apportion(district * 3, district, [90]) == pytest.approx([30, 30, 30])


def test_the_residents_of_teesside_are_conserved_on_its_streets(shared_data: Path):
    roads = gpd.read_parquet(shared_data / "cleveland/roads.parquet").iloc[::20]
    segments = streets.prepare(roads).geometry
    districts = gpd.read_file(shared_data / "cleveland/districts.gpkg").to_crs(4326).geometry
    residents = np.array([92_000.0, 144_000, 136_000, 197_000])
    found = areas.apportion(segments, districts, residents)
    assert found.sum() == pytest.approx(residents.sum(), rel=1e-12)
    own = np.bincount(areas.assign(segments, districts), weights=found, minlength=4)
    assert own == pytest.approx(residents, rel=0.05)  # a few streets cross the borders


# What is refused


BOWTIE = shapely.Polygon([(0, 51), (1, 52), (1, 51), (0, 52)])


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        ([square(0, 0, 1, 1), None], "position 1 is missing"),
        ([shapely.Polygon()], "position 0 is empty"),
        ([square(0, 0, 1, 1), street((0, 0), (1, 1))], "LineString at position 1 is not a polygon"),
        ([BOWTIE], r"position 0 is not valid: repair it .*\(Self-intersection"),
        ([shapely.box(450_000, 510_000, 460_000, 520_000)], "to_crs"),
        (gpd.GeoSeries([shapely.box(0, 0, 1, 1)], crs=27700), "EPSG:27700"),
    ],
)
def test_areas_that_cannot_be_used_are_refused_by_position(layer, says):
    for ask in (
        areas.area_km2,
        areas.neighbours,
        areas.overlaps,
        lambda polygons: areas.place([0.0], [51.0], polygons),
        lambda polygons: areas.assign([square(0, 0, 1, 1)], polygons),
        lambda polygons: areas.apportion([square(0, 0, 1, 1)], polygons, np.ones(len(polygons))),
    ):
        with pytest.raises(InvalidInputError, match=says):
            ask(layer)


def test_units_of_two_kinds_are_refused():
    mixed = [street((0, 0), (1, 1)), square(0, 0, 1, 1)]
    with pytest.raises(InvalidInputError, match="Polygon at position 1 is not a line"):
        areas.assign(mixed, [square(0, 0, 1, 1)])


@pytest.mark.parametrize(
    ("x", "y", "says"),
    [
        ([0.0, np.nan], [51.0, 51.0], "position 1"),
        ([200.0], [51.0], "not on the globe"),
        ([0.0], [51.0, 52.0], "one shape"),
    ],
)
def test_points_that_are_nowhere_are_refused(x, y, says):
    with pytest.raises(InvalidInputError, match=says):
        areas.place(x, y, [square(0, 0, 1, 1)])


@pytest.mark.parametrize(
    ("amount", "says"),
    [([1.0, 2.0], "each of 1 areas"), ([-1.0], "position 0"), ([np.nan], "position 0")],
)
def test_amounts_that_are_none_are_refused(amount, says):
    with pytest.raises(InvalidInputError, match=says):
        areas.apportion([square(0, 0, 1, 1)], [square(0, 0, 1, 1)], amount)


@pytest.mark.parametrize("tolerance", [0, -1, float("nan"), float("inf")])
def test_a_tolerance_that_is_none_is_refused(tolerance):
    with pytest.raises(InvalidInputError, match="tolerance_m"):
        areas.neighbours([square(0, 0, 1, 1)], tolerance)


@pytest.mark.parametrize("share", [-0.1, 1, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(InvalidInputError, match="min_share"):
        areas.overlaps([square(0, 0, 1, 1)], share)
