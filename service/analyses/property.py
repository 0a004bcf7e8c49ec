"""What a declaration of a property says, for every surface that shows its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from service.analyses.study.units.kinds import KINDS

Type: TypeAlias = Literal["text", "whole", "number", "instant", "object", "list", "geometry"]
Reads: TypeAlias = Literal["text", "day", "whole", "number", "harm", "share", "chance"]
"""How a value reads: a share of one as percent, a chance as a p-value, a day as a date."""

HARM_UNIT: Final = "unit of the harm index"
"""What stands for the unit of the harm index of a run."""

SHARE: Final = "1"
"""The unit of a share of one."""

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
        Whether every run has it that its kind and parameters allow; those of an analysis that does
        not look at it may not, or those that were stored before it was computed.
    tiled
        Whether the features of vector tiles carry it.
    reads
        How its values read; by default as its type and its unit say.
    on_pages
        Whether the tables that a run's page shows of its places have a column for it.
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
    reads: Reads | None = None
    on_pages: bool = False
    values: tuple[str, ...] = ()
    form: Mapping[str, Any] | None = None

    @property
    def in_words(self) -> str:
        """What it holds, with its unit, in one line."""
        told = f"{self.title}: {self.description}" if self.description else self.title
        return told if self.unit in (None, SHARE) else f"{told} ({self.unit})"

    @property
    def reading(self) -> Reads:
        """How its values read."""
        if self.reads is not None:
            return self.reads
        if self.unit == SHARE:
            return "share"
        return {"whole": "whole", "number": "number"}.get(self.type, "text")  # type: ignore[return-value] # of a table of literals

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


def object_of(title: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object of a name that has all of some properties."""
    return {
        "type": "object",
        "title": title,
        "properties": properties,
        "required": list(properties),
    }


def list_of(items: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def by_name(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has values by names which are not known before."""
    return {"type": "object", "additionalProperties": values}
