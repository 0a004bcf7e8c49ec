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
    WITH study AS (
        SELECT ST_Union(geom) AS geom FROM boundary
         WHERE layer_id = CAST(:study AS integer)
           AND (CAST(:name AS text) IS NULL OR name = :name)
    ), chosen AS (
        SELECT id, name, boundary.geom FROM boundary, study
         WHERE layer_id = :layer
           AND (CAST(:study AS integer) IS NULL
                OR ST_Area(ST_Intersection(boundary.geom, study.geom)) > 0)
    )
    SELECT one.id, one.name, array_remove(array_agg(other.id), NULL)
      FROM chosen AS one
      LEFT JOIN chosen AS other
             ON other.id <> one.id AND ST_DWithin(one.geom, other.geom, 0.1 / 111195)
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


def touching(
    session: Session, layer_id: int, study_layer_id: int | None, study_name: str | None
) -> dict[int, tuple[str, set[int]]]:
    """Return the name of each area of a small layer, and the areas that it touches.

    Only those that overlap a study area count, where one is named: the areas of a version of a
    layer, or those of one name.
    """
    values = {"layer": layer_id, "study": study_layer_id, "name": study_name}
    rows = session.execute(_TOUCHING, values)
    return {area: (name, set(others)) for area, name, others in rows}
