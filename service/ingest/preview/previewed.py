"""What a preview tells of a file: its columns and first rows, and what a profile makes of them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, Field

ROWS_SHOWN = 20

Kind = Literal["empty", "number", "time", "text"]


class ColumnShown(BaseModel):
    """A column of the file; of one that the profile neither maps nor keeps, no value."""

    name: str
    named: bool = Field(description="Whether the profile maps or keeps it, so that it is shown.")
    kind: Kind = Field(description="What all of its values look like.")
    filled: int = Field(description="How many of the rows that were looked at have a value.")
    different: int = Field(description="How many different values these are.")
    samples: list[str] = Field(
        description="A few different values, in the order of the rows; none unless it is named."
    )


class RowShown(BaseModel):
    """A row of the file as it came."""

    line: int = Field(description="First line of the row in its file, or number of the feature.")
    values: list[str | None] | None = Field(
        description="Its values by column, null where the column is not named; null when it is no "
        "row of the table."
    )


class Shown(BaseModel):
    """What a file holds."""

    format: Literal["csv", "geojson", "parquet", "workbook", "archive", "layer", "json"]
    encoding: str
    delimiter: str
    geometry: bool = Field(description="Whether the positions are geometries, not columns.")
    columns: list[ColumnShown]
    rows: list[RowShown]


class IncidentShown(BaseModel):
    """An incident as it would be stored."""

    external_id: str | None = Field(description="Null: it would get an id made of its content.")
    source: str
    offence_code: str
    offence_name: str | None
    occurred_from: dt.datetime
    occurred_to: dt.datetime
    time_precision: str
    reported_at: dt.datetime | None
    longitude: float
    latitude: float
    location_text: str | None
    attributes: dict[str, Any]


class RowRead(BaseModel):
    """What would become of a row."""

    line: int
    incident: IncidentShown | None
    reason: str | None = Field(description="Why it would be rejected.")
    message: str | None


class Outcome(BaseModel):
    """What a profile makes of the rows that were looked at."""

    read: int
    accepted: int
    rejected_by_reason: dict[str, int]
    warnings: list[str]
    time_zone: str = Field(description="Zone of times that were written without an offset.")
    rows: list[RowRead] = Field(description=f"The first {ROWS_SHOWN}, by line.")


class Fit(BaseModel):
    """Whether a file has the columns that a profile needs."""

    profile: str
    title: str
    missing: list[str]
    accepted: int | None = Field(
        description="How many of the rows that were looked at would be accepted; null where "
        "columns are missing."
    )
