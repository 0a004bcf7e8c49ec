"""How much a question is about, counted without reading it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from service.store.models import Boundary, StreetSegment

_COUNTED: Final = text("""
    SELECT count(*) FROM (
        SELECT 1 FROM incident
         WHERE agency_id = :agency AND occurred_from >= :start AND occurred_from < :end
           AND source = ANY(:sources)
         LIMIT :most
    ) AS counted
""")
_MEASURED: Final = text("""
    SELECT sum(ST_Area(geom::geography)) / 1e6 FROM boundary
     WHERE layer_id = :layer AND (CAST(:name AS text) IS NULL OR name = :name)
""")

# As near as `spatial.areas.neighbours` wants them; nearer in degrees of longitude.
_TOUCHING: Final = text("""
    SELECT one.id, one.name, array_remove(array_agg(other.id), NULL)
      FROM boundary AS one
      LEFT JOIN boundary AS other
             ON other.layer_id = one.layer_id AND other.id <> one.id
            AND ST_DWithin(one.geom, other.geom, 0.1 / 111195)
     WHERE one.layer_id = :layer
     GROUP BY one.id, one.name
     ORDER BY one.id
""")


def incidents(
    session: Session,
    agency_id: int,
    sources: Iterable[str],
    start: dt.date,
    end: dt.date,
    most: int,
) -> int:
    """Return how many incidents begin in a window, or `most` where they are more: about.

    It counts no further than `most`, and minds no time zones.
    """
    values = {
        "agency": agency_id,
        "sources": list(sources),
        "start": start,
        "end": end + dt.timedelta(days=1),
        "most": most,
    }
    return int(session.scalar(_COUNTED, values) or 0)


def segments(session: Session, network_id: int) -> int:
    """Return how many segments a version of a street network has."""
    counted = select(func.count()).where(StreetSegment.network_id == network_id)
    return int(session.scalar(counted) or 0)


def areas(session: Session, layer_id: int) -> int:
    """Return how many areas a version of a layer has."""
    return int(session.scalar(select(func.count()).where(Boundary.layer_id == layer_id)) or 0)


def area_km2(session: Session, layer_id: int, name: str | None) -> float:
    """Return the area of a version of a layer, or of those of one name, km²; about."""
    return float(session.scalar(_MEASURED, {"layer": layer_id, "name": name}) or 0.0)


def touching(session: Session, layer_id: int) -> dict[int, tuple[str, set[int]]]:
    """Return the name of each area of a small layer, and the areas that it touches."""
    rows = session.execute(_TOUCHING, {"layer": layer_id})
    return {area: (name, set(others)) for area, name, others in rows}
