"""What every kind of source is asked, and what is known of the rows that are wanted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from service.errors import UnreadableFileError
from service.ingest.connectors.origin import AskedSince, Kind
from service.ingest.connectors.rows import Page
from service.ingest.profiles.binding import keeping, lacking
from service.ingest.profiles.profile import Profile
from spatial.errors import InvalidInputError, Problem


@dataclass(frozen=True)
class Since:
    """From when on rows are wanted.

    Parameters
    ----------
    column
        The source's column, as the profile names it.
    moment
        The earliest moment that is wanted.
    overlap_days
        How far that lies before what is known already.
    zone
        Whose clock the source's times are on that say none.
    """

    column: str
    moment: dt.datetime
    overlap_days: int
    zone: dt.tzinfo

    @classmethod
    def after(cls, known: dt.datetime, profile: Profile, zone: dt.tzinfo) -> Since:
        """Return what is wanted after what is known: some days before it, from midnight on."""
        days = profile.since.overlap_days
        begins = (known - dt.timedelta(days=days)).astimezone(zone)
        midnight = begins.replace(hour=0, minute=0, second=0, microsecond=0)
        return cls(column_of(profile), midnight, days, zone)

    def told(self, column: str) -> AskedSince:
        """Return what the report says of it."""
        return AskedSince(
            column=column,
            begins=self.moment.astimezone(dt.UTC),
            overlap_days=self.overlap_days,
        )


def column_of(profile: Profile) -> str:
    """Return the column that tells since when: that of changes, else that of the incident."""
    if profile.since.column is not None:
        return profile.since.column
    occurred = profile.columns["occurred_from"]
    return occurred if isinstance(occurred, str) else occurred[0]


def of_source(names: Sequence[str], column: str) -> str | None:
    """Return the source's column that a profile calls by a name, whatever its case."""
    is_it = keeping((column,))
    return column if column in names else next((one for one in names if is_it(one)), None)


def check_columns(profile: Profile, names: Sequence[str], told: str, *, has_points: bool) -> None:
    """Refuse a source that lacks columns of a profile before a row of it is fetched.

    Raises
    ------
    UnreadableFileError
        When it does.
    """
    missing = lacking(profile, names, has_points=has_points)
    if missing:
        raise UnreadableFileError(
            f"{told} lacks the columns {', '.join(missing)} of profile {profile.name!r}. It has "
            f"{', '.join(names[:40])}: choose the profile that fits, or write one.",
            [Problem(one, "missing column") for one in missing],
        )


def no_times(column: str, told: str, is_a: str) -> InvalidInputError:
    """Return the refusal to ask for what is new by a column that holds no times."""
    return InvalidInputError(
        f"{told} cannot be asked for what is new: its column {column} is {is_a}, not a time. Name "
        "another in the profile ([since] column = ...), or ask for all.",
        [Problem("--since-last", f"{column} is no column of times")],
    )


class Source(Protocol):
    """A source that gives its rows page by page."""

    kind: Kind
    since: AskedSince | None

    def profile(self) -> Profile:
        """Return what its columns mean, as this kind of source writes them."""
        ...

    def count(self) -> int | None:
        """Return how many rows it says that there are now; None: it does not say."""
        ...

    def page(self, at: Any, wanted: Callable[[str], bool]) -> Page:
        """Return the page that begins somewhere; None: at the beginning."""
        ...
