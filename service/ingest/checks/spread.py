"""How the incidents of a file are spread: strays far from the bulk, and points that many share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from service.ingest.checks.lines import Origins
from service.ingest.checks.points import Points, place
from service.ingest.checks.warned import Warned

PER_DEGREE: Final = 20
"""Cells of the grid on which incidents are counted, to a degree: some five kilometres."""

CELL_SQL: Final = (
    f"(floor(longitude * {PER_DEGREE})::bigint + {180 * PER_DEGREE}) * 10000"
    f" + floor(latitude * {PER_DEGREE})::bigint + {90 * PER_DEGREE}"
)
"""What `cells` returns, as the database computes it of a row."""

FAR_AWAY: Final = "it lies far from all other incidents of the source"
"""What is held against strays where they are rejected."""

_EARTH_KM: Final = 6371.0
_FAR_KM: Final = 100.0
_GAP: Final = 3.0
_LEAST_KM: Final = 10.0
_STRAY_SHARE: Final = 0.1
_FEW: Final = 30
_FEW_SHARE: Final = 0.25
"""As `_STRAY_SHARE`, of fewer rows than `_FEW`."""
_SHARED: Final = 0.05
_SHARED_ROWS: Final = 20
_OTHERS: Final = 10
_NAMED: Final = 5


@dataclass(slots=True)
class Cell:
    """The incidents of one cell, and one of them."""

    longitude: float
    latitude: float
    line: int
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Strays:
    """Cells far from the bulk of a source, by falling number of rows."""

    cells: dict[int, Cell]
    nearest_km: int
    of: int
    scattered: bool = False
    """Whether they are no exceptions: most have no other near them."""

    @property
    def rows(self) -> int:
        """How many incidents lie there."""
        return sum(one.rows for one in self.cells.values())


@dataclass(slots=True)
class Spread:
    """Where the accepted rows of a file are, as far as it has been read."""

    cells: dict[int, Cell] = field(default_factory=dict)
    points: Points = field(default_factory=Points)
    """How many share each point."""
    rows: int = 0

    def add(self, longitude: np.ndarray, latitude: np.ndarray, lines: np.ndarray) -> None:
        """Count some rows."""
        codes, first, counts = np.unique(
            cells(longitude, latitude), return_index=True, return_counts=True
        )
        for code, at, count in zip(codes.tolist(), first.tolist(), counts.tolist(), strict=True):
            cell = self.cells.get(code)
            if cell is None:
                cell = Cell(float(longitude[at]), float(latitude[at]), int(lines[at]))
                self.cells[code] = cell
            cell.rows += count
        self.rows += len(longitude)
        self.points.add(longitude, latitude)

    def strays(self, stored: Sequence[tuple[int, float, float, int]] = ()) -> Strays | None:
        """Return what lies far from the bulk of the source: few rows, behind a wide gap.

        The middle is the point with the least distance to all incidents, which a few of them move
        little, however far they lie.

        Parameters
        ----------
        stored
            Cells of what the source holds already: code, longitude, latitude and rows.
        """
        weights: dict[int, tuple[float, float, int]] = {
            code: (one.longitude, one.latitude, one.rows) for code, one in self.cells.items()
        }
        for code, longitude, latitude, more in stored:
            here = weights.get(code, (longitude, latitude, 0))
            weights[code] = (here[0], here[1], here[2] + more)
        if len(weights) < 2:
            return None
        codes = np.fromiter(weights, np.int64, len(weights))
        table = np.array(list(weights.values()), dtype=np.float64)
        places, rows = _vectors(table[:, 0], table[:, 1]), table[:, 2]
        distance = _km(places, _middle(places, rows))
        far, scattered = _behind_gap(distance, rows), False
        if far is None:
            far, scattered = _apart(places, rows), True
        if far is None:
            return None
        found = {code: self.cells[code] for code in codes[far].tolist() if code in self.cells}
        if not found:
            return None
        ordered = dict(sorted(found.items(), key=lambda one: (-one[1].rows, one[1].line)))
        return Strays(ordered, int(distance[far].min()), self.rows, scattered)

    def warnings(self, strays: Strays | None, at: Origins, *, rejected: bool) -> list[Warned]:
        """Return what a report says of strays and of shared points."""
        found = []
        if strays is not None:
            found.append(_about(strays, at, rejected=rejected))
        for point, rows in self._shared():
            share = rows / self.rows
            longitude, latitude = place(point)
            message = (
                f"{rows:,} incidents ({share:.0%}) have one place, ({longitude:.6g}, "
                f"{latitude:.6g}), far more than any other: it may stand for places that are not "
                "known. They were taken; such rows are rejected where the profile names it among "
                "the places that stand for an unknown one (place.placeholders)"
            )
            found.append(Warned(code="shared_points", message=message, rows=rows, share=share))
        return found

    def _shared(self) -> list[tuple[int, int]]:
        frequent = self.points.most_common(_OTHERS)
        if len(frequent) < _OTHERS:
            return []
        usual = frequent[-1][1]
        least = max(_SHARED_ROWS, _SHARED * self.rows, 5 * usual)
        return [(point, rows) for point, rows in frequent if rows >= least][:1]


def cells(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the code of each place's cell."""
    east = np.floor(longitude * PER_DEGREE).astype(np.int64)
    north = np.floor(latitude * PER_DEGREE).astype(np.int64)
    return np.asarray((east + 180 * PER_DEGREE) * 10_000 + north + 90 * PER_DEGREE)


def corners(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the longitude and latitude of the south-western corner of each cell."""
    east, north = np.divmod(codes, 10_000)
    return east / PER_DEGREE - 180, north / PER_DEGREE - 90


def degree(code: int) -> tuple[int, int]:
    """Return the whole degree of longitude and latitude that a cell is in."""
    east, north = divmod(code, 10_000)
    return east // PER_DEGREE - 180, north // PER_DEGREE - 90


def _about(strays: Strays, at: Origins, *, rejected: bool) -> Warned:
    named = list(strays.cells.values())[:_NAMED]
    such = ", ".join(
        f"{at.line(one.line)} ({one.longitude:.6g}, {one.latitude:.6g})" for one in named
    )
    rows, lie = f"{strays.rows:,} of {strays.of:,} incidents", "lies" if strays.rows == 1 else "lie"
    if strays.scattered:
        message = (
            f"{rows} {lie} {_FAR_KM:.0f} km or more from every other, such as {such}: is the "
            "reference system of all of them the same, and that of the profile?"
        )
        return _warned(strays, message, named)
    what = (
        "rejected as a place that cannot be meant, as the profile says"
        if rejected
        else "the profile can have such rows rejected (place.reject_strays = true)"
    )
    message = (
        f"{rows} {lie} {strays.nearest_km:,} km or more from the middle of the others, such as "
        f"{such}: {what}"
    )
    return _warned(strays, message, named)


def _warned(strays: Strays, message: str, named: list[Cell]) -> Warned:
    return Warned(
        code="far_away",
        message=message,
        rows=strays.rows,
        share=strays.rows / strays.of,
        lines=tuple(one.line for one in named),
    )


def _vectors(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    east, north = np.radians(longitude), np.radians(latitude)
    level = np.cos(north)
    return np.column_stack([level * np.cos(east), level * np.sin(east), np.sin(north)])


def _km(places: np.ndarray, other: np.ndarray) -> np.ndarray:
    chord = np.linalg.norm(places - other, axis=-1)
    return np.asarray(2 * _EARTH_KM * np.arcsin(np.clip(chord / 2, 0, 1)))


def _middle(places: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the geometric median on the sphere, by Weiszfeld's steps from the fullest cell."""
    middle = places[np.argmax(rows)]
    for _ in range(50):
        weight = rows / np.maximum(_km(places, middle), 0.1)
        moved = weight @ places
        middle = moved / np.linalg.norm(moved)
    return np.asarray(middle)


def _behind_gap(distance: np.ndarray, rows: np.ndarray) -> np.ndarray | None:
    """Return the cells behind the innermost wide gap that no more than a few rows lie behind."""
    order = np.argsort(distance, kind="stable")
    near, total = distance[order], rows.sum()
    outside = total - np.cumsum(rows[order])[:-1]
    wide = (near[1:] >= _FAR_KM) & (near[1:] >= _GAP * np.maximum(near[:-1], _LEAST_KM))
    few = outside <= max(_STRAY_SHARE * total, min(_FEW_SHARE * total, 3))
    gaps = np.flatnonzero(wide & few)
    return None if not len(gaps) else np.asarray(order[gaps[0] + 1 :])


def _apart(places: np.ndarray, rows: np.ndarray) -> np.ndarray | None:
    """Return cells far from all others, where few rows have no bulk at all."""
    if not 4 <= rows.sum() < _FEW:
        return None
    apart = np.stack([_km(places, one) for one in places])
    np.fill_diagonal(apart, np.inf)
    alone = np.flatnonzero((apart.min(axis=1) > _FAR_KM) & (rows == 1))
    return alone if len(alone) >= rows.sum() / 2 else None
