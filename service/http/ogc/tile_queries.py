"""Vector tiles as the database draws them: what lies on one, and what is too small for its grid."""

from __future__ import annotations

from typing import Final

from psycopg import sql
from sqlalchemy.orm import Session

from service.http.ogc.crs import Bounds
from service.http.ogc.queries import Source, listed, rows_of
from service.store.views import GEOMETRY

MOST_IN_TILE: Final = 10_000
MOST_BYTES: Final = 1_000_000
"""Of a tile before it is packed; one of more is drawn again with fewer of its features."""

CROWD: Final = 2_000
"""Features of less than a pixel that a tile holds before those that share one give way."""
_GRID: Final = 4096
_MARGIN: Final = 64
_PIXEL: Final = 8
"""Steps of the grid that make a pixel, where a tile is drawn 512 pixels wide."""
_VISIBLE: Final = 2
"""Steps that the least of shapes spans where the grid would swallow it."""

_TILE = sql.SQL(
    """
    SELECT ST_AsMVT(feature, {layer}, {grid}, 'outline', 'feature_number') FROM (
        SELECT {columns}, {number} AS feature_number, {outline} AS outline FROM {rows} AS row
    ) AS feature
    """
)
_ROWS = sql.SQL("(SELECT * FROM {view} WHERE {where} {order} LIMIT {most})")
# Of those that are smaller than a pixel, where there are many, the first of each pixel stays.
_THINNED = sql.SQL(
    """
    (
        SELECT * FROM (
            SELECT *, count(*) FILTER (WHERE small) OVER () AS crowd,
                row_number() OVER (PARTITION BY small, pixel_x, pixel_y {order}) AS place
            FROM (
                SELECT *, greatest(ST_XMax({shape}) - ST_XMin({shape}),
                        ST_YMax({shape}) - ST_YMin({shape})) < {pixel} AS small,
                    floor((ST_XMin({shape}) + ST_XMax({shape})) / 2 / {pixel}) AS pixel_x,
                    floor((ST_YMin({shape}) + ST_YMax({shape})) / 2 / {pixel}) AS pixel_y
                FROM {rows} AS found
            ) AS measured
        ) AS placed
        WHERE NOT small OR crowd <= {crowd} OR place = 1 {order}
    )
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

    Nothing is too small to be on it (see `Collection.sparse`), but of a crowd of units that are
    smaller than a pixel the first of each pixel stands for the others there.

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
    pixel = (degrees[2] - degrees[0]) / (_GRID + 2 * _MARGIN) * _PIXEL
    most = MOST_IN_TILE
    while True:
        rows: sql.Composable = _ROWS.format(
            view=source.name, where=source.where(near), order=order, most=_number(most)
        )
        if collection.first is not None and not collection.sparse:
            rows = _THINNED.format(
                rows=rows, order=order, shape=geometry, pixel=_number(pixel), crowd=_number(CROWD)
            )
        query = _TILE.format(
            layer=sql.Literal(collection.id),
            grid=_number(_GRID),
            columns=listed(sql.Identifier(name) for name, one in known.items() if one.tiled),
            number=sql.SQL(collection.number),
            outline=_outline(projected, _envelope(box, srid), (box[2] - box[0]) / _GRID, source),
            rows=rows,
        )
        content = bytes(rows_of(session, query)[0][0] or b"")
        if len(content) <= MOST_BYTES or most == 1:
            return content
        most = max(1, int(most * 0.9 * MOST_BYTES / len(content)))


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
