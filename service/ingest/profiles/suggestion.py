"""A profile for a file that none fits: guessed from the names and values of its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from service.ingest.checks import times
from service.ingest.profiles.suggested_ids import suggest_id
from service.ingest.profiles.suggested_places import suggest_places
from service.ingest.readers.head import Dialect, FirstRows

# For each canonical column, what sources call it; the earlier the likelier.
_NAMES: dict[str, tuple[str, ...]] = {
    "external_id": (
        "external id", "row id", "unique id", "incident id", "crime id", "offence id",
        "incident number", "case number",
        "crime number", "report number", "incident no", "case no", "crime no", "crime ref",
        "reference", "urn", "id", "objectid",
    ),
    "longitude": (
        "longitude", "long", "lon", "lng", "easting", "eastings", "east", "x coordinate", "x coord",
        "geo x", "point x", "coord x", "x",
    ),
    "latitude": (
        "latitude", "lat", "northing", "northings", "north", "y coordinate", "y coord", "geo y",
        "point y", "coord y", "y",
    ),
    "occurred_from": (
        "occurred from", "date time occurred", "occurred on", "occurred at", "date occurred",
        "occurred", "incident date", "offence date", "offense date", "crime date",
        "committed from", "from date", "start date", "datetime", "date time", "date", "month",
        "when", "time stamp", "timestamp",
    ),
    "occurred_to": (
        "occurred to", "committed to", "to date", "end date", "occurred until",
    ),
    "reported_at": (
        "reported at", "date reported", "reported on", "report date", "reported date", "reported",
        "recorded", "date recorded",
    ),
    "offence_name": (
        "offence name", "offence type", "offence", "offense type", "offense", "crime type",
        "primary type", "crime category", "category", "incident type", "classification", "crime",
        "charge", "type", "offence description", "description",
    ),
    "offence_code": ("offence code", "offense code", "crime code", "ho code", "code"),
    "location_text": (
        "location text", "address", "block", "street", "street name", "location", "place", "where",
    ),
}  # fmt: skip
_CLOCK = ("time", "time occurred", "occurred time", "incident time", "offence time", "time of day")

_FORMATS = (
    "iso",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%d/%m/%Y", "%m/%d/%Y",
    "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y", "%d-%m-%Y %H:%M", "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d",
    "%d %b %Y %H:%M", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %Y", "%B %Y",
    "%m/%Y", "%Y%m%d", "%Y%m", "%d/%m/%y %H:%M", "%d/%m/%y", "%m/%d/%y %H:%M", "%m/%d/%y",
)  # fmt: skip
_CLOCK_FORMATS = ("%H:%M", "%H:%M:%S", "%H%M", "%I:%M %p", "%I:%M:%S %p")

# Without its ids a file would be stored twice when it is sent twice: they may not be missing.
_NEEDED = ("longitude", "latitude", "occurred_from", "external_id")
_OFFENCE = ("offence_name", "offence_code")

_NOT_WORD = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(slots=True)
class Suggestion:
    """The keys of a profile, as far as they can be told, and what to look at."""

    written: dict[str, Any]
    notes: list[str] = field(default_factory=list)


def suggested(
    first: FirstRows, dialect: Dialect, matched: Mapping[str, Any] | None = None
) -> Suggestion:
    """Guess the profile of a file.

    Parameters
    ----------
    first
        Its first rows.
    dialect
        How they are written.
    matched
        Columns that somebody matched already, canonical to the file's; names are guessed else.

    Returns
    -------
    Suggestion
        Its columns may be too few for a profile: what cannot be told is left to the reader.
    """
    made = Suggestion({"encoding": dialect.encoding, "delimiter": dialect.delimiter})
    columns = dict(_by_name(first)) if matched is None else _of_file(matched, first)
    plain = {name: _plain(name) for name in first.columns}
    if not first.has_points:
        suggest_places(first, plain, columns, made.written, made.notes)
    else:
        columns |= {"longitude": "longitude", "latitude": "latitude"}
    _times(first, columns, made, by_name=matched is None)
    ids = [columns["external_id"]] if "external_id" in columns else []
    if matched is None:
        ids = [name for one in _NAMES["external_id"] for name, as_ in plain.items() if as_ == one]
    suggest_id(first, ids, plain, columns, made.written, made.notes)
    if "occurred_from" in columns:
        made.notes.append(
            "Say on which clock the times are that are written without an offset, such as "
            'time_zone = "Europe/London": without it they count as UTC.'
        )
    made.written["columns"] = columns
    needed = {*_NEEDED, next((one for one in _OFFENCE if one in columns), None)}
    made.written["optional"] = [one for one in columns if one not in needed]
    return made


def _of_file(matched: Mapping[str, Any], first: FirstRows) -> dict[str, Any]:
    """Return those matches that the file has the columns of."""
    found = {}
    for canonical, source in matched.items():
        several = [source] if isinstance(source, str) else source
        if isinstance(several, list) and several and all(one in first.columns for one in several):
            found[canonical] = several[0] if len(several) == 1 else several
    return found


def _by_name(first: FirstRows) -> Iterator[tuple[str, Any]]:
    plain: dict[str, str] = {}
    for name in first.columns:
        plain.setdefault(_plain(name), name)
    taken: set[str] = set()
    for canonical, known in _NAMES.items():
        found = next(
            (plain[one] for one in known if one in plain and plain[one] not in taken), None
        )
        if found is not None and first.texts(found).null_count < len(first.texts(found)):
            taken.add(found)
            yield canonical, found


def _times(first: FirstRows, columns: dict[str, Any], made: Suggestion, *, by_name: bool) -> None:
    if "occurred_from" not in columns:
        return
    formats = ["iso"]
    matched = columns["occurred_from"]
    name, *rest = [matched] if isinstance(matched, str) else matched
    found = _formats(first.texts(name), _FORMATS)
    clock = _clock_beside(first, columns, rest)
    # What was matched by hand stays as it is: a clock beside it is not added unasked.
    if (
        found
        and clock is not None
        and (rest or by_name)
        and not _has_time(first.texts(name), found[0])
    ):
        column, written = clock
        columns["occurred_from"] = [name, column]
        day = "%Y-%m-%d" if found[0] == "iso" else found[0]
        found = [f"{day} {written}", *found]
    if found:
        formats = [found[0]]
        # Ends and reports are often written otherwise.
        for other in ("occurred_to", "reported_at"):
            if isinstance(columns.get(other), str):
                formats += _formats(first.texts(columns[other]), _FORMATS)[:1]
        _note_order_of_day_and_month(found, made)
    else:
        made.notes.append(f"How the times in {name!r} are written could not be told: choose it.")
    made.written["time"] = {"formats": list(dict.fromkeys(formats))}


def _note_order_of_day_and_month(found: Sequence[str], made: Suggestion) -> None:
    other = found[0].replace("%d", "%0").replace("%m", "%d").replace("%0", "%m")
    if other != found[0] and other in found:
        made.notes.append(
            f"Day and month cannot be told apart in these rows: {found[0]} was taken, "
            f"{other} would fit too."
        )


def _formats(values: pa.Array, candidates: Sequence[str]) -> list[str]:
    """Return the formats that fit the most values, in the order of the candidates."""
    written = len(values) - values.null_count
    fits = {one: written - int(times.read(values, (one,)).invalid.sum()) for one in candidates}
    most = max(fits.values(), default=0)
    return [one for one in candidates if fits[one] == most] if 2 * most > written else []


def _has_time(values: pa.Array, form: str) -> bool:
    read = times.read(values, (form,))
    known = ~(read.missing | read.invalid)
    return bool(np.isin(read.precision[known], (times.EXACT, times.HOUR)).any())


def _clock_beside(
    first: FirstRows, columns: dict[str, Any], matched: Sequence[str]
) -> tuple[str, str] | None:
    """Return the column of clock times beside a day, and how it is written."""
    import pandas as pd

    taken = {one for one in columns.values() if isinstance(one, str)}
    free = [one for one in first.columns if one not in taken and _plain(one) in _CLOCK]
    for name in matched or free:
        values = first.texts(name).drop_null().to_pylist()
        for one in _CLOCK_FORMATS:
            read = pd.to_datetime(pd.Series(values, dtype=object), format=one, errors="coerce")
            if len(values) and read.notna().mean() > 0.5:
                return name, one
    return None


def _plain(name: str) -> str:
    return _NOT_WORD.sub(" ", _CAMEL.sub(" ", name)).strip().lower()
