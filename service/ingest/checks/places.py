"""Where the rows of a batch are, and which are nowhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.ingest.checks import coordinates
from service.ingest.checks.coordinates import Placed, Read
from service.ingest.checks.rules import Notes, Rules
from service.ingest.checks.verdicts import Verdicts
from service.ingest.profiles.binding import Binding
from service.ingest.readers.rows import RawRows

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Places:
    """Degrees of each row; meaningless where the row is rejected."""

    longitude: np.ndarray
    latitude: np.ndarray


def check_places(
    rows: RawRows, binding: Binding, rules: Rules, notes: Notes, verdicts: Verdicts
) -> Places:
    """Read, check and transform the coordinates of a batch."""
    read = _read(rows, binding)
    verdicts.reject("missing_coordinates", read.missing, "no coordinates are given")
    invalid = verdicts.fresh(read.invalid)
    if len(invalid):
        messages = [_about_invalid(rows, binding, row) for row in invalid.tolist()]
        verdicts.reject_each("invalid_coordinates", invalid, messages)
    usable = ~(read.missing | read.invalid)
    x, y = np.where(usable, read.x, 1.0), np.where(usable, read.y, 1.0)
    verdicts.reject(
        "null_island",
        (x == 0) & (y == 0),
        "both coordinates are 0: a placeholder for an unknown place",
    )
    placed = coordinates.place(x, y, rules.crs)
    outside = verdicts.fresh(placed.outside & usable)
    if len(outside):
        messages = _about_outside(read, placed, outside, rules.crs)
        verdicts.reject_each("outside_crs_bounds", outside, messages)
        notes.see("swapped_outside", rows.lines[outside[placed.swapped[outside]]])
    return Places(placed.longitude, placed.latitude)


def note_degrees(places: Places, accepted: np.ndarray, notes: Notes) -> None:
    """Count accepted rows by whole degree, by which swapped coordinates are told."""
    east = np.floor(places.longitude[accepted]).astype(np.int64)
    north = np.floor(places.latitude[accepted]).astype(np.int64)
    codes, counts = np.unique((east + 180) * 1000 + north + 90, return_counts=True)
    for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
        notes.degrees[(code // 1000 - 180, code % 1000 - 90)] += count


def _read(rows: RawRows, binding: Binding) -> Read:
    if rows.points is not None:
        return coordinates.from_points(rows.points)
    x, y = binding.text(rows, "longitude"), binding.text(rows, "latitude")
    assert x is not None, "a table without points has coordinate columns"
    assert y is not None, "a table without points has coordinate columns"
    return coordinates.from_columns(x, y)


def _about_invalid(rows: RawRows, binding: Binding, row: int) -> str:
    if rows.points is not None:
        return rows.points.problem[row] or "the coordinates are not finite numbers"
    texts = (binding.text(rows, "longitude"), binding.text(rows, "latitude"))
    shown = [str(one[row].as_py())[:_SHOWN] for one in texts if one is not None]
    comma = any("," in one for one in shown)
    remedy = "; write numbers with a decimal point" if comma else ""
    return f"{' and '.join(map(repr, shown))} are not two finite numbers{remedy}"


def _about_outside(read: Read, placed: Placed, outside: np.ndarray, crs: str) -> list[str]:
    area = f"{coordinates.short_name(crs)} ({coordinates.described_bounds(crs)})"
    return [
        f"({read.x[row]:.10g}, {read.y[row]:.10g}) is outside the area of {area}"
        + ("; with the two swapped it is inside" if placed.swapped[row] else "")
        for row in outside.tolist()
    ]
