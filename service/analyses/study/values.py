"""What a hot-spot statistic is computed on: totals of units, or their rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from service.analyses.study.study import Study
from spatial import rates
from spatial.errors import DegenerateInputError, InvalidInputError, Problem

if TYPE_CHECKING:
    from service.analyses.getis_ord import HotSpotParams

RESIDENTS: Final = 1_000
"""Rates by population are told per this many people."""


@dataclass(frozen=True)
class Tested:
    """The value of each unit that is tested.

    Parameters
    ----------
    values
        Shape (N,).
    rate
        Whether they are rates.
    about
        What readers are told of the rate.
    """

    values: NDArray[np.float64]
    rate: bool
    about: dict[str, Any]


def tested(study: Study, params: HotSpotParams) -> Tested:
    """Return the totals of units, or their rates where a denominator was asked for.

    Raises
    ------
    InvalidInputError
        When a unit has no denominator and nothing smooths its rate.
    DegenerateInputError
        When smoothing leaves one rate for all units.
    """
    total = study.totals[params.value].to_numpy(dtype=np.float64)
    if params.denominator is None:
        return Tested(total, rate=False, about={})
    measure = study.units.kind.measure
    exposure, per, name = study.units.size, measure.per, measure.size_name
    if params.denominator == "population" and study.population is not None:
        exposure, per, name = study.population.of, RESIDENTS, "population"
    about: dict[str, Any] = {"denominator": name, "per": per, "smoothing": params.smoothing}
    if params.smoothing is None:
        _refuse_empty(exposure, study, name)
        return Tested(rates.rate(total, exposure) * per, rate=True, about=about)
    weight = study.hundredths / 100 if params.value == "harm" else np.ones(len(study.position))
    squares = np.bincount(study.position, weights=weight**2, minlength=len(total))
    smoothed = rates.empirical_bayes(total, exposure, squares)
    if smoothed.variance == 0:
        raise DegenerateInputError(
            f"The rates of {params.value} per {name} differ by no more than chance would make "
            "them, so smoothing leaves one rate for all and there is no hot spot to find: take a "
            "longer window, larger units, value=count, or no smoothing.",
            [Problem("smoothing", "leaves no difference between units")],
        )
    about["mean_rate"] = float(smoothed.mean * per)
    lost = int(study.totals["count"].to_numpy()[smoothed.without_exposure].sum())
    if lost:  # their units take the mean, and they are in no rate
        about["incidents_without_denominator"] = lost
    return Tested(smoothed.rate * per, rate=True, about=about)


def _refuse_empty(exposure: NDArray[np.float64], study: Study, name: str) -> None:
    empty = np.flatnonzero(~(exposure > 0))
    if empty.size:
        ids, several = study.units.ids[empty[:5]].tolist(), study.units.kind.several
        raise InvalidInputError(
            f"{empty.size} of {len(exposure)} {several} have no {name}, so no rate: "
            f"{', '.join(map(str, ids))}{', ...' if empty.size > 5 else ''}. Smoothing "
            "(smoothing=empirical_bayes) gives them the mean; or leave them out of the study area.",
            [Problem("denominator", f"{name} is 0 on {one}") for one in ids],
        )
