"""How good a list was on what came after it: capture, PAI, PEI, RRI, and paired comparisons.

A measure that is not defined on what was held (nothing happened, nothing was chosen) is None: not
applicable, which is another thing than zero.
"""

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

_ROUNDING: Final = 1e-9
"""Relative difference of sums that adding in another order can make, and no more."""
_TIE: Final = 1e-12
"""Relative difference below which two sums of differences are one."""


def capture(*, hits: float, total: float) -> float | None:
    """Return the share of what happened that happened inside the targets.

    Parameters
    ----------
    hits, total
        Harm, or incidents, inside the targets and in the whole study area.

    Returns
    -------
    float or None
        From 0 to 1; None where nothing happened at all.

    Raises
    ------
    InvalidInputError
        When a number is negative or not finite, or more happened inside than everywhere.

    Examples
    --------
    >>> capture(hits=17, total=100)
    0.17
    """
    _amounts(hits=hits, total=total)
    _within("hits", hits, "total", total)
    return min(hits / total, 1.0) if total > 0 else None


def pai(*, hits: float, total: float, area: float, total_area: float) -> float | None:
    """Return the prediction accuracy index, (n/N) / (a/A): capture per share of the area.

    Parameters
    ----------
    hits, total
        n and N: harm, or incidents, inside the targets and in the whole study area.
    area, total_area
        a and A: area of the targets and of the study area; lengths on streets.

    Returns
    -------
    float or None
        1 is what places at random catch; None where nothing happened, or nothing was chosen.

    Raises
    ------
    InvalidInputError
        When a number is negative or not finite, or a part is larger than its whole.

    References
    ----------
    Chainey, S., Tompson, L. and Uhlig, S. (2008). The utility of hotspot mapping for predicting
    spatial patterns of crime. Security Journal 21, 4-28.

    Examples
    --------
    A fifth of the crime in a tenth of the area.

    >>> pai(hits=20, total=100, area=5, total_area=50)
    2.0
    """
    _amounts(area=area, total_area=total_area)
    _within("area", area, "total_area", total_area)
    caught = capture(hits=hits, total=total)
    return None if caught is None or area == 0 else caught / (area / total_area)


def pei(*, hits: float, most: float) -> float | None:
    """Return the prediction efficiency index, n / n*: capture against the most there was to catch.

    Parameters
    ----------
    hits
        n: harm, or incidents, inside the targets.
    most
        n*: the most that any units of the same area could have caught, as `most` finds it.

    Returns
    -------
    float or None
        From 0 to 1; None where there was nothing to catch.

    Raises
    ------
    InvalidInputError
        When a number is negative or not finite, or more was caught than could be.

    References
    ----------
    Hunt, J. M. (2016). Do crime hot spots move? Exploring the effects of the modifiable areal unit
    problem and modifiable temporal unit problem on crime hot spot stability. American University;
    used in the National Institute of Justice's Real-Time Crime Forecasting Challenge (2016).

    Examples
    --------
    >>> pei(hits=30, most=40)
    0.75
    """
    _amounts(hits=hits, most=most)
    _within("hits", hits, "most", most)
    return min(hits / most, 1.0) if most > 0 else None


def rri(*, before: float, after: float, all_before: float, all_after: float) -> float | None:
    """Return the recapture rate index, (after/before) / (all after / all before).

    Parameters
    ----------
    before, after
        Harm, or incidents, per unit of time inside the targets, in what they were chosen by and
        after it.
    all_before, all_after
        The same in the whole study area.

    Returns
    -------
    float or None
        1: the targets held their part; below, they fell back. None where they, or the study area,
        held nothing before, or the study area nothing after.

    Raises
    ------
    InvalidInputError
        When a number is negative or not finite, or a part is larger than its whole.

    References
    ----------
    Levine, N. (2008). The "hottest" part of a hotspot: comments on "The utility of hotspot mapping
    for predicting spatial patterns of crime". Security Journal 21, 295-302.

    Examples
    --------
    >>> rri(before=40, after=30, all_before=200, all_after=200)
    0.75
    """
    _amounts(before=before, after=after, all_before=all_before, all_after=all_after)
    _within("before", before, "all_before", all_before)
    _within("after", after, "all_after", all_after)
    if before == 0 or all_before == 0 or all_after == 0:
        return None
    return (after / before) / (all_after / all_before)


def taken(score: ArrayLike, size: ArrayLike, area: float) -> Floats:
    """Return how much of each unit is taken when an area is spent on the highest scores.

    Units are taken whole by descending score while there is area left. Those of equal score stand
    alike: where they do not all fit, the same part of each is taken, which is what they catch on
    average when drawn by lot. So the area is spent to the last, and no order of units decides.

    Parameters
    ----------
    score
        Score of each unit, shape (N,).
    size
        Area or length of each unit, at least 0, shape (N,).
    area
        What may be spent; more than all units together takes all.

    Returns
    -------
    numpy.ndarray
        Shares from 0 to 1, shape (N,).

    Raises
    ------
    InvalidInputError
        When shapes differ, or a number is not finite, or a size or the area is negative.

    Examples
    --------
    >>> taken([5, 9, 5, 0], [1, 1, 1, 1], area=2).tolist()
    [0.5, 1.0, 0.5, 0.0]
    """
    own, sizes = _of_units("score", score), _of_units("size", size)
    _amounts(area=area)
    if own.shape != sizes.shape:
        raise InvalidInputError(
            f"score and size need one shape (N,), not {own.shape} and {sizes.shape}."
        )
    if (sizes < 0).any():
        raise InvalidInputError("Every size must be at least 0.")
    _, level = np.unique(-own, return_inverse=True)
    needed = np.bincount(level, weights=sizes)
    left = area - np.concatenate(([0.0], np.cumsum(needed)[:-1]))
    slack = _ROUNDING * max(float(sizes.sum()), area)
    part = np.divide(left, needed, out=(left > slack).astype(np.float64), where=needed > 0)
    part[np.abs(left) <= slack] = 0.0
    part[np.abs(left - needed) <= slack] = 1.0
    part[(needed == 0) & (left >= -slack)] = 1.0
    return np.clip(part, 0.0, 1.0)[level]


def most(value: ArrayLike, size: ArrayLike, area: float) -> float:
    """Return the most that any units of an area could have caught.

    Where all units are of one size: what the fullest that fit hold. Elsewhere: what the densest
    hold, the last one in part, until the area is spent; no choice of whole units catches more, so
    it is an upper bound.

    Parameters
    ----------
    value
        Harm, or incidents, of each unit, at least 0, shape (N,).
    size
        Area or length of each unit, positive, shape (N,).
    area
        Area of the units that are judged.

    Raises
    ------
    InvalidInputError
        When shapes differ, a number is negative or not finite, or a unit has no size.

    Examples
    --------
    >>> most([4, 1, 7, 2], [1, 1, 1, 1], area=2)
    11.0
    >>> most([4, 1, 7, 2], [1, 1, 7, 1], area=2)
    6.0
    """
    held, sizes = _of_units("value", value), _of_units("size", size)
    _amounts(area=area)
    if held.shape != sizes.shape:
        raise InvalidInputError(
            f"value and size need one shape (N,), not {held.shape} and {sizes.shape}."
        )
    if (held < 0).any() or not (sizes > 0).all():
        raise InvalidInputError("Every value must be at least 0, and every size positive.")
    if not held.size:
        return 0.0
    if (sizes == sizes[0]).all():
        fit = min(math.floor(area / sizes[0] * (1 + _ROUNDING)), held.size)
        return float(np.sort(held)[held.size - fit :].sum())
    return float(taken(held / sizes, sizes, area) @ held)


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


def _of_units(name: str, values: ArrayLike) -> Floats:
    made = np.asarray(values, dtype=np.float64)
    if made.ndim != 1 or not np.isfinite(made).all():
        raise InvalidInputError(f"{name} needs one finite number per unit, shape (N,).")
    return made


def _amounts(**amounts: float) -> None:
    for name, one in amounts.items():
        if np.ndim(one) != 0 or not math.isfinite(one) or one < 0:
            raise InvalidInputError(f"{name} must be a number of at least 0, not {one!r}.")


def _within(part: str, held: float, whole: str, total: float) -> None:
    if held > total * (1 + _ROUNDING):
        raise InvalidInputError(f"{part} ({held:g}) cannot be more than {whole} ({total:g}).")
