"""What trials found, as tables to read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bench.trials.judging import SHARE, SHARES
from bench.trials.lists import DEFAULT
from bench.trials.rules import EXPECTED, SORTED
from bench.trials.trial import HORIZONS


def held(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return what is asked of fixed cities, and what was found."""
    lines = ["Held to: 1 % of the units, the next month's harm", ""]
    for row in rows:
        lines.append(
            f"  {row['city']:<42} {row['number']:>3} of {row['units']:>5,}  at least "
            f"{row['least']:4.1f} %  expected {row['expected']:5.2f} %  sorting "
            f"{row['sorting']:5.2f} %  {'' if row['holds'] else 'MISSED'}"
        )
    return "\n".join(lines)


def title(one: Mapping[str, Any]) -> str:
    """Return which trial it is."""
    return (
        f"\n{one['city']}, {one['unit']}: {one['units']:,} units, {one['incidents']:,} incidents "
        f"at {one['points']:,} points in {one['months']} months\n"
    )


def rankings(rows: list[dict[str, Any]]) -> str:
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
            + difference(month["against_sorting"])
        )
    for horizon in HORIZONS:
        if horizon != "month" and (horizon, SHARE, EXPECTED) in at:
            one = at[horizon, SHARE, EXPECTED]
            lines.append(
                f"  {horizon}: expected {100 * one['harm']:.2f} in 1.0%, less sorting "
                f"{difference(one['against_sorting'])}, {one['origins']} origins"
            )
    for row in rows:
        split = row.get("chosen_on_first_half")
        if split and (row["horizon"], row["share"]) == ("month", SHARE):
            lines.append(
                f"  best on the first half: {split['chosen']} {100 * split['first_half']:.2f}; on "
                f"the second {100 * split['second_half']:.2f}, less sorting "
                f"{difference(split['against_sorting'])}"
            )
    return "\n".join(lines)


def lists(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return lists beside rankings of their area."""
    lines = [
        f"  {'list':<26}{'budget':<20}targets units  harm%  sorting  less sorting of its area"
        "            less expected of its area"
    ]
    for row in rows:
        plain, ranked = row["beside"][SORTED], row["beside"][EXPECTED]
        lines.append(
            f"  {row['list']:<26}{row['budget']:<20}{row['targets']:7.1f}{row['units']:6.1f}"
            f"{100 * row['harm']:7.2f}{100 * plain['harm']:9.2f}  "
            f"{difference(plain['difference']):<34}  {difference(ranked['difference'])}"
        )
    return "\n".join(lines)


def over_cities(part: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return one difference of each city, with its p-value for their number."""
    chosen = {"rankings": f"{SHARE:.0%} of the units", "lists": f"the default list, {DEFAULT}"}
    lines = [f"\nExpected harm less sorting, {chosen[part]}, the next month's harm", ""]
    every = list(rows)
    lines += [_over_all(row) for row in every if row["rule"] == SORTED]
    less = [row for row in every if row["rule"] != SORTED and row.get("high", 0) < 0]
    lines += ["", "Less than another rule, by the interval of the one city", ""]
    lines += [f"{_over_all(row)}  {row['rule']}" for row in less] or ["  nowhere"]
    return "\n".join(lines)


def _over_all(row: Mapping[str, Any]) -> str:
    name = f"{row['city']}, {row['unit']}"
    holm = "-" if row["p_holm"] is None else f"{row['p_holm']:.3f}"
    return f"  {name:<48} {difference(row)}  Holm {holm}"


def difference(one: Mapping[str, Any]) -> str:
    """Return a mean difference in percent points, with its interval and p-value."""
    if "low" not in one:
        return f"{100 * one['mean']:+.2f}"
    low, high = 100 * one["low"], 100 * one["high"]
    return f"{100 * one['mean']:+.2f} ({low:+.2f} to {high:+.2f}) p {one['p']:.3f}"


def marred(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return what rules catch that do not see the truth."""
    lines = [
        "\nSample cities, 1% of the units, % of the next month's harm: as seen, and in truth",
        "",
    ]
    for row in rows:
        lines.append(
            f"  {row['resolution']:>2}  {row['seen']:<36}"
            + "".join(
                f"  {rule} {row[f'{rule}, seen']:5.2f} {row[f'{rule}, truth']:5.2f}"
                for rule in (EXPECTED, SORTED)
            )
        )
    return "\n".join(lines)


def patrolled(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return what data show of patrols whose effect is known."""
    lines = [
        "\nPatrols that prevent a quarter, half of it displaced: harm after to harm before",
        "",
    ]
    for row in rows:
        lines.append(
            f"  {row['city']:<16}{row['unit']:<24}targets {row['targets_after_to_before']:.2f}, "
            f"unpatrolled {row['unpatrolled_after_to_before']:.2f}; the ring "
            f"{row['ring_effect']:.2f} (its months vary by {row['ring_noise']:.0%}); still listed "
            f"{row['still_listed']:.0%}, unpatrolled {row['still_listed_unpatrolled']:.0%}"
        )
    return "\n".join(lines)


def regression(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what chosen units held after, for each they held before."""
    lines = []
    for rule, one in found.items():
        alone, foretold = one["one_incident_after_to_before"], one["observed_to_expected"]
        lines.append(
            f"  {rule:<22} after to before {one['after_to_before']:.2f}; of units mostly one "
            f"incident ({one['one_incident']:.0%}) {'-' if alone is None else f'{alone:.2f}'}"
            + ("" if foretold is None else f"; held to foretold {foretold:.2f}")
        )
    return "\n".join(lines)


def coverage(found: Mapping[str, Any]) -> str:
    """Return how many next months lay inside their interval, by the number that was expected."""
    shares = [
        f"from {edge:g}: {inside:.1%} of {units:,}"
        for edge, inside, units in zip(found["edges"], found["inside"], found["units"], strict=True)
        if units
    ]
    return (
        f"  inside 95 % intervals, by incidents expected: {'; '.join(shares)}; transform from "
        f"uniform {found['from_uniform']:.3f}"
    )


def coverage_of_targets(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return how many targets' next months lay inside their interval, by their number of units."""
    return "\n".join(
        f"  targets {limits}, inside 95 % intervals (units taken to change alone): "
        + "; ".join(
            f"{size}: {one['inside']:.1%} ({one['independent']:.1%}) of {one['targets']:,}"
            for size, one in sizes.items()
        )
        for limits, sizes in found.items()
    )
