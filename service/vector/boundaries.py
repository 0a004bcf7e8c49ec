"""Named layers of areas from any vector format, made clean and stored in versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from service.store.repository import boundaries as repository
from service.store.repository import versions

if TYPE_CHECKING:
    import geopandas as gpd

    from service.ingest.readers.limits import Limits


@dataclass(frozen=True)
class LoadedLayer:
    """What became of a boundary file."""

    layer: str
    version: int
    areas: int
    stored: bool  # False: this very content was there already
    warnings: list[str] = field(default_factory=list)


def load_file(
    session: Session,
    agency_id: int,
    path: Path,
    layer: str,
    *,
    name_column: str | None = None,
    file_layer: str | None = None,
    crs: str | None = None,
    limits: Limits | None = None,
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
    limits
        How much the file may hold once it is unpacked.

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

    versions.check_name(repository.KIND, layer, "layer")
    areas = vector_files.read(path, file_layer, wanted="areas", crs=crs, limits=limits).features
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

    versions.check_name(repository.KIND, layer, "layer")
    found = boundary_areas.clean(areas, layer, where=where, name_column=name_column)
    stored, is_new = repository.store(
        session,
        agency_id,
        layer,
        file_name=where,
        position=found.position,
        names=found.names,
        shapes=found.shapes,
        properties=found.properties,
    )
    return LoadedLayer(layer, stored.version, len(found.names), is_new, found.warnings)
