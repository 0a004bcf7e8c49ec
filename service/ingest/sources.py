"""Sources of incidents: which there are, and the clock of each."""

from __future__ import annotations

import datetime as dt
from typing import Final

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.ingest.queries import query
from service.store.models import IncidentSource

MAX_IDS: Final = 1_000_000
"""Ids of incidents that are cancelled at once, at most."""


class SourceAbout(BaseModel):
    """A source of incidents, and what is stored of it."""

    name: str
    time_zone: str
    incidents: int
    earliest: dt.datetime | None = Field(description="When its first incident began.")
    latest: dt.datetime | None = Field(description="When its last incident ended.")
    received_at: dt.datetime | None = Field(description="When its last batch came.")


def sources(session: Session, agency_id: int) -> list[SourceAbout]:
    """Return the sources of an agency, by name."""
    found = session.execute(query("sources_with_incidents"), {"agency_id": agency_id})
    return [SourceAbout(**row) for row in found.mappings()]


def stored_time_zone(session: Session, agency_id: int, source: str) -> str | None:
    """Return the zone that a source is stored with, None when it is not stored yet."""
    return session.scalar(
        select(IncidentSource.time_zone).where(
            IncidentSource.agency_id == agency_id, IncidentSource.name == source
        )
    )
