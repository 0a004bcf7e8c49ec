"""How far rates of units that touch change together: what the errors of past forecasts share."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from spatial.cube import Counts
from spatial.neighbours import Neighbours
from spatial.unsteady import STEPS_BEFORE, parted

Floats = NDArray[np.float64]

MOST_UNITS: Final = 10_000
"""Units whose errors are compared; of more, those with most incidents."""


def between(
    history: Counts | NDArray[np.generic], half_life: float, near: Neighbours
) -> tuple[Floats, float]:
    """Return the relative covariance of the rates of touching units, of each code and of all.

    Each step's count y of a unit is compared with p, the decayed mean of the steps before it, as
    `spatial.unsteady.unsteadiness` does. Chance errs in each unit by itself, so the product of two
    units' errors is 0 on average, unless their rates change together: with relative covariance k it
    is k times the product of the rates, which y of one and p of the other is on average. So::

        k_j = sum((y - p) (y' - p')) / sum(y p')

    over pairs of touching units and steps, for each code; the common part likewise, of the products
    of unlike codes. A code has what is beyond the common part, negative ones are 0, and of K steps
    that were compared each is taken K / (K - 2) times.

    Parameters
    ----------
    history
        Incidents of shape (codes, N, steps), oldest step first, or their sparse like.
    half_life
        Steps after which an incident counts half.
    near
        Units that touch, shape (N, N).

    Returns
    -------
    tuple
        Relative covariances of shape (codes,), and one number; all 0 where fewer than three steps
        can be compared.
    """
    codes, _, steps = history.shape
    compared, decay = steps - STEPS_BEFORE, 0.5 ** (1 / half_life)
    shared, product = np.zeros(codes + 1), np.zeros(codes + 1)
    if compared < 3:
        return np.zeros(codes), 0.0
    units, counts = _of_busiest(history)
    beside = sparse.csr_array(near)[units][:, units].astype(np.float64)
    held, weights = np.zeros((codes + 1, units.size)), 0.0
    for step in range(steps):
        y = _of_step(counts, step)
        if step >= STEPS_BEFORE:
            p = held / weights
            shared += _products(beside, y - p, y - p)
            product += _products(beside, y, p)
        held, weights = decay * held + y, decay * weights + 1.0
    return parted(shared, product, compared)


def _products(beside: sparse.csr_array, one: Floats, other: Floats) -> Floats:
    """Return the sum of one value times the other of each unit beside, (codes + 1,)."""
    return np.asarray((one * (beside @ other.T).T).sum(axis=1))


def _of_busiest(history: Counts | NDArray[np.generic]) -> tuple[NDArray[np.intp], Counts]:
    """Return the units with most incidents, ascending, and their counts, units by their place."""
    if not isinstance(history, Counts):
        code, unit, step = np.nonzero(history)
        number = np.asarray(history[code, unit, step], dtype=np.int64)
        history = Counts(code, unit, history.shape[2] - 1 - step, number, history.shape)
    codes, n, steps = history.shape
    many = np.bincount(history.unit, history.number, n)
    order = np.argsort(-many, kind="stable")[:MOST_UNITS]
    units = np.sort(order[many[order] > 0])
    place = np.full(n, -1, dtype=np.intp)
    place[units] = np.arange(units.size)
    kept = place[history.unit] >= 0
    return units, Counts(
        history.code[kept],
        place[history.unit[kept]],
        history.age[kept],
        history.number[kept],
        (codes, units.size, steps),
    )


def _of_step(history: Counts, step: int) -> Floats:
    """Return the counts of a step, of each code and of all together, (codes + 1, units)."""
    codes, n, steps = history.shape
    of = np.flatnonzero(history.age == steps - 1 - step)
    cell = history.code[of] * n + history.unit[of]
    y = np.bincount(cell, history.number[of], codes * n).reshape(codes, n)
    return np.vstack((y, y.sum(axis=0)))
