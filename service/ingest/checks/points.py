"""How many incidents of a file share each point."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

_AT_ONCE: Final = 1_000_000
_KEPT: Final = 2_000_000


@dataclass(slots=True)
class Points:
    """How many rows share each point, counted from the first row on.

    Beyond two million points those of which the fewest rows were seen are left out. Points that
    one row in twenty has cannot be among them.
    """

    codes: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    counts: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    fresh: list[np.ndarray] = field(default_factory=list)
    """Codes that are not counted yet: sorting them is dear, and done for many at once."""
    waiting: int = 0

    def add(self, longitude: np.ndarray, latitude: np.ndarray) -> None:
        """Count some more."""
        self.fresh.append(_codes(longitude, latitude))
        self.waiting += len(longitude)
        if self.waiting >= _AT_ONCE:
            self._count()

    def most_common(self, many: int) -> list[tuple[int, int]]:
        """Return the points that the most rows share, and how many do."""
        self._count()
        first = np.lexsort((self.codes, -self.counts))[:many]
        return list(zip(self.codes[first].tolist(), self.counts[first].tolist(), strict=True))

    def counted(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the code of each point, and how many rows share it."""
        self._count()
        return self.codes, self.counts

    def _count(self) -> None:
        if not self.waiting:
            return
        codes, counts = np.unique(np.concatenate(self.fresh), return_counts=True)
        self.fresh, self.waiting = [], 0
        every = np.concatenate([self.codes, codes])
        order = np.argsort(every, kind="stable")  # two runs that are sorted already
        every = every[order]
        first = np.flatnonzero(np.diff(every, prepend=every[0] - 1))
        total = np.add.reduceat(np.concatenate([self.counts, counts])[order], first)
        every = every[first]
        if len(every) > _KEPT:
            least = np.partition(total, len(total) - _KEPT)[len(total) - _KEPT]
            kept = total > least
            every, total = every[kept], total[kept]
        self.codes, self.counts = every, total


def places(points: Points) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return longitude, latitude and number of rows of each of some points."""
    codes, rows = points.counted()
    east, north = np.divmod(codes, 1_000_000_000)
    return east / 1e6 - 180, north / 1e6 - 90, rows


def place(point: int) -> tuple[float, float]:
    """Return the longitude and latitude that a point's code stands for."""
    east, north = divmod(point, 1_000_000_000)
    return east / 1e6 - 180, north / 1e6 - 90


def _codes(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    east = np.rint((longitude + 180) * 1e6).astype(np.int64)
    return np.asarray(east * 1_000_000_000 + np.rint((latitude + 90) * 1e6).astype(np.int64))
