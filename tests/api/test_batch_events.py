"""A batch watched while it is stored: rows read, then its report; who leaves, leaves nothing."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from service.http.app import create_app
from service.ingest.readers import csv as read_csv
from service.settings import Settings
from service.store.session import Database
from tests.api.serving import serving
from tests.patience import PATIENCE_S

EVENTS = {"Accept": "text/event-stream"}
PATH = "/api/v1/incidents/batches"
HEADER = "external_id,offence_code,occurred_from,longitude,latitude\n"


def table(rows: int) -> str:
    return HEADER + "".join(f"{n},robbery,2024-05-01T10:00:00Z,-0.1,51.5\n" for n in range(rows))


def read_events(text: str) -> list[tuple[str, Any]]:
    events = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines())
        events.append((lines["event"], json.loads(lines["data"])))
    return events


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_csv, "CHUNK_BYTES", 4096)


@pytest.mark.usefixtures("small_chunks")
def test_rows_are_told_while_they_are_read_and_the_report_comes_last(client: TestClient) -> None:
    answer = client.post(
        PATH,
        params={"profile": "generic"},
        files={"file": ("may.csv", table(2000))},
        headers=EVENTS,
    )
    assert answer.headers["content-type"].startswith("text/event-stream")
    *progress, (last, report) = read_events(answer.text)
    assert {name for name, _ in progress} == {"progress"}
    rows = [told["rows"] for _, told in progress]
    assert rows == sorted(rows)
    assert len(set(rows)) > 5
    assert rows[-1] == 2000
    assert (last, report["file"], report["accepted"]) == ("report", "may.csv", 2000)
    assert client.get(PATH).json() == [report]


def test_a_retry_under_the_same_key_is_told_the_first_report(client: TestClient) -> None:
    def send() -> Any:
        answer = client.post(
            PATH,
            params={"profile": "generic"},
            content=table(3),
            headers={**EVENTS, "Idempotency-Key": "k"},
        )
        return read_events(answer.text)[-1]

    first = send()
    assert first[1]["accepted"] == 3
    assert send() == first
    assert len(client.get(PATH).json()) == 1


def test_what_is_wrong_with_a_file_is_told_as_an_event(client: TestClient) -> None:
    answer = client.post(PATH, params={"profile": "police-uk"}, content=table(3), headers=EVENTS)
    name, told = read_events(answer.text)[-1]
    assert (name, told["status"]) == ("problem", 422)
    assert {one["where"] for one in told["errors"]} >= {"Crime ID", "Month"}
    assert client.get(PATH).json() == []


def test_what_is_wrong_with_the_request_is_refused_before_any_event(client: TestClient) -> None:
    answer = client.post(PATH, params={"profile": "x"}, content=table(1), headers=EVENTS)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.usefixtures("small_chunks")
def test_who_goes_away_while_rows_are_read_leaves_nothing_stored(database: Database) -> None:
    with serving(create_app(Settings(worker="none"), database)) as base:
        where = urlsplit(base)
        connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=PATIENCE_S)
        connection.request("POST", f"{PATH}?profile=generic", table(40_000), EVENTS)
        answer = connection.getresponse()
        told = b""
        while b'"rows": 0' not in told or told.count(b"event: progress") < 2:
            told += answer.read1()
        assert b"event: report" not in told
        answer.close()
        connection.close()
        # The next batch waits for the lock of the one that is being undone.
        client = http.client.HTTPConnection(str(where.hostname), where.port, timeout=PATIENCE_S)
        client.request("POST", f"{PATH}?profile=generic", table(1))
        report = json.loads(client.getresponse().read())
        client.request("GET", PATH)
        stored = json.loads(client.getresponse().read())
        client.close()
    assert report["accepted"] == 1
    assert [one["read"] for one in stored] == [1]
