"""Snapping: each point to the segment that brute force finds, in metres on the ground."""

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


def lines(*wkt: str, crs: str = LONDON, **columns) -> gpd.GeoDataFrame:
    shapes = shapely.transform(
        np.array([shapely.from_wkt(one) for one in wkt]), lambda xy: np.add(xy, ORIGIN[crs])
    )
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def points(xy, crs: str = LONDON) -> gpd.GeoSeries:
    moved = np.asarray(xy, dtype=float) + ORIGIN[crs]
    return gpd.GeoSeries(shapely.points(moved), crs=crs)


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


@pytest.mark.parametrize("reach", [0, -5, float("nan")])
def test_a_reach_that_is_none_is_refused(reach):
    made = streets.prepare(lines("LINESTRING (0 0, 100 0)"))
    with pytest.raises(InvalidInputError, match="positive"):
        streets.snap(points([(0, 0)]), made, max_snap_m=reach)
