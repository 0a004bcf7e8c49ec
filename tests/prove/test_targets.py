"""Units ranked by expected harm catch what they are held to, on real and on sample cities, and
intervals of targets hold what comes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.trials import cities
from bench.trials.covering import LEVEL, covered_targets
from bench.trials.held import held
from bench.trials.trial import Trial, on_cells


def test_expected_harm_catches_what_it_is_held_to(shared_data: Path, proved):
    """1 % of the units, the next calendar month's harm, the mean over the origins."""
    found = list(held(shared_data))
    assert [(one.units, one.number, one.origins) for one in found] == [
        (289, 3, 12), (1_838, 18, 12), (980, 10, 24), (6_546, 65, 24), (978, 10, 24),
        (6_533, 65, 24), (980, 10, 24), (988, 10, 24),
    ]  # fmt: skip
    missed = [one for one in found if not one.holds]
    assert not missed
    proved(
        "Expected harm catches what it is held to, in 1 % of the units",
        "\n".join(
            f"- {one.city}: {one.expected:.1f} % of the next month's harm in {one.number} of "
            f"{one.units:,}, at least {one.least} asked; sorting by last year's harm "
            f"{one.sorting:.1f} %"
            for one in found
        ),
    )


def test_intervals_of_targets_of_several_units_hold_what_comes(shared_data: Path, proved):
    """Lists of 20 targets at all origins, each of which saw nothing of the month it is held to."""
    told = []
    for trial in _trials(shared_data):
        for limits, sizes in covered_targets(trial).items():
            several = [one for size, one in sizes.items() if size != "one"]
            number = sum(one["targets"] for one in several)
            if not number:
                continue
            inside, alone = (
                sum(one[name] * one["targets"] for one in several) / number
                for name in ("inside", "independent")
            )
            where = f"{trial.name}, {trial.unit}, {limits}"
            assert inside >= LEVEL - 2 * np.sqrt(LEVEL * (1 - LEVEL) / number), where
            told.append(
                f"- {where}: {inside:.1%} of {number:,}; {alone:.1%} where units are taken to "
                "change alone"
            )
    proved("Intervals of targets of several units hold what comes", "\n".join(told))


def _trials(shared_data: Path) -> Iterator[Trial]:
    for happened, resolutions in (
        (cities.london(shared_data), (9, 10, 11)),
        (cities.toronto(shared_data), (9, 10)),
        *((cities.sample(seed), (9, 10)) for seed in (1, 2)),
    ):
        for resolution in resolutions:
            yield on_cells(happened, resolution)
