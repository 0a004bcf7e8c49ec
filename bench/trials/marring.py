"""What a list makes of data that are not the truth: anonymised points, reporting, luck, patrols.

All on sample cities, whose truth is known: rules see what is marred, and are judged on both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.trials.cities import Happened, sample
from bench.trials.held import highest
from bench.trials.judging import SHARE, number_of
from bench.trials.rules import EXPECTED, RULES, SORTED, WINDOW, Rules
from bench.trials.trial import Trial, on_cells
from spatial.synthetic import city

SEEDS: Final = (1, 2, 3, 4)
REPORTED: Final = (0.35, 0.45, 0.55, 0.65, 0.75, 0.85)
"""Share of the incidents that is reported in each of the six districts."""
PREVENTED: Final = 0.25
DISPLACED: Final = 0.5
"""Share of the incidents at targets that patrols prevent, and of those that happen next to them."""


def marred(resolutions: tuple[int, ...] = (9, 10)) -> Iterator[dict[str, Any]]:
    """Judge rules that see anonymised points or what was reported, on that and on the truth."""
    for resolution in resolutions:
        whole, points, reported, fewer = [], [], [], []
        for seed in SEEDS:
            truth = sample(seed)
            trial = on_cells(truth, resolution)
            whole.append(_caught(trial, trial))
            points.append(_caught(on_cells(anonymised(truth), resolution), trial))
            kept = as_reported(truth, seed)
            reported.append(_caught(on_cells(truth.only(kept), resolution), trial))
            even = np.random.default_rng(seed).uniform(size=kept.size) < kept.mean()
            fewer.append(_caught(on_cells(truth.only(even), resolution), trial))
        for name, found in (
            ("all incidents where they were", whole),
            ("moved to the middle of their street", points),
            ("as reported, 35 to 85 % by district", reported),
            ("as many, the same share everywhere", fewer),
        ):
            yield {"resolution": resolution, "seen": name} | {
                key: float(np.mean([one[key] for one in found])) for key in found[0]
            }


def anonymised(happened: Happened) -> Happened:
    """Move each incident to the middle of the nearest street segment, as open data do."""
    lines = happened.streets.geometry.to_numpy()
    middles = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    squeeze = np.array([np.cos(np.radians(middles[:, 1].mean())), 1.0])
    tree = shapely.STRtree(shapely.points(middles * squeeze))
    place = np.column_stack((happened.longitude, happened.latitude)) * squeeze
    moved = middles[tree.nearest(shapely.points(place))]
    return happened.moved_to(moved[:, 0], moved[:, 1])


def as_reported(happened: Happened, seed: int) -> NDArray[np.bool_]:
    """Return which incidents are reported: the share differs from district to district."""
    districts = city(seed).districts.geometry.to_numpy()
    shares = np.random.default_rng(seed).permutation(REPORTED)
    share = np.full(happened.code.size, np.mean(REPORTED))
    for district, own in zip(districts, shares, strict=True):
        share[shapely.contains_xy(district, happened.longitude, happened.latitude)] = own
    return np.random.default_rng([seed, 1]).uniform(size=share.size) < share


def _caught(seen: Trial, truth: Trial) -> dict[str, float]:
    """Return what rules that see one thing catch of it, and of the truth: means, in percent."""
    number = number_of(truth, SHARE)
    found: dict[str, list[float]] = {}
    for origin in truth.origins("month"):
        for rule in (EXPECTED, SORTED):
            best = highest(RULES[rule](Rules(seen), origin), number)
            for judged, trial in (("seen", seen), ("truth", truth)):
                harm, _ = trial.after(origin, "month")
                found.setdefault(f"{rule}, {judged}", []).append(
                    100 * float(harm[best].sum() / harm.sum())
                )
    return {name: float(np.mean(values)) for name, values in found.items()}


def regression(trial: Trial) -> dict[str, Any]:
    """Tell what the units that a rule chose held after, for each they held before, a month.

    No patrol went there: what they lost, chance had lent them. For expected harm, what they held
    is set against what was foretold. `one_incident` are the units of which a single incident holds
    more than half of the window's harm.
    """
    number, rules = number_of(trial, SHARE), Rules(trial)
    sums: dict[str, list[NDArray[np.float64]]] = {}
    for origin in trial.origins("month"):
        window = slice(origin - WINDOW, origin)
        before, (after, _) = (
            trial.harm[:, window].sum(axis=1) / WINDOW,
            trial.after(origin, "month"),
        )
        held = trial.counts[:, :, window].sum(axis=2) > 0
        worst = (trial.weight[:, None] * held).max(axis=0) > before * WINDOW / 2
        everywhere = (before.sum(), after.sum())
        for rule in (EXPECTED, SORTED):
            score = RULES[rule](rules, origin)
            best = highest(score, number)
            foretold = score[best].sum() if rule == EXPECTED else np.nan
            alone = best[worst[best]]
            sums.setdefault(rule, []).append(
                np.array(
                    [
                        before[best].sum(), after[best].sum(), foretold, len(alone),
                        before[alone].sum(), after[alone].sum(), *everywhere,
                    ]
                )
            )  # fmt: skip
    found: dict[str, Any] = {}
    for rule, each in sums.items():
        total = np.sum(each, axis=0)
        city_wide = total[7] / total[6]
        found[rule] = {
            "after_to_before": float(total[1] / total[0] / city_wide),
            "one_incident": float(total[3] / (number * len(each))),
            "one_incident_after_to_before": (
                float(total[5] / total[4] / city_wide) if total[4] else None
            ),
            "observed_to_expected": float(total[1] / total[2]) if rule == EXPECTED else None,
        }
    return found


def patrols() -> Iterator[dict[str, Any]]:
    """Send patrols to lists of each sample city."""
    for seed in SEEDS:
        happened = sample(seed)
        yield from (patrolled(on_cells(happened, resolution), seed) for resolution in (9, 10))


def patrolled(trial: Trial, seed: int, first: int = 24) -> dict[str, Any]:
    """Send patrols to the units of a list for a year, and tell what the data then show.

    Patrols prevent a quarter of the incidents there; half of those happen in a neighbouring unit.
    """
    random = np.random.default_rng(seed)
    number = number_of(trial, SHARE)
    best = highest(RULES[EXPECTED](Rules(trial), first), number)
    then = trial.counts[:, best, first:]
    gone = random.binomial(then.astype(np.int64), PREVENTED)
    counts = trial.counts.copy()
    counts[:, best, first:] -= gone
    moved = random.binomial(gone, DISPLACED)
    w = trial.neighbours
    near = np.setdiff1d(np.unique(w[best].indices), best)
    for code, unit, month in np.argwhere(moved):
        beside = np.setdiff1d(w[[best[unit]]].indices, best)
        if beside.size:
            to = random.choice(beside, moved[code, unit, month])
            np.add.at(counts, (code, to, np.full(to.size, first + month)), 1)
    after = replace(trial, counts=counts)
    before = slice(first - WINDOW, first)

    def level(one: Trial, units: NDArray[np.intp], months: slice) -> float:
        return float(one.harm[units, months].sum(axis=0).mean())

    later = slice(first, trial.months)
    year = trial.harm[near, before].sum(axis=0)
    again = highest(RULES[EXPECTED](Rules(after), trial.months), number)
    unpatrolled = highest(RULES[EXPECTED](Rules(trial), trial.months), number)
    return {
        "city": trial.name,
        "unit": trial.unit,
        "targets_after_to_before": level(after, best, later) / level(trial, best, before),
        "unpatrolled_after_to_before": level(trial, best, later) / level(trial, best, before),
        "effect": level(after, best, later) / level(trial, best, later),
        "ring_effect": level(after, near, later) / level(trial, near, later),
        "ring_noise": float(year.std(ddof=1) / year.mean()),
        "still_listed": len(np.intersect1d(again, best)) / number,
        "still_listed_unpatrolled": len(np.intersect1d(unpatrolled, best)) / number,
    }
