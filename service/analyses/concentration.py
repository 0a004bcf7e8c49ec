"""Concentration: reads a window, measures how few units hold how much, and stores the units."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.analyses.contract import Answer, Context, Process
from service.analyses.params import ConcentrationParams
from service.analyses.study.districts import ELSEWHERE
from service.analyses.study.study import Study, prepare, provenance
from spatial import concentration
from spatial.harm import from_hundredths


def run(context: Context, params: ConcentrationParams) -> Answer:
    """Measure the concentration of harm or counts on the units of a study area."""
    context.progress(0.05, "reading and weighing incidents")
    study = prepare(context.session, context.question, params)
    context.progress(0.3, "resampling incidents")
    everywhere = np.ones(len(study.units), dtype=bool)
    found = _measure(study, params, everywhere)
    half = int(found.shares.loc[found.shares["share_of_total"] == 0.5, "units"].iloc[0])
    return Answer(
        provenance=provenance(params, context.question, study),
        result={
            "value": params.value,
            "units": len(study.units),
            **_told(found),
            "power_few": study.units.ids[found.order[:half]].tolist(),
            "lorenz": found.lorenz.round(6).to_dict("list"),
            "bootstrap": found.bootstrap,
            "confidence": found.confidence,
            **({"districts": _by_district(study, params)} if study.districts else {}),
        },
    )


def _measure(
    study: Study, params: ConcentrationParams, chosen: NDArray[np.bool_]
) -> concentration.Concentration:
    """Measure concentration on some of the units."""
    among = np.cumsum(chosen) - 1
    own = chosen[study.position]
    weight = (
        from_hundredths(study.hundredths[own])
        if params.value == "harm"
        else np.ones(int(own.sum()))
    )
    lengths = study.units.measure.size_name == "length_m"
    return concentration.concentration(
        study.totals[params.value].to_numpy()[chosen],
        incidents=(among[study.position[own]], weight),
        lengths_m=study.units.size[chosen] if lengths else None,
        bootstrap=params.bootstrap,
        confidence=params.confidence,
        seed=params.seed,
    )


def _by_district(study: Study, params: ConcentrationParams) -> list[dict[str, Any]]:
    """Return the concentration within each district that holds anything."""
    assert study.districts is not None
    rows = []
    for at, name in enumerate([*study.districts.names, ELSEWHERE]):
        chosen = study.districts.of == (at if at < len(study.districts.names) else -1)
        if not study.totals[params.value].to_numpy()[chosen].any():
            continue
        found = _measure(study, params, chosen)
        rows.append({"district": name, "units": int(chosen.sum()), **_told(found)})
    return rows


def _told(found: concentration.Concentration) -> dict[str, Any]:
    return {
        "incidents": found.incidents,
        "total": round(found.total, 2),
        "shares": _shares(found),
        "gini": _estimate(found.gini),
        "generalised_gini": _estimate(found.generalised_gini),
    }


def _shares(found: concentration.Concentration) -> list[dict[str, Any]]:
    return [
        {
            "share_of_total": row["share_of_total"],
            "units": int(row["units"]),
            "share_of_units": row["share_of_units"],
            "interval": [row["low"], row["high"]],
            "share_of_units_at_random": row["share_of_units_at_random"],
            "marginal": row["marginal"],
            "marginal_interval": [row["marginal_low"], row["marginal_high"]],
            **({"share_of_length": row["share_of_length"]} if "share_of_length" in row else {}),
        }
        for row in found.shares.to_dict("records")
    ]


def _estimate(estimate: concentration.Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    about = asdict(estimate)
    return {"value": about["value"], "interval": [about["low"], about["high"]]}


PROCESS = Process(
    name="concentration",
    title="Concentration",
    description="How few places hold how much of the harm: Lorenz curve, Gini, shares with "
    "intervals, and how much of it chance alone would produce.",
    params=ConcentrationParams,
    run=run,
    form="summary",
)
