"""The disk on which the service writes is full: uploads, what readers unpack, files it makes."""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from multiprocessing import util
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from service.errors import DatabaseFullError, StorageFullError
from service.export import formats
from service.http.app import create_app
from service.settings import Settings
from service.store import disk
from service.store.session import Database
from tests.api import published

MB = 1 << 20
BATCHES = "/api/v1/incidents/batches?profile=generic"
HEADER = b"external_id,offence_code,occurred_from,longitude,latitude\n"
LARGE = HEADER + b"1,robbery,2024-05-01,-0.1,51.5\n" * (10 * MB // 31)
EVENTS = {"Accept": "text/event-stream"}


@pytest.fixture
def full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of a hundred kilobytes on which temporary files are made."""
    util.get_temp_dir()  # processes that are started later keep theirs, which outlives this disk
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this account may not mount a small disk")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def client(database: Database) -> Iterator[TestClient]:
    app = create_app(Settings(worker="none"), database)
    with TestClient(app, raise_server_exceptions=False) as started:
        yield started


def parquet(rows: int) -> bytes:
    file = io.BytesIO()
    columns = {
        "offence_code": ["theft"] * rows,
        "occurred_from": ["2024-05-01"] * rows,
        "longitude": np.random.default_rng(1).random(rows),
        "latitude": np.random.default_rng(2).random(rows),
    }
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", BATCHES, {"content": LARGE}),
        ("POST", BATCHES, {"files": {"file": ("may.csv", LARGE)}}),
        ("POST", BATCHES, {"content": LARGE, "headers": EVENTS}),
        ("POST", BATCHES, {"content": parquet(50_000)}),
        ("POST", BATCHES, {"content": gzip.compress(parquet(50_000))}),
        ("POST", "/api/v1/incidents/preview", {"files": {"file": ("f.parquet", parquet(50_000))}}),
        ("POST", "/api/v1/incidents/preview", {"files": {"file": ("may.csv", LARGE)}}),
        ("PUT", "/api/v1/streets/town", {"content": LARGE}),
        ("PUT", "/api/v1/boundaries/town", {"files": {"file": ("town.geojson", LARGE[:MB])}}),
    ],
)
def test_what_comes_in_is_refused_with_the_true_reason(
    full_disk: Path, client: TestClient, method: str, path: str, sent: dict[str, Any]
) -> None:
    answer = client.request(method, path, **sent)
    assert answer.status_code == 507, answer.text
    assert answer.json()["type"].endswith("/storage-full")
    assert "The disk on which the service writes is full" in answer.json()["detail"]
    assert list(full_disk.iterdir()) == []
    assert client.get("/api/v1/incidents/batches").json() == []
    small = HEADER + b"1,robbery,2024-05-01,-0.1,51.5\n"
    assert client.post(BATCHES, content=small).json()["accepted"] == 1


def test_a_batch_that_is_watched_is_told_the_true_reason(
    full_disk: Path, client: TestClient
) -> None:
    answer = client.post(BATCHES, content=parquet(50_000), headers=EVENTS)
    assert "event: problem" in answer.text
    assert "storage-full" in answer.text
    assert list(full_disk.iterdir()) == []


def fill(file: Path) -> None:
    """Write a file until its disk takes no more."""
    with file.open("wb", buffering=0) as content, contextlib.suppress(OSError):
        while content.write(b"x" * 1024):
            pass
    assert shutil.disk_usage(file.parent).free == 0


@pytest.mark.parametrize("name", [one for one in formats.FORMATS if one != "json"])
def test_an_export_that_finds_no_room_says_so(
    full_disk: Path, client: TestClient, name: str
) -> None:
    published.stock(client)
    run = published.run(client)
    fill(full_disk / "full")
    answer = client.get(f"/api/v1/runs/{run}/export", params={"format": name})
    assert answer.status_code == 507, answer.text[:300]
    assert answer.json()["type"].endswith("/storage-full")
    assert [one.name for one in full_disk.iterdir()] == ["full"]


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        sqlite3.OperationalError("database or disk is full"),
        RuntimeError("fwrite failed: No space left on device"),
        caused(RuntimeError("could not write"), OSError(errno.ENOSPC, "No space left on device")),
    ],
)
def test_a_full_disk_is_known_whoever_tells_of_it(error: Exception) -> None:
    with pytest.raises(StorageFullError, match="free some space"), disk.told():
        raise error


def test_a_full_disk_of_the_database_and_other_failures_stay_what_they_are() -> None:
    full = psycopg.errors.DiskFull("could not extend file: No space left on device")
    assert isinstance(disk.refusal_of(full), DatabaseFullError)
    assert disk.refusal_of(OSError(errno.EACCES, "Permission denied")) is None
    with pytest.raises(KeyError), disk.told():
        raise KeyError
