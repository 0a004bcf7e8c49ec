"""When the rows of a batch happened, and which never can have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from service.ingest.checks import times
from service.ingest.checks.columns_of_times import TimeColumns
from service.ingest.checks.rules import Notes, Rules
from service.ingest.checks.verdicts import Verdicts
from service.ingest.profiles.binding import Binding
from service.ingest.readers.rows import RawRows
from spatial import default_times

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_US = 86_400_000_000
_END_MAY_LIE_AHEAD_US = 31 * _DAY_US
"""Months and days end after a file of them was made."""
_DEFAULT_DATES = ("1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01")
"""What software writes where it has no date."""


@dataclass(frozen=True, slots=True)
class Spans:
    """The span of each row, in microseconds UTC; meaningless where the row is rejected."""

    first: np.ndarray
    last: np.ndarray
    precision: np.ndarray  # index into times.PRECISIONS
    reported: np.ndarray
    has_reported: np.ndarray  # bool


def check_times(
    rows: RawRows, binding: Binding, rules: Rules, notes: Notes, verdicts: Verdicts
) -> Spans:
    """Read the span of each row, and refuse spans that cannot be.

    An end or a time of report that is none is left out, and its row is kept.
    """
    columns = TimeColumns(rows, binding, rules, notes)
    begins = columns.read("occurred_from")
    verdicts.reject("missing_time", begins.missing, "no time is given")
    impossible = verdicts.fresh(begins.invalid & columns.impossible_years("occurred_from", begins))
    verdicts.reject_each(
        "implausible_time", impossible, columns.about_years("occurred_from", impossible)
    )
    unread = verdicts.fresh(begins.invalid)
    verdicts.reject_each("invalid_time", unread, columns.about_unread("occurred_from", unread))
    columns.note_orders(unread)
    precision = columns.precision(begins)
    ends = columns.read("occurred_to")
    first, last, stated = _spans(columns, begins, ends, precision)
    now = (rules.now - _EPOCH) // timedelta(microseconds=1)
    usable = ~(begins.missing | begins.invalid)
    ahead = verdicts.fresh(usable & (first > now))
    read_at = f"{rules.now:%Y-%m-%d %H:%M} UTC, when the file was read"
    verdicts.reject_each(
        "time_in_future", ahead, columns.about("occurred_from", ahead, f"lies after {read_at}")
    )
    _refuse_implausible(columns, first, last, usable, verdicts)
    to_come = stated & usable & (last > now + _END_MAY_LIE_AHEAD_US)
    if to_come.any():
        columns.leave_out("occurred_to", to_come & verdicts.good())
        opens, closes = times.spans(first[to_come], precision[to_come], rules.time_zone)
        first[to_come], last[to_come] = opens, closes
    reported, has_reported = _reported(columns, first, usable, now)
    return Spans(first, last, precision, reported, has_reported)


def note_moments(
    rows: RawRows, spans: Spans, accepted: np.ndarray, rules: Rules, notes: Notes
) -> None:
    """Count accepted rows by the minute of the day, and those of default dates."""
    exact = accepted & (spans.precision == times.EXACT) & (spans.first == spans.last)
    if exact.any():
        local = times.to_local(spans.first[exact], rules.time_zone)
        notes.clocks += np.bincount(local // 60_000_000 % 1440, minlength=default_times.MINUTES)
    old = accepted & (spans.first < 2 * _DAY_US)
    if old.any():
        at = np.flatnonzero(old)
        dates = times.to_local(spans.first[at], rules.time_zone).view("datetime64[us]")
        default = np.isin(dates.astype("datetime64[D]").astype(str), _DEFAULT_DATES)
        notes.see("default_dates", rows.lines[at[default]])


def _spans(
    columns: TimeColumns, begins: times.Written, ends: times.Written, precision: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the spans that precision gives, and where an end is stated, up to that end."""
    zone = columns.rules.time_zone
    start = columns.instants(begins)
    first, last = times.spans(start, precision, zone)
    usable = ~(begins.missing | begins.invalid)
    stated = ~ends.missing & ~ends.invalid & usable
    wrong = ends.invalid & usable
    if stated.any():
        opens, _ = times.spans(start, begins.precision, zone)
        _, closes = times.spans(columns.instants(ends), ends.precision, zone)
        before = stated & (closes < opens)
        wrong |= before & (closes + 1 < opens)  # else it ends on the day whose 24:00 it began
        stated &= ~before
        first, last = np.where(stated, opens, first), np.where(stated, closes, last)
    columns.leave_out("occurred_to", wrong)
    return first, last, stated


def _refuse_implausible(
    columns: TimeColumns,
    first: np.ndarray,
    last: np.ndarray,
    usable: np.ndarray,
    verdicts: Verdicts,
) -> None:
    rules = columns.rules
    limits = rules.profile.time
    day = np.array([limits.earliest], dtype="datetime64[us]").astype(np.int64)
    earliest = times.to_utc(day, rules.time_zone).us[0]
    early = verdicts.fresh(usable & (first < earliest))
    why = f"lies before {limits.earliest}, the earliest day of the profile (time.earliest)"
    verdicts.reject_each("implausible_time", early, columns.about("occurred_from", early, why))
    long = verdicts.fresh(usable & (last - first > limits.longest_span_days * _DAY_US))
    why = (
        f"begins a span of more than {limits.longest_span_days:,} days, the longest of the profile "
        "(time.longest_span_days)"
    )
    verdicts.reject_each("implausible_time", long, columns.about("occurred_from", long, why))


def _reported(
    columns: TimeColumns, first: np.ndarray, usable: np.ndarray, now: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return when rows were reported; not what is unreadable, to come, or before the incident."""
    written = columns.read("reported_at")
    instants = columns.instants(written)
    given = ~written.missing & ~written.invalid
    odd = given & ((instants > now + _DAY_US) | (usable & (instants < first - _DAY_US)))
    columns.leave_out("reported_at", written.invalid | odd)
    return instants, given & ~odd
