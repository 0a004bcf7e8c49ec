"""Times as sources write them -> spans in UTC, vectorised.

All times are int64 microseconds since 1970: of the wall clock (local) or of UTC.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from service.ingest.checks import apart, numbered
from service.ingest.checks.local import Instants, to_local, to_utc
from service.ingest.checks.patterns import pattern, strictly
from service.ingest.checks.written import (
    DAY,
    DAY_US,
    EXACT,
    HOUR,
    MONTH,
    PRECISIONS,
    Written,
)

__all__ = [
    "DAY", "DAY_US", "EXACT", "HOUR", "MONTH", "PRECISIONS", "Instants", "Written", "instants",
    "read", "read_columns", "spans", "to_local", "to_utc",
]  # fmt: skip

_US = {HOUR: 3_600_000_000, DAY: DAY_US}


def read(values: pa.Array, formats: Sequence[str], zone: str = "UTC") -> Written:
    """Read a column of times; for each, the first format that fits counts.

    Parameters
    ----------
    values
        Trimmed strings, null where there is no time.
    formats
        ``iso``, ``excel``, ``epoch_s``, ``epoch_ms`` or strptime formats.
    zone
        Whose abbreviations of zones are known.
    """
    found = Written.nothing(len(values))
    missing = np.asarray(values.is_null())
    found.missing[:] = missing
    found.invalid[missing] = False
    for attempt in (strictly, lambda left, by: apart.in_one(left, by, zone)):
        for form in formats:
            if not found.invalid.any():
                return found
            rows = np.flatnonzero(found.invalid)
            left = values if len(rows) == len(values) else values.take(pa.array(rows))
            found.put(rows, attempt(left, pattern(form)))
    return found


def read_columns(parts: Sequence[pa.Array], formats: Sequence[str], zone: str) -> Written:
    """Read a time that stands in several columns, the last of which may hold its clock.

    Parameters
    ----------
    parts
        The columns as `read` takes one.
    formats, zone
        See `read`; the formats may be those of the columns joined by spaces.
    """
    if len(parts) == 1:
        return read(parts[0], formats, zone)
    if len(parts) == 2 and _part_well(formats):
        return apart.in_columns(parts[0], parts[1], formats, zone)
    found = read(pc.binary_join_element_wise(*parts, " "), formats, zone)
    dates = parts[0] if len(parts) == 2 else pc.binary_join_element_wise(*parts[:-1], " ")
    rows = np.flatnonzero((found.invalid | found.missing) & np.asarray(dates.is_valid()))
    if len(rows):
        at = pa.array(rows)
        found.missing[rows], found.invalid[rows] = False, True
        found.put(rows, apart.in_columns(dates.take(at), parts[-1].take(at), formats, zone))
    return found


def _part_well(formats: Sequence[str]) -> bool:
    """Tell whether the formats are of a date and a clock behind it, rather than year and month."""
    every = [pattern(form) for form in formats]
    speaks = any(one.clock or one.form in ("iso", *numbered.FORMS) for one in every)
    return speaks and all(one.date is not None for one in every)


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
