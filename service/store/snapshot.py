"""One moment of the database, for all that a piece of work reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from psycopg import sql
from sqlalchemy.orm import Session

from service.store.session import database_of, driver_connection

_CARRIED: Final = (
    "application_name",
    "TimeZone",
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
)
"""Settings that a reading takes over; by the name, what an attempt left behind is ended."""


@contextmanager
def frozen(session: Session) -> Iterator[Session]:
    """Open a session that reads the database as it is when this is entered, whatever is committed.

    It has a connection of its own beside the caller's, since the caller may have waited for a lock:
    a transaction that saw the database before it waited would not see what it waited for. What the
    caller has not committed is not seen. It writes nothing.

    Parameters
    ----------
    session
        The unit of work; what its transaction has set holds for the reading too.
    """
    settings = settings_of(session)
    engine = database_of(session).reading.execution_options(postgresql_readonly=True)
    with (
        Session(engine, expire_on_commit=False, info=session.info) as reading,
        reading.begin(),
    ):
        # The first statement, from which on it sees what was committed by then and no more.
        driver_connection(reading).execute(settings)
        yield reading


def settings_of(session: Session) -> str:
    """Return the statement that gives another transaction what a session's has set."""
    mine = driver_connection(session)
    asked = sql.SQL("SELECT {}").format(
        sql.SQL(", ").join(
            sql.SQL("current_setting({})").format(sql.Literal(name)) for name in _CARRIED
        )
    )
    values = mine.execute(asked).fetchone() or ()
    given = sql.SQL(", ").join(
        sql.SQL("set_config({}, {}, true)").format(sql.Literal(name), sql.Literal(value))
        for name, value in zip(_CARRIED, values, strict=True)
    )
    return sql.SQL("SELECT {}").format(given).as_string(mine)
