"""A profile for a file that none fits: guessed from the names and values of its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow.compute as pc

from service.ingest.profiles import likely_zones, suggested_times
from service.ingest.profiles.suggested_ids import suggest_id
from service.ingest.profiles.suggested_places import suggest_places
from service.ingest.readers.head import Dialect, FirstRows

# For each canonical column, what sources call it; the earlier the likelier.
_NAMES: dict[str, tuple[str, ...]] = {
    "external_id": (
        "external id", "row id", "unique id", "incident id", "crime id", "offence id",
        "incident number", "case number",
        "crime number", "report number", "incident no", "case no", "crime no", "crime ref",
        "dr no", "cmplnt num", "dc key", "event unique id", "report id", "offense id", "rms id",
        "occurrence id", "occurrence number", "reference", "ref", "urn", "id", "objectid",
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
        "committed from", "date occ", "occ date", "occurrence date", "date of occurrence",
        "incident datetime", "offense start datetime", "offence start datetime", "start datetime",
        "offense start date", "cmplnt fr dt", "dispatch date time", "from date", "start date",
        "datetime", "date time", "dispatch date", "date", "month",
        "when", "time stamp", "timestamp",
    ),
    "occurred_to": (
        "occurred to", "committed to", "to date", "end date", "occurred until", "cmplnt to dt",
        "offense end datetime", "offence end datetime", "end datetime",
    ),
    "reported_at": (
        "reported at", "date reported", "reported on", "report date", "reported date", "reported",
        "recorded", "date recorded", "date rptd", "rpt dt", "report datetime", "reported date time",
    ),
    "offence_name": (
        "offence name", "offence type", "offence", "offense type", "offense", "crime type",
        "primary type", "crime category", "category", "incident type", "classification", "crime",
        "crm cd desc", "ofns desc", "incident category", "mci", "mci category", "offense category",
        "offense sub category", "text general code", "offence group", "offence subgroup",
        "charge", "type", "offence description", "offense description", "crime description",
        "description",
    ),
    "offence_code": ("offence code", "offense code", "crime code", "ho code", "code"),
    "location_text": (
        "location text", "address", "block", "street", "street name", "location", "place", "where",
    ),
}  # fmt: skip
_CLOCK = (
    "time", "time occurred", "occurred time", "incident time", "offence time", "offense time",
    "time of day", "time occ", "occ time", "occurrence time", "occurrence hour", "occurred hour",
    "hour", "time of occurrence", "dispatch time", "crime time", "start time", "from time", "clock",
)  # fmt: skip
_DATE_TO_CLOCK = (("date", "time"), ("date", "hour"), (" dt", " tm"), ("day", "time"))
"""A column named so beside one of the same name but for this holds its clock."""

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
    lacks: list[str] = field(default_factory=list)
    """What a profile needs and could not be told."""


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
    made.written["columns"] = columns
    lacks = [one for one in _NEEDED if one not in columns and one != "external_id"]
    if not any(one in columns for one in _OFFENCE):
        lacks.append("offence_name")
    made.lacks = lacks
    if lacks:
        made.notes.append(f"Say which columns hold {', '.join(lacks)}: their names do not tell.")
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
    tight: dict[str, str] = {}
    for name in first.columns:
        tight.setdefault(_tight(_plain(name)), name)
    taken: set[str] = set()
    for canonical, known in _NAMES.items():
        called = map(_tight, known)
        found = next(
            (tight[one] for one in called if one in tight and tight[one] not in taken), None
        )
        if found is not None and first.texts(found).null_count < len(first.texts(found)):
            taken.add(found)
            yield canonical, found


def _times(first: FirstRows, columns: dict[str, Any], made: Suggestion, *, by_name: bool) -> None:
    if "occurred_from" not in columns:
        return
    rules: dict[str, Any] = {}
    formats: list[str] = []
    place = _middle(first, columns)
    for canonical in ("occurred_from", "occurred_to", "reported_at"):
        if canonical not in columns:
            continue
        matched = columns[canonical]
        name, *rest = [matched] if isinstance(matched, str) else matched
        # What was matched by hand stays as it is: a clock beside it is not added unasked.
        asked = canonical != "reported_at" and (rest or by_name)
        clock = _clock_beside(first, columns, name, rest) if asked else None
        others = [first.texts(one) for one in _dates(columns) if one != name]
        values = first.texts(name)
        if rest and clock is None:  # year and month, say
            texts = [first.texts(one) for one in (name, *rest)]
            values = pc.binary_join_element_wise(*texts, " ")
        told = suggested_times.told(name, values, clock, others, place)
        columns[canonical] = matched if rest else told.column
        formats += told.formats
        if canonical == "occurred_from":
            rules = told.rules
            made.notes += told.notes
            if asked and clock is None and not rest:
                made.notes += _passed_over(first, columns, name)
            if told.zone is not None:
                made.written["time_zone"] = told.zone
    made.written["time"] = {"formats": list(dict.fromkeys(formats)) or ["iso"], **rules}
    if "time_zone" not in made.written:
        zone = "Europe/London" if place is None else likely_zones.nearest(place)[0]
        made.notes.append(
            "Say on which clock the times are that are written without an offset, such as "
            f'time_zone = "{zone}"{", the nearest" if place is not None else ""}: without it they '
            "count as UTC."
        )


def _dates(columns: Mapping[str, Any]) -> list[str]:
    names = (columns.get(one) for one in ("occurred_from", "occurred_to", "reported_at"))
    return [one if isinstance(one, str) else one[0] for one in names if one]


def _middle(first: FirstRows, columns: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return about where the incidents lie, where their columns are degrees."""
    if first.has_points:
        x, y = (
            np.concatenate([getattr(rows.points, axis) for rows in first.batches if rows.points])
            for axis in "xy"
        )
    elif all(isinstance(columns.get(one), str) for one in ("longitude", "latitude")):
        x, y = (_numbers(first, columns[one]) for one in ("longitude", "latitude"))
    else:
        return None
    known = (np.abs(x) <= 180) & (np.abs(y) <= 90) & ~((x == 0) & (y == 0))
    if not known.any():
        return None
    return float(np.median(x[known])), float(np.median(y[known]))


def _clock_beside(
    first: FirstRows, columns: Mapping[str, Any], date: str, matched: Sequence[str]
) -> suggested_times.Clock | None:
    """Return the column of clock times beside a day."""
    for name in matched or _called_clocks(first, columns, date):
        values = first.texts(name)
        form = suggested_times.clock_form(values, of_hours="hour" in name.lower())
        if form is not None:
            return suggested_times.Clock(name, values, form)
    return None


def _called_clocks(first: FirstRows, columns: Mapping[str, Any], date: str) -> list[str]:
    """Return the columns that are called as clock times beside a certain date would be."""
    taken = {one for one in columns.values() if isinstance(one, str)}
    return [one for one in first.columns if one not in taken and _is_clock(one, date)]


def _passed_over(first: FirstRows, columns: Mapping[str, Any], date: str) -> list[str]:
    """Tell columns that are called clocks and whose values are none that can be read."""
    return [
        f"{name!r} is called like the clock beside {date!r}, but too few of its values can be read "
        "as times of day: only the days were taken."
        for name in _called_clocks(first, columns, date)
        if len(first.texts(name).drop_null())
    ]


def _is_clock(name: str, date: str) -> bool:
    """Tell whether a column is called as the clock times beside a certain date would be."""
    plain, day = _plain(name), _plain(date)
    like_it = {day.replace(old, new) for old, new in _DATE_TO_CLOCK if old in day and day != old}
    of_the_end = any(one in day.split() for one in ("to", "end", "until"))
    return plain in like_it or (not of_the_end and _tight(plain) in map(_tight, _CLOCK))


def _numbers(first: FirstRows, name: str) -> np.ndarray:
    import pandas as pd

    texts = first.texts(name).to_pandas().astype(object)
    return np.asarray(pd.to_numeric(texts, errors="coerce"), dtype=np.float64)


def _plain(name: str) -> str:
    return _NOT_WORD.sub(" ", _CAMEL.sub(" ", name)).strip().lower()


def _tight(plain: str) -> str:
    """Return a name without its spaces: occurrencedate is written so, too."""
    return plain.replace(" ", "")
