"""The databases of the tests: one cluster for a run of the tests, and copies of made databases.

The workers of a run share a folder. The first that needs the cluster starts it there and the others
join it; the last one out stops it. What takes long to make (the schema, a loaded town) is made once
into a database of its own, by whichever test asks first, and each test has a copy of it: copying
the files of a database takes a tenth of a second.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from service.store.cluster import server
from service.store.cluster.embedded import start
from service.store.session import Database
from service.store.tenant import Tenant

AGENCY = "default"
"""The agency that the settings name where they say nothing."""

Told = TypeVar("Told")

# Nothing here outlives the run: no test of these databases asks what a power cut leaves.
HASTY: dict[str, str | float] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": 300,
    "autovacuum": "off",
    "max_wal_size": "256MB",
}


@contextmanager
def cluster(folder: Path) -> Iterator[Databases]:
    """Start the cluster of a run of the tests in its shared folder, or join it."""
    folder.chmod(0o755)  # the cluster's account must pass through
    with patch.dict(server._OPTIONS, HASTY):
        running = start(folder / "cluster")
    try:
        yield Databases(running.url, folder)
    finally:
        running.stop()


class Databases:
    """The databases of one cluster.

    Parameters
    ----------
    url
        Address of the cluster.
    folder
        Where the makers of databases wait for one another.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder
        self._told: dict[str, Any] = {}
        with psycopg.connect(self._libpq("postgres")) as connection:
            # The other way, through the log, is slower for databases of this size.
            self._strategy = " STRATEGY file_copy" if connection.info.server_version >= 15e4 else ""

    @contextmanager
    def empty(self) -> Iterator[Database]:
        """Make a database with the newest schema and nothing in it, and drop it at the end."""
        with self._copy(self._schema()) as made:
            yield made

    @contextmanager
    def equipped(self) -> Iterator[Database]:
        """Make a database with an agency that has the shipped harm indexes and no incident."""
        with self.copy_of("equipped", _equip) as (made, _):
            yield made

    @contextmanager
    def copy_of(
        self, name: str, make: Callable[[Database], Told]
    ) -> Iterator[tuple[Database, Told]]:
        """Make a copy of a database that is made once in a run of the tests; drop it at the end.

        Parameters
        ----------
        name
            Names the made database; one name, one maker.
        make
            Fills an empty database, and returns what there is to know of it, as JSON has it.
        """
        with self._copy(self._made(name, make, self._schema())) as made:
            yield made, self._told[name]

    def _schema(self) -> str:
        return self._made("schema", Database.upgrade, None)

    def _made(self, name: str, make: Callable[[Database], Any], template: str | None) -> str:
        """Return the name of a made database, which is made if no process of the run has yet."""
        made = f"made_{name}"
        if name in self._told:
            return made
        known = self._folder / f"{name}.json"
        with (self._folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not known.exists():
                self._create(made, template)
                try:
                    database = self._at(made)
                    told = make(database)
                    database.dispose()
                except BaseException:
                    self._drop(made)
                    raise
                known.write_text(json.dumps(told))
        self._told[name] = json.loads(known.read_text())
        return made

    @contextmanager
    def _copy(self, template: str) -> Iterator[Database]:
        name = f"test_{os.urandom(6).hex()}"
        self._create(name, template)
        made = self._at(name)
        try:
            yield made
        finally:
            made.dispose()
            self._drop(name)

    def _create(self, name: str, template: str | None) -> None:
        asked = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            asked += sql.SQL(" TEMPLATE {}" + self._strategy).format(sql.Identifier(template))
        self._administer(asked)

    def _drop(self, name: str) -> None:
        asked = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        self._administer(asked)

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._libpq("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _at(self, name: str) -> Database:
        return Database.at(self._libpq(name))

    def _libpq(self, name: str) -> str:
        renamed = make_url(self.url).set(database=name, drivername="postgresql")
        return renamed.render_as_string(hide_password=False)


def _equip(database: Database) -> None:
    Tenant(database, AGENCY).equip()
