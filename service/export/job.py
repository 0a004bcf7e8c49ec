"""What a writer is handed: a run, its layers, and somebody to tell how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import pyarrow as pa
from sqlalchemy.orm import Session

from service.analyses.figures import Table
from service.export.layers import Layer
from service.store import models

Progress: TypeAlias = Callable[[float, str], None]


@dataclass
class Job:
    """The export of one run.

    Parameters
    ----------
    session
        The unit of work, open until everything is written.
    run
        The run.
    own
        The layers that the run itself made, the one that answers it first.
    layers
        All its layers, the topmost first.
    tables
        Its tables.
    service_url
        Where the service is, for projects that read from it; None: they hold the layers.
    progress
        Told the share done, in [0, 1], and what is being written.
    """

    session: Session
    run: models.AnalysisRun
    own: tuple[Layer, ...] = ()
    layers: tuple[Layer, ...] = ()
    tables: tuple[Table, ...] = ()
    service_url: str | None = None
    progress: Progress = lambda _share, _message: None
    _to_write: int = field(default=1, init=False)
    _written: int = field(default=0, init=False)

    def expect(self, rows: int) -> None:
        """Say how many rows will be read in all, each as often as a file needs it."""
        self._to_write = max(rows, 1)

    def read(self, layer: Layer) -> Iterator[pa.RecordBatch]:
        """Read a layer, and tell how far that is."""
        for batch in layer.batches():
            yield batch
            self.wrote(batch.num_rows, layer.name)

    def wrote(self, rows: int, what: str) -> None:
        """Tell that more rows are written."""
        self._written += rows
        self.progress(min(self._written / self._to_write, 1.0), f"writing {what}")

    @property
    def name(self) -> str:
        """Name of the run's files, without suffix."""
        return f"harmspot-{self.run.id}"
