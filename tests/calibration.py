"""What calibration counts: alarms on noise, and planted spots that are found in cities."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from spatial import aggregate, getis_ord, grid, harm, synthetic
from spatial.targets import Budget, select

WEIGHTS = Path(__file__).parents[1] / "data/harm_indexes/cchi-2026-home-office.csv"
ALPHA = 0.05


@cache
def cchi() -> harm.HarmIndex:
    weights = pd.read_csv(WEIGHTS)[["offence_code", "weight", "detection"]]
    return harm.HarmIndex("cchi-2026-home-office", "2026", "days", weights)


def noise_alarms(runs: int) -> int:
    """Return in how many of so many runs on noise any unit is hot."""
    alarms = 0
    for seed in range(runs):
        values, neighbours = synthetic.noise_units(seed)
        found = getis_ord.gi_star(values, neighbours, seed=seed, permutations=9_999)
        alarms += bool((found.q <= ALPHA).any())
    return alarms


def recall_and_precision(cities: int) -> tuple[float, float]:
    """Return the share of planted spots found, and that of the targets' cells near a spot."""
    found, planted, right, chosen = np.sum([score(seed, 10) for seed in range(cities)], axis=0)
    return float(found / planted), float(right / chosen)


def score(seed: int, resolution: int) -> tuple[int, int, int, int]:
    """Return spots found, spots, candidate cells near a spot, and candidate cells."""
    city = synthetic.city(seed=seed)
    study = grid.cover(city.boundary.geometry.iloc[0], resolution)
    neighbours = grid.neighbours(study)
    weighed = harm.weigh(city.incidents["offence_code"], cchi())
    at = grid.index(city.incidents["longitude"], city.incidents["latitude"], resolution)
    position = grid.positions(at, study)
    used = weighed.used & (position >= 0)
    units = aggregate.by_unit(position[used], weighed.hundredths[used], len(study))
    found = getis_ord.gi_star(units["harm"].to_numpy(), neighbours)
    chosen = select(
        units.join(found.to_frame()),
        neighbours,
        grid.area_km2(study),
        max_size=0.25,
        budget=Budget(top=None),
        neighbours=neighbours,
    )
    in_target = chosen.target_of(len(study)) >= 0
    near_spot = np.zeros(len(study), dtype=bool)
    spots_found = 0
    for spot in city.planted.itertuples():
        centre = grid.index([spot.longitude], [spot.latitude], resolution)
        near = grid.positions(grid.disk_union(centre, 3 if resolution == 10 else 1), study)
        near = near[near >= 0]
        near_spot[near] = True
        spots_found += bool(in_target[near].any())
    return spots_found, len(city.planted), int((in_target & near_spot).sum()), int(in_target.sum())
