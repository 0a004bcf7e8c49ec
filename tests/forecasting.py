"""Cities drawn from the model of the forecast: rates of places about their surroundings, codes
about their families, numbers by chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats

from spatial import forecast

CLASSES = (0, 0.1, 0.3, 1, 3, 10, np.inf)
"""Edges of the classes of expected count."""


def lattice(side: int) -> sparse.csr_array:
    """Cells in a square, with the eight around each as its neighbours."""
    line = (
        np.eye(side, k=1, dtype=np.int8)
        + np.eye(side, k=-1, dtype=np.int8)
        + np.eye(side, dtype=np.int8)
    )
    around = np.kron(line, line) - np.eye(side**2, dtype=np.int8)
    return sparse.csr_array(around)


@dataclass(frozen=True)
class City:
    """How a city is drawn: a smooth surface, gamma rates about it, shares of codes."""

    base: float  # incidents of a unit and step
    of_places: float  # c of the family's rates
    of_codes: float  # c of the codes' rates about their share of it
    share: tuple[float, ...] = (0.7, 0.25, 0.05)
    weight: tuple[float, ...] = (1, 7.5, 185)
    steps: int = 24
    horizon: int = 1
    side: int = 40

    def drawn(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the history, (codes, N, steps), and what came after it, (codes, N)."""
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[: self.side, : self.side] / self.side
        surface = self.base * np.exp(np.sin(2 * np.pi * x) * np.cos(2 * np.pi * y)).ravel()
        places = _gamma(rng, surface, self.of_places)
        rates = np.array([_gamma(rng, places * q, self.of_codes) for q in self.share])
        history = rng.poisson(rates[:, :, None], (*rates.shape, self.steps))
        return history, rng.poisson(self.horizon * rates)


def _gamma(rng: np.random.Generator, mean: np.ndarray, spread: float) -> np.ndarray:
    return rng.gamma(1 / spread, spread * mean) if spread else mean


def judged(city: City, seeds: range) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """Yield of each seed how many units each class has, how many are covered, and the KS p."""
    near = lattice(city.side)
    weight = np.array(city.weight)
    for seed in seeds:
        history, later = city.drawn(seed)
        f = forecast.expected(
            history, weight, ["one"] * weight.size, near, horizon=city.horizon, interval=0.95
        )
        harm = weight @ later
        inside = (f.low <= harm) & (harm <= f.high)
        expected = f.count()
        yield (
            np.histogram(expected, CLASSES)[0],
            np.histogram(expected[inside], CLASSES)[0],
            stats.kstest(f.transform(harm, seed=seed), "uniform").pvalue,
        )


def shortfall(units: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Return by how many standard errors each class is covered less than 95 %; 0 where empty."""
    error = np.sqrt(0.95 * 0.05 / np.maximum(units, 1))
    share = np.where(units > 0, covered / np.maximum(units, 1), 0.95)
    return (0.95 - share) / error
