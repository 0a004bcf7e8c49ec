"""Street networks: their segments in versions, all of their SQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from psycopg import sql
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.analyses import properties
from service.errors import unknown
from service.store import geojson, models
from service.store.copy import copy_rows, geometry_text
from service.store.repository import versions
from service.store.session import driver_connection
from spatial import antimeridian

if TYPE_CHECKING:
    import geopandas as gpd

    from spatial.streets import Noding

KIND = "street network"

_READ = """
    SELECT segment_id, name, road_class, length_m, node_from, node_to, ST_AsBinary(geom)
    FROM street_segment WHERE network_id = %s ORDER BY position
"""

_READ_SOURCES = """
    SELECT segment_id, name, road_class, length_m, lines, ST_AsBinary(geom)
    FROM street_source WHERE network_id = %s ORDER BY position
"""

_FEATURES = sql.SQL(
    "SELECT {feature} FROM street_segment WHERE network_id = {network} AND {within}"
    " ORDER BY position LIMIT {limit} OFFSET {offset}"
)
_TOUCHES = sql.SQL("ST_Intersects(geom, ST_MakeEnvelope({}, 4326))")


def store(
    session: Session,
    agency_id: int,
    name: str,
    *,
    file_name: str,
    segments: gpd.GeoDataFrame,
    noding: Noding,
    report: Mapping[str, Any],
    sources: gpd.GeoDataFrame | None = None,
) -> tuple[models.StreetNetwork, bool]:
    """Store a network as a new version, unless its newest one holds these very segments.

    Parameters
    ----------
    session
        The unit of work.
    agency_id
        Whose network it is.
    name
        Of the network.
    file_name
        What it was read from.
    segments
        As `spatial.streets.prepare` makes them.
    noding
        Where their lines were cut.
    report
        What was found, mended and left out.
    sources
        Of a simplified network, its source as `spatial.streets.Simplified` has it.

    Returns
    -------
    tuple
        The version that holds the segments, and whether it was stored now.
    """
    digest = _digest(segments, noding, sources)
    versions.lock(session, KIND, agency_id, name)
    newest = next((one for one in networks(session, agency_id) if one.name == name), None)
    if newest is not None and newest.content_sha256 == digest:
        return newest, False
    stored = models.StreetNetwork(
        agency_id=agency_id,
        name=name,
        version=newest.version + 1 if newest else 1,
        file_name=file_name,
        content_sha256=digest,
        report=dict(report),
    )
    session.add(stored)
    session.flush()
    rows = {
        column: segments[column].to_numpy()
        for column in ("segment_id", "name", "road_class", "length_m", "node_from", "node_to")
    }
    place = {"network_id": stored.id, "position": np.arange(len(segments))}
    if sources is not None:
        rows["source_ids"] = segments["source_ids"].map(json.dumps).to_numpy()
        _store_sources(session, stored, sources)
    shapes = np.asarray(segments.geometry.array, dtype=object)
    copy_rows(session, "street_segment", {**place, **rows, "geom": geometry_text(shapes)})
    return stored, True


def _store_sources(
    session: Session, network: models.StreetNetwork, sources: gpd.GeoDataFrame
) -> None:
    columns = ("segment_id", "name", "road_class", "length_m")
    shapes = np.asarray(sources.geometry.array, dtype=object)
    copy_rows(
        session,
        "street_source",
        {
            "network_id": network.id,
            "position": np.arange(len(sources)),
            **{column: sources[column].to_numpy() for column in columns},
            "lines": sources["lines"].map(lambda lines: f"{{{','.join(map(str, lines))}}}"),
            "geom": geometry_text(shapes),
        },
    )


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
    raise unknown(KIND, name, [f"{one.name}@{one.version}" for one in known], "network")


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


def sources_of(session: Session, network: models.StreetNetwork) -> gpd.GeoDataFrame | None:
    """Return the source of a simplified network; None: the network was not simplified.

    Returns
    -------
    geopandas.GeoDataFrame or None
        As `spatial.streets.Simplified` has it: `segment_id`, `name`, `road_class`, `length_m`,
        `lines` and `geometry` (EPSG:4326), by ascending `segment_id`.
    """
    import geopandas as gpd
    import pandas as pd

    with driver_connection(session).cursor(binary=True) as cursor:
        cursor.execute(_READ_SOURCES, (network.id,))
        rows = cursor.fetchall()
    if not rows:
        return None
    segment_id, name, road_class, length_m, lines, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {
            "segment_id": pd.Series(segment_id, dtype="str"),
            "name": pd.Series(name, dtype="object"),
            "road_class": pd.Series(road_class, dtype="object"),
            "length_m": np.array(length_m, dtype=np.float64),
            "lines": pd.Series(lines, dtype="object"),
        },
        geometry=shapely.from_wkb(np.array(shapes, dtype=object)),
        crs=4326,
    )


def named_of(session: Session, network: models.StreetNetwork) -> gpd.GeoDataFrame:
    """Return the streets of a network with the names that their source gives them."""
    sources = sources_of(session, network)
    return segments_of(session, network) if sources is None else sources


def features(
    session: Session,
    network: models.StreetNetwork,
    *,
    box: tuple[float, float, float, float] | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[str]:
    """Return segments of a network as GeoJSON, by ascending id.

    Parameters
    ----------
    session, network
        The unit of work, and the network's version.
    box
        Only segments that touch it: west, south, east, north in degrees; west greater than east
        across the antimeridian.
    limit, offset
        How many at most, after how many.
    """
    told: dict[str, sql.Composable] = {
        one.name: sql.Identifier(one.name) for one in properties.STREET
    }
    query = _FEATURES.format(
        feature=geojson.feature(
            sql.Identifier("geom"),
            geojson.properties(told | {"length_m": sql.SQL("round(length_m::numeric, 2)")}),
            sql.Identifier("segment_id"),
        ),
        network=sql.Literal(network.id),
        within=sql.SQL("TRUE") if box is None else _touching(box),
        limit=sql.Literal(limit),
        offset=sql.Literal(offset),
    )
    return [row[0] for row in driver_connection(session).execute(query)]


def _touching(box: antimeridian.Bounds) -> sql.Composable:
    each = [
        _TOUCHES.format(sql.SQL(", ").join(map(sql.Literal, one)))
        for one in antimeridian.boxes(box)
    ]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(each))


def length_km(session: Session, network: models.StreetNetwork) -> float:
    """Return the length of all streets of a network."""
    metres = session.scalar(
        select(func.sum(models.StreetSegment.length_m)).where(
            models.StreetSegment.network_id == network.id
        )
    )
    return (metres or 0.0) / 1000


def _digest(segments: gpd.GeoDataFrame, noding: Noding, sources: gpd.GeoDataFrame | None) -> bytes:
    """Return what two equal networks have in common; the same streets cut otherwise differ."""
    digest = hashlib.sha256(noding.encode())
    for column in ("segment_id", "name", "road_class", "node_from", "node_to"):
        digest.update(json.dumps(segments[column].tolist()).encode())
    digest.update(b"".join(shapely.to_wkb(np.asarray(segments.geometry.array, dtype=object))))
    if sources is not None:
        digest.update(b"simplified")
        for column in ("segment_id", "lines"):
            digest.update(json.dumps(sources[column].tolist()).encode())
        digest.update(b"".join(shapely.to_wkb(np.asarray(sources.geometry.array, dtype=object))))
    return digest.digest()
