"""Expected harm: what each unit will hold next, from all that it and its neighbours have held."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial import dependence, predictive, unsteady
from spatial.cube import Counts, Cube
from spatial.errors import DegenerateInputError, InvalidInputError
from spatial.history import checked_array, decayed_sums
from spatial.neighbours import Neighbours, checked
from spatial.shrinkage import Surroundings, prior_of, shrunken, spread_of

Floats = NDArray[np.float64]

HALF_LIFE_MONTHS: Final = 12.0
"""Months after which an incident counts half."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """What N units are expected to hold in the next horizon, with what it was computed from."""

    harm: Floats = field(repr=False)  # (N,), expected harm, the unit of the weights
    decayed: Floats = field(repr=False)  # (codes, N), n_ij: stands for counts of `stands_for` steps
    rate: Floats = field(repr=False)  # (families, N), F_i: shrunken counts of families
    part: Floats = field(repr=False)  # (codes,), q of each code: its part of its family
    spread: Floats = field(repr=False)  # (codes,), c of each code
    weight: Floats = field(repr=False)  # (codes,)
    family: NDArray[np.intp] = field(repr=False)  # (codes,), position in `rate`
    share: float  # of the horizon in `stands_for` steps
    stands_for: float  # E: how many undecayed steps carry as much information
    around: Surroundings = field(repr=False)
    history: Counts | NDArray[np.generic] = field(repr=False)
    half_life: float  # in steps
    low: Floats | None = field(default=None, repr=False)  # (N,) or of the units asked for
    high: Floats | None = field(default=None, repr=False)  # likewise

    def count(self, code: int | None = None) -> Floats:
        """Return the incidents expected of each unit, of one code or of all, shape (N,)."""
        total = np.zeros(self.decayed.shape[1])
        for j in range(len(self.weight)) if code is None else (code,):
            prior = prior_of(self.rate[self.family[j]], self.part[j])
            total += shrunken(self.decayed[j], prior, self.spread[j])
        return self.share * total

    def interval(
        self, level: float = 0.95, units: ArrayLike | None = None
    ) -> tuple[Floats, Floats]:
        """Return the central interval of the harm of some units, or of all: lows and highs.

        The number of incidents of each code is negative binomial: Poisson about a rate whose
        gamma distribution is that of the shrunken count. See `spatial.predictive.bounds`.
        """
        return predictive.bounds(*self._numbers(units), self.weight, level)

    def interval_together(self, units: ArrayLike, level: float = 0.95) -> tuple[float, float]:
        """Return the central interval of the harm of some units that form one place.

        Their rates change together as those of touching units did: see `spatial.dependence`. As
        within a unit, what two numbers have in common is put on that which weighs more.
        """
        size, odds = self._numbers(units)
        if len(size) > 1:
            own, common = self.dependence
            number, weighs = size * odds, self.weight > 0
            others = number.sum(axis=0) - number
            odds += own * others
            odds[:, weighs] += common * _with_lesser(others[:, weighs].T, self.weight[weighs]).T
            size = number / odds
        weight = np.tile(self.weight, len(size))
        low, high = predictive.bounds(size.reshape(1, -1), odds.reshape(1, -1), weight, level)
        return float(low[0]), float(high[0])

    def cumulative(
        self, observed: ArrayLike, units: ArrayLike | None = None
    ) -> tuple[Floats, Floats]:
        """Return how probable less harm than was observed was, and no more than it, (units,)."""
        return predictive.cumulative(*self._numbers(units), self.weight, observed)

    def transform(
        self, observed: ArrayLike, units: ArrayLike | None = None, seed: int = 1
    ) -> Floats:
        """Return the randomised probability integral transform of the harm that was observed.

        Uniform on [0, 1] where the predictive distribution is right: between the probabilities of
        less and of no more than was observed, at random (Czado, Gneiting and Held 2009).
        """
        below, at_most = self.cumulative(observed, units)
        return below + np.random.default_rng(seed).random(below.size) * (at_most - below)

    @cached_property
    def unsteadiness(self) -> tuple[Floats, float]:
        """How far rates changed from step to step: see `spatial.unsteady.unsteadiness`."""
        return unsteady.unsteadiness(self.history, self.half_life)

    @cached_property
    def dependence(self) -> tuple[Floats, float]:
        """How far rates of touching units changed together: see `spatial.dependence.between`."""
        return dependence.between(self.history, self.half_life, self.around.near)

    @cached_property
    def doubt(self) -> Floats:
        """The relative variance of F_i, its gamma distribution's and that of m_i, (families, N)."""
        doubt = np.empty_like(self.rate)
        for at in range(len(doubt)):
            held = self.decayed[self.family == at].sum(axis=0)
            mean = self.around.mean(held)
            c = spread_of(held, mean)
            follows = 1 / (mean * (1 + c * mean))
            doubt[at] = 1 / (held + 1 / c) + self.around.variance(held) * follows**2
        return doubt

    def _numbers(self, units: ArrayLike | None) -> tuple[Floats, Floats]:
        """Return size and odds of the negative binomial numbers, (units, codes).

        Odds are the number that is expected times the relative variance of its rate, which is the
        sum of three. That of the gamma distribution of the code's rate about what was expected of
        it. That of the family's rate F, of which the code's takes the power 1 / (1 + c m). And that
        by which rates change from step to step. F is common to the family's codes, and a part of
        the changes to all, so that numbers vary together. They are taken as independent here, and
        what two have in common is put on that which weighs more: the variance of harm is that of
        the sum, and little harm is as probable as the lesser codes have it.
        """
        of = slice(None) if units is None else np.asarray(units)
        spread = self.spread[:, None]
        prior = prior_of(self.rate[:, of][self.family], self.part[:, None])
        odds = self.share / (1 + 1 / (spread * prior))
        number = (self.decayed[:, of] + 1 / spread) * odds
        follows = 1 / (1 + spread * prior)
        for at, doubt in enumerate(self.doubt[:, of]):
            members = np.flatnonzero((self.family == at) & (self.weight > 0))
            with_others = _with_lesser((follows * number)[members], self.weight[members])
            odds[members] += follows[members] * doubt * with_others
        own, common = self.unsteadiness
        odds += own[:, None] * number
        weighs = self.weight > 0
        odds[weighs] += common * _with_lesser(number[weighs], self.weight[weighs])
        return (number / odds).T, odds.T


def _with_lesser(number: Floats, weight: Floats) -> Floats:
    """Return each code's number, with those of codes that weigh as much, and the harm of lesser.

    What is common to two codes of unlike weight is all put on the greater, hence twice.
    """
    pairs = np.where(weight[:, None] == weight, 1.0, 2.0 * (weight[:, None] > weight))
    return pairs @ (weight[:, None] * number) / weight[:, None]


def steps_of(half_life_months: float = HALF_LIFE_MONTHS, *, days: int | None = None) -> float:
    """Return a half-life in steps: of so many days, or of months where none are given.

    Examples
    --------
    >>> steps_of(), round(steps_of(days=28), 2)
    (12.0, 13.04)
    """
    return half_life_months if days is None else half_life_months * 365.2425 / 12 / days


def expected(
    counts: ArrayLike | Counts | Cube,
    weight: ArrayLike,
    family: Sequence[str | None] | None,
    w: Neighbours,
    half_life: float = HALF_LIFE_MONTHS,
    horizon: float = 1.0,
    exposure: ArrayLike | None = None,
    interval: float | None = None,
    units: ArrayLike | None = None,
) -> Forecast:
    """Return the harm that each unit is expected to hold next, shrunk to what its surroundings do.

    With T steps, age 0 for the last, d = 0.5^(age / half_life), s = sum(d) / sum(d^2) and
    E = sum(d)^2 / sum(d^2), the count of unit i and code j is::

        n_ij = s * sum over steps of d * count_ij

    so that a Poisson count's variance equals its mean; it stands for E steps. Per family, with n_i
    the sum of its n_ij and neighbours j of i::

        m_i = 0.9 (n_i + sum n_j) / (1 + number of neighbours) + 0.1 mean(n), at least 1e-9
        c   = max(sum((n - m)^2 - m) / sum(m^2), 0.001), over all units
        F_i = (n_i + 1/c) / (1 + 1/(c m_i))

    which is the mean of a gamma rate of mean m_i and variance c m_i^2, given n_i. Per code the
    same again: n_ij about m_ij = F_i q_j, at least 1e-9, with a c of the code's own; q_j is the
    code's share of its family's incidents, by their plain number in all steps and units, 0 in an
    empty family. Expected harm is horizon / E times the sum of weight times shrunken count.

    With exposure e, m_i = e_i (0.9 (n_i + sum n_j) / (e_i + sum e_j) + 0.1 sum(n) / sum(e)), at
    least 1e-9: its scale does not matter.

    Parameters
    ----------
    counts
        Incidents of shape (codes, N, steps), oldest step first; the counts of a cube; or a cube,
        in steps of 28 days back from its last day.
    weight
        Harm of one incident of each code, at least 0, shape (codes,).
    family
        Family of each code, shape (codes,); a code without one, and each where none are given, is
        a family of its own.
    w
        Neighbours, shape (N, N), binary, zero diagonal; a unit may have none.
    half_life
        Steps after which an incident counts half, above 0; infinite: all count alike.
    horizon
        Steps that are forecast, above 0.
    exposure
        Length of each unit, or its area inside the boundary, at least 0, shape (N,). A unit that
        has none is expected to hold nothing, up to the least, whatever it held.
    interval
        Probability of the interval that is wanted, between 0 and 1.
    units
        Positions of the units whose intervals are wanted, where not those of all.

    Returns
    -------
    Forecast
        `harm` has shape (N,) and is never 0 where any weight is above 0: without any incident it
        is the least that each code can be expected to hold. `low` and `high` are there with
        `interval`.

    Raises
    ------
    InvalidInputError
        When shapes differ, or a count, weight, half-life, horizon or exposure cannot be.
    DegenerateInputError
        When there is no unit, no code or no whole step, or no unit has any exposure.

    Notes
    -----
    The gamma prior with moments is the empirical Bayes of Clayton and Kaldor (1987) and Marshall
    (1991), about a local mean.

    References
    ----------
    Clayton, D. and Kaldor, J. (1987). Empirical Bayes estimates of age-standardized relative risks
    for use in disease mapping. Biometrics 43(3), pp. 671-681.

    Czado, C., Gneiting, T. and Held, L. (2009). Predictive model assessment for count data.
    Biometrics 65(4), pp. 1254-1261.

    Examples
    --------
    >>> from scipy import sparse
    >>> row = sparse.csr_array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> counts = [[[2, 3, 4], [1, 0, 0], [0, 0, 0]], [[0, 0, 1], [0, 0, 0], [0, 0, 0]]]
    >>> f = expected(counts, weight=[10, 365], family=None, w=row)
    >>> f.harm.round(1).tolist()
    [88.2, 49.3, 6.2]
    """
    _check_steps(half_life, horizon)
    given = counts.counts() if isinstance(counts, Cube) else counts
    table = given if isinstance(given, Counts) else checked_array(given)
    codes, n, steps = table.shape
    _check_extent(codes, n, steps)
    weights = _positive(weight, "weight", (codes,))
    families = _families(family, codes)
    neighbours = checked(w, n)
    of_units = None if exposure is None else _exposure(exposure, n)

    with np.errstate(over="ignore", under="ignore"):  # a half-life may be as short as one likes
        decay = 0.5 ** (np.arange(steps - 1, -1, -1) / half_life)
    total, squares = decay.sum(), (decay**2).sum()
    decayed, number = decayed_sums(table, decay)
    decayed *= total / squares
    share = horizon * squares / total**2
    rate = np.empty((len(families), n))
    of_family, part = np.empty(codes, dtype=np.intp), np.zeros(codes)
    spread = np.empty(codes)
    harm = np.zeros(n)
    around = Surroundings(neighbours, of_units)
    for at, members in enumerate(families):
        held = decayed[members].sum(axis=0)
        mean = around.mean(held)
        rate[at] = shrunken(held, mean, spread_of(held, mean))
        of_family[members] = at
        if number[members].any():
            part[members] = number[members] / number[members].sum()
        for j in members:
            prior = prior_of(rate[at], part[j])
            spread[j] = spread_of(decayed[j], prior)
            expects = shrunken(decayed[j], prior, spread[j])
            expects *= weights[j]
            harm += expects
    harm *= share
    f = Forecast(
        harm=harm,
        decayed=decayed,
        rate=rate,
        part=part,
        spread=spread,
        weight=weights,
        family=of_family,
        share=share,
        stands_for=total**2 / squares,
        around=around,
        history=table,
        half_life=half_life,
    )
    if interval is None:
        return f
    low, high = f.interval(interval, units)
    return dataclasses.replace(f, low=low, high=high)


def _check_extent(codes: int, n: int, steps: int) -> None:
    for many, what in ((codes, "offence code"), (n, "unit"), (steps, "whole step of history")):
        if many == 0:
            raise DegenerateInputError(f"There is no {what} to forecast from.")


def _check_steps(half_life: float, horizon: float) -> None:
    if not half_life > 0:
        raise InvalidInputError(f"half_life must be above 0 steps, not {half_life}.")
    if not 0 < horizon < np.inf:
        raise InvalidInputError(f"horizon must be a finite number above 0 steps, not {horizon}.")


def _positive(values: ArrayLike, name: str, shape: tuple[int, ...]) -> Floats:
    given = np.asarray(values, dtype=np.float64)
    if given.shape != shape:
        raise InvalidInputError(f"{name} has shape {given.shape}, but {shape} is needed.")
    wrong = np.flatnonzero(~((given >= 0) & (given < np.inf)))
    if wrong.size:
        raise InvalidInputError(
            f"{name} must be finite and at least 0, but {wrong.size} are not, the first at "
            f"position {wrong[0]}: {given[wrong[0]]}."
        )
    return given


def _exposure(values: ArrayLike, n: int) -> Floats:
    given = _positive(values, "exposure", (n,))
    if not given.any():
        raise DegenerateInputError("No unit has any exposure: nothing can be expected anywhere.")
    # Only their proportions count; these sum to N, however large or small the numbers are.
    of_mean_one: Floats = given / given.mean()
    return of_mean_one


def _families(family: Sequence[str | None] | None, codes: int) -> list[NDArray[np.intp]]:
    """Return the positions of each family's codes."""
    if family is None:
        return [np.array([j]) for j in range(codes)]
    if len(family) != codes:
        raise InvalidInputError(
            f"family has {len(family)} labels, but there are {codes} codes: one for each is needed."
        )
    members: dict[object, list[int]] = {}
    for j, label in enumerate(family):
        alone = label is None or label != label or label == ""
        members.setdefault(("", j) if alone else label, []).append(j)
    return [np.array(positions) for positions in members.values()]
