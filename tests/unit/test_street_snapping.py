"""Snapping: each point to the segment that brute force finds, in metres on the ground."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from spatial import metres, streets
from spatial.errors import InvalidInputError

GEOD = Geod(ellps="WGS84")
PLACES = {
    "equator": (9.1, 0.0),
    "London": (-0.1, 51.5),
    "Tromso": (18.9, 69.6),
    "84 north": (-34.0, 83.98),
    "Sydney": (151.2, -33.9),
    "edge of a zone": (6.0, 45.0),
    "date line": (180.0, -17.5),
}
LONDON = PLACES["London"]


def lonlat(xy, where=LONDON) -> np.ndarray:
    """Return places some metres east and north of a place, roughly, in degrees."""
    east, north = np.asarray(xy, dtype=float).reshape(-1, 2).T
    longitude = where[0] + east / (111_320 * np.cos(np.radians(where[1])))
    return np.column_stack(((longitude + 180) % 360 - 180, where[1] + north / 110_950))


def network(*lines, where=LONDON, **columns) -> gpd.GeoDataFrame:
    shapes = [shapely.LineString(lonlat(line, where)) for line in lines]
    names = {"id_column": "ref"} if "ref" in columns else {}
    return streets.prepare(gpd.GeoDataFrame(columns, geometry=shapes, crs=4326), **names)


def points(xy, where=LONDON) -> gpd.GeoSeries:
    return gpd.GeoSeries(shapely.points(lonlat(xy, where)), crs=4326)


def metres_to_each(spots: gpd.GeoSeries, made: gpd.GeoDataFrame) -> np.ndarray:
    """Return the geodesics' lengths from points to the nearest place of each segment, (n, N).

    That place is looked for on the network's plane, where pieces are straight. The plane is
    conformal, so it is the nearest on the ground too but for second-order terms.
    """
    zone = metres.plane(made.geometry)
    flat = np.asarray(spots.to_crs(zone).array)[:, None]
    ways = shapely.shortest_line(flat, np.asarray(made.geometry.to_crs(zone).array))
    ends = gpd.GeoSeries(shapely.get_point(ways.ravel(), 1), crs=zone).to_crs(4326)
    start = np.repeat(spots.x, len(made)), np.repeat(spots.y, len(made))
    return np.reshape(GEOD.inv(*start, ends.x, ends.y)[2], ways.shape)


def assert_same(found: streets.Snapped, expected: streets.Snapped) -> None:
    np.testing.assert_array_equal(found.segment, expected.segment)
    np.testing.assert_array_equal(found.distance_m, expected.distance_m)
    np.testing.assert_array_equal(found.tied, expected.tied)


COORDINATES = st.tuples(st.integers(0, 300), st.integers(0, 300))
PIECES = st.lists(
    st.tuples(COORDINATES, COORDINATES).filter(lambda ends: ends[0] != ends[1]),
    min_size=1,
    max_size=12,
    unique=True,
)


@pytest.mark.parametrize("where", PLACES.values(), ids=PLACES)
@given(pieces=PIECES, spots=st.lists(COORDINATES, min_size=1, max_size=15))
@settings(deadline=None, max_examples=20)
def test_snapping_is_what_brute_force_finds_in_metres_on_the_ground(where, pieces, spots):
    made = network(*pieces, where=where)
    at = points(spots, where)
    found = streets.snap(at, made, max_snap_m=80)
    # Coordinates on the plane are up to 1e7 m, so 2e-9 m is rounding, for either end of the way.
    near = {"rel": 1e-8, "abs": 1e-8}
    for number, every in enumerate(metres_to_each(at, made)):
        if found.segment[number] < 0:
            assert every.min() > 80 - 1e-6
            assert np.isnan(found.distance_m[number])
            assert not found.tied[number]
        else:
            assert found.distance_m[number] == pytest.approx(every.min(), **near)
            assert every[found.segment[number]] == pytest.approx(every.min(), **near)


@pytest.mark.parametrize("where", PLACES.values(), ids=PLACES)
def test_reach_is_metres_on_the_ground(where):
    made = network([(0, 0), (50, 0), (100, 0)], where=where)
    for azimuth, start in ((90, lonlat((100, 0), where)[0]), (180, lonlat((50, 0), where)[0])):
        for reach in (20, 5_000):
            inside, outside = (
                GEOD.fwd(*start, azimuth, reach + beyond)[:2] for beyond in (-0.003, 0.003)
            )
            found = streets.snap(
                (np.array([inside[0], outside[0]]), np.array([inside[1], outside[1]])), made, reach
            )
            assert found.segment.tolist() == [0, -1]
            assert found.distance_m[0] == pytest.approx(reach - 0.003, abs=1e-3)


@pytest.fixture(scope="module")
def cleveland(shared_data: Path) -> gpd.GeoDataFrame:
    return streets.prepare(gpd.read_parquet(shared_data / "cleveland/roads.parquet"))


@pytest.mark.parametrize("reach", [50, 3_000])
def test_on_the_roads_of_cleveland_it_is_what_geos_finds_ties_included(cleveland, reach):
    zone = metres.plane(cleveland.geometry)
    flat = cleveland.geometry.to_crs(zone)
    random = np.random.default_rng(5)
    west, south, east, north = flat.total_bounds
    vertices = shapely.get_coordinates(np.asarray(flat.array))
    along = flat.sample(4_000, random_state=1).interpolate(random.random(4_000), normalized=True)
    spots = np.vstack(
        [
            shapely.get_coordinates(np.asarray(along.array)) + random.normal(0, 15, (4_000, 2)),
            random.choice(vertices, 2_000),
            random.choice(vertices, 1_000) + random.normal(0, 5, (1_000, 2)),
            np.column_stack(
                (random.uniform(west, east, 2_000), random.uniform(south, north, 2_000))
            ),
        ]
    )
    found = streets.snap(gpd.GeoSeries(shapely.points(spots), crs=zone), cleveland, reach)

    tree = shapely.STRtree(np.asarray(flat.array))
    (at, candidate), distance = tree.query_nearest(
        shapely.points(spots), max_distance=reach * 1.01, return_distance=True, all_matches=True
    )
    matches = pd.DataFrame({"at": at, "candidate": candidate, "on_plane_m": distance})
    peer = matches.groupby("at").agg(
        segment=("candidate", "min"), count=("candidate", "size"), on_plane_m=("on_plane_m", "min")
    )
    snapped = np.flatnonzero(found.segment >= 0)
    peer_m = peer["on_plane_m"] / metres.scale(*spots[peer.index].T, zone)
    assert set(peer.index[peer_m < reach - 1e-3]) <= set(snapped)
    assert set(peer.index[peer_m < reach + 1e-3]) >= set(snapped)
    # The scale at the point stands for that half way here: 7e-9 per metre of half the distance.
    peer = peer.loc[snapped]
    np.testing.assert_allclose(found.distance_m[snapped], peer_m[snapped], rtol=4e-9 * reach)
    np.testing.assert_array_equal(found.segment[snapped], peer["segment"])
    np.testing.assert_array_equal(found.tied[snapped], peer["count"] > 1)
    assert found.tied.sum() > 500  # so the rule for ties was tried


def test_the_order_of_points_does_not_matter(cleveland):
    random = np.random.default_rng(2)
    west, south, east, north = cleveland.total_bounds
    longitude, latitude = random.uniform(west, east, 5_000), random.uniform(south, north, 5_000)
    shuffle = random.permutation(5_000)
    found = streets.snap((longitude, latitude), cleveland)
    again = streets.snap((longitude[shuffle], latitude[shuffle]), cleveland)
    alone = streets.snap((longitude[:50], latitude[:50]), cleveland)
    assert_same(again, streets.Snapped(*(part[shuffle] for part in vars(found).values())))
    assert_same(alone, streets.Snapped(*(part[:50] for part in vars(found).values())))


def test_the_order_of_segments_decides_between_ties_alone(cleveland):
    random = np.random.default_rng(3)
    western = cleveland.bounds["minx"].argsort()[:3_000]
    some = cleveland.iloc[np.sort(western)]
    vertices = shapely.get_coordinates(np.asarray(some.geometry.array))
    spots = (
        random.choice(vertices, 1_500)
        + np.where(np.arange(1_500) % 2, 0, random.normal(0, 2e-4, (2, 1_500))).T
    )
    shuffle = random.permutation(len(some))
    found = streets.snap(tuple(spots.T), some)
    again = streets.snap(tuple(spots.T), some.iloc[shuffle])
    np.testing.assert_array_equal(again.distance_m, found.distance_m)
    np.testing.assert_array_equal(again.tied, found.tied)
    clear = ~found.tied & (found.segment >= 0)
    assert clear.sum() > 500
    assert found.tied.sum() > 100
    np.testing.assert_array_equal(shuffle[again.segment[clear]], found.segment[clear])


def test_a_network_moved_around_the_earth_by_a_zone_snaps_alike(cleveland):
    some = cleveland.sample(500, random_state=1)
    west, south, east, north = some.total_bounds
    random = np.random.default_rng(4)
    longitude, latitude = random.uniform(west, east, 2_000), random.uniform(south, north, 2_000)
    found = streets.snap((longitude, latitude), some, 2_000)
    moved = some.set_geometry(some.geometry.translate(xoff=24))
    again = streets.snap((longitude + 24, latitude), moved, 2_000)
    np.testing.assert_array_equal(again.segment, found.segment)
    np.testing.assert_allclose(again.distance_m, found.distance_m, rtol=1e-9, atol=1e-8)


def test_at_a_junction_the_lowest_id_takes_the_point_and_it_is_told():
    made = network([(0, 0), (100, 0)], [(0, 0), (0, 100)], ref=["b", "a"])
    found = streets.snap(points([(-10, -10), (50, 5)]), made)
    assert made["segment_id"].iloc[found.segment].tolist() == ["a", "b"]
    assert found.tied.tolist() == [True, False]
    assert found.tied_share == 0.5


def test_a_piece_that_two_segments_share_ties_whichever_way_they_are_drawn():
    made = network([(0, 0), (70, 31), (90, 90)], [(200, 0), (70, 31), (0, 0)], ref=["a", "b"])
    found = streets.snap(points([(20, 10), (33.3, 41.7), (50, 0)]), made)
    assert found.segment.tolist() == [0, 0, 0]
    assert found.tied.all()


def test_a_point_out_of_reach_stays_unsnapped():
    made = network([(0, 0), (100, 0)])
    found = streets.snap(points([(50, 49.5), (50, 50.5)]), made, max_snap_m=50)
    assert found.segment.tolist() == [0, -1]
    assert np.isnan(found.distance_m[1])
    assert found.unsnapped == 1


def test_many_streets_that_meet_at_one_place_all_count():
    spokes = [[(0, 0), (5_000 * np.cos(a), 5_000 * np.sin(a))] for a in np.linspace(0, 1.5, 700)]
    made = network(*spokes)
    found = streets.snap(points([(0, 0), (-30, -40), (-30, -40)]), made, max_snap_m=100)
    assert found.segment.tolist()[0] == 0
    assert found.tied[0]
    assert found.distance_m[1:] == pytest.approx(50, rel=5e-3)  # roughly metres, see lonlat
    assert found.segment[1] == found.segment[2]


def test_long_streets_among_short_ones_and_one_far_away_change_nothing():
    random = np.random.default_rng(6)
    middles = random.uniform(0, 3_000, (400, 2))
    short = [(m - r, m + r) for m, r in zip(middles, random.normal(0, 20, (400, 2)), strict=True)]
    long = [[(-40_000, -30_000), (50_000, 45_000)], [(-60_000, 3_100), (70_000, 2_900)]]
    far = [[(300_000, 250_000), (300_050, 250_000)]]
    made = network(*short, *long, *far, ref=[f"{n:03d}" for n in range(403)])
    spots = points(random.uniform(-500, 3_500, (300, 2)))
    found = streets.snap(spots, made, max_snap_m=1_000)
    zone = metres.plane(made.geometry)
    flat = np.asarray(made.geometry.to_crs(zone).array)
    every = [shapely.distance(point, flat) for point in spots.to_crs(zone)]
    assert found.segment.tolist() == [int(one.argmin()) for one in every]
    assert {400, 401} <= set(found.segment.tolist())


def test_points_in_one_place_far_away_and_at_infinite_reach():
    made = network([(0, 0), (100, 0)])
    same = streets.snap(points([(50, 10)] * 5_000), made)
    assert set(same.segment) == {0}
    assert np.ptp(same.distance_m) == 0
    everywhere = (np.array([-0.1, 0.5, 120, 179.9]), np.array([51.5, 52, -45, -51.5]))
    assert streets.snap(everywhere, made).segment.tolist() == [0, -1, -1, -1]
    assert streets.snap(everywhere, made, np.inf).segment.tolist()[:2] == [0, 0]


def test_no_point_and_no_segment_are_no_error():
    made = network([(0, 0), (100, 0)])
    none = streets.snap(points(np.empty((0, 2))), made)
    assert none.segment.tolist() == []
    assert (none.unsnapped, none.tied_share, none.quantiles()) == (0, 0.0, {})
    assert streets.snap(points([(0, 0)]), made.iloc[:0]).segment.tolist() == [-1]


def test_one_index_serves_many_reaches_as_the_short_form_does(cleveland):
    some = cleveland.iloc[:2_000]
    west, south, east, north = some.total_bounds
    random = np.random.default_rng(8)
    spots = random.uniform(west, east, 500), random.uniform(south, north, 500)
    index = streets.SnapIndex(some)
    for reach in (30, 300, 30):
        assert_same(index.snap(spots, reach), streets.snap(spots, some, reach))


def test_points_serve_as_arrays_and_in_any_reference_system():
    made = network([(0, 0), (100, 0)], [(0, 60), (100, 60)])
    at = points([(50, 10), (3, 50), (10, 33)])
    by_arrays = streets.snap((at.x.to_numpy(), at.y.to_numpy()), made)
    assert_same(streets.snap(at, made), by_arrays)
    for crs in (27700, 32630, 32631, 3857):
        found = streets.snap(at.to_crs(crs), made)
        np.testing.assert_array_equal(found.segment, by_arrays.segment)
        # OSGB 36 has a datum of its own, and the way there and back is not one to the millimetre.
        assert found.distance_m == pytest.approx(by_arrays.distance_m, abs=1e-2)


@given(
    st.lists(st.one_of(st.floats(0, 50), st.none()), max_size=30),
    st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
@example([None], [0.5])
def test_quantiles_are_those_of_the_snapped_points(distances, probabilities):
    distance_m = np.array([np.nan if one is None else one for one in distances], dtype=float)
    found = streets.Snapped(
        np.where(np.isnan(distance_m), -1, 0), distance_m, np.zeros(len(distance_m), dtype=bool)
    ).quantiles(probabilities)
    known = distance_m[~np.isnan(distance_m)]
    if known.size == 0:
        assert found == {}
    for probability in found:
        assert found[probability] == pytest.approx(np.quantile(known, probability))
        assert known.min() <= found[probability] <= known.max()


@pytest.mark.filterwarnings("ignore::FutureWarning")  # libpysal's own
def test_crimes_of_geodanet_snap_as_spaghetti_snaps_them():
    examples = pytest.importorskip("libpysal.examples")
    spaghetti = pytest.importorskip("spaghetti")
    lines = gpd.read_file(examples.get_path("streets.shp")).set_crs(2223, allow_override=True)
    crimes = gpd.read_file(examples.get_path("crimes.shp")).set_crs(2223, allow_override=True)
    lines["line"] = [f"{number:03d}" for number in range(len(lines))]
    made = streets.prepare(lines, id_column="line")
    found = streets.snap(crimes.geometry, made, max_snap_m=1_000)
    assert found.unsnapped == 0

    peer = spaghetti.Network(in_data=examples.get_path("streets.shp"))
    peer.snapobservations(examples.get_path("crimes.shp"), "crimes", attribute=True)
    pattern = peer.pointpatterns["crimes"]
    peer_distance = pd.Series(pattern.dist_snapped).sort_index().to_numpy()
    # The state plane's scale, which spaghetti leaves in, is within 1e-4 of 1 around the city.
    feet_per_metre = 1 / 0.3048
    np.testing.assert_allclose(found.distance_m * feet_per_metre, peer_distance, rtol=2e-4)

    line_of_piece = pieces_of(lines)
    at = {number: tuple(np.round(xy, 2)) for number, xy in peer.vertex_coords.items()}
    peer_line = np.empty(len(crimes), dtype=int)
    for (a, b), observed in pattern.obs_to_arc.items():
        peer_line[list(observed)] = line_of_piece[frozenset((at[a], at[b]))]
    own_line = made["segment_id"].iloc[found.segment].astype(int).to_numpy()
    # At a junction spaghetti takes any of the streets, and we the lowest id.
    clear = ~found.tied
    assert clear.sum() > 280
    np.testing.assert_array_equal(own_line[clear], peer_line[clear])
    assert (own_line[found.tied] <= peer_line[found.tied]).all()
    peer_count, own_count = (
        np.bincount(one, minlength=len(lines)) for one in (peer_line, own_line)
    )
    assert peer_count.sum() == sum(peer.count_per_link(pattern.obs_to_arc, graph=False).values())
    np.testing.assert_array_equal(
        own_count - np.bincount(own_line[found.tied], minlength=len(lines)),
        peer_count - np.bincount(peer_line[found.tied], minlength=len(lines)),
    )


def pieces_of(lines: gpd.GeoDataFrame) -> dict[frozenset[tuple[float, float]], int]:
    """Return the line of each pair of vertices that a piece joins, to the hundredth of a foot."""
    vertices, line = shapely.get_coordinates(np.asarray(lines.geometry.array), return_index=True)
    rounded = [tuple(one) for one in vertices.round(2)]
    return {
        frozenset(rounded[first : first + 2]): line[first]
        for first in np.flatnonzero(line[1:] == line[:-1])
    }


@pytest.mark.parametrize("reach", [0, -5, float("nan")])
def test_a_reach_that_is_none_is_refused(reach):
    with pytest.raises(InvalidInputError, match="positive"):
        streets.snap(points([(0, 0)]), network([(0, 0), (100, 0)]), max_snap_m=reach)


@pytest.mark.parametrize(
    ("spots", "says"),
    [
        (gpd.GeoSeries([shapely.Point(0, 51)]), "set their crs"),
        (gpd.GeoSeries([shapely.Point(0, 51), shapely.Point()], crs=4326), "at position 1"),
        (gpd.GeoSeries([None, shapely.Point(0, 51)], crs=4326), "at position 0"),
        (gpd.GeoSeries([shapely.LineString([(0, 0), (1, 1)])], crs=4326), "is a LineString"),
        (([0.0, np.nan], [51.0, 51.0]), "1 points are not on the globe, the first at position 1"),
        (([0.0], [95.0]), "not on the globe"),
        (([0.0, 0.1], [51.0]), "one shape"),
    ],
)
def test_points_that_are_nowhere_are_refused_with_their_place(spots, says):
    with pytest.raises(InvalidInputError, match=says):
        streets.snap(spots, network([(0, 0), (100, 0)]))


def test_probabilities_beyond_one_are_refused():
    found = streets.snap(points([(0, 0)]), network([(0, 0), (100, 0)]))
    with pytest.raises(InvalidInputError, match="from 0 to 1"):
        found.quantiles([50])


def test_a_network_too_wide_for_one_plane_is_refused_with_the_place():
    lines = [[(lon, 0), (lon, 0.001)] for lon in (0.0, 0.5, 170.0)]
    shapes = gpd.GeoDataFrame(geometry=[shapely.LineString(one) for one in lines], crs=4326)
    with pytest.raises(InvalidInputError, match=r"position [02] .* split the network"):
        streets.SnapIndex(shapes)
