"""When features shall have happened: instants and intervals of the parameter `datetime`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from psycopg import sql

from service.http.ogc.rows import RunAbout
from spatial.errors import InvalidInputError, Problem

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")
_OPEN: Final = ("", "..")
_TICK: Final = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Span:
    """From an instant to another, both included; None: without end."""

    start: dt.datetime | None
    end: dt.datetime | None

    def meets(self, start: dt.datetime, end: dt.datetime) -> bool:
        """Tell whether it shares an instant with another span."""
        return (self.end is None or start <= self.end) and (self.start is None or end >= self.start)


def parse(value: str, parameter: str = "datetime") -> Span:
    """Read an instant, a day, or an interval of them whose ends may be open (``..``).

    Raises
    ------
    InvalidInputError
        When it is none of these, or ends before it starts.
    """
    parts = value.split("/")
    if len(parts) == 1:
        return instant(parts[0], parameter)
    if len(parts) != 2 or all(part in _OPEN for part in parts):
        raise _no_time(value, parameter)
    start = None if parts[0] in _OPEN else instant(parts[0], parameter).start
    end = None if parts[1] in _OPEN else instant(parts[1], parameter).end
    if start is not None and end is not None and start > end:
        raise InvalidInputError(
            f"{parameter} {value!r} ends before it starts.", [Problem(parameter, "runs backward")]
        )
    return Span(start, end)


def instant(value: str, parameter: str) -> Span:
    """Read an instant, or a day of UTC as the span of its instants; see `parse`."""
    try:
        if _DATE.fullmatch(value):
            start = dt.datetime.combine(dt.date.fromisoformat(value), dt.time.min, dt.UTC)
            return Span(start, start + dt.timedelta(days=1) - _TICK)
        if _INSTANT.fullmatch(value):
            read = dt.datetime.fromisoformat(value.upper())
            return Span(read, read)
    except (ValueError, OverflowError):
        pass
    raise _no_time(value, parameter)


def of_run(asked: Span, run: RunAbout) -> sql.Composable:
    """Return the condition that the window of a run meets a span: all of its rows, or none."""
    return sql.SQL("TRUE" if asked.meets(*run.span()) else "FALSE")


def of_columns(asked: Span, first: str, last: str) -> sql.Composable:
    """Return the condition that the span between two columns meets another."""
    conditions: list[sql.Composable] = [sql.SQL("TRUE")]
    if asked.end is not None:
        conditions.append(sql.SQL("{} <= {}").format(sql.Identifier(first), sql.Literal(asked.end)))
    if asked.start is not None:
        conditions.append(
            sql.SQL("{} >= {}").format(sql.Identifier(last), sql.Literal(asked.start))
        )
    return sql.SQL(" AND ").join(conditions)


def _no_time(value: str, parameter: str) -> InvalidInputError:
    return InvalidInputError(
        f"{parameter} must be an instant such as 2025-03-01T00:00:00Z, a day such as 2025-03-01, "
        f"or an interval of them such as 2025-03-01/2025-03-31 or 2025-03-01/.., not {value!r}.",
        [Problem(parameter, "not a time")],
    )
