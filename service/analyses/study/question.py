"""What an analysis asks about: everything that its parameters name, found before it computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service.analyses.study.params import AnalysisParams
from service.store import models
from service.store.repository import boundaries, harm_indexes, streets
from service.store.repository import incidents as stored


@dataclass(frozen=True)
class Question:
    """Everything that decides a run's answer.

    Parameters
    ----------
    snapshot
        The data as they are now.
    zones
        Time zone of each source of incidents.
    index
        The harm index.
    area
        The study area; None: none was named.
    network
        The version of the street network that was named.
    layer, districts, population
        Versions of the layers that are the units, that name districts, and that hold residents.
    """

    snapshot: stored.DataSnapshot
    zones: dict[str, str]
    index: models.HarmIndex
    area: boundaries.StudyArea | None
    network: models.StreetNetwork | None = None
    layer: models.BoundaryLayer | None = None
    districts: models.BoundaryLayer | None = None
    population: models.BoundaryLayer | None = None

    def identity(self) -> dict[str, Any]:
        """Return what, beside process and parameters, makes two questions the same."""
        return {
            "data_version": self.snapshot.data_version,
            "harm_index": self.index.content_sha256.hex(),
            "study_area": self.area.content_sha256 if self.area else None,
            **{what: one.content_sha256.hex() for what, one in self.references().items()},
        }

    def references(self) -> dict[str, models.StreetNetwork | models.BoundaryLayer]:
        """Return the network and layers that were named, by what they are for."""
        named = {
            "network": self.network,
            "layer": self.layer,
            "districts": self.districts,
            "population": self.population,
        }
        return {what: one for what, one in named.items() if one is not None}


def ask(session: Session, agency_id: int, params: AnalysisParams) -> Question:
    """Find what the parameters name, before anything is computed.

    Raises
    ------
    NotFoundError
        When a source, index, study area, network or layer does not exist.
    """

    def layer(name: str | None, parameter: str) -> models.BoundaryLayer | None:
        if name is None:
            return None
        return boundaries.find_layer(session, agency_id, name, parameter=parameter)

    return Question(
        snapshot=stored.take_snapshot(session, agency_id),
        zones=stored.sources(session, agency_id, params.sources),
        index=harm_indexes.find(session, agency_id, params.index),
        area=(
            boundaries.study_area(session, agency_id, params.study_area)
            if params.study_area is not None
            else None
        ),
        network=(
            streets.find(session, agency_id, params.network) if params.network is not None else None
        ),
        layer=layer(params.layer, "layer"),
        districts=layer(params.districts, "districts"),
        population=layer(params.population, "population_layer"),
    )
