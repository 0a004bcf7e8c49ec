"""Concentration: reads a window, measures how few units hold how much, and stores the units."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from service.processes.params import ConcentrationParams
from service.processes.runs import Answer, Context, Process
from service.processes.study import prepare, provenance
from spatial import concentration
from spatial.harm import from_hundredths

LORENZ_POINTS = 201
"""The stored curve has at most this many points; more would not show."""


def run(context: Context, params: ConcentrationParams) -> Answer:
    """Measure the concentration of harm or counts on the units of a study area."""
    context.progress(0.05, "reading and weighing incidents")
    study = prepare(context.session, context.question, params)
    context.progress(0.3, "resampling incidents")
    weight = (
        from_hundredths(study.hundredths)
        if params.value == "harm"
        else np.ones(len(study.position))
    )
    found = concentration.concentration(
        study.totals[params.value].to_numpy(),
        incidents=(study.position, weight),
        bootstrap=params.bootstrap,
        confidence=params.confidence,
        seed=params.seed,
    )
    half = int(found.shares.loc[found.shares["share_of_total"] == 0.5, "units"].iloc[0])
    return Answer(
        provenance=provenance(params, context.question, study),
        result={
            "value": params.value,
            "units": len(study.units),
            "incidents": found.incidents,
            "total": round(found.total, 2),
            "shares": _shares(found),
            "gini": _estimate(found.gini),
            "generalised_gini": _estimate(found.generalised_gini),
            "power_few": study.units.ids[found.order[:half]].tolist(),
            "lorenz": _lorenz(found),
            "bootstrap": found.bootstrap,
            "confidence": found.confidence,
        },
    )


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
        }
        for row in found.shares.to_dict("records")
    ]


def _estimate(estimate: concentration.Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    about = asdict(estimate)
    return {"value": about["value"], "interval": [about["low"], about["high"]]}


def _lorenz(found: concentration.Concentration) -> dict[str, list[float]]:
    at = np.linspace(0, len(found.lorenz_units) - 1, LORENZ_POINTS).round().astype(int)
    chosen = np.unique(at)
    return {
        "share_of_units": found.lorenz_units[chosen].round(6).tolist(),
        "share_of_total": found.lorenz_total[chosen].round(6).tolist(),
    }


PROCESS = Process(
    name="concentration",
    title="Concentration",
    description="How few places hold how much of the harm: Lorenz curve, Gini, shares with "
    "intervals, and how much of it chance alone would produce.",
    params=ConcentrationParams,
    run=run,
    form="summary",
)
