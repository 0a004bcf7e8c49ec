"""Numbers are rounded by one rule: here, and in the browser (web/tests/rounding.test.ts)."""

import json
from pathlib import Path

import pytest

from service.words import saying
from spatial import rounding

SAID = json.loads((Path(__file__).parents[2] / "web/tests/rounding.json").read_text())
SAYING = {
    "whole": saying.whole,
    "harm": saying.harm,
    "number": saying.number,
    "percent": saying.percent,
    "chance": saying.chance,
}


@pytest.mark.parametrize("how", SAYING)
def test_both_sides_say_what_the_shared_file_says(how):
    said = SAID[how]
    assert len(said) > 200
    assert {text: SAYING[how](float(text)) for text in said} == said


def test_halves_go_away_from_zero_by_their_digits():
    assert saying.harm(4380.5) == "4,381"
    assert saying.harm(10.5) == "11"
    assert rounding.decimals(2.5) == "3"
    assert rounding.figures(1.005, 3) == "1.01"
    assert rounding.percent(0.285, 0) == "29%"
