"""A zip of a run in every format, with a README that says what is in it and how to open it."""

from __future__ import annotations

import textwrap
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from service.export import about
from service.export.job import Job
from service.export.qgis_project import entry

README: Final = "README.txt"
MOST_IN_KML: Final = 10_000
"""Layers with more places are left out as KML: the programs that read it cannot show them."""

_WIDTH: Final = 96
_STORED: Final = {".parquet", ".qgz"}  # compressed already

_HOW_TO_OPEN: Final = """\
QGIS 3.22 or later: open the .qgz, with the .gpkg in the same folder; or drag the .gpkg into any
project: each layer comes with its style. ArcGIS Pro: add the .gpkg, or the .geojson. A
spreadsheet: the .csv; an apostrophe before a text keeps it from being run as a formula. Google
Earth: the .kml. Python: geopandas.read_parquet on the .parquet. A web map: the .fgb or .geojson.
All coordinates are longitude and latitude, WGS 84 (EPSG:4326).
"""
_SUMMARY_FILES: Final = "The .json is the whole answer; the .csv files are its tables.\n"


def readme(job: Job) -> str:
    """Return the text that comes with the files of a run."""
    parts = [about.title(job.run), "=" * len(about.title(job.run)), ""]
    parts += [_wrapped(f"{name}: {value}") for name, value in about.facts(job.run)]
    parts += ["", "How to open", "-----------", ""]
    parts.append(_HOW_TO_OPEN if job.layers else _SUMMARY_FILES)
    for layer in job.layers:
        heading = f"{layer.name}: {layer.title.lower()} ({layer.count:,})"
        parts += [heading, "-" * len(heading), "", _wrapped(layer.description), ""]
        parts += [_wrapped(f"{one.name}: {one.in_words}") for one in layer.columns]
        parts.append("")
    if job.tables:
        parts += [_wrapped(f"{one.name}.csv: {one.description}") for one in job.tables]
        parts.append("")
    return "\n".join(parts)


def pack(job: Job, files: Sequence[Path], path: Path) -> None:
    """Put files into a zip, dated by the run so that its bytes do not change."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            place = entry(job.run, f"{job.name}/{file.name}")
            if file.suffix in _STORED:
                place.compress_type = zipfile.ZIP_STORED
            with (
                file.open("rb") as content,
                archive.open(place, "w", force_zip64=True) as inside,
            ):
                while block := content.read(1 << 20):
                    inside.write(block)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent="  ", break_long_words=False)
