"""What an analysis is to the rest of the service: what it takes, what it does, what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from service.analyses.study.params import AnalysisParams

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry
    from sqlalchemy.orm import Session

    from service.analyses.study.question import Question

Progress = Callable[[float, str], None]
ParamsT = TypeVar("ParamsT", bound=AnalysisParams)

Places = Literal["targets", "units"]
"""Rows that a run can store: ranked targets, and every unit of place with its statistic."""
Document = Literal["targets", "units", "summary"]


@dataclass(frozen=True)
class TargetRow:
    """A target as it is stored: its properties, its shape, the area to patrol.

    The properties are some of those that `properties.TARGET` declares.
    """

    properties: dict[str, Any]
    geometry: BaseGeometry
    patrol_area: BaseGeometry | None = None


@dataclass(frozen=True)
class Answer:
    """What an analysis found.

    Parameters
    ----------
    provenance
        What the answer rests on.
    result
        The summary of the answer.
    scores
        One row per unit, for analyses that score units: columns that `properties.SCORE` declares.
    geometry
        The units' shapes, in the order of `scores`.
    targets
        Ranked targets, for analyses that choose some.
    """

    provenance: dict[str, Any]
    result: dict[str, Any]
    scores: pd.DataFrame | None = None
    geometry: NDArray[np.object_] | None = None
    targets: Sequence[TargetRow] = ()


@dataclass(frozen=True)
class Context:
    """What a process works with: the unit of work, what was asked, and whom to tell how far."""

    session: Session
    question: Question
    progress: Progress = field(default=lambda _share, _message: None)


@dataclass(frozen=True)
class Process(Generic[ParamsT]):
    """An analysis that can be run: what it is called, what it takes, what it does."""

    name: str
    title: str
    description: str
    params: type[ParamsT]
    run: Callable[[Context, ParamsT], Answer]
    places: frozenset[Places] = frozenset()
    """The places that its runs store, beside the summary that each stores."""

    @property
    def answered_by(self) -> Document:
        """What answers it where one document is asked for: its targets, or its units, if any."""
        if "targets" in self.places:
            return "targets"
        return "units" if "units" in self.places else "summary"
