"""The parts of a profile: how a source writes times, offences and places, and where they stand."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

NAMED_FORMATS = ("iso", "excel", "epoch_s", "epoch_ms")
"""Ways to write a time that are no strptime formats."""

_DIRECTIVE = re.compile(r"%(.?)")
_DIRECTIVES = frozenset("aAbBdfHIjmMpSuwxXyYzZ%")
"""What a format may hold: parts of a time, as strptime calls them."""
_SHOWN_DIRECTIVES = "YmdHMS"

SourceColumn = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    """Keys that a profile may have, and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TimeRules(Part):
    """How a source writes its times."""

    formats: tuple[str, ...] = Field(default=("iso",), min_length=1)
    """``iso`` (ISO 8601, whole or cut short), ``excel`` (days since 1900), ``epoch_s`` or
    ``epoch_ms`` (since 1970), or strptime formats; the first that fits counts."""
    precision: Literal["inferred", "exact", "hour", "day", "month"] = "inferred"
    """How well times are known; inferred from what is written: a date alone is a day."""
    default_clocks: tuple[str, ...] = ()
    """Clock times, such as 00:00 or 00:01, that stand for an unknown one: they make a day."""
    earliest: date = date(1950, 1, 1)
    """Incidents before this day are not plausible: a slip in the year, a default of software."""
    longest_span_days: int = Field(default=3653, ge=1)
    """Spans from `occurred_from` to `occurred_to` that are longer are not plausible either."""

    @field_validator("formats")
    @classmethod
    def _formats_hold_a_date(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for one in formats:
            dated = "%" in one and any(y in one for y in ("%Y", "%y"))
            if one not in NAMED_FORMATS and not dated:
                raise ValueError(
                    f"{one!r} is neither {', '.join(NAMED_FORMATS)} nor a format with a year "
                    "such as %Y"
                )
            unknown = [] if one in NAMED_FORMATS else sorted(_DIRECTIVE.findall(one))
            unknown = [each for each in unknown if each not in _DIRECTIVES]
            if unknown:
                raise ValueError(
                    f"{one!r} has %{unknown[0]}, which stands for no part of a time: write "
                    f"{', '.join(f'%{each}' for each in _SHOWN_DIRECTIVES)} and the like"
                )
            twice = [each for each in "YybBmdHIMSfpjzaA" if one.count(f"%{each}") > 1]
            if twice and one not in NAMED_FORMATS:
                raise ValueError(f"{one!r} has %{twice[0]} twice: a time has one of each part")
        return formats

    @field_validator("default_clocks")
    @classmethod
    def _clocks_are_clocks(cls, clocks: tuple[str, ...]) -> tuple[str, ...]:
        for one in clocks:
            if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", one):
                raise ValueError(f"{one!r} is no clock time such as 00:01")
        return clocks


class OffenceRules(Part):
    """How a source's offences become codes."""

    code: Literal["slug", "as_given"] = "slug"
    """Codes of offences without a line in `mapping`: lower-case words joined by ``-``, or kept."""
    mapping: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    """The source's own word (case aside) to the code it stands for."""


class PlaceRules(Part):
    """How a source writes places, and which of them are none."""

    order: Literal["auto", "x y", "y x"] = "auto"
    """Order of two numbers in one column; told by the column's name and by the numbers."""
    placeholders: tuple[tuple[float, float], ...] = ()
    """Places, x and y as they are written, that the source gives where it knows none."""
    reject_strays: bool = False
    """Whether incidents far from the bulk of the source are rejected, not only told."""


class SinceRules(Part):
    """How a source that is fetched again is asked for what is new alone."""

    column: str | None = Field(default=None, min_length=1)
    """The source's column that tells when a row last changed; none: that of `occurred_from`."""
    overlap_days: int = Field(default=30, ge=1, le=3660)
    """How far before what is known already rows are asked for: reports come late."""


class SheetRules(Part):
    """Where in a workbook the incidents are; by default the first sheet that has the columns."""

    name: str | None = Field(default=None, min_length=1)
    index: int | None = Field(default=None, ge=1)
    """Number of the sheet, from 1."""
    header_row: int | None = Field(default=None, ge=1)
    """Number of the row that names the columns, as a spreadsheet program counts."""


class ArchiveRules(Part):
    """Which files of an archive are read; by default those that have the columns."""

    members: tuple[str, ...] = ()
    """Patterns such as ``*-street.csv``, held against a file's path and its name."""

    @field_validator("members", mode="before")
    @classmethod
    def _one_is_several(cls, members: Any) -> Any:
        return (members,) if isinstance(members, str) else members


class AddressRules(Part):
    """Which columns say where a row without coordinates is; used where that is asked for."""

    street: SourceColumn | tuple[SourceColumn, ...]
    """The street, or all of an address in one; several columns are joined by a space."""
    crossing: SourceColumn | tuple[SourceColumn, ...] | None = None
    """The street that it crosses."""
    number: SourceColumn | tuple[SourceColumn, ...] | None = None
    """Of the house or the block."""

    def columns(self) -> dict[str, tuple[str, ...]]:
        """Return the columns of each part that has any."""
        parts = {"street": self.street, "crossing": self.crossing, "number": self.number}
        return {
            part: (named,) if isinstance(named, str) else named
            for part, named in parts.items()
            if named is not None
        }


class CancelledRule(Part):
    """Rows that say of an incident that it was none: no-crimed, unfounded."""

    column: SourceColumn
    """The source's column that says so; a file that lacks it cancels nothing."""
    values: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    """What stands there, case aside."""
