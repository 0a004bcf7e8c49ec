"""What is told of each target: its totals, its test, its offences, its hours, and how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from service.analyses.contract import Context, TargetRow
from service.analyses.study import history
from service.analyses.study.cautions import COARSE, coarse
from service.analyses.study.held import Earlier
from service.analyses.study.hot_spots import Scored
from service.analyses.study.naming import names
from service.analyses.study.standing import Standing
from service.analyses.study.study import Study
from service.analyses.study.units.base import COORDINATE_STEP
from service.store.repository import harm_indexes
from spatial import aggregate, one_point, peaks
from spatial import describe as evidence
from spatial.drift import FEWEST
from spatial.metres import buffer_m
from spatial.targets import Selection, target_id

if TYPE_CHECKING:
    from service.analyses.targets import TargetsParams


def describe(
    context: Context,
    params: TargetsParams,
    scored: Scored,
    past: Earlier,
    standing: Standing,
    chosen: Selection,
) -> list[TargetRow]:
    """Return the targets that were chosen, each with what tells why, when and how it went."""
    study, number = scored.study, len(chosen.members)
    units = study.units
    if number == 0:
        return []
    owner = chosen.target_of(len(units))
    within = owner[study.position] >= 0
    incidents = study.incidents[within]
    target, hundredths = owner[study.position[within]], study.hundredths[within]

    totals = aggregate.by_unit(target, hundredths, number)
    dominance = aggregate.dominance(target, hundredths, number)
    effective = aggregate.effective_incidents(target, hundredths, number)
    counts, harms = evidence.offence_mix(
        target, pd.Categorical(incidents["offence_code"]), hundredths, number
    )
    local = evidence.local_times(incidents)
    timed, at_default = peaks.hour_known(incidents), _at_default(study)[within]
    earlier = history.read(context.session, context.question, params, study, past, owner)
    trends, series = earlier.trends(totals), earlier.series(target, hundredths, local, number)
    rough = coarse(incidents)
    harm_total, count_total = float(study.hundredths.sum()) / 100, len(study.incidents)

    shared = one_point.shared(
        target,
        incidents["longitude"].to_numpy(),
        incidents["latitude"].to_numpy(),
        hundredths,
        number,
        of_all=count_total,
    )
    offence_names = harm_indexes.offence_names(context.session, context.question.index)
    held = ((one.position, one.incidents["location_text"]) for one in (past, study))
    called = names(units, chosen, held)

    patrolled = _patrol_areas(params, [units.joined(members) for members in chosen.members])
    measure = units.kind.measure
    rows = []
    for rank, members in enumerate(chosen.members):
        own = np.flatnonzero(target == rank)
        unit_scores = scored.scores.iloc[members]
        ids = sorted(unit_scores["unit_id"])
        shape, patrol_area = patrolled[rank]
        claims = scored.scores.iloc[np.unique(chosen.hot_for[members])]
        best = claims.iloc[int(claims["q"].to_numpy().argmin())]
        harm, count = float(totals["harm"].iloc[rank]), int(totals["count"].iloc[rank])
        size = float(units.size[members].sum())
        known, outlook = standing.of_target(members, harm if params.value == "harm" else count)
        when = peaks.peak(
            local[own], timed[own] & ~at_default[own], hundredths[own], seed=params.seed
        )
        defaults = int((timed & at_default)[own].sum())
        properties: dict[str, Any] = {
            "rank": rank + 1,
            "target_id": target_id(params.unit, ids),
            "unit": params.unit,
            "resolution": params.canonical()["resolution"],
            "members": ids,
            measure.size_name: round(size, 6),
            measure.density_name: round(harm / size * measure.per, 4),
            "count": count,
            "harm": harm,
            "harm_share": round(harm / harm_total, 6) if harm_total else 0.0,
            "count_share": round(count / count_total, 6),
            "z_max": float(unit_scores["z"].max()),
            "p_min": float(claims["p"].min()),
            "q_min": float(best["q"]),
            "class": str(best["class"]),
            "offences": counts[rank],
            "harm_by_offence": harms[rank],
            "dominance": round(float(dominance[rank]), 6),
            "effective_incidents": round(float(effective[rank]), 4),
            **known,
            "trend": trends[rank] if trends else None,
            "series": series[rank] if series else None,
            "peak": when.told,
            "peak_reason": "default_times"
            if when.absent == "hours_unknown" and 0 < 2 * defaults >= len(own)
            else when.absent,
            "shared_point": shared[rank],
            "district": (
                study.districts.of_target(members, scored.scores["harm"].to_numpy())
                if study.districts
                else None
            ),
            "label": called[rank],
        }
        properties["note"] = evidence.note(
            properties,
            harm_unit=context.question.index.unit,
            offence_names=offence_names,
            at_default_times=defaults,
            outlook=outlook,
            alpha=params.alpha,
            cautions=[
                *(study.warnings if context.question.area is None else ()),
                *([COARSE] if count >= FEWEST and 2 * rough[own].sum() > len(own) else ()),
            ],
        )
        rows.append(TargetRow(properties, shape, patrol_area))
    return rows


def _at_default(study: Study) -> NDArray[np.bool_]:
    """Tell which incidents of a study have a time that stands for an unknown one."""
    incidents = study.incidents
    instant = incidents["occurred_from"] == incidents["occurred_to"]
    exact = ((incidents["time_precision"] == "exact") & instant).to_numpy(dtype=bool)
    if not exact.any():
        return exact
    local = evidence.local_times(incidents)
    return peaks.at_default(local, exact, pd.Categorical(incidents["source"]).codes)


def _patrol_areas(
    params: TargetsParams, shapes: list[BaseGeometry]
) -> list[tuple[BaseGeometry, BaseGeometry | None]]:
    """Return each shape with the polygon to patrol around it, where one was asked for."""
    if params.patrol_buffer_m is None:
        return [(shape, None) for shape in shapes]
    buffered = buffer_m(gpd.GeoSeries(shapes, crs=4326), params.patrol_buffer_m)
    rounded = shapely.set_precision(np.asarray(buffered.array, dtype=object), COORDINATE_STEP)
    return list(zip(shapes, shapely.orient_polygons(rounded), strict=True))
