"""How often a unit was among the few with most harm: an arrival is no resident."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.errors import InvalidInputError


def months_in_top(
    position: ArrayLike, hundredths: ArrayLike, step: ArrayLike, units: int, share: float = 0.01
) -> tuple[NDArray[np.int64], float]:
    """Count the months (or steps) in which each unit was among the few with most harm.

    The few are `share` of the units, rounded to the nearest and one at least; a unit without harm
    is never among them, so they are fewer where little happened. Units that tie for the last place
    are all among them.

    Parameters
    ----------
    position
        Unit of each incident, 0 to ``units - 1``, or -1: on none. Shape (n,).
    hundredths
        Weight of each incident in hundredths of the index's unit, shape (n,).
    step
        The month or step of each, any integers; below 0: in none that counts. Shape (n,).
    units
        Number of units N.
    share
        How many of the units are the top.

    Returns
    -------
    tuple of numpy.ndarray and float
        Months of each unit, shape (N,), and how many a unit would have by chance: as many places
        as there were in all months' tops, over the units.

    Raises
    ------
    InvalidInputError
        When shapes differ, a position is no unit, or the share is not above 0 and at most 1.

    Examples
    --------
    >>> months, by_chance = months_in_top([0, 0, 1, 2], [5, 1, 9, 9], [0, 1, 0, 1], units=4)
    >>> months.tolist(), by_chance
    ([0, 1, 1, 0], 0.5)
    """
    at, weight, when = np.asarray(position), np.asarray(hundredths), np.asarray(step)
    if not (at.ndim == 1 and at.shape == weight.shape == when.shape):
        raise InvalidInputError(
            f"position, hundredths and step need one shape (n,), not {at.shape}, {weight.shape} "
            f"and {when.shape}."
        )
    if not 0.0 < share <= 1.0:
        raise InvalidInputError(f"share must be above 0 and at most 1, not {share}.")
    if at.size and (at.min() < -1 or at.max() >= units):
        raise InvalidInputError(f"Every position must be a unit, 0 to {units - 1}, or -1.")
    counts = (at >= 0) & (when >= 0) & (weight > 0)
    at, weight, when = (one[counts].astype(np.int64) for one in (at, weight, when))
    months = np.zeros(units, dtype=np.int64)
    if at.size == 0:
        return months, 0.0
    few = max(1, int(np.floor(share * units + 0.5)))
    order = np.lexsort((at, when))
    at, weight, when = at[order], weight[order], when[order]
    starts = np.flatnonzero((np.diff(at, prepend=-1) != 0) | (np.diff(when, prepend=-1) != 0))
    at, harm, when = at[starts], np.add.reduceat(weight, starts), when[starts]
    for of in np.split(np.arange(at.size), np.flatnonzero(np.diff(when)) + 1):
        last = np.partition(harm[of], -few)[-few] if of.size > few else 1
        months[at[of[harm[of] >= last]]] += 1
    return months, float(months.sum() / units)
