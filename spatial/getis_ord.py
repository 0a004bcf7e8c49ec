"""Getis-Ord Gi*: which units are hot or cold spots, by exact conditional permutation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias, cast, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from spatial.errors import DegenerateInputError, InvalidInputError
from spatial.kernels import permutation
from spatial.kernels.reference_draws import neighbour_sums
from spatial.multiple_testing import Correction, adjust, dependence_factor
from spatial.neighbours import Neighbours, checked

Tail: TypeAlias = Literal["hot", "cold", "two-sided"]
Inference: TypeAlias = Literal["permutation", "analytic"]
Floats: TypeAlias = NDArray[np.float64]

CLASSES: Final = (
    "hot_99", "hot_95", "hot_90", "not_significant", "cold_90", "cold_95", "cold_99",
)  # fmt: skip
"""Classes from hottest to coldest."""

CLASS_LIMITS: Final = (0.01, 0.05, 0.10)
"""Greatest q-value of the classes 99, 95 and 90."""


@dataclass(frozen=True, eq=False)
class GiStar:
    """Gi* of N units, with what it was computed by."""

    z: Floats = field(repr=False)  # (N,), standard deviates, Ord and Getis (1995) eq. 14 with self
    p: Floats = field(repr=False)  # (N,), in the tail asked for
    q: Floats = field(repr=False)  # (N,), p corrected for N tests
    tail: Tail
    inference: Inference
    correction: Correction
    alpha: float  # the level at which a single unit shall be detectable
    permutations: int  # used; 0 when the inference is analytic
    permutations_requested: int
    detectable_alone: bool  # False: the smallest possible p, alone, has q above alpha
    seed: int
    without_neighbours: NDArray[np.intp] = field(repr=False)  # positions of units that have none
    _hot: NDArray[np.bool_] = field(repr=False)  # (N,), the side on which each unit was tested

    @property
    def n(self) -> int:
        """Number of units N, and of tests."""
        return self.z.size

    @cached_property
    def classes(self) -> NDArray[np.str_]:
        """Class of each unit by its q-value, shape (N,): one of `CLASSES`."""
        step = np.searchsorted(CLASS_LIMITS, self.q)  # 0 is the 99 % class, 3 not significant
        return np.array(CLASSES)[np.where(self._hot, step, len(CLASSES) - 1 - step)]

    def to_frame(self, unit_ids: Sequence[Any] | NDArray[Any] | None = None) -> pd.DataFrame:
        """Return columns ``z``, ``p``, ``q`` and ``class``, one row per unit.

        Parameters
        ----------
        unit_ids
            Identifiers in the order of the input, shape (N,), to be the index; default 0 to N - 1.
        """
        if unit_ids is not None and len(unit_ids) != self.n:
            raise InvalidInputError(f"unit_ids has {len(unit_ids)} entries for {self.n} units.")
        index = None if unit_ids is None else pd.Index(unit_ids, name="unit_id")
        columns = {"z": self.z, "p": self.p, "q": self.q, "class": self.classes}
        return pd.DataFrame(columns, index=index)


def gi_star(
    x: ArrayLike,
    w: Neighbours,
    permutations: int = 9999,
    tail: Tail = "hot",
    seed: int = 1,
    *,
    inference: Inference = "permutation",
    alpha: float = 0.05,
    correction: Correction = "bh",
    raise_permutations: bool = True,
    max_permutations: int = 999_999,
) -> GiStar:
    """Return Gi* of every unit with its p-value, q-value and class.

    With binary weights w_ij, w_ii = 1, W_i = S1_i = (number of neighbours of i) + 1,
    xbar = mean(x) and S^2 = mean(x^2) - xbar^2::

        z_i = (sum_j w_ij x_j - W_i xbar) / (S sqrt((N S1_i - W_i^2) / (N - 1)))

    Permutation inference: x_i stays, its k neighbours are a draw without replacement from the
    N - 1 other units; with R_i of P draws at least as far in the tail as the observed sum,
    p_i = (R_i + 1) / (P + 1). Two-sided p is twice the smaller tail, at most 1. All units share one
    set of draws (`spatial.kernels.permutation` has the scheme, the proof and its test). Sums equal
    on paper count as ties. A unit without neighbours has nothing to permute: p = 1.

    Analytic inference takes p from the normal distribution of z. On harm, which is heavy-tailed
    and mostly zero, that misleads.

    Parameters
    ----------
    x
        Counts or harm of the units, finite, shape (N,).
    w
        Neighbours, shape (N, N), binary, zero diagonal; symmetry is not required.
    permutations
        Number of reference draws P, at least 1.
    tail
        ``"hot"`` (large sums), ``"cold"`` (small sums) or ``"two-sided"``.
    seed
        Seed of the random stream, 0 to 2^64 - 1. The same seed gives the same bytes.
    inference
        ``"permutation"`` or ``"analytic"``.
    alpha
        q-value that a single significant unit among N must be able to reach.
    correction
        ``"bh"`` (Benjamini-Hochberg) or ``"by"`` (Benjamini-Yekutieli).
    raise_permutations
        Whether P is raised until 1 / (P + 1) <= alpha / N (twice that for two-sided tests, and
        by the correction's factor), without which a unit that stands out alone cannot have
        q <= alpha.
    max_permutations
        Limit to which P is raised; a larger `permutations` is used as it is.

    Returns
    -------
    GiStar
        z, p, q and classes of shape (N,), the P used, and whether it was enough.

    Raises
    ------
    InvalidInputError
        When shapes differ, x is not finite, w is not binary or has a diagonal, or a parameter is
        out of range.
    DegenerateInputError
        When Gi* is not defined: fewer than 3 units, all x equal, or a neighbourhood that is the
        whole study area.

    References
    ----------
    Getis, A. and Ord, J. K. (1992). The analysis of spatial association by use of distance
    statistics. Geographical Analysis 24(3), 189-206.

    Ord, J. K. and Getis, A. (1995). Local spatial autocorrelation statistics: distributional
    issues and an application. Geographical Analysis 27(4), 286-306.

    Examples
    --------
    A row of units with its harm on the left:

    >>> import numpy as np
    >>> from scipy import sparse
    >>> x = np.array([9, 9, 8] + [0] * 97)
    >>> row = sparse.diags_array([1.0, 1.0], offsets=[-1, 1], shape=(100, 100), format="csr")
    >>> r = gi_star(x, row)
    >>> r.z[:4].round(2).tolist()
    [8.39, 9.93, 6.39, 2.84]
    >>> r.classes[:4].tolist()
    ['not_significant', 'hot_95', 'not_significant', 'not_significant']
    """
    _check_parameters(permutations, max_permutations, tail, inference, alpha, seed)
    values = _checked_values(x)
    n = values.size
    neighbours = checked(w, n)
    starts, columns = neighbours.indptr.astype(np.int64), neighbours.indices.astype(np.int32)
    counts = np.diff(starts)
    _check_defined(values, counts)

    steps = permutation.whole_steps(values, int(counts.max()))
    z = _standard_deviates(_scaled(values, steps), counts, starts, columns)

    sides = 2 if tail == "two-sided" else 1
    tests = sides * n * dependence_factor(n, correction)  # q of the smallest p, alone: p * tests
    if inference == "analytic":
        used, detectable = 0, True
        upper, lower = special.ndtr(-z), special.ndtr(z)
    else:
        used = permutations
        if raise_permutations:
            needed = math.ceil(tests / alpha)  # one draw more than enough: safe from rounding
            used = max(permutations, min(needed, max_permutations))
        detectable = tests / (used + 1) <= alpha
        observed = neighbour_sums(starts, columns, steps.x)
        upper, lower = _permutation_p(observed, counts, steps, tail, used, seed)

    p = {"hot": upper, "cold": lower, "two-sided": np.minimum(2 * np.minimum(upper, lower), 1.0)}[
        tail
    ]
    return GiStar(
        z=z,
        p=p,
        q=adjust(p, correction),
        tail=tail,
        inference=inference,
        correction=correction,
        alpha=alpha,
        permutations=used,
        permutations_requested=permutations,
        detectable_alone=detectable,
        seed=seed,
        without_neighbours=np.flatnonzero(counts == 0),
        _hot=np.full(n, tail == "hot") if sides == 1 else upper <= lower,
    )


def _standard_deviates(
    x: Floats, counts: NDArray[np.int64], starts: NDArray[np.int64], columns: NDArray[np.int32]
) -> Floats:
    """Return z, Ord and Getis (1995) with self, in the symbols of `gi_star`."""
    N = x.size
    deviation = x - x.mean()
    S = math.sqrt(np.mean(deviation**2))
    W = S1 = counts + 1.0  # binary weights: w_ij^2 = w_ij
    numerator = deviation + neighbour_sums(starts, columns, deviation)
    return cast(Floats, numerator / (S * np.sqrt((N * S1 - W**2) / (N - 1))))


def _permutation_p(
    observed: NDArray[np.int64],
    counts: NDArray[np.int64],
    steps: permutation.Steps,
    tail: Tail,
    permutations: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Return p of the upper and of the lower tail; 1 in a tail that was not asked for.

    x_i is in the observed and in every drawn sum, so the neighbours' sums are compared.
    """
    slack = steps.tolerance * counts
    thresholds = []
    if tail != "cold":
        thresholds.append(observed - slack)
    if tail != "hot":
        thresholds.append(observed + slack + 1)  # a sum is as low as observed unless it gets here
    reaching = permutation.count_reaching(steps.x, counts, np.stack(thresholds), permutations, seed)
    certain = np.ones(observed.size)
    upper = (reaching[0] + 1) / (permutations + 1) if tail != "cold" else certain
    lower = (permutations - reaching[-1] + 1) / (permutations + 1) if tail != "hot" else certain
    return upper, lower


def _scaled(values: NDArray[Any], steps: permutation.Steps) -> Floats:
    """Return x moved and scaled to 0..1, which leaves z as it is and cannot overflow."""
    if steps.tolerance == 0:
        return cast(Floats, steps.x / steps.x.max())
    return permutation.unit_range(values)


def _check_parameters(
    permutations: int, max_permutations: int, tail: str, inference: str, alpha: float, seed: int
) -> None:
    for name, value, choices in (
        ("tail", tail, get_args(Tail)),
        ("inference", inference, get_args(Inference)),
    ):
        if value not in choices:
            raise InvalidInputError(f"{name} must be one of {choices}, not {value!r}.")
    for name, number, least, most in (
        ("permutations", permutations, 1, 1 << 40),
        ("max_permutations", max_permutations, 1, 1 << 40),
        ("seed", seed, 0, (1 << 64) - 1),
    ):
        whole = isinstance(number, int | np.integer) and not isinstance(number, bool)
        if not whole or not least <= number <= most:
            raise InvalidInputError(
                f"{name} must be a whole number from {least} to {most}, not {number!r}."
            )
    if not 0 < alpha < 1:
        raise InvalidInputError(f"alpha must lie between 0 and 1, not {alpha!r}.")


def _checked_values(x: ArrayLike) -> NDArray[Any]:
    values = np.asarray(x)
    if values.ndim != 1 or values.dtype.kind not in "biuf":
        raise InvalidInputError(
            f"x must be numbers of shape (N,), not {values.dtype} of shape {values.shape}."
        )
    missing = np.flatnonzero(~np.isfinite(values))
    if missing.size:
        raise InvalidInputError(
            f"x is not finite at {missing.size} units, the first at position {missing[0]}: "
            "a unit without incidents has 0, not a missing value."
        )
    return values


def _check_defined(values: NDArray[Any], counts: NDArray[np.int64]) -> None:
    n = values.size
    if n < 3:
        raise DegenerateInputError(
            f"Gi* needs at least 3 units, not {n}: use a finer unit or a larger study area."
        )
    if values.min() == values.max():
        raise DegenerateInputError(
            f"All {n} units have x = {values[0]}, so none can stand out: "
            "widen the window or the choice of offences."
        )
    whole = np.flatnonzero(counts >= n - 1)
    if whole.size:
        raise DegenerateInputError(
            f"The neighbourhood of {whole.size} units is the whole study area of {n} units, the "
            f"first at position {whole[0]}: use fewer neighbours or a larger study area."
        )
