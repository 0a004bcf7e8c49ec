"""A batch of raw rows -> incidents ready to store, and rejected rows with their reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.addresses.rows import note_addresses
from service.ingest.checks import attributes, identity, times
from service.ingest.checks.moments import Spans, check_times, note_moments
from service.ingest.checks.places import Places, check_places, note_places
from service.ingest.checks.rules import Notes, Rules
from service.ingest.checks.verdicts import Verdicts
from service.ingest.profiles import offences
from service.ingest.profiles.binding import Binding
from service.ingest.readers.rows import RawRows

MAX_ID_BYTES = 1000
"""Longer ids would not fit an entry of the database's index."""

MAX_SOURCE_BYTES = 200

MAX_WORDS_BYTES = 1000
"""Longer names of offences and places are no names: a row does without them."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The rows of a batch, each in one of two tables."""

    incidents: pa.Table
    rejected: pa.Table
    cancelled: pa.Table | None = None
    """Rows that say of an incident that it was none; None: there is none."""
    sought: pa.Table | None = None
    """Those of them that may be stored under another id than theirs, as `incidents` has rows."""

    @property
    def num_rows(self) -> int:
        """How many rows were checked."""
        tables = (self.incidents, self.rejected, self.cancelled)
        return sum(one.num_rows for one in tables if one is not None)


@dataclass(frozen=True, slots=True)
class _Texts:
    """The canonical columns that are text; (n,) each."""

    source: pa.Array
    external_id: pa.Array
    ids: identity.Ids
    offence_code: pa.Array
    offence_name: pa.Array
    location_text: pa.Array
    attributes: pa.Array


def validate(rows: RawRows, binding: Binding, rules: Rules, notes: Notes) -> Checked:
    """Split a batch into incidents and rejected rows.

    A row is rejected for the first reason found, in the order of `verdicts.REASONS`.

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
        coordinates, so that a twin that has them can stand for both; the ids of all others are
        `stated_id` and `former_id`.
    """
    verdicts = Verdicts(rows.table.num_rows)
    texts = _read_texts(rows, binding, rules, notes, verdicts)
    places = check_places(rows, binding, rules, notes, verdicts)
    spans = check_times(rows, binding, rules, notes, verdicts)
    verdicts.reject(
        "missing_offence", np.asarray(texts.offence_code.is_null()), "no offence is given"
    )
    good = verdicts.good()
    note_places(places, good, rows.lines, notes)
    if places.by_address is not None:
        note_addresses(places.by_address, good, rows.lines, notes)
        said = attributes.merged(places.by_address.said(), texts.attributes)
        texts = replace(texts, attributes=said)
    note_moments(rows, spans, good, rules, notes)
    return Checked(
        _incidents(rows, texts, places, spans, good),
        _rejected(rows, binding, texts, verdicts),
    )


def _read_texts(
    rows: RawRows, binding: Binding, rules: Rules, notes: Notes, verdicts: Verdicts
) -> _Texts:
    nothing = pa.nulls(rows.table.num_rows, pa.string())
    source = pa.repeat(pa.scalar(rules.source, pa.string()), rows.table.num_rows)
    stated_source = binding.text(rows, "source")
    if stated_source is not None and not rules.fixed_source:
        source = pc.coalesce(stated_source, source)
    _reject_nested(rows, binding, verdicts)
    ids = identity.stated(rows, binding, rules, notes)
    _reject_long("external_id", ids.stated, MAX_ID_BYTES, verdicts)
    _reject_long("source", source, MAX_SOURCE_BYTES, verdicts)
    code, name = offences.codes(
        binding.text(rows, "offence_code"),
        binding.text(rows, "offence_name"),
        rules.profile.offence,
    )
    if code is not None:
        _reject_long("offence_code", code, MAX_ID_BYTES, verdicts)
    kept = attributes.assembled(rows.table, binding.extra)
    stated = binding.text(rows, "attributes")
    if stated is not None:
        stated, bad = attributes.canonical(stated)
        notes.see("bad_attributes", rows.lines[bad])
        kept = attributes.merged(stated, kept)
    location = binding.text(rows, "location_text")
    named = None if name is None else _without_long(name, rows, notes)
    located = None if location is None else _without_long(location, rows, notes)
    return _Texts(
        source,
        ids.stated,
        ids,
        nothing if code is None else code,
        nothing if named is None else named,
        nothing if located is None else located,
        kept,
    )


def _reject_long(name: str, values: pa.Array, longest: int, verdicts: Verdicts) -> None:
    too_long = pc.fill_null(pc.greater(pc.binary_length(values), longest), False)
    verdicts.reject("malformed_row", np.asarray(too_long), f"{name} is longer than {longest} bytes")


def _without_long(values: pa.Array, rows: RawRows, notes: Notes) -> pa.Array:
    """Return words less those that are too long."""
    if not len(values) or (pc.max(pc.binary_length(values)).as_py() or 0) <= MAX_WORDS_BYTES:
        return values
    too_long = pc.fill_null(pc.greater(pc.binary_length(values), MAX_WORDS_BYTES), False)
    notes.see("long_words", rows.lines[np.asarray(too_long)])
    return pc.if_else(too_long, None, values)


def _reject_nested(rows: RawRows, binding: Binding, verdicts: Verdicts) -> None:
    """Reject rows that have a list or an object where a value is needed."""
    for canonical, names in binding.columns.items():
        if canonical in ("attributes", "longitude", "latitude"):
            continue
        for name in rows.nested.intersection(names):
            verdicts.reject(
                "malformed_row",
                _is_nested(rows, name),
                f"{canonical} is a list or an object, not one value",
            )


def _is_nested(rows: RawRows, name: str) -> np.ndarray:
    if rows.features is None:
        return np.asarray(rows.table.column(name).is_valid())
    values = ((one.get("properties") or {}).get(name) for one in rows.features)
    return np.fromiter((isinstance(one, list | dict) for one in values), bool, len(rows.features))


def _incidents(
    rows: RawRows, texts: _Texts, places: Places, spans: Spans, good: np.ndarray
) -> pa.Table:
    """Return the rows that are good, as the staging table has them."""
    keep = None if good.all() else pa.array(good)

    def kept(values: pa.Array) -> pa.Array:
        return values if keep is None else values.filter(keep)

    longitude, latitude = places.longitude[good], places.latitude[good]
    canonical = {
        "source": kept(texts.source),
        "external_id": kept(texts.external_id),
        "offence_code": kept(texts.offence_code),
        "offence_name": kept(texts.offence_name),
        "occurred_from": pa.array(spans.first[good]),
        "occurred_to": pa.array(spans.last[good]),
        "time_precision": pa.array(times.PRECISIONS).take(pa.array(spans.precision[good])),
        "reported_at": pa.array(spans.reported[good], mask=~spans.has_reported[good]),
        "longitude": pa.array(longitude),
        "latitude": pa.array(latitude),
        "location_text": kept(texts.location_text),
        "attributes": kept(texts.attributes),
    }
    content = identity.content_hashes(canonical)
    former = kept(texts.ids.former)
    if texts.ids.anonymous_before is not None:
        former = identity.as_anonymous(canonical, kept(texts.ids.anonymous_before), former)
    return pa.table(
        {
            "line": pa.array(rows.lines[good]),
            "anonymous": canonical["external_id"].is_null(),
            "number": kept(pc.if_else(texts.ids.numbered, texts.external_id, None)),
            "former": former,
            **canonical,
            "external_id": identity.ids(canonical["external_id"], content),
            "content_hash": pc.binary_join_element_wise("\\x", content, ""),
        }
    )


def _rejected(rows: RawRows, binding: Binding, texts: _Texts, verdicts: Verdicts) -> pa.Table:
    bad = np.flatnonzero(~verdicts.good())
    take = pa.array(bad)
    placeless = pa.array(verdicts.has("missing_coordinates")[bad])
    rest = pa.nulls(len(rows.malformed), pa.string())
    excused = pc.and_(placeless, pc.invert(texts.ids.numbered.take(take)))
    external_id = pc.if_else(excused, texts.external_id.take(take), None)
    if rows.origin is not None:
        verdicts.say_where({row: rows.origin.told(int(rows.lines[row])) for row in bad.tolist()})
    return (
        verdicts.table(rows.lines[bad], rows.raw(bad, binding.named), rows.malformed)
        .append_column("source", pa.concat_arrays([texts.source.take(take), rest]))
        .append_column("external_id", pa.concat_arrays([external_id, rest]))
        .append_column("stated_id", pa.concat_arrays([texts.ids.stated.take(take), rest]))
        .append_column("former_id", pa.concat_arrays([texts.ids.former.take(take), rest]))
    )
