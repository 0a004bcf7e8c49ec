"""The columns of times of some rows: read by the profile's rules, and what is odd in them noted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.checks import orders, times
from service.ingest.checks.quoting import quoted, shaped
from service.ingest.checks.rules import LINES_NAMED, Notes, Rules
from service.ingest.checks.unread import EXPECTED, joined, remedies
from service.ingest.profiles.binding import Binding
from service.ingest.profiles.profile import Canonical
from service.ingest.readers.rows import RawRows

_NO_DATE = (
    r"^(?:0000-0?0-0?0|0?0([/.-])0?0([/.-])0000|0?1([/.-])0?1([/.-])0001|0001-01-01)(?:[Tt ].*)?$"
)
"""What stands for no date at all."""
_YEAR_9999_US = 253_370_764_800_000_000
_SLIPPED_YEAR = (
    r"^(?:\d{5}|\d{3})-\d\d?-\d\d?(?:\D|$)|^\d\d?([/.-])\d\d?[/.-](?:\d{5}|\d{3})(?:\D|$)"
)


class TimeColumns:
    """The columns of times of one batch."""

    def __init__(self, rows: RawRows, binding: Binding, rules: Rules, notes: Notes) -> None:
        self._rows, self._binding, self._notes = rows, binding, notes
        self.rules = rules
        self._n = rows.table.num_rows

    def read(self, name: Canonical) -> times.Written:
        """Read a column, and take midnights and default clocks in it for days."""
        parts = self._binding.parts(self._rows, name)
        if not parts:
            parts = [pa.nulls(self._n, pa.string())]
        rule = self.rules.profile.time
        written = times.read_columns(parts, rule.formats, self.rules.time_zone)
        self._without_no_dates(name, parts[0], written)
        if name == "reported_at":
            return written
        unsure = orders.disagreeing(parts, rule.formats, self.rules.time_zone)
        self._see("ambiguous_dates", unsure, parts)
        self._see("unread_clock", written.no_clock, parts)
        self._see("two_clocks", written.two_clocks, parts)
        if rule.precision == "inferred":
            stated = self._binding.text(self._rows, "time_precision")
            open_ = np.ones(self._n, dtype=bool)
            if stated is not None and name == "occurred_from":
                open_ = np.asarray(stated.is_null())
            self._notes.midnights[name].take(
                written, open_, self.rules.time_zone, as_days=self.rules.known.midnights_as_days
            )
        defaults = self._default_clocks(written)
        if name == "occurred_from":
            self._notes.said_defaults += defaults
        return written

    def instants(self, written: times.Written) -> np.ndarray:
        """Return the instants of times, and count those that a change of clocks made unsure."""
        found = times.instants(written, self.rules.time_zone)
        self._notes.ambiguous_times += found.ambiguous
        self._notes.skipped_times += found.skipped
        return found.us

    def precision(self, begins: times.Written) -> np.ndarray:
        """Return how well each time is known: as its row, the profile or its writing says."""
        fixed = self.rules.profile.time.precision
        precision = begins.precision
        if fixed != "inferred":
            # A date without its clock is not known to the minute, whatever the profile says.
            precision = np.maximum(precision, times.PRECISIONS.index(fixed)).astype(np.int8)
        stated = self._binding.text(self._rows, "time_precision")
        if stated is None:
            return precision
        known = pc.index_in(pc.utf8_lower(stated), pa.array(times.PRECISIONS))
        codes = pc.fill_null(known, -1).to_numpy(zero_copy_only=False).astype(np.int8)
        self._see("bad_time_precision", np.asarray(stated.is_valid()) & (codes == -1), [stated])
        return np.where(codes >= 0, codes, precision)

    def leave_out(self, name: Canonical, wrong: np.ndarray) -> None:
        """Note rows that are kept without a column, whose value cannot be."""
        if wrong.any():
            self._see(f"bad_{name}", wrong, self._binding.parts(self._rows, name))

    def impossible_years(self, name: Canonical, written: times.Written) -> np.ndarray:
        """Tell times whose year has a digit too many or too few."""
        parts = self._binding.parts(self._rows, name)
        if not parts or not written.invalid.any():
            return np.zeros(self._n, dtype=bool)
        slipped = pc.match_substring_regex(parts[0], _SLIPPED_YEAR)
        return np.asarray(pc.fill_null(slipped, False).to_numpy(zero_copy_only=False))

    def about_years(self, name: Canonical, rows: np.ndarray) -> list[str]:
        """Return what to say of rows with such years."""
        return self.about(name, rows, "has no year of four digits")

    def about(self, name: Canonical, rows: np.ndarray, what: str) -> list[str]:
        """Return something to say of the time of each of some rows, with its column and value."""
        where = self._where(name)
        return [f"{where} {one} {what}" for one in self._quoted(name, rows)]

    def about_unread(self, name: Canonical, rows: np.ndarray) -> list[str]:
        """Return what to say of rows whose time no format fits."""
        if not len(rows):
            return []
        formats = self.rules.profile.time.formats
        expected = " or ".join(EXPECTED.get(one, one) for one in formats)
        where = self._where(name)
        wrong = joined(self._binding.parts(self._rows, name)).take(pa.array(rows))
        return [
            f"{where} {quoted(text)} is no time written as {expected}" + (remedy and f"; {remedy}")
            for text, remedy in zip(
                wrong.to_pylist(), remedies(wrong, formats, self.rules.time_zone), strict=True
            )
        ]

    def _where(self, name: Canonical) -> str:
        """Return what a column is called by us and, where that is something else, by the file."""
        own = self._binding.columns.get(name, ())
        named = " and ".join(map(repr, own))
        return name if own in ((), (name,)) else f"{name} (column{'s' * (len(own) > 1)} {named})"

    def note_orders(self, unread: np.ndarray) -> None:
        """Note rows that would be read with day and month the other way round."""
        if not len(unread):
            return
        parts = self._binding.parts(self._rows, "occurred_from")
        zone, formats = self.rules.time_zone, self.rules.profile.time.formats
        fitting = orders.fitting_swapped(parts, formats, zone, unread)
        self._notes.see("other_order", self._rows.lines[fitting])

    def _without_no_dates(self, name: Canonical, values: pa.Array, written: times.Written) -> None:
        """Take what stands for no date as missing: 0000-00-00, and for no end the year 9999."""
        none = ~written.invalid & ~written.missing & (written.us >= _YEAR_9999_US)
        none &= name != "occurred_from"
        # 0001-01-01 can be read, and is what some software has where there is nothing.
        doubtful = written.invalid | (written.us < -_YEAR_9999_US // 5)
        if doubtful.any():
            zero = pc.fill_null(pc.match_substring_regex(values, _NO_DATE), False)
            none |= doubtful & zero.to_numpy(zero_copy_only=False)
        written.missing[none], written.invalid[none] = True, False

    def _default_clocks(self, written: times.Written) -> int:
        """Take times at the profile's default clocks for days, and return how many they are."""
        defaults = self.rules.profile.time.default_clocks
        if not defaults:
            return 0
        minutes = [int(one[:2]) * 60 + int(one[3:]) for one in defaults]
        rows = ~written.missing & ~written.invalid & (written.precision <= times.HOUR)
        local = written.us.copy()
        aware = rows & written.aware
        local[aware] = times.to_local(local[aware], self.rules.time_zone)
        default = rows & np.isin(local // 60_000_000 % 1440, minutes)
        written.precision[default] = times.DAY
        return int(default.sum())

    def _quoted(self, name: Canonical, rows: np.ndarray) -> list[str]:
        if not len(rows):
            return []
        values = joined(self._binding.parts(self._rows, name))
        return [quoted(one or "") for one in values.take(pa.array(rows)).to_pylist()]

    def _see(self, code: str, wrong: np.ndarray, parts: Sequence[pa.Array]) -> None:
        rows = np.flatnonzero(wrong)
        if len(rows):
            few = [one.take(pa.array(rows[:LINES_NAMED])).to_pylist() for one in parts]
            examples = [
                " ".join(shaped(text) for text in row if text) for row in zip(*few, strict=True)
            ]
            self._notes.see(code, self._rows.lines[rows], examples)
