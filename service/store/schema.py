"""The schema's version: upgrade, downgrade and where the database stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from service.errors import DatabaseReadOnlyError, DatabaseUnavailableError
from service.resources import migrations_dir

if TYPE_CHECKING:
    from alembic.config import Config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema up to a revision; nothing happens when it is there already."""
    from alembic import command

    from service.store import view_making  # declared above this module, which it rests on

    if current(connection) != head():
        view_making.drop(connection)
    command.upgrade(_config(connection), revision)
    if revision == "head":
        view_making.make(connection)


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
    version, postgis = connection.execute(text("SELECT version(), postgis_lib_version()")).one()
    return f"{version.split(' on ')[0]}, PostGIS {postgis}"


def require_current(connection: Connection) -> None:
    """Refuse a database whose schema is not the one that this software needs.

    Raises
    ------
    DatabaseUnavailableError
        When the schema is missing, older or newer, or its views are; the message names the
        remedy.
    """
    from service.store import view_making

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


def _config(connection: Connection | None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    config.attributes["connection"] = connection
    return config
