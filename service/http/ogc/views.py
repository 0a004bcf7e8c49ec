"""The views of the schema `ogc`: their columns as the database documents them, and how to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.store.tenant import Tenant

SCHEMA: Final = "ogc"
GEOMETRY: Final = "geom"

Kind = Literal["number", "text", "instant", "document", "geometry"]

_KINDS: Final[dict[str, Kind]] = {
    "bigint": "number",
    "integer": "number",
    "double precision": "number",
    "text": "text",
    "timestamp with time zone": "instant",
    "json": "document",
    "jsonb": "document",
}
_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "bigint": {"type": "integer"},
    "integer": {"type": "integer"},
    "double precision": {"type": "number"},
    "text": {"type": "string"},
    "timestamp with time zone": {"type": "string", "format": "date-time"},
    "json": {"type": ["object", "array"]},
    "jsonb": {"type": "object"},
}
_COMMENT = re.compile(r"(?P<title>[^:\[]*[^:\[\s])(?::\s+(?P<description>[^\[]*[^\[\s]))?"
                      r"(?:\s+\[(?P<unit>.*)\])?")  # fmt: skip
_COLUMNS = text(
    """
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL), col_description(c.oid, a.attnum),
        obj_description(c.oid)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = CAST(:schema AS regnamespace) AND c.relkind = 'v' AND a.attnum > 0
    ORDER BY c.relname, a.attnum
    """
)

_READING: Final = """
    SELECT id, ({question}), set_config('harmspot.agency_id', CAST(id AS text), true),
        set_config('transaction_read_only', 'on', true)
    FROM agency WHERE name = :agency_name
"""
_NOBODY: Final = 0
"""The id of an agency that has stored nothing yet: no row has it."""


@dataclass(frozen=True)
class Column:
    """A column of a view, as its comment documents it."""

    name: str
    type: str
    title: str
    description: str | None = None
    unit: str | None = None

    @property
    def kind(self) -> Kind:
        """What its values are, as filters tell them apart."""
        return _KINDS.get(self.type, "geometry")

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its values."""
        about: dict[str, Any] = {"title": self.title}
        if self.description is not None:
            about["description"] = self.description
        if self.unit is not None:
            about["x-ogc-unit"] = self.unit
        return about | _SCHEMAS[self.type]


@dataclass(frozen=True)
class View:
    """A view: what it shows, and its columns in their order."""

    title: str
    description: str
    columns: dict[str, Column]


def read_all(session: Session) -> dict[str, View]:
    """Return the views that there are, by name."""
    views: dict[str, View] = {}
    for view, name, type_, comment, about in session.execute(_COLUMNS, {"schema": SCHEMA}):
        title, description, _ = _parts(about)
        known = views.setdefault(view, View(title, description or "", {}))
        known.columns[name] = Column(name, type_, *_parts(comment))
    return views


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


def _parts(comment: str) -> tuple[str, str | None, str | None]:
    found = _COMMENT.fullmatch(comment)
    assert found is not None, f"a comment reads 'Title: description [unit]', not {comment!r}"
    return found["title"], found["description"], found["unit"]
