"""Where the rows of a batch came from, as its report says."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["socrata", "arcgis", "ogc", "file"]
KINDS: Final[tuple[Kind, ...]] = ("socrata", "arcgis", "ogc", "file")


class AskedSince(BaseModel):
    """Which rows alone were asked for."""

    model_config = ConfigDict(frozen=True)

    column: str = Field(description="The source's column, or `datetime` of an OGC API.")
    begins: dt.datetime = Field(description="Rows before it were not asked for.")
    overlap_days: int = Field(description="How far that lies before what was known already.")


class Origin(BaseModel):
    """Where rows were fetched, and what their source said of them."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    url: str = Field(description="Without what may be secret in it.")
    asked: str = Field(description="A digest of the question, the same for the same rows.")
    pages: int
    rows: int | None = Field(None, description="Rows that came; None of a file.")
    rows_told: int | None = Field(None, description="How many the source said that there are.")
    fetched_at: dt.datetime = Field(description="When the first page was asked for.")
    pages_kept: int = Field(0, description="Of the pages, those of an attempt before this one.")
    bytes_kept: int = Field(0, description="Of a file's bytes, those of an attempt before.")
    since: AskedSince | None = Field(None, description="None: all were asked for.")
