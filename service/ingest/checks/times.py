"""Times as sources write them -> spans in UTC, vectorised.

All times are int64 microseconds since 1970: of the wall clock (local) or of UTC. Where clocks
are put back, a local time names two instants and the first is taken; where they are put forward,
a time that the clocks skipped becomes the first instant after the gap. No row is lost to either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pandas as pd

PRECISIONS = ("exact", "hour", "day", "month")
EXACT, HOUR, DAY, MONTH = range(4)

_US = {HOUR: 3_600_000_000, DAY: 86_400_000_000}
_ZONE = r"(?:[Zz]|[+-]\d\d(?::?\d\d)?)"
_ISO = (
    (MONTH, False, r"^\d{4}-\d\d$"),
    (DAY, False, r"^\d{4}-\d\d-\d\d$"),
    (HOUR, False, r"^\d{4}-\d\d-\d\d[Tt ]\d\d$"),
    (EXACT, False, r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?$"),
    (EXACT, True, r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)? ?" + _ZONE + "$"),
)
_FINE = re.compile(r"%[MSfTXRcs]")
_OFFSET = re.compile(r"%z")


@dataclass(frozen=True, slots=True)
class Written:
    """Times as they were written; each array is (n,)."""

    us: np.ndarray  # int64, local where not `aware`, else UTC; 0 where missing or invalid
    aware: np.ndarray  # bool, the time was written with an offset
    precision: np.ndarray  # int8, index into PRECISIONS, as far as was written
    missing: np.ndarray  # bool
    invalid: np.ndarray  # bool


@dataclass(frozen=True, slots=True)
class Instants:
    """Instants in UTC and how many of them the clock change made unsure."""

    us: np.ndarray
    ambiguous: int
    skipped: int


def read(values: pa.Array, formats: tuple[str, ...]) -> Written:
    """Read a column of times; for each, the first format that fits counts.

    Parameters
    ----------
    values
        Trimmed strings, null where there is no time.
    formats
        ``iso`` or strptime formats.
    """
    n = len(values)
    missing = np.asarray(values.is_null())
    us = np.zeros(n, dtype=np.int64)
    aware = np.zeros(n, dtype=bool)
    precision = np.zeros(n, dtype=np.int8)
    open_rows = ~missing
    for one in formats:
        for kind, with_offset, candidates in _attempts(values, one, open_rows):
            found, fits = _parsed(values, one, with_offset, candidates)
            us[fits], aware[fits], precision[fits] = found, with_offset, kind
            open_rows &= ~fits
        if not open_rows.any():
            break
    return Written(us, aware, precision, missing, invalid=open_rows)


def to_utc(local: np.ndarray, zone: str) -> Instants:
    """Return the instants of wall-clock times in a zone."""
    if zone == "UTC":
        return Instants(local, 0, 0)
    wall = _index(local)
    everywhere = np.ones(len(local), dtype=bool)
    first = wall.tz_localize(zone, ambiguous=everywhere, nonexistent="shift_forward")
    second = wall.tz_localize(zone, ambiguous=~everywhere, nonexistent="shift_forward")
    us = _microseconds(first)
    return Instants(
        us,
        ambiguous=int((us != _microseconds(second)).sum()),
        skipped=int((_microseconds(first.tz_localize(None)) != local).sum()),
    )


def to_local(us: np.ndarray, zone: str) -> np.ndarray:
    """Return what the clocks of a zone showed at instants."""
    return _microseconds(_index(us).tz_localize("UTC").tz_convert(zone).tz_localize(None))


def instants(written: Written, zone: str) -> Instants:
    """Return the instants of times; those without an offset are in `zone`."""
    naive = ~written.aware & ~written.missing & ~written.invalid
    found = to_utc(written.us[naive], zone)
    us = written.us.copy()
    us[naive] = found.us
    return Instants(us, found.ambiguous, found.skipped)


def spans(start: np.ndarray, precision: np.ndarray, zone: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and last instant of the hour, day or month in which instants lie.

    Parameters
    ----------
    start
        Instants in UTC.
    precision
        Index into `PRECISIONS` for each; an exact time is its own span.
    zone
        The zone whose hours, days and months are meant.
    """
    first, last = start.copy(), start.copy()
    for kind in (HOUR, DAY, MONTH):
        rows = precision == kind
        if not rows.any():
            continue
        local = to_local(start[rows], zone)
        if kind == HOUR:
            # An hour is one of the clock that was running: no way through local time, which
            # shows one hour twice in autumn.
            first[rows] = start[rows] - (local - local // _US[HOUR] * _US[HOUR])
            last[rows] = first[rows] + _US[HOUR] - 1
            continue
        opens, closes = _day(local) if kind == DAY else _month(local)
        first[rows] = to_utc(opens, zone).us
        last[rows] = to_utc(closes, zone).us - 1
    return first, last


def _day(local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    opens = local // _US[DAY] * _US[DAY]
    return opens, opens + _US[DAY]


def _month(local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    months = local.astype("datetime64[us]").astype("datetime64[M]")
    return (
        months.astype("datetime64[us]").astype(np.int64),
        (months + 1).astype("datetime64[us]").astype(np.int64),
    )


def _attempts(
    values: pa.Array, one: str, open_rows: np.ndarray
) -> list[tuple[int, bool, np.ndarray]]:
    if one != "iso":
        return [(_format_precision(one), bool(_OFFSET.search(one)), open_rows)]
    left = open_rows.copy()
    attempts = []
    for kind, with_offset, pattern in reversed(_ISO):
        matches = pc.fill_null(pc.match_substring_regex(values, pattern), False)
        rows = left & matches.to_numpy(zero_copy_only=False)
        if rows.any():
            attempts.append((kind, with_offset, rows))
            left &= ~rows
        if not left.any():
            break
    return attempts


def _format_precision(one: str) -> int:
    if _FINE.search(one):
        return EXACT
    if re.search(r"%[HI]", one):
        return HOUR
    return DAY if re.search(r"%[djxDF]", one) else MONTH


def _parsed(
    values: pa.Array, one: str, with_offset: bool, candidates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the times of those candidates that the format fits, and which these are."""
    import pandas as pd  # a second of start-up that a server without uploads does without

    wanted = values if candidates.all() else values.filter(pa.array(candidates))
    fast = _arrow_iso(wanted, with_offset) if one == "iso" else None
    if fast is not None:
        return fast, candidates
    # Few times are written once only: a month or a day often, a second in a year sometimes.
    coded = wanted.dictionary_encode()
    texts = coded.dictionary.to_pandas().astype(object)
    form = "ISO8601" if one == "iso" else one
    moments = pd.DatetimeIndex(pd.to_datetime(texts, format=form, errors="coerce", utc=with_offset))
    good = np.asarray(moments.notna())
    us = np.where(good, _microseconds(moments), 0)
    codes = coded.indices.to_numpy(zero_copy_only=False)
    fits = candidates.copy()
    fits[candidates] = good[codes]
    return us[codes][good[codes]], fits


def _arrow_iso(values: pa.Array, with_offset: bool) -> np.ndarray | None:
    """Read ISO times ten times as fast, as long as every single one of them exists."""
    kind = pa.timestamp("us", "UTC") if with_offset else pa.timestamp("us")
    try:
        return np.asarray(pc.cast(pc.cast(values, kind), pa.int64()))
    except pa.ArrowInvalid:
        return None


def _index(us: np.ndarray) -> pd.DatetimeIndex:
    import pandas as pd

    return pd.DatetimeIndex(us.view("datetime64[us]"))


def _microseconds(index: pd.DatetimeIndex) -> np.ndarray:
    return np.asarray(index.as_unit("us").asi8)
