"""Compiled comparison of each step of time with what the steps before it let expect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numpy.typing import NDArray

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
_compiled = cast(
    Callable[[Kernel], Kernel], numba.njit(cache=True, nogil=True, error_model="numpy")
)


@_compiled
def add_errors(
    counts: NDArray[Any], decay: float, first: int, excess: NDArray[Any], product: NDArray[Any]
) -> None:
    """Add up squared errors beyond chance, and products of what came and what was expected.

    Parameters
    ----------
    counts
        Shape (codes, N, steps), oldest step first.
    decay
        What an incident counts a step later.
    first
        The first step that is compared, at least 1.
    excess, product
        Where the sums of ((y - p)^2 - y - p/E) and of y p are added, of each code and, last, of
        all codes together, shape (codes + 1,).
    """
    codes, n, steps = counts.shape
    for i in range(n):
        for j in range(codes + 1):
            held, weights, squares = 0.0, 0.0, 0.0
            for t in range(steps):
                y = 0.0
                if j < codes:
                    y += counts[j, i, t]
                else:
                    for k in range(codes):
                        y += counts[k, i, t]
                if t >= first:
                    p = held / weights
                    excess[j] += (y - p) ** 2 - y - p * squares / weights**2
                    product[j] += y * p
                held = held * decay + y
                weights = weights * decay + 1.0
                squares = squares * decay**2 + 1.0
