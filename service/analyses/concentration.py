"""Concentration: reads a window, measures how few units hold how much, and stores the units."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field

from service.analyses.contract import Answer, Context, Process
from service.analyses.estimate import Size, reading
from service.analyses.figures import Column, Course, Figure, Layer, Line, Place, Table
from service.analyses.study.params import AnalysisParams
from service.words.catalogue import gettext, gettext_noop
from service.words.runs import tidy, unit_names, units_of, value_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from service.analyses.study.study import Study
    from service.store.models import AnalysisRun
    from spatial.concentration import Concentration, Estimate
    from spatial.targets import Positions


MOST_PLACES: Final = 500
"""Places that a run keeps the shapes of, for the map and for files."""

EVERYWHERE: Final = ""
"""What stands in the column `district` of rows about the whole study area."""


class ConcentrationParams(AnalysisParams):
    """How concentration is measured."""

    value: Annotated[
        Literal["harm", "count"], Field(description="What concentrates: harm or incidents.")
    ] = "harm"
    bootstrap: Annotated[
        int, Field(ge=99, le=9_999, description="Resamples for intervals and counterfactual.")
    ] = 999
    confidence: Annotated[
        float, Field(gt=0.5, lt=1, description="Confidence of the intervals.")
    ] = 0.95


def run(context: Context, params: ConcentrationParams) -> Answer:
    """Measure the concentration of harm or counts on the units of a study area."""
    import numpy as np

    from service.analyses.study.study import prepare, provenance

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
            "power_few_places": _places(study, params, found.order[:half]),
            "lorenz": found.lorenz.round(6).to_dict("list"),
            "bootstrap": found.bootstrap,
            "confidence": found.confidence,
            **({"districts": _by_district(study, params)} if study.districts else {}),
        },
    )


def _places(study: Study, params: ConcentrationParams, few: Positions) -> list[dict[str, Any]]:
    """Return where the power few are and what they hold; none where they are too many for a map."""
    from shapely import set_precision
    from shapely.geometry import mapping

    from service.analyses.study.units.base import COORDINATE_STEP

    if len(few) > MOST_PLACES:
        return []
    shapes = set_precision(study.units.shapes[few], COORDINATE_STEP)
    held = study.totals[params.value].to_numpy()[few].tolist()
    names = zip(study.units.ids[few].tolist(), study.units.labels[few].tolist(), strict=True)
    return [
        {"unit": unit, "label": label, "held": float(value), "geometry": mapping(shape)}
        for (unit, label), value, shape in zip(names, held, shapes, strict=True)
    ]


def _measure(study: Study, params: ConcentrationParams, chosen: NDArray[np.bool_]) -> Concentration:
    """Measure concentration on some of the units."""
    import numpy as np

    from spatial.concentration import concentration
    from spatial.harm import from_hundredths

    among = np.cumsum(chosen) - 1
    own = chosen[study.position]
    weight = (
        from_hundredths(study.hundredths[own])
        if params.value == "harm"
        else np.ones(int(own.sum()))
    )
    lengths = study.units.kind.measure.size_name == "length_m"
    return concentration(
        study.totals[params.value].to_numpy()[chosen],
        incidents=(among[study.position[own]], weight),
        lengths_m=study.units.size[chosen] if lengths else None,
        bootstrap=params.bootstrap,
        confidence=params.confidence,
        seed=params.seed,
    )


def _by_district(study: Study, params: ConcentrationParams) -> list[dict[str, Any]]:
    """Return the concentration within each district that holds anything."""
    from service.analyses.study.districts import ELSEWHERE

    assert study.districts is not None
    rows = []
    for at, name in enumerate([*study.districts.names, ELSEWHERE]):
        chosen = study.districts.of == (at if at < len(study.districts.names) else -1)
        if not study.totals[params.value].to_numpy()[chosen].any():
            continue
        found = _measure(study, params, chosen)
        rows.append({"district": name, "units": int(chosen.sum()), **_told(found)})
    return rows


def _told(found: Concentration) -> dict[str, Any]:
    return {
        "incidents": found.incidents,
        "total": round(found.total, 2),
        "shares": _shares(found),
        "gini": _estimate(found.gini),
        "generalised_gini": _estimate(found.generalised_gini),
    }


def _shares(found: Concentration) -> list[dict[str, Any]]:
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


def _estimate(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    about = asdict(estimate)
    return {"value": about["value"], "interval": [about["low"], about["high"]]}


def headline(run: AnalysisRun) -> str:
    """Return how few units hold half."""
    result = run.result
    half = next((row for row in result["shares"] if row["share_of_total"] == 0.5), None)
    if half is None:
        return gettext("Concentration in {units}", units=units_of(run, result["units"]))
    return gettext(
        "Half of the {value} in {few} of {units}",
        value=value_of(run),
        few=f"{half['units']:,}",
        units=units_of(run, result["units"]),
    )


def question(run: AnalysisRun) -> str:
    """Return where a run measured, and of what."""
    where = run.provenance["study_area"]["name"]
    if not where:
        return gettext("How few places hold how much of the {value}?", value=value_of(run))
    return gettext(
        "How few places in {area} hold how much of the {value}?",
        area=tidy(where),
        value=value_of(run),
    )


def figures(run: AnalysisRun) -> tuple[Figure, ...]:
    """Return the shares, and the curve that they are read off."""
    what = value_of(run)
    shares = Table(
        name="shares",
        title=gettext("How few hold how much"),
        description=gettext(
            "How few of the {units} hold a share of the {value}, and how few it would take by "
            "chance alone.",
            units=unit_names(run)[1],
            value=what,
        ),
        columns=(
            Column(
                name="share_of_total",
                title=gettext("Share of the {value}", value=what),
                reads="share",
            ),
            Column(name="units", title=gettext("Is in")),
            Column(name="share_of_units", title=gettext("Of all"), reads="share"),
            Column(name="share_of_units", title=gettext("Interval"), reads="share", interval=True),
            Column(
                name="share_of_units_at_random", title=gettext("By chance alone"), reads="share"
            ),
        ),
        rows=tuple(
            (
                row["share_of_total"],
                units_of(run, row["units"]),
                row["share_of_units"],
                row["interval"],
                row["share_of_units_at_random"],
            )
            for row in run.result["shares"]
        ),
    )
    return shares, _lorenz(run)


def on_map(run: AnalysisRun) -> tuple[Layer, ...]:
    """Return the places that hold half; none where they are too many for a map."""
    places = run.result.get("power_few_places")
    if not places:  # nor do runs of earlier versions hold any
        return ()
    what, (_, several) = value_of(run), unit_names(run)
    unit = run.provenance["harm_index"]["unit"] if run.result["value"] == "harm" else ""
    made = tuple(
        Place(
            geometry=one["geometry"],
            values=(one["label"] or one["unit"], rank, one["held"]),
        )
        for rank, one in enumerate(places, 1)
    )
    return (
        Layer(
            name="power_few",
            title=gettext("The few {units} that hold half", units=several),
            description=gettext(
                "The fullest {units}, which together hold half of the {value}.",
                units=several,
                value=what,
            ),
            shape="line" if made[0].shape == "line" else "polygon",
            columns=(
                Column(name="place", title=gettext("Place")),
                Column(name="rank", title=gettext("Rank"), reads="whole"),
                Column(
                    name="held",
                    title=gettext("{value} ({unit})", value=what, unit=unit) if unit else what,
                    reads="harm",
                ),
            ),
            places=made,
        ),
    )


def tables(run: AnalysisRun) -> tuple[Table, ...]:
    """Return the shares with every number, by district too, and the curve."""
    columns = (
        Column(name="district", title="District"),
        Column(name="share_of_total", title="Share of total", reads="share"),
        Column(name="units", title="Units", reads="whole"),
        Column(name="share_of_units", title="Share of units", reads="share"),
        Column(name="share_of_units", title="Its interval", reads="share", interval=True),
        Column(name="share_of_units_at_random", title="By chance", reads="share"),
        Column(name="marginal", title="Marginal share", reads="share"),
        Column(name="marginal", title="Its interval", reads="share", interval=True),
        Column(name="share_of_length", title="Share of length", reads="share"),
    )
    shares = Table(
        name="shares",
        title=gettext("Shares"),
        description="How few units hold 20, 25, 50 and 80 % of the total, with intervals, and what "
        "chance alone would give; also by district, where the run was asked for districts.",
        columns=columns,
        rows=tuple(
            (
                part.get("district", EVERYWHERE),
                row["share_of_total"],
                row["units"],
                row["share_of_units"],
                row["interval"],
                row["share_of_units_at_random"],
                row["marginal"],
                row["marginal_interval"],
                row.get("share_of_length"),
            )
            for part in (run.result, *run.result.get("districts", ()))
            for row in part["shares"]
        ),
    )
    return shares, _lorenz(run).as_table()


def _lorenz(run: AnalysisRun) -> Line:
    curve, what, (one, several) = run.result["lorenz"], value_of(run), unit_names(run)
    observed = Course(
        name="share_of_total",
        title=gettext("Observed"),
        values=curve["share_of_total"],
        low=curve.get("low"),
        high=curve.get("high"),
    )
    lines = [observed]
    if "at_random" in curve:  # runs of earlier versions hold the curve alone
        by_chance = {"name": "share_of_total_at_random", "title": gettext("By chance alone")}
        lines.append(Course(**by_chance, values=curve["at_random"]))
    return Line(
        name="lorenz",
        title=gettext("Lorenz"),
        description=gettext(
            "The Lorenz curve: how much of the {value} the fullest {units} hold, from the fullest "
            "{unit} to the emptiest, with its interval, and the mean curve that chance alone would "
            "give.",
            value=what,
            units=several,
            unit=one,
        ),
        across=Column(
            name="share_of_units",
            title=gettext("Share of the {units}", units=several),
            reads="share",
        ),
        up=Column(
            name="share_of_total", title=gettext("Share of the {value}", value=what), reads="share"
        ),
        at=curve["share_of_units"],
        lines=tuple(lines),
    )


def seconds(size: Size, params: ConcentrationParams) -> float:
    """Return about how long it takes: the reading, and 25 ns per resample of what is resampled.

    Each resample draws as many incidents as there are, and orders all units.
    """
    return reading(size) + 2.5e-8 * params.bootstrap * (size.incidents + size.units)


PROCESS = Process(
    name="concentration",
    title=gettext_noop("Concentration"),
    description=gettext_noop(
        "How few places hold how much of the harm: Lorenz curve, Gini, shares with "
        "intervals, and how much of it chance alone would produce."
    ),
    params=ConcentrationParams,
    run=run,
    headline=headline,
    question=question,
    figures=figures,
    on_map=on_map,
    tables=tables,
    estimate=seconds,
)
