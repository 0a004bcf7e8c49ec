"""Times as they were written, read but not yet placed in the world's time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PRECISIONS = ("exact", "hour", "day", "month")
EXACT, HOUR, DAY, MONTH = range(4)
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Written:
    """Times as they were written; each array is (n,)."""

    us: np.ndarray  # int64, local where not `aware`, else UTC; 0 where missing or invalid
    aware: np.ndarray  # bool, the time was written with an offset
    precision: np.ndarray  # int8, index into PRECISIONS, as far as was written
    missing: np.ndarray  # bool
    invalid: np.ndarray  # bool
    no_clock: np.ndarray  # bool, a clock that none shows stood beside the date, which was taken
    two_clocks: np.ndarray  # bool, the date had another clock of its own: it was taken as a day

    @classmethod
    def nothing(cls, n: int) -> Written:
        """Return `n` times of which none can be read yet."""
        none = [np.zeros(n, dtype=bool) for _ in range(4)]
        every = np.ones(n, dtype=bool)
        us, precision = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int8)
        return cls(us, none[0], precision, none[1], every, none[2], none[3])

    def put(self, rows: np.ndarray, found: Written) -> None:
        """Take over what was found of some rows, where it could be read.

        Parameters
        ----------
        rows
            Positions or a mask of the rows, as many as `found` has.
        """
        good = ~found.invalid
        at = (np.flatnonzero(rows) if rows.dtype == bool else rows)[good]
        for mine, theirs in (
            (self.us, found.us),
            (self.aware, found.aware),
            (self.precision, found.precision),
            (self.no_clock, found.no_clock),
            (self.two_clocks, found.two_clocks),
        ):
            mine[at] = theirs[good]
        self.invalid[at] = False

    def take(self, rows: np.ndarray) -> Written:
        """Return some of the rows, each as often as it is named."""
        return Written(
            self.us[rows],
            self.aware[rows],
            self.precision[rows],
            self.missing[rows],
            self.invalid[rows],
            self.no_clock[rows],
            self.two_clocks[rows],
        )
