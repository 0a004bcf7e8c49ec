"""Boundary layers: named areas in versions, all of their SQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import sql
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.errors import unknown
from service.store import geojson, models
from service.store.copy import copy_rows, geometry_text
from service.store.repository import versions
from service.store.session import driver_connection

if TYPE_CHECKING:
    import geopandas as gpd

KIND = "boundary layer"

_FEATURES = sql.SQL("SELECT {feature} FROM boundary WHERE layer_id = {layer} ORDER BY position")


@dataclass(frozen=True)
class StudyArea:
    """An area to analyse: a whole layer, or one area of it."""

    name: str  # as it was asked for: LAYER or LAYER/NAME
    version: int
    content_sha256: str
    geometry: BaseGeometry


def store(
    session: Session,
    agency_id: int,
    name: str,
    *,
    file_name: str,
    position: NDArray[np.intp],
    names: NDArray[np.object_],
    shapes: NDArray[np.object_],
    properties: Sequence[Mapping[str, Any]],
) -> tuple[models.BoundaryLayer, bool]:
    """Store a layer of n areas as a new version, unless its newest one holds these very areas.

    Parameters
    ----------
    session
        The unit of work.
    agency_id
        Whose layer it is.
    name
        Of the layer.
    file_name
        What it was read from.
    position, names, shapes, properties
        Each area's place in the file, name, multipolygon (EPSG:4326) and attributes.

    Returns
    -------
    tuple
        The version that holds the areas, and whether it was stored now.
    """
    digest = _digest(names, shapes, properties)
    versions.lock(session, KIND, agency_id, name)
    newest = session.scalar(
        select(models.BoundaryLayer)
        .where(models.BoundaryLayer.agency_id == agency_id, models.BoundaryLayer.name == name)
        .order_by(models.BoundaryLayer.version.desc())
        .limit(1)
    )
    if newest is not None and newest.content_sha256 == digest:
        return newest, False
    stored = models.BoundaryLayer(
        agency_id=agency_id,
        name=name,
        version=newest.version + 1 if newest else 1,
        file_name=file_name,
        content_sha256=digest,
    )
    session.add(stored)
    session.flush()
    copy_rows(
        session,
        "boundary",
        {
            "layer_id": stored.id,
            "position": position,
            "name": names,
            "properties": [json.dumps(about) for about in properties],
            "geom": geometry_text(shapes),
        },
    )
    return stored, True


def layers(session: Session, agency_id: int) -> list[models.BoundaryLayer]:
    """Return the newest version of each layer of an agency, by name."""
    newest = (
        select(models.BoundaryLayer.name, func.max(models.BoundaryLayer.version).label("version"))
        .where(models.BoundaryLayer.agency_id == agency_id)
        .group_by(models.BoundaryLayer.name)
        .subquery()
    )
    return list(
        session.scalars(
            select(models.BoundaryLayer)
            .join(
                newest,
                (models.BoundaryLayer.name == newest.c.name)
                & (models.BoundaryLayer.version == newest.c.version),
            )
            .where(models.BoundaryLayer.agency_id == agency_id)
            .order_by(models.BoundaryLayer.name)
        )
    )


def find_layer(
    session: Session, agency_id: int, name: str, *, parameter: str = "layer"
) -> models.BoundaryLayer:
    """Return a layer by ``LAYER`` (its newest version) or ``LAYER@VERSION``.

    Parameters
    ----------
    session, agency_id
        The unit of work, and whose layer it is.
    name
        What was asked for.
    parameter
        Where it was asked for; a refusal names it.

    Raises
    ------
    NotFoundError
        When there is none; the message lists those that there are and suggests the nearest.
    """
    wanted, _, version = name.partition("@")
    known = list(
        session.scalars(
            select(models.BoundaryLayer)
            .where(models.BoundaryLayer.agency_id == agency_id)
            .order_by(models.BoundaryLayer.name, models.BoundaryLayer.version.desc())
        )
    )
    for layer in known:
        if layer.name == wanted and version in ("", str(layer.version)):
            return layer
    own = [f"{layer.name}@{layer.version}" for layer in known if layer.name == wanted]
    listed = own or [layer.name for layer in known]
    raise unknown(KIND, name, listed, parameter)


def layer_areas(session: Session, layer: models.BoundaryLayer) -> gpd.GeoDataFrame:
    """Return the areas of a layer as a table, in the order of their file.

    Returns
    -------
    geopandas.GeoDataFrame
        `name`, `properties` (a dict each) and `geometry` (multipolygons, EPSG:4326).
    """
    import geopandas as gpd

    rows = session.execute(
        select(
            models.Boundary.name, models.Boundary.properties, func.ST_AsBinary(models.Boundary.geom)
        )
        .where(models.Boundary.layer_id == layer.id)
        .order_by(models.Boundary.position)
    ).all()
    names, properties, shapes = zip(*rows, strict=True) if rows else ((), (), ())
    return gpd.GeoDataFrame(
        {"name": list(names), "properties": list(properties)},
        geometry=shapely.from_wkb([bytes(wkb) for wkb in shapes]),
        crs=4326,
    )


def study_layer(session: Session, agency_id: int, name: str) -> models.BoundaryLayer:
    """Return the layer of a study area, without reading any place; see `study_area`."""
    return find_layer(session, agency_id, _divided(name)[0], parameter="study_area")


def features(session: Session, layer: models.BoundaryLayer) -> list[str]:
    """Return the areas of a layer as GeoJSON, in the order of their file."""
    query = _FEATURES.format(
        feature=geojson.feature(
            geojson.right_handed(sql.Identifier("geom")),
            sql.SQL("properties || jsonb_build_object('name', name)"),
        ),
        layer=sql.Literal(layer.id),
    )
    return [row[0] for row in driver_connection(session).execute(query)]


def study_area(session: Session, agency_id: int, name: str) -> StudyArea:
    """Return a study area by ``LAYER`` (all its areas together) or ``LAYER/NAME``.

    Either may name a version: ``LAYER@VERSION``, ``LAYER@VERSION/NAME``.

    Raises
    ------
    NotFoundError
        When there is none; the message suggests the nearest name.
    """
    layer = study_layer(session, agency_id, name)
    wanted_layer, wanted_area = _divided(name)
    members = layer_areas(session, layer)
    if wanted_area:
        chosen = members[members["name"] == wanted_area]
        if chosen.empty:
            area = f"area in {wanted_layer}"
            raise unknown(area, wanted_area, members["name"], "study_area")
        members = chosen
    union = shapely.union_all(np.asarray(members.geometry.array, dtype=object))
    return StudyArea(name, layer.version, layer.content_sha256.hex(), union)


def _divided(name: str) -> tuple[str, str]:
    """Return layer and area of a study area's name; the area may be empty."""
    # A layer's name has no slash, an area's may have: the first one divides them.
    layer, _, area = name.partition("/")
    return layer, area


def _digest(
    names: NDArray[np.object_],
    shapes: NDArray[np.object_],
    properties: Sequence[Mapping[str, Any]],
) -> bytes:
    digest = hashlib.sha256()
    for name, wkb, about in zip(names, shapely.to_wkb(shapes), properties, strict=True):
        digest.update(json.dumps([name, about], sort_keys=True).encode() + wkb)
    return digest.digest()
