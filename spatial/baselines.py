"""Plain rules that a list is held against: each scores every unit by what is known at an origin.

All are functions of the cube up to the origin and see nothing later. What is spent on their
highest scores is `spatial.validation.taken`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from spatial.errors import InvalidInputError

if TYPE_CHECKING:
    from spatial.cube import Cube

Floats: TypeAlias = NDArray[np.float64]

HALF_LIFE_DAYS: Final = 365.25
"""Half-life of the exponential memory: that of the expected harm, a year."""

BANDWIDTH_M: Final = 300.0
"""Reach of the kernel, in metres, where units are neither much finer nor much coarser."""

_EARTH_M: Final = 6_371_008.8


def harm(known: Cube, weight: ArrayLike, first: int, last: int) -> Floats:
    """Return the harm of each unit from one day to another, shape (N,).

    Parameters
    ----------
    known
        What is known at the origin.
    weight
        Weight of each offence code.
    first, last
        First and last day, both included.

    Examples
    --------
    >>> from spatial import cube
    >>> made = cube.build([0, 1, 1], [1, 5, 9], [0, 0, 0], units=3, codes=("theft",))
    >>> harm(made, [2.0], 4, 9).tolist()
    [0.0, 4.0, 0.0]
    """
    return known.between(first, last).harm(weight)


def count(known: Cube, first: int, last: int) -> Floats:
    """Return the number of incidents of each unit from one day to another, shape (N,).

    Parameters
    ----------
    known, first, last
        As `harm` takes them.
    """
    return known.between(first, last).count().astype(np.float64)


def memory(
    known: Cube, weight: ArrayLike, last: int, half_life_days: float = HALF_LIFE_DAYS
) -> Floats:
    """Return the harm of each unit, each incident halved for every half-life since, shape (N,).

    Parameters
    ----------
    known, weight
        As `harm` takes them; nothing is cut away.
    last
        The day of the origin, on which an incident counts in full.
    half_life_days
        Days after which it counts half.

    Examples
    --------
    >>> from spatial import cube
    >>> made = cube.build([0, 1, 1], [10, 0, 10], [0, 0, 0], units=2, codes=("theft",))
    >>> memory(made, [2.0], last=10, half_life_days=10).tolist()
    [2.0, 3.0]
    """
    if not half_life_days > 0:
        raise InvalidInputError(f"A half-life is positive, not {half_life_days}.")
    past = known.until(last)
    faded = 0.5 ** ((last - past.day) / half_life_days)
    each = np.asarray(weight, dtype=np.float64)[past.code] * past.number * faded
    return np.bincount(past.unit, each, known.units).astype(np.float64)


def bandwidth_m(longitude: ArrayLike, latitude: ArrayLike) -> float:
    """Return the reach of the kernel among some units, in whole metres.

    It is `BANDWIDTH_M`, but at least two and at most five times the distance at which units stand
    from each other: a kernel that reaches no neighbour is no density, and one that reaches
    hundreds of them costs more than it tells.

    Parameters
    ----------
    longitude, latitude
        Middle of each unit, degrees, shape (N,).
    """
    from scipy.spatial import KDTree  # here, so that who tells what is computed does without it

    middle = _on_the_globe(longitude, latitude)
    if len(middle) < 2:
        return BANDWIDTH_M
    apart = float(np.median(np.asarray(KDTree(middle).query(middle, k=2)[0])[:, 1]))
    return float(np.ceil(np.clip(BANDWIDTH_M, 2 * apart, 5 * apart))) if apart else BANDWIDTH_M


def kernel(
    longitude: ArrayLike, latitude: ArrayLike, reach_m: float = BANDWIDTH_M
) -> sparse.csr_array:
    """Return how much each unit counts for the density at each other, shape (N, N).

    Quartic: (1 - (d / reach)^2)^2 at distance d between the middles of units, nothing beyond the
    reach (Silverman 1986, p. 76). Every unit counts for itself in full.

    Parameters
    ----------
    longitude, latitude
        Middle of each unit, degrees, shape (N,).
    reach_m
        The bandwidth.

    References
    ----------
    Silverman, B. W. (1986). Density estimation for statistics and data analysis. Chapman and Hall.

    Examples
    --------
    A thousandth of a degree of latitude is 111 m.

    >>> kernel([0, 0, 0], [50, 50.001, 50.004], 200).toarray().round(2).tolist()
    [[1.0, 0.48, 0.0], [0.48, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    middle = _on_the_globe(longitude, latitude)
    if not reach_m > 0:
        raise InvalidInputError(f"A bandwidth is positive, not {reach_m}.")
    from scipy.spatial import KDTree  # here, so that who tells what is computed does without it

    units = len(middle)
    if units == 0:
        return sparse.csr_array((0, 0))
    pairs = KDTree(middle).query_pairs(reach_m, output_type="ndarray")
    far = np.linalg.norm(middle[pairs[:, 0]] - middle[pairs[:, 1]], axis=1)
    near = (1 - (far / reach_m) ** 2) ** 2
    itself = np.arange(units)
    return sparse.csr_array(
        (
            np.concatenate((np.ones(units), near, near)),
            (
                np.concatenate((itself, pairs[:, 0], pairs[:, 1])),
                np.concatenate((itself, pairs[:, 1], pairs[:, 0])),
            ),
        ),
        shape=(units, units),
    )


def density(held: Floats, spread: sparse.csr_array) -> Floats:
    """Return the kernel density at each unit of what the units hold, shape (N,).

    Parameters
    ----------
    held
        Harm of each unit, shape (N,).
    spread
        What `kernel` returns.
    """
    return np.asarray(spread @ held, dtype=np.float64)


def at_random(units: int) -> Floats:
    """Return one score for all units: of those that stand alike the same part of each is taken."""
    return np.zeros(units)


def _on_the_globe(longitude: ArrayLike, latitude: ArrayLike) -> Floats:
    """Return places on a globe in metres, shape (N, 3): near ones are as far apart as they are."""
    degrees = np.array((longitude, latitude), dtype=np.float64).reshape(2, -1)
    if not np.isfinite(degrees).all():
        raise InvalidInputError("The middle of each unit must be finite degrees.")
    east, north = np.radians(degrees)
    return _EARTH_M * np.column_stack(
        (np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north))
    )
