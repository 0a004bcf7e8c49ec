"""The places of a run on a plane in metres, as the maps of a briefing draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from service.analyses.study.units.kinds import kind_of
from service.export import contents, layers
from service.export.columns import GEOMETRY
from service.store import models
from spatial import antimeridian

Shapes: TypeAlias = NDArray[np.object_]
Bounds: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north in metres of the plane."""


@dataclass(frozen=True)
class Ground:
    """What lies in the study area of a run, in metres of one UTM zone.

    Parameters
    ----------
    kind
        What its units and targets are.
    targets, patrol_areas
        Shapes of the targets by rank; a patrol area is None where there is none.
    units
        Shapes of the units of each class that any of them has.
    study_area, districts, streets
        Shapes of what the run refers to; empty where it refers to none.
    street_names
        Of each of `streets`; empty: it has none.
    bounds
        Of the study area and its units.
    """

    kind: Literal["polygon", "line"]
    targets: Shapes
    patrol_areas: Sequence[BaseGeometry | None]
    units: dict[str, Shapes]
    study_area: Shapes
    districts: Shapes
    streets: Shapes
    street_names: NDArray[np.str_]
    bounds: Bounds


def read(
    session: Session,
    agency_id: int,
    run: models.AnalysisRun,
    targets: Sequence[models.Target],
) -> Ground:
    """Read the places of a run, its targets given, by way of the layers of its exports."""
    import geopandas as gpd

    from spatial.metres import plane

    held = {layer.name: layer for layer in contents.of_run(session, agency_id, run).layers}
    box = antimeridian.box(tuple(run.provenance["study_area"]["bbox"]))
    zone = plane(gpd.GeoSeries([box], crs=4326))
    shapes, classes = _none(), np.empty(0, dtype=np.str_)
    if "units" in held:
        scored = _table(held["units"])
        classed = scored["class"].to_pylist() if "class" in scored.column_names else []
        classes = np.asarray(classed or ["not_significant"] * len(scored), dtype=np.str_)
        shapes = _flat(_shapes_of(scored), zone)
    network = _table(held["streets"]) if "streets" in held else None
    streets = _none() if network is None else _flat(_shapes_of(network), zone)
    names = [] if network is None else [name or "" for name in network["name"].to_pylist()]
    areas = {
        name: _flat(_shapes_of(_table(held[name])), zone) if name in held else _none()
        for name in ("study_area", "districts")
    }
    outline = areas["study_area"] if len(areas["study_area"]) else _flat(single(box), zone)
    # Units that overlap the edge of the study area reach beyond it.
    west, south, east, north = shapely.total_bounds(np.concatenate((outline, shapes)))
    return Ground(
        kind=kind_of(run.parameters).shape,
        targets=_flat(array_of([row.geom for row in targets]), zone),
        patrol_areas=[
            None if row.patrol_geom is None else _flat(single(row.patrol_geom), zone)[0]
            for row in targets
        ],
        units={str(name): shapes[classes == name] for name in np.unique(classes)},
        study_area=areas["study_area"],
        districts=areas["districts"],
        streets=streets,
        street_names=np.asarray(names, dtype=np.str_),
        bounds=(float(west), float(south), float(east), float(north)),
    )


def _table(layer: layers.Layer) -> pa.Table:
    return pa.Table.from_batches(layer.batches(), schema=layer.schema)


def _shapes_of(table: pa.Table) -> Shapes:
    if table.num_rows == 0:
        return _none()
    wkb = table[GEOMETRY].to_numpy(zero_copy_only=False)
    return np.asarray(shapely.from_wkb(wkb), dtype=object)


def _flat(shapes: Shapes, zone: CRS) -> Shapes:
    if len(shapes) == 0:
        return shapes
    import geopandas as gpd

    projected = gpd.GeoSeries(shapes, crs=4326).to_crs(zone)
    return np.asarray(projected.array, dtype=object)


def array_of(shapes: Sequence[BaseGeometry]) -> Shapes:
    """Return shapes as an array, which numpy would else take apart."""
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found


def single(shape: BaseGeometry) -> Shapes:
    """Return one shape as an array."""
    return array_of([shape])


def _none() -> Shapes:
    return np.empty(0, dtype=object)
