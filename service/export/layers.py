"""The layers of a run: its targets, patrol areas and units, and the places that it refers to.

Each is read as a stream of batches, so that a run of a million units needs no more memory than one
of ten thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from psycopg import sql
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from service.analyses import properties
from service.analyses.property import Property
from service.analyses.study.units.kinds import kind_of
from service.export import geojson, rows
from service.export.columns import (
    schema_of,
    target_columns,
    unit_columns,
)
from service.store import models
from service.store.repository import boundaries, scores, streets
from service.store.repository import targets as stored_targets
from service.styles import Style, style_of, unclassed
from service.words.catalogue import gettext_noop
from spatial import antimeridian

_REFERENCE_TITLES: Final = {
    "districts": "Districts",
    "layer": "Areas",
    "population": "Population",
}


@dataclass(frozen=True)
class Layer:
    """A layer of a run.

    Parameters
    ----------
    name
        Name of the layer in a file.
    title, description
        What people call it, and what it holds, in a sentence.
    style
        How it is drawn.
    geometry_type
        What its geometries are: Polygon, MultiPolygon, LineString or MultiLineString.
    columns
        Its columns, without the geometry.
    count
        Number of its places.
    batches
        Reads them: Arrow batches with `columns` and `geometry` (WKB, EPSG:4326).
    geojson
        Reads them as the API sends them: bytes that follow on one another, each with the number
        of places in it; None: places that the run refers to and did not make.
    """

    name: str
    title: str
    description: str
    style: Style
    geometry_type: str
    columns: tuple[Property, ...]
    count: int
    batches: Callable[[], Iterator[pa.RecordBatch]]
    geojson: Callable[[], Iterator[tuple[bytes, int]]] | None = None

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the batches."""
        return schema_of(self.columns)


def targets(session: Session, run: models.AnalysisRun) -> Layer:
    """Return the targets of a run."""
    kind, columns = kind_of(run.parameters), target_columns(run)
    return Layer(
        name="targets",
        title=gettext_noop("Targets"),
        description="Ranked patrol targets with the evidence for each.",
        style=_fitting(style_of("targets", kind.shape), columns),
        geometry_type=kind.joined_type,
        columns=columns,
        count=stored_targets.number(session, run),
        batches=lambda: _target_batches(session, run, "geom"),
        geojson=lambda: iter([(geojson.targets(session, run), 0)]),
    )


def _fitting(style: Style, columns: tuple[Property, ...]) -> Style:
    """Return a style that goes by nothing that the places do not tell."""
    return style if style.decides in {one.name for one in columns} else unclassed(style)


def patrol_areas(session: Session, run: models.AnalysisRun) -> Layer:
    """Return the areas to patrol around the targets of a run."""
    metres = run.parameters["patrol_buffer_m"]
    return Layer(
        name="patrol_areas",
        title=gettext_noop("Patrol areas"),
        description=f"All within {metres:g} metres of each target, with its evidence.",
        style=style_of("patrol_areas"),
        geometry_type="MultiPolygon",
        columns=target_columns(run),
        count=stored_targets.number(session, run),
        batches=lambda: _target_batches(session, run, "patrol_geom"),
        geojson=lambda: iter([(geojson.patrol_areas(session, run), 0)]),
    )


def _target_batches(
    session: Session, run: models.AnalysisRun, shape: str
) -> Iterator[pa.RecordBatch]:
    held = [row for row in stored_targets.of(session, run) if getattr(row, shape) is not None]
    yield rows.batch_of(
        target_columns(run),
        [row.properties for row in held],
        rows.as_multi(_array([getattr(row, shape) for row in held])),
    )


def units(session: Session, run: models.AnalysisRun) -> Layer:
    """Return the units of a run, scored."""
    kind, columns = kind_of(run.parameters), unit_columns(run)
    names = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(scores.value(one), sql.Identifier(one.name)) for one in columns
    )
    query = sql.SQL(
        "SELECT {names}, ST_AsBinary(geom) AS geometry FROM unit_score WHERE run_id = {run}"
        " ORDER BY rank"
    ).format(names=names, run=sql.Literal(run.id))
    # Units on the antimeridian are cut there, into parts of one unit.
    west, _, east, _ = run.provenance["study_area"]["bbox"]
    across = not 0 <= east - west < 180
    return Layer(
        name="units",
        title=kind.title,
        description="Every unit of the study area with its harm"
        + (" and its hot-spot statistic." if any(one.name == "z" for one in columns) else "."),
        style=_fitting(style_of(kind.style), columns),
        geometry_type=kind.joined_type if across else kind.geometry_type,
        columns=columns,
        count=scores.number(session, run),
        batches=lambda: rows.stream(session, query, schema_of(columns), joined=across),
        geojson=lambda: _units_as_geojson(session, run),
    )


def _units_as_geojson(session: Session, run: models.AnalysisRun) -> Iterator[tuple[bytes, int]]:
    head, tail = geojson.scores_around(run)
    yield head, 0
    for at, feature in enumerate(geojson.score_features(session, run)):
        yield (b"," if at else b"") + feature.encode(), 1
    yield tail, 0


def areas_named(session: Session, agency_id: int, run: models.AnalysisRun) -> Iterator[Layer]:
    """Return the areas that a run refers to, in the versions that it names."""
    about = run.provenance
    area = about["study_area"]
    if area["name"] is not None:
        layer_name, _, one = area["name"].partition("/")
        pinned = f"{layer_name.partition('@')[0]}@{area['version']}"
        found = boundaries.study_area(session, agency_id, f"{pinned}/{one}" if one else pinned)
        row = [{"name": area["name"], "properties": {"version": area["version"]}}]
        yield _areas("study_area", "Study area", row, _array([found.geometry]))
    for what, title in _REFERENCE_TITLES.items():
        named = about["references"].get(what)
        if named is not None:
            pinned = f"{named['name']}@{named['version']}"
            held = boundaries.layer_areas(
                session, boundaries.find_layer(session, agency_id, pinned)
            )
            name = "areas" if what == "layer" else what
            shapes = np.asarray(held.geometry.array, dtype=object)
            yield _areas(name, title, held[["name", "properties"]].to_dict("records"), shapes)


def streets_named(session: Session, agency_id: int, run: models.AnalysisRun) -> Iterator[Layer]:
    """Return the streets that a run refers to, in the version that it names."""
    named = run.provenance["references"].get("network")
    if named is not None:
        pinned = f"{named['name']}@{named['version']}"
        network = streets.find(session, agency_id, pinned)
        yield _streets(session, network, run.provenance["study_area"]["bbox"])


def _areas(name: str, title: str, held: list[dict[str, Any]], shapes: rows.Shapes) -> Layer:
    return Layer(
        name=name,
        title=title,
        description=f"{title} that the run refers to, in the version that it used.",
        style=style_of("boundaries"),
        geometry_type="MultiPolygon",
        columns=properties.BOUNDARY,
        count=len(held),
        batches=lambda: iter([rows.batch_of(properties.BOUNDARY, held, rows.as_multi(shapes))]),
    )


def _streets(session: Session, network: models.StreetNetwork, bbox: list[float]) -> Layer:
    """Return the segments of a network that reach into the extent of the study."""
    west, south, east, north = bbox
    touching = [
        sql.SQL("ST_Intersects(geom, ST_MakeEnvelope({}, 4326))").format(
            sql.SQL(", ").join(sql.Literal(float(degrees)) for degrees in box)
        )
        for box in antimeridian.boxes((west, south, east, north))
    ]
    where = sql.SQL("network_id = {network} AND ({touching})").format(
        network=sql.Literal(network.id), touching=sql.SQL(" OR ").join(touching)
    )
    query = sql.SQL(
        "SELECT segment_id, name, road_class, length_m, source_ids::text,"
        " ST_AsBinary(geom) AS geometry"
        " FROM street_segment WHERE {where} ORDER BY position"
    ).format(where=where)
    return Layer(
        name="streets",
        title=gettext_noop("Streets"),
        description=f"Segments of the street network {network.name}@{network.version}.",
        style=style_of("streets"),
        geometry_type="LineString",
        columns=properties.STREET,
        count=rows.count(session, sql.SQL("SELECT count(*) FROM street_segment WHERE ") + where),
        batches=lambda: rows.stream(session, query, schema_of(properties.STREET)),
    )


def _array(shapes: list[BaseGeometry]) -> rows.Shapes:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found
