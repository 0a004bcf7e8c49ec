"""A database and a folder: files are written, read in, and looked for again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service.errors import NotFoundError, UnreadableFileError
from service.ingest import BatchReport, ingest, load_profile
from service.store.session import Database, agency_id

HEADER = b"external_id,offence_code,occurred_from,longitude,latitude\n"
ROW = b"a,theft,2024-01-01,-87.6,41.8\n"


class Place:
    """A database and a folder to put files in."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder

    def file(self, content: bytes, name: str = "file.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def profile(self, content: str, name: str = "own.toml") -> str:
        path = self.folder / name
        path.write_text(content)
        return str(path)

    def ingest(self, source: Any, profile: str = "generic", **options: Any) -> BatchReport:
        if isinstance(source, bytes):
            source = self.file(source)
        with self.database.session() as session:
            report = ingest(
                session, agency_id(session, "test"), source, load_profile(profile), **options
            )
        assert report.read == sum(
            (report.accepted, report.updated, report.duplicate, report.rejected)
        )
        return report

    def query(self, statement: str) -> list[Any]:
        with self.database.session() as session:
            return [tuple(row) for row in session.execute(text(statement))]

    def rejected(self) -> list[Any]:
        return self.query("SELECT line, reason, message, raw FROM rejected_row ORDER BY line")

    @contextmanager
    def refusing(self, *words: str) -> Iterator[None]:
        with pytest.raises((UnreadableFileError, NotFoundError)) as refusal:
            yield
        for word in words:
            assert word in refusal.value.message
        stored = "SELECT (SELECT count(*) FROM incident), (SELECT count(*) FROM ingest_batch)"
        assert self.query(stored) == [(0, 0)]
