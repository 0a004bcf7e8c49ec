"""What is expected of a place, as a sentence."""

import pytest

from spatial.outlook import Rests, sentence

ABOUT = {"expected_harm": 310.2, "expected_interval": [40.0, 900.0], "basis": "own"}
MONTHS = Rests(months=True, steps=24, incidents=34)


def test_a_place_beyond_chance_says_what_is_expected_and_from_what():
    assert sentence(ABOUT, MONTHS) == (
        "Expected harm 310 (40 to 900) in the next month, from 34 incidents in 24 months; beyond "
        "chance also without its worst incident."
    )


def test_a_place_that_chance_can_explain_says_so_plainly():
    said = sentence(ABOUT | {"basis": "none"}, Rests(months=False, steps=1, incidents=1))
    assert said.endswith(
        "in the next four weeks, from 1 incident in 4 weeks; chance can explain it."
    )


def test_of_several_units_it_is_each_that_chance_can_explain():
    """Sixty robberies on six cells are beyond chance together, though no cell is by itself."""
    rests = Rests(months=True, steps=24, incidents=62, units=6)
    said = {basis: sentence(ABOUT | {"basis": basis}, rests) for basis in ("none", "neighbourhood")}
    assert "; chance can explain what each of its 6 units holds by itself." in said["none"]
    assert said["neighbourhood"].endswith(
        "each of its 6 units holds by itself, but not what their surroundings hold."
    )


def test_an_interval_never_excludes_its_own_expectation_without_saying_why():
    rare = {"expected_harm": 2.73, "expected_interval": [0.0, 0.0], "basis": "none"}
    assert sentence(rare, MONTHS).startswith(
        "Expected harm 2.73 on average in the next month, since what is rare here is grave (none "
        "in 95 of 100 cases), from 34 incidents in 24 months; "
    )
    grave = rare | {"expected_interval": [0.0, 2.0]}
    assert "is grave (0 to 2 in 95 of 100 cases), from" in sentence(grave, MONTHS)
    assert "(0 to 0)" not in sentence(rare, MONTHS)


@pytest.mark.parametrize("basis", ["own", "both", "neighbourhood", "none"])
def test_without_a_forecast_what_it_stands_on_is_said_alone(basis):
    said = sentence({"expected_harm": None, "expected_interval": None, "basis": basis}, MONTHS)
    assert "xpected" not in said
    assert said[0].isupper()
    assert said.endswith(".")
