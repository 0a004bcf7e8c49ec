"""The street graph: what a walk along the network reaches, as independent solvers find it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse import csgraph

from spatial import streets
from spatial.errors import InvalidInputError
from spatial.streets import network


def segments_between(*pieces: tuple[int, int, float]) -> gpd.GeoDataFrame:
    """Segments from junction to junction of a given length, as `prepare` would return them."""
    return gpd.GeoDataFrame(
        {
            "segment_id": [f"s{number:03}" for number in range(len(pieces))],
            "length_m": [float(length) for *_, length in pieces],
            "node_from": [one for one, *_ in pieces],
            "node_to": [other for _, other, _ in pieces],
        },
        geometry=[shapely.LineString([(one, 0), (other, 1)]) for one, other, _ in pieces],
        crs=4326,
    )


# Few junctions and many pieces: parallel streets, loops and parts that do not hang together.
NETWORKS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 400).map(lambda n: n / 4)),
    min_size=1,
    max_size=18,
).map(lambda pieces: segments_between(*pieces))
WALKS = st.integers(0, 800).map(lambda n: n / 4)


def walks_by_scipy(made: gpd.GeoDataFrame) -> np.ndarray:
    """Walks between all segments from all junctions' shortest paths, parallel streets by hand."""
    junctions = int(made[["node_from", "node_to"]].to_numpy().max()) + 1
    shortest = np.full((junctions, junctions), np.inf)
    for one, other, length in zip(
        made["node_from"], made["node_to"], made["length_m"], strict=True
    ):
        shortest[one, other] = min(shortest[one, other], length)
    shortest[~np.isfinite(shortest)] = 0  # none, to scipy
    between = csgraph.dijkstra(sparse.csr_array(shortest), directed=False)
    ends = made[["node_from", "node_to"]].to_numpy()
    return between[ends[:, None, :, None], ends[None, :, None, :]].min(axis=(2, 3))


@given(made=NETWORKS)
@settings(deadline=None, max_examples=150)
def test_walks_are_as_long_as_scipy_finds_them(made):
    expected = walks_by_scipy(made)
    for origin in range(len(made)):
        found = streets.network_distance(made, origin)
        np.testing.assert_allclose(found, expected[origin], atol=1e-9)


@given(made=NETWORKS, within_m=WALKS)
@settings(deadline=None, max_examples=150)
def test_neighbours_are_the_segments_that_scipy_reaches(made, within_m):
    expected = walks_by_scipy(made) <= within_m
    np.fill_diagonal(expected, val=False)
    graph = streets.neighbours(made, within_m)
    np.testing.assert_array_equal(graph.toarray(), expected)
    assert graph.dtype == np.int8
    assert graph.has_canonical_format


@given(made=NETWORKS)
@settings(deadline=None, max_examples=50)
def test_walks_are_as_long_as_networkx_finds_them(made):
    peer = pytest.importorskip("networkx")
    graph = peer.MultiGraph()
    for one, other, length in zip(
        made["node_from"], made["node_to"], made["length_m"], strict=True
    ):
        graph.add_edge(one, other, weight=length)
    found = streets.network_distance(made, 0, limit_m=120)
    start = {made["node_from"].iloc[0], made["node_to"].iloc[0]}
    walked = peer.multi_source_dijkstra_path_length(graph, start, cutoff=120)
    expected = [
        min(walked.get(one, np.inf), walked.get(other, np.inf))
        for one, other in zip(made["node_from"], made["node_to"], strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-9)


@given(made=NETWORKS)
@settings(deadline=None, max_examples=60)
def test_no_walk_at_all_makes_the_neighbours_that_share_a_junction(made):
    assert (streets.neighbours(made, 0) != streets.neighbours(made)).nnz == 0


@given(made=NETWORKS, walks=st.tuples(WALKS, WALKS))
@settings(deadline=None, max_examples=60)
def test_a_longer_walk_only_adds_neighbours_and_both_sides_agree(made, walks):
    fewer, more = (streets.neighbours(made, walk).toarray() for walk in sorted(walks))
    assert (fewer <= more).all()
    assert (more == more.T).all()


@given(lengths=st.lists(st.floats(0.001, 300), min_size=3, max_size=9), reached=st.integers(1, 7))
@settings(deadline=None, max_examples=100)
def test_a_limit_that_is_just_reached_is_reached_from_both_sides(lengths, reached):
    made = segments_between(*((at, at + 1, length) for at, length in enumerate(lengths)))
    graph = streets.neighbours(made, sum(lengths[1 : 1 + reached])).toarray()
    assert (graph == graph.T).all()


@given(made=NETWORKS, within_m=WALKS, order=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_the_order_of_the_segments_does_not_matter(made, within_m, order):
    shuffled = list(range(len(made)))
    order.shuffle(shuffled)
    graph = streets.neighbours(made, within_m).toarray()
    again = streets.neighbours(made.iloc[shuffled], within_m).toarray()
    np.testing.assert_array_equal(again, graph[np.ix_(shuffled, shuffled)])


def test_a_walk_leads_along_the_streets_and_not_as_the_crow_flies():
    # Two closes whose ends lie 5 m apart, with a long way round between them.
    closes = segments_between((0, 1, 90), (0, 2, 100), (2, 3, 90))
    assert streets.neighbours(closes, 99.9).toarray().tolist() == [
        [0, 1, 0],
        [1, 0, 1],
        [0, 1, 0],
    ]
    assert streets.neighbours(closes, 100).toarray()[0].tolist() == [0, 1, 1]


def test_threads_change_nothing(monkeypatch):
    row = segments_between(*((at, at + 1, 30 + at % 7) for at in range(500)))
    alone = streets.neighbours(row, 200)
    monkeypatch.setattr(network, "_SERIAL_SEGMENTS", 1)
    assert (streets.neighbours(row, 200) != alone).nnz == 0


def test_no_segments_have_no_neighbours():
    none = segments_between((0, 1, 5)).iloc[:0]
    assert streets.neighbours(none).shape == (0, 0)
    assert streets.neighbours(none, 100).shape == (0, 0)


@pytest.mark.parametrize("walk", [-1, float("nan"), float("inf")])
def test_a_walk_that_is_none_is_refused(walk):
    row = segments_between((0, 1, 5))
    with pytest.raises(InvalidInputError, match="within_m must be metres from 0 up"):
        streets.neighbours(row, walk)
    with pytest.raises(InvalidInputError, match="limit_m"):
        streets.network_distance(row, 0, walk)


def test_a_segment_that_is_none_is_refused():
    with pytest.raises(InvalidInputError, match="position among 1 segments, not 7"):
        streets.network_distance(segments_between((0, 1, 5)), 7)


def test_more_neighbours_than_memory_holds_are_refused(monkeypatch):
    monkeypatch.setattr(network, "MOST_PAIRS", 1_000)
    row = segments_between(*((at, at + 1, 10) for at in range(100)))
    with pytest.raises(InvalidInputError, match="choose a shorter within_m"):
        streets.neighbours(row, 500)


def test_a_walk_of_200_m_in_cleveland_reaches_a_few_dozen_segments(shared_data: Path):
    made = streets.prepare(gpd.read_parquet(shared_data / "cleveland/roads.parquet"))
    touching, near = streets.neighbours(made), streets.neighbours(made, 200)
    assert (near != near.T).nnz == 0
    assert (touching > near).nnz == 0
    assert 10 < near.nnz / len(made) < 60
    one = len(made) // 2
    walked = streets.network_distance(made, one, limit_m=200)
    expected = np.setdiff1d(np.flatnonzero(np.isfinite(walked)), [one])
    np.testing.assert_array_equal(near[[one]].indices, expected)
