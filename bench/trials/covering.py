"""Whether the intervals of expected harm hold what comes, on data that no model drew."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from bench.trials.rules import Rules
from bench.trials.trial import Trial

LEVEL: Final = 0.95
EDGES: Final = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, np.inf)
"""Classes of the number of incidents expected of a unit."""


def covered(trial: Trial) -> dict[str, Any]:
    """Return the share of the units whose next month lay inside, by class, over all origins.

    `above` is the share above the interval; `from_uniform` how far the randomised transform is from
    uniform: the greatest distance of its distribution from it (Kolmogorov).
    """
    units, inside, above = (np.zeros(len(EDGES) - 1) for _ in range(3))
    transforms = []
    for origin in trial.origins("month"):
        made = Rules(trial).forecast(origin)
        low, high = made.interval(LEVEL)
        came, _ = trial.after(origin, "month")
        count = made.count()
        units += np.histogram(count, EDGES)[0]
        inside += np.histogram(count[(low <= came) & (came <= high)], EDGES)[0]
        above += np.histogram(count[came > high], EDGES)[0]
        transforms.append(made.transform(came, seed=origin))
    transform = np.sort(np.concatenate(transforms))
    step = np.arange(1, transform.size + 1) / transform.size
    return {
        "edges": [edge for edge in EDGES if np.isfinite(edge)],
        "units": units.astype(int).tolist(),
        "inside": [float(i / n) if n else None for i, n in zip(inside, units, strict=True)],
        "above": [float(i / n) if n else None for i, n in zip(above, units, strict=True)],
        "from_uniform": float(np.abs(transform - step).max()),
    }
