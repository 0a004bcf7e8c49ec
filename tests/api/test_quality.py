"""How good incidents are is told in numbers and in plain sentences, from what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.store.session import Database
from tests.api.commands import called

HEADER = "external_id,offence_code,occurred_from,longitude,latitude,location_text\n"
URL = "/api/v1/incidents/batches?profile=generic&source=records"


def month(number: int, rows: int, offence: str = "robbery", **how: Any) -> str:
    """Write a month of incidents, spread over its days, its hours and some streets."""
    return HEADER + "".join(lines(number, rows, offence, **how))


def lines(
    number: int, rows: int, offence: str = "robbery", clock: str | None = None, east: float = 0.0
) -> Iterator[str]:
    for row in range(rows):
        day = 1 + row * 28 // rows
        at = clock or f"{(7 * row) % 24:02d}:{(13 * row) % 60:02d}"
        longitude = -0.1 + east + row * 0.00173 + number * 0.00007
        where = f"{wrapped(longitude):.5f},{51.5 + (row * row) % 97 * 0.00019:.5f}"
        name = "High Street" if row % 2 else ""
        moment = f"2023-{number:02d}-{day:02d}T{at}Z"
        yield f"{offence}-{number}-{row},{offence},{moment},{where},{name}\n"
    moment = f"2023-{number:02d}-28T23:59Z"
    yield f"{offence}-{number}-end,{offence},{moment},{wrapped(east - 0.1):.5f},51.5{number:04d},\n"


def wrapped(longitude: float) -> float:
    return (longitude + 180) % 360 - 180


def sent(client: TestClient, content: str) -> int:
    answer = client.post(URL, content=content)
    assert answer.status_code == 200, answer.text
    number: int = answer.json()["batch_id"]
    return number


def codes(report: dict[str, Any]) -> set[str]:
    return {one["code"] for one in report["findings"]}


@pytest.fixture
def year(client: TestClient) -> TestClient:
    """Eight good months of a source."""
    for number in range(1, 9):
        sent(client, month(number, 60))
    return client


def test_good_months_have_nothing_odd(year: TestClient) -> None:
    report = year.get("/api/v1/sources/records/quality").json()
    assert report["incidents"] == 8 * 61
    assert report["findings"] == []
    assert report["time_precision"] == {"exact": 488, "hour": 0, "day": 0, "month": 0}
    filled = {one["column"]: one["share"] for one in report["completeness"]}
    assert (filled["external_id"], filled["occurred_from"], filled["reported_at"]) == (1, 1, 0)
    assert filled["location_text"] == pytest.approx(240 / 488, abs=1e-6)
    assert sum(report["coordinate_decimals"].values()) == 488
    assert report == year.get("/api/v1/sources/records/quality").json()


def test_a_month_with_half_the_rows_is_told(year: TestClient) -> None:
    batch = sent(year, month(9, 20))
    report = year.get(f"/api/v1/incidents/batches/{batch}/quality").json()
    [finding] = [one for one in report["findings"] if one["code"] == "thin_month"]
    assert finding["sentence"].startswith("2023-09 has 21 incidents, where a month usually has 61")
    assert finding["matters"]
    assert "thin_month" in codes(year.get("/api/v1/sources/records/quality").json())


def test_an_offence_that_vanished_and_one_that_appeared_are_told(year: TestClient) -> None:
    batch = sent(year, month(9, 60, "arson"))
    report = year.get(f"/api/v1/incidents/batches/{batch}/quality").json()
    assert {"offence_gone", "offence_new"} <= codes(report)
    assert "thin_month" not in codes(report)


def test_a_middle_that_moved_is_told(year: TestClient) -> None:
    batch = sent(year, month(9, 60, east=1.0))
    report = year.get(f"/api/v1/incidents/batches/{batch}/quality").json()
    assert codes(report) == {"centre_moved"}


def test_default_clocks_and_points_are_told(year: TestClient) -> None:
    content = month(9, 60, clock="00:00")
    content += "".join(f"p{n},robbery,2023-09-28T00:00Z,-0.05,51.51,\n" for n in range(30))
    batch = sent(year, content)
    report = year.get(f"/api/v1/incidents/batches/{batch}/quality").json()
    assert {"default_clocks", "large_point", "coarse_places"} <= codes(report)
    assert report["default_clocks"][0]["clock"] == "00:00"
    point = report["largest_points"][0]
    assert (point["longitude"], point["latitude"], point["incidents"]) == (-0.05, 51.51, 30)


def test_offences_that_no_index_weighs_and_rejected_rows_are_told(client: TestClient) -> None:
    content = month(1, 60, "made-up-offence") + "".join(f"r{n},,,,,\n" for n in range(20))
    batch = sent(client, content)
    report = client.get(f"/api/v1/incidents/batches/{batch}/quality").json()
    assert report["unknown_offences"] == [{"code": "made-up-offence", "incidents": 61}]
    assert {"unknown_offences", "many_rejected"} <= codes(report)
    assert (report["rows_read"], report["rejected"]) == (81, 20)


def test_pages_show_it_and_the_data_page_leads_there(year: TestClient) -> None:
    batch = sent(year, month(9, 20).replace("robbery-9-1,", "<b>,"))
    page = year.get(f"/batches/{batch}")
    assert page.status_code == 200
    assert "2023-09 has 21 incidents" in page.text
    assert "/sources/records" in page.text
    assert "High" not in page.text
    assert year.get("/sources/records").status_code == 200
    year.delete(f"/api/v1/incidents/batches/{batch}?by=ann")
    undone = year.get(f"/batches/{batch}").text
    assert "by ann" in undone
    for path in ("/batches/999999", "/sources/nobody"):
        assert year.get(path).status_code == 404
        assert year.get(f"/api/v1{path.replace('/b', '/incidents/b')}/quality").status_code == 404


def test_by_command(database: Database, year: TestClient) -> None:
    batch = sent(year, month(9, 20))
    here = {"DATABASE_URL": database.url.render_as_string(hide_password=False)}
    told = called("batch", "quality", str(batch), settings=here)
    assert "matters for targets: 2023-09 has 21 incidents" in told.stdout
    of_source = called("source", "quality", "records", "--json", settings=here)
    assert json.loads(of_source.stdout)["incidents"] == 8 * 61 + 21


def test_a_long_span_ends_no_month(year: TestClient) -> None:
    header = "external_id,offence_code,occurred_from,occurred_to,longitude,latitude\n"
    spans = "".join(
        f"s{n},robbery,2023-{first}T00:00Z,2023-{last}T12:00Z,-0.05{n},51.51{n}\n"
        for n, (first, last) in enumerate([("09-02", "09-04"), ("05-01", "10-31")])
    )
    sent(year, header + spans)
    report = year.get("/api/v1/sources/records/quality").json()
    assert (report["first_day"], report["last_day"]) == ("2023-01-01", "2023-09-03")
    assert "thin_month" not in codes(report)


def test_months_that_are_known_alone_are_whole(client: TestClient) -> None:
    rows = [
        f"{month}-{n},robbery,2023-{month:02d},-0.1{n},51.5{n}\n"
        for month, many in ((1, 60), (2, 60), (3, 60), (4, 60), (5, 20))
        for n in range(many)
    ]
    sent(client, HEADER.replace(",location_text", "") + "".join(rows))
    report = client.get("/api/v1/sources/records/quality").json()
    assert (report["first_day"], report["last_day"]) == ("2023-01-01", "2023-05-31")
    assert "thin_month" in codes(report)


def test_a_middle_that_moved_is_told_on_the_180th_meridian(client: TestClient) -> None:
    for number in (1, 2):
        sent(client, month(number, 60, east=180.05))
    batch = sent(client, month(3, 60, east=181.05))
    report = client.get(f"/api/v1/incidents/batches/{batch}/quality").json()
    assert codes(report) == {"centre_moved"}
