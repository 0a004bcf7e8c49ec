"""Incidents gathered onto units: one row per unit, and what one incident can do to a sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial.errors import InvalidInputError
from spatial.harm import Hundredths, from_hundredths

if TYPE_CHECKING:
    import pandas as pd


def by_unit(position: ArrayLike, hundredths: Hundredths, units: int) -> pd.DataFrame:
    """Sum incidents and their harm over the units they belong to.

    Parameters
    ----------
    position
        Unit of each incident, 0 to ``units - 1``, shape (n,).
    hundredths
        Harm of each incident in hundredths of the index's unit, shape (n,).
    units
        Number of units N; those without incidents get zeros.

    Returns
    -------
    pandas.DataFrame
        N rows with `count` (int64) and `harm` (float64, the index's unit; an exact number of
        hundredths).

    Raises
    ------
    InvalidInputError
        When the shapes differ, a position is not a unit, or the harm is too large to sum
        exactly.

    Examples
    --------
    >>> by_unit([0, 2, 2], np.array([36500, 100, 200]), units=3).to_dict("list")
    {'count': [1, 0, 2], 'harm': [365.0, 0.0, 3.0]}
    """
    import pandas as pd

    at = np.asarray(position, dtype=np.intp)
    if at.shape != np.shape(hundredths) or at.ndim != 1:
        raise InvalidInputError(
            f"position and hundredths need one shape (n,), not {at.shape} and "
            f"{np.shape(hundredths)}."
        )
    if at.size and (at.min() < 0 or at.max() >= units):
        raise InvalidInputError(f"Every position must be a unit, 0 to {units - 1}.")
    return pd.DataFrame(
        {
            "count": np.bincount(at, minlength=units),
            "harm": from_hundredths(_sums(at, hundredths, units)),
        }
    )


def dominance(
    position: NDArray[np.intp], hundredths: Hundredths, groups: int
) -> NDArray[np.float64]:
    """Return the share of each group's harm that its single worst incident contributes.

    Parameters
    ----------
    position, hundredths
        Group and harm of each incident, shape (n,).
    groups
        Number of groups.

    Returns
    -------
    numpy.ndarray
        Shares in [0, 1], shape (groups,); 0 for a group without harm.

    Examples
    --------
    >>> dominance(np.array([0, 0, 1]), np.array([300, 100, 7]), groups=3).tolist()
    [0.75, 1.0, 0.0]
    """
    worst = np.zeros(groups, dtype=np.int64)
    np.maximum.at(worst, position, hundredths)
    total = _sums(position, hundredths, groups)
    return np.divide(worst, total, out=np.zeros(groups), where=total > 0)


def effective_incidents(
    position: NDArray[np.intp], hundredths: Hundredths, groups: int
) -> NDArray[np.float64]:
    """Return the number of equally harmful incidents that would be as concentrated.

    The sum of weights squared over the sum of squared weights (Kish's effective sample size):
    near 1 where one incident holds nearly all harm, the plain count where all weigh the same.

    Parameters
    ----------
    position, hundredths
        Group and harm of each incident, shape (n,).
    groups
        Number of groups.

    Returns
    -------
    numpy.ndarray
        Numbers of at least 0, shape (groups,); 0 for a group without harm.

    Examples
    --------
    >>> effective_incidents(np.array([0, 0, 1]), np.array([100, 100, 7]), groups=2).tolist()
    [2.0, 1.0]
    """
    weight = np.asarray(hundredths, dtype=np.float64)
    total = np.bincount(position, weights=weight, minlength=groups)
    squares = np.bincount(position, weights=weight**2, minlength=groups)
    return np.divide(total**2, squares, out=np.zeros(groups), where=squares > 0)


def _sums(position: NDArray[np.intp], hundredths: Hundredths, groups: int) -> Hundredths:
    # bincount adds in doubles, which hold every integer up to 2**53: exact below that total.
    total = float(np.sum(hundredths, dtype=np.float64))
    if total >= 2**53:
        raise InvalidInputError(
            "The harm of all incidents together is too large to sum exactly (over 9e13 units)."
        )
    return np.bincount(position, weights=hundredths, minlength=groups).astype(np.int64)
