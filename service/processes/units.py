"""The units of place that a study is made of: cells now, and what an analysis asks of any kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from service.boundaries import StudyArea
from service.processes.params import AnalysisParams
from spatial import grid
from spatial.errors import InvalidInputError, Problem
from spatial.grid import Graph
from spatial.targets import Positions

MAX_UNITS = 5_000_000
FALLBACK_RINGS = 1
"""Without a study area, cells this many steps around those with incidents are studied too."""

COORDINATE_STEP = 1e-7
"""Coordinates have 7 decimals: a centimetre."""


class Units(ABC):
    """The N units of a study: where they are, how large, and which are neighbours."""

    @property
    @abstractmethod
    def ids(self) -> NDArray[np.object_]:
        """Name of each unit, shape (N,)."""

    @property
    @abstractmethod
    def size(self) -> NDArray[np.float64]:
        """Size of each unit, in the unit of `size_name`, shape (N,)."""

    @property
    @abstractmethod
    def size_name(self) -> str:
        """Property in which targets tell their size."""

    @property
    @abstractmethod
    def shapes(self) -> NDArray[np.object_]:
        """Geometry of each unit, EPSG:4326, shape (N,)."""

    @abstractmethod
    def place(self, incidents: pd.DataFrame) -> NDArray[np.intp]:
        """Return the unit of each incident, shape (n,); -1 for none."""

    @abstractmethod
    def neighbours(self, params: Any) -> Graph:
        """Return the neighbourhoods of the hot-spot statistic."""

    @abstractmethod
    def contiguity(self) -> Graph:
        """Return which units touch, so that they may form one target."""

    @abstractmethod
    def joined(self, members: Positions) -> BaseGeometry:
        """Return the shape of some units together."""

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """Return what a run's readers are told of the units: number, extent, fallback."""

    def __len__(self) -> int:
        return len(self.ids)


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
    """

    cells: grid.Cells
    resolution: int
    area: StudyArea | None

    @classmethod
    def of(cls, params: AnalysisParams, area: StudyArea | None, incidents: pd.DataFrame) -> Units:
        """Return the cells that overlap a study area, or that its absence leaves.

        Raises
        ------
        InvalidInputError
            When the resolution cuts the study area into too many cells.
        """
        if area is not None:
            _refuse_too_fine(area, params.resolution)
            return cls(grid.cover(area.geometry, params.resolution), params.resolution, area)
        at = grid.index(incidents["longitude"], incidents["latitude"], params.resolution)
        return cls(grid.disk_union(np.unique(at), FALLBACK_RINGS), params.resolution, None)

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        """Cells as H3 writes them."""
        return grid.cell_ids(self.cells)

    @cached_property
    def size(self) -> NDArray[np.float64]:
        """Area of each cell, km²."""
        return grid.area_km2(self.cells)

    @property
    def size_name(self) -> str:
        """Cells tell their area."""
        return "area_km2"

    @cached_property
    def shapes(self) -> NDArray[np.object_]:
        """Hexagon of each cell."""
        return grid.polygons(self.cells)

    def place(self, incidents: pd.DataFrame) -> NDArray[np.intp]:
        """Return the cell of each incident; -1 outside the study area's outline."""
        longitude, latitude = incidents["longitude"].to_numpy(), incidents["latitude"].to_numpy()
        position = grid.positions(grid.index(longitude, latitude, self.resolution), self.cells)
        if self.area is not None:
            shapely.prepare(self.area.geometry)
            position[~shapely.intersects_xy(self.area.geometry, longitude, latitude)] = -1
        return position

    def neighbours(self, params: Any) -> Graph:
        """Return the cells within so many grid steps."""
        return grid.neighbours(self.cells, params.neighbours)

    def contiguity(self) -> Graph:
        """Return the cells that share an edge."""
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
            "bbox": [round(degrees, 7) for degrees in grid.bounds(self.cells)],
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
