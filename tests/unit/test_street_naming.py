"""Names of places on the streets: told as people tell them, the same in any order."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from spatial import streets
from spatial.errors import InvalidInputError

CRS = "EPSG:32630"
EAST, NORTH = 700_000, 5_710_000


def town(*named: tuple[str | None, list[tuple[float, float]]]) -> gpd.GeoDataFrame:
    """Segments of streets drawn in metres on a map, cut where they meet."""
    shapes = [shapely.LineString(np.add(line, (EAST, NORTH))) for _, line in named]
    lines = gpd.GeoDataFrame(
        {"ref": [f"r{number:02}" for number in range(len(named))], "name": [n for n, _ in named]},
        geometry=shapes,
        crs=CRS,
    )
    return streets.prepare(lines, id_column="ref", name_column="name", noding="crossings")


def within(made: gpd.GeoDataFrame, west: float, south: float, east: float, north: float) -> list:
    """Positions of the segments that lie in a box of the map."""
    box = shapely.box(EAST + west - 1, NORTH + south - 1, EAST + east + 1, NORTH + north + 1)
    return np.flatnonzero(made.geometry.to_crs(CRS).within(box)).tolist()


def called(made: gpd.GeoDataFrame, *box: float) -> str | None:
    return streets.stretch_name(made, within(made, *box))


# High Street runs east past three side streets, and on for 400 m to a dead end.
HIGH_STREET = town(
    ("High Street", [(0, 0), (1000, 0)]),
    ("Mill Lane", [(100, -50), (100, 50)]),
    ("Bridge Road", [(300, -80), (300, 80)]),
    ("Church Lane", [(600, 0), (600, 90)]),
    (None, [(200, 0), (200, 40)]),
)


def test_a_street_lies_between_its_crossings_in_alphabetical_order():
    assert called(HIGH_STREET, 100, 0, 300, 0) == "High Street between Bridge Road and Mill Lane"
    assert called(HIGH_STREET, 300, 0, 600, 0) == "High Street between Bridge Road and Church Lane"


def test_past_a_nameless_joint_it_goes_on_to_the_next_crossing():
    assert called(HIGH_STREET, 200, 0, 300, 0) == "High Street between Bridge Road and Mill Lane"
    assert called(HIGH_STREET, 100, 0, 200, 0) == "High Street between Bridge Road and Mill Lane"


def test_the_next_crossing_is_not_looked_for_too_far_away():
    long_street = town(
        ("High Street", [(0, 0), (100, 0), (600, 0)]),
        (None, [(100, 0), (100, 30)]),
        ("Mill Lane", [(0, -50), (0, 50)]),
        ("Bridge Road", [(600, -50), (600, 50)]),
    )
    assert called(long_street, 0, 0, 100, 0) == "High Street at Mill Lane"


def test_at_a_dead_end_only_one_crossing_tells_where_it_is():
    assert called(HIGH_STREET, 600, 0, 1000, 0) == "High Street at Church Lane"
    assert called(HIGH_STREET, 0, 0, 100, 0) == "High Street at Mill Lane"


def test_a_street_that_meets_no_other_is_told_by_its_name():
    assert called(town(("Long Lane", [(0, 0), (90, 0)])), 0, 0, 90, 0) == "Long Lane"


def test_both_ends_dead_it_is_at_the_one_street_it_crosses():
    assert called(HIGH_STREET, 100, -50, 100, 50) == "Mill Lane at High Street"


def test_members_of_other_streets_are_added():
    one = within(HIGH_STREET, 300, 0, 600, 0)
    church_lane = within(HIGH_STREET, 600, 0, 600, 90)
    both = within(HIGH_STREET, 100, -50, 300, 80)
    mill_lane = within(HIGH_STREET, 100, -50, 100, 50)
    assert streets.stretch_name(HIGH_STREET, one + church_lane) == (
        "High Street between Bridge Road and Church Lane, and part of Church Lane"
    )
    assert streets.stretch_name(HIGH_STREET, one + mill_lane) == (
        "High Street between Bridge Road and Church Lane, and Mill Lane"
    )
    assert streets.stretch_name(HIGH_STREET, one + both + church_lane) == (
        "High Street between Church Lane and Mill Lane, and 3 more streets"
    )


def test_nameless_roads_are_told_by_what_they_lead_to():
    made = town(
        ("Mill Lane", [(0, -90), (0, 90)]),
        ("Bridge Road", [(200, -90), (200, 90)]),
        (None, [(0, 0), (80, 10), (200, 0)]),
        (None, [(0, 50), (60, 50)]),
        (None, [(90, 130), (130, 130)]),
    )
    assert called(made, 0, 0, 200, 10) == "unnamed road between Bridge Road and Mill Lane"
    assert called(made, 0, 50, 60, 50) == "unnamed road at Mill Lane"
    assert called(made, 90, 130, 130, 130) == "unnamed road near Bridge Road"


def test_where_nothing_has_a_name_nothing_is_told():
    made = town((None, [(0, 0), (90, 0)]), ("Far Lane", [(900, 0), (990, 0)]))
    assert called(made, 0, 0, 90, 0) is None
    assert streets.stretch_name(made, []) is None
    assert streets.segment_names(town((None, [(0, 0), (90, 0)]))).tolist() == [None]


def test_a_crescent_that_leaves_and_meets_one_street_is_at_that_street():
    made = town(
        ("Mill Lane", [(0, 0), (300, 0)]),
        ("The Crescent", [(100, 0), (120, 60), (180, 60), (200, 0)]),
    )
    crescent = np.flatnonzero(made["name"] == "The Crescent")
    assert streets.stretch_name(made, crescent) == "The Crescent at Mill Lane"


def test_two_carriageways_are_one_street_between_its_crossings():
    made = town(
        ("Ring Road", [(0, 0), (500, 0)]),
        ("Ring Road", [(500, 15), (0, 15)]),
        ("Mill Lane", [(100, -50), (100, 60)]),
        ("Bridge Road", [(400, -50), (400, 60)]),
        (None, [(250, 0), (250, 15)]),
    )
    assert called(made, 100, 0, 400, 15).startswith("Ring Road between Bridge Road and Mill Lane")
    ring_road = [at for at in within(made, 100, 0, 400, 15) if made["name"].iloc[at] == "Ring Road"]
    assert streets.stretch_name(made, ring_road) == "Ring Road between Bridge Road and Mill Lane"
    assert called(made, 100, 0, 400, 0) == "Ring Road between Bridge Road and Mill Lane"


def test_an_island_between_carriageways_is_told_by_where_the_street_goes_on():
    made = town(
        ("High Street", [(0, 0), (100, 0)]),
        ("High Street", [(100, 0), (150, 20), (200, 0)]),
        ("High Street", [(100, 0), (150, -20), (200, 0)]),
        ("High Street", [(200, 0), (300, 0)]),
        ("Mill Lane", [(0, -50), (0, 50)]),
        ("Bridge Road", [(300, -50), (300, 50)]),
    )
    assert called(made, 100, -20, 200, 20) == "High Street between Bridge Road and Mill Lane"


def test_a_roundabout_and_a_ring_road_do_not_lie_between_anything():
    ring = [(0, 0), (40, 0), (40, 40), (0, 40), (0, 0)]
    quiet = town(("The Circle", ring), ("Mill Lane", [(40, 40), (90, 90)]))
    assert streets.stretch_name(quiet, within(quiet, 0, 0, 40, 40)) == "The Circle at Mill Lane"
    busy = town(
        ("The Circle", ring),
        ("Mill Lane", [(40, 40), (90, 90)]),
        ("Bridge Road", [(0, 40), (-50, 90)]),
    )
    assert streets.stretch_name(busy, within(busy, 0, 0, 40, 40)) == "The Circle"
    nameless = town((None, ring), ("Mill Lane", [(40, 40), (90, 90)]))
    assert called(nameless, 0, 0, 40, 40) == "unnamed road at Mill Lane"


def test_a_close_with_a_loop_at_its_end_is_at_the_street_it_leaves():
    made = town(
        ("Mill Lane", [(0, -50), (0, 50)]),
        ("Mill Close", [(0, 0), (50, 0), (70, 20), (90, 0), (70, -20), (50, 0)]),
    )
    assert called(made, 0, -25, 95, 25) == "Mill Close at Mill Lane"


def test_a_street_with_a_jog_is_told_by_its_outer_ends():
    made = town(
        ("High Street", [(0, 0), (100, 0)]),
        ("Mill Lane", [(100, -60), (100, 0), (100, 20), (100, 60)]),
        ("High Street", [(100, 20), (200, 20)]),
        ("Bridge Road", [(0, -50), (0, 50)]),
        ("Church Lane", [(200, -50), (200, 80)]),
    )
    assert called(made, 0, 0, 200, 20) == (
        "High Street between Bridge Road and Church Lane, and Mill Lane"
    )


def test_at_a_corner_of_several_streets_a_name_is_not_told_twice():
    made = town(
        ("High Street", [(0, 0), (100, 0)]),
        ("Mill Lane", [(0, -200), (0, 0), (50, 90), (100, 0), (100, -200)]),
        ("Bridge Road", [(100, 0), (150, 0)]),
    )
    assert called(made, 0, 0, 100, 0) == "High Street between Bridge Road and Mill Lane"


def test_numbered_streets_stand_in_their_order():
    made = town(
        ("Main Street", [(0, 0), (100, 0)]),
        ("10th Street", [(0, -50), (0, 50)]),
        ("5th Street", [(100, -50), (100, 50)]),
    )
    assert called(made, 0, 0, 100, 0) == "Main Street between 5th Street and 10th Street"


def test_names_do_not_depend_on_the_order_of_segments_and_members():
    rng = np.random.default_rng(5)
    for members in (within(HIGH_STREET, 100, -60, 600, 90), within(HIGH_STREET, 200, 0, 300, 0)):
        expected = streets.stretch_name(HIGH_STREET, members)
        for _ in range(10):
            order = rng.permutation(len(HIGH_STREET))
            moved = np.flatnonzero(np.isin(order, members))
            shuffled = HIGH_STREET.iloc[order]
            assert streets.stretch_name(shuffled, rng.permutation(moved)) == expected
            names = streets.segment_names(shuffled)
            assert names.tolist() == streets.segment_names(HIGH_STREET)[order].tolist()


def test_a_member_that_is_no_segment_is_refused():
    for member in (-1, 999):
        with pytest.raises(InvalidInputError, match=f"segments, not {member}"):
            streets.stretch_name(HIGH_STREET, [0, member])


def test_a_nameless_segment_is_off_the_longest_street_it_touches():
    made = town(
        (None, [(0, 0), (100, 0)]),
        ("Short Street", [(0, 0), (0, 40)]),
        ("Long Street", [(100, 0), (100, 90)]),
        (None, [(0, 200), (50, 200)]),
        ("Bay", [(50, 200), (50, 250)]),
        ("Acre", [(0, 200), (0, 250)]),
        (None, [(500, 0), (600, 0)]),
    )
    assert streets.segment_names(made).tolist() == [
        "off Long Street",
        "Short Street",
        "Long Street",
        "off Acre",
        "Bay",
        "Acre",
        None,
    ]


def test_a_point_is_named_by_the_nearest_street_that_has_a_name():
    made = town((None, [(0, 0), (100, 0)]), ("Mill Lane", [(0, 80), (100, 80)]))
    at = gpd.GeoSeries(shapely.points(EAST + 50, NORTH + np.array([5, 70, 400])), crs=CRS)
    lonlat = at.to_crs(4326)
    assert streets.nearest_names(lonlat.x, lonlat.y, made).tolist() == [
        "Mill Lane",
        "Mill Lane",
        None,
    ]
    assert streets.nearest_names(lonlat.x, lonlat.y, made, max_m=20).tolist() == [
        None,
        "Mill Lane",
        None,
    ]
    nameless = town((None, [(0, 0), (100, 0)]))
    assert streets.nearest_names(lonlat.x, lonlat.y, nameless).tolist() == [None] * 3
    assert streets.nearest_names([], [], made).tolist() == []
    with pytest.raises(InvalidInputError, match="max_m must be positive"):
        streets.nearest_names(lonlat.x, lonlat.y, made, max_m=0)


def test_stretches_of_cleveland_are_called_by_its_streets(shared_data: Path):
    roads = gpd.read_parquet(shared_data / "cleveland/roads.parquet")
    made = streets.prepare(roads, id_column="fid", name_column="distinctive_name")
    graph = streets.neighbours(made)
    real = set(made["name"].dropna())
    rng = np.random.default_rng(2)
    told = []
    for seed in rng.choice(len(made), 150, replace=False):
        members = np.union1d([seed], graph[[seed]].indices)[: rng.integers(1, 5)]
        told.append(streets.stretch_name(made, members))
        if told[-1] is not None:
            street = told[-1].split(" between ")[0].split(" at ")[0]
            assert street in real or told[-1].startswith(
                ("unnamed road", *made["name"][members].dropna())
            )
    text = [one for one in told if one is not None]
    assert len(text) > 100
    assert sum(" between " in one for one in text) > 40
    assert not any("None" in one or "nan" in one.split() for one in text)
    names = streets.segment_names(made)
    assert (names[made["name"].notna()] == made["name"].dropna()).all()
    assert 0.6 < np.mean([name is not None for name in names]) < 1
