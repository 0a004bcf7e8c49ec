"""What a list of targets can be asked: by what places are chosen, and how many."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator, model_validator

from service.analyses.getis_ord import HotSpotParams

MAX_SPAN_M: Final = 600
"""A target is no longer across, so that one patrol sees it."""

_EARLIER_NAMES: Final = {"significant": "hot-spot"}


class TargetsParams(HotSpotParams):
    """By what places are chosen as targets, and how many."""

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
        Literal["expected", "hot-spot", "top"],
        Field(
            description="`expected`: the units of which most harm is expected next, from all "
            "incidents that are held up to the last day of the window. The window itself only "
            "describes these targets: its first day changes no rank, unless `require` or "
            "`min_incidents` ask something of it. `hot-spot`: only units of significant hot spots "
            "(until now called `significant`, which is read as this). `top`: the most harmful "
            "units of the window whatever the statistic says, labelled as such."
        ),
    ] = "expected"
    require: Annotated[
        Literal["none", "beyond-chance", "without-worst"],
        Field(
            description="What must stand behind a unit beside its rank: nothing, more harm than "
            "chance would put on it or around it, or more on it even without its worst incident."
        ),
    ] = "none"
    min_excess: Annotated[
        float,
        Field(
            ge=0,
            le=1e6,
            description="For `expected`: how many times the mean of all units must be expected of "
            "a unit.",
        ),
    ] = 2
    min_incidents: Annotated[
        int | None,
        Field(
            ge=1,
            description="Fewest incidents, in the window, of a unit that can become a target; by "
            "default 3, and no limit for `expected`, which rests on years before the window too.",
        ),
    ] = None
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
    max_span_m: Annotated[
        float | None,
        Field(
            gt=0,
            le=100_000,
            description="How far across a target may be, in metres, or two touching units where "
            f"those are longer. By default {MAX_SPAN_M} for `expected`, and no limit for others.",
        ),
    ] = None
    spacing_m: Annotated[
        float | None,
        Field(
            gt=0,
            le=100_000,
            description="How far targets must be from each other, from edge to edge; the higher "
            "rank stays.",
        ),
    ] = None
    exclude: Annotated[
        str | None,
        Field(
            description="Boundary layer of areas in which no target may lie: units that are "
            "inside by half or more are left out.",
            examples=["excluded"],
        ),
    ] = None
    harm_share: Annotated[
        float | None,
        Field(
            gt=0,
            le=1,
            description="Stop when the targets hold this share of the harm, of what is expected, "
            "or of the incidents: of what ranks them.",
        ),
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

    @field_validator("strategy", mode="before")
    @classmethod
    def _reads_earlier_names(cls, given: Any) -> Any:
        """Read what strategies were called before, so that links and schedules go on."""
        return _EARLIER_NAMES.get(given, given) if isinstance(given, str) else given

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
