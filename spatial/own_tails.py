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

FINEST: Final = 2**17
"""Points of that grid."""


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
    budget = MOST_STEPS / max(len(groups), 1)

    def tails(group: Alike) -> Tails:
        reduced = group._replace(x=group.x // divisor, t=group.t // divisor)
        found = _of_group(shrunk, reduced, grids, budget)
        return found if found.grid == 1.0 else found._replace(grid=found.grid * divisor)

    with ThreadPoolExecutor(number_of_threads()) as pool:
        return list(pool.map(tails, groups))


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


def _of_group(drawn: Drawn, group: Alike, grids: Integers, budget: float) -> Tails:
    x, x_of = np.unique(group.x, return_inverse=True)
    t, t_of = np.unique(group.t, return_inverse=True)
    if group.chance >= 1.0:
        return Tails(np.ones(group.x.size), np.ones(group.x.size), 1.0)
    unlikely = _unlikely_from(drawn, group.chance)
    eps = RELATIVE * max(np.exp(group.log_least), SMALLEST)
    x_asked, t_asked = x[x < unlikely], t[(t > 0) & (t < unlikely)]
    p_x, p_t = np.full(x.size, SMALLEST), np.full(t.size, SMALLEST)
    p_t[t == 0] = 1.0
    grid = 1.0
    if x_asked.size or t_asked.size:
        end = int(max(x_asked.max(initial=1), t_asked.max(initial=1)))
        asked = x_asked.size + t_asked.size
        divisor, steps = binomial_sums.best_grid(*drawn, group.chance, grids, end, asked, eps)
        exact = drawn
        if steps > budget and end > FINEST:
            grid = end / FINEST
            exact, divisor = _rounded(drawn, grid), 1
        found_x, found_t = binomial_sums.tails(
            *exact, group.chance, divisor,
            np.maximum((x_asked / grid).astype(np.int64), 1) if grid > 1.0 else x_asked,
            np.maximum((t_asked / grid).astype(np.int64), 1) if grid > 1.0 else t_asked,
            eps,
        )  # fmt: skip
        p_x[x < unlikely] = np.maximum(found_x, SMALLEST)
        p_t[(t > 0) & (t < unlikely)] = np.maximum(found_t, SMALLEST)
    return Tails(p_x[x_of], p_t[t_of], grid)


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
