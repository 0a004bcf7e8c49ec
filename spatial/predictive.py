"""Predictive distribution of harm: negative binomial numbers of each code, times their weights."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.errors import InvalidInputError
from spatial.harm import from_hundredths, to_hundredths
from spatial.kernels.threads import number_of_threads

Floats = NDArray[np.float64]

FEWEST_POINTS: Final = 4096
"""Points of the grid on which a unit's bounds are sought, where it cannot be exact."""

_BLOCK = 512  # units that a thread takes at a time


def bounds(size: Floats, odds: Floats, weight: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the central interval of each unit's harm.

    Parameters
    ----------
    size, odds
        Of each unit and code, shape (N, codes): its number of incidents is negative binomial with
        this size and mean ``size * odds``.
    weight
        Harm of one incident of each code, at most two decimals, shape (codes,).
    level
        Probability of the interval, between 0 and 1.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (N,) each: the least harms that are not exceeded with probability (1 - level) / 2,
        and 1 less that. Exact on the grid of the weights' common divisor; where that has too
        many points below the greatest harm in question, a point of a coarser grid further out.
    """
    from spatial.kernels import compound

    if not 0 < level < 1:
        raise InvalidInputError(f"An interval's level is between 0 and 1, not {level}.")
    whole, divisor, weighs = _lattice(weight)
    n = size.shape[0]
    low, high = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    if weighs.any():
        size, odds = np.ascontiguousarray(size[:, weighs]), np.ascontiguousarray(odds[:, weighs])

        def some(part: slice) -> None:
            compound.bounds(
                size[part], odds[part], whole, (1 - level) / 2, FEWEST_POINTS, low[part], high[part]
            )

        _in_parts(some, n)
    return from_hundredths(low * divisor), from_hundredths(high * divisor)


def cumulative(
    size: Floats, odds: Floats, weight: Floats, observed: ArrayLike
) -> tuple[Floats, Floats]:
    """Return the probabilities of less harm than what was observed, and of no more, (N,) each.

    Parameters as of `bounds`; exact at any harm.
    """
    from spatial.kernels import compound

    whole, divisor, weighs = _lattice(weight)
    harm = to_hundredths(np.asarray(observed, dtype=np.float64))
    n = size.shape[0]
    if harm.shape != (n,):
        raise InvalidInputError(f"observed has shape {harm.shape}, but ({n},) is needed.")
    if np.any(harm < 0) or np.any(harm % divisor):
        raise InvalidInputError("observed has harm that no incidents of these weights sum to.")
    below, at_most = np.zeros(n), np.ones(n)
    if weighs.any():
        steps = harm // divisor
        size, odds = np.ascontiguousarray(size[:, weighs]), np.ascontiguousarray(odds[:, weighs])

        def some(part: slice) -> None:
            compound.cumulative(
                size[part], odds[part], whole, steps[part], below[part], at_most[part]
            )

        _in_parts(some, n)
    return below, at_most


def _lattice(weight: Floats) -> tuple[NDArray[np.int64], int, NDArray[np.bool_]]:
    """Return weights above 0 in whole steps, a step in hundredths, and which weights they are."""
    hundredths = to_hundredths(weight)
    if np.any(np.abs(hundredths - 100 * weight) > 1e-6 * np.maximum(weight, 1)):
        raise InvalidInputError("Weights with an interval have at most two decimals.")
    weighs = hundredths > 0
    divisor = int(np.gcd.reduce(hundredths[weighs])) if weighs.any() else 1
    return hundredths[weighs] // divisor, divisor, weighs


def _in_parts(some: Callable[[slice], None], n: int) -> None:
    parts = [slice(begin, begin + _BLOCK) for begin in range(0, n, _BLOCK)]
    if len(parts) == 1:
        some(parts[0])
        return
    with ThreadPoolExecutor(number_of_threads()) as threads:
        list(threads.map(some, parts))
