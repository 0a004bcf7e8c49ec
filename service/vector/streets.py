"""Street networks: load them from any vector format, keep every version, find them by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.store import models
from service.store.copy import copy_rows, geometry_text
from service.store.repository import versions
from service.store.session import driver_connection
from spatial.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    import geopandas as gpd

    from spatial.streets import NetworkReport, Noding

_KIND = "street network"
_ID_COLUMNS = ("segment_id", "identifier", "osm_id", "osmid", "linearid", "id", "fid")
_NAME_COLUMNS = (
    "name",
    "street",
    "street_name",
    "distinctive_name",
    "road_name",
    "name_1",
    "name1",
    "fullname",
)
_CLASS_COLUMNS = (
    "highway",
    "road_class",
    "road_classification",
    "classification",
    "class",
    "fclass",
    "mtfcc",
)

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
    """What became of a street file.

    Parameters
    ----------
    network, version
        Under which name and version its segments are stored.
    segments
        How many there are.
    stored
        False: this very content was there already.
    report
        What was found, mended and left out: the fields of `spatial.streets.NetworkReport`, its
        `warnings`, and `columns`, `noding` and `left_out` (lines not taken, by kind).
    """

    network: str
    version: int
    segments: int
    stored: bool
    report: dict[str, Any]


def load_file(
    session: Session,
    agency_id: int,
    path: Path,
    network: str,
    *,
    columns: Columns | None = None,
    file_layer: str | None = None,
    only_classes: Collection[str] = (),
    noding: Noding | None = None,
    crs: str | None = None,
) -> LoadedNetwork:
    """Load a street network from a file of any format that `vector_files` reads.

    Parameters
    ----------
    session
        The unit of work.
    agency_id
        Whose network it is.
    path
        The file.
    network
        Name of the network. Loaded again with other content it becomes a new version; runs keep
        theirs.
    columns
        Which columns hold id, name and class.
    file_layer
        Layer of the file, where it holds several.
    only_classes
        Take only lines of these classes; by default all.
    noding
        Where to cut lines; see `spatial.streets.prepare`. By default at shared vertices for
        files of OpenStreetMap, whose ways run on over junctions, and not at all for others.
    crs
        Coordinate reference system of a file that does not say its own.

    Raises
    ------
    UnreadableFileError
        When the file cannot be read.
    NotFoundError
        When it has no such layer.
    InvalidInputError
        When it is no network of lines, or an option does not fit it.
    """
    from service.vector import files as vector_files  # GDAL and what goes with it

    versions.check_name(_KIND, network, "network")
    read = vector_files.read(path, file_layer, wanted="lines", crs=crs)
    return load(
        session,
        agency_id,
        read.features,
        network,
        where=path.name,
        columns=columns,
        only_classes=only_classes,
        noding=noding or ("vertices" if read.from_osm else "none"),
        left_out=read.left_out,
    )


def load(
    session: Session,
    agency_id: int,
    lines: gpd.GeoDataFrame,
    network: str,
    *,
    where: str,
    columns: Columns | None = None,
    only_classes: Collection[str] = (),
    noding: Noding = "none",
    left_out: dict[str, int] | None = None,
) -> LoadedNetwork:
    """Store a network of lines; see `load_file`. `left_out` is what was not even read."""
    from spatial import streets  # and its kernels

    versions.check_name(_KIND, network, "network")
    chosen = columns or Columns()
    taken = Columns(
        id=chosen.id or _usual(lines, _ID_COLUMNS, telling_apart=True),
        name=chosen.name or _usual(lines, _NAME_COLUMNS),
        road_class=chosen.road_class or _usual(lines, _CLASS_COLUMNS),
    )
    kept, other_classes = _of_classes(lines, taken.road_class, only_classes)
    segments = streets.prepare(
        kept,
        id_column=taken.id,
        name_column=taken.name,
        class_column=taken.road_class,
        noding=noding,
    )
    found: NetworkReport = segments.attrs["report"]
    report = asdict(found) | {
        "warnings": found.warnings(),
        "noding": noding,
        "columns": asdict(taken),
        "left_out": dict(left_out or {}) | other_classes,
    }
    digest = _digest(segments, noding)
    versions.lock(session, _KIND, agency_id, network)
    newest = _newest(session, agency_id, network)
    if newest is not None and newest.content_sha256 == digest:
        return LoadedNetwork(network, newest.version, len(segments), stored=False, report=report)
    stored = models.StreetNetwork(
        agency_id=agency_id,
        name=network,
        version=newest.version + 1 if newest else 1,
        file_name=where,
        content_sha256=digest,
        report=report,
    )
    session.add(stored)
    session.flush()
    rows = {
        name: segments[name].to_numpy()
        for name in ("segment_id", "name", "road_class", "length_m", "node_from", "node_to")
    }
    place = {"network_id": stored.id, "position": np.arange(len(segments))}
    shapes = np.asarray(segments.geometry.array, dtype=object)
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
    raise versions.unknown(_KIND, name, [f"{one.name}@{one.version}" for one in known], "network")


def segments_of(session: Session, network: models.StreetNetwork) -> gpd.GeoDataFrame:
    """Return the segments of one version of a network, as `spatial.streets.prepare` made them.

    Returns
    -------
    geopandas.GeoDataFrame
        N segments (EPSG:4326), by ascending `segment_id`: `segment_id`, `name`, `road_class`,
        `length_m`, `node_from`, `node_to` and `geometry`.
    """
    import geopandas as gpd
    import pandas as pd

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


def _digest(segments: gpd.GeoDataFrame, noding: Noding) -> bytes:
    """Return what two equal networks have in common; the same streets cut otherwise differ."""
    digest = hashlib.sha256(noding.encode())
    for column in ("segment_id", "name", "road_class", "node_from", "node_to"):
        digest.update(json.dumps(segments[column].tolist()).encode())
    digest.update(b"".join(shapely.to_wkb(np.asarray(segments.geometry.array, dtype=object))))
    return digest.digest()


def _of_classes(
    lines: gpd.GeoDataFrame, column: str | None, wanted: Collection[str]
) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Return the lines of some classes (all, when none are named), and how many others had."""
    if not wanted:
        return lines, {}
    if column is None or column not in lines.columns:
        raise InvalidInputError(
            "The network says no class of its lines: name the column that does (class_column), "
            "or leave only_class out.",
            [Problem("only_class", "the file has no column of classes")],
        )
    classes = lines[column].astype("object").map(str, na_action="ignore")
    many = classes.value_counts()
    missing = [name for name in wanted if name not in many.index]
    if missing:
        known = [str(name) for name in many.index]
        raise InvalidInputError(
            f"No line has the class {', '.join(missing)} in {column}; there are: "
            f"{', '.join(known[:30])}.{versions.nearest(missing[0], known)}",
            [Problem("only_class", f"no line has the class {name}") for name in missing],
        )
    keep = classes.isin(list(wanted))
    others = classes[~keep].fillna("without class").value_counts().sort_index()
    return lines[keep.to_numpy()], {str(name): int(number) for name, number in others.items()}


def _usual(
    lines: gpd.GeoDataFrame, names: tuple[str, ...], *, telling_apart: bool = False
) -> str | None:
    """Return the first usual column that is there; an id column must tell its lines apart."""
    columns = {str(column).casefold(): str(column) for column in reversed(lines.columns)}
    for name in names:
        column = columns.get(name)
        if column is None or column == lines.geometry.name:
            continue
        said = lines[column].dropna()
        if not telling_apart or (len(said) and not said.duplicated().any()):
            return column
    return None
