"""Profiles: what the columns of a source mean, one TOML file per source format."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pyproj import CRS
from pyproj.exceptions import CRSError

from service.errors import NotFoundError, plain
from spatial.errors import InvalidInputError, Problem

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

NAMED_FORMATS = ("iso", "excel", "epoch_s", "epoch_ms")
"""Ways to write a time that are no strptime formats."""

Attributes = Literal["all", "none"] | tuple[str, ...]

SourceColumn = Annotated[str, Field(min_length=1)]
Word = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TimeRules(_Part):
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
        return formats

    @field_validator("default_clocks")
    @classmethod
    def _clocks_are_clocks(cls, clocks: tuple[str, ...]) -> tuple[str, ...]:
        for one in clocks:
            if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", one):
                raise ValueError(f"{one!r} is no clock time such as 00:01")
        return clocks


class OffenceRules(_Part):
    """How a source's offences become codes."""

    code: Literal["slug", "as_given"] = "slug"
    """Codes of offences without a line in `mapping`: lower-case words joined by ``-``, or kept."""
    mapping: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    """The source's own word (case aside) to the code it stands for."""


class PlaceRules(_Part):
    """How a source writes places, and which of them are none."""

    order: Literal["auto", "x y", "y x"] = "auto"
    """Order of two numbers in one column; told by the column's name and by the numbers."""
    placeholders: tuple[tuple[float, float], ...] = ()
    """Places, x and y as they are written, that the source gives where it knows none."""
    reject_strays: bool = False
    """Whether incidents far from the bulk of the source are rejected, not only told."""


class SinceRules(_Part):
    """How a source that is fetched again is asked for what is new alone."""

    column: str | None = Field(default=None, min_length=1)
    """The source's column that tells when a row last changed; none: that of `occurred_from`."""
    overlap_days: int = Field(default=30, ge=1, le=3660)
    """How far before what is known already rows are asked for: reports come late."""


class SheetRules(_Part):
    """Where in a workbook the incidents are; by default the first sheet that has the columns."""

    name: str | None = Field(default=None, min_length=1)
    index: int | None = Field(default=None, ge=1)
    """Number of the sheet, from 1."""
    header_row: int | None = Field(default=None, ge=1)
    """Number of the row that names the columns, as a spreadsheet program counts."""


class ArchiveRules(_Part):
    """Which files of an archive are read; by default those that have the columns."""

    members: tuple[str, ...] = ()
    """Patterns such as ``*-street.csv``, held against a file's path and its name."""

    @field_validator("members", mode="before")
    @classmethod
    def _one_is_several(cls, members: Any) -> Any:
        return (members,) if isinstance(members, str) else members


class AddressRules(_Part):
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


class CancelledRule(_Part):
    """Rows that say of an incident that it was none: no-crimed, unfounded."""

    column: SourceColumn
    """The source's column that says so; a file that lacks it cancels nothing."""
    values: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    """What stands there, case aside."""


class Profile(_Part):
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
            CRS.from_user_input(crs)
        except CRSError:
            raise ValueError(f"no CRS is named {crs!r}; one is 'EPSG:27700'") from None
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


def known_profiles() -> list[str]:
    """Return the names of the profiles that ship with Harmspot."""
    return sorted(
        file.name.removesuffix(".toml")
        for file in _shipped().iterdir()
        if file.name.endswith(".toml")
    )


def load_profile(name_or_path: str | Path) -> Profile:
    """Return a profile by its name, or from the user's own TOML file.

    Parameters
    ----------
    name_or_path
        One of `known_profiles`, or the path of a TOML file (it ends in ``.toml``).

    Raises
    ------
    NotFoundError
        When no profile has that name and no file that path; the message lists the known ones.
    InvalidInputError
        When the file is not a profile: the message names each key and what would be right.
    """
    return _profile(str(name_or_path), ())


def profile_of(written: Mapping[str, Any], name: str) -> Profile:
    """Return a profile from what somebody wrote of it, with the keys that a TOML file has.

    Parameters
    ----------
    written
        Its keys. It may extend a shipped profile, and never a file: whoever writes it need not be
        allowed to read files of this machine.
    name
        What it is called, whatever `written` says.

    Raises
    ------
    InvalidInputError
        When it is not a profile: the message names each key and what would be right.
    """
    extended = written.get("extends")
    if extended is not None and extended not in known_profiles():
        message = f"name one of {', '.join(known_profiles())}"
        raise InvalidInputError(
            f"Profile {name} is not valid: extends: {message}.", [Problem("extends", message)]
        )
    return _checked({**written, "name": name}, name, name, ())


def _profile(name_or_path: str, users: tuple[str, ...]) -> Profile:
    known = known_profiles()
    file: Traversable | Path
    if name_or_path in known:
        file = _shipped() / f"{name_or_path}.toml"
    else:
        file = Path(name_or_path).expanduser()
        if file.suffix != ".toml" or not file.is_file():
            raise NotFoundError(
                f"No profile is named {name_or_path!r}: known are {', '.join(known)}; "
                "a profile of your own is the path of a .toml file."
            )
    if name_or_path in users:
        raise InvalidInputError(f"Profile {name_or_path}: 'extends' leads back to itself.")
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"Profile {name_or_path} is not valid TOML: {error}.") from error
    except OSError as error:
        raise NotFoundError(f"Profile {name_or_path} cannot be read: {error.strerror}.") from error
    return _checked(written, name_or_path, Path(file.name).stem, users)


def _checked(
    written: dict[str, Any], name_or_path: str, stem: str, users: tuple[str, ...]
) -> Profile:
    base: dict[str, Any] = {}
    extended = written.pop("extends", None)
    if extended is not None:
        if not isinstance(extended, str):
            raise InvalidInputError(f"Profile {name_or_path}: extends: name one profile.")
        parent = _profile(extended, (*users, name_or_path))
        base = parent.model_dump(exclude={"name", "title", "source"}, exclude_unset=True)
        # A column that the user names is meant to be there, whatever the parent leaves open.
        base["optional"] = set(base.get("optional", ())) - set(written.get("columns", ()))
    whole = {"name": stem, "source": stem} | _overlaid(base, written)
    try:
        return Profile.model_validate(whole)
    except ValidationError as error:
        problems = [
            Problem(".".join(map(str, one["loc"])) or "profile", _remedy(one["msg"], one["type"]))
            for one in error.errors()
        ]
        listed = "; ".join(f"{one.where}: {one.message}" for one in problems)
        message = f"Profile {name_or_path} is not valid: {listed}."
        raise InvalidInputError(message, problems) from None


def _overlaid(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in over.items():
        below = both.get(key)
        both[key] = (
            _overlaid(below, value)
            if isinstance(below, dict) and isinstance(value, dict)
            else value
        )
    return both


def _remedy(message: str, kind: str) -> str:
    if kind == "extra_forbidden":
        return f"no such key; a profile has {', '.join(['extends', *Profile.model_fields])}"
    return plain(message)


def _shipped() -> Traversable:
    return resources.files("service.ingest.profiles") / "shipped"
