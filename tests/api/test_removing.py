"""Incidents are taken away: by a file that replaces days, with their source, or by their ids."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from service.errors import ConflictError
from service.ingest import BatchReport, ingest, load_profile
from service.ingest.period import period
from service.ingest.profiles.loading import profile_of
from service.ingest.undoing.undo import undo
from service.store.session import Database, agency_id
from spatial.errors import InvalidInputError
from tests.api.commands import called

HEADER = "external_id,offence_code,occurred_from,longitude,latitude\n"
URL = "/api/v1/incidents/batches?profile=generic&source=records"
STORED = "SELECT external_id FROM incident ORDER BY external_id"

Load = Callable[..., BatchReport]
Rows = Callable[[str], list[Any]]


def csv_of(**days: str) -> str:
    """Write incidents, each an id with its day."""
    return HEADER + "".join(f"{one},theft,{day},1,2\n" for one, day in days.items())


@pytest.fixture
def load(database: Database) -> Load:
    def once(content: str, **options: Any) -> BatchReport:
        with database.session() as session:
            return ingest(
                session,
                agency_id(session, "test"),
                io.BytesIO(content.encode()),
                load_profile("generic"),
                source_name=options.pop("source", "records"),
                now=datetime(2024, 6, 1, tzinfo=UTC),
                **options,
            )

    return once


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("2020-02", "2020-02-01/2020-02-29"),
        ("2020", "2020-01-01/2020-12-31"),
        ("2020-02-03", "2020-02-03/2020-02-03"),
        ("2020-02/2020-03-15", "2020-02-01/2020-03-15"),
    ],
)
def test_days_are_a_year_a_month_a_day_or_from_one_to_another(written: str, days: str) -> None:
    assert str(period(written)) == days


@pytest.mark.parametrize("written", ["", "March", "2020-13", "2020-03/2020-02", "0000", "9999"])
def test_what_is_no_period_is_refused_with_examples(written: str) -> None:
    with pytest.raises(InvalidInputError, match="2020-03"):
        period(written)


def test_a_file_replaces_its_month_and_nothing_else(
    load: Load, rows: Rows, database: Database
) -> None:
    load(csv_of(a="2024-01-31", b="2024-02-01", c="2024-02-15", d="2024-02-29", e="2024-03-01"))
    load(csv_of(f="2024-02-10"), source="other")
    before = rows("SELECT * FROM incident ORDER BY external_id")
    month = HEADER + "b,robbery,2024-02-01,1,2\nc,theft,2024-02-15,1,2\ng,theft,2024-02-16,1,2\n"
    report = load(month, replace=period("2024-02"))
    assert (report.accepted, report.updated, report.duplicate, report.removed) == (1, 1, 1, 1)
    assert (report.kind, report.replaced) == ("replace", "2024-02-01/2024-02-29")
    assert [row[0] for row in rows(STORED)] == ["a", "b", "c", "e", "f", "g"]
    with database.session() as session:
        assert report.batch_id is not None
        done = undo(session, agency_id(session, "test"), report.batch_id, by="tests")
    assert (done.removed, done.restored) == (1, 2)
    assert rows("SELECT * FROM incident ORDER BY external_id") == before


def test_a_file_of_another_month_replaces_none(load: Load, rows: Rows) -> None:
    load(csv_of(a="2024-01-31"))
    with pytest.raises(InvalidInputError, match="no incident of 2024-01-01/2024-01-31"):
        load(csv_of(b="2024-02-01"), replace=period("2024-01"))
    assert rows(STORED) == [("a",)]


def test_a_row_that_is_rejected_now_holds_its_incident(load: Load, rows: Rows) -> None:
    load(csv_of(a="2024-01-30", b="2024-01-31"))
    placeless = HEADER + "a,theft,2024-01-30,,\nc,theft,2024-01-31,1,2\n"
    assert load(placeless, replace=period("2024-01")).removed == 1
    assert rows(STORED) == [("a",), ("c",)]


@pytest.mark.parametrize("bad", ["b,theft,soon,1,2", "b,,2024-01-31,1,2", "b,theft,2024-01-31,x,2"])
def test_a_row_holds_its_incident_whatever_it_is_rejected_for(
    bad: str, load: Load, rows: Rows
) -> None:
    load(csv_of(a="2024-01-30", b="2024-01-31", c="2024-01-31"))
    report = load(csv_of(a="2024-01-30") + bad + "\n", replace=period("2024-01"))
    assert (report.rejected, report.removed, report.warned) == (1, 1, [])
    assert rows(STORED) == [("a",), ("b",)]


@pytest.mark.parametrize("bad", [",theft,soon,1,2", "b,theft,2024-01-31,1,2,3,4", "2.01E+11,,,1,2"])
def test_a_rejected_row_that_may_be_any_incident_holds_all(
    bad: str, load: Load, rows: Rows
) -> None:
    load(csv_of(a="2024-01-30", b="2024-01-31", c="2024-01-31"))
    report = load(csv_of(a="2024-01-30") + bad + "\n", replace=period("2024-01"))
    assert (report.rejected, report.removed) == (1, 0)
    told = [(one.code, one.rows) for one in report.warned if one.code == "not_replaced"]
    assert told == [("not_replaced", 1)]
    assert len(rows(STORED)) == 3


def test_a_rejected_row_without_an_id_holds_those_without_one(load: Load, rows: Rows) -> None:
    nameless = ",theft,2024-01-31,3,2\n"
    load(csv_of(a="2024-01-30", b="2024-01-31") + nameless)
    report = load(csv_of(a="2024-01-30") + ",theft,soon,3,2\n", replace=period("2024-01"))
    assert (report.rejected, report.removed) == (1, 1)
    assert "1 incident of the replaced days" in report.warnings[-1]
    assert len(rows(STORED)) == 2


def test_a_month_is_one_of_local_days(load: Load, rows: Rows, database: Database) -> None:
    with database.session() as session:
        agency = agency_id(session, "test")
        session.execute(
            text("INSERT INTO incident_source VALUES (:agency, 'records', 'Asia/Tokyo')"),
            {"agency": agency},
        )
    load(csv_of(a="2024-02-01T00:30", b="2024-01-31T23:30"))
    load(csv_of(c="2024-02-20"), replace=period("2024-02"))
    assert rows(STORED) == [("b",), ("c",)]


def test_an_idempotency_key_stands_for_the_days_that_are_replaced(load: Load) -> None:
    content = csv_of(a="2024-01-31")
    first = load(content, idempotency_key="k", replace=period("2024-01"))
    assert load(content, idempotency_key="k", replace=period("2024-01")) == first
    with pytest.raises(ConflictError, match="to replace other days"):
        load(content, idempotency_key="k")


def test_a_source_is_deleted_and_brought_back_until_it_is_purged(
    client: TestClient, rows: Rows
) -> None:
    first = client.post(URL, content=csv_of(a="2024-01-31", b="2024-02-01") + "c,,,,\n").json()
    client.post(URL.replace("records", "other"), content=csv_of(z="2024-01-01"))
    before = rows("SELECT * FROM incident ORDER BY external_id")
    assert client.delete("/api/v1/sources/nobody").status_code == 404
    gone = client.delete("/api/v1/sources/records?reason=test&by=ann").json()
    assert (gone["kind"], gone["removed"], gone["made_by"]) == ("delete", 2, "ann")
    assert rows(STORED) == [("z",)]
    listed = {one["name"]: one["incidents"] for one in client.get("/api/v1/sources").json()}
    assert listed == {"other": 1, "records": 0}
    batches = "/api/v1/incidents/batches"
    refused = client.delete(f"{batches}/{first['batch_id']}")
    assert refused.status_code == 409
    assert client.delete(f"{batches}/{gone['batch_id']}").json()["restored"] == 2
    assert rows("SELECT * FROM incident ORDER BY external_id") == before
    gone = client.delete("/api/v1/sources/records?purge=true").json()
    assert client.delete(f"{batches}/{gone['batch_id']}").status_code == 409
    assert client.delete(f"{batches}/{first['batch_id']}").status_code == 200
    assert rows("SELECT * FROM rejected_row") == rows("SELECT * FROM incident_version") == []
    assert [one["name"] for one in client.get("/api/v1/sources").json()] == ["other"]


def test_of_a_batch_of_several_sources_a_purge_takes_the_rows_of_its_own(
    client: TestClient, rows: Rows
) -> None:
    content = (
        HEADER.strip() + ",source\n"
        "a1,theft,2024-01-31,1,2,east\n"
        "a1,arson,2024-01-31,1,2,east\n"
        "a2,theft,soon,1,2,east\n"
        "b1,theft,2024-01-31,1,2,west\n"
        "b2,theft,,1,2,west\n"
    )
    url = "/api/v1/incidents/batches"
    sent = client.post(f"{url}?profile=generic", content=content)
    batch = sent.json()
    assert "a1" in " ".join(batch["warnings"])
    quality = client.get(f"{url}/{batch['batch_id']}/quality").json()
    assert (quality["incidents"], quality["rows_read"], quality["rejected"]) == (2, 5, 2)
    east = client.get("/api/v1/sources/east/quality").json()
    assert (east["incidents"], east["rows_read"], east["rejected"]) == (1, 3, 1)
    client.delete("/api/v1/sources/east?purge=true")
    left = client.get(f"{url}/{batch['batch_id']}/rejected").json()
    assert [one["line"] for one in left] == [6]
    after = client.get(f"{url}/{batch['batch_id']}").json()
    assert [one["code"] for one in after["warned"]] == [one["code"] for one in batch["warned"]]
    assert "a1" not in str(after)
    assert "a2" not in str(left)
    west = client.get("/api/v1/sources/west/quality").json()
    assert (west["incidents"], west["rows_read"], west["rejected"]) == (1, 2, 1)


def test_cancelled_incidents_go_and_do_not_come_again(client: TestClient, rows: Rows) -> None:
    content = csv_of(a="2024-01-31", b="2024-02-01")
    client.post(URL, content=content)
    cancelled = "/api/v1/sources/records/cancellations"
    told = client.post(cancelled, json={"ids": ["a", "c", "a", " "], "reason": "no crime"}).json()
    assert (told["kind"], told["read"], told["cancelled"], told["removed"]) == ("cancel", 2, 2, 1)
    again = client.post(URL, content=content + "c,theft,2024-02-02,1,2\n").json()
    assert (again["accepted"], again["duplicate"], again["cancelled"]) == (0, 1, 2)
    assert rows(STORED) == [("b",)]
    batches = "/api/v1/incidents/batches"
    undone = f"{batches}/{told['batch_id']}"
    assert client.delete(undone).json()["errors"][0]["where"] == f"batches/{again['batch_id']}"
    assert client.delete(f"{undone}?with_later=true").status_code == 200
    assert rows(STORED) == [("a",), ("b",)]
    assert client.post(cancelled, json={"ids": [" "]}).status_code == 422


def test_ids_to_be_cancelled_are_read_as_those_of_files(client: TestClient, rows: Rows) -> None:
    client.post(
        URL, content=HEADER + "20190001234,theft,2024-01-31,1,2\n0123,theft,2024-01-31,1,2\n"
    )
    cancelled = "/api/v1/sources/records/cancellations"
    ids = ["20190001234.0", "'0123", '="0123"', "77", "2.01901E+11", "NULL"]
    told = client.post(cancelled, json={"ids": ids}).json()
    assert (told["read"], told["cancelled"], told["removed"]) == (3, 3, 2)
    assert [(one["code"], one["rows"]) for one in told["warned"]] == [
        ("unknown_ids", 1),
        ("ruined_ids", 2),
    ]
    assert "1 of 3 ids is of no incident that is stored, such as '77'" in told["warnings"][0]
    assert rows(STORED) == []
    assert client.post(cancelled, json={"ids": ["NULL"]}).status_code == 422


STATUS = """external_id,offence_code,occurred_from,longitude,latitude,status
a,theft,2024-01-31,1,2,{a}
b,theft,2024-02-01,1,2,open
c,,,,,{c}
d,theft,2024-02-01,1,2,
,theft,2024-02-02,1,2,{c}
"""


def test_rows_of_which_a_column_says_that_they_were_none_take_their_incident_away(
    database: Database, rows: Rows
) -> None:
    written = {"extends": "generic", "cancelled": {"column": "Status", "values": ["No crime"]}}
    profile = profile_of(written, "records")

    def send(a: str, c: str, **options: Any) -> BatchReport:
        content = io.BytesIO(STATUS.format(a=a, c=c).encode())
        with database.session() as session:
            return ingest(session, agency_id(session, "test"), content, profile, **options)

    first = send("open", "open")
    assert (first.accepted, first.rejected, first.cancelled) == (4, 1, 0)
    before = rows("SELECT * FROM incident ORDER BY external_id")
    second = send("NO CRIME ", "no crime")
    assert (second.duplicate, second.cancelled, second.removed, second.rejected) == (2, 3, 1, 0)
    assert second.read == 5
    assert [row[0] for row in rows(STORED)][:2] == ["b", "d"]
    again = send("open", "open")
    assert again.accepted == 1
    with database.session() as session:
        agency = agency_id(session, "test")
        assert second.batch_id is not None
        undo(session, agency, second.batch_id, by="tests", with_later=True)
    assert rows("SELECT * FROM incident ORDER BY external_id") == before


def test_by_command(database: Database, tmp_path: Path, rows: Rows) -> None:
    here = {"DATABASE_URL": database.url.render_as_string(hide_password=False)}

    def run(*words: str | Path) -> Any:
        done = called(*words, "--json", settings=here)
        assert done.status == 0, done.stderr
        return json.loads(done.stdout)

    file, ids = tmp_path / "month.csv", tmp_path / "ids.txt"
    file.write_text(csv_of(a="2024-01-30", b="2024-01-31"))
    by = ("--profile", "generic", "--source", "records")
    run("ingest", file, *by)
    file.write_text(csv_of(b="2024-01-31"))
    assert run("ingest", file, *by, "--replace", "2024-01")["total"]["removed"] == 1
    two = called("ingest", file, file, *by, "--replace", "2024-01", settings=here)
    assert "one file holds all" in two.stderr
    ids.write_text("b\n")
    assert run("incident", "cancel", "--source", "records", "--ids", ids)["removed"] == 1
    assert [one["incidents"] for one in run("source", "list")] == [0]
    gone = run("source", "delete", "records", "--purge")
    assert (gone["kind"], gone["removed"]) == ("delete", 0)
    assert run("source", "list") == []
