"""How good a list was on what came after it: capture, PAI, PEI and RRI.

A measure that is not defined on what was held (nothing happened, nothing was chosen) is None: not
applicable, which is another thing than zero.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.errors import InvalidInputError

Floats: TypeAlias = NDArray[np.float64]

_ROUNDING: Final = 1e-9
"""Relative difference of sums that adding in another order can make, and no more."""


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
