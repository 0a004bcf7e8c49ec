"""Evidence: the numbers and words that explain a target."""

import numpy as np
import pandas as pd
import pytest

from spatial import describe as evidence
from spatial import incidents
from spatial.errors import InvalidInputError


def period(start: str, end: str) -> evidence.Period:
    return evidence.Period(pd.Timestamp(start), pd.Timestamp(end))


@pytest.mark.parametrize(
    ("window", "before"),
    [
        (("2019-04-01", "2020-03-31"), ("2018-04-01", "2019-03-31")),
        (("2020-03-01", "2020-03-31"), ("2020-02-01", "2020-02-29")),
        (("2020-03-02", "2020-03-15"), ("2020-02-17", "2020-03-01")),
        (("2020-03-01", "2020-03-01"), ("2020-02-29", "2020-02-29")),
    ],
)
def test_the_window_before_has_the_same_length_or_as_many_months(window, before):
    assert period(*window).before() == period(*before)


def test_local_times_follow_each_source_and_its_summer_time():
    noon = pd.to_datetime(["2016-07-01T12:00Z", "2016-12-01T12:00Z", "2016-07-01T12:00Z"])
    table = pd.DataFrame({"occurred_from": noon, "occurred_to": noon})
    zones = pd.Categorical(["America/Chicago", "America/Chicago", "Europe/London"])
    assert evidence.local_times(table.assign(time_zone=zones)).hour.tolist() == [7, 6, 13]


def test_the_label_is_the_commonest_name_and_ties_go_by_alphabet():
    assert evidence.label(pd.Series(["B", "A", "B", None]), "nowhere") == "B"
    assert evidence.label(pd.Series(["B", "A"]), "nowhere") == "A"
    assert evidence.label(pd.Series([None, ""]), "nowhere") == "nowhere"


def test_offence_mix_counts_and_weighs_each_target():
    counts, harms = evidence.offence_mix(
        np.array([0, 0, 1]), pd.Categorical(["a", "b", "a"]), np.array([100, 900, 50]), 2
    )
    assert counts == [{"a": 1, "b": 1}, {"a": 1}]
    assert list(harms[0].items()) == [("b", 9.0), ("a", 1.0)]


def properties(**change):
    return {
        "count": 12,
        "harm": 800.0,
        "harm_share": 0.08,
        "class": "hot_95",
        "q_min": 0.02,
        "harm_by_offence": {"robbery": 730.0},
        "dominance": 0.46,
        "trend": None,
        "peak": None,
    } | change


def test_the_note_says_why_and_warns_of_a_single_incident():
    names = {"robbery": "Robbery of persons"}
    said = evidence.note(properties(dominance=0.91), harm_unit="days", offence_names=names)
    assert "12 incidents with a harm of 800 days, 8.0% of the study area's" in said
    assert "Most of it is robbery of persons (91%)" in said
    assert "q = 0.02" in said
    assert "Caution: a single incident makes up 91% of the harm" in said


def test_the_note_of_a_mere_ranking_says_that_its_neighbours_hold_nothing_unusual():
    """Gi* judges the surroundings: of fifty incidents in one cell it says nothing."""
    said = evidence.note(properties(**{"class": "not_significant"}), harm_unit="days")
    assert "listed by rank alone: its neighbours hold nothing unusual" in said
    assert "chance can explain" not in said


@pytest.mark.parametrize(
    ("about", "alpha", "stands_out"),
    [
        ({"class": "hot_90", "q_min": 0.08}, 0.05, False),
        ({"class": "hot_90", "q_min": 0.08}, 0.1, True),
        ({"class": "hot_95", "q_min": 0.04}, 0.01, False),
        ({"class": "cold_99", "q_min": 0.001}, 0.05, False),
        ({"class": "not_significant", "q_min": 0.2, "z_max": 1.4}, 0.3, True),
        ({"class": "not_significant", "q_min": 0.2, "z_max": -1.4}, 0.3, False),
    ],
)
def test_the_note_says_of_surroundings_that_they_stand_out_where_the_list_takes_them_so(
    about, alpha, stands_out
):
    said = evidence.note(properties(**about), harm_unit="days", alpha=alpha)
    assert ("Its surroundings hold more than chance would put there" in said) == stands_out
    assert ("It is listed by rank alone" in said) != stands_out


def test_the_note_warns_of_a_point_that_most_incidents_share():
    point = {
        "longitude": -0.08, "latitude": 51.5, "incidents": 120, "count_share": 1.0,
        "harm_share": 1.0,
    }  # fmt: skip
    said = evidence.note(properties(shared_point=point), harm_unit="days")
    assert "Caution: 120 of its incidents (100%, with 100% of the harm) are at exactly one" in said
    assert "51.50000, -0.08000" in said


def test_the_note_says_how_many_have_no_time_of_their_own():
    said = evidence.note(
        properties(peak_reason="default_times"), harm_unit="days", at_default_times=9
    )
    assert "9 of the 12 have a time that stands for an unknown one" in said


def test_reports_made_long_after_are_told_only_where_both_dates_are_known():
    day = pd.Timestamp("2024-01-01T00:00Z")
    table = pd.DataFrame(
        {
            "occurred_to": [day] * 3,
            "reported_at": [day + pd.Timedelta(days=400), day + pd.Timedelta(days=2), pd.NaT],
        }
    )
    assert incidents.reported_late(table).tolist() == [True, False, False]


def test_a_table_without_zones_or_columns_is_refused_by_name():
    naive = pd.DataFrame(
        {
            "offence_code": ["a"],
            "occurred_from": pd.to_datetime(["2024-01-01"]),
            "occurred_to": pd.to_datetime(["2024-01-01"]),
            "longitude": [0.0],
            "latitude": [0.0],
        }
    )
    with pytest.raises(InvalidInputError) as refused:
        incidents.check(naive)
    assert [one.where for one in refused.value.problems] == ["occurred_from", "occurred_to"]
    with pytest.raises(InvalidInputError, match="lacks longitude"):
        incidents.check(naive.drop(columns="longitude"))
