"""Whether the intervals of expected harm hold what comes, on data that no model drew.

Of units by their expected count, and of the targets of lists by their number of units.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.trials.lists import chosen
from bench.trials.rules import Rules
from bench.trials.trial import Trial
from spatial.forecast import Forecast

LEVEL: Final = 0.95
EDGES: Final = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, np.inf)
"""Classes of the number of incidents expected of a unit."""


SIZES: Final = {"one": (1, 1), "two to four": (2, 4), "five or more": (5, 10**9)}
"""Classes of the number of units of a target."""
LARGER: Final = {"area_km2": (1.0, 2_000.0), "length_m": (3_000.0, 2_000.0)}
"""Size and span of larger targets than the service takes where nothing is said."""


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


def covered_targets(trial: Trial) -> dict[str, Any]:
    """Return the share of targets whose next month lay inside, by their number of units.

    Of lists of 20 targets by expected harm, with the service's limits and with larger ones, over
    all origins; `independent` is the share where units are taken to change alone.
    """
    found: dict[str, list[tuple[int, bool, bool]]] = {"as by default": [], "larger": []}
    for origin in trial.origins("month"):
        made = Rules(trial).forecast(origin)
        alone = replace(made)
        alone.__dict__["dependence"] = (np.zeros(len(made.weight)), 0.0)
        came, _ = trial.after(origin, "month")
        scores = pd.DataFrame({"count": np.zeros(trial.units, int), "expected_harm": made.harm})
        for name, limits in zip(found, (None, LARGER[trial.size_name]), strict=True):
            how = {"strategy": "expected"}
            for members in chosen(trial, scores, None, how, limits):
                held = float(came[members].sum())
                inside = [_inside(one, members, held) for one in (made, alone)]
                found[name].append((len(members), *inside))
    return {name: _by_size(np.array(rows)) for name, rows in found.items()}


def _inside(made: Forecast, members: NDArray[np.intp], held: float) -> bool:
    low, high = made.interval_together(members, LEVEL)
    return low <= held <= high


def _by_size(rows: NDArray[np.int64]) -> dict[str, dict[str, Any]]:
    told = {}
    for name, (fewest, most) in SIZES.items():
        of = rows[(rows[:, 0] >= fewest) & (rows[:, 0] <= most)]
        if len(of):
            inside, independent = of[:, 1:].mean(axis=0).tolist()
            told[name] = {"targets": len(of), "inside": inside, "independent": independent}
    return told
