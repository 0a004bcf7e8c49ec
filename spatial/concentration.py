"""Concentration: how few units hold how much, with intervals and the random counterfactual."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from spatial.errors import DegenerateInputError, InvalidInputError
from spatial.kernels.threads import number_of_threads

Floats: TypeAlias = NDArray[np.float64]
Positions: TypeAlias = NDArray[np.intp]

SHARES: Final = (0.20, 0.25, 0.50, 0.80)
"""Shares of the total for which the number of units is told."""

LORENZ_POINTS: Final = 201
"""A curve with its interval is told at no more points than this; more would not show."""


@dataclass(frozen=True)
class Estimate:
    """A number with its bootstrap interval (the same number twice without resamples)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Concentration:
    """How concentrated a quantity x is on N units.

    Parameters
    ----------
    shares
        One row for each of `SHARES`: `share_of_total`; `units`, the least number of units that
        holds it (the power few); `share_of_units` by linear interpolation on the Lorenz curve,
        with `low` and `high`; `share_of_units_at_random`, the mean under the counterfactual;
        `marginal` with `marginal_low` and `marginal_high`: how much smaller the observed share is;
        `share_of_length`, that of the power few, where lengths were given. Of units tied for the
        last places among the few, each counts with their mean length, whatever their order.
    gini
        Gini coefficient of x over all units.
    generalised_gini
        Gini coefficient that allows for fewer incidents than units; for counts only, else None.
    lorenz_units, lorenz_total
        The Lorenz curve: cumulative shares of units and of x, largest first, shape (N + 1,).
    lorenz
        The curve at `LORENZ_POINTS` of its points, or at all where there are fewer:
        `share_of_units` and `share_of_total`; with resamples also `low` and `high`, its interval
        point by point, and `at_random`, the mean curve under the counterfactual.
    order
        Units by descending x, ties by position, shape (N,): the first k are the power few.
    total, incidents
        Sum of x, and number of incidents behind it.
    bootstrap, confidence, seed
        Number of resamples, confidence of the intervals, seed.
    """

    shares: pd.DataFrame
    gini: Estimate
    generalised_gini: Estimate | None
    lorenz_units: Floats
    lorenz_total: Floats
    lorenz: pd.DataFrame
    order: NDArray[np.intp]
    total: float
    incidents: int
    bootstrap: int
    confidence: float
    seed: int


def concentration(
    x: ArrayLike,
    counts: ArrayLike | None = None,
    *,
    incidents: tuple[ArrayLike, ArrayLike] | None = None,
    lengths_m: ArrayLike | None = None,
    bootstrap: int = 999,
    confidence: float = 0.95,
    seed: int = 1,
) -> Concentration:
    """Measure how concentrated a quantity is on units.

    The Lorenz curve L(u) is the share of x that the share u of units holds, units sorted by
    descending x. The share of units that holds a share s of x is the u with L(u) = s, linearly
    interpolated (Weisburd 2015). With c incidents on N units,

    - Gini: G = 2 * (area under L) - 1
    - generalised Gini: G' = max(N/c, 1) (G - 1) + 1 (Bernasco and Steenbeek 2017, eq. 4)
    - marginal concentration: the mean share of units when the same incidents, with their own
      weights, fall on units at random with replacement, less the observed share (Chalfin, Kaplan
      and Cuellar 2021)

    Intervals are bootstrap percentile intervals over incidents, centred on the observed number:
    a resample is noisier than the incidents themselves, and noise looks like concentration, so
    the plain percentile interval lies to one side of what it should cover (a test shows both
    coverages). The interval of the marginal concentration is the simulated one of the
    counterfactual. That of the curve is taken at each share of units, and widened where it would
    fall, leave [0, 1] or lie under the diagonal, since a Lorenz curve does none of these.

    Parameters
    ----------
    x
        Total of each unit, at least 0, shape (N,).
    counts
        Incidents of each unit, shape (N,). For harm x without `incidents`, each incident of unit
        i then weighs x_i / c_i. Not given: x are counts.
    incidents
        Unit (0 to N - 1) and weight of each incident, shape (n,) each: exact resampling of harm.
        The weights of a unit's incidents must sum to its x.
    lengths_m
        Length of each unit in metres, shape (N,), for shares of street length.
    bootstrap
        Number of resamples; 0 for none.
    confidence
        Confidence of the intervals.
    seed
        Seed of the resamples. The order of incidents does not matter.

    Raises
    ------
    InvalidInputError
        When shapes differ, a value is negative or not finite, or counts are not whole.
    DegenerateInputError
        When there are no units, or nothing on them.

    References
    ----------
    Weisburd, D. (2015). The law of crime concentration and the criminology of place. Criminology
    53(2). Bernasco, W. and Steenbeek, W. (2017). More places than crimes. Journal of Quantitative
    Criminology 33. Chalfin, A., Kaplan, J. and Cuellar, M. (2021). Measuring marginal crime
    concentration. Journal of Research in Crime and Delinquency 58(4).

    Examples
    --------
    >>> found = concentration([6, 2, 1, 1, 0, 0, 0, 0, 0, 0], bootstrap=99)
    >>> found.shares["units"].tolist(), round(found.gini.value, 2)
    ([1, 1, 1, 2], 0.76)
    """
    values = _checked(x, "x")
    units, weight = _incidents(values, counts, incidents)
    is_count = bool(np.all(weight == weight[0]) and weight[0] == 1.0)
    n, total = values.size, float(values.sum())
    if bootstrap < 0 or not 0 < confidence < 1:
        raise InvalidInputError("bootstrap must be at least 0, and confidence between 0 and 1.")

    order = np.lexsort((np.arange(n), -values))
    lorenz_total = np.concatenate(([0.0], np.cumsum(values[order]) / total))
    lorenz_total[-1] = 1.0
    observed, gini = _shares_and_gini(_curve(values[order]), n)
    points = np.unique(np.linspace(0, n, LORENZ_POINTS).round().astype(np.intp))
    drawn, at_random = _resample(units, weight, n, points, bootstrap, seed)
    lorenz = pd.DataFrame({"share_of_units": points / n, "share_of_total": lorenz_total[points]})
    if bootstrap:
        lorenz["low"], lorenz["high"] = _band(
            drawn.curves, lorenz_total[points], points / n, confidence
        )
        lorenz["at_random"] = at_random.curves.mean(axis=0)

    def interval(sample: Floats, value: float | None = None) -> tuple[float, float]:
        tail = 100 * (1 - confidence) / 2
        low, high = np.percentile(sample, [tail, 100 - tail])
        if value is not None:  # centred: resampling adds noise, and noise concentrates
            shift = value - float(sample.mean())
            low, high = np.clip((low + shift, high + shift), 0.0, 1.0)
        return float(low), float(high)

    rows = []
    lengths = None if lengths_m is None else _checked(lengths_m, "lengths_m")
    if lengths is not None and lengths.size != n:
        raise InvalidInputError(f"lengths_m has {lengths.size} lengths for {n} units.")
    for at, share in enumerate(SHARES):
        few = int(np.searchsorted(lorenz_total, share - 1e-12))
        row: dict[str, float] = {
            "share_of_total": share,
            "units": few,
            "share_of_units": float(observed[at]),
        }
        if bootstrap:
            row["low"], row["high"] = interval(drawn.shares[:, at], row["share_of_units"])
            random_share = float(at_random.shares[:, at].mean())
            gap_low, gap_high = interval(at_random.shares[:, at] - observed[at])
            row |= {
                "share_of_units_at_random": random_share,
                "marginal": random_share - float(observed[at]),
                "marginal_low": gap_low,
                "marginal_high": gap_high,
            }
        if lengths is not None:
            row["share_of_length"] = _share_of_length(
                lengths, values, float(values[order[few - 1]]), few
            )
        rows.append(row)

    low, high = interval(drawn.gini, gini) if bootstrap else (gini, gini)
    factor = max(n / len(units), 1.0)
    return Concentration(
        shares=pd.DataFrame(rows),
        gini=Estimate(gini, low, high),
        generalised_gini=Estimate(*(factor * (one - 1) + 1 for one in (gini, low, high)))
        if is_count
        else None,
        lorenz_units=np.arange(n + 1) / n,
        lorenz_total=lorenz_total,
        lorenz=lorenz,
        order=order,
        total=total,
        incidents=len(units),
        bootstrap=bootstrap,
        confidence=confidence,
        seed=seed,
    )


def _share_of_length(lengths: Floats, values: Floats, least: float, few: int) -> float:
    """Return the share of length of the `few` units that hold at least `least` each."""
    more, tied = values > least, values == least
    length = lengths[more].sum() + (few - more.sum()) * lengths[tied].mean()
    return float(length / lengths.sum())


def _incidents(
    values: Floats, counts: ArrayLike | None, incidents: tuple[ArrayLike, ArrayLike] | None
) -> tuple[NDArray[np.int64], Floats]:
    """Return unit and weight of each incident."""
    n = values.size
    if incidents is not None:
        unit = np.asarray(incidents[0], dtype=np.int64)
        weight = _checked(incidents[1], "weights of incidents")
        if unit.shape != weight.shape or unit.size == 0 or unit.min() < 0 or unit.max() >= n:
            raise InvalidInputError(
                f"incidents needs a unit from 0 to {n - 1} and a weight for each incident."
            )
        if not np.allclose(np.bincount(unit, weights=weight, minlength=n), values, rtol=1e-9):
            raise InvalidInputError("The weights of the incidents do not sum to x on each unit.")
    else:
        number = values if counts is None else _checked(counts, "counts")
        if number.shape != values.shape or (number != np.rint(number)).any():
            raise InvalidInputError(
                "Without incidents, x (or counts) must be whole numbers of incidents, shape (N,)."
            )
        if ((number == 0) & (values > 0)).any():
            raise InvalidInputError("A unit has harm but no incident: x and counts disagree.")
        many = number.astype(np.int64)
        unit = np.repeat(np.arange(n), many)
        weight = np.repeat(np.divide(values, number, out=np.zeros(n), where=number > 0), many)
    return unit, weight


@dataclass(frozen=True)
class _Sample:
    """What was measured on each of B resamples.

    Parameters
    ----------
    shares
        Where the Lorenz curve reaches `SHARES`, shape (B, 4).
    gini
        Gini coefficient, shape (B,).
    curves
        The Lorenz curve at L points, shape (B, L).
    """

    shares: Floats
    gini: Floats
    curves: Floats

    @classmethod
    def empty(cls, resamples: int, points: int) -> _Sample:
        return cls(
            np.empty((resamples, len(SHARES))), np.empty(resamples), np.empty((resamples, points))
        )

    def measure(self, at: int, totals: Floats, points: Positions) -> None:
        """Note what one resample with these totals of units shows."""
        n = len(totals)
        held = totals[totals > 0]
        if held.size == 0:  # every incident drawn weighs nothing: nothing is concentrated
            self.shares[at], self.gini[at], self.curves[at] = SHARES, 0.0, points / n
            return
        curve = _curve(np.sort(held)[::-1])
        self.shares[at], self.gini[at] = _shares_and_gini(curve, n)
        self.curves[at] = curve[np.minimum(points, held.size)]


def _resample(
    unit: NDArray[np.int64],
    weight: Floats,
    n: int,
    points: Positions,
    resamples: int,
    seed: int,
) -> tuple[_Sample, _Sample]:
    """Return what resamples show, and what placing the incidents at random shows.

    Incidents of one unit and weight are alike, so a resample draws how often each kind is drawn:
    a multinomial over the kinds instead of a draw for each incident.
    """
    kinds, number = np.unique(np.stack((unit, weight)), axis=1, return_counts=True)
    unit_of_kind, weight_of_kind = kinds[0].astype(np.int64), kinds[1]
    share_of_kind = number / len(unit)
    weights, number_of_weight = np.unique(weight, return_counts=True)
    drawn, at_random = (_Sample.empty(resamples, len(points)) for _ in range(2))

    def one(at: int, stream: np.random.SeedSequence) -> None:
        random = np.random.default_rng(stream)
        times = random.multinomial(len(unit), share_of_kind) * weight_of_kind
        resample = np.bincount(unit_of_kind, weights=times, minlength=n)
        placed = np.zeros(n)
        for each, many in zip(weights.tolist(), number_of_weight.tolist(), strict=True):
            placed += each * np.bincount(random.integers(0, n, many), minlength=n)
        drawn.measure(at, resample.astype(np.float64), points)
        at_random.measure(at, placed, points)

    # Each resample has a stream of its own, so threads change nothing but the time.
    with ThreadPoolExecutor(number_of_threads()) as pool:
        streams = np.random.SeedSequence(seed).spawn(resamples)
        list(pool.map(one, range(resamples), streams))
    return drawn, at_random


def _band(
    curves: Floats, curve: Floats, share_of_units: Floats, confidence: float
) -> tuple[Floats, Floats]:
    """Return the interval of a Lorenz curve at each of its L points, centred on the curve."""
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(curves, [tail, 100 - tail], axis=0) + curve - curves.mean(axis=0)
    low = np.clip(np.minimum(low, curve), share_of_units, 1.0)
    high = np.clip(np.maximum(high, curve), share_of_units, 1.0)
    return np.minimum.accumulate(low[::-1])[::-1], np.maximum.accumulate(high)


def _curve(descending: Floats) -> Floats:
    """Return the Lorenz curve of units that hold something: shares of the total, from 0 to 1."""
    curve = np.concatenate(([0.0], np.cumsum(descending)))
    curve /= curve[-1]
    return curve


def _shares_and_gini(curve: Floats, n: int) -> tuple[Floats, float]:
    """Return where the Lorenz curve reaches `SHARES`, and Gini; its flat end may be left out.

    Units that hold nothing only lengthen the flat end of the curve.
    """
    units = np.arange(len(curve)) / n
    area = np.trapezoid(curve, dx=1 / n) + (n + 1 - len(curve)) / n
    reached = np.interp(SHARES, curve, units)
    return reached, float(2 * area - 1)


def _checked(values: ArrayLike, name: str) -> Floats:
    checked = np.asarray(values, dtype=np.float64)
    if checked.ndim != 1:
        raise InvalidInputError(f"{name} must have one dimension, not {checked.ndim}.")
    bad = np.flatnonzero(~(np.isfinite(checked) & (checked >= 0)))
    if bad.size:
        raise InvalidInputError(
            f"{name} must be finite and at least 0; {bad.size} are not, the first at position "
            f"{bad[0]} ({checked[bad[0]]})."
        )
    if checked.size == 0 or checked.sum() == 0:
        raise DegenerateInputError(f"{name} is empty or all zero: there is nothing to measure.")
    return checked
