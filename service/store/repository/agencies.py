"""Agencies: whose data there are, and how much of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.store.models import Agency

_HOLDINGS: Final = text("""
    SELECT data_version,
           (SELECT count(*) FROM incident WHERE agency_id = agency.id) AS incidents,
           (SELECT count(*) FROM analysis_run WHERE agency_id = agency.id) AS runs
      FROM agency
     WHERE id = :agency
""")


@dataclass(frozen=True)
class Holdings:
    """What an agency has stored."""

    data_version: int
    incidents: int
    runs: int


def data_version(session: Session, agency_id: int) -> int:
    """Return the version of an agency's data, which every batch raises; 0 where there is none."""
    return session.scalar(select(Agency.data_version).where(Agency.id == agency_id)) or 0


def holdings(session: Session, agency_id: int) -> Holdings:
    """Return what an agency has stored."""
    row = session.execute(_HOLDINGS, {"agency": agency_id}).one()
    return Holdings(row.data_version, row.incidents, row.runs)
