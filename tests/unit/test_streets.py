"""Streets: networks made clean, with junctions and neighbours."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy import cluster

from spatial import streets
from spatial.errors import InvalidInputError
from spatial.streets.junctions import meeting_places

LONDON = "EPSG:32630"
ORIGIN = {LONDON: (700_000, 5_710_000)}


def lines(*wkt: str, crs: str | None = LONDON, **columns) -> gpd.GeoDataFrame:
    east, north = ORIGIN.get(crs, (0, 0))
    shapes = shapely.transform(
        np.array([shapely.from_wkt(one) for one in wkt]), lambda xy: np.add(xy, (east, north))
    )
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


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


def test_an_id_made_of_the_geometry_stays_the_same_when_drawn_the_other_way():
    there, back = lines("LINESTRING (0 0, 7 3, 10 0)"), lines("LINESTRING (10 0, 7 3, 0 0)")
    ids = [streets.prepare(one)["segment_id"].item() for one in (there, back)]
    assert ids[0] == ids[1]


def test_whole_numbers_stay_whole_where_a_missing_one_made_them_floats():
    two = ("LINESTRING (0 0, 10 0)", "LINESTRING (0 50, 10 50)")
    made = streets.prepare(
        lines(*two, fid=[41.0, 7.0], ref=[1.0, None]), id_column="fid", class_column="ref"
    )
    assert made["segment_id"].tolist() == ["41", "7"]
    assert made["road_class"].tolist() == ["1", None]


def test_a_line_without_an_id_gets_one_from_its_shape_and_it_is_told():
    three = ("LINESTRING (0 0, 10 0)", "LINESTRING (0 50, 10 50)", "LINESTRING (0 90, 9 90)")
    made = streets.prepare(lines(*three, ref=["a", "  ", None]), id_column="ref")
    shape_ids = set(streets.prepare(lines(*three[1:]))["segment_id"])
    assert set(made["segment_id"]) == {"a"} | shape_ids
    assert made.attrs["report"].without_id == 2
    assert made.attrs["report"].examples["without_id"] == ["feature 2", "feature 3"]


def test_of_equal_lines_the_named_one_with_the_lowest_id_stays_in_any_order():
    same = lines(
        *["LINESTRING (0 0, 10 0)"] * 3,
        ref=["c", "a", "b"],
        street=["Mill Lane", None, "Mill  Lane "],
    )
    for network in (same, same.iloc[::-1]):
        made = streets.prepare(network, id_column="ref", name_column="street")
        assert made[["segment_id", "name"]].to_numpy().tolist() == [["b", "Mill Lane"]]
        assert set(made.attrs["report"].examples["duplicate"]) == {"a", "c"}


def test_a_part_without_length_leaves_its_line_one_segment():
    made = streets.prepare(
        lines("MULTILINESTRING ((0 0, 10 0), (5 5, 5 5))", ref=["a"]), id_column="ref"
    )
    assert made["segment_id"].tolist() == ["a"]
    assert made.attrs["report"].zero_length == 1


@pytest.mark.parametrize("start", [0.0, 0.0049, 0.005, 0.0051, 0.0099, 123.456])
def test_ends_a_millimetre_apart_meet_wherever_they_lie(start):
    first, second = start, start + 0.001
    made = streets.prepare(
        lines(f"LINESTRING (-90 0, {first} {first})", f"LINESTRING ({second} {second}, 200 0)")
    )
    assert streets.neighbours(made).nnz == 2
    assert made.attrs["report"].dangles == 2


def test_ends_that_all_but_meet_are_joined_as_far_as_asked():
    gap = lines("LINESTRING (0 0, 100 0)", "LINESTRING (100.4 0, 200 0)")
    assert streets.neighbours(streets.prepare(gap)).nnz == 0
    assert streets.neighbours(streets.prepare(gap, snap_ends_m=0.5)).nnz == 2
    with pytest.raises(InvalidInputError, match="at most 10 m, not 25"):
        streets.prepare(gap, snap_ends_m=25)


@given(
    points=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=40),
    order=st.randoms(use_true_random=False),
)
def test_places_are_the_groups_that_single_linkage_makes_in_any_order(points, order):
    xy = np.array(points, dtype=float) * 0.006
    found = meeting_places(xy)
    expected = [0] * len(xy)
    if len(xy) > 1:
        expected = cluster.hierarchy.fcluster(
            cluster.hierarchy.linkage(xy, "single"), 0.01, criterion="distance"
        )
    pairs = set(zip(found, expected, strict=True))
    assert len(pairs) == len(set(found)) == len(set(expected))
    shuffled = list(range(len(xy)))
    order.shuffle(shuffled)
    assert meeting_places(xy[shuffled]).tolist() == found[shuffled].tolist()


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


@pytest.mark.parametrize(
    ("network", "says"),
    [
        (lines("LINESTRING (0 0, 1 1)", crs=None), "coordinate reference system"),
        (lines("LINESTRING (0 0, 1 1)", "POINT (0 0)"), "feature 2 is a Point"),
        (lines("LINESTRING EMPTY"), "no line with a length"),
        (lines("LINESTRING (1 1, 1 1)"), "no line with a length"),
        (lines("LINESTRING (0 0, 1 1)", "LINESTRING (500 0, 900 0)", crs="EPSG:4326"), "Feature 2"),
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
