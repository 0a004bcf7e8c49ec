"""Where the rows of a batch are, and which are nowhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.ingest.addresses.rows import PlacedRows, place_addresses
from service.ingest.checks import coordinates
from service.ingest.checks.coordinates import Placed, Read
from service.ingest.checks.placeholders import null_island, placeholders
from service.ingest.checks.quoting import quoted
from service.ingest.checks.rules import Notes, Rules
from service.ingest.checks.verdicts import Verdicts
from service.ingest.profiles.binding import Binding
from service.ingest.readers.rows import RawRows

_METRES = 1000
"""Numbers beyond this, both of them, are no degrees that somebody mistyped."""


@dataclass(frozen=True, slots=True)
class Places:
    """Degrees of each row; meaningless where the row is rejected."""

    longitude: np.ndarray
    latitude: np.ndarray
    by_address: PlacedRows | None = None
    """Rows without coordinates that were placed by their address, where that was asked for."""


def check_places(
    rows: RawRows, binding: Binding, rules: Rules, notes: Notes, verdicts: Verdicts
) -> Places:
    """Read, check and transform the coordinates of a batch."""
    read = _read(rows, binding, rules, notes)
    usable = ~(read.missing | read.invalid)
    x, y = np.where(usable, read.x, 2.0), np.where(usable, read.y, 3.0)
    plain = _in_plain_degrees(rows, rules, x, y) & usable
    degrees = plain | coordinates.in_degrees(rules.crs)
    island = null_island(x, y, degrees)
    stand_in = placeholders(x, y, degrees, rules.profile.place.placeholders)
    by_address = place_addresses(read.missing | island | stand_in, rows, binding, rules)
    elsewhere = np.zeros(len(x), dtype=bool) if by_address is None else by_address.placed
    _reject_missing(read.missing & ~elsewhere, by_address, verdicts)
    invalid = verdicts.fresh(read.invalid)
    if len(invalid):
        messages = [_about_invalid(rows, binding, row) for row in invalid.tolist()]
        verdicts.reject_each("invalid_coordinates", invalid, messages)
    verdicts.reject(
        "null_island",
        island & ~elsewhere,
        "both coordinates are 0, or all but 0: a placeholder for an unknown place",
    )
    _reject_placeholders(x, y, stand_in & ~elsewhere, verdicts)
    usable &= ~elsewhere
    _reject_degrees(rows, x, y, usable & ~degrees, rules, notes, verdicts)
    placed = coordinates.place(x, y, rules.crs)
    outside = verdicts.fresh(placed.outside & usable & ~plain)
    if len(outside):
        messages = _about_outside(read, placed, outside, rules.crs)
        verdicts.reject_each("outside_crs_bounds", outside, messages)
        notes.see("swapped_outside", rows.lines[outside[placed.swapped[outside]]])
        metres = degrees & (np.minimum(np.abs(x), np.abs(y)) > _METRES)
        notes.see("metres_for_degrees", rows.lines[outside[metres[outside]]])
    longitude, latitude = placed.longitude, placed.latitude
    if read.otherwise is not None:
        notes.see("odd_numbers", rows.lines[read.otherwise & verdicts.good()])
    if plain.any():
        notes.see("plain_degrees", rows.lines[plain & verdicts.good()])
        longitude, latitude = np.where(plain, x, longitude), np.where(plain, y, latitude)
    if by_address is not None:
        longitude = np.where(elsewhere, by_address.longitude, longitude)
        latitude = np.where(elsewhere, by_address.latitude, latitude)
    return Places(longitude, latitude, by_address)


def _in_plain_degrees(rows: RawRows, rules: Rules, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Tell positions of GeoJSON that names no CRS: degrees, unless they cannot be (RFC 7946)."""
    if rows.features is None or rules.crs_stated or coordinates.is_wgs84(rules.crs):
        return np.zeros(len(x), dtype=bool)
    return coordinates.can_be_degrees(x, y)


def _reject_missing(missing: np.ndarray, by_address: PlacedRows | None, verdicts: Verdicts) -> None:
    """Reject rows without coordinates, and say where their address could not be placed."""
    if by_address is not None:
        failed = verdicts.fresh(missing & by_address.failed)
        verdicts.reject_each("missing_coordinates", failed, by_address.why(failed))
    verdicts.reject("missing_coordinates", missing, "no coordinates are given")


def _reject_placeholders(
    x: np.ndarray, y: np.ndarray, stand_in: np.ndarray, verdicts: Verdicts
) -> None:
    found = verdicts.fresh(stand_in)
    if len(found):
        messages = [
            f"({x[row]:.10g}, {y[row]:.10g}) is a placeholder for an unknown place"
            for row in found.tolist()
        ]
        verdicts.reject_each("placeholder_location", found, messages)


def _reject_degrees(
    rows: RawRows,
    x: np.ndarray,
    y: np.ndarray,
    metres: np.ndarray,
    rules: Rules,
    notes: Notes,
    verdicts: Verdicts,
) -> None:
    """Reject degrees that would be taken for metres, which lie all near one point of the sea."""
    found = verdicts.fresh(metres & coordinates.can_be_degrees(x, y))
    if not len(found):
        return
    name = coordinates.short_name(rules.crs)
    messages = [
        f"({x[row]:.10g}, {y[row]:.10g}) are degrees, it seems, and the profile's {name} is in "
        "metres"
        for row in found.tolist()
    ]
    verdicts.reject_each("outside_crs_bounds", found, messages)
    notes.see("degrees_for_metres", rows.lines[found])


def note_places(places: Places, accepted: np.ndarray, lines: np.ndarray, notes: Notes) -> None:
    """Count accepted rows by place, by which strays are told, and coordinates that are swapped."""
    notes.spread.add(places.longitude[accepted], places.latitude[accepted], lines[accepted])


def _read(rows: RawRows, binding: Binding, rules: Rules, notes: Notes) -> Read:
    if rows.points is not None:
        return coordinates.from_points(rows.points)
    x = binding.text(rows, "longitude")
    if x is None and rules.profile.address is not None:
        return coordinates.nowhere(rows.table.num_rows)
    assert x is not None, "a table without points has coordinate columns"
    votes = notes.votes_by(rules.known)
    names = binding.columns["longitude"]
    if names == binding.columns["latitude"]:
        order = rules.profile.place.order
        return coordinates.from_column(x, " ".join(names), order, rules.crs, votes["pair"])
    y = binding.text(rows, "latitude")
    assert y is not None, "a table without points has coordinate columns"
    return coordinates.from_columns(x, y, rules.crs, votes)


def _about_invalid(rows: RawRows, binding: Binding, row: int) -> str:
    if rows.points is not None:
        return rows.points.problem[row] or "the coordinates are not finite numbers"
    texts = binding.text(rows, "longitude"), binding.text(rows, "latitude")
    shown = [quoted(str(one[row].as_py())) for one in texts if one is not None]
    if binding.columns["longitude"] == binding.columns["latitude"]:
        return f"{shown[0]} is no point: POINT (x y), or (latitude, longitude)"
    return f"{' and '.join(shown)} are not two finite numbers"


def _about_outside(read: Read, placed: Placed, outside: np.ndarray, crs: str) -> list[str]:
    area = f"{coordinates.short_name(crs)} ({coordinates.described_bounds(crs)})"
    return [
        f"({read.x[row]:.10g}, {read.y[row]:.10g}) is outside the area of {area}"
        + ("; with the two swapped it is inside" if placed.swapped[row] else "")
        for row in outside.tolist()
    ]
