"""Rules compared over the same origins: the mean difference, its exact p, and Holm's correction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.errors import InvalidInputError

Floats: TypeAlias = NDArray[np.float64]

CONFIDENCE: Final = 0.95

MOST_PAIRS: Final = 40
"""Up to as many pairs every flip of signs is counted: two halves of 2^20 sums each."""

_TIE: Final = 1e-12
"""Relative difference below which two sums of differences are one."""


@dataclass(frozen=True)
class Paired:
    """The mean difference of two rules judged on the same origins.

    Parameters
    ----------
    mean
        Mean of the first less the second; None where no origin has both.
    low, high
        Its t interval; None for fewer than two pairs.
    p
        Exact two-sided p of flipping signs; None without pairs.
    pairs
        Origins on which both are known.
    """

    mean: float | None
    low: float | None
    high: float | None
    p: float | None
    pairs: int


def paired(
    first: Sequence[float | None] | Floats,
    second: Sequence[float | None] | Floats,
    confidence: float = CONFIDENCE,
) -> Paired:
    """Compare two rules over the origins on which both were judged.

    The interval is Student's, of the mean difference. The p-value is exact: under the hypothesis
    that neither rule is better each difference could as well have had the other sign, so p is the
    share of all flips of signs whose sum is at least as far from 0. Sums that differ by no more
    than rounding are ties.

    Parameters
    ----------
    first, second
        What each caught at each origin, shape (T,); None or NaN where that is not applicable.
    confidence
        Confidence of the interval.

    Raises
    ------
    InvalidInputError
        When the lengths differ, a number is infinite, or there are too many pairs to count every
        flip.

    Examples
    --------
    >>> result = paired([0.20, 0.25, 0.30, 0.22], [0.10, 0.20, 0.10, None])
    >>> round(result.mean, 4), round(result.low, 4), round(result.high, 4)
    (0.1167, -0.0731, 0.3064)
    >>> result.p, result.pairs
    (0.25, 3)
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise InvalidInputError(
            f"Pairs need two lists of one length, not of shapes {a.shape} and {b.shape}."
        )
    if np.isinf(a).any() or np.isinf(b).any():
        raise InvalidInputError("A difference needs finite numbers.")
    if not 0 < confidence < 1:
        raise InvalidInputError(f"confidence is between 0 and 1, not {confidence}.")
    both = ~(np.isnan(a) | np.isnan(b))
    difference = (a - b)[both]
    pairs = difference.size
    if pairs == 0:
        return Paired(None, None, None, None, 0)
    mean = float(difference.mean())
    if pairs == 1:
        return Paired(mean, None, None, sign_flip(difference), 1)
    from scipy import special  # here, so that who only lists analyses does without it

    half = float(special.stdtrit(pairs - 1, (1 + confidence) / 2)) * float(
        difference.std(ddof=1) / math.sqrt(pairs)
    )
    return Paired(mean, mean - half, mean + half, sign_flip(difference), pairs)


def sign_flip(difference: ArrayLike) -> float:
    """Return the exact two-sided p-value of a mean difference under flips of signs.

    All 2^T flips are counted, by meeting in the middle: the sums of each half are made and sorted,
    and for each sum of one half those of the other that reach far enough are looked up.

    Parameters
    ----------
    difference
        Shape (T,), T from 1 to 40.

    References
    ----------
    Fisher, R. A. (1935). The design of experiments, section 21. Horowitz, E. and Sahni, S. (1974).
    Computing partitions with applications to the knapsack problem. Journal of the ACM 21(2).

    Examples
    --------
    >>> sign_flip([1, 2, 3])
    0.25
    """
    each = np.asarray(difference, dtype=np.float64)
    if each.ndim != 1 or not 1 <= each.size <= MOST_PAIRS or not np.isfinite(each).all():
        raise InvalidInputError(
            f"Flips of signs need 1 to {MOST_PAIRS} finite differences, not shape {each.shape}."
        )
    reach = abs(math.fsum(each)) - _TIE * float(np.abs(each).sum())
    if reach <= 0:
        return 1.0
    half = each.size // 2
    left, right = _sums(each[:half]), np.sort(_sums(each[half:]))
    far = right.size - np.searchsorted(right, reach - left, side="left")
    # Each flip has its opposite: as many sums lie below -reach as above reach.
    return float(2 * int(far.sum()) / 2**each.size)


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Return p-values corrected for their number, so that the chance of any false one is bounded.

    Parameters
    ----------
    p
        p-values; None for tests that could not be made, which count for nothing.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics 6(2), 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, None, 0.03])
    [0.03, 0.06, None, 0.06]
    """
    made = [(one, at) for at, one in enumerate(p) if one is not None]
    if any(not 0 <= one <= 1 for one, _ in made):
        raise InvalidInputError("Every p-value is from 0 to 1.")
    corrected: list[float | None] = [None] * len(p)
    largest = 0.0
    for rank, (one, at) in enumerate(sorted(made)):
        largest = max(largest, min(1.0, one * (len(made) - rank)))
        corrected[at] = largest
    return corrected


def _sums(each: Floats) -> Floats:
    """Return the sum of each flip of some signs, shape (2^k,)."""
    sums = np.zeros(1)
    for one in each:
        sums = np.concatenate((sums + one, sums - one))
    return sums
