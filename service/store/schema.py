"""The schema's version: upgrade, downgrade and where the database stands."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from service.errors import DatabaseReadOnlyError, DatabaseUnavailableError
from service.resources import migrations_dir
from service.store import index_making, locks

if TYPE_CHECKING:
    from alembic.config import Config

_log = structlog.get_logger(__name__)

_PATIENCE: Final = "3s"
_TRIES: Final = 20
_PAUSE_S: Final = 2.0
_IN_USE: Final = ("55P03", "40P01")
"""States of a lock that was not to be had in time, and of a deadlock with who uses the tables."""


def bring_up(engine: Engine) -> None:
    """Bring a database up to what this software needs, whoever else would do so at the same time.

    One does, the others wait and find it done. Migrations and views are one transaction: there is
    never the one without the other. While it waits for a lock, readers wait behind it: it gives
    up soon, and tries again.

    Raises
    ------
    DatabaseUnavailableError
        When the database is one of a later version.
    DBAPIError
        When others hold their locks all the while.
    """
    with locks.alone(engine, "schema"):
        for pause_s in (*[_PAUSE_S] * _TRIES, None):
            try:
                with engine.begin() as connection:
                    connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
                    upgrade(connection)
                break
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in _IN_USE or pause_s is None:
                    raise
                _log.info("the schema is in use, trying again", error=str(error.orig))
                time.sleep(pause_s)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            index_making.make(connection)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema up to a revision; nothing happens when it is there already."""
    from alembic import command

    from service.store import view_making  # declared above this module, which it rests on

    _refuse_later(connection)
    granted = view_making.drop(connection) if current(connection) != head() else ()
    command.upgrade(_config(connection), revision)
    if revision == "head":
        view_making.make(connection, granted)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the schema back to a revision (``base``: empty)."""
    from alembic import command

    from service.store import view_making

    view_making.drop(connection)
    command.downgrade(_config(connection), revision)


def head() -> str:
    """Return the revision that this software needs."""
    from alembic.script import ScriptDirectory

    revision = ScriptDirectory.from_config(_config(None)).get_current_head()
    assert revision is not None, "the migrations folder has no revision"
    return revision


def current(connection: Connection) -> str | None:
    """Return the revision of the database; None when it has no schema yet."""
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def server(connection: Connection) -> str:
    """Return which server it is, and which PostGIS it has."""
    version = str(connection.scalar(text("SELECT version()")))
    return f"{version.split(' on ')[0]}, PostGIS {postgis(connection)}"


def postgis(connection: Connection) -> str:
    """Return the version of PostGIS."""
    return str(connection.scalar(text("SELECT postgis_lib_version()")))


def require_current(connection: Connection) -> None:
    """Refuse a database whose schema is not the one that this software needs.

    Raises
    ------
    DatabaseUnavailableError
        When the schema is missing, older or newer, or its views are; the message names the
        remedy.
    """
    from service.store import view_making

    _refuse_later(connection)
    have, need = current(connection), head()
    if have != need:
        raise DatabaseUnavailableError(
            f"The database's schema is at revision {have or 'none'}, this version of Harmspot "
            f"needs {need}: run `harmspot db upgrade`."
        )
    if not view_making.are_current(connection):
        raise DatabaseUnavailableError(
            "The database's views for GIS clients are those of another version of Harmspot: run "
            "`harmspot db upgrade`."
        )


def require_writable(connection: Connection) -> None:
    """Refuse a database that takes no writes.

    Raises
    ------
    DatabaseReadOnlyError
        When it is a standby, or closed for writing.
    """
    if connection.scalar(text("SHOW transaction_read_only")) == "on":
        raise DatabaseReadOnlyError(
            "The database is read-only: what is stored can be read, and nothing can be added. It "
            "is a standby, or its administrator closed it for writing."
        )


def knows(revision: str) -> bool:
    """Tell whether a revision is one of this software's, or of one before it."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config(None))
    return revision in {one.revision for one in scripts.walk_revisions()}


def _refuse_later(connection: Connection) -> None:
    """Refuse a schema that this software does not know: a later version's."""
    have = current(connection)
    if have is not None and not knows(have):
        raise DatabaseUnavailableError(
            f"The database's schema is at revision {have}, which a later version of Harmspot made: "
            "run that version, or one after it."
        )


def _config(connection: Connection | None) -> Config:
    from alembic.config import Config

    config = Config(stdout=sys.stdout)  # as it is now, not as it was when Alembic was loaded
    config.set_main_option("script_location", str(migrations_dir()))
    config.attributes["connection"] = connection
    return config
