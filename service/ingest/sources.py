"""Sources of incidents: which there are, and the clock of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.errors import ConflictError
from service.ingest.profiles.profile import Profile
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


def keep_sources(
    session: Session,
    agency_id: int,
    profile: Profile,
    names: Sequence[str],
    *,
    read_as: str,
    time_zone: str,
) -> None:
    """Store the sources of a batch that are new, each with its zone.

    Parameters
    ----------
    session, agency_id
        The unit of work, and whose sources they are.
    profile
        By which they were read.
    names
        Those that the rows tell.
    read_as
        The source whose zone was looked up before they were read.
    time_zone
        By which they were read.

    Raises
    ------
    ConflictError
        When one of them is stored with another zone.
    """
    known = {
        stored.name: stored.time_zone
        for stored in session.scalars(
            select(IncidentSource).where(
                IncidentSource.agency_id == agency_id, IncidentSource.name.in_(names)
            )
        )
    }
    if profile.time_zone is None and known.get(read_as, time_zone) != time_zone:
        raise ConflictError(
            f"Source {read_as!r} was stored with time zone {known[read_as]} while this "
            f"batch was read by {time_zone}: send it again."
        )
    for name in names:
        if profile.time_zone is not None and known.get(name, time_zone) != time_zone:
            raise ConflictError(
                f"Source {name!r} is stored with time zone {known[name]}, profile "
                f"{profile.name!r} has {time_zone}: give these incidents another source "
                "name (--source NAME)."
            )
    fresh = [name for name in names if name not in known]
    if fresh:
        session.execute(
            insert(IncidentSource),
            [{"agency_id": agency_id, "name": name, "time_zone": time_zone} for name in fresh],
        )
