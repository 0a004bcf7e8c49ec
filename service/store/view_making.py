"""Making the views of the schema `ogc`: after the migrations, and whenever they are declared anew.

Views hold nothing, so no migration makes them: a property that is declared is in them after the
next ``harmspot db upgrade``, whatever the revision of the tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from psycopg import sql
from sqlalchemy import Connection, text

from service.analyses.property import Property
from service.errors import ConflictError
from service.store.views import SCHEMA, View, declared
from spatial.errors import Problem

_NAME: Final = "What GIS clients read, one agency at a time"
_MADE_FROM: Final = text("SELECT obj_description(to_regnamespace(:schema), 'pg_namespace')")
_HELD: Final = text(
    "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(:schema) AND relkind = 'v'"
)
_PRIVILEGES: Final = text(
    """
    SELECT c.relname, CASE WHEN granted.grantee = 0 THEN NULL ELSE a.rolname END,
        granted.privilege_type, granted.is_grantable
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) AS granted
        LEFT JOIN pg_roles a ON a.oid = granted.grantee
    WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind = 'v'
        AND granted.grantee <> c.relowner
    ORDER BY 1, 2, 3
    """
)
_BUILT_ON: Final = text(
    """
    SELECT DISTINCT user_of.oid::regclass::text AS built, used.relname AS view
    FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = objid AND classid = 'pg_rewrite'::regclass
        JOIN pg_class user_of ON user_of.oid = ev_class
        JOIN pg_class used ON used.oid = refobjid AND refclassid = 'pg_class'::regclass
    WHERE used.relnamespace = to_regnamespace(:schema) AND used.relkind = 'v'
        AND user_of.relnamespace <> used.relnamespace
    ORDER BY 1, 2
    """
)


def are_current(connection: Connection) -> bool:
    """Tell whether the views are those that the declarations ask for."""
    return _made_from(connection) == _told(_statements())


def make(connection: Connection, granted: Sequence[sql.Composable] = ()) -> None:
    """Make the views that the declarations ask for, where they are others than there are.

    Whoever was allowed to read a view may read the one that takes its place.

    Parameters
    ----------
    connection
        In whose transaction.
    granted
        What `drop` returned, where they were dropped before.
    """
    statements = _statements()
    if _made_from(connection) == _told(statements):
        return
    granted = [*granted, *drop(connection)]
    comment = sql.SQL("COMMENT ON SCHEMA {} IS {}").format(
        sql.Identifier(SCHEMA), sql.Literal(_told(statements))
    )
    for statement in (*statements, *granted, comment):
        _execute(connection, statement)


def drop(connection: Connection) -> Sequence[sql.Composable]:
    """Drop the views, so that the tables below them can change; nothing else hangs on them.

    Returns
    -------
    Sequence[sql.Composable]
        What gives their privileges to those that take their place.

    Raises
    ------
    ConflictError
        When somebody built views of their own on them, which only they can make again.
    """
    built = connection.execute(_BUILT_ON, {"schema": SCHEMA}).all()
    if built:
        named = ", ".join(f"{one} (on {SCHEMA}.{view})" for one, view in built)
        raise ConflictError(
            f"The views of the schema {SCHEMA} are to be made anew, and others rest on them: "
            f"{named}. Keep their definitions (pg_get_viewdef), drop them, run `harmspot db "
            "upgrade`, and make them again.",
            [Problem(one, f"rests on {SCHEMA}.{view}") for one, view in built],
        )
    granted = _grants(connection)
    for name in connection.scalars(_HELD, {"schema": SCHEMA}).all():
        view = sql.Identifier(SCHEMA, name)
        _execute(connection, sql.SQL("DROP VIEW {}").format(view))
    return granted


def _made_from(connection: Connection) -> str | None:
    found: str | None = connection.scalar(_MADE_FROM, {"schema": SCHEMA})
    return found


def _told(statements: Iterable[sql.Composable]) -> str:
    """Return the comment on the schema of views that some statements made."""
    digest = hashlib.sha256()
    for statement in statements:
        digest.update(statement.as_string(None).encode())
    return f"{_NAME} (made from {digest.hexdigest()[:16]})"


def _statements() -> Sequence[sql.Composable]:
    return [statement for name, view in declared().items() for statement in _of_view(name, view)]


def _of_view(name: str, view: View) -> Iterable[sql.Composable]:
    made = sql.Identifier(SCHEMA, name)
    yield sql.SQL("CREATE VIEW {} AS ").format(made) + sql.SQL(view.query)
    yield sql.SQL("COMMENT ON VIEW {} IS {}").format(
        made, sql.Literal(f"{view.title}: {view.description}")
    )
    for column, one in view.columns.items():
        yield sql.SQL("COMMENT ON COLUMN {} IS {}").format(
            sql.Identifier(SCHEMA, name, column), sql.Literal(_comment(one))
        )


def _comment(one: Property) -> str:
    told = f"{one.title}: {one.description}" if one.description else one.title
    return f"{told} [{one.unit}]" if one.unit is not None else told


def _grants(connection: Connection) -> Sequence[sql.Composable]:
    """Return what gives again the privileges on the views that stay."""
    stay = declared()
    return [
        sql.SQL("GRANT {} ON {} TO {}{}").format(
            sql.SQL(privilege),
            sql.Identifier(SCHEMA, view),
            sql.SQL("PUBLIC") if role is None else sql.Identifier(role),
            sql.SQL(" WITH GRANT OPTION" if grantable else ""),
        )
        for view, role, privilege, grantable in connection.execute(_PRIVILEGES, {"schema": SCHEMA})
        if view in stay
    ]


def _execute(connection: Connection, statement: sql.Composable) -> None:
    connection.exec_driver_sql(statement.as_string(None), execution_options={"no_parameters": True})
