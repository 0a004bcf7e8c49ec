"""Hot spots among the units of a study: what Getis-Ord Gi* says of each, ranked and placed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from service.analyses.contract import Context, Progress
from service.analyses.study.feasible import refuse_whole_neighbourhoods
from service.analyses.study.study import Study, prepare
from service.analyses.study.values import RESIDENTS, tested
from spatial import getis_ord
from spatial.grid import Graph

if TYPE_CHECKING:
    from service.analyses.getis_ord import HotSpotParams

MAX_PERMUTATIONS = 20_000_000
"""Enough for one unit alone among a million to be detectable, in seconds."""


@dataclass(frozen=True)
class Scored:
    """A study with the hot-spot statistic of each of its units, and the neighbourhoods used."""

    study: Study
    scores: pd.DataFrame
    neighbours: Graph
    inference: dict[str, Any]

    def classes(self) -> dict[str, int]:
        """Return the number of units in each class that occurs, the hottest first."""
        counts = self.scores["class"].value_counts()
        return {name: int(counts[name]) for name in getis_ord.CLASSES if name in counts.index}


def score(context: Context, params: HotSpotParams) -> Scored:
    """Compute Gi* of harm (or counts) on the units of a study area."""
    context.progress(0.05, "reading and weighing incidents")
    study = prepare(context.session, context.question, params)
    context.progress(0.3, "testing for hot spots")
    return scored(study, params, context.progress)


def scored(study: Study, params: HotSpotParams, tell: Progress) -> Scored:
    """Compute Gi* on a study that is in memory: that of a window, or of an origin before it."""
    neighbours = study.units.neighbours(params)
    refuse_whole_neighbourhoods(
        study.units.ids.tolist(), np.diff(neighbours.indptr).tolist(), study.units.kind
    )
    value = tested(study, params)
    result = getis_ord.gi_star(
        value.values,
        neighbours,
        permutations=params.permutations,
        tail=params.tail,
        seed=params.seed,
        inference=params.inference,
        alpha=params.alpha,
        correction=params.correction,
        max_permutations=MAX_PERMUTATIONS,
    )
    tell(0.6, "ranking units")
    scores = study.totals.assign(unit_id=study.units.ids, **result.to_frame())
    if value.rate:
        scores = scores.assign(rate=value.values)
    scores = _placed(_ranked(scores), study)
    inference = _inference(result, params, study.units.ids) | value.about
    return Scored(study, scores, neighbours, inference)


def _ranked(scores: pd.DataFrame) -> pd.DataFrame:
    harm = scores["harm"].to_numpy()
    order = np.lexsort((scores["unit_id"].to_numpy().astype(str), -scores["count"], -harm))
    rank = np.empty(len(scores), dtype=np.int64)
    rank[order] = np.arange(1, len(scores) + 1)
    share = np.empty(len(scores))
    total = harm.sum()
    share[order] = np.cumsum(harm[order]) / total if total else 0.0
    return scores.assign(rank=rank, cumulative_harm_share=share)


def _placed(scores: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Add what tells where each unit is and how densely harm lies on it."""
    units, measure, harm = study.units, study.units.kind.measure, scores["harm"].to_numpy()
    about: dict[str, NDArray[Any]] = {
        "label": units.labels,
        measure.size_name: units.size,
        measure.density_name: np.round(harm / units.size * measure.per, 4),
    }
    if study.districts is not None:
        about["district"] = study.districts.of_units()
    if study.population is not None:
        people = study.population.of
        rate = np.full(len(people), None, dtype=object)  # none where nobody lives
        some = people > 0
        rate[some] = np.round(harm[some] * RESIDENTS / people[some], 4)
        about |= {"population": people, "harm_per_1000_residents": rate}
    return scores.assign(**about)


def _inference(
    result: getis_ord.GiStar, params: HotSpotParams, unit_ids: NDArray[np.object_]
) -> dict[str, Any]:
    about: dict[str, Any] = {
        "statistic": "Getis-Ord Gi*",
        "value": params.value,
        "inference": params.inference,
        "tail": params.tail,
        "correction": params.correction,
        "alpha": params.alpha,
    }
    if params.inference == "permutation":
        about["permutations"] = result.permutations
        about["one_unit_detectable"] = result.detectable_alone
    about["units_without_neighbours"] = unit_ids[result.without_neighbours].tolist()
    return about
