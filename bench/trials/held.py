"""What units ranked by expected harm are held to: shares of the next month's harm, cities fixed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bench.trials import cities
from bench.trials.judging import SHARE, number_of
from bench.trials.rules import EXPECTED, RULES, SORTED, Rules
from bench.trials.trial import Numbers, Trial, on_cells

LONDON: Final = {10: 13.2, 11: 24.5}
"""Least percent by resolution, City of London."""
SAMPLES: Final = {1: {9: 18.0, 10: 21.5}, 2: {9: 19.9, 10: 23.2}, 3: {9: 17.3}, 4: {9: 17.5}}
"""Least percent by seed and resolution, sample cities."""


@dataclass(frozen=True)
class Held:
    """What one city asks, and what was found: percent of the next month's harm.

    Parameters
    ----------
    city, units, number, origins
        Where, among how many units, how many of them chosen, how often.
    least
        What expected harm must catch.
    expected, sorting
        What it caught, and what sorting by the last 12 months' harm caught.
    """

    city: str
    units: int
    number: int
    origins: int
    least: float
    expected: float
    sorting: float

    @property
    def holds(self) -> bool:
        """Whether expected harm catches what it must."""
        return self.expected >= self.least


def held(shared: Path = cities.SHARED) -> Iterator[Held]:
    """Judge each city of which a least capture is asked; `shared` holds the real data."""
    london = cities.london(shared)
    for resolution, least in LONDON.items():
        yield _held(on_cells(london, resolution), least)
    for seed, asked in SAMPLES.items():
        sample = cities.sample(seed)
        for resolution, least in asked.items():
            yield _held(on_cells(sample, resolution), least)


def _held(trial: Trial, least: float) -> Held:
    number = number_of(trial, SHARE)
    caught: dict[str, list[float]] = {EXPECTED: [], SORTED: []}
    for origin in trial.origins("month"):
        harm, _ = trial.after(origin, "month")
        for name, captures in caught.items():
            best = highest(RULES[name](Rules(trial), origin), number)
            captures.append(float(harm[best].sum() / harm.sum()))
    percent = {name: 100 * float(np.mean(captures)) for name, captures in caught.items()}
    return Held(
        city=f"{trial.name}, {trial.unit}",
        units=trial.units,
        number=number,
        origins=len(caught[EXPECTED]),
        least=least,
        expected=percent[EXPECTED],
        sorting=percent[SORTED],
    )


def highest(score: Numbers, number: int) -> np.ndarray:
    """Return the positions of the highest scores, ties by the lowest position."""
    return np.lexsort((np.arange(len(score)), -score))[:number]
