"""What an analysis asks about: everything that its parameters name, found before it computes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy.orm import Session

from service.analyses.study.params import AnalysisParams
from service.store import models
from service.store.repository import agencies, boundaries, harm_indexes, streets
from service.store.repository import incidents as stored


@dataclass(frozen=True, kw_only=True)
class Named:
    """What the parameters name, found and not yet read: enough to tell questions apart.

    Parameters
    ----------
    data_version
        Version of the agency's data.
    zones
        Time zone of each source of incidents.
    index
        The harm index.
    study_layer
        The version of the layer that holds the study area; None: none was named.
    network
        The version of the street network that was named.
    layer, districts, population, exclude
        Versions of the layers that are the units, that name districts, that hold residents, and
        whose areas are left out.
    """

    data_version: int
    zones: dict[str, str]
    index: models.HarmIndex
    study_layer: models.BoundaryLayer | None = None
    network: models.StreetNetwork | None = None
    layer: models.BoundaryLayer | None = None
    districts: models.BoundaryLayer | None = None
    population: models.BoundaryLayer | None = None
    exclude: models.BoundaryLayer | None = None

    def identity(self) -> dict[str, Any]:
        """Return what, beside process and parameters, makes two questions the same."""
        area = self.study_layer
        return {
            "data_version": self.data_version,
            "harm_index": self.index.content_sha256.hex(),
            "study_area": area.content_sha256.hex() if area else None,
            **{what: one.content_sha256.hex() for what, one in self.references().items()},
        }

    def references(self) -> dict[str, models.StreetNetwork | models.BoundaryLayer]:
        """Return the network and layers that were named, by what they are for."""
        named = {
            "network": self.network,
            "layer": self.layer,
            "districts": self.districts,
            "population": self.population,
            "exclude": self.exclude,
        }
        return {what: one for what, one in named.items() if one is not None}


@dataclass(frozen=True, kw_only=True)
class Question(Named):
    """Everything that decides a run's answer, ready to be read.

    Parameters
    ----------
    snapshot
        The data as they are at one moment.
    area
        The study area; None: none was named.
    """

    snapshot: stored.DataSnapshot
    area: boundaries.StudyArea | None


def look_up(session: Session, agency_id: int, params: AnalysisParams) -> Named:
    """Find what the parameters name, and read no place.

    Raises
    ------
    NotFoundError
        When a source, index, study area's layer, network or layer does not exist.
    """

    def layer(name: str | None, parameter: str) -> models.BoundaryLayer | None:
        if name is None:
            return None
        return boundaries.find_layer(session, agency_id, name, parameter=parameter)

    return Named(
        data_version=agencies.data_version(session, agency_id),
        zones=stored.sources(session, agency_id, params.sources),
        index=harm_indexes.find(session, agency_id, params.index),
        study_layer=(
            boundaries.study_layer(session, agency_id, params.study_area)
            if params.study_area is not None
            else None
        ),
        network=(
            streets.find(session, agency_id, params.network) if params.network is not None else None
        ),
        layer=layer(params.layer, "layer"),
        districts=layer(params.districts, "districts"),
        population=layer(params.population, "population_layer"),
        exclude=layer(getattr(params, "exclude", None), "exclude"),
    )


def ask(session: Session, agency_id: int, params: AnalysisParams, named: Named) -> Question:
    """Take the data and the study area of a question, before anything is computed.

    Parameters
    ----------
    session
        One that sees one moment throughout (`service.store.snapshot.frozen`).
    agency_id, params
        Whose data, and what was asked.
    named
        What `look_up` found at this moment.

    Raises
    ------
    NotFoundError
        When the study area's layer has no such area.
    """
    return Question(
        **{one.name: getattr(named, one.name) for one in fields(named)},
        snapshot=stored.take_snapshot(session, agency_id),
        area=(
            boundaries.study_area(session, agency_id, params.study_area)
            if params.study_area is not None
            else None
        ),
    )
