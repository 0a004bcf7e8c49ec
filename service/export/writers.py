"""What writes the files of each format: one function each, that `formats` names."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from service.analyses.figures import Table
from service.export import bundle, qgis_project, summary, tables
from service.export.formats import FORMATS
from service.export.geopackage import write as write_geopackage
from service.export.job import Job
from service.export.kml import write as write_kml
from service.export.layers import Layer
from service.export.single_layer import (
    Batches,
    write_csv,
    write_flatgeobuf,
    write_geoparquet,
    write_types,
)
from service.styles import FIGURES

Writer: TypeAlias = Callable[[Job, Layer | Table | None, Path], None]

_TOLD_AT_ONCE: Final = 10_000
"""Places after which it is told how far the writing is."""


def geojson(job: Job, layer: Layer | Table | None, path: Path) -> None:
    """Write a layer as the API answers it."""
    assert isinstance(layer, Layer)
    assert layer.geojson is not None
    told = 0
    with path.open("wb") as stream:
        for written, places in layer.geojson():
            stream.write(written)
            told += places
            if told >= _TOLD_AT_ONCE:
                job.wrote(told, layer.name)
                told = 0


def json(job: Job, _layer: Layer | Table | None, path: Path) -> None:
    """Write the whole answer of a run."""
    path.write_bytes(summary.document(job.run))


def csv(job: Job, layer: Layer | Table | None, path: Path) -> None:
    """Write a layer or a table as CSV."""
    if isinstance(layer, Table):
        tables.write_csv(layer, path)
    else:
        _one(write_csv)(job, layer, path)


def geopackage(job: Job, _layer: Layer | Table | None, path: Path) -> None:
    """Write every layer of a run, and the tables of its analysis."""
    write_geopackage(job.run, job.layers, path, job.read, job.tables)


def _one(write: Callable[[Layer, Batches, Path], None]) -> Writer:
    """Return what writes one layer whose rows are read batch by batch."""

    def written(job: Job, layer: Layer | Table | None, path: Path) -> None:
        assert isinstance(layer, Layer)
        write(layer, job.read(layer), path)

    return written


def qgis(job: Job, _layer: Layer | Table | None, path: Path) -> None:
    """Write a QGIS project that has its places with it, or reads them from the service."""
    if job.service_url is not None:
        source = qgis_project.live(job.service_url, job.run.id)
        live = [one for one in job.own if one.style.collection != FIGURES]
        qgis_project.write(job.run, live, path, source)
        return
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        inside = Path(folder) / f"{job.name}.gpkg"
        write_geopackage(job.run, job.layers, inside, job.read, job.tables)
        source = qgis_project.attached(inside.name)
        qgis_project.write(job.run, job.layers, path, source, [inside])


def zipped(job: Job, _layer: Layer | Table | None, path: Path) -> None:
    """Write a run in every format, with a README."""
    with tempfile.TemporaryDirectory(dir=path.parent) as made:
        folder = Path(made)
        if job.own:
            _fill(job, folder)
        else:
            json(job, None, folder / f"{job.name}.json")
        for table in job.tables:
            tables.write_csv(table, folder / f"{table.name}.csv")
        files = sorted(folder.iterdir())
        of_files = [one for one in FORMATS.values() if any(map(one.is_of, files))]
        readme = folder / bundle.README
        readme.write_text(bundle.readme(job, of_files), encoding="utf-8")
        packed = {file for file in files if any(one.packed and one.is_of(file) for one in of_files)}
        bundle.pack(job, sorted([*files, readme]), packed, path)


def _fill(job: Job, folder: Path) -> None:
    single = [form for form in FORMATS.values() if form.one_layer]
    wanted = [
        (form, layer)
        for layer in job.own
        for form in single
        if form.most_places is None or layer.count <= form.most_places
    ]
    job.expect(sum(layer.count for layer in job.layers) + sum(layer.count for _, layer in wanted))
    geopackage_name = f"{job.name}.gpkg"
    write_geopackage(job.run, job.layers, folder / geopackage_name, job.read, job.tables)
    source = qgis_project.beside(geopackage_name)
    qgis_project.write(job.run, job.layers, folder / f"{job.name}.qgz", source)
    for form, layer in wanted:
        form.write(job, layer, folder / f"{layer.name}.{form.suffix}")
        if form.suffix == "csv":
            write_types(layer, folder / f"{layer.name}.csvt")


flatgeobuf: Final[Writer] = _one(write_flatgeobuf)
geoparquet: Final[Writer] = _one(write_geoparquet)
kml: Final[Writer] = _one(write_kml)
