"""Time the excess of own harm, with all units alike and with units of every size.

``units`` and ``incidents`` fall at random, clustered, with the weights of a harm index. Equal
shares need one distribution, unequal ones one for each step of 1 %. The first call, which
compiles, does not count. Run as ``python -m bench.excess [--json] [--quick]``.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from spatial import excess

INDEXES = Path(__file__).resolve().parents[1] / "data" / "harm_indexes"
SIZES = ((289, 7_500), (6_546, 158_000), (1_000_000, 1_000_000))


def incidents(units: int, number: int, index: str, equal: bool) -> tuple[np.ndarray, ...]:
    """Return unit and weight of incidents that cluster, and the units' shares."""
    rng = np.random.default_rng(1)
    with (INDEXES / f"{index}.csv").open(newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["detection"] == "victim"]
    weights = np.rint([float(line["weight"]) * 100 for line in lines]).astype(np.int64)
    often = 1 / np.sqrt(weights)
    share = np.ones(units) if equal else rng.lognormal(0, 1, units)
    share /= share.sum()
    drawn_to = rng.gamma(0.5, 1, units) * share
    position = rng.choice(units, number, p=drawn_to / drawn_to.sum())
    return position, rng.choice(weights, number, p=often / often.sum()), share


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--quick", action="store_true", help="a small city only")
    options = parser.parse_args()
    excess.own(*incidents(100, 1_000, "cchi-2026-police-uk", equal=True))
    rows: list[dict[str, Any]] = []
    for index in ("cchi-2026-home-office", "cchi-2026-police-uk"):
        for units, number in SIZES[:1] if options.quick else SIZES:
            for equal in (True, False):
                city = incidents(units, number, index, equal)
                began, worked = time.perf_counter(), time.process_time()
                found = excess.own(*city)
                rows.append(
                    {
                        "index": index,
                        "units": units,
                        "incidents": number,
                        "shares": "equal" if equal else "unequal",
                        "seconds": time.perf_counter() - began,
                        "cpu_seconds": time.process_time() - worked,
                        "rounded": found.rounded,
                        "grid": found.grid,
                    }
                )
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"{'index':22} {'units':>9} {'incidents':>9} {'shares':>8} {'s':>6} {'CPU s':>6} grid")
    for row in rows:
        print(
            f"{row['index']:22} {row['units']:9,} {row['incidents']:9,} {row['shares']:>8} "
            f"{row['seconds']:6.2f} {row['cpu_seconds']:6.2f} {row['grid']:4.0f}"
        )


if __name__ == "__main__":
    main()
