"""Vector tiles as the database draws them: what lies on one, and what is too small for its grid."""

from __future__ import annotations

from typing import Final

from psycopg import sql
from sqlalchemy.orm import Session

from service.http.ogc.crs import Bounds
from service.http.ogc.queries import Source, listed, rows_of
from service.store.views import GEOMETRY

MOST_IN_TILE: Final = 10_000
_GRID: Final = 4096
_MARGIN: Final = 64
_PIXEL: Final = 8
"""Steps of the grid that make a pixel, where a tile is drawn 512 pixels wide."""
_VISIBLE: Final = 2
"""Steps that the least of shapes spans where the grid would swallow it."""

_TILE = sql.SQL(
    """
    SELECT ST_AsMVT(feature, {layer}, {grid}, 'outline') FROM (
        SELECT {columns}, {outline} AS outline
        FROM (SELECT * FROM {view} WHERE {where} {order} LIMIT {most}) AS row
    ) AS feature
    """
)
_DRAWN = sql.SQL("ST_AsMVTGeom({shape}, {tile}, {grid}, {margin}, true)")
# A shape of less than the least width is grown around its centre to that width, and a narrow area
# that the grid would still swallow by a step to each side. OFFSET 0 keeps the planner from working
# a shape out again wherever it is named.
_GROWN = sql.SQL(
    """
    (
        SELECT coalesce({drawn}, CASE
            WHEN ST_Area(shape) < {step} * ST_Perimeter(shape) THEN {drawn_broader} END)
        FROM (
            SELECT CASE WHEN width > 0 AND width < {least} THEN ST_Scale(
                shape, ST_MakePoint({least} / width, {least} / width), ST_Centroid(shape)
            ) ELSE shape END AS shape
            FROM (
                SELECT shape, greatest(
                    ST_XMax(shape) - ST_XMin(shape), ST_YMax(shape) - ST_YMin(shape)
                ) AS width
                FROM (SELECT {projected} AS shape OFFSET 0) AS placed OFFSET 0
            ) AS measured OFFSET 0
        ) AS grown
    )
    """
)


def tile(session: Session, source: Source, srid: int, box: Bounds, degrees: Bounds) -> bytes:
    """Return a vector tile; where it would be too full, what matters most is on it.

    Nothing is too small to be on it: see `Collection.sparse`.

    Parameters
    ----------
    session
        A transaction that reads the views.
    source
        The features; the tile's layer has the name of their collection.
    srid
        PostGIS' number of the system that the tiles are in.
    box
        The tile in that system.
    degrees
        The tile with its margin in degrees.
    """
    geometry, collection = sql.Identifier(GEOMETRY), source.collection
    known = source.columns()
    projected: sql.Composable = geometry
    if srid != 4326:
        projected = sql.SQL("ST_Transform({}, {})").format(geometry, _number(srid))
    order: sql.Composable = sql.SQL("")
    if collection.first is not None:
        order = sql.SQL("ORDER BY {}").format(sql.Identifier(collection.first))
    near = sql.SQL("{} && {}").format(geometry, _envelope(degrees, 4326))
    query = _TILE.format(
        layer=sql.Literal(collection.id),
        grid=_number(_GRID),
        columns=listed(sql.Identifier(name) for name, one in known.items() if one.tiled),
        outline=_outline(projected, _envelope(box, srid), (box[2] - box[0]) / _GRID, source),
        view=source.name,
        where=source.where(near),
        order=order,
        most=_number(MOST_IN_TILE),
    )
    return bytes(rows_of(session, query)[0][0] or b"")


def _outline(
    projected: sql.Composable, tile: sql.Composable, step: float, source: Source
) -> sql.Composable:
    """Return how a shape is drawn on the grid of a tile, whose steps have a width in its system."""

    def drawn(shape: sql.Composable) -> sql.Composable:
        return _DRAWN.format(shape=shape, tile=tile, grid=_number(_GRID), margin=_number(_MARGIN))

    shape, width = sql.Identifier("shape"), _number(step)
    grown = _GROWN.format(
        drawn=drawn(shape),
        drawn_broader=drawn(sql.SQL("ST_Buffer({}, {}, 'quad_segs=1')").format(shape, width)),
        step=width,
        least=_number(step * (_PIXEL if source.collection.sparse else _VISIBLE)),
        projected=projected,
    )
    if source.collection.sparse:
        return grown
    # Shapes that touch each other keep their size; measuring each would cost as much as drawing it.
    return sql.SQL("coalesce({}, {})").format(drawn(projected), grown)


def _envelope(box: Bounds, srid: int) -> sql.Composable:
    return sql.SQL("ST_MakeEnvelope({}, {}, {}, {}, {})").format(*map(_number, (*box, srid)))


def _number(value: float) -> sql.Composable:
    # A number needs no quoting, whose cost is felt on a small tile, with so many of them.
    return sql.SQL(repr(value))
