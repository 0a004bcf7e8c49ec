"""Named layers of areas: load them from any vector format, repair, keep versions, find by name."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.store import models
from service.store.copy import copy_rows, geometry_text
from service.store.repository import versions

if TYPE_CHECKING:
    import geopandas as gpd

    from service.vector.boundary_areas import CleanAreas

_KIND = "boundary layer"


@dataclass(frozen=True)
class LoadedLayer:
    """What became of a boundary file."""

    layer: str
    version: int
    areas: int
    stored: bool  # False: this very content was there already
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class StudyArea:
    """An area to analyse: a whole layer, or one area of it."""

    name: str  # as it was asked for: LAYER or LAYER/NAME
    version: int
    content_sha256: str
    geometry: BaseGeometry


def load_file(
    session: Session,
    agency_id: int,
    path: Path,
    layer: str,
    *,
    name_column: str | None = None,
    file_layer: str | None = None,
    crs: str | None = None,
) -> LoadedLayer:
    """Load a layer of polygons from a file of any format that `vector_files` reads.

    Parameters
    ----------
    session
        The unit of work.
    agency_id
        Whose layer it is.
    path
        The file.
    layer
        Name of the layer. Loaded again with other content it becomes a new version.
    name_column
        Column that names each area; by default ``name`` where there is one.
    file_layer
        Layer of the file, where it holds several.
    crs
        Coordinate reference system of a file that does not say its own.

    Raises
    ------
    UnreadableFileError
        When the file cannot be read, has no CRS, holds no polygon, or lacks the column.
    NotFoundError
        When the file has no such layer.
    InvalidInputError
        When the layer's name, or `crs`, will not do.
    """
    from service.vector import files as vector_files  # GDAL and what goes with it

    versions.check_name(_KIND, layer, "layer")
    areas = vector_files.read(path, file_layer, wanted="areas", crs=crs).features
    return load(session, agency_id, areas, layer, where=path.name, name_column=name_column)


def load(
    session: Session,
    agency_id: int,
    areas: gpd.GeoDataFrame,
    layer: str,
    *,
    where: str,
    name_column: str | None = None,
) -> LoadedLayer:
    """Store a layer of polygons; see `load_file`."""
    from service.vector import boundary_areas

    versions.check_name(_KIND, layer, "layer")
    found = boundary_areas.clean(areas, layer, where=where, name_column=name_column)
    digest, many = _digest(found), len(found.names)
    versions.lock(session, _KIND, agency_id, layer)
    newest = session.scalar(
        select(models.BoundaryLayer)
        .where(models.BoundaryLayer.agency_id == agency_id, models.BoundaryLayer.name == layer)
        .order_by(models.BoundaryLayer.version.desc())
        .limit(1)
    )
    if newest is not None and newest.content_sha256 == digest:
        return LoadedLayer(layer, newest.version, many, stored=False, warnings=found.warnings)
    stored = models.BoundaryLayer(
        agency_id=agency_id,
        name=layer,
        version=newest.version + 1 if newest else 1,
        file_name=where,
        content_sha256=digest,
    )
    session.add(stored)
    session.flush()
    copy_rows(
        session,
        "boundary",
        {
            "layer_id": stored.id,
            "position": found.position,
            "name": found.names,
            "properties": [json.dumps(about) for about in found.properties],
            "geom": geometry_text(found.shapes),
        },
    )
    return LoadedLayer(layer, stored.version, many, stored=True, warnings=found.warnings)


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
    raise versions.unknown(_KIND, name, listed, parameter)


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


def study_area(session: Session, agency_id: int, name: str) -> StudyArea:
    """Return a study area by ``LAYER`` (all its areas together) or ``LAYER/NAME``.

    Either may name a version: ``LAYER@VERSION``, ``LAYER@VERSION/NAME``.

    Raises
    ------
    NotFoundError
        When there is none; the message suggests the nearest name.
    """
    # A layer's name has no slash, an area's may have: the first one divides them.
    wanted_layer, _, wanted_area = name.partition("/")
    layer = find_layer(session, agency_id, wanted_layer, parameter="study_area")
    members = layer_areas(session, layer)
    if wanted_area:
        chosen = members[members["name"] == wanted_area]
        if chosen.empty:
            area = f"area in {wanted_layer}"
            raise versions.unknown(area, wanted_area, members["name"], "study_area")
        members = chosen
    union = shapely.union_all(np.asarray(members.geometry.array, dtype=object))
    return StudyArea(name, layer.version, layer.content_sha256.hex(), union)


def _digest(areas: CleanAreas) -> bytes:
    digest = hashlib.sha256()
    shapes = shapely.to_wkb(areas.shapes)
    for name, wkb, about in zip(areas.names, shapes, areas.properties, strict=True):
        digest.update(json.dumps([name, about], sort_keys=True).encode() + wkb)
    return digest.digest()
