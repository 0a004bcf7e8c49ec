"""The rules that rank units: expected harm, and the plain ones it must not lose to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy import sparse
from scipy.spatial import KDTree

from bench.trials.trial import Numbers, Trial
from spatial import forecast

WINDOW: Final = 12
"""Months that a plain rule looks back on."""

MEMORY: Final = 6.0
"""Half-life of the fading memory, months."""

EXPECTED: Final = "expected"
SORTED: Final = "harm of 12 months"
"""What a spreadsheet does, and what each other rule is compared with."""


@dataclass(frozen=True)
class Rules:
    """The rules on one trial, and what they need once.

    Parameters
    ----------
    trial
        The city and its units.
    """

    trial: Trial
    _kernel: list[sparse.csr_array] = field(default_factory=list, repr=False)

    @property
    def bandwidth_m(self) -> float:
        """How far the kernel reaches: 300 m, or three units where those are longer across."""
        return max(300.0, 3 * float(np.median(self.trial.span_m)))

    def scores(self, origin: int) -> dict[str, Numbers]:
        """Return what each rule gives each unit, from the months before an origin alone."""
        return {name: rule(self, origin) for name, rule in RULES.items()}

    def expected(self, origin: int) -> Numbers:
        """Return the expected harm of the month after, from all months before."""
        trial = self.trial
        return np.asarray(
            forecast.expected(
                trial.counts[:, :, :origin],
                trial.weight,
                trial.family,
                trial.neighbours,
                exposure=trial.exposure,
            ).harm
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
        """Return the quartic kernel density of the window's harm at each unit's centre."""
        if not self._kernel:
            near = KDTree(self.trial.centre_m)
            apart = near.sparse_distance_matrix(near, self.bandwidth_m, output_type="coo_matrix")
            weight = (1 - (apart.data / self.bandwidth_m) ** 2) ** 2
            shape = (self.trial.units, self.trial.units)
            whole = sparse.csr_array((weight, (apart.row, apart.col)), shape=shape)
            whole.setdiag(1.0)
            self._kernel.append(whole)
        return np.asarray(self._kernel[0] @ self.past(self.trial.harm, origin, WINDOW))


RULES: Final[Mapping[str, Callable[[Rules, int], Numbers]]] = {
    EXPECTED: Rules.expected,
    SORTED: lambda rules, origin: rules.past(rules.trial.harm, origin, WINDOW),
    "count of 12 months": lambda rules, origin: rules.past(rules.trial.count, origin, WINDOW),
    "harm of 24 months": lambda rules, origin: rules.past(rules.trial.harm, origin, 24),
    "all earlier harm": lambda rules, origin: rules.past(rules.trial.harm, origin, None),
    "fading harm": Rules.fading,
    "kernel density": Rules.density,
    "chance": lambda rules, _: np.zeros(rules.trial.units),
}
