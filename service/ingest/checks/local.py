"""Clocks on the wall and instants in UTC, both in int64 microseconds since 1970.

Where clocks are put back, a local time names two instants and the first is taken; where they are
put forward, a time that the clocks skipped becomes the first instant after the gap. No row is lost
to either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Instants:
    """Instants in UTC and how many of them the clock change made unsure."""

    us: np.ndarray
    ambiguous: int
    skipped: int


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
    if zone == "UTC":
        return us
    return _microseconds(_index(us).tz_localize("UTC").tz_convert(zone).tz_localize(None))


def _index(us: np.ndarray) -> pd.DatetimeIndex:
    import pandas as pd  # a second of start-up that a server without uploads does without

    return pd.DatetimeIndex(us.view("datetime64[us]"))


def _microseconds(index: pd.DatetimeIndex) -> np.ndarray:
    return np.asarray(index.as_unit("us").asi8)
