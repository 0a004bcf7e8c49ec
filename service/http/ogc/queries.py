"""What is asked of the views: pages of features by key, one feature, counts and extents.

The database writes the features: there can be ten thousand on a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from psycopg import sql
from sqlalchemy.exc import DataError, InternalError
from sqlalchemy.orm import Session

from service.analyses.property import Property
from service.errors import NotFoundError
from service.http.ogc.collections import Collection
from service.http.ogc.crs import Bounds, Crs
from service.http.ogc.rows import Rows
from service.store import geojson
from service.store.session import driver_connection
from service.store.views import GEOMETRY, SCHEMA, View
from spatial.errors import InvalidInputError, Problem

Key = tuple[int | str, ...]

_JOINT: Final = "."
"""Between the parts of a feature's id, where it has several."""

_PAGE = sql.SQL(
    """
    SELECT {keys}, {feature}
    FROM (
        SELECT * FROM {view} WHERE {where} ORDER BY {order} LIMIT {limit} OFFSET {offset}
    ) AS feature CROSS JOIN LATERAL (SELECT {columns}) AS shown
    ORDER BY {order_again}
    """
)
_COUNT = sql.SQL("SELECT count(*) FROM {view} WHERE {where}")
_EXTENT = sql.SQL(
    """
    SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box), first, last
    FROM (
        SELECT ST_Extent({geometry}) AS box, {first} AS first, {last} AS last
        FROM {view} WHERE {where}
    ) AS whole
    """
)
_EXTENT_ACROSS = sql.SQL(
    """
    SELECT ST_XMin(box), ST_XMax(box), widest > 180
    FROM (
        SELECT ST_Extent(ST_ShiftLongitude(part.geom)) AS box,
            max(ST_XMax(part.geom) - ST_XMin(part.geom)) AS widest
        FROM {view} CROSS JOIN LATERAL ST_Dump({geometry}) AS part WHERE {where}
    ) AS whole
    """
)


@dataclass(frozen=True)
class Source:
    """Rows of a view, narrowed by the conditions of a request."""

    rows: Rows
    view: View
    conditions: tuple[sql.Composable, ...] = ()
    as_text: bool = False
    """Whether objects and lists are written as the text of their JSON."""

    @property
    def collection(self) -> Collection:
        """The collection that the rows are of."""
        return self.rows.collection

    @property
    def name(self) -> sql.Composable:
        """The view's name in SQL."""
        return sql.Identifier(SCHEMA, self.collection.id)

    def narrowed(self, *conditions: sql.Composable) -> Source:
        """Return those of the rows that meet more conditions."""
        return replace(self, conditions=(*self.conditions, *conditions))

    def where(self, *more: sql.Composable) -> sql.Composable:
        """Return the condition that rows meet, with more of them."""
        return sql.SQL(" AND ").join([self.rows.where, *self.conditions, *more])

    def columns(self) -> dict[str, Property]:
        """Return the columns that mean something for the rows, the geometry among them."""
        shown = self.rows.shown
        return {
            name: column
            for name, column in self.view.columns.items()
            if name not in (self.collection.owner, "position")
            and (shown is None or name in shown or column.kind == "geometry")
        }

    def properties(self) -> list[str]:
        """Return the names of the properties that features have: of numbers, those with values."""
        return [
            name
            for name, column in self.columns().items()
            if column.kind != "geometry" and name not in self.rows.empty
        ]

    def typed(self, columns: tuple[str, ...], values: list[str]) -> Key | None:
        """Return values as their columns have them; None when they cannot be such values."""
        key: list[int | str] = []
        for name, value in zip(columns, values, strict=True):
            if self.view.columns[name].kind != "number":
                key.append(value)
            elif value.isascii() and value.isdigit() and len(value) < 19:
                key.append(int(value))
            else:
                return None
        return None if any("\0" in str(value) for value in key) else tuple(key)


@dataclass(frozen=True)
class Place:
    """Where a page starts: after or before a feature's key, or some features on."""

    after: Key | None = None
    before: Key | None = None
    offset: int = 0


@dataclass(frozen=True)
class Page:
    """Features in their order, as GeoJSON each, and the keys around them."""

    features: list[str]
    first: Key | None
    last: Key | None
    more_before: bool
    more_after: bool


def page(session: Session, source: Source, place: Place, limit: int, crs: Crs) -> Page:
    """Return a page of features; reading it costs the same at any depth, except by offset.

    Parameters
    ----------
    session
        A transaction that reads the views.
    source
        The features.
    place
        Where the page starts.
    limit
        How many features it has at most.
    crs
        In which system their coordinates are.
    """
    backward = place.before is not None
    bound = place.before if backward else place.after
    beyond: list[sql.Composable] = []
    if bound is not None:
        names = listed(map(sql.Identifier, source.collection.key))
        values = listed(map(sql.Literal, bound))
        beyond = [sql.SQL("({}) {} ({})").format(names, sql.SQL("<" if backward else ">"), values)]
    direction = sql.SQL(" DESC" if backward else "")
    key = source.collection.key
    query = _PAGE.format(
        keys=listed(_of_feature(one) for one in key),
        where=source.where(*beyond),
        order=listed(sql.Identifier(one) + direction for one in key),
        order_again=listed(_of_feature(one) + direction for one in key),
        limit=sql.Literal(limit + 1),  # one more tells whether there is more
        offset=sql.Literal(place.offset),
        **_written(source, crs),
    )
    found = rows_of(session, query)
    more = len(found) > limit
    found = found[:limit]
    if backward:
        found.reverse()
    return Page(
        [row[-1] for row in found],
        tuple(found[0][:-1]) if found else None,
        tuple(found[-1][:-1]) if found else None,
        more_before=more if backward else bound is not None or place.offset > 0,
        more_after=backward or more,
    )


def feature(session: Session, source: Source, name: str, crs: Crs) -> str:
    """Return one feature as GeoJSON by its id.

    Raises
    ------
    NotFoundError
        When the rows hold no such feature.
    """
    for values in _identities(source, name):
        same = [
            sql.SQL("{} = {}").format(sql.Identifier(column), sql.Literal(value))
            for column, value in zip(source.collection.identity, values, strict=True)
        ]
        one = sql.Literal(1)
        query = _PAGE.format(
            keys=one,
            where=source.where(*same),
            order=sql.SQL("1"),
            order_again=sql.SQL("1"),
            limit=one,
            offset=sql.Literal(0),
            **_written(source, crs),
        )
        for row in rows_of(session, query):
            return str(row[-1])
    of_run = f" of run {source.rows.run.id}" if source.rows.run else ""
    raise NotFoundError(
        f"There is no feature {name} in {source.collection.id}{of_run}.",
        [Problem("featureId", f"unknown feature {name}")],
    )


def count(session: Session, source: Source) -> int:
    """Return how many features there are."""
    return int(rows_of(session, _COUNT.format(view=source.name, where=source.where()))[0][0])


def extent(session: Session, source: Source) -> tuple[Bounds | None, tuple[Any, Any] | None]:
    """Return where the features lie (degrees), and from when to when; None where unknown.

    West is greater than east where they lie on both sides of the antimeridian.
    """
    first: sql.Composable = sql.SQL("NULL")
    last: sql.Composable = sql.SQL("NULL")
    if source.collection.span is not None:
        begins, ends = map(sql.Identifier, source.collection.span)
        first, last = sql.SQL("min({})").format(begins), sql.SQL("max({})").format(ends)
    query = _EXTENT.format(
        geometry=sql.Identifier(GEOMETRY),
        first=first,
        last=last,
        view=source.name,
        where=source.where(),
    )
    west, south, east, north, earliest, latest = rows_of(session, query)[0]
    if west is None:
        return None, None
    if east - west > 180:
        west, east = _across(session, source, west, east)
    return (west, south, east, north), None if earliest is None else (earliest, latest)


def _across(session: Session, source: Source, west: float, east: float) -> tuple[float, float]:
    """Return west and east of features on both sides of the antimeridian: west is greater then.

    Those that span half the globe either way lie between what they were found to.
    """
    query = _EXTENT_ACROSS.format(
        geometry=sql.Identifier(GEOMETRY), view=source.name, where=source.where()
    )
    least, most, around = rows_of(session, query)[0]
    if around or most - least > 180:
        return west, east
    return least, most - 360


def listed(parts: Iterable[sql.Composable]) -> sql.Composable:
    """Return parts of a statement with commas between them."""
    return sql.SQL(", ").join(parts)


def rows_of(session: Session, query: sql.Composable) -> list[Any]:
    """Return the rows that a query finds.

    Raises
    ------
    InvalidInputError
        When the database cannot compute with what is asked.
    """
    statement = query.as_string(driver_connection(session))
    try:
        # Without parameters, so that a percent sign in a value is one.
        found = session.connection().exec_driver_sql(
            statement, execution_options={"no_parameters": True}
        )
        return list(found.all())
    except (DataError, InternalError) as error:
        raise InvalidInputError(
            "The database cannot compute with a place or a value of the request: it lies beyond "
            "what its coordinate reference system, or its kind of number, holds.",
            [Problem("request", "beyond what can be computed")],
        ) from error


def _written(source: Source, crs: Crs) -> dict[str, sql.Composable]:
    """Return how the features of a page are written."""
    identity: sql.Composable = sql.SQL("concat_ws({}, {})").format(
        sql.Literal(_JOINT), listed(map(_of_feature, source.collection.identity))
    )
    return {
        "feature": geojson.feature(
            # Right-handed before the order of coordinates may turn.
            crs.from_stored(geojson.right_handed(_of_feature(GEOMETRY))),
            sql.SQL("row_to_json(shown)"),
            identity,
            decimals=crs.decimals,
        ),
        "columns": listed(
            _shown(source.view.columns[name], source) for name in source.properties()
        ),
        "view": source.name,
    }


def _shown(column: Property, source: Source) -> sql.Composable:
    """Return how a column is written among the properties of a feature."""
    value = _of_feature(column.name)
    if column.type == "number":
        value = geojson.number(value)
    elif column.kind == "document" and source.as_text:
        value = sql.SQL("{}::text").format(value)
    else:
        return value
    return sql.SQL("{} AS {}").format(value, sql.Identifier(column.name))


def _identities(source: Source, name: str) -> Iterator[Key]:
    """Yield the values that a feature's id may be made of: a part may hold the joint itself."""
    identity = source.collection.identity
    parts = name.split(_JOINT)
    if len(identity) == 1:
        candidates = [[name]]
    else:
        candidates = [
            [_JOINT.join(parts[:at]), _JOINT.join(parts[at:])] for at in range(1, len(parts))
        ]
    for candidate in candidates[:10]:
        values = source.typed(identity, candidate)
        if values is not None:
            yield values


def _of_feature(column: str) -> sql.Composable:
    return sql.Identifier("feature", column)
