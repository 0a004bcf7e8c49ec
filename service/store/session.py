"""The way to the database: which one is used, and one session per unit of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from psycopg import Connection as PsycopgConnection
from sqlalchemy import URL, Engine, create_engine, make_url, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from service.errors import DatabaseUnavailableError
from service.settings import Settings
from service.store import schema
from service.store.cluster.embedded import default_data_dir, start
from service.store.models import Agency

# SQLSTATE classes in which the database, not the request, is at fault.
_UNAVAILABLE = {
    "08": "the connection to it broke",
    "53": "it has run out of disk, memory or connections",
    "57": "it is starting up or shutting down",
    "58": "its disk failed",
}


@dataclass(frozen=True)
class Database:
    """A PostgreSQL database with PostGIS, and how to reach it.

    Parameters
    ----------
    url
        The database's address; any driver, psycopg 3 is used.
    """

    url: URL

    @classmethod
    def at(cls, url: str) -> Database:
        """Return the database at an address such as ``postgresql://user@host/name``."""
        return cls(make_url(url).set(drivername="postgresql+psycopg"))

    @cached_property
    def engine(self) -> Engine:
        """The pool of connections, opened when first used."""
        return create_engine(self.url, pool_pre_ping=True, pool_size=5, max_overflow=10)

    @property
    def conninfo(self) -> str:
        """The address as libpq reads it, for drivers without SQLAlchemy."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open one session and transaction: committed at the end, rolled back on any error.

        Raises
        ------
        DatabaseUnavailableError
            When the database cannot be reached, breaks off or is full; nothing is stored then.
        """
        with (
            telling_why_unavailable(),
            Session(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def upgrade(self) -> None:
        """Bring the schema up to what this software needs."""
        with telling_why_unavailable(), self.engine.begin() as connection:
            schema.upgrade(connection)

    def dispose(self) -> None:
        """Close the pooled connections."""
        self.engine.dispose()


@contextmanager
def telling_why_unavailable() -> Iterator[None]:
    """Turn a database's own failures into a `DatabaseUnavailableError` that says what to do."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None) or ""
        cause = _UNAVAILABLE.get(state[:2])
        if cause is None and not (isinstance(error, OperationalError) and not state):
            raise
        raise DatabaseUnavailableError(
            f"The database failed, nothing was stored: {cause or 'it cannot be reached'} "
            f"({' '.join(str(error.orig).split())}). Mend it and try again."
        ) from error


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Open the database that the settings name, or the private cluster when they name none.

    The private cluster's schema is brought up to date; another server's is only checked, since
    its owner decides when to run `harmspot db upgrade`.
    """
    if settings.database_url is not None:
        database = Database.at(settings.database_url.get_secret_value())
        try:
            with telling_why_unavailable(), database.engine.connect() as connection:
                schema.require_current(connection)
            yield database
        finally:
            database.dispose()
        return
    cluster = start(settings.data_dir or default_data_dir())
    try:
        database = Database.at(cluster.url)
        try:
            database.upgrade()
            yield database
        finally:
            database.dispose()
    finally:
        cluster.stop()


def upgrade_configured(settings: Settings) -> None:
    """Bring the schema of the configured database up to date, whoever's server it is."""
    if settings.database_url is None:
        with open_database(settings):
            return
    database = Database.at(settings.database_url.get_secret_value())
    try:
        database.upgrade()
    finally:
        database.dispose()


def agency_id(session: Session, name: str) -> int:
    """Return the id of an agency, which is made on first use."""
    wanted = select(Agency.id).where(Agency.name == name)
    found = session.scalar(wanted)
    if found is None:
        session.execute(insert(Agency).values(name=name).on_conflict_do_nothing())
        found = session.scalars(wanted).one()
    return found


def driver_connection(session: Session) -> PsycopgConnection:
    """Return the psycopg connection below a session, for COPY in the session's transaction."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, PsycopgConnection)
    return connection
