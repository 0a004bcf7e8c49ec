"""The way to the database: which one is used, and one session per unit of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from psycopg import Connection as PsycopgConnection
from sqlalchemy import URL, Engine, Pool, QueuePool, create_engine, event, make_url, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session

from service.settings import Settings
from service.store import failures, schema
from service.store.cluster.embedded import default_data_dir, start
from service.store.models import Agency
from spatial.errors import InvalidInputError

POOLED: Final = 5
"""Connections that a process keeps open."""

MOST: Final = 15
"""Connections that a process opens at most for units of work."""

WAIT_S: Final = 10.0
"""How long a unit of work waits for a connection when all are in use, before saying so."""

MOST_READING: Final = 15
"""Connections that a process opens at most to read one moment, each beside a unit of work's: as
many as there can be units of work, so that none that has its own waits for another's."""

MOST_BULK: Final = 5
"""Connections that a process opens at most for bulk reads, each beside that of a unit of work."""

BULK_WAIT_S: Final = 60.0
"""How long a bulk read waits for its turn; the others take seconds."""

_DATABASE: Final = "database"
_UTC: Final = "--TimeZone=UTC"


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
        return create_engine(
            _in_utc(self.url),
            pool_pre_ping=True,
            pool_size=POOLED,
            max_overflow=MOST - POOLED,
            pool_timeout=WAIT_S,
        )

    @cached_property
    def reading(self) -> Engine:
        """The pool of connections that read one moment, opened when first used.

        It is not that of units of work: fifteen of them, each waiting for a second connection from
        a pool of fifteen, would wait for one another until they are refused.
        """
        return create_engine(
            _in_utc(self.url),
            isolation_level="REPEATABLE READ",
            pool_pre_ping=True,
            pool_size=1,
            max_overflow=MOST_READING - 1,
            pool_timeout=WAIT_S,
        )

    @cached_property
    def bulk(self) -> Pool:
        """The pool of connections that read Arrow, opened when first used.

        Opening one takes a quarter of a second, since its driver first reads the catalog of types.
        """
        pool = QueuePool(
            self._open_bulk, pool_size=MOST_BULK, max_overflow=0, timeout=BULK_WAIT_S, use_lifo=True
        )
        event.listen(pool, "checkout", _check_bulk)
        return pool

    def _open_bulk(self) -> Any:
        # Here, since it brings pandas, and many processes read nothing in bulk.
        from adbc_driver_postgresql import dbapi

        # With autocommit, or it would be in a transaction whenever it waits to be used.
        return dbapi.connect(self.conninfo, autocommit=True)

    @property
    def conninfo(self) -> str:
        """The address as libpq reads it, for drivers without SQLAlchemy; sessions are in UTC."""
        plain = _in_utc(self.url).set(drivername="postgresql")
        address, _, query = plain.render_as_string(hide_password=False).partition("?")
        return f"{address}?{query.replace('+', '%20')}"  # libpq reads no plus as a space

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open one session and transaction: committed at the end, rolled back on any error.

        Raises
        ------
        DatabaseUnavailableError
            When the database cannot be reached, breaks off or is full; nothing is stored then.
        InvalidInputError
            When it was given a text that it cannot hold.
        """
        committing = False
        try:
            with (
                Session(self.engine, expire_on_commit=False, info={_DATABASE: self}) as session,
                session.begin(),
            ):
                yield session
                committing = True
        except Exception as error:
            if failures.names_what_no_text_holds(error):
                raise InvalidInputError(
                    "Something that was given holds a character that no text can hold: NUL, or "
                    "half of a pair of surrogates. Leave it out."
                ) from error
            refusal = failures.refusal_of(error, committing=committing)
            if refusal is None or refusal is error:
                raise
            raise refusal from error

    def upgrade(self) -> None:
        """Bring the schema up to what this software needs."""
        with failures.told():
            schema.bring_up(self.engine)

    def dispose(self) -> None:
        """Close the pooled connections."""
        for opened in ("engine", "reading", "bulk"):
            if opened in self.__dict__:  # what was never used needs no closing
                getattr(self, opened).dispose()


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Open the database that the settings name, or the private cluster when they name none.

    The private cluster's schema is brought up to date, and its server is brought back whenever it
    dies. Another server's schema is only checked, since its owner decides when to run `harmspot db
    upgrade`.
    """
    if settings.database_url is not None:
        database = Database.at(settings.database_url.get_secret_value())
        try:
            with failures.told(), database.engine.connect() as connection:
                schema.require_current(connection)
            yield database
        finally:
            database.dispose()
        return
    cluster = start(settings.data_dir or default_data_dir())
    try:
        database = Database.at(cluster.url)
        try:
            with cluster.watched():
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


def database_of(session: Session) -> Database:
    """Return the database that opened a session."""
    database: Database = session.info[_DATABASE]
    return database


def driver_connection(session: Session) -> PsycopgConnection:
    """Return the psycopg connection below a session, for COPY in the session's transaction."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, PsycopgConnection)
    return connection


def _in_utc(url: URL) -> URL:
    """Return an address whose sessions are in UTC; other options that it names stay.

    The arithmetic of days and the cutting of dates follow the session's time zone, which servers,
    databases and roles may have otherwise: what a run finds would depend on it.
    """
    given = url.normalized_query.get("options", ())
    return url.update_query_dict({"options": " ".join([*given, _UTC])})


def _check_bulk(connection: Any, _record: Any, _proxy: Any) -> None:
    """Let a connection that broke while it waited be replaced by another."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except connection.Error as error:
        raise DisconnectionError from error
