"""A stored run as a file: what is asked for is checked, then written whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from sqlalchemy.orm import Session

from service.errors import UnreadableFileError
from service.export import layers, summary
from service.export.formats import FORMATS, SUMMARY, Format, find, kind_of
from service.export.job import Job, Progress
from service.store import models
from spatial.errors import InvalidInputError, Problem

Writer: TypeAlias = Callable[[Job, Path], None]


def default_format(run: models.AnalysisRun) -> Format:
    """Return the format of a run for which none is asked."""
    return FORMATS["json" if kind_of(run) == SUMMARY else "geojson"]


def name_of(run: models.AnalysisRun, form: Format, layer: str | None = None) -> str:
    """Return the name of a run's file, which says what is in it."""
    part = f"-{layer}" if layer else ""
    return f"harmspot-{run.id}{part}.{form.suffix}"


def format_of(path: Path) -> Format:
    """Return the format that a file's suffix names.

    Raises
    ------
    NotFoundError
        When none has it.
    """
    suffix = path.suffix.removeprefix(".").lower()
    for form in FORMATS.values():
        if suffix in (form.suffix, form.name):
            return form
    return find(suffix)


def export(
    session: Session,
    agency_id: int,
    run: models.AnalysisRun,
    form: Format,
    path: Path,
    *,
    layer: str | None = None,
    service_url: str | None = None,
    progress: Progress | None = None,
) -> None:
    """Write a stored run to a file.

    Rows are read and written in batches: memory does not grow with the run.

    Parameters
    ----------
    session, agency_id
        The unit of work, and whose run it is.
    run
        The run; it is committed.
    form
        One of `FORMATS`.
    path
        The file: written whole or not at all, in place of one that is there.
    layer
        For formats that hold one: targets, units or patrol_areas; of a concentration shares or
        lorenz. By default the one that answers the run.
    service_url
        For a QGIS project that reads live from a service: its address.
    progress
        Told the share done, in [0, 1], and what is being written.

    Raises
    ------
    InvalidInputError
        When the format cannot hold such a run, or an option does not fit the format.
    NotFoundError
        When the run has no such layer.
    UnreadableFileError
        When the file cannot be written.
    """
    kind = kind_of(run)
    if kind not in form.of:
        able = ", ".join(one.name for one in FORMATS.values() if kind in one.of)
        raise InvalidInputError(
            f"A run of {run.process} has nothing that {form.name} could hold: choose {able}.",
            [Problem("format", f"not for {run.process}")],
        )
    if layer is not None and not form.one_layer:
        raise InvalidInputError(
            f"{form.title} holds all layers of a run: leave layer out.",
            [Problem("layer", f"not for {form.name}")],
        )
    if service_url is not None and form.name != "qgz":
        raise InvalidInputError(
            f"{form.title} holds what it shows: only qgz can read from the service.",
            [Problem("source", f"not for {form.name}")],
        )
    job = Job(session, run, service_url=service_url)
    if progress is not None:
        job.progress = progress
    if kind == SUMMARY:
        chosen = _summary_writer(run, form, layer)
    else:
        job.own = layers.own_layers(session, run)
        job.layers = layers.all_layers(session, agency_id, run)
        chosen = _places_writer(job, form, layer)
    with _in_its_place(path, form.suffix) as made:
        chosen(job, made)
    job.progress(1.0, "done")


def _places_writer(job: Job, form: Format, layer: str | None) -> Writer:
    if not form.one_layer:
        job.expect(sum(one.count for one in job.layers))
        return lambda job, made: form.write(job, None, made)
    chosen = layers.find(job.own, layer, job.run) if layer else job.own[0]
    job.expect(chosen.count)
    return lambda job, made: form.write(job, chosen, made)


def _summary_writer(run: models.AnalysisRun, form: Format, table: str | None) -> Writer:
    if form.name == "csv":
        found = summary.find_table(run, table or "shares")
        return lambda job, made: summary.write_table(job.run, found, made)
    return lambda job, made: form.write(job, None, made)


@contextmanager
def _in_its_place(path: Path, suffix: str) -> Iterator[Path]:
    """Give a place to write a file to, and put it where it belongs once it is whole."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".harmspot-", dir=path.parent) as folder:
            made = Path(folder) / f"run.{suffix}"  # GDAL minds the suffix, whatever the driver
            yield made
            made.replace(path)
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be written: {error.strerror}.") from error
