"""Zones written behind a time: UTC, Z, +01:00, and what the clocks of a zone are called."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ENDS = (
    r"^(?P<body>.*(?:\d|[AaPp]\.?[Mm]\.?)) ?(?P<zone>[A-Za-z]{3,5}|[Zz]|UT)$",
    r"^(?P<body>.*\d:\d\d(?:[:.]\d+)*(?: ?[AaPp][Mm])?) ?(?P<zone>[+-]\d\d(?::?\d\d)?)$",
    r"^(?P<body>.*\d:\d\d.*?) ?(?P<zone>(?:UTC|GMT)[+-]\d\d?(?::?\d\d)?)$",
)
_UTC: Final = ("z", "ut", "utc", "gmt")
_NO_ZONES: Final = ("am", "pm", "uhr", "hrs", "hour", "hours")
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d\d?)(?::?(\d\d))?", re.IGNORECASE)
_BEHIND: Final = 12 * 60
_AHEAD: Final = 14 * 60
_YEARS = range(1970, 2038)
UNKNOWN = np.iinfo(np.int64).min
"""The offset of a zone that is not known."""


def split(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return times without their zones, and the zones, null where there is none."""
    bodies, zones = values, pa.nulls(len(values), pa.string())
    # Not made when the module is loaded: Arrow loads pandas for it, which a server does without.
    none = pa.array(_NO_ZONES)
    for ends in _ENDS:
        parts = pc.extract_regex(values, ends)
        body, zone = pc.struct_field(parts, "body"), pc.struct_field(parts, "zone")
        zone = pc.if_else(pc.is_in(pc.utf8_lower(zone), none), None, zone)
        bodies = pc.if_else(pc.is_valid(zone), body, bodies)
        zones = pc.coalesce(zones, zone)
    return bodies, zones


def offsets(names: list[str], zone: str) -> np.ndarray:
    """Return what clocks under each name show ahead of UTC, in microseconds, or `UNKNOWN`.

    Parameters
    ----------
    names
        As they are written.
    zone
        The IANA zone whose abbreviations are meant: BST is another hour in London than in Dhaka.
    """
    return np.array([_offset(name, zone) for name in names], dtype=np.int64)


def _offset(name: str, zone: str) -> int:
    if name.lower() in _UTC:
        return 0
    if match := _OFFSET.fullmatch(name):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        ahead = minutes if match[1] == "+" else -minutes
        possible = -_BEHIND <= ahead <= _AHEAD and int(match[3] or 0) < 60
        return ahead * 60_000_000 if possible else int(UNKNOWN)
    return _abbreviations(zone).get(name.upper(), int(UNKNOWN))


@lru_cache(maxsize=32)
def _abbreviations(zone: str) -> dict[str, int]:
    """Return what the clocks of a zone were called since 1970; the newest meaning counts."""
    there = ZoneInfo(zone)
    found = {}
    for year in _YEARS:
        for month in (1, 4, 7, 10):
            moment = datetime(year, month, 1, tzinfo=UTC).astimezone(there)
            offset, name = moment.utcoffset(), moment.tzname()
            if name is not None and offset is not None and name.isalpha():
                found[name.upper()] = offset // timedelta(microseconds=1)
    return found
