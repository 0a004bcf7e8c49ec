"""Rates: totals of units against what they are exposed to, smoothed where numbers are small."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.errors import DegenerateInputError, InvalidInputError, Problem

Floats: TypeAlias = NDArray[np.float64]

_NAMED = 20  # units named one by one in an error


@dataclass(frozen=True, eq=False)
class Smoothed:
    """Rates of N units, drawn towards their common mean as far as they are noise."""

    rate: Floats = field(repr=False)  # (N,), theta_i, per unit of exposure
    weight: Floats = field(repr=False)  # (N,), w_i in [0, 1]: how far a raw rate speaks for itself
    mean: float  # m, the pooled rate
    variance: float  # A, how much the true rates differ; 0 when the differences are all noise
    noise: float  # v: the variance of a raw rate about its true one is v over its exposure
    without_exposure: NDArray[np.intp] = field(repr=False)  # positions of units that have none


def rate(total: ArrayLike, exposure: ArrayLike) -> Floats:
    """Return the total of each unit per unit of its exposure.

    Parameters
    ----------
    total
        Count or harm of each unit, at least 0, shape (N,).
    exposure
        Residents, ambient population, length or area of each unit, positive, shape (N,).

    Returns
    -------
    numpy.ndarray
        Shape (N,).

    Raises
    ------
    InvalidInputError
        When shapes differ, a value is negative or not finite, or a unit has no exposure; the
        problems name the units by position.

    Examples
    --------
    >>> rate([3, 0], [1500, 800]).tolist()
    [0.002, 0.0]
    """
    x, n = _checked(total, exposure)
    empty = np.flatnonzero(n == 0)
    if empty.size:
        raise InvalidInputError(
            f"{empty.size} units have no exposure, so they have no rate, the first at position "
            f"{empty[0]}: leave them out, or smooth the rates (empirical_bayes).",
            [Problem(f"unit {at}", "exposure is 0") for at in empty[:_NAMED].tolist()],
        )
    return x / n


def empirical_bayes(
    total: ArrayLike, exposure: ArrayLike, squares: ArrayLike | None = None
) -> Smoothed:
    """Return rates smoothed towards their mean, more so where the exposure is small.

    Unit i has total x_i on exposure n_i, raw rate r_i = x_i / n_i, and a true rate that varies
    between units with mean m and variance A. Given its true rate, r_i has variance v / n_i. The
    best linear estimate of the true rate, with the moments of Marshall's global estimator, is::

        theta_i = m + w_i (r_i - m)              w_i = A / (A + v / n_i)
        m   = sum x_i / sum n_i
        s^2 = sum n_i (r_i - m)^2 / sum n_i
        A   = s^2 - v / nbar, or 0 when that is negative        nbar = sum n_i / N

    For counts, x_i is Poisson and v = m, as in Marshall. Harm is a compound Poisson total: c_i
    incidents of weights w, c_i Poisson with mean n_i lambda_i, so that E[x_i] = n_i lambda_i E[w]
    and Var[x_i] = n_i lambda_i E[w^2]. The variance of r_i, averaged over the units, is then
    E[lambda] E[w^2] / n_i, and the sum of squared weights q_i has mean n_i lambda_i E[w^2], so::

        v = sum q_i / sum n_i

    With w = 1 that is m again. It takes the mix of offences to be the same everywhere, as far as
    noise is concerned. A few incidents of great weight make harm so noisy that A is often 0: the
    rates of harm then do not differ by more than chance, and all are the mean.

    Parameters
    ----------
    total
        Count or harm of each unit, at least 0, shape (N,).
    exposure
        Residents, ambient population, length or area of each unit, at least 0, shape (N,).
    squares
        Sum of the squared weights of each unit's incidents, shape (N,). Needed for harm; for
        counts it is the total itself, which is the default.

    Returns
    -------
    Smoothed
        A unit without exposure takes the mean, with weight 0: the limit for a unit without
        incidents as its exposure shrinks. Incidents of such a unit have no rate and count for
        nothing, and `without_exposure` names the unit.

    Raises
    ------
    InvalidInputError
        When shapes differ, a value is negative or not finite, or the squares cannot be those of
        the totals.
    DegenerateInputError
        When no unit has any exposure.

    Notes
    -----
    `esda.smoothing.Empirical_Bayes` gives the same rates where A is positive. It keeps a negative
    A, and its weights then lie outside 0 to 1; Marshall sets A to 0.

    References
    ----------
    Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators.
    Applied Statistics 40(2), pp. 284-285.

    Examples
    --------
    >>> smoothed = empirical_bayes([0, 2, 90], [100, 100, 1000])
    >>> smoothed.rate.round(4).tolist(), smoothed.weight.round(3).tolist()
    ([0.0397, 0.0493, 0.0887], [0.482, 0.482, 0.903])
    """
    x, n = _checked(total, exposure)
    q = x if squares is None else _checked_squares(squares, x)
    exposed = n > 0
    if not exposed.any():
        raise DegenerateInputError(
            "No unit has any exposure, so there is no rate: choose another denominator."
        )
    x, n, q = x[exposed], n[exposed], q[exposed]
    N = exposed.sum()
    m = x.sum() / n.sum()
    v = q.sum() / n.sum()
    r = x / n
    s2 = (n * (r - m) ** 2).sum() / n.sum()
    A = max(s2 - v / (n.sum() / N), 0.0)
    # A / (A + v / n), written so that it is defined where nothing happened at all (v = A = 0).
    w = np.divide(A * n, A * n + v, out=np.zeros(N), where=A > 0)
    theta = m + w * (r - m)
    weight, smoothed = np.zeros(len(exposed)), np.full(len(exposed), m)
    weight[exposed], smoothed[exposed] = w, theta
    return Smoothed(smoothed, weight, float(m), float(A), float(v), np.flatnonzero(~exposed))


def _checked(total: ArrayLike, exposure: ArrayLike) -> tuple[Floats, Floats]:
    x, n = _finite(total, "total"), _finite(exposure, "exposure")
    if x.shape != n.shape:
        raise InvalidInputError(
            f"total and exposure need one number per unit, not {x.size} and {n.size}."
        )
    return x, n


def _checked_squares(squares: ArrayLike, x: Floats) -> Floats:
    q = _finite(squares, "squares")
    if q.shape != x.shape:
        raise InvalidInputError(f"squares needs one number for each of {x.size} units.")
    odd = np.flatnonzero(((q > 0) != (x > 0)) | (q > x**2 * (1 + 1e-9)))
    if odd.size:
        raise InvalidInputError(
            f"squares must be the sum of squared weights behind each total; on {odd.size} units "
            f"it cannot be, the first at position {odd[0]} (total {x[odd[0]]}, {q[odd[0]]})."
        )
    return q


def _finite(values: ArrayLike, name: str) -> Floats:
    checked = np.asarray(values, dtype=np.float64)
    if checked.ndim != 1:
        raise InvalidInputError(f"{name} must have one dimension, not {checked.ndim}.")
    bad = np.flatnonzero(~(np.isfinite(checked) & (checked >= 0)))
    if bad.size:
        raise InvalidInputError(
            f"{name} must be finite and at least 0; {bad.size} are not, the first at position "
            f"{bad[0]} ({checked[bad[0]]}).",
            [Problem(f"unit {at}", f"{name} is {checked[at]}") for at in bad[:_NAMED].tolist()],
        )
    return checked
