"""Reference places as GeoJSON (RFC 7946), written by the database: there can be very many."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.store import models

MEDIA_TYPE = "application/geo+json"

_SEGMENTS = """
    SELECT json_build_object(
        'type', 'Feature', 'id', segment_id, 'geometry', ST_AsGeoJSON(geom, 7)::json,
        'properties', json_build_object(
            'segment_id', segment_id, 'name', name, 'road_class', road_class,
            'length_m', round(length_m::numeric, 2)
        )
    )::text
    FROM street_segment
    WHERE network_id = :network AND {within} ORDER BY position LIMIT :limit OFFSET :offset
"""
_ALL_SEGMENTS = text(_SEGMENTS.format(within="TRUE"))
_SEGMENTS_IN_BOX = text(
    _SEGMENTS.format(
        within="ST_Intersects(geom, ST_MakeEnvelope(:west, :south, :east, :north, 4326))"
    )
)
_AREAS = text(
    """
    SELECT json_build_object(
        'type', 'Feature', 'geometry', ST_AsGeoJSON(ST_ForcePolygonCCW(geom), 7)::json,
        'properties', properties || jsonb_build_object('name', name)
    )::text
    FROM boundary WHERE layer_id = :layer ORDER BY position
    """
)


def segments(
    session: Session,
    network: models.StreetNetwork,
    *,
    box: tuple[float, float, float, float] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> bytes:
    """Return segments of a network as a FeatureCollection, by ascending id.

    Parameters
    ----------
    session, network
        The unit of work, and the network's version.
    box
        Only segments that touch it: west, south, east, north in degrees.
    limit, offset
        How many at most, after how many.
    """
    page = {"network": network.id, "limit": limit, "offset": offset}
    if box is None:
        return _collection(list(session.scalars(_ALL_SEGMENTS, page)))
    sides = dict(zip(("west", "south", "east", "north"), box, strict=True))
    return _collection(list(session.scalars(_SEGMENTS_IN_BOX, page | sides)))


def areas(session: Session, layer: models.BoundaryLayer) -> bytes:
    """Return the areas of a layer as a FeatureCollection, in the order of their file."""
    return _collection(list(session.scalars(_AREAS, {"layer": layer.id})))


def _collection(features: list[str]) -> bytes:
    return b'{"type":"FeatureCollection","features":[' + ",".join(features).encode() + b"]}"
