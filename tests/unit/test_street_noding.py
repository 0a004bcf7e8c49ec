"""Noding: lines are cut where streets truly meet, and bridges and tunnels stay whole."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import combinations, pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial import streets
from spatial.errors import InvalidInputError
from spatial.streets.noding import node

CRS = "EPSG:32630"
EAST, NORTH = 700_000, 5_710_000


def lines(*shapes: str | list[tuple[float, float]], **columns) -> gpd.GeoDataFrame:
    """Lines given as WKT or vertices, in metres from a place in London."""
    made = [
        shapely.from_wkt(one) if isinstance(one, str) else shapely.LineString(one) for one in shapes
    ]
    moved = shapely.transform(np.array(made), lambda xy: np.add(xy, (EAST, NORTH)))
    return gpd.GeoDataFrame(
        {"ref": [f"r{i}" for i in range(len(made))], **columns}, geometry=moved, crs=CRS
    )


def noded(network: gpd.GeoDataFrame, noding: streets.Noding) -> gpd.GeoDataFrame:
    return streets.prepare(network, id_column="ref", noding=noding)


def ids(made: gpd.GeoDataFrame) -> list[str]:
    return made["segment_id"].tolist()


def on_the_plane(made: gpd.GeoDataFrame) -> np.ndarray:
    shapes = np.asarray(made.geometry.to_crs(CRS).array)
    return shapely.transform(shapes, lambda xy: np.subtract(xy, (EAST, NORTH)))


TEE = ([(0, 0), (50, 0), (100, 0)], [(50, 0), (50, 80)])
CROSS = ([(0, 0), (50, 0), (100, 0)], [(50, -40), (50, 0), (50, 40)])


def test_lines_stay_whole_unless_asked():
    assert ids(noded(lines(*TEE), "none")) == ["r0", "r1"]


def test_at_a_shared_vertex_the_street_that_runs_on_is_cut():
    made = noded(lines(*TEE), "vertices")
    assert ids(made) == ["r0/1", "r0/2", "r1"]
    assert made["length_m"].round(1).tolist() == [50, 50, 80]
    assert streets.neighbours(made).toarray().sum() == 6
    assert made.attrs["report"].noded == 1


def test_pieces_are_numbered_in_the_lines_own_direction():
    backwards = noded(lines(TEE[0][::-1], TEE[1]), "vertices")
    first = on_the_plane(backwards)[0]
    assert shapely.get_coordinates(first).round(3).tolist() == [[100, 0], [50, 0]]


def test_the_order_of_the_lines_does_not_matter():
    network = lines(*CROSS, [(20, -30), (20, 30)], [(100, 0), (100, 50), (0, 0)])
    made, again = noded(network, "crossings"), noded(network.iloc[::-1], "crossings")
    assert made.equals(again)


def test_without_a_vertex_in_common_only_crossings_finds_the_junction():
    ending_on = lines([(0, 0), (100, 0)], [(50, 0), (50, 80)])
    crossing = lines([(0, 0), (100, 0)], [(50, -40), (50, 40)])
    assert ids(noded(ending_on, "vertices")) == ["r0", "r1"]
    assert ids(noded(ending_on, "crossings")) == ["r0/1", "r0/2", "r1"]
    assert ids(noded(crossing, "vertices")) == ["r0", "r1"]
    assert ids(noded(crossing, "crossings")) == ["r0/1", "r0/2", "r1/1", "r1/2"]


def test_an_end_a_few_millimetres_off_the_street_meets_it():
    made = noded(lines([(0, 0), (100, 0)], [(50, 0.004), (50, 80)]), "crossings")
    assert ids(made) == ["r0/1", "r0/2", "r1"]
    assert streets.neighbours(made).toarray().sum() == 6
    apart = noded(lines([(0, 0), (100, 0)], [(50, 0.03), (50, 80)]), "crossings")
    assert ids(apart) == ["r0", "r1"]


@pytest.mark.parametrize(
    "tags",
    [
        {"bridge": [None, "yes"]},
        {"bridge": ["no", "viaduct"]},
        {"BRIDGE": ["F", "T"], "layer": [0, 0]},
        {"tunnel": [None, "yes"]},
        {"layer": ["-1", None]},
        {"layer": [0.0, 1.0]},
        {"layer": [None, "1;2"]},
        {"level": ["0", "1"], "layer": [None, None]},
        {"bridge": ["yes", "yes"], "layer": [None, "2"]},
    ],
)
@pytest.mark.parametrize("noding", ["vertices", "crossings"])
@pytest.mark.parametrize("vertex_in_common", [True, False])
def test_a_bridge_is_not_cut_where_it_crosses_the_street_below(tags, noding, vertex_in_common):
    shapes = CROSS if vertex_in_common else [[line[0], line[-1]] for line in CROSS]
    made = noded(lines(*shapes, **tags), noding)
    assert ids(made) == ["r0", "r1"]
    assert streets.neighbours(made).nnz == 0
    found = vertex_in_common or noding == "crossings"
    assert made.attrs["report"].crossings_kept_apart == int(found)
    assert made.attrs["report"].examples.get("crossings_kept_apart", []) == ["r0", "r1"] * found


@pytest.mark.parametrize(
    "tags",
    [
        {"bridge": ["yes", "yes"]},
        {"layer": ["1", "1.0"]},
        {"layer": ["0;1", "1"]},
        {"layer": ["ROADS", "RIVERS"]},
        {"tunnel": ["building_passage", None]},
        {"level": ["0-2", "1"]},
    ],
)
def test_streets_on_one_level_are_cut_however_it_is_written(tags):
    assert len(noded(lines(*CROSS, **tags), "vertices")) == 4


@pytest.mark.parametrize("noding", ["vertices", "crossings"])
def test_a_bridge_that_ends_on_a_street_meets_it(noding):
    made = noded(lines(*TEE, bridge=[None, "yes"]), noding)
    assert ids(made) == ["r0/1", "r0/2", "r1"]
    assert made.attrs["report"].crossings_kept_apart == 0


def test_a_bridge_in_two_halves_does_not_come_down_where_they_join():
    street, halves = [(0, 0), (100, 0)], ([(50, -40), (50, 0)], [(50, 0), (50, 40)])
    over = noded(lines(street, *halves, layer=[0, 1, 1]), "crossings")
    assert ids(over) == ["r0", "r1", "r2"]
    level = noded(lines(street, *halves), "crossings")
    assert ids(level) == ["r0/1", "r0/2", "r1", "r2"]


def test_a_third_street_below_the_bridge_still_meets_its_own_level():
    star = lines(*CROSS, [(10, -40), (50, 0), (90, 40)], bridge=[None, None, "yes"])
    made = noded(star, "vertices")
    assert ids(made) == ["r0/1", "r0/2", "r1/1", "r1/2", "r2"]
    assert made.attrs["report"].crossings_kept_apart == 1


def test_a_ring_is_cut_where_streets_meet_it_and_closed_where_none_do():
    ring = [(0, 0), (40, 0), (40, 40), (0, 40), (0, 0)]
    alone = noded(lines(ring), "crossings")
    assert ids(alone) == ["r0"]
    assert alone["node_from"].tolist() == alone["node_to"].tolist()
    assert alone.attrs["report"].dangles == 0
    met = noded(lines(ring, [(40, 0), (90, 0)], [(40, 40), (90, 40)]), "vertices")
    assert ids(met) == ["r0/1", "r0/2", "r0/3", "r1", "r2"]
    assert met["length_m"].sum() == pytest.approx(260, rel=1e-3)


def test_a_line_that_crosses_or_meets_itself_is_cut_there():
    bow = [(0, 0), (40, 40), (40, 0), (0, 40)]
    assert ids(noded(lines(bow), "crossings")) == ["r0/1", "r0/2", "r0/3"]
    lollipop = [(0, 0), (40, 0), (60, 20), (80, 0), (40, 0)]
    assert ids(noded(lines(lollipop), "vertices")) == ["r0/1", "r0/2"]


def test_streets_that_run_along_each_other_are_cut_where_they_part_and_counted_once():
    both = lines([(0, 0), (30, 0), (100, 0)], [(30, 0), (60, 0), (100, 0), (150, 50)])
    made = noded(both, "crossings")
    report = made.attrs["report"]
    assert ids(made) == ["r0/1", "r0/2", "r1/2"]
    assert (report.duplicate, report.duplicate_m) == (1, pytest.approx(70, rel=1e-3))
    assert report.examples["duplicate"] == ["r1"]
    given_m = 100 + 70 + 50 * 2**0.5
    assert made["length_m"].sum() + report.duplicate_m == pytest.approx(given_m, rel=1e-3)


def test_a_line_that_turns_back_on_itself_keeps_its_length_or_says_so():
    for noding in ("vertices", "crossings"):
        made = noded(lines([(0, 0), (100, 0), (40, 0)], [(0, 50), (9, 50)]), noding)
        kept = made["length_m"].sum() + made.attrs["report"].duplicate_m
        assert kept == pytest.approx(169, rel=1e-3)


POINTS = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda p: (p[0] * 25, p[1] * 25))
LINES = st.lists(POINTS, min_size=2, max_size=6).filter(
    lambda line: all(one != next_one for one, next_one in pairwise(line))
)
SPANS = st.sampled_from([(0, 0), (1, 1), (-1, -1), (0, 1)])
NETWORKS = st.lists(st.tuples(LINES, SPANS), min_size=1, max_size=9)
# A ramp may be on one level with two streets that are not on one level with each other.
WITHOUT_RAMPS = NETWORKS.filter(lambda drawn: all(low == high for _, (low, high) in drawn))


def cut(drawn, noding: streets.Noding) -> tuple[list[shapely.LineString], np.ndarray]:
    """The pieces that noding makes of lines on the plane, and the line that each is of."""
    vertices = np.array([vertex for line, _ in drawn for vertex in line], dtype=float)
    line = np.repeat(np.arange(len(drawn)), [len(line) for line, _ in drawn])
    made = node(vertices, line, np.array([span for _, span in drawn], dtype=float), noding)
    return [shapely.LineString(xy) for xy in np.split(made.xy, made.starts[1:-1])], made.line


@given(drawn=NETWORKS, noding=st.sampled_from(["none", "vertices", "crossings"]))
@settings(deadline=None, max_examples=150)
def test_pieces_are_as_long_as_their_line(drawn, noding):
    pieces, line = cut(drawn, noding)
    length_m = np.bincount(line, weights=shapely.length(pieces))
    expected = [shapely.LineString(shape).length for shape, _ in drawn]
    np.testing.assert_allclose(length_m, expected, rtol=1e-9)


@given(drawn=WITHOUT_RAMPS)
@settings(deadline=None, max_examples=200)
def test_no_crossing_on_one_level_is_left(drawn):
    pieces, line = cut(drawn, "crossings")
    ends = [shapely.MultiPoint(shapely.get_coordinates(piece)[[0, -1]]) for piece in pieces]
    for one, other in combinations(range(len(pieces)), 2):
        on_one_level = drawn[line[one]][1] == drawn[line[other]][1]
        if not on_one_level or shapely.hausdorff_distance(pieces[one], pieces[other]) < 0.02:
            continue  # on other levels, or one street drawn twice
        common = shapely.intersection(pieces[one], pieces[other])
        assert common.length < 0.02
        for point in shapely.points(shapely.get_coordinates(common)):
            assert shapely.distance(point, ends[one]) < 0.02
            assert shapely.distance(point, ends[other]) < 0.02


@given(drawn=NETWORKS)
@settings(deadline=None, max_examples=100)
def test_on_one_level_noding_makes_the_streets_that_geos_makes(drawn):
    pieces, _ = cut([(line, (0, 0)) for line, _ in drawn], "crossings")
    theirs = shapely.line_merge(shapely.node(shapely.MultiLineString([line for line, _ in drawn])))
    ours = shapely.line_merge(shapely.union_all(pieces, grid_size=1e-6))
    assert ours.length == pytest.approx(theirs.length, abs=1e-3)
    assert shapely.hausdorff_distance(ours, theirs) < 1e-3


@given(drawn=NETWORKS)
@settings(deadline=None, max_examples=100)
def test_noding_what_is_noded_cuts_nothing(drawn):
    once, _ = cut([(line, (0, 0)) for line, _ in drawn], "crossings")
    again, _ = cut([(shapely.get_coordinates(piece), (0, 0)) for piece in once], "crossings")
    assert len(again) == len(once)


def test_the_report_goes_through_json_and_names_what_to_look_at():
    network = lines(
        [(0, 0), (10, 0)],
        [(10, 0), (0, 0)],
        [(5, 5), (5, 5)],
        "LINESTRING EMPTY",
        [(0, 90), (10, 90)],
        street=["Mill Lane", None, None, None, None],
    )
    network["ref"] = ["b", "a", "c", None, ""]
    made = streets.prepare(network, id_column="ref", name_column="street")
    report = made.attrs["report"]
    assert json.loads(json.dumps(asdict(report))) == asdict(report)
    assert report.warnings() == [
        "1 line has no geometry and was left out: feature 4.",
        "1 line has no length and was left out: c.",
        "1 line equals another one and was left out (10 m): a.",
        "2 lines without an id got one from the shape, which changes when the shape does: "
        "feature 4, feature 5.",
        f"4 of 4 ends of segments meet no other one: {', '.join(report.examples['dangles'])}: if "
        'lines run on over junctions, have them cut there (noding "vertices" or "crossings").',
    ]
    assert made["name"].tolist().count("Mill Lane") == 1


def test_a_sound_network_warns_of_nothing():
    square = lines([(0, 0), (10, 0)], [(10, 0), (10, 10)], [(10, 10), (0, 10)], [(0, 10), (0, 0)])
    assert noded(square, "none").attrs["report"].warnings() == []


def test_examples_are_few():
    flat = lines([(0, 0), (9, 0)], *([(5, n), (5, n)] for n in range(9)))
    report = noded(flat, "none").attrs["report"]
    assert report.zero_length == 9
    assert report.examples["zero_length"] == ["r1", "r2", "r3", "r4", "r5"]
    assert "r5 and others." in report.warnings()[0]


def test_a_way_of_noding_that_is_none_is_refused():
    with pytest.raises(InvalidInputError, match="none, vertices, crossings, not 'all'"):
        streets.prepare(lines(*TEE), noding="all")
