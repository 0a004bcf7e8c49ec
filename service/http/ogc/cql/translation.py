"""Filters in CQL2 (OGC 21-065): read from text or JSON, checked, and written as SQL.

What the parser made of them is walked here, so that every name is one of the
collection's columns, every value is quoted by the driver, and each side of a comparison is of one
kind. Nothing else becomes SQL: an unknown name, function or operator is refused by its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from psycopg import sql

from service.analyses.property import Property
from service.errors import nearest
from service.http.ogc import boxes, times
from service.http.ogc.cql.parsing import parsed, refused
from service.http.ogc.crs import Crs
from service.store.views import GEOMETRY
from spatial.errors import InvalidInputError, Problem

SHAPE: Final = "geometry"
"""The name of a feature's geometry in filters, as in the feature itself."""

_COMPARISONS: Final = {"=": "=", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_SPATIAL: Final = {
    "s_contains": "ST_Contains",
    "s_crosses": "ST_Crosses",
    "s_disjoint": "ST_Disjoint",
    "s_equals": "ST_Equals",
    "s_intersects": "ST_Intersects",
    "s_overlaps": "ST_Overlaps",
    "s_touches": "ST_Touches",
    "s_within": "ST_Within",
}
# a and b are spans of time from a0 to a1 and from b0 to b1 (OGC 21-065, clause 7.8).
_TEMPORAL: Final = {
    "t_after": "{a0} > {b1}",
    "t_before": "{a1} < {b0}",
    "t_contains": "{a0} < {b0} AND {a1} > {b1}",
    "t_disjoint": "NOT ({a0} <= {b1} AND {a1} >= {b0})",
    "t_during": "{a0} > {b0} AND {a1} < {b1}",
    "t_equals": "{a0} = {b0} AND {a1} = {b1}",
    "t_finishedby": "{a0} < {b0} AND {a1} = {b1}",
    "t_finishes": "{a0} > {b0} AND {a1} = {b1}",
    "t_intersects": "{a0} <= {b1} AND {a1} >= {b0}",
    "t_meets": "{a1} = {b0}",
    "t_metby": "{a0} = {b1}",
    "t_overlappedby": "{a0} > {b0} AND {a0} < {b1} AND {a1} > {b1}",
    "t_overlaps": "{a0} < {b0} AND {a1} > {b0} AND {a1} < {b1}",
    "t_startedby": "{a0} = {b0} AND {a1} > {b1}",
    "t_starts": "{a0} = {b0} AND {a1} < {b1}",
}


@dataclass(frozen=True)
class Operand:
    """A value in a filter as SQL, and its kind: number, text, boolean or instant."""

    kind: str
    sql: sql.Composable


def queryable(columns: Mapping[str, Property]) -> dict[str, Property]:
    """Return the columns that filters may name; the geometry goes by the name `geometry`."""
    named = {}
    for name, column in columns.items():
        if column.kind == "geometry":
            named[SHAPE] = column
        elif column.kind != "document":
            named[name] = column
    return named


def condition(
    text: str, language: str, columns: Mapping[str, Property], crs: Crs
) -> sql.Composable:
    """Return a filter as SQL.

    Parameters
    ----------
    text
        The filter.
    language
        ``cql2-text`` or ``cql2-json``.
    columns
        The columns that it may name; see `queryable`.
    crs
        System of the coordinates of its shapes.

    Raises
    ------
    InvalidInputError
        When it cannot be read or asks for what there is not; the message says where and what.
    """
    return _Writer(columns, crs).boolean(parsed(text, language))


def equals(column: Property, value: str) -> sql.Composable:
    """Return the condition that a column has the value of a query parameter.

    Raises
    ------
    InvalidInputError
        When the value is not of the column's kind.
    """
    name = sql.Identifier(column.name)
    if column.kind == "text":
        return sql.SQL("{} = {}").format(name, _text(value).sql)
    if column.kind == "instant":
        span = times.instant(value, column.name)
        bounds = (name, sql.Literal(span.start), sql.Literal(span.end))
        return sql.SQL("{} BETWEEN {} AND {}").format(*bounds)
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidInputError(
            f"{column.name} is a number: {value!r} is not.", [Problem(column.name, "not a number")]
        )
    return sql.SQL("{} = {}").format(name, _number(number).sql)


class _Writer:
    """Writes the parsed form of a filter as SQL over some columns."""

    def __init__(self, columns: Mapping[str, Property], crs: Crs) -> None:
        self._columns = columns
        self._crs = crs

    def boolean(self, node: Any) -> sql.Composable:
        """Write a condition."""
        if isinstance(node, bool):
            return sql.SQL("TRUE" if node else "FALSE")
        operator, arguments = self._call(node)
        if operator in ("and", "or"):
            joint = sql.SQL(f" {operator.upper()} ")
            return sql.SQL("({})").format(joint.join(map(self.boolean, arguments)))
        if operator == "not":
            return sql.SQL("(NOT {})").format(self.boolean(*_of(arguments, 1, operator)))
        if operator in _COMPARISONS:
            left, right = self._alike(_of(arguments, 2, operator), operator)
            return sql.SQL(f"({{}} {_COMPARISONS[operator]} {{}})").format(left, right)
        if operator == "isnull":
            return sql.SQL("({} IS NULL)").format(self._nullable(*_of(arguments, 1, operator)))
        write = self._advanced().get(operator)
        if write is not None:
            return write(arguments)
        if operator in _SPATIAL:
            shapes = map(self._shape, _of(arguments, 2, operator))
            return sql.SQL(f"{_SPATIAL[operator]}({{}}, {{}})").format(*shapes)
        if operator in _TEMPORAL:
            (a0, a1), (b0, b1) = map(self._span, _of(arguments, 2, operator))
            return sql.SQL(f"({_TEMPORAL[operator]})").format(a0=a0, a1=a1, b0=b0, b1=b1)
        known = ("and", "or", "not", *_COMPARISONS, "isNull", *self._advanced(), *_SPATIAL)
        raise refused(
            f"uses {operator!r}, which is not offered; there are: "
            f"{', '.join((*known, *_TEMPORAL))}, casei"
        )

    def _advanced(self) -> dict[str, Callable[[list[Any]], sql.Composable]]:
        return {"like": self._like, "between": self._between, "in": self._in}

    def _like(self, arguments: list[Any]) -> sql.Composable:
        left, pattern = map(self._operand, _of(arguments, 2, "like"))
        if left.kind != "text" or pattern.kind != "text":
            raise refused(f"uses LIKE on {left.kind} and {pattern.kind}, which is for text")
        return sql.SQL("({} LIKE {})").format(left.sql, pattern.sql)

    def _between(self, arguments: list[Any]) -> sql.Composable:
        value, low, high = self._alike(_of(arguments, 3, "between"), "between")
        return sql.SQL("({} BETWEEN {} AND {})").format(value, low, high)

    def _in(self, arguments: list[Any]) -> sql.Composable:
        value, listed = _of(arguments, 2, "in")
        if not isinstance(listed, list) or not listed:
            raise refused("uses IN without a list of values")
        first, *others = self._alike([value, *listed], "in")
        return sql.SQL("({} IN ({}))").format(first, sql.SQL(", ").join(others))

    def _alike(self, arguments: list[Any], operator: str) -> list[sql.Composable]:
        """Write values that are compared with each other: all of one kind."""
        operands = list(map(self._operand, arguments))
        kinds = list(dict.fromkeys(operand.kind for operand in operands))
        if len(kinds) > 1:
            raise refused(f"compares {' with '.join(kinds)} by {operator!r}")
        return [operand.sql for operand in operands]

    def _operand(self, node: Any) -> Operand:
        """Write a value: a literal, a column, or either with its case folded."""
        if isinstance(node, bool):
            return Operand("boolean", sql.SQL("TRUE" if node else "FALSE"))
        if isinstance(node, int | float):
            return _number(node)
        if isinstance(node, str):
            return _text(node)
        if isinstance(node, dict):
            if "property" in node:
                column = self._column(node["property"])
                if column.kind == "geometry":
                    raise refused(f"compares {SHAPE!r} with a value: use S_INTERSECTS and others")
                return Operand(column.kind, sql.Identifier(column.name))
            if "date" in node or "timestamp" in node:
                start, _ = self._span(node)
                return Operand("instant", start)
            if str(node.get("op")).lower() == "casei":
                _, arguments = self._call(node)
                inner = self._operand(*_of(arguments, 1, "casei"))
                if inner.kind != "text":
                    raise refused(f"uses CASEI on {inner.kind}, which is for text")
                return Operand("text", sql.SQL("lower({})").format(inner.sql))
            if "op" in node:
                raise refused(f"uses {node['op']!r} in a value; only casei is offered there")
        raise refused("holds something that is neither a value nor a property")

    def _nullable(self, node: Any) -> sql.Composable:
        if isinstance(node, dict) and node.get("property") == SHAPE and SHAPE in self._columns:
            return sql.Identifier(GEOMETRY)
        return self._operand(node).sql

    def _shape(self, node: Any) -> sql.Composable:
        """Write a geometry: the feature's own, GeoJSON, or a box."""
        if isinstance(node, dict):
            if "property" in node:
                column = self._column(node["property"])
                if column.kind != "geometry":
                    raise refused(f"asks where {column.name!r} lies, which is no geometry")
                return sql.Identifier(column.name)
            if isinstance(node.get("bbox"), list):
                numbers = node["bbox"]
                if all(isinstance(one, int | float) for one in numbers):
                    shapes = boxes.box(numbers, self._crs, "The filter's BBOX").shapes()
                    return sql.SQL("ST_Collect(ARRAY[{}])").format(sql.SQL(", ").join(shapes))
            if "type" in node:
                return boxes.literal(node, self._crs)
        raise refused("asks for a geometry and is given none")

    def _span(self, node: Any) -> tuple[sql.Composable, sql.Composable]:
        """Write a time as its first and last instant."""
        if isinstance(node, dict):
            if "property" in node:
                column = self._column(node["property"])
                if column.kind != "instant":
                    raise refused(f"asks when {column.name!r} was, which is no time")
                return sql.Identifier(column.name), sql.Identifier(column.name)
            for key in ("date", "timestamp"):
                if isinstance(node.get(key), str):
                    span = times.instant(node[key], "filter")
                    return sql.Literal(span.start), sql.Literal(span.end)
            if isinstance(node.get("interval"), list) and len(node["interval"]) == 2:
                first, last = node["interval"]
                return self._end(first, 0), self._end(last, 1)
        raise refused("asks for a time and is given none")

    def _end(self, node: Any, which: int) -> sql.Composable:
        if node == "..":
            return sql.SQL("'{}infinity'::timestamptz".format("" if which else "-"))
        if isinstance(node, str):
            span = times.instant(node, "filter")
            return sql.Literal(span.end if which else span.start)
        return self._span(node)[which]

    def _column(self, name: Any) -> Property:
        if not isinstance(name, str) or name not in self._columns:
            listed = ", ".join(self._columns)
            raise refused(
                f"asks for {name!r}, which is no property of this collection; there are: {listed}."
                f"{nearest(str(name), self._columns)}"
            )
        return self._columns[name]

    def _call(self, node: Any) -> tuple[str, list[Any]]:
        if not isinstance(node, dict) or not isinstance(node.get("op"), str):
            raise refused("has a value or a property where a condition belongs")
        arguments = node.get("args")
        return node["op"].lower(), arguments if isinstance(arguments, list) else []


def _of(arguments: list[Any], number: int, operator: str) -> list[Any]:
    if len(arguments) != number:
        raise refused(f"gives {operator!r} {len(arguments)} arguments, not {number}")
    return arguments


def _number(value: float) -> Operand:
    if not math.isfinite(value):
        raise refused("holds a number that is not finite")
    # Whole numbers as such, so that indexes of whole numbers serve.
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return Operand("number", sql.Literal(int(value) if whole else value))


def _text(value: str) -> Operand:
    if "\0" in value:
        raise refused("holds a NUL character, which no text of the database has")
    return Operand("text", sql.SQL("{}::text").format(sql.Literal(value)))
