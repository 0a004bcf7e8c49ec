"""A stored run as a file: what is asked for is checked, then written whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from service.analyses.figures import Table
from service.errors import UnreadableFileError
from service.export import contents, formats
from service.export.contents import Contents
from service.export.formats import FORMATS, Format, find
from service.export.job import Job, Progress
from service.export.layers import Layer
from service.store import disk, models
from spatial.errors import InvalidInputError, Problem


def default_format(session: Session, run: models.AnalysisRun) -> Format:
    """Return the format of a run for which none is asked."""
    part = "places" if contents.own(session, run).own else "summary"
    return next(one for one in FORMATS.values() if part in one.of)


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
        For formats that hold one: the name of a layer or table of the run. By default the one
        that answers it.
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
    held = contents.of_run(session, agency_id, run)
    if not form.of & formats.parts_of(held):
        able = ", ".join(one.name for one in formats.able(held))
        raise InvalidInputError(
            f"A run of {run.process} has nothing that {form.name} could hold: choose {able}.",
            [Problem("format", f"not for {run.process}")],
        )
    if layer is not None and not form.one_layer:
        raise InvalidInputError(
            f"{form.title} holds all layers of a run: leave layer out.",
            [Problem("layer", f"not for {form.name}")],
        )
    if service_url is not None and not form.live:
        able = ", ".join(one.name for one in FORMATS.values() if one.live)
        raise InvalidInputError(
            f"{form.title} holds what it shows: only {able} can read from the service.",
            [Problem("source", f"not for {form.name}")],
        )
    chosen = _part(held, form, layer, run) if form.one_layer else None
    job = Job(session, run, held.own, held.layers, held.tables, service_url=service_url)
    if progress is not None:
        job.progress = progress
    read = job.layers if chosen is None else [one for one in held.own if one is chosen]
    job.expect(sum(one.count for one in read))
    with _in_its_place(path, form.suffix) as made:
        form.write(job, chosen, made)
    job.progress(1.0, "done")


def _part(held: Contents, form: Format, name: str | None, run: models.AnalysisRun) -> Layer | Table:
    """Return the layer or table that a file will hold."""
    every: list[Layer | Table] = [*held.own, *held.tables]
    fitting = [one for one in every if form.takes(one)]
    if name is None:
        return fitting[0]
    found = held.find(name, run)
    if found not in fitting:
        listed = ", ".join(one.name for one in fitting)
        able = " or ".join(one.name for one in FORMATS.values() if one.takes(found))
        raise InvalidInputError(
            f"{name} is a table, which {form.name} cannot hold: ask for {able}, or for one of: "
            f"{listed}.",
            [Problem("layer", f"not for {form.name}")],
        )
    return found


@contextmanager
def _in_its_place(path: Path, suffix: str) -> Iterator[Path]:
    """Give a place to write a file to, and put it where it belongs once it is whole."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".harmspot-", dir=path.parent) as folder:
            made = Path(folder) / f"run.{suffix}"  # GDAL minds the suffix, whatever the driver
            try:
                yield made
                made.replace(path)
            except Exception as error:
                if (refusal := disk.refusal_of(error, Path(folder))) is not None:
                    raise refusal from error
                raise
    except OSError as error:
        if (refusal := disk.refusal_of(error, path.parent)) is not None:
            raise refusal from error
        raise UnreadableFileError(f"{path} cannot be written: {error.strerror}.") from error
