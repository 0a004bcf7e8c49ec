"""The rules that rank units: expected harm, and the plain ones it must not lose to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.trials.trial import Numbers, Trial
from spatial import baselines, forecast

WINDOW: Final = 12
"""Months that a plain rule looks back on."""

MEMORY: Final = 12.0
"""Half-life of the fading memory, months."""

EXPECTED: Final = "expected"
SORTED: Final = "harm of 12 months"
"""What a spreadsheet does, and what each other rule is compared with."""
CHANCE: Final = "chance"


@dataclass(frozen=True)
class Rules:
    """The rules on one trial.

    Parameters
    ----------
    trial
        The city and its units.
    """

    trial: Trial

    def scores(self, origin: int, names: Iterable[str] | None = None) -> dict[str, Numbers]:
        """Return what rules give each unit, from the months before an origin alone."""
        return {name: RULES[name](self, origin) for name in (RULES if names is None else names)}

    def expected(self, origin: int) -> Numbers:
        """Return the expected harm of the month after, from all months before."""
        return np.asarray(self.forecast(origin).harm)

    def forecast(self, origin: int) -> forecast.Forecast:
        """Return what is expected of the month after, from all months before."""
        trial = self.trial
        return forecast.expected(
            trial.counts[:, :, :origin],
            trial.weight,
            trial.family,
            trial.neighbours,
            exposure=trial.exposure,
        )

    def past(self, values: Numbers, origin: int, months: int | None) -> Numbers:
        """Return the total of the months before an origin."""
        first = 0 if months is None else max(origin - months, 0)
        return np.asarray(values[:, first:origin].sum(axis=1))

    def fading(self, origin: int) -> Numbers:
        """Return harm that counts half for each half-life since."""
        age = np.arange(origin)[::-1]
        return np.asarray(self.trial.harm[:, :origin] @ 0.5 ** (age / MEMORY))

    def density(self, origin: int) -> Numbers:
        """Return the kernel density of the window's harm at each unit's middle."""
        held = self.past(self.trial.harm, origin, WINDOW)
        return baselines.density(held, self.trial.kernel)


RULES: Final[Mapping[str, Callable[[Rules, int], Numbers]]] = {
    EXPECTED: Rules.expected,
    SORTED: lambda rules, origin: rules.past(rules.trial.harm, origin, WINDOW),
    "count of 12 months": lambda rules, origin: rules.past(rules.trial.count, origin, WINDOW),
    "harm of 24 months": lambda rules, origin: rules.past(rules.trial.harm, origin, 24),
    "all earlier harm": lambda rules, origin: rules.past(rules.trial.harm, origin, None),
    "fading harm": Rules.fading,
    "kernel density": Rules.density,
    CHANCE: lambda rules, _: baselines.at_random(rules.trial.units),
}
