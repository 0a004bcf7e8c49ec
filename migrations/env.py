"""Alembic's entry: runs the migrations on the connection that the caller hands over."""

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers

from service.store import queue_schema
from service.store.models import Base


def include_object(entry: Any, name: str | None, kind: str, *rest: Any) -> bool:
    """Leave out what the database's extensions and the queue's library describe themselves."""
    of_queue = kind == "table" and (name or "").startswith(queue_schema.PREFIX)
    return not of_queue and alembic_helpers.include_object(entry, name, kind, *rest)


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_object=include_object,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
