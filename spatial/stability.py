"""Stability: which targets stay when the question is asked a little differently.

A variant is another list of the same incidents: on another grid, of another window, on a resample.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.errors import InvalidInputError

Floats: TypeAlias = NDArray[np.float64]

HALF = 0.5
"""Part of a target's harm that must stay targeted for the target to stay."""


def kept(target: ArrayLike, harm: ArrayLike, targeted: ArrayLike, targets: int) -> Floats:
    """Return the part of each target's harm that a variant still targets.

    Parameters
    ----------
    target
        Target of each incident in the list that is tried, shape (n,); -1 for none.
    harm
        Harm of each incident, at least 0, shape (n,).
    targeted
        Whether each incident is in a target of the variant, shape (n,).
    targets
        Number of targets K.

    Returns
    -------
    numpy.ndarray
        From 0 to 1, shape (K,); NaN for a target without harm.

    Raises
    ------
    InvalidInputError
        When shapes differ, or a target is none of the K.

    Examples
    --------
    >>> kept([0, 0, 1, -1], [3, 1, 2, 9], [True, False, False, True], targets=2).tolist()
    [0.75, 0.0]
    """
    at, held = np.asarray(target, dtype=np.intp), np.asarray(harm, dtype=np.float64)
    still = np.asarray(targeted, dtype=np.bool_)
    if not at.shape == held.shape == still.shape or at.ndim != 1:
        raise InvalidInputError(
            f"Targets, harm and variant need one shape (n,), not {at.shape}, {held.shape} and "
            f"{still.shape}."
        )
    if at.size and at.max() >= targets:
        raise InvalidInputError(f"An incident is in target {at.max()}, but there are {targets}.")
    own = at >= 0
    total = np.bincount(at[own], held[own], targets)
    left = np.bincount(at[own & still], held[own & still], targets)
    parts: Floats = np.divide(left, total, out=np.full(targets, np.nan), where=total > 0)
    return parts


def steadiness(parts: ArrayLike, least: float = HALF) -> Floats:
    """Return the share of variants in which each target stays.

    Parameters
    ----------
    parts
        What `kept` returns of each of V variants, shape (V, K).
    least
        Part of its harm that must stay targeted.

    Returns
    -------
    numpy.ndarray
        From 0 to 1, shape (K,); NaN for targets without harm, or without variants.

    Examples
    --------
    >>> steadiness([[0.5, 0.2], [1.0, 0.6]]).tolist()
    [1.0, 0.5]
    """
    found = np.asarray(parts, dtype=np.float64)
    if found.ndim != 2:
        raise InvalidInputError(f"Parts have shape (variants, targets), not {found.shape}.")
    if not len(found):
        return np.full(found.shape[1], np.nan)
    share = (found >= least).mean(axis=0)
    share[np.isnan(found).all(axis=0)] = np.nan
    return np.asarray(share, dtype=np.float64)


def rank_correlation(first: ArrayLike, second: ArrayLike) -> float | None:
    """Return Spearman's rank correlation of two scores of the same units, ties at their mean rank.

    Parameters
    ----------
    first, second
        Score of each unit, shape (N,).

    Returns
    -------
    float or None
        From -1 to 1; None where a score is the same for all units.

    References
    ----------
    Spearman, C. (1904). The proof and measurement of association between two things. American
    Journal of Psychology 15(1).

    Examples
    --------
    >>> round(rank_correlation([1, 2, 3, 4], [1, 2, 4, 3]), 4)
    0.8
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or not (np.isfinite(a) & np.isfinite(b)).all():
        raise InvalidInputError("Two finite scores per unit are needed, shape (N,).")
    if not a.size or a.min() == a.max() or b.min() == b.max():
        return None
    x, y = (_mean_ranks(one) for one in (a, b))
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip(x @ y / np.sqrt((x @ x) * (y @ y)), -1, 1))


def drawn_again(incidents: int, random: np.random.Generator, *, halves: bool) -> NDArray[np.intp]:
    """Return which of n incidents another history of the same places holds.

    As many with replacement, or half of them without. Sums of both vary alike about what they come
    from. But an incident drawn twice looks like two on one place: what tells chance from clusters
    takes repeats for clusters, and shrinks too little. Of independent incidents, and of those that
    cluster, half are independent and cluster as all do, so whatever shrinks asks for halves.

    Parameters
    ----------
    incidents
        Their number n.
    random
        Where chance comes from.
    halves
        Whether half are drawn, without replacement.

    Returns
    -------
    numpy.ndarray
        Positions, shape (n,), or ascending, shape (n - n // 2,).

    References
    ----------
    Shao, J. and Wu, C. F. J. (1989). A general theory for jackknife variance estimation. The Annals
    of Statistics 17(3), pp. 1176-1197.

    Examples
    --------
    >>> len(drawn_again(5, np.random.default_rng(1), halves=True))
    3
    """
    if not halves:
        return random.integers(0, incidents, incidents)
    return np.sort(random.permutation(incidents)[: incidents - incidents // 2])


def step(latitude: float, east_m: float, north_m: float) -> tuple[float, float]:
    """Return some metres at a latitude in degrees of longitude and of latitude.

    Examples
    --------
    >>> [round(one, 3) for one in step(60.0, 111_195, 111_195)]
    [2.0, 1.0]
    """
    per_degree = math.radians(1) * 6_371_008.8
    narrow = max(math.cos(math.radians(latitude)), 1e-6)
    return east_m / (per_degree * narrow), north_m / per_degree


def shift(
    longitude: ArrayLike, latitude: ArrayLike, by: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Move places by the same angles, all of them, so that those of one grid stay so.

    Parameters
    ----------
    longitude, latitude
        Degrees, shape (n,).
    by
        Degrees to the east and to the north.

    Returns
    -------
    longitude, latitude
        Degrees; longitudes beyond 180 come back from the other side.

    Examples
    --------
    >>> x, y = shift([0.0, 179.5], [1.0, 1.0], (1.0, 0.5))
    >>> x.tolist(), y.tolist()
    ([1.0, -179.5], [1.5, 1.5])
    """
    x = np.asarray(longitude, dtype=np.float64) + by[0]
    y = np.asarray(latitude, dtype=np.float64) + by[1]
    return np.where(np.abs(x) > 180, (x + 180) % 360 - 180, x), np.clip(y, -90, 90)


def _mean_ranks(values: Floats) -> Floats:
    _, level, many = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(many) - (many - 1) / 2)[level]
    return ranks
