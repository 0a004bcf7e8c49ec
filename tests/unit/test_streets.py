"""Streets: networks made clean, points snapped as brute force would, neighbours as spaghetti's."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial import streets
from spatial.errors import InvalidInputError

LONDON, TROMSO = "EPSG:32630", "EPSG:32634"
ORIGIN = {LONDON: (700_000, 5_710_000), TROMSO: (420_000, 7_730_000)}


def lines(*wkt: str, crs: str | None = LONDON, **columns) -> gpd.GeoDataFrame:
    east, north = ORIGIN.get(crs, (0, 0))
    shapes = shapely.transform(
        np.array([shapely.from_wkt(one) for one in wkt]), lambda xy: np.add(xy, (east, north))
    )
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def points(xy, crs: str = LONDON) -> gpd.GeoSeries:
    moved = np.asarray(xy, dtype=float) + ORIGIN[crs]
    return gpd.GeoSeries(shapely.points(moved), crs=crs)


def test_multi_part_lines_are_split_and_keep_their_id():
    made = streets.prepare(
        lines(
            "MULTILINESTRING ((0 0, 10 0), (20 0, 30 0))",
            "LINESTRING (0 50, 10 50)",
            ref=["a", "b"],
            street=["Mill Lane", None],
        ),
        id_column="ref",
        name_column="street",
    )
    assert made["segment_id"].tolist() == ["a/1", "a/2", "b"]
    assert made["name"].tolist() == ["Mill Lane", "Mill Lane", None]
    assert made["length_m"].round(2).tolist() == [10, 10, 10]
    assert made.attrs["report"].split == 1
    assert made.crs == "EPSG:4326"


def test_what_is_no_street_is_left_out_and_counted():
    made = streets.prepare(
        lines(
            "LINESTRING (0 0, 10 0)",
            "LINESTRING (10 0, 0 0)",  # the same street, drawn the other way
            "LINESTRING (5 5, 5 5)",
            "LINESTRING EMPTY",
        )
    )
    report = made.attrs["report"]
    assert (report.lines, report.segments) == (4, 1)
    assert (report.duplicate, report.zero_length, report.empty) == (1, 1, 1)


def test_heights_are_dropped():
    made = streets.prepare(lines("LINESTRING Z (0 0 5, 10 0 7)"))
    assert not shapely.has_z(made.geometry.array).any()


def test_an_id_made_of_the_geometry_stays_the_same_in_another_order():
    first = lines("LINESTRING (0 0, 10 0)", "LINESTRING (10 0, 20 5)")
    assert streets.prepare(first)["segment_id"].tolist() == (
        streets.prepare(first.iloc[::-1])["segment_id"].tolist()
    )


def test_segments_that_meet_are_neighbours_and_share_a_junction():
    made = streets.prepare(
        lines(
            "LINESTRING (0 0, 100 0)",
            "LINESTRING (100 0, 200 0)",
            "LINESTRING (100 0, 100 80)",
            "LINESTRING (300 0, 400 0)",
            ref=list("abcd"),
        ),
        id_column="ref",
    )
    assert streets.neighbours(made).toarray().tolist() == [
        [0, 1, 1, 0],
        [1, 0, 1, 0],
        [1, 1, 0, 0],
        [0, 0, 0, 0],
    ]
    assert made.attrs["report"].dangles == 5


def test_at_a_junction_the_lowest_id_takes_the_point_and_it_is_told():
    made = streets.prepare(
        lines("LINESTRING (0 0, 100 0)", "LINESTRING (0 0, 0 100)", ref=["b", "a"]),
        id_column="ref",
    )
    found = streets.snap(points([(-10, -10), (50, 5)]), made)
    assert made["segment_id"].iloc[found.segment].tolist() == ["a", "b"]
    assert found.tied.tolist() == [True, False]


def test_a_point_out_of_reach_stays_unsnapped():
    made = streets.prepare(lines("LINESTRING (0 0, 100 0)"))
    found = streets.snap(points([(50, 49.9), (50, 50.2)]), made, max_snap_m=50)
    assert found.segment.tolist() == [0, -1]
    assert np.isnan(found.distance_m[1])
    assert found.unsnapped == 1


COORDINATES = st.tuples(st.integers(0, 300), st.integers(0, 300))
PIECES = st.lists(
    st.tuples(COORDINATES, COORDINATES).filter(lambda ends: ends[0] != ends[1]),
    min_size=1,
    max_size=12,
    unique=True,
)


@pytest.mark.parametrize("crs", [LONDON, TROMSO])
@given(pieces=PIECES, places=st.lists(COORDINATES, min_size=1, max_size=15))
@settings(deadline=None, max_examples=40)
def test_snapping_is_what_brute_force_finds_in_metres(crs, pieces, places):
    made = streets.prepare(
        lines(*(f"LINESTRING ({a[0]} {a[1]}, {b[0]} {b[1]})" for a, b in pieces), crs=crs)
    )
    at = points(places, crs)
    found = streets.snap(at, made, max_snap_m=80)
    metres = np.asarray(made.geometry.to_crs(crs).array)
    for number, point in enumerate(at):
        every = shapely.distance(point, metres)
        if found.segment[number] < 0:
            assert every.min() > 80 - 1e-3
        else:
            assert found.distance_m[number] == pytest.approx(every.min(), abs=1e-3)
            assert every[found.segment[number]] == pytest.approx(every.min(), abs=1e-3)


def test_longitude_and_latitude_serve_as_points():
    made = streets.prepare(lines("LINESTRING (0 0, 100 0)"))
    at = points([(50, 10)])
    lonlat = at.to_crs(4326)
    by_arrays = streets.snap((lonlat.x.to_numpy(), lonlat.y.to_numpy()), made)
    assert by_arrays.distance_m == pytest.approx(streets.snap(at, made).distance_m)


def test_the_roads_of_cleveland_become_a_network(shared_data: Path):
    roads = gpd.read_parquet(shared_data / "cleveland/roads.parquet")
    made = streets.prepare(roads, name_column="distinctive_name", class_column="classification")
    report = made.attrs["report"]
    assert report.lines == 33_481
    assert report.segments == len(made) == 33_509
    assert report.segments + report.duplicate + report.zero_length + report.empty == (
        shapely.get_num_geometries(roads.geometry.array).sum()
    )
    true_length = roads.geometry.length.sum()  # British National Grid, scale 0.9996 to 1.0004
    assert made["length_m"].sum() == pytest.approx(true_length, rel=2e-3)
    graph = streets.neighbours(made)
    assert (graph != graph.T).nnz == 0
    assert 2 < graph.nnz / len(made) < 5
    assert (made["name"] == "Burbank Street").any()


@pytest.mark.filterwarnings("ignore::FutureWarning")  # libpysal's own
def test_crimes_of_geodanet_snap_as_spaghetti_snaps_them():
    examples = pytest.importorskip("libpysal.examples")
    spaghetti = pytest.importorskip("spaghetti")
    network = gpd.read_file(examples.get_path("streets.shp")).set_crs(2223, allow_override=True)
    crimes = gpd.read_file(examples.get_path("crimes.shp")).set_crs(2223, allow_override=True)
    made = streets.prepare(network)
    found = streets.snap(crimes.geometry, made, max_snap_m=1_000)
    assert found.unsnapped == 0

    peer = spaghetti.Network(in_data=examples.get_path("streets.shp"))
    peer.snapobservations(examples.get_path("crimes.shp"), "crimes", attribute=True)
    feet_per_metre = 1 / 0.3048
    peer_distance = pd.Series(peer.pointpatterns["crimes"].dist_snapped).sort_index()
    np.testing.assert_allclose(
        found.distance_m * feet_per_metre, peer_distance.to_numpy(), rtol=2e-3, atol=0.1
    )
    assert len(found.segment) == 287


@pytest.mark.parametrize(
    ("network", "says"),
    [
        (lines("LINESTRING (0 0, 1 1)", crs=None), "coordinate reference system"),
        (lines("LINESTRING (0 0, 1 1)", "POINT (0 0)"), "feature 2 is a Point"),
        (lines("LINESTRING EMPTY"), "no line with a length"),
        (lines("LINESTRING (1 1, 1 1)"), "no line with a length"),
    ],
)
def test_a_network_that_cannot_be_one_is_refused(network, says):
    with pytest.raises(InvalidInputError, match=says):
        streets.prepare(network)


def test_an_id_that_stands_twice_or_a_missing_column_is_refused():
    network = lines("LINESTRING (0 0, 1 1)", "LINESTRING (5 5, 9 9)", ref=["a", "a"])
    with pytest.raises(InvalidInputError, match="'a' stands on several lines"):
        streets.prepare(network, id_column="ref")
    with pytest.raises(InvalidInputError, match="no column street"):
        streets.prepare(network, name_column="street")


@pytest.mark.parametrize("reach", [0, -5, float("nan")])
def test_a_reach_that_is_none_is_refused(reach):
    made = streets.prepare(lines("LINESTRING (0 0, 100 0)"))
    with pytest.raises(InvalidInputError, match="positive"):
        streets.snap(points([(0, 0)]), made, max_snap_m=reach)
