"""Shrinkage: rates of units drawn to those of their surroundings, as far as counts are chance."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from spatial.neighbours import Neighbours

Floats = NDArray[np.float64]

LEAST: Final = 1e-9
"""No unit expects fewer incidents than this of any code in the whole of its history."""

LEAST_SPREAD: Final = 0.001
"""The least c: the squared coefficient of variation of true rates about what is expected."""

OF_SURROUNDINGS: Final = 0.9
"""How far a unit is expected to be like its surroundings; for the rest, like the study area."""

_DUST: Final = 1e-250
"""Exposure around a unit from which on its rates are numbers."""


def shrunken(held: Floats, mean: Floats, spread: float) -> Floats:
    """Return the mean of rates about `mean` with spread c, given the counts that they brought.

    That is (n + 1/c) / (1 + 1/(c m)), with one division for each.
    """
    rates = held + 1 / spread
    rates *= mean
    rates /= mean + 1 / spread
    return rates


def spread_of(held: Floats, mean: Floats) -> float:
    """Return c: how far counts lie about their means beyond chance, in parts of these, squared."""
    beyond = held - mean
    # Sums of products by einsum, since those of the library of matrices start threads.
    above = np.einsum("i,i", beyond, beyond) - mean.sum()
    return max(float(above / np.einsum("i,i", mean, mean)), LEAST_SPREAD)


def prior_of(rate: Floats, part: Floats | float) -> Floats:
    """Return what is expected of codes that are some part of a family of some rate."""
    return np.maximum(rate * part, LEAST)


class Surroundings:
    """What units and their neighbours hold on average, per exposure where there is one."""

    def __init__(self, w: Neighbours, exposure: Floats | None) -> None:
        self._w = w.astype(np.float64)
        self._exposure = exposure
        own = np.ones(w.shape[0]) if exposure is None else exposure
        self._local = own + self._w @ own
        self._all = own.sum()
        # What is held over next to no exposure would be more than any number.
        self._dust = np.flatnonzero((self._local > 0) & (self._local < _DUST))

    @property
    def near(self) -> Neighbours:
        """Which units are near which, shape (N, N)."""
        return self._w

    def mean(self, held: Floats) -> Floats:
        """Return m: what the units around let expect."""
        near = held + self._w @ held
        # Without any exposure near, none of it is expected here either.
        of_dust = near[self._dust]
        mean = np.divide(near, self._local, out=near, where=self._local >= _DUST)
        mean[self._dust] = 0.0
        mean *= OF_SURROUNDINGS
        mean += (1 - OF_SURROUNDINGS) * (held.sum() / self._all)
        if self._exposure is not None:
            mean *= self._exposure
            part = self._exposure[self._dust] / self._local[self._dust]
            mean[self._dust] += OF_SURROUNDINGS * part * of_dust
        return np.maximum(mean, LEAST, out=mean)

    def variance(self, held: Floats) -> Floats:
        """Return the variance that m has since it is of few units around."""
        near = held + self._w @ held
        per_unit = OF_SURROUNDINGS * (1.0 if self._exposure is None else self._exposure)
        local = np.divide(per_unit, self._local, out=np.zeros_like(near), where=self._local > 0)
        variance: Floats = near * local**2
        return variance
