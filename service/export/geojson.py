"""A run as GeoJSON (RFC 7946): seven decimals, right-handed polygons, the same bytes each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import shapely
from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.db import models

MEDIA_TYPE = "application/geo+json"
DECIMALS = 7

_SCORES = text(
    """
    SELECT json_build_object(
        'type', 'Feature', 'id', unit_id, 'geometry', ST_AsGeoJSON(geom, 7)::json,
        'properties', json_build_object(
            'unit_id', unit_id, 'count', count, 'harm', harm::float8, 'z', z, 'p', p, 'q', q,
            'class', class, 'rank', rank, 'cumulative_harm_share', cumulative_harm_share
        )
    )::text
    FROM unit_score WHERE run_id = :run ORDER BY rank LIMIT :limit OFFSET :offset
    """
)


def targets(session: Session, run: models.AnalysisRun) -> bytes:
    """Return the targets of a run as a FeatureCollection with the run as foreign member."""
    rows = session.scalars(
        select(models.Target).where(models.Target.run_id == run.id).order_by(models.Target.rank)
    )
    features = [_feature(row.target_id, to_shape(row.geom), row.properties) for row in rows]
    return _dumps(_collection(features, run))


def scores(
    session: Session, run: models.AnalysisRun, *, limit: int | None = None, offset: int = 0
) -> bytes:
    """Return the units of a run with their statistic, the greatest harm first.

    The database writes the features: there can be a million.
    """
    rows = session.scalars(_SCORES, {"run": run.id, "limit": limit, "offset": offset})
    head = _dumps({"type": "FeatureCollection", "bbox": _bbox(run), "run": run_member(run)})
    return head[:-1] + b',"features":[' + ",".join(rows).encode() + b"]}"


def run_member(run: models.AnalysisRun) -> dict[str, Any]:
    """Return what a run rests on, as every document of the run carries it."""
    about = run.provenance
    member = {
        "id": run.id,
        "process": run.process,
        "parameters": run.parameters,
        "window": about["window"],
        "study_area": about["study_area"],
        "harm_index": about["harm_index"],
        "sources": about["sources"],
        "data_version": run.data_version,
        "software_version": run.software_version,
        "seed": run.parameters["seed"],
        "incidents": about["incidents"],
        "inference": run.result.get("inference"),
        "warnings": about["warnings"],
    }
    if "message" in run.result:
        member["message"] = run.result["message"]
    return member


def _feature(name: str, shape: BaseGeometry, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": name,
        "geometry": _geometry(shape),
        "properties": properties,
    }


def _collection(features: list[dict[str, Any]], run: models.AnalysisRun) -> dict[str, Any]:
    bbox = _bbox(run)  # frames an empty collection
    corners = [xy for feature in features for xy in _positions(feature["geometry"]["coordinates"])]
    if corners:
        longitudes, latitudes = zip(*corners, strict=True)
        bbox = [min(longitudes), min(latitudes), max(longitudes), max(latitudes)]
    return {
        "type": "FeatureCollection",
        "bbox": bbox,
        "run": run_member(run),
        "features": features,
    }


def _bbox(run: models.AnalysisRun) -> list[float]:
    bbox: list[float] = run.provenance["study_area"]["bbox"]
    return bbox


def _geometry(shape: BaseGeometry) -> dict[str, Any]:
    rounded: dict[str, Any] = json.loads(shapely.to_geojson(shapely.orient_polygons(shape)))
    return {"type": rounded["type"], "coordinates": _round(rounded["coordinates"])}


def _round(coordinates: Any) -> Any:
    if isinstance(coordinates, list):
        return [_round(one) for one in coordinates]
    return round(coordinates, DECIMALS)


def _positions(coordinates: Any) -> Iterator[list[float]]:
    if isinstance(coordinates[0], list):
        for one in coordinates:
            yield from _positions(one)
    else:
        yield coordinates


def _dumps(document: dict[str, Any]) -> bytes:
    # allow_nan=False: a NaN in the output is a bug that must not reach a client as bad JSON.
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
