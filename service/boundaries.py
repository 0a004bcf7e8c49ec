"""Named layers of areas: load them from any vector format, repair, keep versions, find by name."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geoalchemy2.shape import from_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from service import vector_files
from service.db import models
from service.errors import NotFoundError, UnreadableFileError
from spatial.errors import Problem

_NAME_COLUMNS = ("name", "NAME", "Name", "title", "label")


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
) -> LoadedLayer:
    """Load a layer of polygons from a file of any vector format and CRS.

    Parameters
    ----------
    session
        The unit of work.
    agency_id
        Whose layer it is.
    path
        GeoJSON, GeoPackage, Shapefile (zipped too), GeoParquet, FlatGeobuf, KML.
    layer
        Name of the layer. Loaded again with other content it becomes a new version.
    name_column
        Column that names each area; by default ``name`` where there is one.
    file_layer
        Layer of the file, where it holds several.

    Raises
    ------
    UnreadableFileError
        When the file cannot be read, has no CRS, holds no polygon, or lacks the column.
    NotFoundError
        When the file has no such layer.
    """
    areas = vector_files.read(path, file_layer)
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
    if not isinstance(areas, gpd.GeoDataFrame) or areas.geometry.isna().all():
        raise UnreadableFileError(f"{where} has no geometry: a boundary layer needs polygons.")
    if areas.crs is None:
        raise UnreadableFileError(
            f"{where} does not say its coordinate reference system: save it with one (or as "
            "GeoJSON in longitude and latitude)."
        )
    geometry, warnings = _repaired(areas.to_crs(4326).geometry, where)
    keep = ~shapely.is_empty(geometry)
    names = _names(areas, layer, name_column, where)
    properties = [
        {str(key): _plain(value) for key, value in row.items()}
        for row in areas.drop(columns=areas.geometry.name).to_dict("records")
    ]
    digest = hashlib.sha256()
    for name, one, about in zip(names, geometry, properties, strict=True):
        digest.update(repr((name, sorted(about.items(), key=str))).encode() + shapely.to_wkb(one))
    newest = session.scalar(
        select(models.BoundaryLayer)
        .where(models.BoundaryLayer.agency_id == agency_id, models.BoundaryLayer.name == layer)
        .order_by(models.BoundaryLayer.version.desc())
        .limit(1)
    )
    if newest is not None and newest.content_sha256 == digest.digest():
        return LoadedLayer(layer, newest.version, int(keep.sum()), stored=False, warnings=warnings)
    stored = models.BoundaryLayer(
        agency_id=agency_id,
        name=layer,
        version=newest.version + 1 if newest else 1,
        file_name=where,
        content_sha256=digest.digest(),
    )
    session.add(stored)
    session.flush()
    session.execute(
        insert(models.Boundary),
        [
            {
                "layer_id": stored.id,
                "position": at,
                "name": names[at],
                "properties": properties[at],
                "geom": from_shape(geometry[at], srid=4326),
            }
            for at in np.flatnonzero(keep).tolist()
        ],
    )
    return LoadedLayer(layer, stored.version, int(keep.sum()), stored=True, warnings=warnings)


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


def areas_of(session: Session, layer: models.BoundaryLayer) -> list[models.Boundary]:
    """Return the areas of one version of a layer, in the order of their file."""
    return list(
        session.scalars(
            select(models.Boundary)
            .where(models.Boundary.layer_id == layer.id)
            .order_by(models.Boundary.position)
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
    versions = [f"{layer.name}@{layer.version}" for layer in known if layer.name == wanted]
    listed = versions or list(dict.fromkeys(layer.name for layer in known))
    raise _unknown("boundary layer", name, listed, parameter)


def layer_areas(session: Session, layer: models.BoundaryLayer) -> gpd.GeoDataFrame:
    """Return the areas of a layer as a table, in the order of their file.

    Returns
    -------
    geopandas.GeoDataFrame
        `name`, `properties` (a dict each) and `geometry` (multipolygons, EPSG:4326).
    """
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
            known = list(dict.fromkeys(members["name"]))
            raise _unknown(f"area in {wanted_layer}", wanted_area, known, "study_area")
        members = chosen
    union = shapely.union_all(np.asarray(members.geometry.array, dtype=object))
    return StudyArea(name, layer.version, layer.content_sha256.hex(), union)


def _repaired(
    geometry: gpd.GeoSeries, where: str
) -> tuple[np.ndarray[Any, np.dtype[np.object_]], list[str]]:
    """Return multipolygons, invalid ones mended, and what was done to them."""
    shapes = shapely.force_2d(np.asarray(geometry.array, dtype=object))
    missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    shapes[missing] = shapely.MultiPolygon()
    polygonal = missing | np.isin(shapely.get_type_id(shapes), (3, 6))
    if not polygonal.all():
        at = int(np.flatnonzero(~polygonal)[0])
        raise UnreadableFileError(
            f"{where} holds a {shapes[at].geom_type} (feature {at + 1}); a boundary layer needs "
            "polygons only."
        )
    if missing.all():
        raise UnreadableFileError(f"{where} holds no polygon with an inside.")
    warnings = []
    if missing.any():
        warnings.append(f"{int(missing.sum())} features without geometry were left out.")
    broken = np.flatnonzero(~shapely.is_valid(shapes))
    for at in broken.tolist():
        reason = shapely.is_valid_reason(shapes[at])
        warnings.append(f"Feature {at + 1} was not valid ({reason}) and was repaired.")
        shapes[at] = shapely.make_valid(shapes[at], method="structure")
    for at, shape in enumerate(shapes):
        parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and p.area > 0]
        shapes[at] = shapely.MultiPolygon(parts)
    return shapes, warnings


def _names(areas: gpd.GeoDataFrame, layer: str, column: str | None, where: str) -> list[str]:
    columns = [name for name in areas.columns if name != areas.geometry.name]
    if column is not None and column not in columns:
        raise UnreadableFileError(
            f"{where} has no column {column}; it has {', '.join(columns) or 'none'}.",
            [Problem("name_column", f"unknown column {column}")],
        )
    chosen = column or next((name for name in _NAME_COLUMNS if name in columns), None)
    if chosen is None:
        return [layer if len(areas) == 1 else f"{layer} {n}" for n in range(1, len(areas) + 1)]
    return [str(name) for name in areas[chosen]]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, bool | int | float | str) else str(value)


def _unknown(kind: str, name: str, known: list[str], parameter: str) -> NotFoundError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    return NotFoundError(
        f"There is no {kind} {name}; there are: {', '.join(known) or 'none yet'}.{hint}",
        [Problem(parameter, f"unknown {kind} {name}")],
    )
