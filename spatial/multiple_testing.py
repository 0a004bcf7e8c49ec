"""Correction for testing every unit: q-values that bound the false discovery rate."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.errors import InvalidInputError

Correction: TypeAlias = Literal["bh", "by"]

CORRECTIONS: Final = get_args(Correction)

FEW_DISTINCT: Final = 4096
"""Up to as many distinct p-values, as permutation gives on sparse harm, search beats sorting."""


def adjust(p: ArrayLike, method: Correction = "bh") -> NDArray[np.float64]:
    """Return the q-value of each test: the lowest false discovery rate at which it is declared.

    With p-values in ascending order, q_(i) = min over j >= i of p_(j) m c / j, at most 1, where m
    is the number of tests and c = 1 for Benjamini-Hochberg, c = 1 + 1/2 + ... + 1/m for
    Benjamini-Yekutieli. The first holds for independent and positively dependent tests, which
    neighbouring units' statistics are; the second for any dependence. On local statistics, Caldas
    de Castro and Singer (2006) find the first close to nominal under spatial dependence and more
    powerful than Bonferroni.

    Parameters
    ----------
    p
        p-values from 0 to 1, any shape.
    method
        ``"bh"`` (Benjamini and Hochberg 1995) or ``"by"`` (Benjamini and Yekutieli 2001).

    Returns
    -------
    numpy.ndarray
        q-values from 0 to 1, in the shape of `p`.

    Raises
    ------
    InvalidInputError
        When a p-value is not from 0 to 1, or the method does not exist.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the
    Royal Statistical Society B 57(1), 289-300.

    Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in multiple
    testing under dependency. Annals of Statistics 29(4), 1165-1188, theorem 1.3.

    Caldas de Castro, M. and Singer, B. H. (2006). Controlling the false discovery rate: a new
    application to account for multiple and dependent tests in local statistics of spatial
    association. Geographical Analysis 38(2), 180-208.

    Examples
    --------
    >>> adjust([0.01, 0.02, 0.03, 0.5]).round(3).tolist()
    [0.04, 0.04, 0.04, 0.5]
    """
    p_values = np.asarray(p, dtype=np.float64)
    outside = np.flatnonzero(~((p_values >= 0.0) & (p_values <= 1.0)))
    if outside.size:
        raise InvalidInputError(
            f"{outside.size} p-values are not from 0 to 1, the first at position {outside[0]} "
            f"({p_values.flat[outside[0]]})."
        )
    m = p_values.size
    factor = dependence_factor(m, method)
    if m == 0:
        return p_values.copy()
    ordered = np.sort(p_values, axis=None)
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))  # of each run of equals
    distinct = ordered[last]
    ratios = distinct * (m * factor) / (last + 1)
    q_values = np.minimum(np.minimum.accumulate(ratios[::-1])[::-1], 1.0)
    if distinct.size <= FEW_DISTINCT:
        return np.asarray(q_values[np.searchsorted(distinct, p_values)])
    each = np.empty(m)
    each[np.argsort(p_values, axis=None)] = np.repeat(q_values, np.diff(last, prepend=-1))
    return each.reshape(p_values.shape)


def dependence_factor(m: int, method: Correction = "bh") -> float:
    """Return the price of unknown dependence between `m` tests, c in `adjust`.

    Examples
    --------
    >>> dependence_factor(3, "bh"), round(dependence_factor(3, "by"), 3)
    (1.0, 1.833)
    """
    if method not in CORRECTIONS:
        raise InvalidInputError(f"correction must be one of {CORRECTIONS}, not {method!r}.")
    return 1.0 if method == "bh" else float(np.sum(1.0 / np.arange(1, m + 1)))
