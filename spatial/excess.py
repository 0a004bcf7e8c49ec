"""The excess of a unit's own harm: whether there is more than chance would put there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial import own_tails
from spatial.errors import InvalidInputError
from spatial.multiple_testing import adjust
from spatial.top_months import months_in_top

__all__ = ["Basis", "Own", "basis", "months_in_top", "own"]

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Basis: TypeAlias = Literal["own", "neighbourhood", "both", "none"]

STEP: Final = 1.01
"""Chances that differ by less share one distribution: that of the largest."""

FEW: Final = 64
"""Up to as many different chances have a distribution each."""


@dataclass(frozen=True)
class Own:
    """What units hold, and how likely chance alone would put as much there.

    Parameters
    ----------
    p
        Chance of as much harm or more as the unit holds, shape (N,); 1 where it holds none, and
        where its share is 0: nothing can be said there.
    p_without_worst
        Chance that the harm less the worst incident is as high, shape (N,): of one incident it is
        1. Never below 1e-270, nor is `p`.
    expected
        Harm that chance puts on the unit, in hundredths: its share of the total, shape (N,).
    observed
        Harm that it holds, in hundredths, shape (N,).
    rounded
        By how much at most the share of a unit was rounded up, relative: p is that of a unit with
        so much more. 0 where shares are few or equal.
    grid
        1 where weights are exact, else to how many hundredths the largest sums were rounded.
    """

    p: Floats
    p_without_worst: Floats
    expected: Floats
    observed: Integers
    rounded: float
    grid: float

    @property
    def excess(self) -> Floats:
        """Harm in terms of its expectation, shape (N,).

        NaN where none is expected, or so little that no number tells how many times as much it is.
        """
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            times = self.observed / self.expected
        return np.where(np.isfinite(times), times, np.nan)


class _Held(NamedTuple):
    """How many incidents of each weight each unit holds: a row where there are any."""

    unit: Integers
    which: Integers  # position among the distinct weights
    many: Integers


def own(position: ArrayLike, hundredths: ArrayLike, share: ArrayLike) -> Own:
    """Test the harm of each unit against incidents that fall anywhere by chance.

    Null hypothesis: the incidents fall independently, each with its own weight, on unit i with
    probability a_i. Its harm X_i is then the sum over the distinct weights w of w Bin(n_w, a_i),
    n_w the number of incidents of that weight, and p_i = P(X_i >= x_i), by convolution, exact.
    The second test is that of x_i less its largest weight, against the distribution of just that.
    Of more than `FEW` different shares, those less than 1 % apart are rounded up to the largest of
    them, so p is never too small.

    Parameters
    ----------
    position
        Unit of each incident, 0 to N - 1, or -1: in the study area, but on none of the units.
        Those count among the incidents that might have fallen on a unit. Shape (n,).
    hundredths
        Weight of each incident in hundredths of the index's unit, integers from 0, shape (n,).
    share
        The chance a_i of each unit: its share of the study area, of the length of streets, or of
        another exposure. From 0, and 1 at most together; what is missing is elsewhere. Shape (N,).

    Returns
    -------
    Own
        The tails, what was expected, and how exact they are.

    Raises
    ------
    InvalidInputError
        When shapes differ, a position is no unit, a weight is negative or no whole number, or a
        share is negative, no number, or more than 1 with the others.

    Examples
    --------
    >>> found = own([0, 0, 1], [100, 300, 100], [0.5, 0.5])
    >>> found.p.tolist(), found.p_without_worst.tolist()
    ([0.375, 0.875], [0.5, 1.0])
    >>> found.expected.tolist(), found.excess.tolist()
    ([250.0, 250.0], [1.6, 0.4])
    """
    at, weight, chance = _checked(position, hundredths, share)
    expected = chance * float(weight.sum())
    p, p_without_worst = np.ones(chance.size), np.ones(chance.size)
    observed = np.zeros(chance.size, dtype=np.int64)
    at, weight = at[weight > 0], weight[weight > 0]
    weights, which, numbers = np.unique(weight, return_inverse=True, return_counts=True)
    drawn = own_tails.Drawn(weights.astype(np.int64), numbers.astype(np.int64))
    held = _held(at, which, weights.size)
    if held.unit.size == 0:
        return Own(p, p_without_worst, expected, observed, 0.0, 1.0)
    starts = np.flatnonzero(np.diff(held.unit, prepend=-1))
    units = held.unit[starts]
    x = np.add.reduceat(drawn.weights[held.which] * held.many, starts)
    worst = drawn.weights[held.which[np.append(starts[1:], held.unit.size) - 1]]
    observed[units] = x

    tested = np.flatnonzero(chance[units] > 0.0)
    if tested.size == 0:
        return Own(p, p_without_worst, expected, observed, 0.0, 1.0)
    raised, step = _rounded_up(chance[units[tested]])
    of_unit = np.ones(units.size)
    of_unit[tested] = raised
    rows = np.diff(np.append(starts, held.unit.size))
    logs = own_tails.log_at_least(drawn, np.repeat(of_unit, rows), held.which, held.many)
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.add.reduceat(logs, starts) + numbers.sum() * np.log1p(-of_unit)
    order = np.argsort(step, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(step[order])) + 1)
    groups = []
    for part in parts:
        of = tested[part]
        lowest = float(np.nan_to_num(least[of], nan=0.0).min())
        groups.append(own_tails.Alike(float(raised[part[0]]), x[of], (x - worst)[of], lowest))
    for part, found in zip(parts, tails := own_tails.of_each(drawn, groups), strict=True):
        p[units[tested[part]]] = found.p
        p_without_worst[units[tested[part]]] = found.p_without_worst
    return Own(
        p,
        p_without_worst,
        expected,
        observed,
        rounded=float((raised / chance[units[tested]]).max() - 1.0),
        grid=max(found.grid for found in tails),
    )


def basis(
    p_own: ArrayLike, p_without_worst: ArrayLike, q_neighbourhood: ArrayLike, alpha: float = 0.05
) -> tuple[NDArray[np.str_], Floats]:
    """Say what stands behind each unit: its own harm, its neighbourhood's, both, or none.

    Parameters
    ----------
    p_own, p_without_worst
        The two tests of `own`, shape (N,).
    q_neighbourhood
        q-value of the unit's neighbourhood (Gi*), shape (N,); NaN where it was not tested.
    alpha
        False discovery rate up to which a q-value stands for something.

    Returns
    -------
    tuple of numpy.ndarray
        ``own``, ``neighbourhood``, ``both`` or ``none`` of each unit, and the Benjamini-Hochberg
        q-value of the larger of the two p-values, shape (N,) each.

    Raises
    ------
    InvalidInputError
        When shapes differ or a p-value is not from 0 to 1.

    Examples
    --------
    >>> which, q_own = basis([0.001, 0.2, 0.9], [0.02, 0.3, 1.0], [0.01, 0.04, 0.5], alpha=0.1)
    >>> which.tolist(), q_own.round(3).tolist()
    (['both', 'neighbourhood', 'none'], [0.06, 0.45, 1.0])
    """
    first, second, around = (
        np.asarray(one, dtype=np.float64) for one in (p_own, p_without_worst, q_neighbourhood)
    )
    if not first.shape == second.shape == around.shape:
        raise InvalidInputError(
            "p_own, p_without_worst and q_neighbourhood need one shape (N,), not "
            f"{first.shape}, {second.shape} and {around.shape}."
        )
    q_own = adjust(np.maximum(first, second))
    own_too, around_too = q_own <= alpha, around <= alpha
    found = np.select(
        [own_too & around_too, own_too, around_too], ["both", "own", "neighbourhood"], "none"
    )
    return found, q_own


def _checked(
    position: ArrayLike, hundredths: ArrayLike, share: ArrayLike
) -> tuple[Integers, Integers, Floats]:
    at, weight = np.asarray(position), np.asarray(hundredths)
    chance = np.asarray(share, dtype=np.float64)
    if at.ndim != 1 or at.shape != weight.shape or chance.ndim != 1:
        raise InvalidInputError(
            f"position and hundredths need one shape (n,), and share (N,), not {at.shape}, "
            f"{weight.shape} and {chance.shape}."
        )
    if at.size and (at.min() < -1 or at.max() >= chance.size):
        raise InvalidInputError(
            f"Every position must be a unit, 0 to {chance.size - 1}, or -1 for none."
        )
    whole = weight.astype(np.int64)
    if weight.size and (not np.array_equal(whole, weight) or whole.min() < 0):
        raise InvalidInputError("hundredths must be whole numbers from 0.")
    if not np.all(chance >= 0.0) or chance.sum() > 1.0 + 1e-9:
        raise InvalidInputError(
            "share must hold numbers from 0 that are 1 at most together; they are "
            f"{chance.min(initial=0.0)} at least and {chance.sum()} together."
        )
    return at.astype(np.int64), whole, np.minimum(chance, 1.0)


def _held(at: Integers, which: NDArray[np.intp], weights: int) -> _Held:
    on_unit = at >= 0
    rows, many = np.unique(at[on_unit] * weights + which[on_unit], return_counts=True)
    return _Held(rows // max(weights, 1), rows % max(weights, 1), many.astype(np.int64))


def _rounded_up(chance: Floats) -> tuple[Floats, Integers]:
    """Return each chance as the largest within its step of a logarithmic grid, and the step."""
    distinct, which = np.unique(chance, return_inverse=True)
    if distinct.size <= FEW:
        return chance, which.astype(np.int64)
    # The logarithm of the quotient would overflow where a chance is next to none.
    below = np.log(chance.max()) - np.log(chance)
    steps = np.floor(below / np.log(STEP) + 1e-9).astype(np.int64)
    _, step = np.unique(steps, return_inverse=True)
    largest = np.zeros(step.max() + 1)
    np.maximum.at(largest, step, chance)
    return largest[step], step.astype(np.int64)
