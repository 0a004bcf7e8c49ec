"""What an analysis can be asked: one model per process, shared by API, command line and docs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spatial.grid import RESOLUTIONS
from spatial.incidents import LATE_REPORT_DAYS

Detection = Literal["victim", "police", "business"]
UnitKind = Literal["h3", "segment", "polygon"]


def _say_which_units(schema: dict[str, Any], model: type[Any]) -> None:
    """Say in the schema which parameters are for some units only, so that forms can leave them."""
    for name, kinds in model.only_for.items():
        schema["properties"][name]["x-only-for-unit"] = sorted(kinds)


class AnalysisParams(BaseModel):
    """Which incidents, weighed how, on which units."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        json_schema_extra=_say_which_units,
    )

    only_for: ClassVar[dict[str, frozenset[UnitKind]]] = {
        "resolution": frozenset({"h3"}),
        "max_snap_m": frozenset({"segment"}),
        "layer": frozenset({"polygon"}),
    }
    """Parameters that mean something for some units of place only."""

    unit: Annotated[
        UnitKind,
        Field(
            description="Unit of place: `h3` for the cells of the H3 grid, `segment` for the "
            "street segments of `network`, `polygon` for the areas of `layer`."
        ),
    ] = "h3"
    resolution: Annotated[
        int,
        Field(
            ge=RESOLUTIONS.start,
            le=RESOLUTIONS.stop - 1,
            description="H3 resolution: 7 (cells of 5 km²) to 12 (300 m²); 9 is 0.1 km².",
        ),
    ] = 9
    network: Annotated[
        str | None,
        Field(
            description="Street network, `NAME` or `NAME@VERSION`: the units themselves for "
            "`segment`; cells and areas take the name of their nearest street from it.",
            examples=["city"],
        ),
    ] = None
    max_snap_m: Annotated[
        float,
        Field(
            gt=0,
            le=1000,
            description="Metres within which an incident belongs to its nearest street segment.",
        ),
    ] = 50
    layer: Annotated[
        str | None,
        Field(description="Boundary layer whose areas are the units of `polygon`."),
    ] = None
    districts: Annotated[
        str | None,
        Field(
            description="Boundary layer of districts: every unit and target says its district, "
            "and the result is also given per district.",
            examples=["districts"],
        ),
    ] = None
    population_column: Annotated[
        str | None,
        Field(
            description="Property that holds the residents (or the ambient population) of each "
            "area of `population_layer`; cells and segments take their share by area or length."
        ),
    ] = None
    population_layer: Annotated[
        str | None,
        Field(description="Boundary layer with the population; default `layer` for `polygon`."),
    ] = None
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
            description="Boundary layer, or `LAYER/NAME` for one area of it. Without one, cells "
            "that hold incidents and their neighbours are studied, and places without incidents "
            "beyond them stay unseen; segments and polygons are studied all.",
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

    @model_validator(mode="after")
    def _units_are_named(self) -> AnalysisParams:
        if self.unit == "segment" and self.network is None:
            raise ValueError("unit segment needs a network: name a street network that is loaded")
        if self.unit == "polygon" and self.layer is None:
            raise ValueError("unit polygon needs a layer: name a boundary layer that is loaded")
        for name in sorted(self.model_fields_set & self.only_for.keys()):
            default = type(self).model_fields[name].default
            if self.unit not in self.only_for[name] and getattr(self, name) != default:
                kinds = " or ".join(sorted(self.only_for[name]))
                raise ValueError(f"{name} is for unit {kinds}, not for unit {self.unit}: leave it")
        if self.population_layer is not None and self.population_column is None:
            raise ValueError("population_layer needs a population_column: name it")
        if self.population_column is not None and self.population is None:
            raise ValueError("population_column needs a population_layer: name it")
        return self

    @property
    def population(self) -> str | None:
        """Layer that holds the population; None: nobody asked for it."""
        if self.population_column is None:
            return None
        return self.population_layer or (self.layer if self.unit == "polygon" else None)

    def canonical(self) -> dict[str, Any]:
        """Return the parameters as they are stored and shown, every default filled in.

        Those that mean nothing for the unit are null, so that they never tell two questions apart.
        """
        stored: dict[str, Any] = self.model_dump(mode="json", by_alias=True)
        for name, kinds in self.only_for.items():
            if self.unit not in kinds:
                stored[name] = None
        return stored


class HotSpotParams(AnalysisParams):
    """How hot spots are told from chance."""

    only_for: ClassVar[dict[str, frozenset[UnitKind]]] = AnalysisParams.only_for | {
        "neighbour_distance_m": frozenset({"segment"})
    }

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


class TargetsParams(HotSpotParams):
    """Which targets are made of hot spots, and how many."""

    only_for: ClassVar[dict[str, frozenset[UnitKind]]] = HotSpotParams.only_for | {
        "max_area_km2": frozenset({"h3", "polygon"}),
        "total_area_km2": frozenset({"h3", "polygon"}),
        "max_length_m": frozenset({"segment"}),
        "total_length_m": frozenset({"segment"}),
    }

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
