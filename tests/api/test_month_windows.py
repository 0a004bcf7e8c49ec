"""Windows against incidents that are known only by their month: said, and whole months offered."""

import pytest

from tests.api import published

HEAD = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Crime type,Last outcome category,Context"
)


@pytest.fixture
def town(client):
    """The square with forty crimes of April, and forty of May, known by their month."""
    assert client.put("/api/v1/boundaries/square", json=published.SQUARE).status_code == 200
    lines = [
        f"{month}{at},2024-{month:02d},City,City,{-0.08 + at % 4 / 333:.6f},51.51,A Street,E1,L1,"
        "Robbery,,"
        for month in (4, 5)
        for at in range(40)
    ]
    url = "/api/v1/incidents/batches?profile=police-uk"
    answer = client.post(url, content="\n".join([HEAD, *lines]).encode())
    assert answer.json()["accepted"] == 80, answer.text
    return client


def asked(client, start, end, **more):
    question = published.QUESTION | {"from": start, "to": end, "strategy": "top"} | more
    return client.get("/api/v1/targets", params=question)


def test_days_of_a_month_that_is_loaded_are_refused_with_the_month_to_ask_for(town):
    answer = asked(town, "2024-05-01", "2024-05-07")
    assert answer.status_code == 422
    refusal = answer.json()
    assert "40 incidents of May 2024 are known only by their month" in refusal["detail"]
    assert "from 2024-05-01 to 2024-05-31" in refusal["detail"]
    assert {one["where"] for one in refusal["errors"]} == {"from", "to"}


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        ("2024-05-04", "2024-05-31", "40 incidents of May 2024 are known only by their month, of "
         "which the window holds a part: 40 of them are counted, as in the middle of the month, "
         "and 0 are not. Ask for whole months: from 2024-05-01 to 2024-05-31."),
        ("2024-04-25", "2024-05-20", "80 incidents of April 2024 and May 2024 are known only by "
         "their month, of which the window holds a part: 40 of them are counted, as in the "
         "middle of the month, and 40 are not. Ask for whole months: from 2024-04-01 to "
         "2024-05-31."),
        ("2024-04-01", "2024-05-31", None),
    ],
)  # fmt: skip
def test_a_window_that_cuts_a_month_says_so(town, start, end, says):
    warnings = asked(town, start, end).json()["run"]["warnings"]
    told = [one for one in warnings if "by their month" in one]
    assert told == ([says] if says else [])


def test_the_newest_incident_has_no_day_where_its_month_is_all_that_is_known(town):
    warnings = asked(town, "2024-04-01", "2024-06-30").json()["run"]["warnings"]
    assert [one.split(",")[0] for one in warnings if "newest" in one] == [
        "The newest incident is of 2024-05"
    ]


def test_a_refusal_names_the_index_that_fits(town):
    answer = asked(town, "2024-04-01", "2024-05-31", index="cchi-2026-home-office")
    assert answer.status_code == 422
    assert "The index that fits is cchi-2026-police-uk, which weighs 100.0%" in answer.text
