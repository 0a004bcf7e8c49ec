"""What the stored incidents cover: which days, from which sources, of which offences."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.store import snapshot
from service.store.repository import agencies, harm_indexes, incidents

_OF_SOURCE: Final = text("""
    SELECT source, offence_code, max(offence_name) AS offence_name, count(*) AS incidents,
           count(*) FILTER (WHERE time_precision = 'month') AS by_month,
           min(occurred_from) AS first, max(occurred_to) AS last
      FROM incident
     WHERE agency_id = :agency
     GROUP BY source, offence_code
""")


@dataclass(frozen=True)
class SourceCoverage:
    """What one source holds; days are those of its own clock."""

    name: str
    time_zone: str
    incidents: int
    first_day: dt.date | None
    last_day: dt.date | None


@dataclass(frozen=True)
class OffenceCoverage:
    """How often an offence occurs; the name is that of the incidents, if they have any."""

    code: str
    name: str | None
    incidents: int


@dataclass(frozen=True)
class IndexCoverage:
    """What share of the incidents a harm index weighs, in its newest version."""

    name: str
    share: float


@dataclass(frozen=True)
class Coverage:
    """What an agency's incidents cover.

    Parameters
    ----------
    data_version
        Version of the data that this was read from.
    incidents
        How many there are.
    by_month
        How many of them are known only by their month: windows of whole months fit them.
    first_day, last_day
        The days that the incidents span; None: there is none.
    sources
        By name; those without incidents too.
    offences
        The most frequent first.
    indexes
        The harm indexes by name, each with the share of the incidents that it weighs.
    """

    data_version: int
    incidents: int
    by_month: int
    first_day: dt.date | None
    last_day: dt.date | None
    sources: list[SourceCoverage]
    offences: list[OffenceCoverage]
    indexes: list[IndexCoverage]


def read(session: Session, agency_id: int) -> Coverage:
    """Return what the incidents of an agency cover, all at one moment."""
    with snapshot.frozen(session) as reading:
        return _read(reading, agency_id)


def _read(session: Session, agency_id: int) -> Coverage:
    version = agencies.data_version(session, agency_id)
    zones = incidents.sources(session, agency_id, None)
    days: dict[str, list[dt.date]] = defaultdict(list)
    by_source: dict[str, int] = defaultdict(int)
    by_offence: dict[str, int] = defaultdict(int)
    names: dict[str, str] = {}
    by_month = 0
    for row in session.execute(_OF_SOURCE, {"agency": agency_id}):
        zone = ZoneInfo(zones[row.source])
        days[row.source] += [moment.astimezone(zone).date() for moment in (row.first, row.last)]
        by_source[row.source] += row.incidents
        by_month += row.by_month
        by_offence[row.offence_code] += row.incidents
        if row.offence_name:
            names.setdefault(row.offence_code, row.offence_name)
    all_days = [day for found in days.values() for day in found]
    return Coverage(
        data_version=version,
        incidents=sum(by_source.values()),
        by_month=by_month,
        first_day=min(all_days, default=None),
        last_day=max(all_days, default=None),
        sources=[
            SourceCoverage(
                name=name,
                time_zone=zone,
                incidents=by_source[name],
                first_day=min(days[name], default=None),
                last_day=max(days[name], default=None),
            )
            for name, zone in zones.items()
        ],
        offences=[
            OffenceCoverage(code, names.get(code), by_offence[code])
            for code in sorted(by_offence, key=lambda code: (-by_offence[code], code))
        ],
        indexes=[
            IndexCoverage(name, round(share, 6))
            for name, share in harm_indexes.weighed_shares(session, agency_id, by_offence).items()
        ],
    )
