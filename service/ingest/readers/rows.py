"""The rows that readers yield: text and positions, before anything is known of their meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class MalformedRow:
    """A row that is no row of the table: it is kept as it stands in the file."""

    line: int
    message: str
    raw: str


@dataclass(frozen=True, slots=True)
class Points:
    """Positions that a file holds as geometries, in the file's CRS."""

    x: np.ndarray  # (n,) float64
    y: np.ndarray  # (n,) float64
    missing: np.ndarray  # (n,) bool, no geometry at all
    problem: np.ndarray  # (n,) object: what is wrong with the geometry, or None


@dataclass(frozen=True, slots=True)
class RawRows:
    """Some consecutive rows of a file."""

    table: pa.Table
    """The file's columns, every one a string, null where empty."""
    lines: np.ndarray
    """(n,) int64: first physical line of each row, or number of the feature, from 1."""
    malformed: tuple[MalformedRow, ...] = ()
    points: Points | None = None
    """Positions of a format with geometry; None where columns hold the coordinates."""
    features: Sequence[dict[str, Any]] | None = field(default=None, repr=False)
    """The GeoJSON features that the rows were made of."""

    def raw(self, rows: np.ndarray) -> list[str]:
        """Return some rows as JSON, as they came."""
        if self.features is not None:
            return [json.dumps(self.features[row], ensure_ascii=False) for row in rows.tolist()]
        records = self.table.take(pa.array(rows)).to_pylist()
        if self.points is not None:
            for record, row in zip(records, rows.tolist(), strict=True):
                x, y = float(self.points.x[row]), float(self.points.y[row])
                record["geometry"] = None if self.points.missing[row] else f"POINT ({x} {y})"
        return [json.dumps(record, ensure_ascii=False) for record in records]


class Reader(Protocol):
    """A file opened in one of the formats."""

    format: str
    crs: str | None
    """The CRS that the file states for itself."""
    warnings: list[str]

    @property
    def columns(self) -> list[str] | None:
        """The file's columns; None where each row brings its own (GeoJSON)."""
        ...

    def __iter__(self) -> Iterator[RawRows]:
        """Read the file in batches of rows, in its order."""
        ...
