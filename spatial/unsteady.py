"""How far rates change from step to step: what the errors of past forecasts hold beyond chance."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from spatial.cube import Counts

Floats = NDArray[np.float64]

STEPS_BEFORE: Final = 3
"""Steps of history that the first comparison has before it."""

_AT_ONCE = 1 << 21  # counts that are laid out at a time


def unsteadiness(history: Counts | NDArray[np.generic], half_life: float) -> tuple[Floats, float]:
    """Return the relative variance over time of each code's rates, and that common to all codes.

    Each step's count y of a unit is compared with p, the decayed mean of the steps before it, which
    stands for E steps. At a steady rate, ((y - p)^2 - y - p/E) is 0 on average; if rates vary with
    relative variance t, it is t times the product of the rates, which y p is on average. So::

        t_j = sum((y - p)^2 - y - p/E) / sum(y p)

    over units and steps, for each code, and for the common part the same of all codes together
    less those of the codes: the products of two codes' errors over those of their rates. A code has
    what is beyond the common part. Negative ones are 0. Of K steps that were compared the variance
    is known no better, so it is taken K / (K - 2) times, as that of Student's t.

    Parameters
    ----------
    history
        Incidents of shape (codes, N, steps), oldest step first, or their sparse like.
    half_life
        Steps after which an incident counts half.

    Returns
    -------
    tuple
        Relative variances of shape (codes,), and one number; all 0 where fewer than three steps
        can be compared.
    """
    codes, _, steps = history.shape
    compared = steps - STEPS_BEFORE
    if compared < 3:
        return np.zeros(codes), 0.0
    return parted(*_sums(history, 0.5 ** (1 / half_life)), compared)


def parted(errors: Floats, product: Floats, compared: int) -> tuple[Floats, float]:
    """Return what errors say of each code beyond the common part, and the common part.

    Parameters
    ----------
    errors, product
        Products of errors and of rates, summed; of each code, then of all together, (codes + 1,).
    compared
        Steps that were compared, at least three.
    """
    known = compared / (compared - 2)
    common = _ratio(errors[-1] - errors[:-1].sum(), product[-1] - product[:-1].sum()) * known
    each = [_ratio(*sums) * known for sums in zip(errors[:-1], product[:-1], strict=True)]
    return np.maximum(np.array(each) - common, 0.0), common


def _ratio(excess: float, product: float) -> float:
    return max(float(excess / product), 0.0) if product > 0 else 0.0


def _sums(history: Counts | NDArray[np.generic], decay: float) -> tuple[Floats, Floats]:
    from spatial.kernels import one_step_ahead

    codes, n, steps = history.shape
    excess, product = np.zeros(codes + 1), np.zeros(codes + 1)
    many = max(1, _AT_ONCE // (codes * steps))
    if not isinstance(history, Counts):
        for begin in range(0, n, many):
            part = history[:, begin : begin + many].astype(np.float64)
            one_step_ahead.add_errors(part, decay, STEPS_BEFORE, excess, product)
        return excess, product
    order = np.argsort(history.unit, kind="stable")
    occupied, place = np.unique(history.unit[order], return_inverse=True)
    code, step = history.code[order], steps - 1 - history.age[order]
    number = history.number[order]
    for begin in range(0, occupied.size, many):
        end = min(begin + many, occupied.size)
        these = slice(*np.searchsorted(place, [begin, end]))
        shape = (codes, end - begin, steps)
        cell = np.ravel_multi_index((code[these], place[these] - begin, step[these]), shape)
        part = np.bincount(cell, number[these], codes * (end - begin) * steps).reshape(shape)
        one_step_ahead.add_errors(part, decay, STEPS_BEFORE, excess, product)
    return excess, product
