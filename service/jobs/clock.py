"""The clock of schedules: when they are due, and what ``last 28 days`` means then."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter

from spatial.errors import InvalidInputError, Problem

_LONGEST_JUMP = dt.timedelta(hours=3)  # of a clock, within which local times may be out of order
_FIELDS = 5
_AT_RANDOM = re.compile(r"(?<![A-Za-z])[rRhH](?![A-Za-z])")  # croniter's own additions to cron
_WINDOW = re.compile(r"last (?P<number>[1-9]\d{0,3}) (?P<kind>days?|weeks?|calendar months?)")


def checked_cron(expression: str) -> str:
    """Return a cron expression of five fields.

    Raises
    ------
    InvalidInputError
        When it is none, or names no moment at all.
    """
    fields = expression.split()
    try:
        if len(fields) == _FIELDS and not _AT_RANDOM.search(expression):
            croniter(expression, dt.datetime(2000, 1, 1)).get_next()
            return expression
    except (ValueError, KeyError):
        pass
    raise InvalidInputError(
        f"{expression!r} is not a schedule: give minute, hour, day of month, month and day of week "
        "as cron does, e.g. '0 5 * * 1' for every Monday at 05:00.",
        [Problem("cron", f"{expression!r} is not a cron expression of five fields")],
    )


def checked_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises
    ------
    InvalidInputError
        When there is no such zone.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInputError(
            f"There is no time zone {name!r}: give a name such as Europe/London.",
            [Problem("time_zone", f"unknown time zone {name!r}")],
        ) from None
    return name


def last_due(cron: str, zone: str, moment: dt.datetime) -> dt.datetime:
    """Return the last due moment that is not after another, in UTC.

    Due moments are local times: 05:00 is 05:00 in summer and in winter. One that a change of the
    clock leaves out is due as much later as the clock jumped; one that it repeats is due once, the
    first time.

    Parameters
    ----------
    cron
        When, by local time.
    zone
        Whose local time.
    moment
        Any moment, with a zone.
    """
    moments = croniter(cron, _local(moment, zone) + _LONGEST_JUMP)
    while True:
        due = _in_utc(moments.get_prev(dt.datetime), zone)
        if due <= moment:
            return due


def next_due(cron: str, zone: str, moment: dt.datetime) -> dt.datetime:
    """Return the first due moment after another, in UTC; parameters as for `last_due`."""
    moments = croniter(cron, _local(moment, zone) - _LONGEST_JUMP)
    while True:
        due = _in_utc(moments.get_next(dt.datetime), zone)
        if due > moment:
            return due


def resolved(parameters: Mapping[str, Any], today: dt.date) -> dict[str, Any]:
    """Return parameters with ``window`` replaced by ``from`` and ``to``, which ends yesterday.

    Parameters
    ----------
    parameters
        Those of a schedule. ``last 28 days`` and ``last 4 weeks`` end yesterday; ``last 12
        calendar months`` are the whole months before this one.
    today
        The local day of the due moment.

    Raises
    ------
    InvalidInputError
        When the window cannot be read, or stands beside ``from`` or ``to``.
    """
    given = dict(parameters)
    if "window" not in given:
        return given
    window = given.pop("window")
    read = _WINDOW.fullmatch(str(window).strip())
    if read is None or given.keys() & {"from", "to"}:
        raise InvalidInputError(
            f"The window {window!r} cannot be used: give 'last N days', 'last N weeks' or "
            "'last N calendar months', and then neither from nor to.",
            [Problem("parameters.window", f"not a window: {window!r}")],
        )
    number = int(read["number"])
    if read["kind"].startswith("calendar"):
        first, last = _months_before(today, number), today.replace(day=1)
    else:
        days = number * (7 if read["kind"].startswith("week") else 1)
        first, last = today - dt.timedelta(days=days), today
    return given | {
        "from": first.isoformat(),
        "to": (last - dt.timedelta(days=1)).isoformat(),
    }


def _months_before(day: dt.date, months: int) -> dt.date:
    month = day.year * 12 + day.month - 1 - months
    return dt.date(max(month // 12, 1), month % 12 + 1, 1)


def _local(moment: dt.datetime, zone: str) -> dt.datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _in_utc(local: dt.datetime, zone: str) -> dt.datetime:
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
