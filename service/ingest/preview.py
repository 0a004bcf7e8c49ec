"""How a file would be read: its columns, its first rows, and what a profile makes of them."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from service.ingest.checks import warnings
from service.ingest.checks.rules import Notes, Rules
from service.ingest.checks.validate import Checked, validate
from service.ingest.load import stored_time_zone
from service.ingest.merge import Merged
from service.ingest.profiles.binding import bind, lacking
from service.ingest.profiles.profile import Profile
from service.ingest.readers.head import Dialect, FirstRows, Head, first_rows
from service.ingest.readers.rows import RawRows

ROWS_SHOWN = 20
_SAMPLES = 3
_SHOWN = 200


class ColumnShown(BaseModel):
    """A column of the file."""

    name: str
    samples: list[str] = Field(description="A few different values, in the order of the rows.")
    filled: int = Field(description="How many of the rows that were looked at have a value.")


class RowShown(BaseModel):
    """A row of the file as it came."""

    line: int = Field(description="First line of the row in its file, or number of the feature.")
    values: list[str | None] | None = Field(
        description="Its values by column; null when it is no row of the table."
    )
    raw: str = Field(description="The row as it came, where it is no row of the table.")


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


class Shown(BaseModel):
    """What a file holds."""

    format: Literal["csv", "geojson", "parquet"]
    encoding: str
    delimiter: str
    geometry: bool = Field(description="Whether the positions are geometries, not columns.")
    columns: list[ColumnShown]
    rows: list[RowShown]


class Preview:
    """The beginning of one file, read as often as its profiles differ in dialect.

    Parameters
    ----------
    session, agency_id
        Whose incidents they would be.
    head
        The beginning of the file.
    now
        Incidents after this instant would be rejected.
    """

    def __init__(self, session: Session, agency_id: int, head: Head, now: dt.datetime) -> None:
        self._session, self._agency_id = session, agency_id
        self._head = head
        self._now = now
        self._read: dict[Dialect, FirstRows] = {}

    def first_rows(self, dialect: Dialect) -> FirstRows:
        """Return the first rows as they are in a dialect."""
        if dialect not in self._read:
            self._read[dialect] = first_rows(self._head, dialect)
        return self._read[dialect]

    def shown(self, dialect: Dialect) -> Shown:
        """Return columns and first rows as they came."""
        first = self.first_rows(dialect)
        return Shown.model_validate(
            {
                "format": first.reader.format,
                "encoding": dialect.encoding,
                "delimiter": dialect.delimiter,
                "geometry": first.has_points,
                "columns": [_column(first, name) for name in first.columns],
                "rows": _first_by_line(one for rows in first.batches for one in _raw(first, rows)),
            }
        )

    def missing(self, profile: Profile) -> list[str]:
        """Return the columns that a profile needs and the file lacks."""
        first = self.first_rows(Dialect.of(profile))
        return lacking(profile, first.columns, has_points=first.has_points)

    def fit(self, profile: Profile) -> Fit:
        """Tell whether a profile fits the file."""
        missing = self.missing(profile)
        return Fit(
            profile=profile.name,
            title=profile.title or profile.name,
            missing=missing,
            accepted=None if missing else self.outcome(profile).accepted,
        )

    def outcome(self, profile: Profile) -> Outcome:
        """Return what would become of the rows that were looked at.

        Raises
        ------
        UnreadableFileError
            When a column is missing that the profile needs.
        """
        first = self.first_rows(Dialect.of(profile))
        zone = profile.time_zone or stored_time_zone(self._session, self._agency_id, profile.source)
        rules = Rules(
            profile=profile,
            source=profile.source,
            fixed_source=False,
            time_zone=zone or "UTC",
            crs=first.reader.crs or profile.crs,
            now=self._now,
        )
        notes = Notes()
        checked = [
            validate(rows, bind(profile, rows, first.reader), rules, notes)
            for rows in first.batches
        ]
        accepted = sum(one.incidents.num_rows for one in checked)
        reasons = Counter(
            reason for one in checked for reason in one.rejected["reason"].to_pylist()
        )
        read = accepted + reasons.total()
        merged = Merged(accepted, 0, 0, dict(reasons))
        return Outcome(
            read=read,
            accepted=accepted,
            rejected_by_reason=dict(sorted(reasons.items())),
            time_zone=rules.time_zone,
            warnings=warnings.collected(first.reader, notes, rules, merged, read),
            rows=_first_by_line(row for one in checked for row in _outcomes(one)),
        )


def _first_by_line(rows: Any) -> list[Any]:
    return sorted(rows, key=lambda row: row.line)[:ROWS_SHOWN]


def _column(first: FirstRows, name: str) -> ColumnShown:
    values = first.texts(name).drop_null()
    samples = values.unique()[:_SAMPLES].to_pylist()
    return ColumnShown(name=name, samples=[one[:_SHOWN] for one in samples], filled=len(values))


def _raw(first: FirstRows, rows: RawRows) -> list[RowShown]:
    table = rows.table.slice(0, ROWS_SHOWN).to_pylist()
    return [
        RowShown(line=line, values=[_cut(row.get(name)) for name in first.columns], raw="")
        for line, row in zip(rows.lines.tolist(), table, strict=False)
    ] + [
        RowShown(line=one.line, values=None, raw=one.raw[:_SHOWN])
        for one in rows.malformed[:ROWS_SHOWN]
    ]


def _cut(value: str | None) -> str | None:
    return None if value is None else value[:_SHOWN]


def _outcomes(checked: Checked) -> list[RowRead]:
    incidents = checked.incidents.slice(0, ROWS_SHOWN).to_pylist()
    order = np.argsort(np.asarray(checked.rejected["line"]), kind="stable")[:ROWS_SHOWN]
    rejected = checked.rejected.take(pa.array(order)).to_pylist()
    return [
        RowRead(line=row["line"], incident=_incident(row), reason=None, message=None)
        for row in incidents
    ] + [
        RowRead(line=row["line"], incident=None, reason=row["reason"], message=row["message"])
        for row in rejected
    ]


def _incident(row: dict[str, Any]) -> IncidentShown:
    kept: dict[str, Any] = {name: row[name] for name in IncidentShown.model_fields}
    for name in ("occurred_from", "occurred_to", "reported_at"):
        kept[name] = None if kept[name] is None else _instant(kept[name])
    kept["attributes"] = json.loads(kept["attributes"] or "{}")
    if row["anonymous"]:
        kept["external_id"] = None
    return IncidentShown(**kept)


def _instant(us: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=us)


def best(fits: Sequence[Fit]) -> Fit | None:
    """Return the fit under which most rows would be accepted, the first of equals; None if none."""
    fitting = [one for one in fits if one.accepted]
    return max(fitting, key=lambda one: one.accepted or 0, default=None)
