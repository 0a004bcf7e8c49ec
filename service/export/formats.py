"""Every format in which a run can be had: one table, used by API and command line alike."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.analyses import registry
from service.export import bundle, geojson, geopackage, kml, qgis_project, summary
from service.export.job import Job
from service.export.layers import Layer
from service.export.single_layer import write_csv, write_flatgeobuf, write_geoparquet
from service.store import models
from service.store.repository import versions

PLACES, SUMMARY = "places", "summary"
"""What runs find: places that are drawn, or numbers about them alone."""


@dataclass(frozen=True)
class Format:
    """A format of file.

    Parameters
    ----------
    name, title
        What it is asked for by, and what people call it.
    suffix, media_type
        Of the file.
    write
        Writes one layer of a job to a file; or all of it, where the layer is None.
    one_layer
        Whether a file holds one layer, so that it must be said which.
    of
        Kinds of run that it can hold.
    """

    name: str
    title: str
    suffix: str
    media_type: str
    write: Callable[[Job, Layer | None, Path], None]
    one_layer: bool = False
    of: frozenset[str] = frozenset({PLACES})


def kind_of(run: models.AnalysisRun) -> str:
    """Return what a run found: places, or a summary."""
    return PLACES if registry.find(run.process).places else SUMMARY


def find(name: str) -> Format:
    """Return a format by its name.

    Raises
    ------
    NotFoundError
        When there is none; the message lists those that there are.
    """
    if name not in FORMATS:
        raise versions.unknown("export format", name, FORMATS, "format")
    return FORMATS[name]


def _geojson(job: Job, layer: Layer | None, path: Path) -> None:
    assert layer is not None
    if layer.name == "targets":
        path.write_bytes(geojson.targets(job.session, job.run))
    elif layer.name == "patrol_areas":
        path.write_bytes(geojson.patrol_areas(job.session, job.run))
    else:
        head, tail = geojson.scores_around(job.run)
        with path.open("wb") as stream:
            stream.write(head)
            for at, feature in enumerate(geojson.score_features(job.session, job.run)):
                stream.write((b"," if at else b"") + feature.encode())
                if at % 10_000 == 9_999:
                    job.wrote(10_000, layer.name)
            stream.write(tail)


def _json(job: Job, _layer: Layer | None, path: Path) -> None:
    path.write_bytes(summary.document(job.run))


def _geopackage(job: Job, _layer: Layer | None, path: Path) -> None:
    geopackage.write(job.run, job.layers, path, job.read)


def _one(
    write: Callable[..., None],
) -> Callable[[Job, Layer | None, Path], None]:
    def written(job: Job, layer: Layer | None, path: Path) -> None:
        assert layer is not None
        write(layer, job.read(layer), path)

    return written


def _qgis_project(job: Job, _layer: Layer | None, path: Path) -> None:
    if job.service_url is not None:
        source = qgis_project.live(job.service_url, job.run.id)
        qgis_project.write(job.run, job.own, path, source)
        return
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        inside = Path(folder) / f"{job.name}.gpkg"
        geopackage.write(job.run, job.layers, inside, job.read)
        source = qgis_project.attached(inside.name)
        qgis_project.write(job.run, job.layers, path, source, [inside])


def _zip(job: Job, _layer: Layer | None, path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as made:
        folder = Path(made)
        if kind_of(job.run) == SUMMARY:
            _json(job, None, folder / f"{job.name}.json")
            for table in summary.TABLES.values():
                summary.write_table(job.run, table, folder / f"{table.name}.csv")
        else:
            _fill(job, folder)
        (folder / bundle.README).write_text(bundle.readme(job), encoding="utf-8")
        bundle.pack(job, sorted(folder.iterdir()), path)


def _fill(job: Job, folder: Path) -> None:
    single = [form for form in FORMATS.values() if form.one_layer]
    wanted = [
        (form, layer)
        for layer in job.own
        for form in single
        if form.name != "kml" or layer.count <= bundle.MOST_IN_KML
    ]
    job.expect(sum(layer.count for layer in job.layers) + sum(layer.count for _, layer in wanted))
    geopackage_name = f"{job.name}.gpkg"
    geopackage.write(job.run, job.layers, folder / geopackage_name, job.read)
    source = qgis_project.beside(geopackage_name)
    qgis_project.write(job.run, job.layers, folder / f"{job.name}.qgz", source)
    for form, layer in wanted:
        form.write(job, layer, folder / f"{layer.name}.{form.suffix}")


_BOTH: Final = frozenset({PLACES, SUMMARY})

FORMATS: Final = {
    one.name: one
    for one in (
        Format("geojson", "GeoJSON", "geojson", geojson.MEDIA_TYPE, _geojson, one_layer=True),
        Format(
            "gpkg", "GeoPackage", "gpkg", "application/geopackage+sqlite3", _geopackage
        ),
        Format(
            "fgb", "FlatGeobuf", "fgb", "application/flatgeobuf", _one(write_flatgeobuf),
            one_layer=True,
        ),
        Format(
            "geoparquet", "GeoParquet", "parquet", "application/vnd.apache.parquet",
            _one(write_geoparquet), one_layer=True,
        ),
        Format("csv", "CSV", "csv", "text/csv", _one(write_csv), one_layer=True, of=_BOTH),
        Format(
            "kml", "KML", "kml", "application/vnd.google-earth.kml+xml", _one(kml.write),
            one_layer=True,
        ),
        Format("qgz", "A QGIS project", "qgz", "application/x-qgis-project", _qgis_project),
        Format("json", "JSON", "json", "application/json", _json, of=frozenset({SUMMARY})),
        Format("zip", "A zip", "zip", "application/zip", _zip, of=_BOTH),
    )
}  # fmt: skip
