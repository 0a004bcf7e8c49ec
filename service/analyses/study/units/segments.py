"""Street segments as units of place."""

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

from service.analyses.study.units.base import (
    NO_STREET,
    OUTSIDE,
    STREET_OUTSIDE,
    Placed,
    Units,
    bbox_of,
    inside,
)
from service.analyses.study.units.kinds import KINDS
from service.store import models
from service.store.repository import streets as stored_streets
from service.store.repository.boundaries import StudyArea
from spatial import antimeridian, streets
from spatial.errors import InvalidInputError, Problem
from spatial.grid import Graph
from spatial.targets import Positions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.analyses.study.params import AnalysisParams
    from service.analyses.study.question import Question


@dataclass(frozen=True)
class SegmentUnits(Units):
    """The street segments that run through a study area, or all of a network.

    Parameters
    ----------
    network
        The version of the network.
    segments
        All M segments of the network as `streets.prepare` makes them: an incident at the edge of
        the study area belongs to its nearest street, even where that lies outside.
    studied
        Positions of the N units among the segments, ascending.
    area
        The study area; None: the whole network.
    max_snap_m
        Metres within which an incident belongs to a segment.
    sources
        Of a simplified network, the ways that the segments stand for: incidents snap to these.
    """

    kind = KINDS["segment"]

    network: models.StreetNetwork
    segments: gpd.GeoDataFrame
    studied: NDArray[np.intp]
    area: StudyArea | None
    max_snap_m: float
    sources: gpd.GeoDataFrame | None = None

    @classmethod
    def read(
        cls,
        session: Session,
        question: Question,
        params: AnalysisParams,
        _incidents: pd.DataFrame,
    ) -> Self:
        """Return the segments of the network that a question names."""
        assert question.network is not None, "parameters of segments name a network"
        segments = stored_streets.segments_of(session, question.network)
        sources = stored_streets.sources_of(session, question.network)
        return cls.of(question.network, segments, question.area, params.max_snap_m, sources)

    @classmethod
    def of(
        cls,
        network: models.StreetNetwork,
        segments: gpd.GeoDataFrame,
        area: StudyArea | None,
        max_snap_m: float,
        sources: gpd.GeoDataFrame | None = None,
    ) -> Self:
        """Return the segments that run through a study area.

        Raises
        ------
        InvalidInputError
            When none does.
        """
        studied = np.arange(len(segments))
        if area is not None:
            tree = shapely.STRtree(segments.geometry.array)
            studied = np.sort(tree.query(area.geometry, predicate="intersects"))
        if len(studied) == 0:
            where = area.name if area else "it"
            raise InvalidInputError(
                f"No street of {network.name} runs through {where}: load a network that covers "
                "the study area, or name another study area.",
                [Problem("network", network.name)],
            )
        return cls(network, segments, studied, area, max_snap_m, sources)

    @cached_property
    def _own(self) -> gpd.GeoDataFrame:
        return self.segments.iloc[self.studied].reset_index(drop=True)

    @cached_property
    def _index(self) -> streets.SnapIndex | streets.CarryIndex:
        if self.sources is not None:
            return streets.CarryIndex(self.sources, self.segments)
        return streets.SnapIndex(self.segments)

    @cached_property
    def _named(self) -> gpd.GeoDataFrame:
        if self.sources is None:
            return self.segments
        return streets.with_all_names(self.segments, self.sources)

    @property
    def ids(self) -> NDArray[np.object_]:
        """Segments as their source names them."""
        ids: NDArray[np.object_] = self._own["segment_id"].to_numpy(dtype=object)
        return ids

    @cached_property
    def size(self) -> NDArray[np.float64]:
        """Length of each segment, metres."""
        length_m: NDArray[np.float64] = self._own["length_m"].to_numpy(dtype=np.float64)
        return length_m

    @property
    def shapes(self) -> NDArray[np.object_]:
        """Line of each segment."""
        return np.asarray(self._own.geometry.array, dtype=object)

    @cached_property
    def labels(self) -> NDArray[np.object_]:
        """Name of each segment's street; of a nameless one, the street that it is off."""
        return streets.segment_names(self._named)[self.studied]

    def place(self, incidents: pd.DataFrame) -> Placed:
        """Return the nearest segment of each incident of the study area, within reach."""
        position = np.full(len(incidents), OUTSIDE, dtype=np.intp)
        within = np.flatnonzero(inside(self.area.geometry if self.area else None, incidents))
        longitude = incidents["longitude"].to_numpy()[within]
        latitude = incidents["latitude"].to_numpy()[within]
        snapped = self._index.snap((longitude, latitude), self.max_snap_m)
        unit = np.full(len(self.segments), STREET_OUTSIDE, dtype=np.intp)
        unit[self.studied] = np.arange(len(self.studied))
        position[within] = np.where(snapped.segment < 0, NO_STREET, unit[snapped.segment])
        return Placed(position, snapped)

    def neighbours(self, params: Any) -> Graph:
        """Return the segments within so many junctions, or metres along the streets."""
        if params.neighbour_distance_m is None:
            return super().neighbours(params)
        reach = streets.neighbours(self.segments, within_m=params.neighbour_distance_m)
        return self._among_studied(reach)

    @cached_property
    def contiguity(self) -> Graph:
        """The segments that share a junction."""
        return self._among_studied(streets.neighbours(self.segments))

    def _among_studied(self, graph: Graph) -> Graph:
        if len(self.studied) == len(self.segments):
            return graph
        among: Graph = graph[self.studied][:, self.studied]
        among.sort_indices()
        return among

    def joined(self, members: Positions) -> BaseGeometry:
        """Return some segments as one multi-part line, joined where they meet end to end."""
        lines = shapely.line_merge(shapely.multilinestrings(self.shapes[members]))
        return shapely.MultiLineString(list(shapely.get_parts(lines)))

    def label_of(self, members: Positions) -> str | None:
        """Return a chain's street and the crossings between which it lies."""
        return streets.stretch_name(self._named, self.studied[members])

    def about(self) -> dict[str, Any]:
        """Return number, length, extent and network, and the fallback without a study area."""
        return {
            "units": len(self.studied),
            "length_km": round(float(self.size.sum()) / 1000, 4),
            "bbox": bbox_of(antimeridian.bounds(self.shapes)),
            "network": {"name": self.network.name, "version": self.network.version},
            "fallback": None
            if self.area
            else f"no study area was named: all of the network {self.network.name}",
        }
