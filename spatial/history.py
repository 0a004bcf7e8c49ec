"""Histories: incidents by code, unit and step of time, as an array or its sparse like."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.cube import Counts
from spatial.errors import InvalidInputError, Problem

Floats = NDArray[np.float64]

_ROWS = 1 << 12  # units of an array at a time: they stay in the cache, and products in one thread
_NAMED = 20  # units named one by one in an error


def decayed_sums(table: Counts | NDArray[np.generic], decay: Floats) -> tuple[Floats, Floats]:
    """Return the decayed counts, (codes, N), and the plain numbers of the codes, (codes,)."""
    codes, n, steps = table.shape
    if isinstance(table, Counts):
        cell = table.code * n + table.unit
        sums = np.bincount(cell, table.number * decay[steps - 1 - table.age], codes * n)
        plain = np.bincount(table.code, table.number, codes)
        return sums.reshape(codes, n).astype(np.float64), plain.astype(np.float64)
    decayed, number = np.empty((codes, n)), np.zeros(codes)
    both = np.stack([decay, np.ones(steps)], axis=1)
    for j in range(codes):
        for begin in range(0, n, _ROWS):
            part = table[j, begin : begin + _ROWS]
            # The least of numbers among which one is missing is missing.
            if part.dtype.kind != "u" and not part.min() >= 0:
                _refuse_counts(table)
            with np.errstate(invalid="ignore"):  # infinite ones are refused below
                both_sums = part.astype(np.float64) @ both
            decayed[j, begin : begin + _ROWS] = both_sums[:, 0]
            number[j] += both_sums[:, 1].sum()
        if number[j] == np.inf:
            _refuse_counts(table)
    return decayed, number


def _refuse_counts(table: NDArray[np.generic]) -> None:
    wrong = np.argwhere(~((table >= 0) & (table < np.inf)))  # type: ignore[operator]
    code, unit, step = wrong[0].tolist()
    raise InvalidInputError(
        f"counts must be finite and at least 0, but {len(wrong)} are not, the first that of code "
        f"{code} in unit {unit} and step {step}: {table[code, unit, step]}.",
        [
            Problem(f"unit {at}", "count is not a number of at least 0")
            for at in np.unique(wrong[:, 1])[:_NAMED].tolist()
        ],
    )


def checked_array(counts: ArrayLike) -> NDArray[np.generic]:
    """Return counts as an array; whether each can be is seen when they are summed."""
    table = np.asarray(counts)
    if table.ndim != 3 or table.dtype.kind not in "iufb":
        raise InvalidInputError(
            "counts must be numbers of shape (codes, N, steps), or a cube, not "
            f"{table.dtype} of shape {table.shape}."
        )
    return table
