"""What rules and lists caught of what came after, over the origins, and how they compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np

from bench.trials.rules import SORTED, Rules
from bench.trials.trial import HORIZONS, Numbers, Trial
from spatial import paired, validation

SHARE: Final = 0.01
"""Share of the units that is told first."""
SHARES: Final = (0.005, 0.01, 0.03, 0.05)
"""Shares of the units that are chosen."""

LEAST_PAIRS: Final = 6
"""Origins that a comparison needs."""


@dataclass
class Caught:
    """What one rule caught after each origin, with one share of the units or of the area.

    Parameters
    ----------
    harm, count, pei
        Share of the harm and of the incidents inside, and harm caught against the most that could
        be; one number an origin, None where nothing happened.
    area_share
        Of what was chosen, one number an origin.
    """

    harm: list[float | None] = field(default_factory=list)
    count: list[float | None] = field(default_factory=list)
    pei: list[float | None] = field(default_factory=list)
    area_share: list[float] = field(default_factory=list)

    def add(
        self,
        part: Numbers,
        after: tuple[Numbers, Numbers],
        size: Numbers,
        most: float | None = None,
    ) -> None:
        """Judge units of which `part` is chosen on what came after.

        `most` is the harm that as many units could hold at most; by default, as much area.
        """
        harm, count = after
        area = float(part @ size)
        hits = float(part @ harm)
        if most is None:
            most = validation.most(harm, size, area)
        caught = float(part @ count)
        self.harm.append(validation.capture(hits=hits, total=float(harm.sum())))
        self.count.append(validation.capture(hits=caught, total=float(count.sum())))
        self.pei.append(validation.pei(hits=hits, most=max(most, hits)))
        self.area_share.append(area / float(size.sum()))

    def figures(self) -> dict[str, Any]:
        """Return the means over the origins."""
        return {name: mean(values) for name, values in asdict(self).items()}


def mean(values: Iterable[float | None]) -> float | None:
    """Return the mean of what is known."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def chosen(score: Numbers, number: int) -> Numbers:
    """Return which units have the highest scores; those that tie at the end share what is left."""
    return validation.taken(score, np.ones(len(score)), number)


def number_of(trial: Trial, share: float) -> int:
    """Return how many units a share is: rounded to the nearest, at least 1."""
    return max(1, round(share * trial.units))


def rankings(trial: Trial) -> dict[tuple[str, float, str], Caught]:
    """Judge every rule by horizon, share of the units and name, over all origins."""
    rules = Rules(trial)
    caught: dict[tuple[str, float, str], Caught] = {}
    origins = {horizon: set(trial.origins(horizon)) for horizon in HORIZONS}
    for origin in sorted(set().union(*origins.values())):
        after = {
            horizon: trial.after(origin, horizon)
            for horizon in HORIZONS
            if origin in origins[horizon]
        }
        highest = {horizon: np.sort(harm)[::-1] for horizon, (harm, _) in after.items()}
        for name, score in rules.scores(origin).items():
            for share in SHARES:
                number = number_of(trial, share)
                part = chosen(score, number)
                for horizon, held in after.items():
                    most = float(highest[horizon][:number].sum())
                    one = caught.setdefault((horizon, share, name), Caught())
                    one.add(part, held, trial.size, most)
    return caught


def compared(first: list[float | None], second: list[float | None]) -> dict[str, Any]:
    """Return the paired difference of two rules with its interval; without p for few origins."""
    pairs = paired.paired(first, second)
    if pairs.pairs < LEAST_PAIRS:
        return {"mean": pairs.mean, "pairs": pairs.pairs}
    return asdict(pairs)


def halves(rules: Mapping[str, Caught]) -> dict[str, Any] | None:
    """Choose the best rule on the first half of the origins, and judge it on the second."""
    number = len(rules[SORTED].harm)
    if number < 2 * LEAST_PAIRS:
        return None
    half = number // 2
    early = {name: mean(caught.harm[:half]) or 0.0 for name, caught in rules.items()}
    late = {name: mean(caught.harm[half:]) for name, caught in rules.items()}
    best = max(early, key=lambda name: early[name])
    return {
        "chosen": best,
        "first_half": early[best],
        "second_half": late[best],
        "against_sorting": compared(rules[best].harm[half:], rules[SORTED].harm[half:]),
    }
