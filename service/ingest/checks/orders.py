"""Dates that two orders of day and month fit: 03/04/2020."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from service.ingest.checks.patterns import pattern
from service.ingest.checks.times import read_columns


def swapped(form: str) -> str | None:
    """Return a format with day and month the other way round, None where it has only one of them.

    Examples
    --------
    >>> swapped("%d/%m/%Y %H:%M")
    '%m/%d/%Y %H:%M'
    """
    if "%d" not in form or "%m" not in form or pattern(form).form.startswith("%Y"):
        return None
    return form.replace("%d", "%0").replace("%m", "%d").replace("%0", "%m")


def disagreeing(parts: Sequence[pa.Array], formats: tuple[str, ...], zone: str) -> np.ndarray:
    """Tell the rows that two of the formats fit in different ways, day and month swapped."""
    unsure = np.zeros(len(parts[0]), dtype=bool)
    for form in formats:
        other = swapped(form)
        if other is not None and other in formats[formats.index(form) + 1 :]:
            one, two = (read_columns(parts, (each,), zone) for each in (form, other))
            both = ~(one.missing | one.invalid | two.missing | two.invalid)
            unsure |= both & (one.us != two.us)
    return unsure


def fitting_swapped(
    parts: Sequence[pa.Array], formats: tuple[str, ...], zone: str, rows: np.ndarray
) -> np.ndarray:
    """Return those of some rows, which no format fits, that one would fit swapped."""
    others = tuple(dict.fromkeys(one for one in map(swapped, formats) if one is not None))
    if not others or not len(rows):
        return rows[:0]
    read = read_columns([one.take(pa.array(rows)) for one in parts], others, zone)
    return np.asarray(rows[~(read.missing | read.invalid)])
