"""Patrol targets with their evidence: hot spots merged, ranked, and each one explained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from service.analyses import getis_ord
from service.analyses.contract import Answer, Context, Process
from service.analyses.estimate import Size, reading
from service.analyses.getis_ord import HotSpotParams
from service.words.catalogue import gettext, gettext_noop, ngettext
from service.words.runs import tidy, value_of

if TYPE_CHECKING:
    from service.analyses.study.hot_spots import Scored
    from service.store.models import AnalysisRun
    from spatial.targets import Selection


class TargetsParams(HotSpotParams):
    """Which targets are made of hot spots, and how many."""

    top: Annotated[
        int | None,
        Field(
            ge=1,
            le=10_000,
            description="Greatest number of targets; by default 20, or no limit where "
            "`top_per_district` is given.",
        ),
    ] = 20
    top_per_district: Annotated[
        int | None,
        Field(ge=1, le=10_000, description="Greatest number of targets in each of `districts`."),
    ] = None
    strategy: Annotated[
        Literal["significant", "top"],
        Field(
            description="`significant`: only units of significant hot spots. `top`: the most "
            "harmful units whatever the statistic says, labelled as such."
        ),
    ] = "significant"
    min_incidents: Annotated[
        int, Field(ge=1, description="Fewest incidents of a unit that can become a target.")
    ] = 3
    max_area_km2: Annotated[
        float,
        Field(gt=0, description="Largest target; larger areas are split around their maxima."),
    ] = 0.25
    max_length_m: Annotated[
        float,
        Field(
            gt=0,
            description="Longest target on streets; longer chains are split around their maxima.",
        ),
    ] = 600
    harm_share: Annotated[
        float | None,
        Field(gt=0, le=1, description="Stop when the targets hold this share of the hot spots."),
    ] = None
    total_area_km2: Annotated[
        float | None, Field(gt=0, description="Stop before the targets exceed this area.")
    ] = None
    total_length_m: Annotated[
        float | None, Field(gt=0, description="Stop before the targets exceed this length.")
    ] = None
    patrol_minutes: Annotated[
        float | None, Field(gt=0, description="Stop when these minutes are given away.")
    ] = None
    minutes_per_target: Annotated[
        float, Field(gt=0, description="Minutes of patrol that one target takes.")
    ] = 15
    patrol_buffer_m: Annotated[
        float | None,
        Field(
            gt=0,
            le=500,
            description="Give each target a patrol area too: all within this many metres of it.",
        ),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _quota_lifts_the_limit(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("top_per_district") and "top" not in given:
            return given | {"top": None}
        return given

    @model_validator(mode="after")
    def _quota_needs_districts(self) -> TargetsParams:
        if self.top_per_district is not None and self.districts is None:
            raise ValueError("top_per_district needs districts: name a boundary layer")
        return self


def run(context: Context, params: TargetsParams) -> Answer:
    """Score the units, choose targets among them and gather the evidence for each."""
    from service.analyses.study.describing import describe
    from service.analyses.study.held import earlier
    from service.analyses.study.hot_spots import score
    from service.analyses.study.study import provenance

    scored = score(context, params)
    study = scored.study
    past = earlier(context.session, context.question, params, study)
    context.progress(0.65, "choosing targets")
    units, measure = study.units, study.units.kind.measure
    chosen = choose(scored, params)
    context.progress(0.7, "gathering the evidence")
    rows = describe(context, params, scored, past, chosen)
    return Answer(
        provenance=provenance(params, context.question, study),
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
            "inference": scored.inference,
            "message": _message(params, scored, chosen),
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
        scores=scored.scores,
        geometry=units.shapes,
        targets=rows,
    )


def choose(scored: Scored, params: TargetsParams) -> Selection:
    """Choose targets among scored units: those of a window, or of an origin of a backtest."""
    from spatial.targets import Budget, select

    study = scored.study
    units, measure = study.units, study.units.kind.measure
    return select(
        scored.scores,
        units.contiguity,
        units.size,
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
        alpha=params.alpha,
        min_incidents=params.min_incidents,
        neighbours=scored.neighbours,
        group=study.districts.of if study.districts else None,
    )


def _message(params: TargetsParams, scored: Scored, chosen: Selection) -> str | None:
    """Say why there are no targets, or what kind they are, where that needs saying."""
    if params.strategy == "top":
        return (
            "Ranked by total alone (strategy top): these places were not chosen for being more "
            "than chance would explain."
        )
    if chosen.members:
        return None
    significant = int((scored.scores["q"] <= params.alpha).sum())
    if significant == 0:
        return (
            f"No unit is significant at {params.alpha:g} after control of false discoveries "
            f"(the smallest q is {scored.scores['q'].min():.3g}): the pattern is one that chance "
            f"can explain. More evidence comes with {scored.study.units.kind.wider}; strategy top "
            "ranks regardless."
        )
    return (
        f"{significant} units are significant at {params.alpha:g}, but none of them has "
        f"{params.min_incidents} incidents of its own: lower min_incidents or lengthen the window."
    )


def headline(run: AnalysisRun) -> str:
    """Return how many targets a run chose."""
    number = run.result["targets"]
    return (
        ngettext("{number} target", "{number} targets", number) if number else gettext("No targets")
    )


def question(run: AnalysisRun) -> str:
    """Return where a run looked for places to patrol."""
    if run.parameters.get("strategy") != "top":
        return getis_ord.question(run)
    where = run.provenance["study_area"]["name"]
    if not where:
        return gettext("Which places hold the most {value}?", value=value_of(run))
    return gettext(
        "Which places in {area} hold the most {value}?", area=tidy(where), value=value_of(run)
    )


def seconds(size: Size, params: TargetsParams) -> float:
    """Return about how long it takes: the hot spots, and as many incidents of before again."""
    return getis_ord.seconds(size, params) + reading(Size(size.incidents, 0))


PROCESS = Process(
    name="targets",
    title=gettext_noop("Patrol targets"),
    description="Ranked patrol targets with the evidence for each: significant hot spots of harm, "
    "merged where they touch, split where they are too large.",
    params=TargetsParams,
    run=run,
    headline=headline,
    question=question,
    places=frozenset({"targets", "units"}),
    estimate=seconds,
    refuse=getis_ord.refuse,
)
