"""A failure at any point of a batch leaves the database as it was before."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import text

from service.errors import DatabaseUnavailableError, UnreadableFileError
from service.ingest import BatchReport, ingest, load_profile, queries
from service.ingest.merging import merge
from service.ingest.readers import csv as read_csv
from service.store.session import Database, agency_id

HEADER = "external_id,offence_code,occurred_from,longitude,latitude\n"
ROWS = "".join(f"{n},theft,2024-01-01,{n % 170},{n % 80 + 1}\n" for n in range(2000))


def load(database: Database, content: str, **options: Any) -> BatchReport:
    with database.session() as session:
        return ingest(
            session,
            agency_id(session, "test"),
            io.BytesIO(content.encode()),
            load_profile("generic"),
            **options,
        )


def stored(database: Database) -> Any:
    """Everything that a batch writes."""
    with database.session() as session:
        return [
            [tuple(row) for row in session.execute(text(statement))]
            for statement in (
                "SELECT * FROM incident ORDER BY source, external_id",
                "SELECT * FROM ingest_batch ORDER BY id",
                "SELECT * FROM rejected_row ORDER BY id",
                "SELECT * FROM incident_source ORDER BY name",
                "SELECT id, data_version FROM agency ORDER BY id",
            )
        ]


@pytest.fixture
def before(database: Database, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(read_csv, "CHUNK_BYTES", 1 << 13)
    load(database, HEADER + "1,arson,2024-01-01,1,2\nx,arson,,1,2\n")
    return stored(database)


def test_an_interruption_between_chunks(database: Database, before: Any) -> None:
    calls = 0

    def interrupt(_done: int, _size: int | None) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(database, HEADER + ROWS, progress=interrupt)
    assert stored(database) == before
    assert load(database, HEADER + ROWS).updated == 1


def test_a_file_that_turns_bad_at_its_end(database: Database, before: Any) -> None:
    with pytest.raises(UnreadableFileError, match="line 2002"):
        load(database, HEADER + ROWS + 'z,"theft,2024-01-01,1,2\n')
    assert stored(database) == before


@pytest.mark.parametrize("statement", ["find_repeated", "insert_staged", "count_rejected"])
def test_an_error_in_a_statement_even_when_the_caller_goes_on(
    database: Database, before: Any, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    query = queries.query
    monkeypatch.setattr(
        queries, "query", lambda name: text("SELECT 1 / 0") if name == statement else query(name)
    )
    with database.session() as session:
        agency = agency_id(session, "test")
        with pytest.raises(Exception, match="division by zero"):
            ingest(session, agency, io.BytesIO((HEADER + ROWS).encode()), load_profile("generic"))
        monkeypatch.undo()
        assert session.scalar(text("SELECT count(*) FROM incident")) == 1
    assert stored(database) == before


@pytest.mark.parametrize("when", ["reading", "merging"])
def test_a_killed_connection(
    database: Database, before: Any, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def kill(*_: Any) -> None:
        with database.session() as other:
            other.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )

    def killing_merge(self: Any, *arguments: Any) -> Any:
        kill()
        return original(self, *arguments)

    original = merge.Staging.merge
    if when == "merging":
        monkeypatch.setattr(merge.Staging, "merge", killing_merge)
    with pytest.raises(DatabaseUnavailableError, match="nothing was stored"):
        load(database, HEADER + ROWS, progress=kill if when == "reading" else None)
    assert stored(database) == before


def test_an_unreadable_disk_is_told(database: Database, before: Any) -> None:
    content = (HEADER + ROWS).encode()

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > len(content) // 2:
                raise OSError(5, "Input/output error")
            return super().read(min(size or 0, 1 << 12))

    with database.session() as session:
        agency = agency_id(session, "test")
        with pytest.raises(UnreadableFileError, match="Input/output error"):
            ingest(session, agency, Broken(content), load_profile("generic"))
    assert stored(database) == before
