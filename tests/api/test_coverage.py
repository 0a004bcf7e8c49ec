"""What the service tells of the days, sources and offences that it holds."""

from fastapi.testclient import TestClient

URL = "/api/v1/incidents/coverage"
HEAD = "external_id,offence_code,offence_name,occurred_from,occurred_to,time_precision"


def store(client: TestClient, source: str, *rows: str) -> None:
    lines = [f"{HEAD},longitude,latitude", *(f"{row},-0.09,51.51" for row in rows)]
    answer = client.post(
        f"/api/v1/incidents/batches?profile=generic&source={source}",
        content="\n".join(lines).encode(),
    )
    assert answer.json()["accepted"] == len(rows), answer.text


def test_without_incidents_nothing_is_covered(client):
    told = client.get(URL).json()
    assert {one["name"] for one in told.pop("indexes")} >= {"count", "cchi-2026-police-uk"}
    assert told == {
        "data_version": 0,
        "incidents": 0,
        "by_month": 0,
        "first_day": None,
        "last_day": None,
        "sources": [],
        "offences": [],
    }


def test_days_sources_and_offences_are_told(client):
    store(
        client,
        "calls",
        "a,robbery,Robbery,2024-03-05T22:15:00Z,,exact",
        "b,theft,,2024-02-05T22:15:00Z,,exact",
    )
    store(client, "records", "c,theft,Theft,2023-12-31T08:00:00Z,,exact")
    told = client.get(URL).json()
    assert (told["first_day"], told["last_day"]) == ("2023-12-31", "2024-03-05")
    assert told["incidents"] == 3
    assert told["data_version"] == 2
    assert [(one["name"], one["incidents"]) for one in told["sources"]] == [
        ("calls", 2),
        ("records", 1),
    ]
    assert told["sources"][0]["first_day"] == "2024-02-05"
    assert told["by_month"] == 0
    shares = {one["name"]: one["share"] for one in told["indexes"]}
    assert (shares["count"], shares["cchi-2026-police-uk"]) == (1.0, 0.333333)
    assert told["offences"] == [
        {"code": "theft", "name": "Theft", "incidents": 2},
        {"code": "robbery", "name": "Robbery", "incidents": 1},
    ]


def test_a_day_is_the_one_of_the_sources_own_clock(client):
    answer = client.post(
        "/api/v1/incidents/batches?profile=police-uk",
        content=(
            b"Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,"
            b"LSOA name,Crime type,Last outcome category,Context\n"
            b"x,2024-06,City,City,-0.09,51.51,On or near A Street,E1,L1,Robbery,,\n"
        ),
    )
    assert answer.json()["accepted"] == 1, answer.text
    told = client.get(URL).json()
    assert (told["first_day"], told["last_day"]) == ("2024-06-01", "2024-06-30")
    assert told["sources"][0]["time_zone"] == "Europe/London"
    assert told["by_month"] == 1
