"""Patrol targets with their evidence: places chosen, merged, ranked, and each one explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.analyses import getis_ord
from service.analyses.contract import Answer, Context, Process
from service.analyses.estimate import Size, reading
from service.analyses.targets_params import TargetsParams
from service.words.catalogue import gettext, gettext_noop, ngettext
from service.words.runs import tidy, value_of

if TYPE_CHECKING:
    from service.store.models import AnalysisRun

__all__ = ["PROCESS", "TargetsParams"]


def run(context: Context, params: TargetsParams) -> Answer:
    """Score the units, choose targets among them and gather the evidence for each."""
    from service.analyses.study.choosing import choose, excluded_of, why
    from service.analyses.study.describing import describe
    from service.analyses.study.held import earlier
    from service.analyses.study.hot_spots import score
    from service.analyses.study.origins import untested
    from service.analyses.study.standing import stand
    from service.analyses.study.study import provenance

    scored = score(context, params)
    study = scored.study
    context.progress(0.62, "reading what was before")
    past = earlier(context.session, context.question, params, study)
    context.progress(0.66, "telling what is expected")
    standing = stand(context, params, scored, past)
    context.progress(0.7, "choosing targets")
    units, measure = study.units, study.units.kind.measure
    known = standing.ranking
    left_out = excluded_of(context, study)
    chosen = choose(scored, params, known.outlook, known.basis, left_out)
    context.progress(0.75, "gathering the evidence")
    rows = describe(context, params, scored, past, standing, chosen)
    rests_on = provenance(params, context.question, study, past)
    return Answer(
        provenance=rests_on
        | {
            "horizon": standing.horizon
            | {"ranked_by": "history" if params.strategy == "expected" else "window"},
            "warnings": [*rests_on["warnings"], *past.warnings, *standing.warnings],
        }
        | untested(params, standing.held),
        result={
            "targets": len(rows),
            "candidates": chosen.candidates,
            "areas": chosen.areas,
            "units": len(scored.scores),
            "harm": round(float(study.hundredths.sum()) / 100, 2),
            "count": study.account["used"],
            "harm_share": round(sum(row.properties["harm_share"] for row in rows), 6),
            measure.size_name: round(sum(row.properties[measure.size_name] for row in rows), 6),
            "classes": scored.classes(),
            "inference": scored.inference | {"own_excess": standing.told()},
            "message": why(params, scored, known.outlook, chosen),
            **(
                {
                    "districts": study.districts.summary(
                        scored.scores, [row.properties["district"] for row in rows]
                    )
                }
                if study.districts
                else {}
            ),
        },
        scores=standing.scores(scored.scores, chosen),
        geometry=units.shapes,
        targets=rows,
    )


def headline(run: AnalysisRun) -> str:
    """Return how many targets a run chose."""
    number = run.result["targets"]
    return (
        ngettext("{number} target", "{number} targets", number) if number else gettext("No targets")
    )


def question(run: AnalysisRun) -> str:
    """Return where a run looked for places to patrol."""
    strategy, where = run.parameters.get("strategy"), run.provenance["study_area"]["name"]
    if strategy == "expected":
        value = value_of(run)
        if not where:
            return gettext("Which places will hold the most {value} next?", value=value)
        return gettext(
            "Which places in {area} will hold the most {value} next?",
            area=tidy(where),
            value=value,
        )
    if strategy != "top":
        return getis_ord.question(run)
    if not where:
        return gettext("Which places hold the most {value}?", value=value_of(run))
    return gettext(
        "Which places in {area} hold the most {value}?", area=tidy(where), value=value_of(run)
    )


def seconds(size: Size, params: TargetsParams) -> float:
    """Return about how long it takes: the hot spots, and to read and weigh all that was before."""
    return getis_ord.seconds(size, params) + reading(Size(size.earlier, 0)) + 2e-5 * size.units


PROCESS = Process(
    name="targets",
    title=gettext_noop("Patrol targets"),
    description="Ranked patrol targets with the evidence for each: the places of which most harm "
    "is expected, or significant hot spots, merged where they touch, split where they are too "
    "large.",
    params=TargetsParams,
    run=run,
    headline=headline,
    question=question,
    places=frozenset({"targets", "units"}),
    estimate=seconds,
    refuse=getis_ord.refuse,
)
