"""Compiled recursion for sums of weights whose numbers are negative binomial.

Each code has a number of incidents that is negative binomial with size a and mean a b, and all its
incidents weigh the same. With q = b / (1 + b), the generating function of the sum over codes is
G(z) = prod ((1 - q) / (1 - q B(z)))^a, with B that of one incident's weight in steps of the grid:
z^k, or where the weight lies between two points of it, (1 - f) z^k + f z^(k+1), which keeps the
mean. From z G' = G sum a q z B' / (1 - q B) follows, with H = G q z B' / (1 - q B) of each code::

    x g(x) = sum over codes of a H(x)
    H(x)   = q sum over y of B(y) (y g(x - y) + H(x - y))

All terms are positive, so nothing cancels; a point costs one step of each code (the form of Panjer
1981 for sums of several portfolios).

All kernels share one module because numba's cache watches only the file a kernel is written in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
_compiled = cast(
    Callable[[Kernel], Kernel], numba.njit(cache=True, nogil=True, error_model="numpy")
)

POINTS_OF_ONE: Final = 32
"""Points of a grid for each incident that is expected, so that rounding adds little variance."""

MOST_POINTS: Final = 1 << 20
"""Points of the finest grid."""

_LEAST_LOG: Final = -600.0  # of a probability that is held as it is
_LARGE: Final = 1e250
_LOG_LARGE: Final = float(np.log(1e250))
_CERTAIN: Final = 1 - 1e-14


@_compiled
def _walk(
    size: NDArray[np.float64],
    odds: NDArray[np.float64],
    step: NDArray[np.int64],
    between: NDArray[np.float64],
    until: float,
    last: int,
) -> tuple[NDArray[np.float64], float, int]:
    """Return cumulative probabilities at grid points 0, 1, ..., with their factor's logarithm.

    The walk ends at the first point whose cumulative probability is at least `until`, or at
    `last`; the third is the number of points walked.
    """
    codes = size.size
    log_none = 0.0
    for j in range(codes):
        moving = between[j] if step[j] == 0 else 1.0
        log_none -= size[j] * np.log1p(odds[j] * moving)
    log_factor = 0.0 if log_none > _LEAST_LOG else log_none
    room = min(last + 1, 1024)
    g, cumulative = np.empty(room), np.empty(room)
    g[0] = cumulative[0] = np.exp(log_none - log_factor)
    # H of each code goes round in a buffer as long as it looks back: the point that is written is
    # the farthest one that is read.
    start = np.zeros(codes + 1, dtype=np.int64)
    for j in range(codes):
        start[j + 1] = start[j] + step[j] + 1
    h = np.zeros(start[codes])
    at = np.zeros(codes, dtype=np.int64)
    q = odds / (1.0 + odds)
    x = 0
    while x < last and cumulative[x] * np.exp(log_factor) < until:
        x += 1
        if x == room:
            room = min(2 * room, last + 1)
            more, more_cumulative = np.empty(room), np.empty(room)
            for y in range(x):
                more[y], more_cumulative[y] = g[y], cumulative[y]
            g, cumulative = more, more_cumulative
        total = 0.0
        for j in range(codes):
            k, f = step[j], between[j]
            slot = at[j] + 1
            if slot > k:
                slot = 0
            at[j] = slot
            farthest = start[j] + slot
            value = 0.0
            if f > 0.0 and x > k:
                value = f * ((k + 1) * g[x - k - 1] + h[farthest])
            if k == 0:
                value = q[j] * value / (1.0 - q[j] * (1.0 - f))
            elif x >= k:
                nearer = start[j] + (slot + 1 if slot < k else 0)
                value = q[j] * (value + (1.0 - f) * (k * g[x - k] + h[nearer]))
            h[farthest] = value
            total += size[j] * value
        g[x] = total / x
        cumulative[x] = cumulative[x - 1] + g[x]
        if cumulative[x] > _LARGE:
            for y in range(x + 1):
                g[y] /= _LARGE
                cumulative[y] /= _LARGE
            for slot in range(h.size):
                h[slot] /= _LARGE
            log_factor += _LOG_LARGE
    return cumulative, log_factor, x + 1


@_compiled
def bounds(
    size: NDArray[np.float64],
    odds: NDArray[np.float64],
    weight: NDArray[np.int64],
    tail: float,
    fewest_points: int,
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> None:
    """Find the least sums whose cumulative probabilities are at least `tail` and 1 - `tail`.

    Where the greatest of them can need more points than `fewest_points` and `POINTS_OF_ONE` for
    each incident that is expected, the grid is coarser than the weights, and the bounds are a point
    of it further out. A weight between two points of it adds less than that part to the variance.

    Parameters
    ----------
    size, odds
        a and b of each unit and code, shape (N, codes).
    weight
        Whole numbers without a common divisor, above 0, shape (codes,).
    low, high
        Where the bounds are put, shape (N,).
    """
    n, codes = size.shape
    step = np.empty(codes, dtype=np.int64)
    between = np.empty(codes)
    reach = np.sqrt((1.0 - tail) / tail)
    for i in range(n):
        number, mean, variance, log_none = 0.0, 0.0, 0.0, 0.0
        for j in range(codes):
            held = size[i, j] * odds[i, j]
            number += held
            mean += weight[j] * held
            variance += float(weight[j]) ** 2 * held * (1.0 + odds[i, j])
            log_none -= size[i, j] * np.log1p(odds[i, j])
        if np.exp(log_none) >= 1.0 - tail:
            low[i] = high[i] = 0
            continue
        # By Cantelli's inequality no more than the tail lies beyond it.
        furthest = mean + reach * np.sqrt(variance)
        points = min(max(fewest_points, int(POINTS_OF_ONE * number)), MOST_POINTS)
        spacing = max(1.0, furthest / points)
        for j in range(codes):
            exactly = weight[j] / spacing
            step[j] = np.int64(exactly)
            between[j] = exactly - step[j]
        cumulative, log_factor, walked = _walk(
            size[i], odds[i], step, between, 1.0 - tail, 4 * points
        )
        factor = np.exp(log_factor)
        first = 0
        while first < walked - 1 and cumulative[first] * factor < tail:
            first += 1
        if spacing == 1.0:
            low[i], high[i] = first, walked - 1
        else:
            low[i] = np.int64(np.ceil(max(first - 1, 0) * spacing))
            high[i] = np.int64(walked * spacing)


@_compiled
def cumulative(
    size: NDArray[np.float64],
    odds: NDArray[np.float64],
    weight: NDArray[np.int64],
    observed: NDArray[np.int64],
    below: NDArray[np.float64],
    at_most: NDArray[np.float64],
) -> None:
    """Find the probabilities of less than what was observed, and of no more than it."""
    between = np.zeros(weight.size)
    for i in range(observed.size):
        sums, log_factor, walked = _walk(size[i], odds[i], weight, between, _CERTAIN, observed[i])
        factor = np.exp(log_factor)
        if walked <= observed[i]:
            below[i] = at_most[i] = 1.0
            continue
        at_most[i] = min(sums[walked - 1] * factor, 1.0)
        below[i] = min(sums[walked - 2] * factor, 1.0) if walked > 1 else 0.0
