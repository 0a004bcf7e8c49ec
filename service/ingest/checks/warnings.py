"""What a report says besides its counts: things that were read as written, but look odd."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from service.ingest.checks.rules import Notes, Rules, Seen
from service.ingest.checks.warned import Warned
from service.ingest.merge import Merged
from service.ingest.readers.rows import Reader

_DEGREES_PER_HOUR = 15
_NEAR_DEGREES = 3
_FAR_DEGREES = 15
_SUN_HOURS = 3  # no zone's winter clock is further from its sun


SAID: dict[str, str] = {
    "swapped_outside": "{rows} rejected as outside_crs_bounds would be inside with longitude and "
    "latitude (x and y) swapped: check the columns of the profile",
    "ruined_ids": "{rows} have an id of which a spreadsheet left a few digits, such as {examples}: "
    "they were taken as rows without an id. Format the column as text in the spreadsheet, or get "
    "the file from its source",
    "unsure_ids": "{rows} have an id that is larger than a column of decimal numbers holds, such "
    "as {examples}: its last digits may be others. Write ids as text, or as integers",
}
"""What the warnings of `Notes.seen` say; {rows}, {lines}, {examples} and {zone} are filled in."""


def collected(
    reader: Reader, notes: Notes, rules: Rules, merged: Merged, read: int
) -> list[Warned]:
    """Return the warnings of a batch."""
    found = [Warned.of(one) for one in reader.warnings]
    if read and not merged.accepted + merged.updated + merged.duplicate:
        message = f"none of the {read:,} rows was accepted: is this the right profile?"
        found.append(Warned(code="none_accepted", message=message, rows=read))
    found += _clock_changes(notes, rules)
    found += [_said(code, seen, rules) for code, seen in notes.seen.items()]
    if merged.repeats is not None:
        found += merged.repeats.warnings(rules.profile.one_per)
    if merged.lessened:
        message = (
            f"{merged.lessened:,} incidents were stored with columns that this profile does not "
            "keep, and do without them now: to keep columns, name them in the profile's attributes "
            "and read the files again"
        )
        found.append(Warned(code="columns_dropped", message=message, rows=merged.lessened))
    swapped = _looks_swapped(notes.degrees, rules)
    return found + [Warned(code="swapped_places", message=one) for one in swapped]


def _said(code: str, seen: Seen, rules: Rules) -> Warned:
    """Return a warning about rows, with the lines of the first of them."""
    lines = ", ".join(map(str, seen.lines)) + (", ..." if seen.rows > len(seen.lines) else "")
    message = SAID[code].format(
        rows=f"{seen.rows:,} row{'s' * (seen.rows != 1)}",
        lines=f"line{'s' * (seen.rows != 1)} {lines}",
        examples=", ".join(map(repr, seen.examples)),
        zone=rules.time_zone,
    )
    return Warned(code=code, message=message, rows=seen.rows, lines=tuple(seen.lines))


def _clock_changes(notes: Notes, rules: Rules) -> list[Warned]:
    twice = (
        f"{notes.ambiguous_times:,} times fall in the hour that clocks in {rules.time_zone} "
        "show twice: the first was taken"
    )
    never = (
        f"{notes.skipped_times:,} times fall in the hour that clocks in {rules.time_zone} "
        "skip: the first instant after it was taken"
    )
    told = (
        ("ambiguous_clock", twice, notes.ambiguous_times),
        ("skipped_clock", never, notes.skipped_times),
    )
    return [Warned(code=code, message=said, rows=rows) for code, said, rows in told if rows]


def _looks_swapped(degrees: Counter[tuple[int, int]], rules: Rules) -> list[str]:
    """Tell incidents whose coordinates fit better the other way round."""
    if not degrees:
        return []
    (east, north), _ = degrees.most_common(1)[0]
    zone = rules.profile.time_zone
    if zone is not None and _against_the_sun(east, zone) and not _against_the_sun(north, zone):
        return [
            f"most incidents lie near longitude {east}, latitude {north}, which does not fit the "
            f"time zone {zone}; swapped they would: check the columns of the profile"
        ]
    if _distance((east, north), (north, east)) < _FAR_DEGREES:
        return []
    swapped = sum(
        count
        for place, count in degrees.items()
        if _distance(place, (north, east)) <= _NEAR_DEGREES
    )
    if not swapped:
        return []
    return [
        f"{swapped:,} incidents lie near longitude {north}, latitude {east}, the others near "
        f"longitude {east}, latitude {north}: their coordinates may be swapped"
    ]


def _against_the_sun(longitude: float, zone: str) -> bool:
    offset = datetime(2020, 1, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None, "a zone has an offset"
    hours = abs(longitude / _DEGREES_PER_HOUR - offset.total_seconds() / 3600)
    return min(hours, 24 - hours) > _SUN_HOURS


def _distance(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))
