"""Files are had whole or in parts, as RFC 9110 has it, and nothing is left of them on the disk."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.http.api import incidents
from service.http.parts import FileAnswer
from tests.api import layers

CONTENT = bytes(range(100))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    made.mkdir()
    (made / "file.bin").write_bytes(CONTENT)
    return made


@pytest.fixture
def files(folder: Path) -> TestClient:
    app, client = layers.small()

    @app.get("/file", response_class=FileAnswer)
    def read() -> FileAnswer:
        return FileAnswer(folder / "file.bin", folder=folder)

    return client


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ("bytes=0-9", 206, CONTENT[:10]),
        ("bytes=90-500", 206, CONTENT[90:]),
        ("bytes=-5", 206, CONTENT[-5:]),
        ("bytes=-500", 206, CONTENT),
        ("bytes = 0-9", 206, CONTENT[:10]),
        ("bytes=0-9, 200-300", 206, CONTENT[:10]),
        ("bytes=100-", 416, None),
        ("bytes=200-300, 400-", 416, None),
        ("bytes=-0", 416, None),
        ("rows=0-9", 200, CONTENT),
        ("bytes=9-0", 200, CONTENT),
        ("bytes=a-b", 200, CONTENT),
        ("bytes=", 200, CONTENT),
        ("nonsense", 200, CONTENT),
    ],
)
def test_ranges(
    files: TestClient, folder: Path, asked: str, status: int, body: bytes | None
) -> None:
    answer, had = layers.raw(files, "/file", Range=asked)
    assert answer.status_code == status
    if body is None:
        assert answer.headers["content-range"] == "bytes */100"
    else:
        assert had == body
    assert not folder.exists()


def test_rejected_rows_as_csv_are_all_of_them(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incidents, "_ROWS_AT_ONCE", 7)
    rows = "".join(f"{n},theft,soon,1,2\n" for n in range(21))
    content = "external_id,offence_code,occurred_from,longitude,latitude\n" + rows
    url = "/api/v1/incidents/batches"
    batch = client.post(f"{url}?profile=generic", content=content).json()["batch_id"]
    answer = client.get(f"{url}/{batch}/rejected?format=csv", headers={"Range": "bytes=9999-"})
    assert answer.status_code == 200
    assert f"rejected-{batch}.csv" in answer.headers["content-disposition"]
    told = list(csv.DictReader(io.StringIO(answer.text)))
    assert [int(one["line"]) for one in told] == list(range(2, 23))
    assert len(client.get(f"{url}/{batch}/rejected?format=csv&limit=5").text.splitlines()) == 6
    assert client.get(f"{url}/999999/rejected?format=csv").status_code == 404
