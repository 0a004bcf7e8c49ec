"""What a report says besides its counts: things that were read as written, but look odd."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from service.ingest.checks.lines import Origins
from service.ingest.checks.rules import Notes, Rules, Seen
from service.ingest.checks.spread import Spread, degree
from service.ingest.checks.warned import Warned, number_of
from service.ingest.merging.merged import Merged
from service.ingest.readers.rows import Reader
from spatial import default_times

_DEGREES_PER_HOUR = 15
_NEAR_DEGREES = 3
_FAR_DEGREES = 15
_SUN_HOURS = 3  # no zone's winter clock is further from its sun


_NOT_PLACED = "{rows} without coordinates were not placed by their address"
SAID: dict[str, str] = {
    "placed_address": "{rows} without coordinates were placed by {placer}, at their number",
    "placed_crossing": "{rows} without coordinates were placed by {placer}, at their crossing",
    "placed_block": "{rows} without coordinates were placed by {placer}, in the middle of their "
    "block",
    "placed_street": "{rows} without coordinates were placed by {placer}, in the middle of their "
    "street: they need not have happened near there",
    "placed_loosely": "{rows} placed so leave out a part of the street's name that only one street "
    "has: {examples}",
    "address_several": _NOT_PLACED + ", since it may be in several places: {examples}",
    "address_unknown": _NOT_PLACED + ", which {placer} does not know: {examples}",
    "address_street_alone": _NOT_PLACED + ", since that is a street and no more: ask for it if the "
    "middle of a street will do",
    "ambiguous_dates": "{rows} with dates that two formats of the profile fit in different ways "
    "({lines}: {examples}): the first format was taken; leave one of the two in the profile",
    "other_order": "{rows} rejected for a time that cannot be read would fit with day and month "
    "the other way round ({lines}): are day and month of the others read the right way round?",
    "unread_clock": "{rows} with a time of day that no clock shows ({lines}: {examples}): the date "
    "was kept, and how well it is known is the day",
    "two_clocks": "{rows} with a time of day in the column of the date and another one beside it "
    "({lines}: {examples}): the date was kept, and how well it is known is the day",
    "bad_occurred_to": "{rows} kept without an occurred_to that cannot be read, lies before "
    "occurred_from or in the future ({lines}: {examples})",
    "bad_reported_at": "{rows} kept without a reported_at that cannot be read, lies more than "
    "a day before the incident or in the future ({lines}: {examples})",
    "bad_time_precision": "{rows} kept without a time_precision that is none of exact, hour, "
    "day and month ({lines}: {examples})",
    "bad_attributes": "{rows} kept without attributes that are not a JSON object ({lines})",
    "long_words": "{rows} kept without an offence_name or a location_text of more than 1,000 bytes "
    "({lines})",
    "default_dates": "{rows} with a date that software writes where it has none, such as "
    "1970-01-01 ({lines}): say the earliest day that incidents can be of in the "
    "profile (time.earliest), and they are rejected",
    "swapped_outside": "{rows} rejected as outside the area of the coordinate system would be "
    "inside with longitude and latitude (x and y) swapped: check the columns of the profile",
    "degrees_for_metres": "{rows} in degrees, where the profile's reference system is in metres, "
    "rejected: if all of the file is in degrees, that is the profile's coordinate system "
    '(crs = "EPSG:4326")',
    "metres_for_degrees": "{rows} in metres, it seems, where the profile's reference system is in "
    "degrees, rejected: say in the profile which coordinate system it is (such as crs = "
    '"EPSG:27700")',
    "odd_numbers": "{rows} with a coordinate that is written in another way than the others of its "
    "column, such as 530123,55 among 530,123 ({lines}): it was read as it stands, look whether it "
    "is right",
    "plain_degrees": "{rows} taken as degrees, as GeoJSON has them that names no reference system: "
    "the profile's was not used for them",
    "ruined_ids": "{rows} with an id of which a spreadsheet left a few digits, such as {examples}, "
    "taken as rows without an id. Format the column as text in the spreadsheet, or get the file "
    "from its source",
    "unsure_ids": "{rows} with an id that is larger than a column of decimal numbers holds, such "
    "as {examples}: its last digits may be others. Write ids as text, or as integers",
}
"""What the warnings of `Notes.seen` say; {rows}, {lines}, {examples} and {zone} are filled in."""


def collected(
    reader: Reader, notes: Notes, rules: Rules, merged: Merged, read: int
) -> list[Warned]:
    """Return the warnings of a batch."""
    found = [Warned.of(one) for one in reader.warnings]
    if read and not merged.accepted + merged.updated + merged.duplicate:
        none = (
            "the only row was not accepted"
            if read == 1
            else f"none of the {read:,} rows was accepted"
        )
        message = f"{none}: is this the right profile?"
        found.append(Warned(code="none_accepted", message=message, rows=read))
    found += _clock_changes(notes, rules)
    at = notes.origins
    found += [_said(code, seen, rules, at) for code, seen in notes.seen.items()]
    if merged.repeats is not None:
        found += merged.repeats.warnings(rules.profile.one_per, at)
    if merged.lesser is not None:
        found += merged.lesser.warnings(at)
    found += [*_midnights(notes, rules), *_default_times(notes), *_said_defaults(notes, rules)]
    if merged.lessened:
        message = (
            f"{number_of(merged.lessened, 'incident was', 'incidents were')} stored with columns "
            "that this profile does not keep, which are gone from now on: to keep columns, name "
            "them in the profile as columns to keep (attributes) and read the files again"
        )
        found.append(Warned(code="columns_dropped", message=message, rows=merged.lessened))
    if merged.unsure_cancelled:
        found.append(_not_cancelled(merged.unsure_cancelled))
    if merged.stay:
        found.append(_not_replaced(merged))
    rejected = rules.profile.place.reject_strays
    found += notes.spread.warnings(notes.strays, at, rejected=rejected)
    swapped = _looks_swapped(_by_degree(notes.spread), rules)
    return found + [Warned(code="swapped_places", message=one) for one in swapped]


def _not_cancelled(many: int) -> Warned:
    which = number_of(many, "row that cancels an incident", "rows that cancel incidents")
    message = (
        f"{which} cannot be read, and several incidents have the same number: none was taken away "
        f"for {'it' if many == 1 else 'them'}"
    )
    return Warned(code="not_cancelled", message=message, rows=many)


def _not_replaced(merged: Merged) -> Warned:
    message = (
        f"of {number_of(merged.unknown, 'rejected row')} it is not known what was meant, since no "
        f"id could be read: {number_of(merged.stay, 'incident')} of the replaced days that the "
        f"file has not, and that may be meant, {'was' if merged.stay == 1 else 'were'} not "
        "removed. Mend the rows and send the file again"
    )
    return Warned(code="not_replaced", message=message, rows=merged.unknown)


def _said(code: str, seen: Seen, rules: Rules, at: Origins) -> Warned:
    """Return a warning about rows, with the lines of the first of them."""
    message = SAID[code].format(
        rows=f"{seen.rows:,} row{'s' * (seen.rows != 1)}",
        lines=at.lines(seen.lines, of=seen.rows),
        examples=", ".join(map(repr, seen.examples)),
        zone=rules.time_zone,
        placer=rules.placer.named if rules.placer is not None else "",
    )
    return Warned(code=code, message=message, rows=seen.rows, lines=tuple(seen.lines))


def _clock_changes(notes: Notes, rules: Rules) -> list[Warned]:
    twice = (
        f"{number_of(notes.ambiguous_times, 'time falls', 'times fall')} in the hour that clocks "
        f"in {rules.time_zone} show twice: the first was taken"
    )
    never = (
        f"{number_of(notes.skipped_times, 'time falls', 'times fall')} in the hour that clocks "
        f"in {rules.time_zone} skip: the first instant after it was taken"
    )
    told = (
        ("ambiguous_clock", twice, notes.ambiguous_times),
        ("skipped_clock", never, notes.skipped_times),
    )
    return [Warned(code=code, message=said, rows=rows) for code, said, rows in told if rows]


def _midnights(notes: Notes, rules: Rules) -> list[Warned]:
    """Tell columns whose every time is midnight."""
    found = []
    for name, seen in notes.midnights.items():
        if not seen.always or seen.rows < 2:
            continue
        zone = rules.time_zone if seen.local else "UTC"
        message = f"all {seen.rows:,} times of {name} are midnight in {zone}: " + (
            "they were taken as days"
            if seen.taken
            else "if they are days, say in the profile that times are known to the day "
            "(time.precision)"
        )
        found.append(Warned(code="always_midnight", message=message, rows=seen.rows, share=1.0))
    return found


def _said_defaults(notes: Notes, rules: Rules) -> list[Warned]:
    """Tell how many rows have a clock time that the profile says is a default."""
    rows = notes.said_defaults
    if not rows:
        return []
    share = rows / (rows + int(notes.clocks.sum()))
    clocks = " or ".join(rules.profile.time.default_clocks)
    message = (
        f"{number_of(rows, 'time')} ({share:.0%} of those with a clock) "
        f"{'is' if rows == 1 else 'are'} {clocks} and known to the day, as "
        "the profile says (time.default_clocks)"
    )
    return [Warned(code="default_clocks", message=message, rows=rows, share=share)]


def _default_times(notes: Notes) -> list[Warned]:
    """Tell clock times that far more rows have than others like them."""
    every = default_times.of_counts(notes.clocks)
    if not every or notes.midnights["occurred_from"].always:
        return []
    rows, share = sum(one.rows for one in every), sum(one.share for one in every)
    clocks = " and ".join(one.clock for one in every)
    listed = ", ".join(f'"{one.clock}"' for one in every)
    message = (
        f"{rows:,} times ({share:.0%} of those known to the minute) are {clocks}, far more than "
        "at other times like these: they seem to stand for an unknown time, and no peak hour is "
        f"told from them. Days are made of them where the profile says that they stand for an "
        f"unknown time (time.default_clocks = [{listed}])"
    )
    return [Warned(code="default_times", message=message, rows=rows, share=share)]


def _by_degree(spread: Spread) -> Counter[tuple[int, int]]:
    degrees: Counter[tuple[int, int]] = Counter()
    for code, cell in spread.cells.items():
        degrees[degree(code)] += cell.rows
    return degrees


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
        f"{number_of(swapped, 'incident lies', 'incidents lie')} near longitude {north}, latitude "
        f"{east}, the others near longitude {east}, latitude {north}: their coordinates "
        "may be swapped"
    ]


def _against_the_sun(longitude: float, zone: str) -> bool:
    offset = datetime(2020, 1, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None, "a zone has an offset"
    hours = abs(longitude / _DEGREES_PER_HOUR - offset.total_seconds() / 3600)
    return min(hours, 24 - hours) > _SUN_HOURS


def _distance(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))
