"""Streets: networks made clean, with junctions and neighbours."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from spatial import streets
from spatial.errors import InvalidInputError

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
