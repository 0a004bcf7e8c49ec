"""What lists of targets and plain rules catch of the harm that comes after them.

    python -m bench.targets [--cities london toronto ...] [--only PART ...] [--json]

Each rule ranks the units of a city by what happened in the months before an origin, and is judged
on the horizon after it; origins lie one horizon apart, the first after twelve months. Differences
are from sorting units by the last twelve months' harm, paired over the origins, with Student's
interval and the exact p-value of flipping signs, Holm's over all cities. `held` is what the
project holds itself to (tests/prove); `lists` are those that the service would make, beside
rankings of units of just their area; `regression` is what chosen units held after, for each they
held before; `coverage` tells how often intervals hold what comes; `marred` is what becomes of lists
where data are not the truth. The cities are named in bench/trials/fields.py.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from bench.trials import covering, fields, marring, tables
from bench.trials.held import held
from bench.trials.judging import SHARE, SHARES, Caught, compared, halves, mean, rankings
from bench.trials.lists import DEFAULT, Listed, lists
from bench.trials.rules import CHANCE, EXPECTED, SORTED
from bench.trials.trial import HORIZONS, Trial
from spatial import paired

PARTS: Final = ("held", "rankings", "lists", "regression", "coverage", "marred")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cities", nargs="+", choices=fields.NAMES, default=list(fields.DEFAULT))
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    asked = parser.parse_args()

    def say(text: str) -> None:
        if not asked.json:
            print(text)

    found: dict[str, Any] = {}
    if "held" in asked.only:
        found["held"] = [asdict(one) | {"holds": one.holds} for one in held()]
        say(tables.held(found["held"]))
    trials: list[dict[str, Any]] = []
    for trial in fields.trials(asked.cities):
        began = time.perf_counter()
        one = _about(trial)
        say(tables.title(one))
        if "rankings" in asked.only:
            one["rankings"] = _rankings(rankings(trial))
            say(tables.rankings(one["rankings"]))
        if "lists" in asked.only:
            one["lists"] = _lists(lists(trial))
            say(tables.lists(one["lists"]))
        if "regression" in asked.only:
            one["regression"] = marring.regression(trial)
            say(tables.regression(one["regression"]))
        if "coverage" in asked.only:
            one["coverage"] = covering.covered(trial)
            say(tables.coverage(one["coverage"]))
            one["coverage_of_targets"] = covering.covered_targets(trial)
            say(tables.coverage_of_targets(one["coverage_of_targets"]))
        one["seconds"] = round(time.perf_counter() - began, 1)
        trials.append(one)
    found["trials"] = trials
    found["over_cities"] = {
        part: _over_cities(trials, part) for part in ("rankings", "lists") if part in asked.only
    }
    for part, rows in found["over_cities"].items():
        say(tables.over_cities(part, rows))
    if "marred" in asked.only:
        found["marred"] = list(marring.marred())
        say(tables.marred(found["marred"]))
        found["patrolled"] = list(marring.patrols())
        say(tables.patrolled(found["patrolled"]))
    if asked.json:
        print(json.dumps(found, indent=1))


def _about(trial: Trial) -> dict[str, Any]:
    return {
        "city": trial.name,
        "unit": trial.unit,
        "units": trial.units,
        "months": trial.months,
        "incidents": int(trial.counts.sum()),
        "outside": trial.outside,
        "points": trial.points,
    }


def _rankings(caught: Mapping[tuple[str, float, str], Caught]) -> list[dict[str, Any]]:
    rows = []
    for horizon in HORIZONS:
        for share in SHARES:
            rules = {
                name: one for (h, s, name), one in caught.items() if (h, s) == (horizon, share)
            }
            if not rules:
                continue
            for name, one in rules.items():
                rows.append(
                    {
                        "horizon": horizon,
                        "share": share,
                        "rule": name,
                        "origins": len(one.harm),
                        **one.figures(),
                        "against_sorting": compared(one.harm, rules[SORTED].harm),
                        "expected_less": compared(rules[EXPECTED].harm, one.harm),
                    }
                )
            rows[-1]["chosen_on_first_half"] = halves(rules)
    return rows


def _lists(found: Mapping[tuple[str, str], Listed]) -> list[dict[str, Any]]:
    return [
        {
            "budget": budget,
            "list": name,
            "targets": mean(one.targets),
            "units": mean(one.units),
            "empty": one.units.count(0),
            **one.itself.figures(),
            "beside": {
                rule: {
                    "harm": mean(plain.harm),
                    "count": mean(plain.count),
                    "difference": compared(one.itself.harm, plain.harm),
                }
                for rule, plain in one.beside.items()
            },
        }
        for (budget, name), one in found.items()
    ]


def _over_cities(trials: Iterable[Mapping[str, Any]], part: str) -> list[dict[str, Any]]:
    """Return expected harm less each plain rule in each city, with p-values for their number."""
    rows = [
        {"city": one["city"], "unit": one["unit"], "rule": rule, **difference}
        for one in trials
        for row in one[part]
        for rule, difference in OF_NOTE[part](row)
    ]
    for row, p in zip(rows, paired.holm([row.get("p") for row in rows]), strict=True):
        row["p_holm"] = p
    return rows


def _ranked(row: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if (row["horizon"], row["share"]) == ("month", SHARE) and row["rule"] not in (EXPECTED, CHANCE):
        yield row["rule"], row["expected_less"]


def _listed(row: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if (row["budget"], row["list"]) == (DEFAULT, EXPECTED):
        for rule, beside in row["beside"].items():
            if rule != EXPECTED:
                yield rule, beside["difference"]


OF_NOTE: Final = {"rankings": _ranked, "lists": _listed}
"""The differences that are compared over all cities: the next month, one share or list."""


if __name__ == "__main__":
    main()
