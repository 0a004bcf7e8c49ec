"""Calibration: on noise few alarms, on planted cities the planted places."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from spatial import aggregate, getis_ord, grid, harm, synthetic
from spatial.targets import Budget, select

WEIGHTS = Path(__file__).parents[2] / "data/harm_indexes/cchi-2026-home-office.csv"
ALPHA = 0.05


@cache
def cchi() -> harm.HarmIndex:
    weights = pd.read_csv(WEIGHTS)[["offence_code", "weight", "detection"]]
    return harm.HarmIndex("cchi-2026-home-office", "2026", "days", weights)


def test_on_noise_the_share_of_runs_with_any_hot_unit_stays_near_alpha(capsys):
    runs = 300
    alarms = 0
    for seed in range(runs):
        values, neighbours = synthetic.noise_units(seed)
        found = getis_ord.gi_star(values, neighbours, seed=seed, permutations=9_999)
        alarms += bool((found.q <= ALPHA).any())
    most = stats.binom.ppf(0.999, runs, ALPHA)
    with capsys.disabled():
        print(
            f"\nnoise: {alarms} of {runs} runs have a hot unit "
            f"({alarms / runs:.1%}; limit {most:.0f})"
        )
    assert alarms <= most


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


def test_planted_spots_are_found_and_little_else(capsys):
    found, planted, right, chosen = np.sum([score(seed, 10) for seed in range(6)], axis=0)
    recall, precision = found / planted, right / chosen
    with capsys.disabled():
        print(f"\nplanted: recall {recall:.0%} of spots, precision {precision:.0%} of cells")
    assert recall >= 0.5
    assert precision >= 0.5
