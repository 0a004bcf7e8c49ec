"""Chances of as much harm as was seen: one distribution for the units that expect alike."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from spatial.kernels import binomial_sums
from spatial.kernels.threads import number_of_threads

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SMALLEST: Final = 1e-270
"""Chances below are told as this one: doubles end soon after."""

RELATIVE: Final = 1e-12
"""What is left out of a tail, in terms of the least that it can be."""

MOST_STEPS: Final = 4e9
"""About as many additions are made at most; then weights are rounded to a coarser grid."""

COARSEST: Final = 2**15
"""Steps of that grid up to the largest sum, at least."""


class Drawn(NamedTuple):
    """The incidents of one window, as the null hypothesis knows them."""

    weights: Integers  # (W,) distinct, ascending, above 0
    numbers: Integers  # (W,) incidents of each weight


class Alike(NamedTuple):
    """Units that share one chance per incident."""

    chance: float
    x: Integers  # (u,) harm of each, above 0
    t: Integers  # (u,) harm less its worst incident, 0 where there is only one
    log_least: float  # the smallest, over the units, of a lower bound of their tails


class _Asked(NamedTuple):
    """What is asked of one distribution, and what it would cost to answer exactly."""

    chance: float
    x: Integers  # distinct thresholds, ascending, that are not reached too seldom to be told
    t: Integers
    eps: float
    divisor: int
    steps: float
    steps_of_ones: float  # what it costs on a grid of ones

    @property
    def end(self) -> int:
        return int(max(self.x.max(initial=1), self.t.max(initial=1)))


class Tails(NamedTuple):
    """What chance says of some units."""

    p: Floats
    p_without_worst: Floats
    grid: float  # 1 where exact, else the hundredths to which weights were rounded


def of_each(drawn: Drawn, groups: list[Alike]) -> list[Tails]:
    """Return the tails of the units of each group, in the order of the groups."""
    divisor = int(np.gcd.reduce(drawn.weights))
    shrunk = Drawn(drawn.weights // divisor, drawn.numbers)
    grids = _divisors(shrunk.weights)

    def asked(group: Alike) -> _Asked:
        return _asked(shrunk, group._replace(x=group.x // divisor, t=group.t // divisor), grids)

    def tails(group: Alike, of: _Asked) -> Tails:
        grid = _grid(of, affordable)
        p_x, p_t = (np.append(one, SMALLEST) for one in _answered(shrunk, of, grid))
        p = p_x[np.searchsorted(of.x, group.x // divisor)]
        p_without_worst = p_t[np.searchsorted(of.t, group.t // divisor)]
        p_without_worst[group.t == 0] = 1.0
        return Tails(p, p_without_worst, grid * divisor if grid > 1.0 else 1.0)

    with ThreadPoolExecutor(number_of_threads()) as pool:
        questions = list(pool.map(asked, groups))
        affordable = _affordable(np.array([one.steps for one in questions]))
        return list(pool.map(tails, groups, questions))


def log_at_least(drawn: Drawn, chance: Floats, which: Integers, held: Integers) -> Floats:
    """Return the logarithm of the chance that one weight is drawn just as often as it was.

    Less the chance that it is never drawn, which stands for the weights that a unit lacks: the sum
    over the weights of a unit, and all incidents times log(1 - chance), is that of its very
    incidents, and so a lower bound of the tails that they reach.
    """
    n = drawn.numbers[which]
    with np.errstate(divide="ignore"):
        odds = np.log(chance) - np.log1p(-chance)
    choices = gammaln(n + 1.0) - gammaln(held + 1.0) - gammaln(n - held + 1.0)
    return np.asarray(choices + held * odds)


def _asked(drawn: Drawn, group: Alike, grids: Integers) -> _Asked:
    """Return what there is to answer of a group: sums that are hardly ever reached are not."""
    chance = group.chance
    unlikely = np.inf
    if drawn.numbers.sum() * chance <= SMALLEST:  # that any is drawn is as unlikely
        unlikely = 0.0
    elif chance < 1.0:
        unlikely = _unlikely_from(drawn, chance)
    x, t = (np.unique(one[(one > 0) & (one < unlikely)]) for one in (group.x, group.t))
    if chance >= 1.0 or x.size + t.size == 0:
        return _Asked(chance, x, t, 0.0, 1, 0.0, 0.0)
    log_least = max(
        group.log_least,
        min(
            _log_by_one_weight(drawn, chance, int(x.max(initial=1)), 0),
            _log_by_one_weight(drawn, chance, int(t.max(initial=1)), 1),
        ),
    )
    eps = RELATIVE * max(float(np.exp(log_least)), SMALLEST)
    asked = _Asked(chance, x, t, eps, 1, 0.0, 0.0)

    def best_of(divisors: Integers) -> tuple[int, float]:
        many = x.size + t.size
        best, steps = binomial_sums.best_grid(*drawn, chance, divisors, asked.end, many, eps)
        return int(best), float(steps)

    divisor, steps = best_of(grids)
    return asked._replace(divisor=divisor, steps=steps, steps_of_ones=best_of(grids[:1])[1])


def _answered(drawn: Drawn, asked: _Asked, grid: float) -> tuple[Floats, Floats]:
    """Return the tails at each threshold; `grid` above 1: of weights rounded to its steps."""
    if asked.chance >= 1.0:
        return np.ones(asked.x.size), np.ones(asked.t.size)
    if asked.x.size + asked.t.size == 0:
        return np.ones(0), np.ones(0)
    x, t, divisor = asked.x, asked.t, asked.divisor
    if grid > 1.0:
        drawn, divisor = _rounded(drawn, grid), 1
        x, t = (np.maximum((one / grid).astype(np.int64), 1) for one in (x, t))
    found_x, found_t = binomial_sums.tails(*drawn, asked.chance, divisor, x, t, asked.eps)
    return np.clip(found_x, SMALLEST, 1.0), np.clip(found_t, SMALLEST, 1.0)


def _affordable(steps: Floats) -> float:
    """Return how many steps a group may take so that all take no more than `MOST_STEPS`."""
    ordered = np.sort(steps)
    left = MOST_STEPS - np.concatenate(([0.0], np.cumsum(ordered)))
    each = left[:-1] / np.arange(ordered.size, 0, -1)
    too_dear = np.flatnonzero(ordered > each)
    return float(each[too_dear[0]]) if too_dear.size else np.inf


def _grid(asked: _Asked, affordable: float) -> float:
    """Return to what weights are to be rounded: 1, not at all, where that can be afforded."""
    if asked.steps <= affordable:
        return 1.0
    return max(min(asked.steps_of_ones / affordable, asked.end / COARSEST), 1.0)


def _log_by_one_weight(drawn: Drawn, chance: float, threshold: int, besides: int) -> float:
    """Return a lower bound of a tail: that incidents of one weight alone reach it."""
    needed = -(-threshold // drawn.weights) + besides
    possible = needed <= drawn.numbers
    many = np.where(possible, needed, 0)
    logs = np.where(
        many <= np.floor(drawn.numbers * chance),
        np.log(0.5),  # the median is not below the mean's whole number
        log_at_least(drawn, np.full(many.size, chance), np.arange(many.size), many)
        + drawn.numbers * np.log1p(-chance),
    )
    return float(np.where(possible, logs, -np.inf).max())


def _divisors(weights: Integers) -> Integers:
    """Return the common divisors of two weights or more: the grids that there are to choose."""
    pairs = np.gcd.outer(weights, weights) if weights.size <= 500 else np.array([1])
    return np.unique(np.append(pairs, 1)).astype(np.int64)


def _unlikely_from(drawn: Drawn, chance: float) -> float:
    """Return a sum that is reached with a chance below `SMALLEST` (Chernoff's bound)."""
    light, heavy = float(drawn.weights[0]), float(drawn.weights[-1])
    theta = np.geomspace(1e-4 / heavy, 1000.0 / light, 200)[:, None]
    with np.errstate(over="ignore"):
        each = np.logaddexp(np.log1p(-chance), np.log(chance) + theta * drawn.weights)
    bound = ((each * drawn.numbers).sum(axis=1) - np.log(SMALLEST)) / theta[:, 0]
    return float(bound.min())


def _rounded(drawn: Drawn, grid: float) -> Drawn:
    """Return weights in whole steps of a grid: of each, some rounded up and some down.

    So many are rounded up that their sum is kept, or a step above.
    """
    below = np.floor(drawn.weights / grid)
    up = np.ceil((drawn.weights / grid - below) * drawn.numbers - 1e-9).astype(np.int64)
    weights = np.concatenate((below, below + 1)).astype(np.int64)
    numbers = np.concatenate((drawn.numbers - up, up))
    distinct, which = np.unique(weights, return_inverse=True)
    totals = np.zeros(distinct.size, dtype=np.int64)
    np.add.at(totals, which, numbers)
    kept = (distinct > 0) & (totals > 0)
    return Drawn(distinct[kept], totals[kept])
