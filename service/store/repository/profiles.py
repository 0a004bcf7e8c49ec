"""Profiles that an agency wrote itself: all of their SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.store.models import IngestProfile


def every(session: Session, agency_id: int) -> list[IngestProfile]:
    """Return the profiles that an agency stored, by name."""
    return list(
        session.scalars(
            select(IngestProfile)
            .where(IngestProfile.agency_id == agency_id)
            .order_by(IngestProfile.name)
        )
    )


def get(session: Session, agency_id: int, name: str) -> IngestProfile | None:
    """Return a profile that an agency stored, if it did."""
    # PostgreSQL holds no NUL, so no profile has one in its name.
    return session.get(IngestProfile, (agency_id, name)) if "\x00" not in name else None


def put(session: Session, agency_id: int, name: str, written: Mapping[str, Any]) -> None:
    """Store a profile under a name, in place of what was stored under it before."""
    content = dict(written)
    session.execute(
        insert(IngestProfile)
        .values(agency_id=agency_id, name=name, written=content)
        .on_conflict_do_update(
            index_elements=["agency_id", "name"],
            set_={"written": content, "stored_at": func.now()},
        )
    )
