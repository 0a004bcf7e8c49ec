"""What lists of targets and plain rules catch of the harm that comes after them.

    python -m bench.targets [--cities london toronto ...] [--only held|rankings] [--json]

Each rule ranks the units of a city by what happened in the months before an origin, and is judged
on the horizon after it; origins lie one horizon apart, the first after twelve months. Differences
are from sorting units by the last twelve months' harm, paired over the origins, with Student's
interval and the exact p-value of flipping signs, Holm's over all cities. `held` is what the
project holds itself to (tests/prove). The cities are named in bench/trials/fields.py.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from bench.trials import fields
from bench.trials.held import held
from bench.trials.judging import SHARES, Caught, compared, halves, rankings
from bench.trials.rules import EXPECTED, SORTED
from bench.trials.trial import HORIZONS, Trial
from spatial import validation

PARTS: Final = ("held", "rankings")
SHARE: Final = 0.01


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
        say(_held(found["held"]))
    trials: list[dict[str, Any]] = []
    for trial in fields.trials(asked.cities):
        began = time.perf_counter()
        one = _about(trial)
        say(_title(one))
        if "rankings" in asked.only:
            one["rankings"] = _rankings(rankings(trial))
            say(_rankings_table(one["rankings"]))
        one["seconds"] = round(time.perf_counter() - began, 1)
        trials.append(one)
    found["trials"] = trials
    if "rankings" in asked.only:
        found["over_cities"] = _over_cities(trials)
        say(_over_cities_table(found["over_cities"]))
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
                        "count_against_sorting": compared(one.count, rules[SORTED].count),
                    }
                )
            rows[-1]["chosen_on_first_half"] = halves(rules)
    return rows


def _over_cities(trials: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return expected harm against sorting in each city, with p-values for their number."""
    rows = [
        {"city": one["city"], "unit": one["unit"], **row["against_sorting"]}
        for one in trials
        for row in one["rankings"]
        if (row["horizon"], row["share"], row["rule"]) == ("month", SHARE, EXPECTED)
    ]
    for row, p in zip(rows, validation.holm([row.get("p") for row in rows]), strict=True):
        row["p_holm"] = p
    return rows


def _held(rows: Iterable[Mapping[str, Any]]) -> str:
    lines = ["Held to: 1 % of the units, the next month's harm", ""]
    for row in rows:
        lines.append(
            f"  {row['city']:<42} {row['number']:>3} of {row['units']:>5,}  at least "
            f"{row['least']:4.1f} %  expected {row['expected']:5.2f} %  sorting "
            f"{row['sorting']:5.2f} %  {'' if row['holds'] else 'MISSED'}"
        )
    return "\n".join(lines)


def _title(one: Mapping[str, Any]) -> str:
    return (
        f"\n{one['city']}, {one['unit']}: {one['units']:,} units, {one['incidents']:,} incidents "
        f"at {one['points']:,} points in {one['months']} months\n"
    )


def _rankings_table(rows: list[dict[str, Any]]) -> str:
    """Return the month by share of the units, and the other horizons at 1 %."""
    at = {(row["horizon"], row["share"], row["rule"]): row for row in rows}
    rules = list(dict.fromkeys(row["rule"] for row in rows))
    lines = [
        f"  {'next month, % of harm in':<22}" + "".join(f"{share:>8.1%}" for share in SHARES)
        + "   count     PEI   1.0% less sorting"
    ]  # fmt: skip
    for rule in rules:
        month = at["month", SHARE, rule]
        lines.append(
            f"  {rule:<22}"
            + "".join(f"{100 * at['month', share, rule]['harm']:8.2f}" for share in SHARES)
            + f"{100 * month['count']:8.2f}{month['pei']:8.3f}   "
            + _difference(month["against_sorting"])
        )
    for horizon in HORIZONS:
        if horizon != "month" and (horizon, SHARE, EXPECTED) in at:
            one = at[horizon, SHARE, EXPECTED]
            lines.append(
                f"  {horizon}: expected {100 * one['harm']:.2f} in 1.0%, less sorting "
                f"{_difference(one['against_sorting'])}, {one['origins']} origins"
            )
    for row in rows:
        split = row.get("chosen_on_first_half")
        if split and (row["horizon"], row["share"]) == ("month", SHARE):
            lines.append(
                f"  best on the first half: {split['chosen']} {100 * split['first_half']:.2f}; on "
                f"the second {100 * split['second_half']:.2f}, less sorting "
                f"{_difference(split['against_sorting'])}"
            )
    return "\n".join(lines)


def _over_cities_table(rows: Iterable[Mapping[str, Any]]) -> str:
    lines = ["\nExpected harm less sorting, 1 % of the units, the next month's harm", ""]
    for row in rows:
        name = f"{row['city']}, {row['unit']}"
        held = "-" if row["p_holm"] is None else f"{row['p_holm']:.3f}"
        lines.append(f"  {name:<48} {_difference(row)}  Holm {held}")
    return "\n".join(lines)


def _difference(one: Mapping[str, Any]) -> str:
    if "low" not in one:
        return f"{100 * one['mean']:+.2f}"
    low, high = 100 * one["low"], 100 * one["high"]
    return f"{100 * one['mean']:+.2f} ({low:+.2f} to {high:+.2f}) p {one['p']:.3f}"


if __name__ == "__main__":
    main()
