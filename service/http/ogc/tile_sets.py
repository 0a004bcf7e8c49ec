"""The tile matrix sets in which tiles are offered, and where each of their tiles lies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import morecantile
import pyproj
from morecantile import TileMatrixSet

from service.errors import NotFoundError
from service.http.ogc.crs import Bounds
from spatial.errors import Problem

_MARGIN_SHARE: Final = 64 / 4096
DEEPEST: Final = 20
"""The last zoom at which tiles are offered: a tile is 25 metres wide there."""


@dataclass(frozen=True)
class TileSet:
    """A tile matrix set of the standard, and PostGIS' number of its system."""

    id: str
    srid: int

    @cached_property
    def definition(self) -> TileMatrixSet:
        """The set as its library has it, which makes it anew each time."""
        return morecantile.tms.get(self.id)

    @cached_property
    def degrees(self) -> pyproj.Transformer:
        """The way from the set's system to degrees, which is slow to find for each tile."""
        return pyproj.Transformer.from_crs(self.srid, 4326, always_xy=True)

    def document(self) -> dict[str, Any]:
        """Return the definition as the standard writes it."""
        written: dict[str, Any] = self.definition.model_dump(mode="json", exclude_none=True)
        return written | {"tileMatrices": written["tileMatrices"][: DEEPEST + 1]}


@dataclass(frozen=True)
class TileBox:
    """Where a tile lies: in its own system, and with its margin in degrees."""

    box: Bounds
    degrees: Bounds


TILE_MATRIX_SETS: Final = {
    one.id: one for one in (TileSet("WebMercatorQuad", 3857), TileSet("WorldCRS84Quad", 4326))
}


def find(name: str) -> TileSet:
    """Return a tile matrix set by its id.

    Raises
    ------
    NotFoundError
        When tiles are not offered in it; the message lists those that there are.
    """
    if name not in TILE_MATRIX_SETS:
        raise NotFoundError(
            f"There are no tiles in {name}; there are in: {', '.join(TILE_MATRIX_SETS)}.",
            [Problem("tileMatrixSetId", f"unknown tile matrix set {name}")],
        )
    return TILE_MATRIX_SETS[name]


def locate(tile_set: TileSet, matrix: int, row: int, column: int) -> TileBox:
    """Return where a tile lies.

    Raises
    ------
    NotFoundError
        When the set has no such tile.
    """
    if not 0 <= matrix <= DEEPEST:
        raise _no_tile(f"tiles are offered from matrix 0 to {DEEPEST}")
    definition = tile_set.definition.matrix(matrix)
    wide, high = definition.matrixWidth, definition.matrixHeight
    if not (0 <= row < high and 0 <= column < wide):
        raise _no_tile(f"matrix {matrix} has rows 0 to {high - 1} and columns 0 to {wide - 1}")
    tile = morecantile.Tile(column, row, matrix)
    left, bottom, right, top = tile_set.definition.xy_bounds(tile)
    (west, east), (south, north) = tile_set.degrees.transform((left, right), (bottom, top))
    x, y = (east - west) * _MARGIN_SHARE, (north - south) * _MARGIN_SHARE
    return TileBox(
        (left, bottom, right, top),
        (west - x, south - y, east + x, north + y),
    )


def _no_tile(why: str) -> NotFoundError:
    return NotFoundError(f"There is no such tile: {why}.", [Problem("tile", why)])
