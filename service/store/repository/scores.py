"""The scored units of stored runs: where their properties are stored, and what is read of them.

A declared property that the table `unit_score` has no column for is stored in its column `more`
under its name, so that a new one needs no migration.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.analyses.property import Property, Type
from service.store import geojson
from service.store.models import AnalysisRun, UnitScore
from service.store.session import driver_connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    import pandas as pd
    import pyarrow as pa

_LEADING: Final = sql.SQL(
    "SELECT {values} FROM unit_score WHERE run_id = {run} ORDER BY rank LIMIT {most}"
)

COLUMNS: Final = frozenset(UnitScore.__table__.columns.keys()) - {"run_id", "geom", "more"}
"""Properties that have a column."""

_READ: Final[dict[Type, str]] = {
    "text": "({more}->>{name})",
    "whole": "({more}->>{name})::bigint",
    "number": "({more}->>{name})::float8",
    "object": "({more}->{name})::json",
    "list": "({more}->{name})::json",
}

_FEATURES: Final = sql.SQL(
    "SELECT {feature} FROM unit_score WHERE run_id = {run} ORDER BY rank"
    " LIMIT {limit} OFFSET {offset}"
)
_HAS_VALUES: Final = sql.SQL(
    "EXISTS (SELECT FROM unit_score WHERE run_id = {run} AND {value} IS NOT NULL)"
)
_ROWS_AT_ONCE: Final = 10_000


def value(one: Property, table: str = "unit_score") -> sql.Composable:
    """Return how SQL reads a property of the rows of `unit_score`, or of an alias of it."""
    if one.name not in COLUMNS:
        return sql.SQL(_READ[one.type]).format(
            more=sql.Identifier(table, "more"), name=sql.Literal(one.name)
        )
    column = sql.Identifier(table, one.name)
    # Harm is stored as an exact decimal.
    return sql.SQL("{}::float8").format(column) if one.name == "harm" else column


def columns(scores: pd.DataFrame, held: Sequence[Property]) -> dict[str, Any]:
    """Return the columns of `unit_score` that hold some properties of scored units.

    Parameters
    ----------
    scores
        One row per unit.
    held
        The declared properties that it has.
    """
    stored: dict[str, Any] = {
        one.name: scores[one.name].to_numpy() for one in held if one.name in COLUMNS
    }
    more = [one for one in held if one.name not in COLUMNS]
    if more:
        stored["more"] = _json(scores, more)
    return stored


def number(session: Session, run: AnalysisRun) -> int:
    """Return how many units a run scored."""
    wanted = select(func.count()).where(UnitScore.run_id == run.id)
    return int(session.scalar(wanted) or 0)


def empty(session: Session, run: AnalysisRun, properties: Sequence[Property]) -> frozenset[str]:
    """Return the names of those properties that no unit of a run has a value of."""
    if not properties:
        return frozenset()
    query = sql.SQL("SELECT {}").format(
        sql.SQL(", ").join(
            _HAS_VALUES.format(run=sql.Literal(run.id), value=value(one)) for one in properties
        )
    )
    with driver_connection(session).cursor() as cursor:
        has_values = cursor.execute(query).fetchone() or ()
    return frozenset(one.name for one, has in zip(properties, has_values, strict=True) if not has)


def leading(
    session: Session, run: AnalysisRun, held: Sequence[Property], most: int
) -> list[dict[str, Any]]:
    """Return properties of the units of the greatest harm."""
    query = _LEADING.format(
        values=sql.SQL(", ").join(value(one) for one in held),
        run=sql.Literal(run.id),
        most=sql.Literal(most),
    )
    names = [one.name for one in held]
    rows = driver_connection(session).execute(query)
    return [dict(zip(names, row, strict=True)) for row in rows]


def held_by(
    session: Session, run: AnalysisRun, unit_ids: Iterable[str]
) -> dict[str, tuple[int, Decimal]]:
    """Return the incidents and the harm of some units, by the unit's id."""
    rows = session.execute(
        select(UnitScore.unit_id, UnitScore.count, UnitScore.harm).where(
            UnitScore.run_id == run.id, UnitScore.unit_id.in_(sorted(unit_ids))
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def features(
    session: Session,
    run: AnalysisRun,
    properties: Sequence[Property],
    *,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[str]:
    """Read units as GeoJSON one by one, the greatest harm first.

    Parameters
    ----------
    session, run
        The unit of work, and whose units.
    properties
        What is told of each.
    limit, offset
        How many at most, after how many.
    """
    query = _FEATURES.format(
        feature=geojson.feature(
            sql.Identifier("geom"),  # stored right-handed
            geojson.properties(
                {one.name: value(one) for one in properties},
                {one.name for one in properties if one.type == "number"},
            ),
            sql.Identifier("unit_id"),
        ),
        run=sql.Literal(run.id),
        limit=sql.Literal(limit),
        offset=sql.Literal(offset),
    )
    with driver_connection(session).cursor("features_of_units") as cursor:
        cursor.itersize = _ROWS_AT_ONCE
        for row in cursor.execute(query):
            yield row[0]


def _json(scores: pd.DataFrame, held: Sequence[Property]) -> pa.Array:
    """Return one JSON object per unit, put together for all units at once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts: list[Any] = []
    for one in held:
        opens = f"{',' if parts else '{'}{json.dumps(one.name)}:"
        parts += [pa.scalar(opens), _texts(one, scores[one.name])]
    return pc.binary_join_element_wise(*parts, pa.scalar("}"), pa.scalar(""))


def _texts(one: Property, values: pd.Series[Any]) -> pa.Array:
    """Return values as JSON writes them, ``null`` for what is missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if one.type in ("object", "list"):
        return pa.array([json.dumps(value, allow_nan=False) for value in values], pa.string())
    found = pa.array(values.to_numpy(), from_pandas=True)
    if one.type == "text":
        found = found.dictionary_encode()
        written = [json.dumps(value) for value in found.dictionary.to_pylist()]
        text = pa.array(written, pa.string()).take(found.indices)
    else:
        if pa.types.is_floating(found.type) and pc.any(pc.is_inf(found)).as_py():
            raise ValueError(f"{one.name} is infinite on a unit: JSON has no word for it.")
        kind = pa.int64() if one.type == "whole" else pa.float64()
        text = found.cast(kind).cast(pa.string())
        if one.type == "number":  # which has a point, also where it is whole
            text = pc.replace_substring_regex(text, "^(-?[0-9]+)$", r"\1.0")
    return text.fill_null("null")
