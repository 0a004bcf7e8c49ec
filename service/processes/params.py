"""What an analysis can be asked: one model per process, shared by API, command line and docs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spatial.grid import RESOLUTIONS
from spatial.incidents import LATE_REPORT_DAYS

Detection = Literal["victim", "police", "business"]


class AnalysisParams(BaseModel):
    """Which incidents, weighed how, on which units."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    unit: Annotated[
        Literal["h3"], Field(description="Unit of place: `h3` for the cells of the H3 grid.")
    ] = "h3"
    resolution: Annotated[
        int,
        Field(
            ge=RESOLUTIONS.start,
            le=RESOLUTIONS.stop - 1,
            description="H3 resolution: 7 (cells of 5 km²) to 12 (300 m²); 9 is 0.1 km².",
        ),
    ] = 9
    index: Annotated[
        str,
        Field(
            description="Harm index, `NAME` or `NAME@VERSION`; `count` weighs every incident 1.",
            examples=["cchi-2026-police-uk"],
        ),
    ]
    study_area: Annotated[
        str | None,
        Field(
            description="Boundary layer, or `LAYER/NAME` for one area of it. Without one, the "
            "units that hold incidents and their neighbours are studied, and places without "
            "incidents beyond them stay unseen.",
            examples=["study"],
        ),
    ] = None
    start: Annotated[
        dt.date,
        Field(
            alias="from",
            description="First day of the window, on the local clock of the incidents.",
            examples=["2019-04-01"],
        ),
    ]
    end: Annotated[
        dt.date,
        Field(alias="to", description="Last day of the window.", examples=["2020-03-31"]),
    ]
    sources: Annotated[
        list[str] | None, Field(description="Only incidents of these sources; default all.")
    ] = None
    offences: Annotated[
        list[str] | None, Field(description="Only these offence codes; default all.")
    ] = None
    detections: Annotated[
        list[Detection],
        Field(
            min_length=1,
            description="Which offences count, by who found them. `police` and `business` measure "
            "enforcement and are left out by default.",
        ),
    ] = ["victim"]
    max_unmapped_share: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="Largest share of incidents without a weight before the run is refused.",
        ),
    ] = 0.05
    max_report_delay_days: Annotated[
        float | None,
        Field(
            gt=0,
            description="Incidents reported later than this many days are left out; null: none.",
        ),
    ] = LATE_REPORT_DAYS
    seed: Annotated[int, Field(ge=0, lt=2**63, description="Seed of every random draw.")] = 1

    @model_validator(mode="after")
    def _window_runs_forward(self) -> AnalysisParams:
        if self.start > self.end:
            raise ValueError(f"from ({self.start}) is after to ({self.end}): swap them")
        return self

    def canonical(self) -> dict[str, Any]:
        """Return the parameters as they are stored and shown, every default filled in."""
        return self.model_dump(mode="json", by_alias=True)


class HotSpotParams(AnalysisParams):
    """How hot spots are told from chance."""

    value: Annotated[
        Literal["harm", "count"], Field(description="What gathers: harm, or plain incidents.")
    ] = "harm"
    neighbours: Annotated[
        int, Field(ge=1, le=10, description="Neighbourhood of a cell, in grid steps.")
    ] = 1
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


class TargetsParams(HotSpotParams):
    """Which targets are made of hot spots, and how many."""

    top: Annotated[
        int | None, Field(ge=1, le=10_000, description="Greatest number of targets.")
    ] = 20
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
    harm_share: Annotated[
        float | None,
        Field(gt=0, le=1, description="Stop when the targets hold this share of the hot spots."),
    ] = None
    total_area_km2: Annotated[
        float | None, Field(gt=0, description="Stop before the targets exceed this area.")
    ] = None
    patrol_minutes: Annotated[
        float | None, Field(gt=0, description="Stop when these minutes are given away.")
    ] = None
    minutes_per_target: Annotated[
        float, Field(gt=0, description="Minutes of patrol that one target takes.")
    ] = 15


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
