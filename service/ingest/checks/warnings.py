"""What a report says besides its counts: things that were read as written, but look odd."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from service.ingest.checks.rules import Notes, Rules
from service.ingest.merge import Merged
from service.ingest.readers.rows import Reader

_DEGREES_PER_HOUR = 15
_NEAR_DEGREES = 3
_FAR_DEGREES = 15
_SUN_HOURS = 3  # no zone's winter clock is further from its sun


def collected(reader: Reader, notes: Notes, rules: Rules, merged: Merged, read: int) -> list[str]:
    """Return the warnings of a batch, in sentences."""
    found = list(reader.warnings)
    if read and not merged.accepted + merged.updated + merged.duplicate:
        found.append(f"none of the {read:,} rows was accepted: is this the right profile?")
    if notes.ambiguous_times:
        found.append(
            f"{notes.ambiguous_times:,} times fall in the hour that clocks in {rules.time_zone} "
            "show twice: the first was taken"
        )
    if notes.skipped_times:
        found.append(
            f"{notes.skipped_times:,} times fall in the hour that clocks in {rules.time_zone} "
            "skip: the first instant after it was taken"
        )
    if notes.swapped_outside:
        found.append(
            f"{notes.swapped_outside:,} rows rejected as outside_crs_bounds would be inside with "
            "longitude and latitude (x and y) swapped: check the columns of the profile"
        )
    if merged.lessened:
        found.append(
            f"{merged.lessened:,} incidents were stored with columns that this profile does not "
            "keep, and do without them now: to keep columns, name them in the profile's attributes "
            "and read the files again"
        )
    return found + _looks_swapped(notes.degrees, rules)


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
