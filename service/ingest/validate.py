"""A batch of raw rows -> incidents ready to store, and rejected rows with their reasons.

A row is rejected for the first reason found, in the order of `REASONS`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest import attributes, coordinates, offences, times
from service.ingest.binding import Binding
from service.ingest.profiles import Canonical, Profile
from service.ingest.rows import RawRows

REASONS = (
    "malformed_row",
    "missing_coordinates",
    "invalid_coordinates",
    "null_island",
    "outside_crs_bounds",
    "missing_time",
    "invalid_time",
    "time_in_future",
    "missing_offence",
)

MAX_ID_BYTES = 1000
"""Longer ids would not fit an entry of the database's index."""

MAX_SOURCE_BYTES = 200

_SHOWN = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a batch is validated by, beyond the profile."""

    profile: Profile
    source: str
    """Source of rows that name none, or of all rows."""
    fixed_source: bool
    """Whether `source` was asked for, against what a column says."""
    time_zone: str
    crs: str
    now: datetime


@dataclass(slots=True)
class Notes:
    """What was seen over all batches of a file, for its warnings."""

    ambiguous_times: int = 0
    skipped_times: int = 0
    swapped_outside: int = 0
    degrees: Counter[tuple[int, int]] = field(default_factory=Counter)
    """Accepted incidents by whole degree of longitude and latitude."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The rows of a batch, each in one of two tables."""

    incidents: pa.Table
    rejected: pa.Table


def validate(rows: RawRows, binding: Binding, rules: Rules, notes: Notes) -> Checked:
    """Split a batch into incidents and rejected rows.

    Parameters
    ----------
    rows
        The batch as it was read.
    binding
        Where its canonical columns are.
    rules
        What it is validated by.
    notes
        Is added to.

    Returns
    -------
    Checked
        `incidents` has the columns of the staging table; `rejected` has `line`, `reason`,
        `message`, `raw`, and the `source` and `external_id` of rows that lack nothing but
        coordinates, so that a twin that has them can stand for both.
    """
    batch = _Batch(rows, binding, rules, notes)
    batch.check()
    return Checked(batch.incidents(), batch.rejected())


class _Batch:
    """One batch on its way through the checks."""

    def __init__(self, rows: RawRows, binding: Binding, rules: Rules, notes: Notes) -> None:
        self.rows, self.binding, self.rules, self.notes = rows, binding, rules, notes
        self.n = rows.table.num_rows
        self.reason = np.full(self.n, -1, dtype=np.int8)  # index into REASONS
        self.message: dict[int, str] = {}

    def check(self) -> None:
        """Find the first reason against each row."""
        self._read_text()
        self._check_coordinates()
        self._check_times()
        lacking = np.ones(self.n, bool) if self.code is None else np.asarray(self.code.is_null())
        self._reject("missing_offence", lacking, "no offence is given")

    def incidents(self) -> pa.Table:
        """Return the rows without a reason against them, as the staging table has them."""
        good = self.reason == -1
        keep = pa.array(good)
        every = bool(good.all())

        def kept(values: pa.Array | None) -> pa.Array:
            if values is None:
                return pa.nulls(int(good.sum()), pa.string())
            return values if every else values.filter(keep)

        longitude, latitude = self.longitude[good], self.latitude[good]
        self._note_degrees(longitude, latitude)
        table = {
            "source": kept(self.source),
            "external_id": kept(self.external_id),
            "offence_code": kept(self.code),
            "offence_name": kept(self.name),
            "occurred_from": pa.array(self.first[good]),
            "occurred_to": pa.array(self.last[good]),
            "time_precision": pa.array(times.PRECISIONS).take(pa.array(self.precision[good])),
            "reported_at": pa.array(self.reported[good], mask=~self.has_reported[good]),
            "longitude": pa.array(longitude),
            "latitude": pa.array(latitude),
            "location_text": kept(self.location),
            "attributes": kept(self.attributes),
        }
        digest = _content_hashes(list(table.values()))
        anonymous = table["external_id"].is_null()
        table["external_id"] = pc.coalesce(
            table["external_id"], pc.binary_join_element_wise("row:", digest, "")
        )
        return pa.table(
            {
                "line": pa.array(self.rows.lines[good]),
                "anonymous": anonymous,
                **table,
                "content_hash": pc.binary_join_element_wise("\\x", digest, ""),
                "place": pa.array(_along_a_curve(longitude, latitude)),
            }
        )

    def rejected(self) -> pa.Table:
        """Return the rows with a reason against them, and those that were no rows at all."""
        bad = np.flatnonzero(self.reason != -1)
        twinned = pa.array(self.reason[bad] == REASONS.index("missing_coordinates"))
        take = pa.array(bad)
        external_id = pa.nulls(len(bad), pa.string())
        if self.external_id is not None:
            external_id = pc.if_else(twinned, self.external_id.take(take), None)
        malformed = self.rows.malformed
        none = [None] * len(malformed)
        return pa.table(
            {
                "line": [*self.rows.lines[bad].tolist(), *(one.line for one in malformed)],
                "reason": pa.array(
                    [REASONS[one] for one in self.reason[bad]] + ["malformed_row"] * len(malformed),
                    pa.string(),
                ),
                "message": pa.array(
                    [_storable(self.message[row]) for row in bad.tolist()]
                    + [_storable(one.message) for one in malformed],
                    pa.string(),
                ),
                "raw": pa.array(
                    [_storable(one) for one in self.rows.raw(bad)]
                    + [_storable(one.raw) for one in malformed],
                    pa.string(),
                ),
                "source": pa.concat_arrays([self.source.take(take), pa.array(none, pa.string())]),
                "external_id": pa.concat_arrays([external_id, pa.array(none, pa.string())]),
            }
        )

    def _read_text(self) -> None:
        text, rows = self.binding.text, self.rows
        self.external_id = text(rows, "external_id")
        self.source = self._sources()
        self.location = text(rows, "location_text")
        self.code, self.name = offences.codes(
            text(rows, "offence_code"), text(rows, "offence_name"), self.rules.profile.offence
        )
        kept = attributes.assembled(rows.table, self.binding.extra)
        stated = text(rows, "attributes")
        if stated is not None:
            stated, bad = attributes.canonical(stated)
            self._reject("malformed_row", bad, "attributes is not a JSON object")
            kept = attributes.merged(stated, kept)
        self.attributes = kept
        for what, values, longest in (
            ("external_id", self.external_id, MAX_ID_BYTES),
            ("source", self.source, MAX_SOURCE_BYTES),
        ):
            if values is not None:
                long = pc.fill_null(pc.greater(pc.binary_length(values), longest), False)
                self._reject(
                    "malformed_row", np.asarray(long), f"{what} is longer than {longest} bytes"
                )

    def _sources(self) -> pa.Array:
        ours = pa.repeat(pa.scalar(self.rules.source, pa.string()), self.n)
        theirs = self.binding.text(self.rows, "source")
        if theirs is None or self.rules.fixed_source:
            return ours
        return pc.coalesce(theirs, ours)

    def _check_coordinates(self) -> None:
        points, crs = self.rows.points, self.rules.crs
        if points is not None:
            read = coordinates.from_points(points)
        else:
            x = self.binding.text(self.rows, "longitude")
            y = self.binding.text(self.rows, "latitude")
            assert x is not None, "a reader without points has coordinate columns"
            assert y is not None, "a reader without points has coordinate columns"
            read = coordinates.from_columns(x, y)
        self._reject("missing_coordinates", read.missing, "no coordinates are given")
        if read.invalid.any():
            for row in np.flatnonzero(read.invalid & (self.reason == -1)).tolist():
                self.message[row] = self._about_coordinates(row)
            self._reject("invalid_coordinates", read.invalid, None)
        usable = ~(read.missing | read.invalid)
        x_y = np.where(usable, read.x, 1.0), np.where(usable, read.y, 1.0)
        self._reject(
            "null_island",
            (x_y[0] == 0) & (x_y[1] == 0),
            "both coordinates are 0: a placeholder for an unknown place",
        )
        placed = coordinates.place(*x_y, crs)
        self.longitude, self.latitude = placed.longitude, placed.latitude
        outside = placed.outside & usable & (self.reason == -1)
        if outside.any():
            area = coordinates.described_bounds(crs)
            for row in np.flatnonzero(outside).tolist():
                place = f"({read.x[row]:.10g}, {read.y[row]:.10g})"
                swapped = "; with the two swapped it is inside" if placed.swapped[row] else ""
                self.message[row] = (
                    f"{place} is outside the area of {coordinates.short_name(crs)} "
                    f"({area}){swapped}"
                )
            self._reject("outside_crs_bounds", outside, None)
            self.notes.swapped_outside += int((outside & placed.swapped).sum())

    def _about_coordinates(self, row: int) -> str:
        points = self.rows.points
        if points is not None:
            return points.problem[row] or "the coordinates are not finite numbers"
        shown = [
            (values[row].as_py() or "")[:_SHOWN]
            for values in (
                self.binding.text(self.rows, "longitude"),
                self.binding.text(self.rows, "latitude"),
            )
            if values is not None
        ]
        comma = any("," in one for one in shown)
        remedy = "; write numbers with a decimal point" if comma else ""
        return f"{' and '.join(map(repr, shown))} are not two finite numbers{remedy}"

    def _check_times(self) -> None:
        """Read the span of each row, and refuse spans that cannot be."""
        rules, formats = self.rules, self.rules.profile.time.formats
        begins = self._time("occurred_from", formats)
        self._reject("missing_time", begins.missing, "no time is given")
        self._reject_unread("occurred_from", begins)
        precision = self._precision(begins)
        start = self._instants(begins)
        first, last = times.spans(start, precision, rules.time_zone)
        ends = self._time("occurred_to", formats)
        stated = ~ends.missing & ~ends.invalid
        if stated.any():
            _, end = times.spans(self._instants(ends), ends.precision, rules.time_zone)
            first, last = np.where(stated, start, first), np.where(stated, end, last)
            coarse = stated & (begins.precision > times.HOUR)
            if coarse.any():  # a span of days opens with its first day
                first = np.where(
                    coarse, times.spans(start, begins.precision, rules.time_zone)[0], first
                )
        self._reject_unread("occurred_to", ends)
        usable = ~(begins.missing | begins.invalid | ends.invalid)
        self._reject("invalid_time", usable & (last < first), "occurred_to is before occurred_from")
        reported = self._time("reported_at", formats)
        self._reject_unread("reported_at", reported)
        now = (rules.now - _EPOCH) // timedelta(microseconds=1)
        self._reject(
            "time_in_future",
            usable & (first > now),
            f"it lies after {rules.now:%Y-%m-%d %H:%M} UTC, when the file was read",
        )
        self.first, self.last, self.precision = first, last, precision
        self.reported = self._instants(reported)
        self.has_reported = ~reported.missing & ~reported.invalid

    def _time(self, name: Canonical, formats: tuple[str, ...]) -> times.Written:
        values = self.binding.text(self.rows, name)
        if values is None:
            values = pa.nulls(self.n, pa.string())
        return times.read(values, formats)

    def _instants(self, written: times.Written) -> np.ndarray:
        found = times.instants(written, self.rules.time_zone)
        self.notes.ambiguous_times += found.ambiguous
        self.notes.skipped_times += found.skipped
        return found.us

    def _precision(self, begins: times.Written) -> np.ndarray:
        fixed = self.rules.profile.time.precision
        precision = begins.precision
        if fixed != "inferred":
            precision = np.full(self.n, times.PRECISIONS.index(fixed), dtype=np.int8)
        stated = self.binding.text(self.rows, "time_precision")
        if stated is None:
            return precision
        known = pc.index_in(pc.utf8_lower(stated), pa.array(times.PRECISIONS))
        codes = pc.fill_null(known, -1).to_numpy(zero_copy_only=False).astype(np.int8)
        given = np.asarray(stated.is_valid())
        self._reject(
            "invalid_time",
            given & (codes == -1),
            f"time_precision is none of {', '.join(times.PRECISIONS)}",
        )
        return np.where(given & (codes >= 0), codes, precision).astype(np.int8)

    def _reject_unread(self, name: Canonical, written: times.Written) -> None:
        wrong = written.invalid & (self.reason == -1)
        if not wrong.any():
            return
        values = self.binding.text(self.rows, name)
        assert values is not None, "a time that cannot be read was written"
        expected = " or ".join(
            "ISO 8601 (2019-05-04T13:30:00+01:00, 2019-05-04, 2019-05)" if one == "iso" else one
            for one in self.rules.profile.time.formats
        )
        for row in np.flatnonzero(wrong).tolist():
            self.message[row] = (
                f"{name} {values[row].as_py()[:_SHOWN]!r} is no time written as {expected}"
            )
        self._reject("invalid_time", wrong, None)

    def _reject(self, reason: str, wrong: np.ndarray, message: str | None) -> None:
        """Hold a reason against rows that have none yet; None: their messages are there."""
        fresh = wrong & (self.reason == -1)
        if not fresh.any():
            return
        self.reason[fresh] = REASONS.index(reason)
        if message is not None:
            self.message.update(dict.fromkeys(np.flatnonzero(fresh).tolist(), message))

    def _note_degrees(self, longitude: np.ndarray, latitude: np.ndarray) -> None:
        codes = (np.floor(longitude).astype(np.int64) * 1000) + np.floor(latitude).astype(np.int64)
        values, counts = np.unique(codes, return_counts=True)
        for code, count in zip(values.tolist(), counts.tolist(), strict=True):
            east = round(code / 1000)
            self.notes.degrees[(east, code - east * 1000)] += count


def _content_hashes(columns: list[pa.Array]) -> pa.Array:
    """Return the first 16 bytes of the SHA-256 of each row, in hex."""
    texts = [pc.cast(one, pa.string()) for one in columns]
    joined = pc.binary_join_element_wise(*texts, "\x1f", null_handling="replace")
    sha256 = hashlib.sha256
    return pa.array(
        [sha256(one).hexdigest()[:32] for one in joined.cast(pa.binary()).to_pylist()], pa.string()
    )


def _along_a_curve(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return places along a curve (Morton) on which near means near: the index loads faster so."""
    code = np.zeros(len(longitude), dtype=np.int64)
    for degrees, span, shift in ((longitude, 360.0, 0), (latitude, 180.0, 1)):
        bits = ((degrees / span + 0.5) * 0x7FFFFFFF).astype(np.int64)
        for step, mask in (
            (16, 0x0000FFFF0000FFFF),
            (8, 0x00FF00FF00FF00FF),
            (4, 0x0F0F0F0F0F0F0F0F),
            (2, 0x3333333333333333),
            (1, 0x5555555555555555),
        ):
            bits = (bits | (bits << step)) & mask
        code |= bits << shift
    return code


def _storable(text: str) -> str:
    """Return text as PostgreSQL takes it: no NUL, no lone surrogates."""
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
