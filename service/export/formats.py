"""Every format in which a run can be had: one table, used by API and command line alike."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from service.analyses.figures import Table
from service.errors import unknown
from service.export import bundle, geojson, geopackage, kml, qgis_project, summary, tables
from service.export.contents import Contents
from service.export.job import Job
from service.export.layers import Layer
from service.export.single_layer import write_csv, write_flatgeobuf, write_geoparquet
from service.styles import FIGURES

_TOLD_AT_ONCE: Final = 10_000
"""Places after which it is told how far the writing is."""

Part: TypeAlias = Literal["places", "tables", "summary"]
"""What files hold of a run: layers of places, tables, or all of a result that has no places."""


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
        Writes one layer or table of a job to a file; or all of it, where that is None.
    one_layer
        Whether a file holds one layer, so that it must be said which.
    of
        What it can hold of a run.
    """

    name: str
    title: str
    suffix: str
    media_type: str
    write: Callable[[Job, Layer | Table | None, Path], None]
    one_layer: bool = False
    of: frozenset[Part] = frozenset({"places"})

    def takes(self, part: Layer | Table) -> bool:
        """Return whether it can hold a layer or a table."""
        return ("tables" if isinstance(part, Table) else "places") in self.of


def parts_of(contents: Contents) -> frozenset[Part]:
    """Return what files can hold of a run."""
    found: set[Part] = {"places"} if contents.own else {"summary"}
    return frozenset(found | ({"tables"} if contents.tables else set()))


def able(contents: Contents) -> list[Format]:
    """Return the formats that can hold something of a run."""
    return [one for one in FORMATS.values() if one.of & parts_of(contents)]


def find(name: str) -> Format:
    """Return a format by its name.

    Raises
    ------
    NotFoundError
        When there is none; the message lists those that there are.
    """
    if name not in FORMATS:
        raise unknown("export format", name, FORMATS, "format")
    return FORMATS[name]


def _geojson(job: Job, layer: Layer | Table | None, path: Path) -> None:
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


def _json(job: Job, _layer: Layer | Table | None, path: Path) -> None:
    path.write_bytes(summary.document(job.run))


def _csv(job: Job, layer: Layer | Table | None, path: Path) -> None:
    if isinstance(layer, Table):
        tables.write_csv(layer, path)
    else:
        _one(write_csv)(job, layer, path)


def _geopackage(job: Job, _layer: Layer | Table | None, path: Path) -> None:
    geopackage.write(job.run, job.layers, path, job.read, job.tables)


def _one(
    write: Callable[..., None],
) -> Callable[[Job, Layer | Table | None, Path], None]:
    def written(job: Job, layer: Layer | Table | None, path: Path) -> None:
        assert isinstance(layer, Layer)
        write(layer, job.read(layer), path)

    return written


def _qgis_project(job: Job, _layer: Layer | Table | None, path: Path) -> None:
    if job.service_url is not None:
        source = qgis_project.live(job.service_url, job.run.id)
        live = [one for one in job.own if one.style.collection != FIGURES]
        qgis_project.write(job.run, live, path, source)
        return
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        inside = Path(folder) / f"{job.name}.gpkg"
        geopackage.write(job.run, job.layers, inside, job.read, job.tables)
        source = qgis_project.attached(inside.name)
        qgis_project.write(job.run, job.layers, path, source, [inside])


def _zip(job: Job, _layer: Layer | Table | None, path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as made:
        folder = Path(made)
        if job.own:
            _fill(job, folder)
        else:
            _json(job, None, folder / f"{job.name}.json")
        for table in job.tables:
            tables.write_csv(table, folder / f"{table.name}.csv")
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
    geopackage.write(job.run, job.layers, folder / geopackage_name, job.read, job.tables)
    source = qgis_project.beside(geopackage_name)
    qgis_project.write(job.run, job.layers, folder / f"{job.name}.qgz", source)
    for form, layer in wanted:
        form.write(job, layer, folder / f"{layer.name}.{form.suffix}")


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
        Format(
            "csv", "CSV", "csv", "text/csv", _csv, one_layer=True,
            of=frozenset({"places", "tables"}),
        ),
        Format(
            "kml", "KML", "kml", "application/vnd.google-earth.kml+xml", _one(kml.write),
            one_layer=True,
        ),
        Format("qgz", "A QGIS project", "qgz", "application/x-qgis-project", _qgis_project),
        Format("json", "JSON", "json", "application/json", _json, of=frozenset({"summary"})),
        Format(
            "zip", "A zip", "zip", "application/zip", _zip,
            of=frozenset({"places", "summary"}),
        ),
    )
}  # fmt: skip
