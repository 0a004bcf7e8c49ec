"""A date and a clock, in two columns or in one text, read each by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.checks import clocks, numbered, zones
from service.ingest.checks.local import to_local
from service.ingest.checks.patterns import Pattern, pattern, strictly
from service.ingest.checks.written import DAY, DAY_US, EXACT, HOUR, MONTH, Written

_NO_DATE = np.iinfo(np.int64).min
_IN_UTC = r"(?:[Zz]|\b(?:UTC|UT|GMT)|[+-]00?(?::?00)?)(?: \d{4})?$"


def in_columns(dates: pa.Array, times: pa.Array, forms: Sequence[str], zone: str) -> Written:
    """Read dates and the clocks beside them.

    Without a clock, or beside one that none shows (`no_clock`), the date is a day. A date that
    carries midnight, also one that is written in UTC, is that day, but not where the clock beside
    it is what the zone's clocks showed then; one that carries another clock than the one beside it
    is a day, too (`two_clocks`).

    Parameters
    ----------
    dates, times
        Trimmed text of two columns, null where there is nothing.
    forms
        The formats of a profile: of the first that fits the date and reads the clock; each may be
        of both, or of the date alone.
    zone
        On whose clock they are.
    """
    found = Written.nothing(len(dates))
    for form in forms:
        rows = np.flatnonzero((found.invalid | found.no_clock) & np.asarray(dates.is_valid()))
        if not len(rows):
            break
        at = pa.array(rows)
        read = _combined(dates.take(at), times.take(at), pattern(form), zone)
        known = read.no_clock & ~found.invalid[rows]
        read.invalid[known] = True  # as it was: a day
        found.put(rows, read)
    missing = np.asarray(dates.is_null())
    found.missing[:] = missing
    found.invalid[missing] = False
    return found


def in_one(values: pa.Array, by: Pattern, zone: str) -> Written:
    """Read times whose date is written as a format says and whose clock is somehow written.

    Without leading zeros, as 24:00, or with a zone behind it. Both must be readable.
    """
    if by.form in numbered.FORMS:
        return Written.nothing(len(values))
    distinct = values.dictionary_encode()
    texts, names = zones.split(distinct.dictionary)
    found = Written.nothing(len(texts))
    if by.date is not None:
        named = re.search("%[bBaA]", by.date)
        word = r"\S+" if named else r"[^\sTt]+"
        date = r"\d{4}-\d\d-\d\d" if by.form == "iso" else word
        date += r" +\S+" * (by.words_of_date - 1)
        between = r",? +" if named else r"(?:[Tt]|,? +)"
        parts = pc.extract_regex(texts, f"^(?P<date>{date}){between}(?P<clock>.+)$")
        dates, times = pc.struct_field(parts, "date"), pc.struct_field(parts, "clock")
        rows = np.flatnonzero(np.asarray(pc.is_valid(parts)))
        if len(rows):
            at = pa.array(rows)
            read = _combined(dates.take(at), times.take(at), by, zone)
            read.invalid[read.no_clock] = True
            found.put(rows, read)
    rows = np.flatnonzero(found.invalid)
    found.put(rows, strictly(_in_full(texts.take(pa.array(rows)), by), by))
    _by_offset(found, names, zone)
    return found.take(np.asarray(distinct.indices.fill_null(0)))


def _in_full(texts: pa.Array, by: Pattern) -> pa.Array:
    """Return numbers that stand for digits as their digits: 20200301.0, 1032020."""
    if by.widths is None:
        return texts
    digits = pc.replace_substring_regex(texts, r"^(\d+)\.0*$", r"\1")
    short = pc.replace_substring_regex(digits, r"^(\d{7})$", r"0\1")
    return short if by.form in ("%d%m%Y", "%m%d%Y") else digits


def _combined(dates: pa.Array, times: pa.Array, by: Pattern, zone: str) -> Written:
    days = dates.dictionary_encode()
    different, moments = _days(days.dictionary, by, zone)
    which = np.asarray(days.indices)
    found, moments = different.take(which), moments[which]
    own = found.us % DAY_US
    found.us[:] -= own
    spoken = times.dictionary_encode()
    if not len(spoken.dictionary):
        return _without_clock(found, own)
    texts, names = zones.split(spoken.dictionary)
    read = clocks.read(texts.to_pylist(), by.clock)
    dated = _dated(texts, read, by, zone)
    at = np.asarray(spoken.indices.fill_null(0))
    given = np.asarray(times.is_valid()) & (found.precision != MONTH)
    own_day = moments - moments % DAY_US
    same = given & (moments != _NO_DATE) & ~read.unread[at] & (moments % DAY_US == read.us[at])
    same &= np.asarray(names.is_null())[at] & ((dated[at] == _NO_DATE) | (dated[at] == own_day))
    found.us[same] = own_day[same]
    unread = given & (read.unread[at] | ((dated[at] != _NO_DATE) & (dated[at] != found.us)))
    two = given & ~unread & (own != 0) & (own != read.us[at])
    good = given & ~unread & ~two
    found.us[good] += read.us[at][good]
    found.precision[:] = np.where(
        found.precision == MONTH, MONTH, np.where(good, read.precision[at], DAY)
    )
    alone = (own != 0) & ~good & ~two & (found.precision != MONTH)
    found.us[alone] += own[alone]
    found.precision[alone] = EXACT
    found.no_clock[:], found.two_clocks[:] = unread & ~alone, two
    _by_offset(found, names.take(pa.array(at)), zone, good)
    return found


def _dated(texts: pa.Array, read: clocks.Clocks, by: Pattern, zone: str) -> np.ndarray:
    """Read clocks that are written with a date, and return their dates; of the others `_NO_DATE`.

    They count beside the same date only.
    """
    dates = np.full(len(texts), _NO_DATE, dtype=np.int64)
    rows = np.flatnonzero(read.unread)
    if not len(rows):
        return dates
    left = texts.take(pa.array(rows))
    for form in dict.fromkeys((by.date or "iso", "iso")):
        whole = in_one(left, pattern(form), zone)
        fits = rows[~whole.invalid & ~whole.aware & (whole.precision <= HOUR)]
        us = whole.us[np.isin(rows, fits)]
        read.us[fits], read.unread[fits] = us % DAY_US, False
        dates[fits] = us - us % DAY_US
    return dates


def _without_clock(found: Written, own: np.ndarray) -> Written:
    found.us[:] += own
    found.precision[:] = np.where(
        found.precision == MONTH, MONTH, np.where(own == 0, DAY, found.precision)
    )
    return found


def _days(texts: pa.Array, by: Pattern, zone: str) -> tuple[Written, np.ndarray]:
    """Read different dates, whatever clock they carry, as local times.

    Also returned is the local time of those that are midnight in UTC and were taken as that date,
    of the others `_NO_DATE`.
    """
    found = Written.nothing(len(texts))
    moments = np.full(len(texts), _NO_DATE, dtype=np.int64)
    if by.date is None:
        return found, moments
    date = pattern(by.date)
    found.put(found.invalid, strictly(texts, date))
    for more in (by, date):
        if found.invalid.any() and more.form not in numbered.FORMS:
            rows = np.flatnonzero(found.invalid)
            left = texts.take(pa.array(rows))
            found.put(rows, strictly(left, more))
            rows = np.flatnonzero(found.invalid)
            if len(rows):
                found.put(rows, in_one(texts.take(pa.array(rows)), more, zone))
    aware = found.aware & ~found.invalid
    if aware.any():
        instants = found.us[aware]
        local = to_local(instants, zone)
        # Midnight in UTC that is none here is how software writes a date: it is that date. Written
        # with another offset it is a moment.
        in_utc = np.asarray(pc.match_substring_regex(texts, _IN_UTC))[aware]
        if date.form in numbered.FORMS:
            in_utc[:] = True
        dates = (local % DAY_US != 0) & (instants % DAY_US == 0) & in_utc
        found.us[aware] = np.where(dates, instants, local)
        moments[aware] = np.where(dates, local, _NO_DATE)
        found.aware[aware] = False
    return found, moments


def _by_offset(found: Written, names: pa.Array, zone: str, rows: np.ndarray | None = None) -> None:
    """Bring times with a zone behind them to UTC; those of an unknown zone are not read."""
    named = np.asarray(names.is_valid()) & ~found.invalid
    named &= found.precision <= HOUR if rows is None else rows
    if not named.any():
        return
    coded = names.dictionary_encode()
    ahead = zones.offsets(coded.dictionary.to_pylist(), zone)[
        np.asarray(coded.indices.fill_null(0))
    ]
    known = named & (ahead != zones.UNKNOWN)
    found.us[known] -= ahead[known]
    found.aware[known] = True
    found.invalid[named & ~known] = True
