"""Times as feeds write them."""

from __future__ import annotations

import datetime as dt


def rfc3339(moment: dt.datetime) -> str:
    """Return a moment in UTC, to the microsecond.

    Examples
    --------
    >>> rfc3339(dt.datetime(2025, 3, 3, 5, tzinfo=dt.UTC))
    '2025-03-03T05:00:00.000000Z'
    """
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
