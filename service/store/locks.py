"""Locks of the whole database: one at a time, whatever process, machine or driver it is.

They are PostgreSQL's advisory locks, which go with the connection or transaction that holds them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

_log = structlog.get_logger(__name__)

_POLL_S: Final = 0.1
_KEY: Final = "hashtextextended(:key, 0)"
_HOLD: Final = text(f"SELECT pg_advisory_xact_lock({_KEY})")
_TRY: Final = text(f"SELECT pg_try_advisory_lock({_KEY})")
_LET_GO: Final = text(f"SELECT pg_advisory_unlock({_KEY})")


def hold(session: Session, key: str) -> None:
    """Wait until no other unit of work holds a lock, and hold it until this one ends.

    Parameters
    ----------
    session
        The unit of work. What it reads from here on is as the last holder left it.
    key
        What is locked.
    """
    session.execute(_HOLD, {"key": key})


@contextmanager
def alone(engine: Engine, key: str) -> Iterator[None]:
    """Hold a lock over any number of transactions, once no other holds it.

    It asks again and again instead of waiting in the database: a statement that waits there has a
    snapshot, for whose end an index that is built beside other work would wait in turn.

    Parameters
    ----------
    engine
        Opens the connection that holds the lock; the lock goes with it, however that ends.
    key
        What is locked.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        waiting = False
        while not connection.scalar(_TRY, {"key": key}):
            if not waiting:
                _log.info("waiting for another process", work=key)
                waiting = True
            time.sleep(_POLL_S)
        try:
            yield
        finally:
            if not connection.invalidated:
                connection.execute(_LET_GO, {"key": key})
