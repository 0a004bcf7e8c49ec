"""Hot spots by Getis-Ord Gi*: reads a window, scores every unit of the study area, stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, model_validator

from service.analyses.contract import Answer, Context, Process
from service.analyses.estimate import Size, reading
from service.analyses.study.params import AnalysisParams
from service.words.catalogue import gettext, gettext_noop, ngettext
from service.words.runs import tidy, units_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.analyses.study.question import Named
    from service.store.models import AnalysisRun

_QUESTIONS: Final = {
    ("harm", "hot"): gettext_noop("Where does harm gather more than chance would put it?"),
    ("harm", "cold"): gettext_noop("Where does harm gather less than chance would put it?"),
    ("harm", "two-sided"): gettext_noop(
        "Where does harm gather more, or less, than chance would put it?"
    ),
    ("count", "hot"): gettext_noop("Where do incidents gather more than chance would put them?"),
    ("count", "cold"): gettext_noop("Where do incidents gather less than chance would put them?"),
    ("count", "two-sided"): gettext_noop(
        "Where do incidents gather more, or less, than chance would put them?"
    ),
}
_QUESTIONS_OF_AREA: Final = {
    ("harm", "hot"): gettext_noop(
        "Where in {area} does harm gather more than chance would put it?"
    ),
    ("harm", "cold"): gettext_noop(
        "Where in {area} does harm gather less than chance would put it?"
    ),
    ("harm", "two-sided"): gettext_noop(
        "Where in {area} does harm gather more, or less, than chance would put it?"
    ),
    ("count", "hot"): gettext_noop(
        "Where in {area} do incidents gather more than chance would put them?"
    ),
    ("count", "cold"): gettext_noop(
        "Where in {area} do incidents gather less than chance would put them?"
    ),
    ("count", "two-sided"): gettext_noop(
        "Where in {area} do incidents gather more, or less, than chance would put them?"
    ),
}


class HotSpotParams(AnalysisParams):
    """How hot spots are told from chance."""

    value: Annotated[
        Literal["harm", "count"], Field(description="What gathers: harm, or plain incidents.")
    ] = "harm"
    denominator: Annotated[
        Literal["size", "population"] | None,
        Field(
            description="What the value is divided by before it is tested: `size` (metres of "
            "street, or km²) or `population`; null: nothing, harm per unit."
        ),
    ] = None
    smoothing: Annotated[
        Literal["empirical_bayes"] | None,
        Field(
            description="Draws rates on a small denominator towards the mean (Marshall 1991); "
            "needs a `denominator`."
        ),
    ] = None
    neighbours: Annotated[
        int,
        Field(
            ge=1,
            le=10,
            description="Neighbourhood in steps: rings of cells, junctions of streets, borders of "
            "areas.",
        ),
    ] = 1
    neighbour_distance_m: Annotated[
        float | None,
        Field(
            gt=0,
            le=5_000,
            description="Neighbourhood of a segment instead: all segments within this many metres "
            "on foot along the streets.",
        ),
    ] = None
    alpha: Annotated[
        float, Field(gt=0, lt=1, description="Level that a q-value must not exceed.")
    ] = 0.05
    tail: Annotated[
        Literal["hot", "cold", "two-sided"],
        Field(description="Look for more than chance, for less, or for both."),
    ] = "hot"
    inference: Annotated[
        Literal["permutation", "analytic"],
        Field(
            description="Where p-values come from: conditional permutation, or the normal "
            "approximation, which misleads on heavy-tailed harm."
        ),
    ] = "permutation"
    permutations: Annotated[
        int,
        Field(
            ge=99,
            le=9_999_999,
            description="Least number of permutations; raised until one unit alone could be "
            "found significant, up to 20 million.",
        ),
    ] = 9_999
    correction: Annotated[
        Literal["bh", "by"],
        Field(description="Control of false discoveries: Benjamini-Hochberg or -Yekutieli."),
    ] = "bh"

    @model_validator(mode="after")
    def _rates_have_a_denominator(self) -> HotSpotParams:
        if self.smoothing is not None and self.denominator is None:
            raise ValueError("smoothing needs a denominator: size or population")
        if self.denominator == "population" and self.population_column is None:
            raise ValueError("denominator population needs a population_column: name it")
        return self


def run(context: Context, params: HotSpotParams) -> Answer:
    """Score the units of a study area and summarise how many are hot."""
    from service.analyses.study.hot_spots import score
    from service.analyses.study.study import provenance

    scored = score(context, params)
    districts = scored.study.districts
    return Answer(
        provenance=provenance(params, context.question, scored.study),
        result={
            "units": len(scored.scores),
            "harm": round(float(scored.study.hundredths.sum()) / 100, 2),
            "count": scored.study.account["used"],
            "classes": scored.classes(),
            "inference": scored.inference,
            **({"districts": districts.summary(scored.scores)} if districts else {}),
        },
        scores=scored.scores,
        geometry=scored.study.units.shapes,
    )


def headline(run: AnalysisRun) -> str:
    """Return how many units are hot spots."""
    result = run.result
    hot = sum(many for name, many in result["classes"].items() if name.startswith("hot"))
    return ngettext(
        "{number} hot spot in {units}",
        "{number} hot spots in {units}",
        hot,
        units=units_of(run, result["units"]),
    )


def question(run: AnalysisRun) -> str:
    """Return on which side of chance a run looked, and for what."""
    asked, where = run.parameters, run.provenance["study_area"]["name"]
    value = "count" if asked.get("value") == "count" else "harm"
    if where:
        return gettext(_QUESTIONS_OF_AREA[value, asked["tail"]], area=tidy(where))
    return gettext(_QUESTIONS[value, asked["tail"]])


def seconds(size: Size, params: HotSpotParams) -> float:
    """Return about how long it takes: the reading, 20 µs per unit and 0.5 µs per permutation.

    Permutations are raised with the number of units, and what that costs is in that of a unit.
    """
    return reading(size) + 2e-5 * size.units + 5e-7 * params.permutations


def refuse(session: Session, params: HotSpotParams, named: Named) -> None:
    """Refuse areas among which no hot spot can be told."""
    from service.analyses.study.feasible import refuse_few_areas

    refuse_few_areas(session, params, named)


PROCESS = Process(
    name="getis-ord",
    title=gettext_noop("Hot spots (Getis-Ord Gi*)"),
    description="Tells where harm gathers more (or less) than chance would put it: Gi* of every "
    "unit, tested by conditional permutation with control of false discoveries.",
    params=HotSpotParams,
    run=run,
    headline=headline,
    question=question,
    places=frozenset({"units"}),
    estimate=seconds,
    refuse=refuse,
)
