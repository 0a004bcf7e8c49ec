"""Reference places as GeoJSON (RFC 7946): the areas of a layer, the segments of a network."""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.store import geojson, models
from service.store.repository import boundaries, streets


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
    return geojson.collection(
        streets.features(session, network, box=box, limit=limit, offset=offset)
    )


def areas(session: Session, layer: models.BoundaryLayer) -> bytes:
    """Return the areas of a layer as a FeatureCollection, in the order of their file."""
    return geojson.collection(boundaries.features(session, layer))
