"""H3 cells as units of place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from service.analyses.study.params import AnalysisParams
from service.analyses.study.units.base import (
    COORDINATE_STEP,
    OUTSIDE,
    Placed,
    Units,
    bbox_of,
    inside,
)
from service.analyses.study.units.kinds import KINDS
from service.store.repository import streets as stored_streets
from service.store.repository.boundaries import StudyArea
from spatial import antimeridian, areas, grid, streets
from spatial.errors import InvalidInputError, Problem
from spatial.grid import Graph
from spatial.targets import Positions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.analyses.study.question import Question


MAX_UNITS = 5_000_000
FALLBACK_RINGS = 1
"""Without a study area, cells this many steps around those with incidents are studied too."""


@dataclass(frozen=True)
class CellUnits(Units):
    """H3 cells.

    Parameters
    ----------
    cells
        Ascending, shape (N,).
    resolution
        Of the cells.
    area
        The study area, whose outline decides what is inside; None: the cells themselves do.
    segments
        Street segments that name the cells, where a network was named.
    """

    kind = KINDS["h3"]

    cells: grid.Cells
    resolution: int
    area: StudyArea | None
    segments: gpd.GeoDataFrame | None = None

    @classmethod
    def read(
        cls,
        session: Session,
        question: Question,
        params: AnalysisParams,
        incidents: pd.DataFrame,
    ) -> Self:
        """Return the cells that a question is about, with the streets that name them."""
        named = question.network
        segments = stored_streets.named_of(session, named) if named is not None else None
        return cls.of(params, question.area, incidents, segments)

    @classmethod
    def of(
        cls,
        params: AnalysisParams,
        area: StudyArea | None,
        incidents: pd.DataFrame,
        segments: gpd.GeoDataFrame | None,
    ) -> Self:
        """Return the cells that overlap a study area, or that its absence leaves.

        Raises
        ------
        InvalidInputError
            When the resolution cuts the study area into too many cells.
        """
        if area is not None:
            _refuse_too_fine(area, params.resolution)
            cells = grid.cover(area.geometry, params.resolution)
            return cls(cells, params.resolution, area, segments)
        at = grid.index(incidents["longitude"], incidents["latitude"], params.resolution)
        cells = grid.disk_union(np.unique(at), FALLBACK_RINGS)
        return cls(cells, params.resolution, None, segments)

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        """Cells as H3 writes them."""
        return grid.cell_ids(self.cells)

    @cached_property
    def size(self) -> NDArray[np.float64]:
        """Area of each cell, km²."""
        return grid.area_km2(self.cells)

    @cached_property
    def inside(self) -> NDArray[np.float64] | None:
        """Area of each cell inside the study area, km²; None without one."""
        if self.area is None:
            return None
        return self.size * areas.share_inside(self.shapes, self.area.geometry)

    @cached_property
    def shapes(self) -> NDArray[np.object_]:
        """Hexagon of each cell."""
        return grid.polygons(self.cells)

    @cached_property
    def labels(self) -> NDArray[np.object_]:
        """The street nearest to each cell's middle, where a network was named."""
        if self.segments is None:
            return np.full(len(self.cells), None, dtype=object)
        middle = antimeridian.centres(self.shapes)
        return streets.nearest_names(middle[:, 0], middle[:, 1], self.segments)

    def place(self, incidents: pd.DataFrame) -> Placed:
        """Return the cell of each incident; none outside the study area's outline."""
        longitude, latitude = incidents["longitude"].to_numpy(), incidents["latitude"].to_numpy()
        position = grid.positions(grid.index(longitude, latitude, self.resolution), self.cells)
        position[~inside(self.area.geometry if self.area else None, incidents)] = OUTSIDE
        return Placed(position)

    def neighbours(self, params: Any) -> Graph:
        """Return the cells within so many grid steps."""
        return grid.neighbours(self.cells, params.neighbours)

    @cached_property
    def contiguity(self) -> Graph:
        """The cells that share an edge."""
        return grid.neighbours(self.cells, 1)

    def joined(self, members: Positions) -> BaseGeometry:
        """Return the outline of some cells, to the centimetre."""
        rounded = shapely.set_precision(self.shapes[members], COORDINATE_STEP)
        outline = shapely.union_all(rounded, grid_size=COORDINATE_STEP)
        oriented: BaseGeometry = shapely.orient_polygons(outline)
        return oriented

    def about(self) -> dict[str, Any]:
        """Return number, area, extent, and the fallback without a study area."""
        return {
            "units": len(self.cells),
            "area_km2": round(float(self.size.sum()), 4),
            "bbox": bbox_of(grid.bounds(self.cells)),
            "fallback": None
            if self.area
            else f"no study area was named: cells with incidents and those within "
            f"{FALLBACK_RINGS} step of them; places without incidents beyond are unseen",
        }


def _refuse_too_fine(area: StudyArea, resolution: int) -> None:
    _, south, _, north = area.geometry.bounds
    km2 = 111.3**2 * np.cos(np.radians((south + north) / 2)) * area.geometry.area
    expected = km2 / grid.MEAN_CELL_AREA_KM2[resolution]
    if expected > MAX_UNITS:
        raise InvalidInputError(
            f"Resolution {resolution} cuts {area.name} ({km2:,.0f} km²) into about "
            f"{expected:,.0f} cells; at most {MAX_UNITS:,} can be analysed. Use a coarser one.",
            [Problem("resolution", str(resolution))],
        )
