"""What an analysis asks of any unit of place: where it is, how large, whom it touches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse
from shapely.geometry.base import BaseGeometry

from service.analyses.study.units.kinds import Kind
from spatial.grid import Graph
from spatial.streets import Snapped
from spatial.targets import Positions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.analyses.study.params import AnalysisParams
    from service.analyses.study.question import Question

COORDINATE_STEP: Final = 1e-7
"""Coordinates have 7 decimals: a centimetre."""

OUTSIDE, NO_STREET, STREET_OUTSIDE, NO_AREA = -1, -2, -3, -4
"""Why an incident has no unit, in the place of its unit's position."""

LEFT_OUT: Final = {
    NO_STREET: "no_street_within_reach",
    STREET_OUTSIDE: "street_outside_study_area",
    NO_AREA: "in_no_area_of_the_layer",
}
"""Reasons beside being outside the study area, as accounts name them."""


@dataclass(frozen=True)
class Placed:
    """The unit of each incident.

    Parameters
    ----------
    position
        Position of the unit, shape (n,); a negative number says why there is none.
    snapped
        How the incidents snapped to streets, for units that are streets.
    """

    position: NDArray[np.intp]
    snapped: Snapped | None = None


class Units(ABC):
    """The N units of a study: where they are, how large, and which are neighbours."""

    kind: ClassVar[Kind]
    """What they are called, in what they are measured, how they are drawn."""

    @classmethod
    @abstractmethod
    def read(
        cls,
        session: Session,
        question: Question,
        params: AnalysisParams,
        incidents: pd.DataFrame,
    ) -> Self:
        """Return the units that a question is about.

        Raises
        ------
        InvalidInputError
            When there are none, or too many.
        """

    @property
    @abstractmethod
    def ids(self) -> NDArray[np.object_]:
        """Name of each unit, shape (N,)."""

    @property
    @abstractmethod
    def size(self) -> NDArray[np.float64]:
        """Size of each unit, km² or metres as `kind` says, shape (N,)."""

    @property
    @abstractmethod
    def shapes(self) -> NDArray[np.object_]:
        """Geometry of each unit, EPSG:4326, shape (N,)."""

    @property
    @abstractmethod
    def labels(self) -> NDArray[np.object_]:
        """What people call each unit, shape (N,); None where it has no name."""

    @abstractmethod
    def place(self, incidents: pd.DataFrame) -> Placed:
        """Return the unit of each incident."""

    @property
    @abstractmethod
    def contiguity(self) -> Graph:
        """Which units touch, so that they may form one target, shape (N, N)."""

    @property
    def inside(self) -> NDArray[np.float64] | None:
        """Size of each unit inside the study area, shape (N,); None: nothing tells its outline."""
        return self.size

    @abstractmethod
    def joined(self, members: Positions) -> BaseGeometry:
        """Return the shape of some units together."""

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """Return what a run's readers are told of the units: number, extent, fallback."""

    def neighbours(self, params: Any) -> Graph:
        """Return the neighbourhoods of the hot-spot statistic."""
        return within_steps(self.contiguity, params.neighbours)

    def label_of(self, members: Positions) -> str | None:
        """Return what people call some units together; None where they have no name."""
        named = [label for label in self.labels[members] if label is not None]
        return max(sorted(set(named)), key=named.count, default=None)

    def __len__(self) -> int:
        return len(self.ids)


def within_steps(graph: Graph, steps: int) -> Graph:
    """Return which units are within so many steps of a graph, shape (N, N)."""
    reach = graph
    for _ in range(steps - 1):
        reach = sparse.csr_array((reach.astype(np.int32) @ graph.astype(np.int32) + reach) > 0)
    reach = sparse.csr_array(reach.astype(np.int8))
    if steps > 1:
        reach.setdiag(0)
        reach.eliminate_zeros()
        reach.sort_indices()
    return reach


def inside(area: BaseGeometry | None, incidents: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which incidents lie within the outline of a study area; all, without one."""
    if area is None:
        return np.ones(len(incidents), dtype=bool)
    shapely.prepare(area)
    found: NDArray[np.bool_] = shapely.intersects_xy(
        area, incidents["longitude"].to_numpy(), incidents["latitude"].to_numpy()
    )
    return found


def bbox_of(bounds: Any) -> list[float]:
    """Return west, south, east and north as they are stored."""
    return [round(float(degrees), 7) for degrees in bounds]
