"""How good incidents are: what of them is known, how exactly, and what changed since before."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any, Final

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from service.errors import unknown
from service.ingest.merging import gravity
from service.ingest.quality.findings import Finding, findings
from service.ingest.queries import query
from service.ingest.sources import sources, stored_time_zone
from service.store.models import TIME_PRECISIONS
from service.store.repository import batches
from spatial import default_times, drift
from spatial.drift import Tally
from spatial.harm import ANY_OFFENCE

_OPTIONAL: Final = (
    "external_id",
    "offence_name",
    "occurred_to",
    "reported_at",
    "location_text",
    "attributes",
)
_NEEDED: Final = ("offence_code", "occurred_from", "longitude", "latitude")
_LATEST_MONTHS: Final = 3


class Completeness(BaseModel):
    """How many incidents have a value in a canonical column."""

    column: str
    filled: int
    share: float


class Clock(BaseModel):
    """A clock time that stands for an unknown one."""

    clock: str = Field(examples=["00:00"])
    incidents: int
    share: float = Field(description="Of incidents whose time is exact.")


class SharedPoint(BaseModel):
    """A point on which several incidents lie."""

    longitude: float
    latitude: float
    incidents: int
    share: float


class UnknownOffence(BaseModel):
    """An offence that no harm index weighs, but those that count all alike."""

    code: str
    incidents: int


class QualityReport(BaseModel):
    """How good the incidents of a source are, or those that one of its batches wrote last."""

    source: str
    batch_id: int | None = Field(description="None: all of the source.")
    undone: bool = Field(description="Whether the batch was undone, so that it has no incidents.")
    data_version: int = Field(description="Version of the data that were looked at.")
    incidents: int
    rows_read: int
    rejected: int
    first_day: dt.date | None = Field(
        description="By the middle of spans, as windows count; of a month, its first day."
    )
    last_day: dt.date | None
    completeness: list[Completeness]
    time_precision: dict[str, int] = Field(description="Incidents by how exactly times are known.")
    default_clocks: list[Clock]
    coordinate_decimals: dict[int, int] = Field(
        description="Incidents by the decimals of their coordinates, 7 for 7 and more."
    )
    points: int = Field(description="Different points.")
    on_shared_points: int = Field(description="Incidents on a point with others.")
    largest_points: list[SharedPoint]
    unknown_offences: list[UnknownOffence]
    findings: list[Finding] = Field(
        description="What is odd, in sentences, and whether it matters for targets."
    )


def of_batch(session: Session, agency_id: int, batch_id: int) -> QualityReport:
    """Return how good the incidents of a batch are, held against the batches before it.

    Raises
    ------
    NotFoundError
        When there is no such batch.
    """
    report = batches.find(session, agency_id, batch_id)
    return _report(session, agency_id, report.source, batch_id, report.undone is not None)


def of_source(session: Session, agency_id: int, source: str) -> QualityReport:
    """Return how good all incidents of a source are, the latest months held against the others.

    Raises
    ------
    NotFoundError
        When there is no such source.
    """
    if stored_time_zone(session, agency_id, source) is None:
        known = [one.name for one in sources(session, agency_id)]
        raise unknown("incident source", source, known, "source")
    return _report(session, agency_id, source, None, undone=False)


def _report(
    session: Session, agency_id: int, source: str, batch_id: int | None, undone: bool
) -> QualityReport:
    several = session.scalars(query("quality_sources"), {"batch_id": batch_id}).all()
    asked = {
        "agency_id": agency_id,
        "sources": several or [source],
        "batch_id": batch_id,
        "zone": stored_time_zone(session, agency_id, (several or [source])[0]) or "UTC",
    }
    groups = list(session.execute(query("quality_groups"), asked))
    own = [one for one in groups if one.own]
    now = _tally(own)
    before = _tally([one for one in groups if not one.own])
    rows = session.execute(query("quality_rows"), asked).one()
    version = session.execute(query("data_version_now"), asked).scalar_one()
    report = QualityReport(
        source=source,
        batch_id=batch_id,
        undone=undone,
        data_version=version,
        incidents=now.incidents,
        rows_read=rows.rows_read,
        rejected=rows.rejected,
        first_day=min(now.days, default=None),
        last_day=max(now.days, default=None),
        completeness=_completeness(own, now.incidents),
        time_precision=_precision(own),
        default_clocks=_clocks(session, asked),
        **_places(session, asked, now.incidents),
        unknown_offences=_unknown(session, agency_id, now.offences),
        findings=[],
    )
    earlier, latest = (before, now) if batch_id is not None else _parted(own)
    thin = [one for one in _thin_months(groups) if one.month in now.months or batch_id is None]
    found = findings(report, thin, earlier, latest)
    return report.model_copy(update={"findings": found})


def _tally(groups: list[Any]) -> Tally:
    tally = Tally()
    for one in groups:
        sums = (one.x, one.y, one.z)
        days = (one.first_day, one.last_day)
        tally.add(one.month, one.offence_code, one.incidents, sums, days)
    return tally


def _parted(groups: list[Any]) -> tuple[Tally, Tally]:
    """Part a source into its latest months and those before."""
    months = sorted({one.month for one in groups})
    latest = set(months[-_LATEST_MONTHS:]) if len(months) > 2 * _LATEST_MONTHS else set()
    return (
        _tally([one for one in groups if one.month not in latest]),
        _tally([one for one in groups if one.month in latest]),
    )


def _thin_months(groups: list[Any]) -> list[drift.Month]:
    every = _tally(groups)
    span = every.whole_months()
    return [] if span is None else drift.thin_months(every.months, *span)


def _completeness(groups: list[Any], incidents: int) -> list[Completeness]:
    filled = dict.fromkeys(_NEEDED, incidents)
    filled |= {name: sum(getattr(one, name) for one in groups) for name in _OPTIONAL}
    return [
        Completeness(column=name, filled=many, share=_share(many, incidents))
        for name, many in filled.items()
    ]


def _precision(groups: list[Any]) -> dict[str, int]:
    columns = {name: "by_month" if name == "month" else name for name in TIME_PRECISIONS}
    return {name: sum(getattr(one, column) for one in groups) for name, column in columns.items()}


def _clocks(session: Session, asked: dict[str, Any]) -> list[Clock]:
    counts = [0] * default_times.MINUTES
    for one in session.execute(query("quality_clocks"), asked):
        counts[one.minute] = one.incidents
    return [
        Clock(clock=one.clock, incidents=one.rows, share=round(one.share, 6))
        for one in default_times.of_counts(counts)
    ]


def _places(session: Session, asked: dict[str, Any], incidents: int) -> dict[str, Any]:
    rows = session.execute(query("quality_points"), asked).all()
    sums = [one for one in rows if one.decimals is not None]
    return {
        "coordinate_decimals": {one.decimals: one.incidents for one in sums},
        "points": sum(one.points for one in sums),
        "on_shared_points": sum(one.shared for one in sums),
        "largest_points": [
            SharedPoint(
                longitude=one.longitude,
                latitude=one.latitude,
                incidents=one.incidents,
                share=_share(one.incidents, incidents),
            )
            for one in rows
            if one.decimals is None
        ],
    }


def _unknown(session: Session, agency_id: int, offences: Counter[str]) -> list[UnknownOffence]:
    weighed: set[str] = set()
    for index in gravity.of_agency(session, agency_id).values():
        if ANY_OFFENCE not in index.weights:
            weighed.update(index.weights)
    return [
        UnknownOffence(code=code, incidents=many)
        for code, many in sorted(offences.items(), key=lambda one: (-one[1], one[0]))
        if code not in weighed
    ]


def _share(many: int, of_all: int) -> float:
    return round(many / of_all, 6) if of_all else 0.0
