"""Lists of targets as the service makes them, judged beside plain rankings of the same area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from bench.trials.judging import SHARES, Caught
from bench.trials.rules import EXPECTED, SORTED, WINDOW, Rules
from bench.trials.trial import Numbers, Trial
from spatial import excess, getis_ord, validation
from spatial.targets import Budget, select

DEFAULT: Final = "20 targets"
BUDGETS: Final[Mapping[str, float | None]] = {
    DEFAULT: None,
    **{f"{share:.1%} of the area": share for share in SHARES},
}
LISTS: Final = {
    "expected": {"strategy": "expected"},
    "expected, beyond-chance": {"strategy": "expected", "require": "beyond-chance"},
    "expected, without-worst": {"strategy": "expected", "require": "without-worst"},
    "hot-spot": {"strategy": "hot-spot"},
    "top": {"strategy": "top"},
}
BESIDE: Final = (EXPECTED, SORTED, "count of 12 months")
"""Rules that rank units of the list's area."""
MOST: Final = {"area_km2": 0.25, "length_m": 600.0}
"""Largest target, and how far across one may be: what the service takes where nothing is said."""
SPAN_M: Final = 600.0
ALPHA: Final = 0.05
MAX_PERMUTATIONS: Final = 20_000_000


@dataclass
class Listed:
    """What lists of one kind caught, and what rankings caught with just their area.

    Parameters
    ----------
    itself
        The list.
    beside
        Rankings by rule, each of the list's area at every origin.
    targets, units
        Number of targets and of units on the list, one number an origin.
    """

    itself: Caught
    beside: dict[str, Caught]
    targets: list[int]
    units: list[int]


def scored(trial: Trial, origin: int, expected_harm: Numbers) -> pd.DataFrame:
    """Return what is known of the units at an origin: window, expectation and both tests."""
    window = trial.counts[:, :, max(origin - WINDOW, 0) : origin].sum(axis=2)
    harm, count = trial.weight @ window, window.sum(axis=0).astype(np.int64)
    hot = getis_ord.gi_star(harm, trial.neighbours, max_permutations=MAX_PERMUTATIONS)
    code, position = np.nonzero(window)
    times = window[code, position].astype(np.int64)
    hundredths = np.rint(trial.weight * 100).astype(np.int64)[code]
    own = excess.own(np.repeat(position, times), np.repeat(hundredths, times), trial.share)
    basis, q_own = excess.basis(own.p, own.p_without_worst, hot.q, ALPHA)
    return pd.DataFrame(
        {
            "count": count,
            "harm": harm,
            "expected_harm": expected_harm,
            "q": hot.q,
            "class": hot.classes,
            "basis": basis,
            "p_own": own.p,
            "p_without_worst": own.p_without_worst,
            "q_own": q_own,
        }
    )


def lists(trial: Trial, horizon: str = "month") -> dict[tuple[str, str], Listed]:
    """Judge every kind of list by budget and name, over all origins."""
    rules = Rules(trial)
    found: dict[tuple[str, str], Listed] = {}
    for origin in trial.origins(horizon):
        score = rules.scores(origin, BESIDE)
        scores = scored(trial, origin, score[EXPECTED])
        after = trial.after(origin, horizon)
        for budget, share in BUDGETS.items():
            for name, how in LISTS.items():
                members = chosen(trial, scores, share, how)
                part = np.zeros(trial.units)
                part[np.concatenate([*members, np.zeros(0, np.intp)])] = 1.0
                kept = found.setdefault((budget, name), Listed(Caught(), {}, [], []))
                kept.itself.add(part, after, trial.size)
                kept.targets.append(len(members))
                kept.units.append(int(part.sum()))
                for rule in BESIDE:
                    values = score[rule]
                    same = validation.taken(values, trial.size, float(part @ trial.size))
                    kept.beside.setdefault(rule, Caught()).add(same, after, trial.size)
    return found


def chosen(
    trial: Trial,
    scores: pd.DataFrame,
    share: float | None,
    how: Mapping[str, Any],
    limits: tuple[float, float] | None = None,
) -> list[np.ndarray]:
    """Return the members of each target of a list, by limits of its own or the service's."""
    budget = Budget() if share is None else Budget(top=None, size=share * float(trial.size.sum()))
    largest, span_m = limits or (MOST[trial.size_name], SPAN_M)
    return list(
        select(
            scores,
            trial.neighbours,
            trial.size,
            max_size=largest,
            budget=budget,
            neighbours=trial.neighbours,
            max_span_m=span_m,
            shapes=trial.shapes,
            **how,
        ).members
    )
