"""Harm: exact, explicit about what has no weight, and conserved from incidents to units."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial import aggregate, harm
from spatial.errors import InvalidInputError

WEIGHTS = st.decimals(0, 6000, places=2, allow_nan=False)


def index(**weights: float) -> harm.HarmIndex:
    table = pd.DataFrame(
        {
            "offence_code": [code.replace("_", "-") for code in weights],
            "weight": list(weights.values()),
            "detection": "victim",
        }
    )
    return harm.HarmIndex("test", "1", "days", table)


def test_each_incident_weighs_what_its_offence_does():
    weighed = harm.weigh(["robbery", "theft", "robbery"], index(robbery=365, theft=2.5))
    assert weighed.hundredths.tolist() == [36500, 250, 36500]
    assert weighed.used.all()


def test_an_offence_without_a_weight_is_reported_and_not_used():
    weighed = harm.weigh(["robbery", "piracy", "piracy"], index(robbery=365))
    assert weighed.unmapped == {"piracy": 2}
    assert weighed.used.tolist() == [True, False, False]
    assert weighed.unmapped_share == pytest.approx(2 / 3)


def test_what_police_find_is_left_out_unless_asked_for():
    table = pd.DataFrame(
        {
            "offence_code": ["robbery", "drugs", "shoplifting"],
            "weight": [365, 3.61, 1],
            "detection": ["victim", "police", "business"],
        }
    )
    cchi = harm.HarmIndex("cchi", "2026", "days", table)
    codes = ["robbery", "drugs", "drugs", "shoplifting"]
    assert harm.weigh(codes, cchi).detected == {"police": 2, "business": 1}
    assert harm.weigh(codes, cchi).used.sum() == 1
    everything = harm.weigh(codes, cchi, detections=("victim", "police", "business"))
    assert everything.hundredths.tolist() == [36500, 361, 361, 100]
    assert everything.detected == {}


def test_the_wildcard_weighs_every_other_offence():
    counts = harm.HarmIndex(
        "count",
        "1",
        "incidents",
        pd.DataFrame({"offence_code": ["*"], "weight": [1], "detection": ["victim"]}),
    )
    assert harm.weigh(["anything", "else"], counts).hundredths.tolist() == [100, 100]


def test_an_incident_without_an_offence_is_refused():
    with pytest.raises(InvalidInputError, match="needs an offence_code"):
        harm.weigh(pd.Series(["robbery", None]), index(robbery=1))


@pytest.mark.parametrize(
    ("weight", "message"),
    [(-1.0, "from 0 to"), (np.nan, "from 0 to"), (1.234, "two decimals")],
)
def test_a_weight_that_cannot_be_one_is_refused_with_its_offence(weight, message):
    with pytest.raises(InvalidInputError, match=message) as refused:
        index(robbery=weight)
    assert refused.value.problems[0].where == "offence 'robbery'"


def test_an_offence_that_stands_twice_is_refused():
    twice = pd.DataFrame(
        {"offence_code": ["a", "a"], "weight": [1, 2], "detection": ["victim", "victim"]}
    )
    with pytest.raises(InvalidInputError, match="stands twice"):
        harm.HarmIndex("test", "1", "days", twice)


@given(st.lists(st.tuples(st.integers(0, 9), WEIGHTS), max_size=200))
def test_harm_is_conserved_exactly_from_incidents_to_units(incidents):
    position = np.array([unit for unit, _ in incidents], dtype=np.intp)
    weights = np.array([float(weight) for _, weight in incidents])
    units = aggregate.by_unit(position, harm.to_hundredths(weights), units=10)
    exact = sum((weight for _, weight in incidents), Decimal(0))
    assert sum(Decimal(f"{value:.2f}") for value in units["harm"]) == exact
    assert units["count"].sum() == len(incidents)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 10**6)), min_size=1), st.randoms())
def test_the_order_of_incidents_does_not_matter(incidents, random):
    shuffled = incidents.copy()
    random.shuffle(shuffled)

    def summed(rows):
        position, weight = (np.array(column) for column in zip(*rows, strict=True))
        return (
            aggregate.by_unit(position, weight, 6),
            aggregate.dominance(position, weight, 6),
        )

    first, second = summed(incidents), summed(shuffled)
    pd.testing.assert_frame_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


def test_one_worst_incident_dominates_and_counts_as_about_one():
    position = np.zeros(101, dtype=np.intp)
    weights = np.array([547_500, *[100] * 100])
    assert aggregate.dominance(position, weights, 1)[0] == pytest.approx(5475 / 5575)
    assert aggregate.effective_incidents(position, weights, 1)[0] == pytest.approx(1.0369, 1e-4)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=50))
def test_effective_incidents_lie_between_one_and_all(weights):
    effective = aggregate.effective_incidents(
        np.zeros(len(weights), dtype=np.intp), np.array(weights), 1
    )[0]
    assert 1 - 1e-9 <= effective <= len(weights) + 1e-9


def test_a_position_that_is_no_unit_is_refused():
    with pytest.raises(InvalidInputError, match="0 to 2"):
        aggregate.by_unit([3], np.array([1]), units=3)


def test_a_harm_too_large_to_sum_exactly_is_refused():
    with pytest.raises(InvalidInputError, match="too large"):
        aggregate.by_unit([0, 0], np.array([2**52, 2**52]), units=1)


def with_families(families: dict[str, object]) -> harm.HarmIndex:
    table = pd.DataFrame(
        {
            "offence_code": list(families),
            "weight": 1,
            "detection": "victim",
            "family": pd.Series(list(families.values()), dtype=object),
        }
    )
    return harm.HarmIndex("test", "1", "days", table)


def test_offences_without_a_family_are_their_own_beside_those_that_have_one():
    found = with_families({"a": "x", "b": "", "c": " x ", "d": None, "e": np.nan})
    assert found.families(["a", "b", "c", "d", "e", "a"]).tolist() == [0, 1, 0, 2, 3, 0]


def test_an_index_without_families_has_each_offence_as_its_own():
    assert index(a=1, b=2).families(["b", "a", "unknown", "b"]).tolist() == [0, 1, 2, 0]


def test_an_offence_called_like_a_family_is_not_of_it():
    assert with_families({"theft": None, "bicycle": "theft"}).families(
        ["theft", "bicycle"]
    ).tolist() == [0, 1]


def test_the_family_of_any_offence_is_that_of_all_without_a_line():
    found = with_families({"*": "other", "a": None, "b": "other"})
    assert found.families(["p", "a", "q", "b"]).tolist() == [0, 1, 0, 0]
    assert with_families({"*": None}).families(["p", "q"]).tolist() == [0, 1]


def test_a_family_that_is_no_text_is_refused_with_its_offence():
    with pytest.raises(InvalidInputError, match="family that is no text") as refused:
        with_families({"a": "x", "b": 3})
    assert [problem.where for problem in refused.value.problems] == ["offence 'b'"]
