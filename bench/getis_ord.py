"""Time Gi* by permutation beside esda's, on the same input in the same run.

Both are warmed up first, so neither's compilation counts. Run as
``python bench/getis_ord.py [--json] [--quick]``.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import esda
import h3ronpy
import numpy as np
from h3ronpy import vector
from libpysal.graph import Graph

from spatial import grid
from spatial.getis_ord import gi_star


def hexagons(n: int) -> tuple[np.ndarray, Any]:
    """Return harm and neighbours of the first n cells of a disk around London."""
    radius = int(np.ceil(np.sqrt(n / 3)))
    centre = vector.coordinates_to_cells(np.array([51.5]), np.array([-0.1]), 10)
    cells = np.unique(np.asarray(h3ronpy.grid_disk(centre, radius, flatten=True)))[:n]
    rng = np.random.default_rng(1)
    harm = rng.choice([0, 1, 2, 10, 365, 5475], n, p=[0.7, 0.15, 0.1, 0.03, 0.0195, 0.0005])
    return harm, grid.neighbours(cells)


def seconds(run: Callable[[], Any], repeats: int = 1) -> float:
    """Return the shortest of some runs, wall time."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--quick", action="store_true", help="10,000 cells against esda only")
    options = parser.parse_args()
    warnings.simplefilter("ignore")

    def ours(x: np.ndarray, w: Any, permutations: int, **settings: Any) -> float:
        run = lambda: gi_star(x, w, permutations, raise_permutations=False, **settings)  # noqa: E731
        return seconds(run, repeats=5)

    def theirs(x: np.ndarray, w: Any, n_jobs: int) -> float:
        graph, y = Graph.from_sparse(w.tocoo().astype(float)), x.astype(float)
        return seconds(
            lambda: esda.G_Local(
                y, graph, transform="B", star=True, permutations=999,
                keep_simulations=False, n_jobs=n_jobs, seed=1,
            )
        )  # fmt: skip

    warm = hexagons(1000)
    gi_star(*warm)
    for n_jobs in (1, -1):
        theirs(*warm, n_jobs)

    rows: list[dict[str, Any]] = []
    for n in (10_000,) if options.quick else (10_000, 100_000):
        x, w = hexagons(n)
        own = ours(x, w, 999)
        rows.append({"what": "harmspot", "units": n, "permutations": 999, "seconds": own})
        for n_jobs in (1, -1):
            other = theirs(x, w, n_jobs)
            rows.append(
                {
                    "what": f"esda, n_jobs={n_jobs}",
                    "units": n,
                    "permutations": 999,
                    "seconds": other,
                    "times_harmspot": other / own,
                }
            )
    if not options.quick:
        x, w = hexagons(1_000_000)
        smooth = np.random.default_rng(2).lognormal(0, 1, x.size)
        for what, values, permutations, settings in (
            ("harmspot", x, 99_999, {}),
            ("harmspot, two-sided", x, 99_999, {"tail": "two-sided"}),
            ("harmspot, continuous", smooth, 99_999, {}),
            ("harmspot, 1/(P+1) <= 0.05/N", x, 20_000_000, {}),
        ):
            rows.append(
                {
                    "what": what,
                    "units": x.size,
                    "permutations": permutations,
                    "seconds": ours(values, w, permutations, **settings),
                }
            )

    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'':30}{'units':>12}{'permutations':>14}{'seconds':>10}{'times harmspot':>16}")
    for row in rows:
        ratio = f"{row['times_harmspot']:16,.0f}" if "times_harmspot" in row else ""
        print(
            f"{row['what']:30}{row['units']:12,}{row['permutations']:14,}"
            f"{row['seconds']:10.4f}{ratio}"
        )


if __name__ == "__main__":
    main()
