"""When the rows of a batch happened, and which never can have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.checks import times
from service.ingest.checks.rules import Notes, Rules
from service.ingest.checks.verdicts import Verdicts
from service.ingest.profiles.binding import Binding
from service.ingest.profiles.profile import Canonical
from service.ingest.readers.rows import RawRows

_SHOWN = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    """Read the span of each row, and refuse spans that cannot be."""
    batch = _Times(rows, binding, rules, notes, verdicts)
    begins = batch.read("occurred_from")
    verdicts.reject("missing_time", begins.missing, "no time is given")
    batch.reject_unread("occurred_from", begins)
    ends = batch.read("occurred_to")
    batch.reject_unread("occurred_to", ends)
    precision = batch.precision(begins)
    first, last = batch.spans(begins, ends, precision)
    usable = ~(begins.missing | begins.invalid | ends.invalid)
    verdicts.reject("invalid_time", usable & (last < first), "occurred_to is before occurred_from")
    reported = batch.read("reported_at")
    batch.reject_unread("reported_at", reported)
    verdicts.reject(
        "time_in_future",
        usable & (first > (rules.now - _EPOCH) // timedelta(microseconds=1)),
        f"it lies after {rules.now:%Y-%m-%d %H:%M} UTC, when the file was read",
    )
    return Spans(
        first,
        last,
        precision,
        reported=batch.instants(reported),
        has_reported=~reported.missing & ~reported.invalid,
    )


class _Times:
    """The columns of times of one batch."""

    def __init__(
        self, rows: RawRows, binding: Binding, rules: Rules, notes: Notes, verdicts: Verdicts
    ) -> None:
        self._rows, self._binding, self._rules = rows, binding, rules
        self._notes, self._verdicts = notes, verdicts

    def read(self, name: Canonical) -> times.Written:
        values = self._binding.text(self._rows, name)
        if values is None:
            values = pa.nulls(self._rows.table.num_rows, pa.string())
        return times.read(values, self._rules.profile.time.formats)

    def instants(self, written: times.Written) -> np.ndarray:
        found = times.instants(written, self._rules.time_zone)
        self._notes.ambiguous_times += found.ambiguous
        self._notes.skipped_times += found.skipped
        return found.us

    def spans(
        self, begins: times.Written, ends: times.Written, precision: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the spans that precision gives, and where an end is stated, up to that end."""
        zone = self._rules.time_zone
        start = self.instants(begins)
        first, last = times.spans(start, precision, zone)
        stated = ~ends.missing & ~ends.invalid
        if stated.any():
            opens, _ = times.spans(start, begins.precision, zone)
            _, closes = times.spans(self.instants(ends), ends.precision, zone)
            first, last = np.where(stated, opens, first), np.where(stated, closes, last)
        return first, last

    def precision(self, begins: times.Written) -> np.ndarray:
        """Return how well each time is known: as its row, the profile or its writing says."""
        fixed = self._rules.profile.time.precision
        precision = begins.precision
        if fixed != "inferred":
            precision = np.full_like(precision, times.PRECISIONS.index(fixed))
        stated = self._binding.text(self._rows, "time_precision")
        if stated is None:
            return precision
        known = pc.index_in(pc.utf8_lower(stated), pa.array(times.PRECISIONS))
        codes = pc.fill_null(known, -1).to_numpy(zero_copy_only=False).astype(np.int8)
        self._verdicts.reject(
            "invalid_time",
            np.asarray(stated.is_valid()) & (codes == -1),
            f"time_precision is none of {', '.join(times.PRECISIONS)}",
        )
        return np.where(codes >= 0, codes, precision)

    def reject_unread(self, name: Canonical, written: times.Written) -> None:
        wrong = self._verdicts.fresh(written.invalid)
        if not len(wrong):
            return
        values = self._binding.text(self._rows, name)
        assert values is not None, "a time that cannot be read was written"
        expected = " or ".join(
            "ISO 8601 (2019-05-04T13:30:00+01:00, 2019-05-04, 2019-05)" if one == "iso" else one
            for one in self._rules.profile.time.formats
        )
        messages = [
            f"{name} {values[row].as_py()[:_SHOWN]!r} is no time written as {expected}"
            for row in wrong.tolist()
        ]
        self._verdicts.reject_each("invalid_time", wrong, messages)
