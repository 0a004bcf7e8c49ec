"""The queue's own tables, which its library describes: made, brought up to date, told apart.

The library ships its tables whole and, beside them, the steps between its versions. The name of
the last step that a database has is its level, kept as the comment of the queue's table.
"""

from __future__ import annotations

from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

LEVEL = "03.04.00_50_post_add_retry_failed_job_procedure"
"""The level that the newest migration brings a database to.

When a later version of the library has another, a test fails: add a migration that calls
`bring_up`, and name the new level here.
"""
PREFIX = "procrastinate_"

_OWN = {
    "TABLE": (
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid)"
        " AND starts_with(relname, 'procrastinate_')"
    ),
    "TYPE": (
        "SELECT typname FROM pg_type WHERE typtype IN ('c', 'e') AND pg_type_is_visible(oid)"
        " AND starts_with(typname, 'procrastinate_')"
    ),
    "FUNCTION": (
        "SELECT oid::regprocedure FROM pg_proc WHERE pg_function_is_visible(oid)"
        " AND starts_with(proname, 'procrastinate_')"
    ),
}


def installed_level() -> str:
    """Return the level of the library that is installed."""
    return _steps()[-1].stem


def level(connection: Connection) -> str | None:
    """Return the level of a database; None when it has no queue."""
    found: str | None = connection.scalar(
        text("SELECT obj_description(to_regclass('procrastinate_jobs'), 'pg_class')")
    )
    return found


def bring_up(connection: Connection) -> None:
    """Make the queue's tables, or take those that are there to the installed library's level."""
    have = level(connection)
    if have is None:
        scripts = [SchemaManager.get_schema()]
    else:
        scripts = [step.read_text() for step in _steps() if step.stem > have]
    for script in scripts:
        # The driver alone runs scripts of several statements; none of these has parameters.
        connection.connection.cursor().execute(script)
    connection.execute(text(f"COMMENT ON TABLE procrastinate_jobs IS '{installed_level()}'"))


def drop(connection: Connection) -> None:
    """Remove the queue's tables, types and functions."""
    for kind, names in _OWN.items():
        for (name,) in connection.execute(text(names)).all():
            connection.execute(text(f"DROP {kind} IF EXISTS {name} CASCADE"))


def _steps() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
