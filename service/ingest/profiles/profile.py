"""Profiles: what the columns of a source mean, one TOML file per source format."""

from __future__ import annotations

import codecs
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from service.ingest.profiles.parts import (
    AddressRules,
    ArchiveRules,
    CancelledRule,
    OffenceRules,
    Part,
    PlaceRules,
    SheetRules,
    SinceRules,
    SourceColumn,
    TimeRules,
)
from service.vector.reference_systems import coded
from spatial.errors import InvalidInputError

Canonical = Literal[
    "external_id",
    "source",
    "offence_code",
    "offence_name",
    "occurred_from",
    "occurred_to",
    "time_precision",
    "reported_at",
    "longitude",
    "latitude",
    "location_text",
    "attributes",
]
"""The columns a profile can fill; API.md's canonical incident."""

Attributes = Literal["all", "none"] | tuple[str, ...]

Word = Annotated[str, Field(min_length=1)]


class Profile(Part):
    """What a source's files look like and mean.

    A column named in `columns` must be in the file unless it is listed in `optional`.
    """

    name: str = Field(min_length=1, max_length=100)
    title: str = ""
    source: str = Field(min_length=1, max_length=200)
    """Name under which the incidents are stored, unless the reader of a file gives another."""
    time_zone: str | None = None
    """IANA zone of times without an offset; none: the zone already stored for the source, or UTC"""
    crs: str = "EPSG:4326"
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    sheet: SheetRules = SheetRules()
    archive: ArchiveRules = ArchiveRules()
    layer: str | None = Field(default=None, min_length=1)
    """Layer of a file that has several; by default the first that has the columns."""
    columns: dict[Canonical, SourceColumn | tuple[SourceColumn, ...]]
    """Canonical column to the source's column, or to several that are joined by a space."""
    optional: frozenset[Canonical] = frozenset()
    time: TimeRules = TimeRules()
    offence: OffenceRules = OffenceRules()
    missing: tuple[Word, ...] = ()
    """Words that stand for nothing beside the usual ones (NULL, N/A, a dash), case aside."""
    place: PlaceRules = PlaceRules()
    address: AddressRules | None = None
    one_per: Literal["row", "id"] | None = None
    """What an incident is where rows share an `external_id`: each row, or all of the id, of which
    the gravest offence counts. Without a choice the first row counts, and the report tells."""
    harm_index: str | None = None
    """Name of the index by which the gravest offence is told; by default one that knows it."""
    cancelled: CancelledRule | None = None
    """Which rows take their incident away instead of storing it."""
    row_id: SourceColumn | None = None
    """Column that is unique where a file has it; `external_id` then is a number rows share."""
    identify: tuple[SourceColumn, ...] = ()
    """Kept columns by which rows without an id are told apart, beside offence, time and place."""
    since: SinceRules = SinceRules()
    attributes: Attributes = "none"
    """Which of the columns that are not mapped are kept. Nobody's name is, unless it says so."""

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, zone: str | None) -> str | None:
        try:
            if zone is not None:
                ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"no IANA zone is named {zone!r}; one is 'Europe/London'") from None
        return zone

    @field_validator("crs")
    @classmethod
    def _crs_exists(cls, crs: str) -> str:
        try:
            coded(crs)
        except InvalidInputError:
            raise ValueError(f"no CRS is named {crs[:80]!r}; one is 'EPSG:27700'") from None
        return crs

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, encoding: str) -> str:
        try:
            codecs.lookup(encoding).incrementaldecoder  # noqa: B018 - binary codecs lack one
        except (LookupError, AttributeError):
            raise ValueError(f"no encoding is named {encoding!r}; one is 'windows-1252'") from None
        return encoding

    @field_validator("delimiter")
    @classmethod
    def _delimiter_can_delimit(cls, delimiter: str) -> str:
        if not delimiter.isascii() or delimiter in '"\r\n':
            raise ValueError("the delimiter is one ASCII character, not a quote or a line end")
        return delimiter

    @model_validator(mode="after")
    def _essentials_are_mapped(self) -> Self:
        needed = ["occurred_from", "longitude", "latitude"]
        if self.address is not None and not {"longitude", "latitude"} & self.columns.keys():
            needed = ["occurred_from"]  # files of addresses alone
        lacking = [one for one in needed if one not in self.columns]
        if not {"offence_code", "offence_name"} & self.columns.keys():
            lacking.append("offence_code")
        if lacking:
            raise ValueError(f"[columns] must say which column holds {', '.join(lacking)}")
        return self
