"""Streets as people walk them: one line of each street space, and its source carried to it."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from spatial import streets
from spatial.metres import plane

ZONE = 32635


def network(*ways: tuple, noding="vertices", **columns) -> gpd.GeoDataFrame:
    """Return segments of ways (id, name, class, coordinates in metres)."""
    lines = gpd.GeoDataFrame(
        {
            "id": [way[0] for way in ways],
            "name": [way[1] for way in ways],
            "class": [way[2] for way in ways],
            **{name: [values.get(way[0]) for way in ways] for name, values in columns.items()},
        },
        geometry=[shapely.LineString(np.add(way[3], (385_000, 6_672_000))) for way in ways],
        crs=ZONE,
    )
    return streets.prepare(
        lines,
        id_column="id",
        name_column="name",
        class_column="class",
        noding=noding,
        with_levels=True,
    )


def points(*where: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries(shapely.points(np.add(where, (385_000, 6_672_000))), crs=ZONE)


DUAL = (
    ("west", "Long Road", "primary", [(-200, 0), (0, 0)]),
    ("up", "Long Road", "primary", [(0, 0), (20, 7), (380, 7), (400, 0)]),
    ("down", "Long Road", "primary", [(0, 0), (20, -7), (380, -7), (400, 0)]),
    ("east", "Long Road", "primary", [(400, 0), (600, 0)]),
    ("north", "Mill Lane", "residential", [(0, 0), (0, 300)]),
    ("south", "Church Lane", "residential", [(400, 0), (400, -300)]),
)


def by_name(made: streets.Simplified) -> dict[str | None, list[list[str]]]:
    found: dict[str | None, list[list[str]]] = {}
    for name, ids in zip(made.segments["name"], made.segments["source_ids"], strict=True):
        found.setdefault(name, []).append(ids)
    return found


def test_two_carriageways_are_one_line_that_knows_both():
    made = streets.simplify(network(*DUAL))
    assert sorted(by_name(made)["Long Road"]) == [["down", "up"], ["east"], ["west"]]
    middle = made.segments[made.segments["source_ids"].map(len) == 2].iloc[0]
    assert (middle["name"], middle["road_class"]) == ("Long Road", "primary")
    assert middle["length_m"] == pytest.approx(400, rel=0.02)
    # What was not touched is what it was, under its id.
    assert set(made.segments["segment_id"]) >= {"west", "east", "north", "south"}
    report = made.report
    assert (report.before.lines, report.after.lines) == (6, 5)
    assert (report.before.components, report.after.components) == (1, 1)
    assert (report.before.junctions, report.after.junctions) == (2, 2)
    assert (report.merged, report.merged_ways, report.names_disagree) == (1, 2, 0)
    assert report.examples["merged"] == ["Long Road (down, up)"]


def test_incidents_of_both_carriageways_snap_to_their_way_and_belong_to_the_one_line():
    made = streets.simplify(network(*DUAL))
    at = points((200, 9), (200, -10), (100, 20), (-100, 4), (200, 80))
    found = streets.CarryIndex(made.sources, made.segments).snap(at, 50)
    ids = made.segments["source_ids"].to_numpy()
    assert [ids[one] for one in found.segment[:3]] == [["down", "up"]] * 3
    assert ids[found.segment[3]] == ["west"]
    # Metres from the true way, not from the line that stands for it; and so is the reach.
    assert found.distance_m[:4] == pytest.approx([2, 3, 13, 4], abs=0.02)
    assert found.segment[4] == -1
    far = streets.CarryIndex(made.sources, made.segments).snap(points((200, 15)), 10)
    assert far.distance_m == pytest.approx([8], abs=0.02)
    assert streets.snap(points((200, 15)), made.segments, 10).segment.tolist() == [-1]


def test_a_way_with_several_lines_gives_each_what_lies_beside_it():
    side = ("side", "Side Street", "residential", [(200, -7), (200, -300)])
    down = ("down", "Long Road", "primary", [(0, 0), (20, -7), (200, -7), (380, -7), (400, 0)])
    made = streets.simplify(network(*DUAL[:2], down, *DUAL[3:], side))
    halves = [ids for ids in by_name(made)["Long Road"] if "up" in ids]
    assert sorted(halves) == [["down/1", "up"], ["down/2", "up"]]
    found = streets.CarryIndex(made.sources, made.segments).snap(points((100, 8), (300, 8)))
    ids = made.segments["source_ids"].to_numpy()
    assert [ids[one] for one in found.segment] == [["down/1", "up"], ["down/2", "up"]]


def test_a_roundabout_is_a_crossing():
    angle = np.linspace(0, 2 * np.pi, 17)
    ring = 14 * np.column_stack((np.cos(angle), np.sin(angle)))
    ring[-1] = ring[0]
    ways = [("ring", None, "primary", ring)]
    for number, name in enumerate(("East", "North", "West", "South")):
        start = ring[4 * number]
        ways.append((name, f"{name} Street", "primary", [start, start / 14 * 300]))
    made = streets.simplify(network(*ways))
    assert sorted(made.segments["name"]) == [
        "East Street", "North Street", "South Street", "West Street",
    ]  # fmt: skip
    assert (made.report.after.lines, made.report.after.components) == (4, 1)
    assert made.report.after.junctions == 1
    # What happened on the ring belongs to the street whose mouth it is at.
    found = streets.CarryIndex(made.sources, made.segments).snap(points((16, 2), (-2, 15)))
    assert found.segment.min() >= 0


def test_a_bridge_is_not_merged_with_what_is_below():
    over = ("over", "High Bridge", "trunk", [(200, -300), (200, 300)])
    made = streets.simplify(network(*DUAL, over, bridge={"over": "yes"}))
    ids = set(made.segments["segment_id"])
    assert {"over", "up", "down"} <= ids
    assert made.report.kept_apart >= 1
    # A viaduct beside the street below it, which ramps link to it.
    ramp = {"up": "1"}
    made = streets.simplify(network(*DUAL, layer=ramp))
    assert {"up", "down"} <= set(made.segments["segment_id"])


def test_a_bridge_of_both_carriageways_is_one_street_when_all_of_it_is_on_one_level():
    levels = dict.fromkeys(("west", "up", "down", "east", "north", "south"), "1")
    made = streets.simplify(network(*DUAL, layer=levels))
    assert ["down", "up"] in by_name(made)["Long Road"]


def test_only_the_classes_asked_for_are_simplified():
    untouched = streets.simplify(network(*DUAL), ["residential"])
    assert {"up", "down"} <= set(untouched.segments["segment_id"])
    assert untouched.report.merged == 0
    made = streets.simplify(network(*DUAL), ["primary"])
    assert ["down", "up"] in by_name(made)["Long Road"]
    assert (made.report.after.components, made.report.classes) == (1, ["primary"])


def test_paths_stay_and_are_led_to_the_street():
    path = ("path", None, "footway", [(200, 7), (200, 200)])
    other = ("other", None, "footway", [(250, -7), (250, -200)])
    across = ("across", None, "footway", [(100, 7), (100, -7)])
    up = ("up", "Long Road", "primary", [(0, 0), (20, 7), (100, 7), (200, 7), (380, 7), (400, 0)])
    down = (
        "down",
        "Long Road",
        "primary",
        [(0, 0), (20, -7), (100, -7), (250, -7), (380, -7), (400, 0)],
    )
    made = streets.simplify(network(DUAL[0], up, down, *DUAL[3:], path, other, across))
    ids = set(made.segments["segment_id"])
    assert {"path", "other"} <= ids
    assert "across" not in ids  # it lies within the street now
    assert any("across" in one for one in made.segments["source_ids"])
    assert made.report.after.components == 1
    lines = made.segments.to_crs(ZONE)
    road = lines[lines["name"] == "Long Road"].geometry.union_all()
    for path in lines[lines["segment_id"].isin(["path", "other"])].geometry:
        assert path.distance(road) < 0.01


def test_a_street_is_cut_where_its_name_changes():
    ways = (
        ("a", "Mill Lane", "residential", [(0, 0), (100, 0)]),
        ("b", "Mill Lane", "residential", [(100, 0), (200, 0)]),
        ("c", "High Street", "residential", [(200, 0), (300, 0)]),
    )
    made = streets.simplify(network(*ways))
    assert by_name(made) == {"Mill Lane": [["a", "b"]], "High Street": [["c"]]}
    assert (made.report.merged, made.report.joined) == (0, 1)


def test_names_that_do_not_agree_are_left_out_and_told():
    down = ("down", "Service Road", "primary", DUAL[2][3])
    made = streets.simplify(network(*DUAL[:2], down, *DUAL[3:]))
    assert by_name(made)[None] == [["down", "up"]]
    assert made.report.names_disagree == 1
    assert made.report.examples["names_disagree"] == ["Long Road / Service Road"]


def test_the_same_lines_in_any_order_are_simplified_alike():
    made = streets.simplify(network(*DUAL))
    again = streets.simplify(network(*reversed(DUAL)))
    assert again.segments.to_wkb().equals(made.segments.to_wkb())
    assert again.sources.to_wkb().equals(made.sources.to_wkb())
    assert again.report == made.report


def test_every_way_of_a_real_town_has_a_line_near_it(shared_data):
    roads = gpd.read_parquet(shared_data / "cleveland/roads.parquet")
    middle = roads.geometry.union_all().centroid
    roads = roads[roads.geometry.dwithin(middle, 1_500)]
    segments = streets.prepare(
        roads,
        id_column="fid",
        name_column="distinctive_name",
        class_column="classification",
        with_levels=True,
    )
    made = streets.simplify(segments)
    assert len(made.segments) < len(segments) == len(made.sources)
    assert set().union(*made.segments["source_ids"]) == set(segments["segment_id"])
    zone = plane(segments.geometry)
    ways, lines = made.sources.to_crs(zone).geometry, made.segments.to_crs(zone).geometry
    first = lines.iloc[[one[0] for one in made.sources["lines"]]]
    middles = ways.interpolate(0.5, normalized=True)
    assert middles.distance(first, align=False).quantile(0.95) < 30
    assert middles.distance(first, align=False).max() < 100  # within a large interchange
    known = set(segments["name"].dropna())
    assert set(made.segments["name"].dropna()) <= known


def test_a_street_of_two_names_is_told_by_both():
    down = ("down", "Service Road", "primary", DUAL[2][3])
    made = streets.simplify(network(*DUAL[:2], down, *DUAL[3:]))
    told = streets.with_all_names(made.segments, made.sources)
    assert sorted(told["name"]) == [
        "Church Lane", "Long Road", "Long Road", "Long Road / Service Road", "Mill Lane",
    ]  # fmt: skip
    assert made.segments["name"].isna().sum() == 1  # what is stored claims no name


@pytest.mark.parametrize("around", [(), DUAL])
def test_a_small_ring_far_from_all_streets_stays(around):
    ring = [(0, 5_000), (12, 5_000), (12, 5_012), (0, 5_012), (0, 5_000)]
    made = streets.simplify(network(*around, ("ring", "The Ring", "residential", ring)))
    assert "ring" in set(made.segments["segment_id"])
    found = streets.CarryIndex(made.sources, made.segments).snap(points((6, 5_002)))
    assert made.segments["name"].iloc[found.segment[0]] == "The Ring"
