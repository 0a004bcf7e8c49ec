"""Making indexes of large tables beside other work, after the migrations.

An index that a migration makes in its transaction lets nobody write to its table meanwhile. The
ones below are built concurrently, each in a transaction of its own, and whatever stopped one
earlier: what is left of it is dropped, and it is built anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog
from sqlalchemy import Connection, text

_log = structlog.get_logger(__name__)

PATIENCE: Final = "10min"
"""How long to wait for transactions that began earlier and do not end; nobody waits meanwhile."""

CONCURRENT: Final = {"ix_unit_score_run_id_rank": "unit_score (run_id, rank)"}
"""The indexes by name. A migration makes one only in a table that is empty, as a fresh one's is."""

_VALID: Final = text(
    "SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid"
    " WHERE relname = ANY (:names) AND pg_table_is_visible(pg_class.oid) AND indisvalid"
)


def missing(connection: Connection) -> Sequence[str]:
    """Return the indexes that are not there, or were left half built."""
    valid = set(connection.scalars(_VALID, {"names": list(CONCURRENT)}))
    return [name for name in CONCURRENT if name not in valid]


def make(connection: Connection) -> None:
    """Build the indexes that are missing.

    Parameters
    ----------
    connection
        One in autocommit, which no transaction holds; nobody else may do the same meanwhile.

    Raises
    ------
    DBAPIError
        When another transaction does not end in time; the next call takes it up again.
    """
    for name in missing(connection):
        _log.info("building an index beside other work", index=name)
        connection.execute(text(f"SET lock_timeout = '{PATIENCE}'"))
        try:
            connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))
            connection.execute(text(f"CREATE INDEX CONCURRENTLY {name} ON {CONCURRENT[name]}"))
        finally:
            connection.execute(text("RESET lock_timeout"))
