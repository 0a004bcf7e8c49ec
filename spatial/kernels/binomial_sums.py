"""Compiled loops of the excess of own harm: tails of a sum of independent weighted binomials.

The sum is X = w_1 K_1 + ... + w_W K_W, K_j binomial of n_j trials with one chance a. All that is
added is positive, so small probabilities keep their relative accuracy. What is so unlikely that
it is left out is added to every tail: a tail is never below its true value.

Weights that share a divisor are convolved on a dense grid of it, the few others kept as a list of
sums with their probabilities: one odd weight would make the grid as fine as a hundredth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
_compiled = cast(Callable[[Kernel], Kernel], numba.njit(cache=True, nogil=True))

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

BLOCK: Final = 2048
"""Sums that are convolved together: few enough to stay in the nearest cache."""

LISTED: Final = 2_000_000
"""The longest list of sums of odd weights."""


@_compiled
def binomial(n: int, a: float, eps: float) -> tuple[int, Floats, float]:
    """Return the likely numbers of n trials of chance a: the first, their probabilities, the rest.

    From the mode outwards by the ratio of neighbours, each divided by the sum: accurate to the last
    digits wherever it lies. The rest, left out at both ends, is at most about `eps`.
    """
    if a >= 1.0:
        return n, np.ones(1), 0.0
    mode = min(int((n + 1) * a), n)
    q = a / (1.0 - a)
    last, value, rest = mode, 1.0, 0.0
    while last < n:
        ratio = (n - last) / (last + 1.0) * q
        value *= ratio
        if value < 0.1 * eps and ratio < 0.9:
            rest += value / (1.0 - ratio)
            break
        last += 1
    first, value = mode, 1.0
    while first > 0:
        ratio = first / (n - first + 1.0) / q
        value *= ratio
        if value < 0.1 * eps and ratio < 0.9:
            rest += value / (1.0 - ratio)
            break
        first -= 1
    chances = np.empty(last - first + 1)
    chances[mode - first] = 1.0
    for k in range(mode, last):
        chances[k + 1 - first] = chances[k - first] * ((n - k) / (k + 1.0) * q)
    for k in range(mode, first, -1):
        chances[k - 1 - first] = chances[k - first] * (k / (n - k + 1.0) / q)
    total = rest
    for i in range(chances.size):
        total += chances[i]
    for i in range(chances.size):
        chances[i] /= total
    return first, chances, rest / total


@_compiled
def survival(chances: Floats, behind: float, length: int) -> Floats:
    """Return the probability of each place or a later one, to that `behind` a length."""
    tail = np.empty(length + 1)
    total = behind
    for i in range(length, -1, -1):
        total += chances[i] if i < chances.size else 0.0
        tail[i] = total
    return tail


@_compiled
def _add(to: Floats, value: float) -> None:
    for i in range(to.size):
        to[i] += value


@_compiled
def _convolved(
    dense: Floats, first: int, last: int, least: int, chances: Floats, step: int, tiny: float
) -> Floats:
    """Return the sums of a grid and `step` times a number that is `least` or one more each.

    The grid holds something from `first` to before `last`. What is returned ends where its sums
    do, or with the grid. No number is likely where chances are none: there are no sums then.
    """
    if chances.size == 0:
        return np.zeros(0)
    until = min(dense.size, last + (least + chances.size - 1) * step)
    made = np.zeros(until)
    highest = 0.0
    for s in range(first, last):
        highest = max(highest, dense[s])
    for start in range(0, until, BLOCK):
        stop = min(start + BLOCK, until)
        for i in range(chances.size):
            shift = (least + i) * step
            if shift + first >= stop:
                break
            if shift + last <= start or chances[i] * highest < tiny:
                continue
            low, high = max(start, shift + first), min(stop, shift + last)
            chance = chances[i]
            for s in range(low, high):
                made[s] += chance * dense[s - shift]
    return made


@_compiled
def _beyond(dense: Floats, first: int, last: int, least: int, chances: Floats, step: int) -> float:
    """Return the probability of the sums that `_convolved` does not write."""
    tail = survival(chances, 0.0, chances.size)
    length, found = dense.size, 0.0
    for s in range(first, last):
        needed = -((s - length) // step) - least  # numbers from here on reach the grid's end
        found += dense[s] * tail[min(max(needed, 0), chances.size)]
    return found


@_compiled
def _reaching(
    thresholds: Integers, at: Integers, listed: Floats, tail: Floats, grid: int, add: Floats,
    factor: float,
) -> None:  # fmt: skip
    """Add, to each threshold, `factor` times the probability that list and grid reach it."""
    for i in range(thresholds.size):
        found = 0.0
        for e in range(at.size):
            left = thresholds[i] - at[e]
            found += listed[e] * (tail[-(-left // grid)] if left > 0 else tail[0])
        add[i] += factor * found


@_compiled
def _lengthened(
    at: Integers, listed: Floats, least: int, chances: Floats, weight: int, end: int, tiny: float
) -> tuple[Integers, Floats, float, float]:
    """Return a list with a number of one more weight, what reaches the end, what was left out."""
    tail = survival(chances, 0.0, chances.size)
    sums = np.empty(at.size * chances.size, dtype=np.int64)
    probable = np.empty(at.size * chances.size)
    many, beyond, left_out = 0, 0.0, 0.0
    for e in range(at.size):
        for i in range(chances.size):
            total = at[e] + (least + i) * weight
            if total >= end:
                beyond += listed[e] * tail[i]
                break
            chance = listed[e] * chances[i]
            if chance < tiny:
                left_out += chance
                continue
            sums[many], probable[many] = total, chance
            many += 1
    return sums[:many], probable[:many], beyond, left_out


@_compiled
def tails(
    weights: Integers, numbers: Integers, a: float, grid: int, x: Integers, t: Integers, eps: float
) -> tuple[Floats, Floats]:
    """Return P(X >= x) for each x, and P(X less its largest weight drawn >= t) for each t.

    Parameters
    ----------
    weights, numbers
        Distinct weights, ascending and above 0, and the trials of each, shape (W,).
    a
        The chance of each trial.
    grid
        A divisor of some weights: those are convolved, the others listed.
    x, t
        Thresholds above 0, ascending.
    eps
        What may be left out, as a probability.

    Notes
    -----
    By the largest weight that is drawn: it is m where none above m is drawn and one of m at least;
    the rest is then a sum of the weights below and of the others of m.
    """
    for_x, for_t = np.zeros(x.size), np.zeros(t.size)
    end = 1
    if x.size:
        end = max(end, x[x.size - 1])
    if t.size:
        end = max(end, t[t.size - 1])
    length = -(-end // grid)
    tiny = eps * 1e-6 / length
    dense = np.zeros(length)
    dense[0] = 1.0
    first, last, over = 0, 1, 0.0
    at, listed = np.zeros(1, dtype=np.int64), np.ones(1)
    listed_over, left_out = 0.0, 0.0
    highest = 0.0  # log of the chance that none of the weights from here on is drawn
    none_from = np.zeros(weights.size + 1)
    for j in range(weights.size - 1, -1, -1):
        highest += numbers[j] * math.log1p(-a) if a < 1.0 else -math.inf
        none_from[j] = math.exp(highest)
    none_from[weights.size] = 1.0
    for j in range(weights.size):
        least, chances, rest = binomial(numbers[j], a, eps)
        left_out += rest
        some = max(least, 1)
        one_or_more = chances[some - least :]
        present = 0.0
        for i in range(one_or_more.size):
            present += one_or_more[i]
        all_of_it = 1.0 - rest
        matters = none_from[j + 1] > tiny
        if not matters and t.size:
            left_out += none_from[j + 1]
        if weights[j] % grid == 0:
            step = weights[j] // grid
            less = _convolved(dense, first, last, some - 1, one_or_more, step, tiny)
            if matters:
                past = over * present
                past += _beyond(dense, first, last, some - 1, one_or_more, step)
                tail = survival(less, past, length)
                _reaching(t, at, listed, tail, grid, for_t, none_from[j + 1])
                _add(for_t, none_from[j + 1] * listed_over * present)
            over = over * all_of_it + _beyond(dense, first, last, least, chances, step)
            none = chances[0] if least == 0 else 0.0
            for s in range(first, last):
                dense[s] *= none
            until = min(length, less.size + step)
            for s in range(step, until):
                dense[s] += less[s - step]
            until = max(until, last)
            first, last = length, 0
            for s in range(until):
                if dense[s] < tiny:
                    left_out += dense[s]
                    dense[s] = 0.0
                elif first == length:
                    first = s
                if dense[s] > 0.0:
                    last = s + 1
            first = min(first, last)
        else:
            if matters:
                fewer, likely, past, out = _lengthened(
                    at, listed, some - 1, one_or_more, weights[j], end, tiny
                )
                tail = survival(dense, over, length)
                _reaching(t, fewer, likely, tail, grid, for_t, none_from[j + 1])
                _add(for_t, none_from[j + 1] * (listed_over * present + past))
                left_out += out
            listed_over *= all_of_it
            at, listed, past, out = _lengthened(at, listed, least, chances, weights[j], end, tiny)
            listed_over += past
            left_out += out
    _reaching(x, at, listed, survival(dense, over, length), grid, for_x, 1.0)
    _add(for_x, listed_over + left_out)
    _add(for_t, left_out)
    return for_x, for_t


@_compiled
def _spread(n: int, a: float, eps: float) -> float:
    """Return about how many numbers of n trials of chance a are likely."""
    mean, margin = n * a, -math.log(eps)
    above = margin if mean <= 0.0 else mean + margin
    for _ in range(30):  # the number that a Poisson of this mean exceeds with chance eps
        if mean <= 0.0 or above <= mean:
            break
        excess = above * math.log(above / mean) - above + mean - margin
        nearer = above - excess / math.log(above / mean)
        if abs(nearer - above) < 0.5:
            break
        above = max(nearer, mean + 1e-9)
    below = max(mean - math.sqrt(2.0 * mean * margin), 0.0)
    return float(min(above, n) - min(below, n) + 2.0)


@_compiled
def best_grid(
    weights: Integers, numbers: Integers, a: float, grids: Integers, end: int, thresholds: int,
    eps: float,
) -> tuple[int, float]:  # fmt: skip
    """Return which of some divisors makes `tails` cheapest, and about how many steps it takes."""
    found, cheapest = 1, math.inf
    spread = np.empty(weights.size)
    for j in range(weights.size):
        spread[j] = min(_spread(numbers[j], a, eps), end // weights[j] + 2.0)
    for grid in grids:
        size, reach, cost = 1.0, 1.0, 0.0
        for j in range(weights.size):
            if weights[j] % grid:
                size *= spread[j]
            else:
                reach = min(reach + spread[j] * (weights[j] / grid), end / grid)
                cost += reach * (spread[j] + 10.0)
            cost += 5.0 * size * thresholds
        cost += 5.0 * size * thresholds + 10.0 * size
        if size <= LISTED and cost < cheapest:
            found, cheapest = grid, cost
    return found, cheapest
