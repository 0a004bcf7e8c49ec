"""Fixtures of the HTTP tests: the application on a database of the test's own."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.db.session import Database
from service.settings import Settings


@pytest.fixture
def client(database: Database) -> Iterator[TestClient]:
    """The application, started; its failures come back as responses, as a server's would."""
    with TestClient(create_app(Settings(), database), raise_server_exceptions=False) as started:
        yield started
