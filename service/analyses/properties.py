"""The properties of targets and of scored units: one declaration each, which every surface reads.

GeoJSON, exports, the views of the schema `ogc`, the OGC API, OpenAPI and the web's types are made
from what stands here, in the order in which it stands. A property is added by declaring it here
and computing it where the analysis computes; see `docs/decisions/declared-properties.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from service.analyses.study.units.kinds import AREA, KINDS, LENGTH, Measure
from service.styles.source import CLASSES

Type: TypeAlias = Literal["text", "whole", "number", "instant", "object", "list", "geometry"]
Kind: TypeAlias = Literal["text", "number", "instant", "document", "geometry"]

_KINDS: Final[dict[Type, Kind]] = {
    "text": "text",
    "whole": "number",
    "number": "number",
    "instant": "instant",
    "object": "document",
    "list": "document",
    "geometry": "geometry",
}
_JSON_TYPES: Final[dict[Type, dict[str, str]]] = {
    "text": {"type": "string"},
    "whole": {"type": "integer"},
    "number": {"type": "number"},
    "instant": {"type": "string", "format": "date-time"},
    "object": {"type": "object"},
    "list": {"type": "array"},
}


@dataclass(frozen=True)
class Property:
    """A property of a place: of a target, of a scored unit, or of what analyses refer to.

    Parameters
    ----------
    name
        The same from the analysis to every file and answer.
    type
        Of its values.
    title
        What a heading calls it.
    description
        What it tells, as it goes on after the title and a colon; empty: the title says it.
    unit
        In which its numbers are; ``1``: a share of one.
    kinds
        The kinds of unit that have it.
    asked_by
        The parameter without which a run's units do not have it.
    nullable
        Whether there may be no value.
    always
        Whether every run has it that its kind and parameters allow; those that were stored before
        it was computed may not.
    tiled
        Whether the features of vector tiles carry it.
    values
        All that its text may be; empty: anything.
    form
        The JSON Schema of its value, for objects and lists.
    """

    name: str
    type: Type
    title: str
    description: str = ""
    unit: str | None = None
    kinds: frozenset[str] = frozenset(KINDS)
    asked_by: str | None = None
    nullable: bool = False
    always: bool = True
    tiled: bool = False
    values: tuple[str, ...] = ()
    form: Mapping[str, Any] | None = None

    @property
    def in_words(self) -> str:
        """What it holds, with its unit, in one line."""
        told = f"{self.title}: {self.description}" if self.description else self.title
        return told if self.unit in (None, "1") else f"{told} ({self.unit})"

    @property
    def kind(self) -> Kind:
        """What its values are, as filters tell them apart."""
        return _KINDS[self.type]

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of its values where it has one."""
        about: dict[str, Any] = {"title": self.title}
        if self.description:
            about["description"] = self.description
        if self.unit is not None:
            about["x-ogc-unit"] = self.unit
        about |= _JSON_TYPES[self.type]
        if self.values:
            about["enum"] = list(self.values)
        return about | {key: one for key, one in (self.form or {}).items() if key != "title"}

    def belongs_to(self, parameters: Mapping[str, Any]) -> bool:
        """Tell whether it means something for a run that was asked so."""
        return parameters["unit"] in self.kinds and (
            self.asked_by is None or bool(parameters.get(self.asked_by))
        )


def _measured_by(measure: Measure) -> frozenset[str]:
    return frozenset(kind.name for kind in KINDS.values() if kind.measure == measure)


def _object(title: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has all of some properties."""
    return {
        "type": "object",
        "title": title,
        "properties": properties,
        "required": list(properties),
    }


def _list_of(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _by_name(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


_STRING: Final = {"type": "string"}
_DATE: Final = {"type": "string", "format": "date"}
_WHOLE: Final = {"type": "integer"}
_NUMBER: Final = {"type": "number"}
_NUMBER_OR_NONE: Final = {"type": ["number", "null"]}

_TREND: Final = _object(
    "Trend",
    previous_from=_DATE,
    previous_to=_DATE,
    previous_count=_WHOLE,
    previous_harm=_NUMBER,
    ratio=_NUMBER_OR_NONE,
    interval={
        "type": "array",
        "prefixItems": [_NUMBER, _NUMBER_OR_NONE],
        "minItems": 2,
        "maxItems": 2,
        "description": "The ratio's interval; its upper end is null where it is open.",
    },
    confidence=_NUMBER,
)
_SERIES: Final = _object(
    "Series",
    step={"type": "string", "enum": ["week", "month"]},
    window_from=_DATE | {"description": "Where the window begins."},
    **{"from": _list_of(_DATE)},
    count=_list_of(_WHOLE),
    harm=_list_of(_NUMBER),
)
_PEAK_WINDOW: Final = _object(
    "PeakWindow", day=_STRING, start=_STRING, end=_STRING, count=_WHOLE, harm=_NUMBER
)
_PEAK: Final = _object(
    "Peak",
    incidents=_WHOLE,
    hour_of_week=_list_of(_WHOLE) | {"description": "168 counts from Monday 00:00."},
    windows=_list_of(_PEAK_WINDOW),
)

_HARM_UNIT: Final = "unit of the harm index"
_CLASS_NAMES: Final = tuple(one.name for one in CLASSES)

_COUNT: Final = Property("count", "whole", "Incidents", "how many are used", tiled=True)
_HARM: Final = Property(
    "harm", "number", "Harm", "sum of the weights of its incidents", _HARM_UNIT, tiled=True
)
_SIZES: Final = (
    Property(
        "area_km2", "number", "Area", "on the ellipsoid", "km2", kinds=_measured_by(AREA)
    ),
    Property(
        "length_m", "number", "Length", "of street, on the ellipsoid", "m",
        kinds=_measured_by(LENGTH),
    ),
    Property(
        "harm_per_km2", "number", "Harm density", "harm by area", f"{_HARM_UNIT} / km2",
        kinds=_measured_by(AREA),
    ),
    Property(
        "harm_per_100m", "number", "Harm density", "harm by length", f"{_HARM_UNIT} / 100 m",
        kinds=_measured_by(LENGTH),
    ),
)  # fmt: skip

TARGET: tuple[Property, ...] = (
    Property("rank", "whole", "Rank", "1 is the first to patrol", tiled=True),
    Property(
        "target_id", "text", "Target", "the same for the same units in every run", tiled=True
    ),
    Property(
        "label", "text", "Place", "what people call it: the nearest street or area", tiled=True
    ),
    Property(
        "class", "text", "Class", "of its unit with the smallest q", values=_CLASS_NAMES, tiled=True
    ),
    Property("note", "text", "Note", "why this place, and any caution", tiled=True),
    Property(
        "unit", "text", "Unit", "kind of the units that it is made of",
        values=tuple(KINDS), tiled=True,
    ),
    Property("resolution", "whole", "Resolution", "of its H3 cells", nullable=True),
    Property("members", "list", "Members", "ids of its units", form=_list_of(_STRING)),
    *_SIZES,
    _COUNT,
    _HARM,
    Property("harm_share", "number", "Share of harm", "of all in the study area", "1", tiled=True),
    Property("count_share", "number", "Share of incidents", "of all in the study area", "1"),
    Property("z_max", "number", "Greatest z", "of the Getis-Ord Gi* of its units"),
    Property("p_min", "number", "Smallest p", "of the units that make it hot"),
    Property(
        "q_min", "number", "Smallest q", "of the units that make it hot: p after control of the "
        "false discovery rate", tiled=True,
    ),
    Property(
        "offences", "object", "Offences", "number of incidents by offence code",
        form=_by_name(_WHOLE),
    ),
    Property(
        "harm_by_offence", "object", "Harm by offence", "by offence code", _HARM_UNIT,
        form=_by_name(_NUMBER),
    ),
    Property(
        "dominance", "number", "Dominance", "share of its harm that its single worst incident "
        "contributes", "1", tiled=True,
    ),
    Property(
        "effective_incidents", "number", "Effective incidents", "number of equal incidents that "
        "would spread harm as much",
    ),
    Property(
        "trend", "object", "Trend", "this window against the one before", nullable=True,
        form=_TREND,
    ),
    Property(
        "series", "object", "Series", "incidents and harm week by week, or month by month",
        nullable=True, always=False, form=_SERIES,
    ),
    Property(
        "peak", "object", "Peak", "when it happens, by hour of the week, and the best two-hour "
        "windows", nullable=True, form=_PEAK,
    ),
    Property("district", "text", "District", "that holds most of its harm", nullable=True,
             tiled=True),
)  # fmt: skip
"""Properties of a target, what people read first at the front."""

SCORE: tuple[Property, ...] = (
    Property("unit_id", "text", "Unit", "cell, street segment or area, as its source names it",
             tiled=True),
    _COUNT,
    _HARM,
    Property("z", "number", "z", "Getis-Ord Gi* of the unit and its neighbours, in standard "
             "deviations"),
    Property("p", "number", "p", "probability of a value at least as extreme by chance, of this "
             "unit alone"),
    Property("q", "number", "q", "p after control of the false discovery rate over all units",
             tiled=True),
    Property("class", "text", "Class", "by q", values=_CLASS_NAMES, tiled=True),
    Property("rank", "whole", "Rank", "1 is the unit with most harm", tiled=True),
    Property("cumulative_harm_share", "number", "Cumulative share of harm", "that units up to "
             "this rank hold", "1"),
    Property("label", "text", "Place", "what people call it: the street or area", nullable=True,
             tiled=True),
    *_SIZES,
    Property("district", "text", "District", "in which it lies", nullable=True,
             asked_by="districts"),
    Property("population", "number", "Residents", "how many live there",
             asked_by="population_column"),
    Property("harm_per_1000_residents", "number", "Harm by residents", "none where nobody lives",
             f"{_HARM_UNIT} / 1000 residents", nullable=True, asked_by="population_column"),
    Property("rate", "number", "Rate", "what was tested: the value by its denominator",
             asked_by="denominator"),
)  # fmt: skip
"""Properties of a unit that an analysis scored, in the order in which they are shown."""


def declared(properties: Sequence[Property], names: Iterable[str]) -> list[Property]:
    """Return the properties of some names, in the order in which they are declared.

    Raises
    ------
    ValueError
        When one is not declared, and so would be missing on every surface.
    """
    held = set(names)
    unknown = held - {one.name for one in properties}
    if unknown:
        raise ValueError(
            f"{', '.join(sorted(unknown))} is computed but not declared: declare it in "
            "service/analyses/properties.py."
        )
    return [one for one in properties if one.name in held]
