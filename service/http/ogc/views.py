"""Reading the views of the schema `ogc`: in transactions that see one agency and write nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.store.tenant import Tenant

_READING: Final = """
    SELECT id, ({question}), set_config('harmspot.agency_id', CAST(id AS text), true),
        set_config('transaction_read_only', 'on', true)
    FROM agency WHERE name = :agency_name
"""
_NOBODY: Final = 0
"""The id of an agency that has stored nothing yet: no row has it."""


@dataclass(frozen=True)
class Question:
    """What is asked as a transaction opens, which spares one way to the database.

    Parameters
    ----------
    query
        A query of one value, in which ``agency.id`` is whose rows are read.
    values
        What the names in it stand for.
    """

    query: str
    values: dict[str, Any]

    def ask(self, session: Session, agency_id: int) -> Any:
        """Return the answer in a transaction that is open already."""
        query = text(f"SELECT ({self.query}) FROM agency WHERE id = :agency_id")  # noqa: S608
        return session.scalar(query, {"agency_id": agency_id, **self.values})


NO_QUESTION: Final = Question("NULL", {})


@contextmanager
def reading(tenant: Tenant) -> Iterator[tuple[Session, int]]:
    """Open a transaction that can read what its agency may see in the views, and write nothing.

    Raises
    ------
    DatabaseUnavailableError
        When the database fails.
    """
    with asking(tenant, NO_QUESTION) as (session, agency, _):
        yield session, agency


@contextmanager
def asking(tenant: Tenant, question: Question) -> Iterator[tuple[Session, int, Any]]:
    """Open a transaction as `reading` does, with the answer to a question."""
    opening = text(_READING.format(question=question.query))
    # Not a unit of work of the tenant: that makes an agency on first use, and so may write.
    with tenant.database.session() as session:
        values = {"agency_name": tenant.agency, **question.values}
        found = session.connection().execute(opening, values).first()
        agency, answer = (_NOBODY, None) if found is None else found[:2]
        yield session, agency, answer
