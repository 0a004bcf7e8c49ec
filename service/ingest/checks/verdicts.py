"""The reason held against each row of a batch: the first that is found stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from service.ingest.readers.rows import MalformedRow

REASONS = (
    "malformed_row",
    "missing_coordinates",
    "invalid_coordinates",
    "null_island",
    "placeholder_location",
    "outside_crs_bounds",
    "missing_time",
    "invalid_time",
    "time_in_future",
    "implausible_time",
    "missing_offence",
)
"""In the order in which rows are checked for them."""


class Verdicts:
    """What was found about `n` rows; `reject` after `reject`, the first reason counts."""

    def __init__(self, n: int) -> None:
        self._reason = np.full(n, -1, dtype=np.int8)  # index into REASONS
        self._message: dict[int, str] = {}

    def reject(self, reason: str, wrong: np.ndarray, message: str) -> None:
        """Hold a reason against rows that have none yet."""
        fresh = self.fresh(wrong)
        if len(fresh):
            self._reason[fresh] = REASONS.index(reason)
            self._message.update(dict.fromkeys(fresh.tolist(), message))

    def reject_each(self, reason: str, rows: np.ndarray, messages: Sequence[str]) -> None:
        """Hold a reason against rows that `fresh` returned, each with its own message."""
        self._reason[rows] = REASONS.index(reason)
        self._message.update(zip(rows.tolist(), messages, strict=True))

    def fresh(self, wrong: np.ndarray) -> np.ndarray:
        """Return which of the rows that are wrong have no reason against them yet."""
        return np.flatnonzero(wrong & (self._reason == -1))

    def good(self) -> np.ndarray:
        """Tell the rows without a reason against them."""
        return np.equal(self._reason, -1)

    def has(self, reason: str) -> np.ndarray:
        """Tell the rows with a certain reason against them."""
        return np.equal(self._reason, REASONS.index(reason))

    def say_where(self, places: Mapping[int, str]) -> None:
        """Put in front of the messages of rows where these are."""
        self._message.update({row: f"{at}: {self._message[row]}" for row, at in places.items()})

    def table(
        self,
        lines: np.ndarray,
        raw: Sequence[str],
        malformed: Sequence[MalformedRow],
    ) -> pa.Table:
        """Return the rejected rows and the malformed ones, as they are kept.

        Parameters
        ----------
        lines, raw
            Line and kept columns of each rejected row.
        malformed
            Rows that never were rows of the table; nothing of their text is kept.
        """
        bad = np.flatnonzero(~self.good())
        reasons = [REASONS[one] for one in self._reason[bad]]
        messages = [self._message[row] for row in bad.tolist()]
        return pa.table(
            {
                "line": pa.array([*lines.tolist(), *(one.line for one in malformed)], pa.int64()),
                "reason": pa.array(reasons + ["malformed_row"] * len(malformed), pa.string()),
                "message": _storable([*messages, *(one.message for one in malformed)]),
                "raw": _storable([*raw, *("" for _ in malformed)]),
            }
        )


def _storable(texts: Sequence[str]) -> pa.Array:
    """Return text as PostgreSQL takes it: no NUL, no lone surrogates."""
    return pa.array(
        [
            one.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
            for one in texts
        ],
        pa.string(),
    )
