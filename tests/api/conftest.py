"""Fixtures of the HTTP tests: the application on a database of the test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from service.settings import Settings
from service.store.session import Database
from tests.api.applications import application
from tests.api.ingesting import Place
from tests.api.portal_town import pauses, town  # noqa: F401 - fixtures


@pytest.fixture
def client(database: Database) -> Iterator[TestClient]:
    """The application without a worker; its failures come back as a server's would."""
    app = application(Settings(worker="none"), database)
    with TestClient(app, raise_server_exceptions=False) as started:
        yield started


@pytest.fixture
def rows(database: Database) -> Callable[[str], list[Any]]:
    """Ask the test's own database: `rows("SELECT ...")`."""

    def query(statement: str) -> list[Any]:
        with database.session() as session:
            return [tuple(row) for row in session.execute(text(statement))]

    return query


@pytest.fixture
def working_client(database: Database) -> Iterator[TestClient]:
    """The application with a worker in it, as `harmspot serve` has one."""
    app = application(Settings(worker="inline"), database)
    with TestClient(app, raise_server_exceptions=False) as started:
        yield started


@pytest.fixture
def place(database: Database, tmp_path: Path) -> Place:
    """A database and a folder to put files of incidents in."""
    return Place(database, tmp_path)
