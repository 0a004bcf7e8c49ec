"""All that is stored comes back from a file, or nothing does and the reason is told."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient

from service.errors import ConflictError, UnreadableFileError
from service.http.app import create_app
from service.settings import Settings
from service.store import backup
from service.store.session import open_database
from spatial.errors import InvalidInputError
from tests.api import published


@contextmanager
def reachable() -> Iterator[Path]:
    """A folder that the server's account can enter, which pytest's are not."""
    with tempfile.TemporaryDirectory(prefix="harmspot-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def place():
    with reachable() as folder:
        yield folder


@pytest.fixture(scope="module")
def kept():
    """A backup of a private database, and what was asked of it before."""
    with reachable() as folder:
        yield made(folder)


def made(folder):
    settings = Settings(data_dir=folder / "postgres", worker="none")
    with open_database(settings) as database, TestClient(create_app(settings, database)) as client:
        published.stock(client)
        run = published.run(client)
        published.publish(client, run)
        asked = {
            path: client.get(path).json()
            for path in (
                f"/api/v1/runs/{run}/targets", "/api/v1/incidents/batches", "/api/v1/sources",
                "/api/v1/boundaries/square", "/api/v1/runs", "/ogc/collections/targets/items",
            )
        }  # fmt: skip
        path = folder / "harmspot.backup"
        manifest = backup.write(settings, path)  # while the service runs
    return path, manifest, asked


def test_what_was_stored_is_back_and_answers_as_before(kept, place):
    path, manifest, asked = kept
    assert manifest.rows["incident"] > 0
    assert path.stat().st_mode & 0o077 == 0
    settings = Settings(data_dir=place / "postgres", worker="none")
    assert backup.restore(settings, path) == manifest
    with open_database(settings) as database:
        with TestClient(create_app(settings, database)) as client:
            for address, answer in asked.items():
                found = client.get(address).json()
                for one in (found, answer):
                    if isinstance(one, dict):
                        one.pop("timeStamp", None)
                assert found == answer, address
        with pytest.raises(ConflictError, match="never overwritten"):
            backup.restore(settings, path)


def test_a_database_of_ones_own_is_restored_into_when_it_is_empty(kept, databases):
    path, manifest, asked = kept
    with databases.empty() as used:
        address = used.url.render_as_string(hide_password=False)
        with psycopg.connect(used.conninfo, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS restored_here")
            connection.execute("CREATE DATABASE restored_here TEMPLATE template0")
        with pytest.raises(ConflictError, match="has a schema already"):
            backup.restore(Settings(database_url=address), path)
        elsewhere = used.url.set(database="restored_here").render_as_string(hide_password=False)
        settings = Settings(database_url=elsewhere, worker="none")
        assert backup.restore(settings, path) == manifest
        with (
            open_database(settings) as database,
            TestClient(create_app(settings, database)) as client,
        ):
            assert client.get("/api/v1/runs").json() == asked["/api/v1/runs"]
        with psycopg.connect(used.conninfo, autocommit=True) as connection:
            connection.execute("DROP DATABASE restored_here WITH (FORCE)")


def test_what_is_stored_without_an_incident_is_not_written_over_either(kept, place):
    path, _, _ = kept
    settings = Settings(data_dir=place / "postgres", worker="none")
    with open_database(settings) as database, TestClient(create_app(settings, database)) as client:
        client.put("/api/v1/boundaries/beats", json=published.SQUARE).raise_for_status()
        with pytest.raises(ConflictError, match="1 of boundary_layer"):
            backup.restore(settings, path)
        assert client.get("/api/v1/boundaries/beats").status_code == 200


def test_a_file_that_is_not_what_was_written_is_refused_before_anything_is_touched(kept, place):
    path, _, _ = kept
    settings = Settings(data_dir=place / "postgres")
    manifest = json.loads(backup.Manifest.beside(path).read_text())
    broken = place / "broken"
    whole = path.read_bytes()
    for content, told, said in [
        (whole[:-1], manifest, "is not what was written"),
        (
            path.read_bytes()[:100] + b"x" + path.read_bytes()[101:],
            manifest,
            "not what was written",
        ),
        (whole, manifest | {"schema_revision": "9999"}, "does not know"),
        (whole, {"rows": {}}, "no manifest"),
        (whole, None, "is not there"),
    ]:
        broken.write_bytes(content)
        beside = backup.Manifest.beside(broken)
        beside.unlink(missing_ok=True)
        if told is not None:
            beside.write_text(json.dumps(told))
        with pytest.raises(UnreadableFileError, match=said):
            backup.restore(settings, broken)
    assert not (place / "postgres").exists()


def test_a_backup_writes_over_nothing_and_leaves_no_half_file(kept, place, monkeypatch):
    path, _, _ = kept
    settings = Settings(data_dir=path.parent / "postgres")
    before = path.read_bytes()
    with pytest.raises(InvalidInputError, match="there already"):
        backup.write(settings, path)
    assert path.read_bytes() == before
    with pytest.raises(InvalidInputError, match="not there"):
        backup.write(settings, place / "nowhere" / "file")
    monkeypatch.setattr(backup, "_program", lambda *_: "/bin/false")
    with pytest.raises(backup.BackupError):
        backup.write(settings, place / "half")
    assert os.listdir(place) == []
