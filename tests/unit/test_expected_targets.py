"""Targets by expected harm: who is a candidate, what merges, where a list ends, and why."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy.sparse.csgraph import connected_components

from spatial import grid
from spatial.errors import InvalidInputError
from spatial.targets import Budget, select, smallest, strategy_named, strongest_basis
from tests.lattices import chain, lattice

M = 1 / 111_195
"""A metre in degrees at the equator, as well as these tests need it."""


def squares(side: int, rows: int, edge_m: float = 100.0) -> np.ndarray:
    """Squares side by side from the equator's crossing with a zone's middle, row after row."""
    row, column = np.divmod(np.arange(side * rows), side)
    edge = edge_m * M
    return shapely.box(3 + column * edge, row * edge, 3 + (column + 1) * edge, (row + 1) * edge)


def scored(expected, **columns) -> pd.DataFrame:
    expected = np.asarray(expected, dtype=float)
    return pd.DataFrame({"count": 5, "expected_harm": expected}).assign(**columns)


def chosen(expected, graph=None, *, columns=None, max_size=9.0, **given):
    scores = scored(expected, **(columns or {}))
    graph = chain(len(scores)) if graph is None else graph
    given = {"min_excess": 1.0} | given
    return select(scores, graph, np.ones(len(scores)), max_size=max_size, **given)


def members(selection):
    return [piece.tolist() for piece in selection.members]


def test_units_below_so_many_times_the_mean_are_no_candidates():
    expected = [10, 0, 4, 0, 3, 0, 1, 0, 0, 0]  # mean 1.8
    assert members(chosen(expected, min_excess=2)) == [[0], [2]]
    assert members(chosen(expected, min_excess=1)) == [[0], [2], [4]]
    found = chosen(expected, min_excess=2)
    assert (found.candidates, found.wanted, found.threshold) == (2, 2, pytest.approx(3.6))


def test_chosen_units_that_touch_become_one_target_ranked_by_its_total():
    assert members(chosen([10, 0, 0, 7, 6, 0])) == [[3, 4], [0]]


def test_no_unit_is_taken_for_touching_a_stronger_one():
    found = chosen([10, 3, 0, 9, 0, 8, 0], budget=Budget(top=2))
    assert members(found) == [[0], [3]]
    assert found.ended_by == "top"


def test_a_unit_between_two_targets_makes_them_one():
    assert members(chosen([10, 5, 9, 0, 0], budget=Budget(top=2))) == [[0, 1, 2]]


@pytest.mark.parametrize(
    ("budget", "expected", "ended_by"),
    [
        (Budget(top=None), [[0], [2], [4], [6]], None),
        (Budget(top=4), [[0], [2], [4], [6]], None),
        (Budget(top=None, harm_share=0.66), [[0], [2]], "harm_share"),
        (Budget(top=None, size=3.5), [[0], [2], [4]], "size"),
        (Budget(top=None, patrol_minutes=45), [[0], [2], [4]], "patrol_minutes"),
        (Budget(top=None, patrol_minutes=14), [], "patrol_minutes"),
    ],
)
def test_the_list_ends_where_the_budget_does(budget, expected, ended_by):
    found = chosen([40, 0, 30, 0, 20, 0, 16], budget=budget)
    assert (members(found), found.ended_by) == (expected, ended_by)


def test_an_area_too_large_parts_around_its_local_maxima():
    assert members(chosen([5, 9, 5, 4, 8, 5, 0, 0, 0, 0, 0, 0], max_size=3)) == [
        [0, 1, 2],
        [3, 4, 5],
    ]


def test_no_target_is_farther_across_than_its_span():
    found = chosen([9, 8, 7, 6, 6, 0], shapes=squares(6, 1), max_span_m=320)
    assert members(found) == [[0, 1, 2], [3, 4]]
    corner = chosen([9, 7, 7, 7], lattice(2), shapes=squares(2, 2), max_span_m=270, min_excess=0)
    assert members(corner) == [[0, 1], [2, 3]]  # four squares are 283 m across


def test_two_touching_units_may_be_longer_than_the_span():
    found = chosen([9, 8, 7, 6, 0, 0], shapes=squares(6, 1, 500), max_span_m=600)
    assert members(found) == [[0, 1], [2, 3]]


def test_spans_and_spacings_are_metres_on_the_ground_at_the_edge_of_a_zone():
    study = grid.cover(shapely.box(0.02, 51.50, 0.03, 51.506), resolution=11)
    shapes, graph = grid.polygons(study), grid.neighbours(study)
    expected = np.random.default_rng(1).uniform(1, 2, len(study))
    limits = {"shapes": shapes, "min_excess": 0, "max_size": 1e3, "budget": Budget(top=None)}

    def across(some, others):
        """Metres between each corner of some cells and each of others, on the ellipsoid."""
        one, other = (shapely.get_coordinates(shapes[units]) for units in (some, others))
        one, other = np.repeat(one, len(other), axis=0), np.tile(other, (len(one), 1))
        return Geod(ellps="WGS84").inv(*one.T, *other.T)[2]

    pieces = chosen(expected, graph, max_span_m=300, **limits).members
    spans = [across(piece, piece).max() for piece in pieces]
    assert 290 < max(spans) <= 300.01
    apart = chosen(expected, graph, max_span_m=100, spacing_m=120, **limits).members
    assert len(apart) > 9
    for at, piece in enumerate(apart):
        assert all(across(piece, other).min() >= 119.99 for other in apart[:at])


def test_a_target_reaches_across_the_date_line():
    study = grid.disk_union(grid.index([179.9999], [-17.0], 11), 4)
    shapes = grid.polygons(study)
    assert "MultiPolygon" in {shape.geom_type for shape in shapes}
    limits = {"shapes": shapes, "min_excess": 0, "max_size": 1e3, "max_span_m": 600}
    found = chosen(np.full(len(study), 3.0), grid.neighbours(study), **limits)
    assert [len(piece) for piece in found.members] == [len(study)]


def test_targets_keep_their_spacing():
    expected, shapes = [9, 0, 8, 0, 0, 7, 0, 6], squares(8, 1)
    assert members(chosen(expected, shapes=shapes, spacing_m=100.5)) == [[0], [5]]
    found = chosen(expected, shapes=shapes, spacing_m=99.5)
    assert members(found) == [[0], [2], [5], [7]]
    assert chosen(expected, shapes=shapes, spacing_m=150).passed_over == {"too_near": 2}


def test_a_unit_that_touches_a_full_target_keeps_the_spacing_too():
    found = chosen([9, 8, 7, 0, 0], max_size=2, shapes=squares(5, 1), spacing_m=50)
    assert members(found) == [[0, 1]]


@pytest.mark.parametrize("strategy", ["hot-spot", "top"])
def test_spacing_span_and_exclusion_hold_for_every_strategy(strategy):
    scores = scored([0.0] * 6, harm=[9.0, 8, 7, 6, 5, 4], q=0.01).assign(**{"class": "hot_99"})

    def found(**given):
        given = {"shapes": squares(6, 1), "strategy": strategy} | given
        return members(select(scores, chain(6), np.ones(6), max_size=3, **given))

    assert found() == [[0, 1, 2], [3, 4, 5]]
    assert found(max_span_m=250) == [[0, 1], [2, 3], [4, 5]]
    assert found(max_span_m=250, spacing_m=150) == [[0, 1], [4, 5]]
    assert found(excluded=np.arange(6) == 1) == [[2, 3, 4], [0], [5]]


def test_excluded_units_are_in_no_target_and_part_what_they_lie_between():
    found = chosen([5, 9, 4, 0, 0, 0], excluded=np.arange(6) == 1)
    assert members(found) == [[0], [2]]
    assert found.left_out == {"excluded": 1}


@pytest.mark.parametrize(
    ("require", "expected"),
    [
        ("none", [[0], [2], [4], [6]]),
        ("beyond-chance", [[2], [4], [6]]),
        ("without-worst", [[2], [6]]),
    ],
)
def test_what_is_required_must_stand_behind_a_unit(require, expected):
    basis = ["none", "none", "own", "own", "neighbourhood", "none", "both"]
    found = chosen([9, 0, 8, 0, 7, 0, 6], columns={"basis": basis}, require=require)
    assert members(found) == expected


def test_quotas_pass_over_full_groups_and_go_on():
    district = np.array([0, 0, 0, 0, 0, 1, 1, 1, -1])
    expected = [50, 0, 40, 0, 34, 0, 33, 0, 32]
    found = chosen(expected, group=district, budget=Budget(top=None, per_group=1))
    assert members(found) == [[0], [6], [8]]
    assert found.passed_over == {"quota": 2}


def test_an_empty_list_says_why():
    even = chosen(np.full(9, 3.0), min_excess=2)
    assert (even.empty_because, even.greatest, even.mean) == ("not_concentrated", 3.0, 3.0)
    assert chosen(np.zeros(4)).empty_because == "no_harm"
    assert chosen([9.0, 0], budget=Budget(top=None, patrol_minutes=1)).empty_because == "budget"
    assert chosen([9.0, 0], excluded=np.ones(2, dtype=bool)).empty_because == "excluded"
    assert chosen([9.0, 0], min_incidents=6).empty_because == "min_incidents"
    nowhere = chosen([9.0, 0], columns={"basis": "none"}, require="beyond-chance")
    assert nowhere.empty_because == "require"
    assert chosen([9.0, 0]).empty_because is None


def test_units_without_incidents_of_the_window_can_be_targets_unless_told_otherwise():
    assert members(chosen([9, 0, 8], columns={"count": [0, 0, 3]})) == [[0], [2]]
    assert members(chosen([9, 0, 8], columns={"count": [0, 0, 3]}, min_incidents=1)) == [[2]]


def test_the_earlier_name_of_a_strategy_is_read():
    assert strategy_named("significant") == "hot-spot"
    scores = scored([1.0, 0], harm=[1.0, 2.0], q=[0.01, 0.9]).assign(**{"class": "hot_99"})
    for name in ("significant", "hot-spot"):
        found = select(scores, chain(2), np.ones(2), max_size=1, strategy=name)
        assert (members(found), found.strategy) == ([[0]], "hot-spot")


def test_a_target_stands_on_the_strongest_of_its_members():
    assert strongest_basis(["none", "own", "both"]) == "both"
    assert strongest_basis(["own", "neighbourhood"]) == "own"
    assert strongest_basis(["none"]) == "none"
    with pytest.raises(InvalidInputError, match="basis"):
        strongest_basis(["some"])
    with pytest.raises(InvalidInputError, match="basis"):
        strongest_basis([])
    assert (smallest([0.3, np.nan, 0.1]), smallest([])) == (0.1, None)


@given(
    st.lists(st.integers(0, 50), min_size=36, max_size=36),
    st.integers(1, 12),
    st.integers(1, 12),
    st.integers(120, 700),
)
@settings(deadline=None, max_examples=60)
def test_a_list_is_a_plain_ranking_in_contiguous_pieces_within_the_limits(harm, top, limit, span):
    graph, shapes = lattice(6), squares(6, 6)
    given = {"max_size": limit, "shapes": shapes, "max_span_m": span, "budget": Budget(top=top)}
    found = chosen(harm, graph, **given)
    assert len(found.members) <= top
    every = np.concatenate([*found.members, np.empty(0, dtype=int)])
    assert len(set(every.tolist())) == len(every)
    harm = np.array(harm)
    if len(every) < len(harm) and found.ended_by:
        assert harm[every].min() >= np.delete(harm, every).max()
    else:
        assert sorted(every.tolist()) == np.flatnonzero((harm >= harm.mean()) & (harm > 0)).tolist()
    for piece in found.members:
        assert len(piece) <= limit
        assert connected_components(graph[piece][:, piece], directed=False)[0] == 1
        if len(piece) > 2:
            places = shapely.get_coordinates(shapes[piece]) / M
            across = np.hypot(*(places[:, None] - places).transpose(2, 0, 1)).max()
            assert across <= max(span * 1.01, 224)  # metres at the equator differ by the way
    for at, piece in enumerate(found.members):
        for other in found.members[:at]:
            both = np.concatenate((piece, other))
            if graph[piece][:, other].sum() and len(both) <= limit:
                places = shapely.get_coordinates(shapes[both]) / M
                across = np.hypot(*(places[:, None] - places).transpose(2, 0, 1)).max()
                assert across >= max(span * 0.99, 223)  # else they would be one
    totals = [harm[piece].sum() for piece in found.members]
    assert totals == sorted(totals, reverse=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"strategy": "best"}, "strategy is one of expected, hot-spot, top"),
        ({"require": "luck"}, "require is one of none, beyond-chance, without-worst"),
        ({"require": "beyond-chance"}, "lack basis"),
        ({"min_excess": -1.0}, "min_excess"),
        ({"max_span_m": 0.0}, "max_span_m must be positive"),
        ({"spacing_m": 100.0}, "spacing_m needs the geometry"),
        ({"excluded": np.ones(3, dtype=bool)}, "one value for each of 2 units"),
        ({"columns": {"expected_harm": [np.nan, 1.0]}}, "no expected harm"),
        ({"columns": {"expected_harm": [-1.0, 1.0]}}, "no expected harm"),
        ({"strategy": "hot-spot"}, "lack class, harm, q"),
    ],
)
def test_input_that_does_not_fit_is_refused(change, message):
    with pytest.raises(InvalidInputError, match=message):
        chosen([1.0, 2.0], **change)
