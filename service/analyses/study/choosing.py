"""Targets chosen among the scored units of a study, and why there are not more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from service.analyses.contract import Context
from service.analyses.study.hot_spots import Scored
from service.analyses.study.ranking import Outlook
from service.analyses.study.study import Study
from service.analyses.targets_params import MAX_SPAN_M
from service.store.repository import boundaries
from spatial import areas, rounding
from spatial.targets import Budget, Selection, select

if TYPE_CHECKING:
    from service.analyses.targets_params import TargetsParams

_INSIDE: Final = 0.5
"""Share of a unit from which it counts as inside an area."""


def choose(
    scored: Scored,
    params: TargetsParams,
    outlook: Outlook,
    basis: NDArray[np.str_] | None = None,
    excluded: NDArray[np.bool_] | None = None,
) -> Selection:
    """Choose targets among scored units: those of a window, or of an origin of a backtest.

    Parameters
    ----------
    scored, params
        The units with their hot-spot statistic, and what was asked. Strategies `expected` and
        `top` need but their totals.
    outlook
        What is expected of them; without a forecast there is no target by `expected`.
    basis
        On what each unit stands, shape (N,), where something is required.
    excluded
        Units that must not be part of a target, shape (N,); see `excluded_of`.
    """
    study, measure = scored.study, scored.study.units.kind.measure
    scores = scored.scores if basis is None else scored.scores.assign(basis=basis)
    span = params.max_span_m
    if params.strategy == "expected":
        if outlook.forecast is None:
            nobody = np.full(len(scores), -1, dtype=np.intp)
            return Selection([], nobody, 0, 0, strategy=params.strategy)
        harm = outlook.harm if params.value == "harm" else outlook.count
        scores = scores.assign(expected_harm=harm)
        span = MAX_SPAN_M if span is None else span
    return select(
        scores,
        study.units.contiguity,
        study.units.size,
        max_size=getattr(params, measure.largest),
        budget=Budget(
            top=params.top,
            harm_share=params.harm_share,
            size=getattr(params, measure.budget),
            patrol_minutes=params.patrol_minutes,
            minutes_per_target=params.minutes_per_target,
            per_group=params.top_per_district,
        ),
        by=params.value,
        strategy=params.strategy,
        require=params.require,
        min_excess=params.min_excess,
        alpha=params.alpha,
        min_incidents=params.min_incidents,
        neighbours=scored.neighbours,
        group=study.districts.of if study.districts else None,
        excluded=excluded,
        max_span_m=span,
        spacing_m=params.spacing_m,
        shapes=study.units.shapes,
    )


def why(params: TargetsParams, scored: Scored, outlook: Outlook, chosen: Selection) -> str | None:
    """Say why there are no targets, or what kind they are, where that needs saying."""
    if params.strategy == "top" and chosen.members:
        return (
            "Ranked by total alone (strategy top): these places were not chosen for being more "
            "than chance would explain."
        )
    if chosen.members:
        return None
    if params.strategy == "expected" and outlook.forecast is None:
        return (
            "Nothing is expected, since the incidents that are held do not fill one whole step of "
            "time: load what happened before, or ask for strategy top, which ranks by the window "
            "alone."
        )
    wanted = _wanted(params, scored, chosen)
    left = chosen.left_out
    told = {
        "excluded": f"all of them lie in areas of {params.exclude}",
        "require": f"none of them meets require={params.require}: "
        + (
            "chance can explain them"
            if params.require == "beyond-chance"
            else "chance can explain what each holds without its worst incident"
        ),
        "min_incidents": f"none of them has {params.min_incidents or 3} incidents of its own: "
        "lower min_incidents or lengthen the window",
        "budget": "the first of them alone is more than the budget allows",
    }
    because = chosen.empty_because
    if because in told:
        beside = "" if len(left) < 2 else " (other conditions left out some before)"
        return f"{wanted}, but {told[because]}{beside}."
    return wanted + "."


def _wanted(params: TargetsParams, scored: Scored, chosen: Selection) -> str:
    units = scored.study.units.kind
    if params.strategy == "expected":
        if chosen.wanted:
            return (
                f"{chosen.wanted} units are expected to hold {params.min_excess:g} times the mean"
            )
        times = chosen.greatest / chosen.mean if chosen.mean > 0 else 0.0
        return (
            f"No unit is expected to hold {params.min_excess:g} times the mean of all units (the "
            f"greatest holds {rounding.figures(times, 2)} times): harm does not concentrate here "
            "as far as the data tell. A lower min_excess lists more"
        )
    if params.strategy == "top":
        return f"{chosen.wanted} units hold any {params.value}"
    significant = int(((scored.scores["z"] > 0) & (scored.scores["q"] <= params.alpha)).sum())
    if significant:
        return f"{significant} units are significant at {params.alpha:g}"
    return (
        f"No unit is significant at {params.alpha:g} after control of false discoveries "
        f"(the smallest q is {scored.scores['q'].min():.3g}): the pattern is one that chance "
        f"can explain. More evidence comes with {units.wider}; strategy top "
        "ranks regardless"
    )


def excluded_of(context: Context, study: Study) -> NDArray[np.bool_] | None:
    """Return which units lie in areas that were asked to be left out, shape (N,)."""
    layer = context.question.exclude
    if layer is None:
        return None
    table = boundaries.layer_areas(context.session, layer)
    area = shapely.union_all(np.asarray(table.geometry.array, dtype=object))
    return np.asarray(areas.share_inside(study.units.shapes, area) >= _INSIDE)
