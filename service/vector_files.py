"""Vector files of any format, read as one table with a coordinate reference system."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from service.errors import NotFoundError, UnreadableFileError
from spatial.errors import Problem

_OSM_SUFFIXES = (".pbf", ".osm")
_OSM_LINES = "lines"


def read(path: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read a vector file.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile (zipped too), FlatGeobuf, GeoParquet, KML, GML, or
        OpenStreetMap (PBF or XML, whose layer is ``lines`` unless another is asked for).
    layer
        Layer of a file that holds several.

    Raises
    ------
    UnreadableFileError
        When there is no such file, or it is not one of these.
    NotFoundError
        When the file has no such layer, or holds several and none is named; the message lists
        them.
    """
    if not path.exists():
        raise UnreadableFileError(f"There is no file {path}.")
    try:
        if path.suffix == ".parquet":
            return gpd.read_parquet(path)
        return gpd.read_file(path, layer=_layer(path, layer))
    except (DataSourceError, DataLayerError, ValueError, OSError, pa.ArrowException) as error:
        raise UnreadableFileError(f"{path.name} cannot be read as a layer: {error}") from error


def _layer(path: Path, wanted: str | None) -> str | None:
    held = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if wanted is None and path.name.endswith(_OSM_SUFFIXES):
        return _OSM_LINES
    if wanted is not None and wanted not in held:
        raise NotFoundError(
            f"{path.name} has no layer {wanted}; it has: {', '.join(held) or 'none'}.",
            [Problem("layer", f"unknown layer {wanted}")],
        )
    if wanted is None and len(held) > 1:
        raise NotFoundError(
            f"{path.name} holds several layers: {', '.join(held)}. Say which one to load.",
            [Problem("layer", "not named")],
        )
    return wanted
