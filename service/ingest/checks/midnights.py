"""A column whose every time is midnight is one of days: told of the whole file, not of a part.

Rows come in chunks. As long as every time of a column has been midnight, it is taken as a day; the
first other time after that, or an end that comes too soon to tell, sends the file to be read again
with its midnights as they are written.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from service.ingest.checks.known import ReadAgainError
from service.ingest.checks.local import to_local
from service.ingest.checks.written import DAY, DAY_US, HOUR, Written

ENOUGH_ROWS = 20
"""So many times do not fall on midnight by chance, in whatever way they are written."""
ENOUGH_DATES = 2
"""Nor do those of two dates without an offset: software that knows instants writes offsets."""


@dataclass(slots=True)
class Midnights:
    """What was seen of a column so far."""

    rows: int = 0
    """Times with a clock."""
    local: bool = True
    """Whether all of them are midnight on the clock of the source."""
    in_utc: bool = True
    """Whether all of them are midnight in UTC, and say so: dates written as instants."""
    taken: int = 0
    """Midnights that were taken as days."""
    aware: bool = False
    """Whether one of them was written with an offset."""
    days: set[int] = field(default_factory=set)
    """Their dates, two at most."""

    @property
    def always(self) -> bool:
        """Whether there were times, and all of them at midnight."""
        return self.rows > 0 and (self.local or self.in_utc)

    @property
    def enough(self) -> bool:
        """Whether so many midnights can only be days."""
        several = not self.aware and len(self.days) >= ENOUGH_DATES
        return self.always and (self.rows >= ENOUGH_ROWS or several)

    def take(self, written: Written, rows: np.ndarray, zone: str, *, as_days: bool) -> None:
        """Look at some more times, and take them as days where that is still possible.

        Parameters
        ----------
        written
            The times; their precision changes.
        rows
            Mask of those whose precision is theirs to say.
        zone
            On whose clock midnight is meant.
        as_days
            Whether days are made of midnights, in a first reading of the file.

        Raises
        ------
        ReadAgainError
            When midnights before these were taken as days, and these are none.
        """
        if not (self.local or self.in_utc):
            return
        clocked = rows & ~written.missing & ~written.invalid & (written.precision <= HOUR)
        us, aware = written.us[clocked], written.aware[clocked]
        if not len(us):
            return
        self.rows += len(us)
        self.in_utc &= bool(aware.all()) and not (us % DAY_US).any()
        local = us
        if aware.any():
            self.aware = True
            local = us.copy()
            local[aware] = to_local(us[aware], zone)
        self.local &= not (local % DAY_US).any()
        if not (self.local or self.in_utc):
            if self.taken:
                raise ReadAgainError(no_days=True)
            return
        if len(self.days) < ENOUGH_DATES:
            self.days.update(np.unique(local)[:ENOUGH_DATES].tolist())
        if as_days:
            self.taken += len(us)
            written.precision[clocked] = DAY
            if not self.local:  # the date that is written, not the one that the clock showed then
                written.aware[clocked] = False

    @property
    def too_few(self) -> bool:
        """Whether midnights were taken as days, and are too few for that, once the file ends."""
        return self.taken > 0 and not self.enough
