"""Areas of a boundary layer (beats, districts, census areas) as units of place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from service.analyses.study.units.base import (
    COORDINATE_STEP,
    NO_AREA,
    OUTSIDE,
    Placed,
    Units,
    bbox_of,
    inside,
)
from service.analyses.study.units.kinds import KINDS
from service.store import models
from service.store.repository import boundaries
from service.store.repository.boundaries import StudyArea
from spatial import antimeridian, areas
from spatial.errors import InvalidInputError, Problem
from spatial.grid import Graph
from spatial.targets import Positions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.analyses.study.params import AnalysisParams
    from service.analyses.study.question import Question


@dataclass(frozen=True)
class PolygonUnits(Units):
    """The areas of a layer that overlap a study area, or all of them.

    Parameters
    ----------
    layer
        The version of the layer.
    table
        The N areas: `name`, `properties` and `geometry`.
    area
        The study area; None: the whole layer.
    """

    kind = KINDS["polygon"]

    layer: models.BoundaryLayer
    table: gpd.GeoDataFrame
    area: StudyArea | None

    @classmethod
    def read(
        cls,
        session: Session,
        question: Question,
        _params: AnalysisParams,
        _incidents: pd.DataFrame,
    ) -> Self:
        """Return the areas of the layer that a question names."""
        assert question.layer is not None, "parameters of areas name a layer"
        table = boundaries.layer_areas(session, question.layer)
        return cls.of(question.layer, table, question.area)

    @classmethod
    def of(
        cls, layer: models.BoundaryLayer, table: gpd.GeoDataFrame, area: StudyArea | None
    ) -> Self:
        """Return the areas of a layer that overlap a study area.

        Raises
        ------
        InvalidInputError
            When none does.
        """
        if area is not None:
            shared = shapely.area(shapely.intersection(table.geometry.array, area.geometry))
            table = table[shared > 0].reset_index(drop=True)
        if len(table) == 0:
            where = area.name if area else "it"
            raise InvalidInputError(
                f"No area of {layer.name} overlaps {where}: name another layer or study area.",
                [Problem("layer", layer.name)],
            )
        return cls(layer, table, area)

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        """Names of the areas; where several share one, numbered in the order of their file."""
        many, seen = Counter(self.table["name"]), Counter[str]()
        ids = []
        for name in self.table["name"]:
            seen[name] += 1
            ids.append(f"{name} ({seen[name]})" if many[name] > 1 else name)
        return np.array(ids, dtype=object)

    @cached_property
    def size(self) -> NDArray[np.float64]:
        """Area of each, km²."""
        return areas.area_km2(self.shapes)

    @cached_property
    def inside(self) -> NDArray[np.float64] | None:
        """Area of each inside the study area, km²; all of it where the layer is the study area."""
        if self.area is None:
            return self.size
        return self.size * areas.share_inside(self.shapes, self.area.geometry)

    @property
    def shapes(self) -> NDArray[np.object_]:
        """Multipolygon of each area."""
        return np.asarray(self.table.geometry.array, dtype=object)

    @property
    def labels(self) -> NDArray[np.object_]:
        """The areas' own names."""
        names: NDArray[np.object_] = self.table["name"].to_numpy(dtype=object)
        return names

    def place(self, incidents: pd.DataFrame) -> Placed:
        """Return the area that holds each incident; the first of the layer where they overlap."""
        longitude, latitude = incidents["longitude"].to_numpy(), incidents["latitude"].to_numpy()
        position = areas.place(longitude, latitude, self.shapes)
        none = position < 0
        # Without a study area the layer is the study area, and what it lacks lies outside.
        position[none] = NO_AREA if self.area is not None else OUTSIDE
        position[~inside(self.area.geometry if self.area else None, incidents)] = OUTSIDE
        return Placed(position)

    @cached_property
    def contiguity(self) -> Graph:
        """The areas that share an edge or a corner."""
        return areas.neighbours(self.shapes)

    def joined(self, members: Positions) -> BaseGeometry:
        """Return the outline of some areas, to the centimetre."""
        rounded = shapely.set_precision(self.shapes[members], COORDINATE_STEP)
        outline = shapely.union_all(rounded, grid_size=COORDINATE_STEP)
        oriented: BaseGeometry = shapely.orient_polygons(outline)
        return oriented

    def label_of(self, members: Positions) -> str | None:
        """Return the names of some areas together."""
        names = sorted({str(name) for name in self.labels[members]})
        if len(names) > 3:
            return f"{', '.join(names[:2])} and {len(names) - 2} more areas"
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    def about(self) -> dict[str, Any]:
        """Return number, area, extent and layer, and the fallback without a study area."""
        return {
            "units": len(self.table),
            "area_km2": round(float(self.size.sum()), 4),
            "bbox": bbox_of(antimeridian.bounds(self.shapes)),
            "layer": {"name": self.layer.name, "version": self.layer.version},
            "fallback": None
            if self.area
            else f"no study area was named: all areas of the layer {self.layer.name}",
        }
