"""A zip of a run in every format, with a README that says what is in it and how to open it."""

from __future__ import annotations

import textwrap
import zipfile
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Final, Protocol

from service.export import about
from service.export.job import Job
from service.export.qgis_project import entry

README: Final = "README.txt"
_WIDTH: Final = 96
_COORDINATES: Final = "All coordinates are longitude and latitude, WGS 84 (EPSG:4326)."


class Opened(Protocol):
    """As much of a format as a README tells."""

    @property
    def opens(self) -> str:
        """How its files are opened."""


def readme(job: Job, forms: Sequence[Opened]) -> str:
    """Return the text that comes with the files of a run, which are of some formats."""
    parts = [about.title(job.run), "=" * len(about.title(job.run)), ""]
    parts += [_wrapped(f"{name}: {value}") for name, value in about.facts(job.run)]
    parts += ["", "How to open", "-----------", ""]
    parts += [_wrapped(one.opens) for one in forms if one.opens]
    parts += [_COORDINATES, ""] if job.layers else [""]
    for layer in job.layers:
        heading = f"{layer.name}: {layer.title.lower()} ({layer.count:,})"
        parts += [heading, "-" * len(heading), "", _wrapped(layer.description), ""]
        parts += [_wrapped(f"{one.name}: {one.in_words}") for one in layer.columns]
        parts.append("")
    if job.tables:
        parts += [_wrapped(f"{one.name}.csv: {one.description}") for one in job.tables]
        parts.append("")
    return "\n".join(parts)


def pack(job: Job, files: Sequence[Path], packed: Set[Path], path: Path) -> None:
    """Put files into a zip, dated by the run so that its bytes do not change.

    Those that are packed already are put there as they are.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            place = entry(job.run, f"{job.name}/{file.name}")
            if file in packed:
                place.compress_type = zipfile.ZIP_STORED
            with (
                file.open("rb") as content,
                archive.open(place, "w", force_zip64=True) as inside,
            ):
                while block := content.read(1 << 20):
                    inside.write(block)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent="  ", break_long_words=False)
