"""Street networks: load them from any vector format, keep every version, find them by name."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import vector_files
from service.db import models
from service.db.copy import copy_rows, geometry_text
from service.db.session import driver_connection
from service.errors import NotFoundError
from spatial import streets
from spatial.errors import Problem

_ID_COLUMNS = ("segment_id", "identifier", "osm_id", "osmid", "id", "fid")
_NAME_COLUMNS = ("name", "street", "street_name", "distinctive_name", "road_name")
_CLASS_COLUMNS = ("highway", "road_class", "classification", "class", "fclass")

_READ = """
    SELECT segment_id, name, road_class, length_m, node_from, node_to, ST_AsBinary(geom)
    FROM street_segment WHERE network_id = %s ORDER BY position
"""


@dataclass(frozen=True)
class Columns:
    """Which columns of a street file mean what; None: the first usual name that is there."""

    id: str | None = None
    name: str | None = None
    road_class: str | None = None


@dataclass(frozen=True)
class LoadedNetwork:
    """What became of a street file."""

    network: str
    version: int
    segments: int
    stored: bool  # False: this very content was there already
    report: dict[str, Any]


def load_file(
    session: Session,
    agency_id: int,
    path: Path,
    network: str,
    *,
    columns: Columns | None = None,
    file_layer: str | None = None,
) -> LoadedNetwork:
    """Load a street network from a file of any vector format and CRS.

    Parameters
    ----------
    session
        The unit of work.
    agency_id
        Whose network it is.
    path
        GeoPackage, GeoJSON, Shapefile (zipped too), GeoParquet, FlatGeobuf, or OpenStreetMap
        (PBF or XML).
    network
        Name of the network. Loaded again with other content it becomes a new version; runs keep
        theirs.
    columns
        Which columns hold id, name and class.
    file_layer
        Layer of the file, where it holds several.

    Raises
    ------
    UnreadableFileError
        When the file cannot be read.
    NotFoundError
        When it has no such layer.
    InvalidInputError
        When it is no network of lines with a coordinate reference system.
    """
    lines = vector_files.read(path, file_layer)
    return load(session, agency_id, lines, network, where=path.name, columns=columns)


def load(
    session: Session,
    agency_id: int,
    lines: gpd.GeoDataFrame,
    network: str,
    *,
    where: str,
    columns: Columns | None = None,
) -> LoadedNetwork:
    """Store a network of lines; see `load_file`."""
    chosen = columns or Columns()
    segments = streets.prepare(
        lines,
        id_column=chosen.id or _usual(lines, _ID_COLUMNS, distinct=True),
        name_column=chosen.name or _usual(lines, _NAME_COLUMNS),
        class_column=chosen.road_class or _usual(lines, _CLASS_COLUMNS),
    )
    report = asdict(segments.attrs["report"])
    shapes = np.asarray(segments.geometry.array, dtype=object)
    digest = hashlib.sha256()
    for column in ("segment_id", "name", "road_class"):
        digest.update("\x1f".join(map(str, segments[column])).encode())
    digest.update(b"".join(shapely.to_wkb(shapes)))
    newest = _newest(session, agency_id, network)
    if newest is not None and newest.content_sha256 == digest.digest():
        return LoadedNetwork(network, newest.version, len(segments), stored=False, report=report)
    stored = models.StreetNetwork(
        agency_id=agency_id,
        name=network,
        version=newest.version + 1 if newest else 1,
        file_name=where,
        content_sha256=digest.digest(),
        report=report,
    )
    session.add(stored)
    session.flush()
    rows = {
        name: segments[name].to_numpy()
        for name in ("segment_id", "name", "road_class", "length_m", "node_from", "node_to")
    }
    place = {"network_id": stored.id, "position": np.arange(len(segments))}
    copy_rows(session, "street_segment", {**place, **rows, "geom": geometry_text(shapes)})
    return LoadedNetwork(network, stored.version, len(segments), stored=True, report=report)


def networks(session: Session, agency_id: int) -> list[models.StreetNetwork]:
    """Return every version of every network of an agency, by name, the newest first."""
    return list(
        session.scalars(
            select(models.StreetNetwork)
            .where(models.StreetNetwork.agency_id == agency_id)
            .order_by(models.StreetNetwork.name, models.StreetNetwork.version.desc())
        )
    )


def find(session: Session, agency_id: int, name: str) -> models.StreetNetwork:
    """Return a network by ``NAME`` (its newest version) or ``NAME@VERSION``.

    Raises
    ------
    NotFoundError
        When there is none; the message lists those that there are.
    """
    wanted, _, version = name.partition("@")
    known = networks(session, agency_id)
    for network in known:
        if network.name == wanted and version in ("", str(network.version)):
            return network
    listed = [f"{one.name}@{one.version}" for one in known]
    near = difflib.get_close_matches(wanted, {one.name for one in known}, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise NotFoundError(
        f"There is no street network {name}; there are: {', '.join(listed) or 'none yet'}.{hint}",
        [Problem("network", f"unknown street network {name}")],
    )


def segments_of(session: Session, network: models.StreetNetwork) -> gpd.GeoDataFrame:
    """Return the segments of one version of a network, as `spatial.streets.prepare` made them.

    Returns
    -------
    geopandas.GeoDataFrame
        N segments (EPSG:4326), by ascending `segment_id`: `segment_id`, `name`, `road_class`,
        `length_m`, `node_from`, `node_to` and `geometry`.
    """
    # Binary rows of the driver, without the ORM: a city has some hundred thousand segments. In
    # the caller's transaction, so that a network just stored is seen.
    with driver_connection(session).cursor(binary=True) as cursor:
        cursor.execute(_READ, (network.id,))
        rows = cursor.fetchall()
    segment_id, name, road_class, length_m, node_from, node_to, shapes = (
        zip(*rows, strict=True) if rows else ((),) * 7
    )
    return gpd.GeoDataFrame(
        {
            "segment_id": pd.Series(segment_id, dtype="str"),
            "name": pd.Series(name, dtype="object"),
            "road_class": pd.Series(road_class, dtype="object"),
            "length_m": np.array(length_m, dtype=np.float64),
            "node_from": np.array(node_from, dtype=np.intp),
            "node_to": np.array(node_to, dtype=np.intp),
        },
        geometry=shapely.from_wkb(np.array(shapes, dtype=object)),
        crs=4326,
    )


def length_km(session: Session, network: models.StreetNetwork) -> float:
    """Return the length of all streets of a network."""
    metres = session.scalar(
        select(func.sum(models.StreetSegment.length_m)).where(
            models.StreetSegment.network_id == network.id
        )
    )
    return (metres or 0.0) / 1000


def _newest(session: Session, agency_id: int, name: str) -> models.StreetNetwork | None:
    return next((one for one in networks(session, agency_id) if one.name == name), None)


def _usual(
    lines: gpd.GeoDataFrame, names: tuple[str, ...], *, distinct: bool = False
) -> str | None:
    """Return the first usual column that is there; an id column must tell its lines apart."""
    for name in names:
        if name in lines.columns and not (distinct and lines[name].duplicated().any()):
            return name
    return None
