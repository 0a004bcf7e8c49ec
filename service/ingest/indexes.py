"""A load larger than all that is stored builds the incident table's indexes after, not during.

Row by row, the three indexes take five times as long as the rows themselves. Readers wait while
the rest of such a load runs, so it is done only when the table is free at that moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from service.ingest.queries import query

FEWEST_ROWS = 50_000
"""Smaller loads take the indexes row by row, and nobody waits."""

_LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True, slots=True)
class _Index:
    drop: str
    create: str


@contextmanager
def built_after(session: Session, rows: int) -> Iterator[bool]:
    """Take the indexes off the incident table and build them when the block is done.

    Parameters
    ----------
    session
        The batch's session; if the block fails, rolling it back restores the indexes.
    rows
        How many rows are about to be inserted.

    Yields
    ------
    bool
        Whether this is such a load; otherwise nothing is done.
    """
    indexes = _indexes(session) if _worthwhile(session, rows) and _locked(session) else []
    for index in indexes:
        session.execute(text(index.drop))
    yield bool(indexes)
    if indexes:
        session.execute(text("SELECT set_config('maintenance_work_mem', '256MB', true)"))
        for index in indexes:
            session.execute(text(index.create))


def _worthwhile(session: Session, rows: int) -> bool:
    if rows < FEWEST_ROWS or not session.scalar(query("owns_incident")):
        return False
    stored = session.scalar(query("count_stored_up_to"), {"rows": rows})
    return stored is not None and stored < rows


def _locked(session: Session) -> bool:
    try:
        with session.begin_nested():
            session.execute(text("LOCK TABLE incident IN ACCESS EXCLUSIVE MODE NOWAIT"))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            return False
        raise
    return True


def _indexes(session: Session) -> Sequence[_Index]:
    return [
        _Index(
            f"ALTER TABLE incident DROP CONSTRAINT {row.constraint_name}",
            f"ALTER TABLE incident ADD CONSTRAINT {row.constraint_name} {row.constraint_as}",
        )
        if row.constraint_name
        else _Index(f"DROP INDEX {row.name}", row.definition)
        for row in session.execute(query("indexes_of_incident"))
    ]
