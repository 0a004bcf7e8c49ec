"""Days whose incidents a file replaces: a year, a month, a day, or from one to another."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from spatial.errors import InvalidInputError, Problem

_DATE: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True)
class Period:
    """Days of which the last is included, on the clock of the source."""

    first: dt.date
    last: dt.date

    def __str__(self) -> str:
        """Say it as `period` reads it."""
        return f"{self.first}/{self.last}"

    def within(self, zone: str) -> tuple[dt.datetime, dt.datetime]:
        """Return its first instant in a time zone, and the first after it."""
        after = self.last + dt.timedelta(days=1)
        at = [dt.datetime.combine(day, dt.time(), ZoneInfo(zone)) for day in (self.first, after)]
        return at[0].astimezone(dt.UTC), at[1].astimezone(dt.UTC)


def period(written: str) -> Period:
    """Read a period.

    Parameters
    ----------
    written
        ``2020``, ``2020-03``, ``2020-03-01``, or two of them with a slash between.

    Raises
    ------
    InvalidInputError
        When it is none.

    Examples
    --------
    >>> str(period("2020-02")), str(period("2020-02/2020-03-15"))
    ('2020-02-01/2020-02-29', '2020-02-01/2020-03-15')
    """
    first, _, last = written.strip().partition("/")
    try:
        found = Period(_days(first)[0], _days(last or first)[1])
        found.within("Pacific/Kiritimati"), found.within("Pacific/Pago_Pago")
    except (ValueError, OverflowError):
        found = None
    if found is None or found.last < found.first:
        message = f"{written!r} is no period: write 2020-03, 2020-03-01/2020-03-15 or 2020"
        raise InvalidInputError(f"{message}.", [Problem("replace", message)])
    return found


def _days(written: str) -> tuple[dt.date, dt.date]:
    parts = _DATE.fullmatch(written)
    if parts is None:
        raise ValueError(written)
    year, month, day = (int(one) if one else None for one in parts.groups())
    assert year is not None
    if day is not None and month is not None:
        only = dt.date(year, month, day)
        return only, only
    last_month = month or 12
    last = calendar.monthrange(year, last_month)[1]
    return dt.date(year, month or 1, 1), dt.date(year, last_month, last)
