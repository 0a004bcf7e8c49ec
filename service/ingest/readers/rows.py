"""The rows that readers yield: text and positions, before anything is known of their meaning."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from service.ingest.checks.quoting import capped, position

FEATURE_ID = "@id"
"""Column in which a feature's own id is handed on; no property is likely to have this name."""


@dataclass(frozen=True, slots=True)
class MalformedRow:
    """A row that is no row of the table; of its text, whose columns nobody can tell apart, none."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Points:
    """Positions that a file holds as geometries, in the file's CRS."""

    x: np.ndarray  # (n,) float64
    y: np.ndarray  # (n,) float64
    missing: np.ndarray  # (n,) bool, no geometry at all
    problem: np.ndarray  # (n,) object: what is wrong with the geometry, or None


@dataclass(frozen=True, slots=True)
class Origin:
    """Files of an archive, whose lines are counted on from those of the files before them."""

    members: tuple[str, ...]
    before: tuple[int, ...]
    """Lines of the files before each."""

    def told(self, line: int) -> str:
        """Return where a line is, in words.

        Examples
        --------
        >>> Origin(("a.csv", "b.csv"), (0, 10)).told(11)
        'b.csv, line 1'
        """
        at = bisect_left(self.before, line) - 1
        return f"{self.members[at]}, line {line - self.before[at]:,}"

    def and_then(self, later: Origin) -> Origin:
        """Return the same and files that come after these, the last of them perhaps once more."""
        every = dict.fromkeys(
            [
                *zip(self.before, self.members, strict=True),
                *zip(later.before, later.members, strict=True),
            ]
        )
        before, members = zip(*every, strict=True)
        return Origin(members, before)


@dataclass(frozen=True, slots=True)
class RawRows:
    """Some consecutive rows of a file."""

    table: pa.Table
    """The file's columns that are read, every one a string, null where empty."""
    lines: np.ndarray
    """(n,) int64: first physical line of each row, or number of the feature, from 1."""
    malformed: tuple[MalformedRow, ...] = ()
    points: Points | None = None
    """Positions of a format with geometry; None where columns hold the coordinates."""
    features: Sequence[dict[str, Any]] | None = field(default=None, repr=False)
    """The GeoJSON features that the rows were made of."""
    twins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of a column, the later ones whose names are the same but for case: each with its own name."""
    nested: frozenset[str] = frozenset()
    """Columns in which some values are lists or objects, as JSON; never in a table of text."""

    origin: Origin | None = None
    """Where in an archive they are from."""

    def raw(self, rows: np.ndarray, names: Collection[str]) -> list[str]:
        """Return the columns of some names of some rows as JSON, as they came."""
        if self.features is not None:
            features = (self.features[row] for row in rows.tolist())
            return [_written(_capped(only(one, names))) for one in features]
        kept = [one for one in self.table.column_names if one in names]
        records = (
            self.table.select(kept).take(pa.array(rows)).to_pylist() if kept else [{} for _ in rows]
        )
        if self.points is not None:
            for record, row in zip(records, rows.tolist(), strict=True):
                x, y = float(self.points.x[row]), float(self.points.y[row])
                record["geometry"] = None if self.points.missing[row] else f"POINT ({x} {y})"
        every = ({name: capped(value) for name, value in one.items()} for one in records)
        return [json.dumps(record, ensure_ascii=False) for record in every]


def only(feature: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return a feature with its position and those of its properties that are named.

    Parameters
    ----------
    feature
        A GeoJSON Feature.
    names
        Names of properties, and `FEATURE_ID` for its id.
    """
    properties, geometry = feature.get("properties") or {}, feature.get("geometry")
    kept: dict[str, Any] = {"type": "Feature"}
    if "id" in feature and FEATURE_ID in names:
        kept["id"] = feature["id"]
    kept["geometry"] = _geometry(geometry) if isinstance(geometry, dict) else None
    kept["properties"] = {name: value for name, value in properties.items() if name in names}
    return kept


def _geometry(geometry: dict[str, Any]) -> dict[str, Any]:
    """Return the kind and the numbers of a geometry."""
    kept: dict[str, Any] = {
        name: geometry[name] for name in ("type", "coordinates") if name in geometry
    }
    if "type" in kept:
        kept["type"] = capped(kept["type"])
    if "coordinates" in kept:
        kept["coordinates"] = position(kept["coordinates"])
    return kept


Wanted = Callable[[str], bool]
"""Tells by its name whether a column is read; of others, nothing but the name is known."""


def _capped(feature: dict[str, Any]) -> dict[str, Any]:
    properties = {name: capped(value) for name, value in feature["properties"].items()}
    return {**feature, "properties": properties} | (
        {"id": capped(feature["id"])} if "id" in feature else {}
    )


def _written(feature: dict[str, Any]) -> str:
    try:
        return json.dumps(feature, ensure_ascii=False)
    except RecursionError:  # lists in lists, where two numbers should be
        return json.dumps({**feature, "geometry": None}, ensure_ascii=False)


class Reader(Protocol):
    """A file opened in one of the formats."""

    format: str
    crs: str | None
    """The CRS that the file states for itself."""
    has_points: bool
    """Whether geometries hold the positions, so that no columns need to."""
    typed: bool
    """Whether values have types in the file, so that its times come as ISO 8601."""

    @property
    def warnings(self) -> list[str]:
        """What there is to know of the file besides its rows, so far."""
        ...

    @property
    def columns(self) -> list[str] | None:
        """All of the file's columns; None where each row brings its own (GeoJSON)."""
        ...

    def __iter__(self) -> Iterator[RawRows]:
        """Read the file in batches of rows, in its order."""
        ...
