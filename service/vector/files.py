"""Vector files of many formats, each read as one table with a coordinate reference system."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from service.errors import NotFoundError, UnreadableFileError, nearest
from service.ingest.readers.limits import Limits
from service.ingest.readers.parquet_limits import check_whole
from service.store import disk
from service.vector import formats as vector_formats
from service.vector import geopackage, graphml, osm, recipes
from service.vector.formats import GEOPARQUET, GRAPHML, OSM, Located
from service.vector.gdal import DataLayerError, DataSourceError, pyogrio
from service.vector.reference_systems import coded, of_file
from spatial import antimeridian
from spatial.errors import InvalidInputError, Problem

_UNPACKED: Final = re.compile(rf"\S*{vector_formats.UNPACKED}\w*/")
_ROUNDING_DEG: Final = 1e-6
_REMEDY: Final = "say it with the option crs, as EPSG:27700"


@dataclass(frozen=True)
class VectorTable:
    """What was read of a file.

    Parameters
    ----------
    features
        Attributes and geometry; the coordinate reference system is known.
    from_osm
        Whether the file is OpenStreetMap's own.
    left_out
        Features that are of no use here and were not read, by kind.
    """

    features: gpd.GeoDataFrame
    from_osm: bool = False
    left_out: dict[str, int] = field(default_factory=dict)


def read(
    path: Path,
    layer: str | None = None,
    *,
    wanted: Literal["lines", "areas"],
    crs: str | None = None,
    limits: Limits | None = None,
) -> VectorTable:
    """Read a vector file.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, GeoParquet, FlatGeobuf, Shapefile, KML or KMZ, OpenStreetMap PBF or
        XML, osmnx GraphML; the first four and Shapefile and KML zipped too.
    layer
        Layer of a file that holds several.
    wanted
        What is looked for in a file of OpenStreetMap: streets, or administrative areas.
    crs
        Coordinate reference system of a file that does not say its own, as ``EPSG:27700``.
    limits
        How much the file may hold once it is unpacked; by default as the settings' defaults say.

    Raises
    ------
    UnreadableFileError
        When there is no such file, it is not one of these, has no features, does not say its
        coordinate reference system, or has coordinates that are not in it.
    NotFoundError
        When the file has no such layer, or holds several and none is named; the message lists
        them.
    InvalidInputError
        When `crs` is unknown, or contradicts the file.
    PayloadTooLargeError
        When the file holds more than it may.
    """
    limits = limits or Limits()
    given = None if crs is None else coded(crs)
    located = vector_formats.locate(path, layer, limits)
    try:
        if located.format is GEOPARQUET:
            with path.open("rb") as file:
                check_whole(file, limits, path.name)
        with vector_formats.at_hand(path, located) as reached:
            recipes.check(Path(reached.address), path.name)
            table = _read(path, reached, wanted)
    except (
        DataSourceError,
        DataLayerError,
        CRSError,
        ValueError,
        OSError,
        pa.ArrowException,
        shapely.errors.ShapelyError,
    ) as error:
        if (refusal := disk.refusal_of(error)) is not None:  # readers write temporary files
            raise refusal from error
        raise UnreadableFileError(
            f"{path.name} cannot be read as {located.format.name}: {_plain(error, path)}"
        ) from error
    features = table.features
    if not isinstance(features, gpd.GeoDataFrame):
        raise UnreadableFileError(f"{path.name} has no geometry: its features are rows without.")
    if features.empty:
        raise UnreadableFileError(f"{path.name} holds {_NOTHING[wanted, table.from_osm]}.")
    features = _in_crs(features, given, located, path.name)
    _check_positions(features, path.name)
    return VectorTable(features, table.from_osm, table.left_out)


_NOTHING: Final = {
    ("lines", False): "no feature",
    ("areas", False): "no feature",
    ("lines", True): "no street: no way has the tag highway",
    ("areas", True): "no area with the tag boundary=administrative",
}


def _read(path: Path, located: Located, wanted: Literal["lines", "areas"]) -> VectorTable:
    if located.format is GRAPHML:
        _refuse_layer(path, located.layer)
        return VectorTable(graphml.read(path))
    if located.format is GEOPARQUET:
        _refuse_layer(path, located.layer)
        _check_stated(path)
        return VectorTable(_without_nul(gpd.read_parquet(path)))
    layer = _layer(path, located, wanted)
    if located.format in OSM and layer == osm.STREETS and wanted == "lines":
        streets, left_out = osm.read_streets(path)
        return VectorTable(streets, from_osm=True, left_out=left_out)
    if located.format in OSM and layer == osm.AREAS and wanted == "areas":
        return VectorTable(osm.read_areas(path), from_osm=True)
    return VectorTable(osm.with_levels(pyogrio.read_dataframe(located.address, layer=layer)))


def _layer(path: Path, located: Located, wanted: Literal["lines", "areas"]) -> str | None:
    # A table without geometry, such as a style, is no layer to load.
    listed = pyogrio.list_layers(located.address)
    queries = geopackage.queries(Path(located.address))
    held = [str(name) for name, kind in listed if kind is not None]
    held = [name for name in held if name.casefold() not in queries]
    layer = located.layer
    if layer is None and located.format in OSM:
        return osm.STREETS if wanted == "lines" else osm.AREAS
    if layer is not None and layer not in held:
        raise NotFoundError(
            f"{path.name} has no layer {layer}; it has: {', '.join(held) or 'none'}."
            f"{nearest(layer, held)}",
            [Problem("file_layer", f"unknown layer {layer}")],
        )
    if layer is None and len(held) > 1:
        raise NotFoundError(
            f"{path.name} holds several layers: {', '.join(held)}. Say which one to load "
            "(file_layer).",
            [Problem("file_layer", "not named")],
        )
    return layer or (held[0] if held else None)


def _refuse_layer(path: Path, layer: str | None) -> None:
    if layer is not None:
        raise NotFoundError(
            f"{path.name} has no layer {layer}; it holds one table without a name: leave "
            "file_layer out.",
            [Problem("file_layer", f"unknown layer {layer}")],
        )


def _check_stated(path: Path) -> None:
    """Refuse a GeoParquet file that states a reference system of its shapes that is not known."""
    geo = json.loads((pq.read_schema(path).metadata or {}).get(b"geo", b"{}"))
    columns = geo.get("columns") if isinstance(geo, dict) else None
    for about in columns.values() if isinstance(columns, dict) else ():
        stated = about.get("crs") if isinstance(about, dict) else None
        if stated is not None:
            of_file(stated if isinstance(stated, str) else json.dumps(stated))


def _without_nul(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    # PostgreSQL's texts hold every character but this one, which only this format can bring in.
    texts = features.select_dtypes(["object", "string"]).columns
    return features.assign(
        **{name: features[name].replace("\x00", "", regex=True) for name in texts}
    )


def _in_crs(
    features: gpd.GeoDataFrame, given: CRS | None, located: Located, name: str
) -> gpd.GeoDataFrame:
    """Return the features in the CRS that the file says, or that is given where it says none."""
    stated = features.crs
    if stated is None and given is None:
        raise UnreadableFileError(
            f"{name} does not say its coordinate reference system: {_REMEDY}, or save it with one.",
            [Problem("crs", "not known")],
        )
    if given is None or given == stated:
        return features
    # GDAL says degrees of a format that has nothing else; numbers in metres are common there.
    if stated is not None and not (located.format.in_degrees and stated == "EPSG:4326"):
        raise InvalidInputError(
            f"{name} says that it is in {_short(stated)}, not in {_short(given)}: leave crs out, "
            "or correct the file.",
            [Problem("crs", f"contradicts {name}")],
        )
    return features.set_crs(given, allow_override=True)


def _check_positions(features: gpd.GeoDataFrame, name: str) -> None:
    """Refuse coordinates that cannot be in the coordinate reference system that they are in."""
    shapes = np.asarray(features.geometry.array, dtype=object)
    filled = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    bounds, crs = shapely.bounds(shapes[filled]), features.crs
    if crs.is_geographic:
        # Longitudes beyond 180 go on over the antimeridian: a shape that spans less than the globe.
        most = np.tile([antimeridian.FARTHEST, 90 + _ROUNDING_DEG], 2)
        wrong = np.flatnonzero(~(np.abs(bounds) <= most).all(axis=1))
        why = f"should be in degrees ({_short(crs)})"
        remedy = f"{_REMEDY}, or save it in longitude and latitude"
    else:
        boxes = gpd.GeoSeries(shapely.box(*bounds.T), crs=crs).to_crs(4326)
        moved = shapely.bounds(np.asarray(boxes.array, dtype=object))
        wrong = np.flatnonzero(~np.isfinite(moved).all(axis=1))
        why = f"should lie where {_short(crs)} reaches"
        remedy = "correct its coordinates or the reference system"
    if wrong.size:
        at = int(filled[wrong[0]]) + 1
        x, y = bounds[wrong[0], 2:]
        raise UnreadableFileError(
            f"{name} {why}, but its feature {at} is at {x:,.1f}, {y:,.1f} ({wrong.size:,} such in "
            f"all): {remedy}.",
            [Problem(f"feature {at}", "coordinates do not fit the reference system")],
        )


def _short(crs: CRS) -> str:
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.name)


def _plain(error: Exception, path: Path) -> str:
    """Return a library's message as one line that names the file, not the folder it is in."""
    said = " ".join(str(error).split())
    if "not recognized as being in a supported file format" in said:
        return "its content is something else, or cut short."
    if "do not form a closed linestring" in said:
        return "a ring of one of its polygons does not end where it begins; close it there."
    # GDAL tells the steps that led to a failure; the last one is the cause.
    cause = _UNPACKED.sub("", said.split("; ")[-1]).replace(str(path.absolute()), path.name)
    return cause.replace(str(path), path.name) or type(error).__name__
