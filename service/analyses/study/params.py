"""What every analysis can be asked: which incidents, weighed how, on which units of place."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from service.analyses.study.placed import Precision
from service.analyses.study.units.kinds import KINDS, UnitKind, of_some_kinds
from spatial.grid import RESOLUTIONS
from spatial.incidents import LATE_REPORT_DAYS

Detection = Literal["victim", "police", "business"]
_EARLIEST: Final = dt.date(1900, 1, 1)  # the ingest refuses what is older
_LATEST: Final = dt.date(2100, 12, 31)  # the window before one of both is a time that can be told
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _kinds_of(annotation: Any) -> Iterator[Any]:
    """Yield the plain types that a value may have."""
    yield annotation
    if get_origin(annotation) in (Union, UnionType, Annotated):
        for one in get_args(annotation):
            yield from _kinds_of(one)


def _say_which_units(schema: dict[str, Any], model: type[Any]) -> None:
    """Say in the schema which parameters are for some units only, so that forms can leave them."""
    for name, kinds in model.only_for().items():
        schema["properties"][name]["x-only-for-unit"] = sorted(kinds)


class AnalysisParams(BaseModel):
    """Which incidents, weighed how, on which units."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        json_schema_extra=_say_which_units,
    )

    unit: Annotated[
        UnitKind,
        Field(
            description="Unit of place: "
            + ", ".join(f"`{name}` for {kind.explained}" for name, kind in KINDS.items())
            + "."
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
    place_precision: Annotated[
        Precision,
        Field(
            description="Least precise way in which an incident without coordinates may have been "
            "placed by its address; `street`: any, `recorded`: none.",
        ),
    ] = "street"
    seed: Annotated[int, Field(ge=0, lt=2**63, description="Seed of every random draw.")] = 1

    @field_validator("*", mode="before")
    @classmethod
    def _keep_numbers_and_truths_apart(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse 0 and 1 for false and true, and the other way round; texts may say either."""
        kinds = set(_kinds_of(cls.model_fields[str(info.field_name)].annotation))
        if isinstance(value, bool) and bool not in kinds and kinds & {int, float}:
            raise ValueError("a number belongs here, not true or false")
        if type(value) in (int, float) and bool in kinds and not kinds & {int, float}:
            raise ValueError("true or false belongs here, not a number")
        return value

    @model_validator(mode="before")
    @classmethod
    def _texts_can_be_stored(cls, given: Any) -> Any:
        for name, value in given.items() if isinstance(given, dict) else ():
            for one in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(one, str) and _UNSTORABLE.search(one):
                    raise ValueError(
                        f"{name} holds a character that no text can hold (NUL, or half of a pair "
                        "of surrogates): leave it out"
                    )
        return given

    @model_validator(mode="after")
    def _window_runs_forward(self) -> AnalysisParams:
        if self.start > self.end:
            raise ValueError(f"from ({self.start}) is after to ({self.end}): swap them")
        if self.start < _EARLIEST:
            raise ValueError(f"from ({self.start}) is before {_EARLIEST}: no incident is older")
        if self.end > _LATEST:
            raise ValueError(f"to ({self.end}) is after {_LATEST}: name a day before")
        return self

    @model_validator(mode="after")
    def _units_are_named(self) -> AnalysisParams:
        needed = KINDS[self.unit].made_of
        if needed is not None and getattr(self, needed) is None:
            what = {"network": "street network", "layer": "boundary layer"}[needed]
            raise ValueError(f"unit {self.unit} needs a {needed}: name a {what} that is loaded")
        only_for = self.only_for()
        for name in sorted(self.model_fields_set & only_for.keys()):
            default = type(self).model_fields[name].default
            if self.unit not in only_for[name] and getattr(self, name) != default:
                kinds = " or ".join(sorted(only_for[name]))
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
        own = self.layer if KINDS[self.unit].made_of == "layer" else None
        return self.population_layer or own

    @classmethod
    def only_for(cls) -> dict[str, frozenset[str]]:
        """Return the parameters that mean something for some units of place alone."""
        return of_some_kinds(cls.model_fields)

    def canonical(self) -> dict[str, Any]:
        """Return the parameters as they are stored and shown, every default filled in.

        Those that mean nothing for the unit are null, so that they never tell two questions apart.
        """
        stored: dict[str, Any] = self.model_dump(mode="json", by_alias=True)
        for name, kinds in self.only_for().items():
            if self.unit not in kinds:
                stored[name] = None
        return stored

    @classmethod
    def of_stored(cls, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return stored parameters as they can be asked for again: those that mean something."""
        only_for, unit = cls.only_for(), stored.get("unit")
        return {
            name: value
            for name, value in stored.items()
            if value is not None or name not in only_for or unit in only_for[name]
        }
