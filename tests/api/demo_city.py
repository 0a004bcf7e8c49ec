"""The sample city, as `harmspot demo` leaves it in a database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.store.session import Database
from tests.api.commands import ran
from tests.databases import Databases


@contextmanager
def copied(databases: Databases) -> Iterator[Database]:
    """Give a copy of the database that `harmspot demo` filled."""
    with databases.copy_of("demo-city", _made) as (database, _):
        yield database


def _made(database: Database) -> None:
    with tempfile.TemporaryDirectory(prefix="harmspot-demo-") as folder:
        output = Path(folder, "targets.geojson")
        done = ran("demo", "--no-serve", "-o", output, settings={"DATABASE_URL": address(database)})
        assert done.status == 0, done.stderr
        assert output.exists()


def address(database: Database) -> str:
    """Return a database's address as a setting has it."""
    return database.url.render_as_string(hide_password=False)
