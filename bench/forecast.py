"""Time expected harm and its intervals beside a plain numpy loop over the codes.

Of an array, of its sparse like, and with the intervals of some units and of all. Run as
``python -m bench.forecast [--json] [--quick]``.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from bench.getis_ord import hexagons, seconds
from spatial import cube, forecast

CODES, STEPS, CHOSEN = 20, 24, 100


def plain(counts: Any, weight: Any, family: Any, w: Any) -> Any:
    """Return expected harm as one would write it with numpy, code by code."""
    steps = counts.shape[2]
    d = 0.5 ** (np.arange(steps)[::-1] / 12)
    n = d.sum() / (d**2).sum() * (counts * d).sum(axis=2)

    def shrunk(held: Any, mean: Any) -> Any:
        c = max((((held - mean) ** 2 - mean).sum()) / (mean**2).sum(), 0.001)
        return (held + 1 / c) / (1 + 1 / (c * mean))

    near = 1 + w.sum(axis=1)
    harm = np.zeros(counts.shape[1])
    for name in dict.fromkeys(family):
        members = [j for j, of in enumerate(family) if of == name]
        held = n[members].sum(axis=0)
        rate = shrunk(held, np.maximum(0.9 * (held + w @ held) / near + 0.1 * held.mean(), 1e-9))
        total = counts[members].sum()
        for j in members:
            q = counts[j].sum() / total if total else 0.0
            harm += weight[j] * shrunk(n[j], np.maximum(rate * q, 1e-9))
    return harm * (d**2).sum() / d.sum() ** 2


def history(n: int) -> tuple[Any, Any]:
    """Return counts of two years in n cells, most of them quiet, and the cells' neighbours."""
    _, w = hexagons(n)
    rng = np.random.default_rng(1)
    rates = rng.gamma(0.3, 0.05, n) * rng.dirichlet(np.ones(CODES))[:, None] * 3
    return rng.poisson(rates[:, :, None], (CODES, n, STEPS)).astype(np.int32), w


def sparse_like(counts: Any) -> cube.Counts:
    code, unit, step = np.nonzero(counts)
    number = counts[code, unit, step].astype(np.int64)
    return cube.Counts(code, unit, STEPS - 1 - step, number, counts.shape)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--quick", action="store_true", help="10,000 cells only")
    options = parser.parse_args()
    weight = np.resize([5475, 365, 197.1, 182.25, 10, 7.5, 5, 2, 1, 11.57], CODES)
    family = [f"family {j // 3}" for j in range(CODES)]
    rows: list[dict[str, Any]] = []
    for n in (10_000,) if options.quick else (10_000, 100_000):
        counts, w = history(n)
        few = sparse_like(counts)
        forms = {"an array": counts, "its sparse like": few}
        f = forecast.expected(few, weight, family, w, interval=0.95, units=[0])  # compiled
        np.testing.assert_allclose(f.harm, plain(counts, weight, family, w), rtol=1e-9)
        by_numpy = seconds(lambda: plain(counts, weight, family, w), repeats=3)  # noqa: B023
        chosen = np.argsort(-f.harm)[:CHOSEN]

        def intervals(units: Any) -> float:
            made = forecast.expected(few, weight, family, w)  # noqa: B023
            return seconds(lambda: made.interval(0.95, units))

        times = {
            f"expected harm of {form}": seconds(
                lambda: forecast.expected(given, weight, family, w),  # noqa: B023
                repeats=5,
            )
            for form, given in forms.items()
        }
        rows.append({"what": "numpy, code by code", "units": n, "seconds": by_numpy})
        rows += [
            {"what": what, "units": n, "seconds": took, "times_faster": by_numpy / took}
            for what, took in times.items()
        ]
        for what, units in ((f"intervals of {CHOSEN} units", chosen), ("intervals of all", None)):
            rows.append({"what": what, "units": n, "seconds": intervals(units)})

    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{CODES} codes, {STEPS} steps\n{'':36}{'units':>10}{'seconds':>10}{'times faster':>14}")
    for row in rows:
        ratio = f"{row['times_faster']:14.1f}" if "times_faster" in row else ""
        print(f"{row['what']:36}{row['units']:10,}{row['seconds']:10.3f}{ratio}")


if __name__ == "__main__":
    main()
