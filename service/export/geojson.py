"""A run as GeoJSON (RFC 7946): seven decimals, right-handed polygons, the same bytes each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape as shape_of
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from service.analyses.properties import TARGET
from service.errors import NotFoundError
from service.export.columns import unit_columns
from service.export.declared_values import as_declared
from service.export.formats import FORMATS
from service.store import geojson as written
from service.store import models
from service.store.repository import scores as stored_scores
from service.store.repository import targets as stored_targets
from service.words import runs as words
from spatial import antimeridian
from spatial.errors import Problem

MEDIA_TYPE = FORMATS["geojson"].media_type


def targets(session: Session, run: models.AnalysisRun) -> bytes:
    """Return the targets of a run as a FeatureCollection with the run as foreign member."""
    features = []
    for row in stored_targets.of(session, run):
        one = feature(row.target_id, row.geom, as_declared(row.properties, TARGET))
        if row.patrol_geom is not None:
            one["patrol_area"] = _geometry(row.patrol_geom)
        features.append(one)
    return written.document(collection(features, run))


def patrol_areas(session: Session, run: models.AnalysisRun) -> bytes:
    """Return the area to patrol around each target, with the target's properties.

    Raises
    ------
    NotFoundError
        When the run was not asked for patrol areas.
    """
    if run.parameters.get("patrol_buffer_m") is None:
        raise NotFoundError(
            f"Run {run.id} has no patrol areas: ask for targets with patrol_buffer_m, the metres "
            "around each target that belong to it.",
            [Problem("patrol_buffer_m", "was not given")],
        )
    features = [
        feature(row.target_id, row.patrol_geom, as_declared(row.properties, TARGET))
        for row in stored_targets.of(session, run)
        if row.patrol_geom is not None
    ]
    return written.document(collection(features, run))


def scores(
    session: Session, run: models.AnalysisRun, *, limit: int | None = None, offset: int = 0
) -> bytes:
    """Return the units of a run with their statistic, the greatest harm first.

    The database writes the features: there can be a million.
    """
    told = score_features(session, run, limit=limit, offset=offset)
    return written.collection(told, _members(run))


def scores_around(run: models.AnalysisRun) -> tuple[bytes, bytes]:
    """Return what stands before and after the features of a run's units."""
    return written.around(_members(run))


def score_features(
    session: Session, run: models.AnalysisRun, *, limit: int | None = None, offset: int = 0
) -> Iterator[str]:
    """Read the features of a run's units one by one, the greatest harm first."""
    yield from stored_scores.features(session, run, unit_columns(run), limit=limit, offset=offset)


def run_member(run: models.AnalysisRun) -> dict[str, Any]:
    """Return what a run rests on, as every document of the run carries it."""
    about = run.provenance
    member = {
        "id": run.id,
        "process": run.process,
        "parameters": run.parameters,
        "window": about["window"],
        "study_area": about["study_area"],
        "references": about["references"],
        "harm_index": about["harm_index"],
        "sources": about["sources"],
        "data_version": run.data_version,
        "software_version": run.software_version,
        "seed": run.parameters["seed"],
        "incidents": about["incidents"],
        "snapping": about["snapping"],
        "inference": run.result.get("inference"),
        "warnings": words.warnings(run),
    }
    if run.undone:
        member["undone"] = list(run.undone)
    # Of lists of targets, since they tell what is expected; and what older runs did not name.
    for name in ("horizon", "libraries", "backtest"):
        if name in about:
            member[name] = about[name]
    member |= {name: run.result[name] for name in ("message", "districts") if name in run.result}
    return member


def feature(name: str, shape: BaseGeometry, properties: dict[str, Any]) -> dict[str, Any]:
    """Return a place as a feature."""
    return {
        "type": "Feature",
        "id": name,
        "geometry": _geometry(shape),
        "properties": properties,
    }


def collection(features: list[dict[str, Any]], run: models.AnalysisRun) -> dict[str, Any]:
    """Return features as a collection with the run as foreign member."""
    bbox = _bbox(run)  # frames an empty collection
    if features:
        shapes = [shape_of(one["geometry"]) for one in features]
        bbox = list(antimeridian.bounds(np.array(shapes, dtype=object)))
    return {
        "type": "FeatureCollection",
        "bbox": bbox,
        "run": run_member(run),
        "features": features,
    }


def _members(run: models.AnalysisRun) -> dict[str, Any]:
    return {"bbox": _bbox(run), "run": run_member(run)}


def _bbox(run: models.AnalysisRun) -> list[float]:
    bbox: list[float] = run.provenance["study_area"]["bbox"]
    return bbox


def _geometry(shape: BaseGeometry) -> dict[str, Any]:
    rounded: dict[str, Any] = json.loads(shapely.to_geojson(shapely.orient_polygons(shape)))
    return {"type": rounded["type"], "coordinates": _round(rounded["coordinates"])}


def _round(coordinates: Any) -> Any:
    if isinstance(coordinates, list):
        return [_round(one) for one in coordinates]
    return round(coordinates, written.DECIMALS)
