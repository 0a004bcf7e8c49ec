"""The rows of a batch without coordinates, placed by their address."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from service.errors import UnreadableFileError
from service.ingest.addresses.found import PLACED_BY, PRECISION, PRECISIONS, Found, Nowhere
from service.ingest.readers.rows import RawRows
from spatial.errors import Problem

if TYPE_CHECKING:
    from service.ingest.checks.rules import Notes, Rules
    from service.ingest.profiles.binding import Binding

_PARTS: Final = ("street", "crossing", "number")
_WHY: Final = {
    "several": "address_several",
    "unknown": "address_unknown",
    "imprecise": "address_street_alone",
}


@dataclass(frozen=True, slots=True)
class PlacedRows:
    """Where the rows of a batch are by their address.

    Parameters
    ----------
    longitude, latitude
        Degrees, NaN where a row is not placed so, shape (n,).
    found
        What was found, by position of a row: of rows that were looked up.
    written
        The address of each of these, as the row has it.
    """

    longitude: np.ndarray
    latitude: np.ndarray
    found: dict[int, Found | Nowhere]
    written: dict[int, str]

    @property
    def placed(self) -> np.ndarray:
        """Which rows are placed by their address, shape (n,)."""
        return np.asarray(~np.isnan(self.longitude))

    @property
    def failed(self) -> np.ndarray:
        """Which rows have an address that is not placed, shape (n,)."""
        which = np.zeros(len(self.longitude), dtype=bool)
        which[[at for at, one in self.found.items() if isinstance(one, Nowhere)]] = True
        return which

    def why(self, rows: np.ndarray) -> list[str]:
        """Return why the addresses of rows are not placed."""
        every = [self.found[at] for at in rows.tolist()]
        return [
            f"no coordinates are given, and the address is not placed: {one.message}"
            for one in every
            if isinstance(one, Nowhere)
        ]

    def said(self) -> pa.Array:
        """Return what placed rows say of it, JSON objects; null of others."""
        texts: list[str | None] = [None] * len(self.longitude)
        for at, one in self.found.items():
            if isinstance(one, Found):
                texts[at] = json.dumps(
                    {PRECISION: one.precision, PLACED_BY: one.by}, sort_keys=True
                )
        return pa.array(texts, pa.string())


def place_addresses(
    without: np.ndarray, rows: RawRows, binding: Binding, rules: Rules
) -> PlacedRows | None:
    """Place rows without coordinates; None where nothing asks for it.

    Parameters
    ----------
    without
        Rows that have no coordinates, or placeholders for them, bool, shape (n,).
    rows, binding, rules
        The batch, where its columns are, and what places it.

    Raises
    ------
    UnreadableFileError
        When it is asked for and no column says a street.
    """
    if rules.placer is None:
        return None
    lacking = np.flatnonzero(without)
    columns = [binding.address(rows, part) for part in _PARTS]
    if columns[0] is None:
        raise _without_street(rules)
    n = rows.table.num_rows
    longitude, latitude = np.full(n, np.nan), np.full(n, np.nan)
    found: dict[int, Found | Nowhere] = {}
    written: dict[int, str] = {}
    for at, parts in zip(lacking.tolist(), _of(columns, lacking), strict=True):
        one = rules.placer.find(*parts)
        if one is None:
            continue
        found[at] = one
        written[at] = " & ".join(
            filter(None, (" ".join(filter(None, (parts[2], parts[0]))), parts[1]))
        )
        if isinstance(one, Found):
            longitude[at], latitude[at] = one.longitude, one.latitude
    return PlacedRows(longitude, latitude, found, written)


def note_addresses(
    by_address: PlacedRows, good: np.ndarray, lines: np.ndarray, notes: Notes
) -> None:
    """Count rows placed by their address, by how precisely, and those that are not."""
    groups: dict[str, list[int]] = {}
    for at, one in by_address.found.items():
        if isinstance(one, Nowhere):
            groups.setdefault(_WHY[one.why], []).append(at)
        elif good[at]:
            groups.setdefault(f"placed_{one.precision}", []).append(at)
            if one.loosely is not None:
                groups.setdefault("placed_loosely", []).append(at)
    order = [f"placed_{one}" for one in PRECISIONS] + ["placed_loosely", *_WHY.values()]
    for code in order:
        if rows := groups.get(code):
            examples = [_example(by_address, at) for at in rows[:50]] if code in _TOLD else []
            notes.see(code, lines[np.array(rows)], examples)


_TOLD: Final = ("placed_loosely", "address_several", "address_unknown")


def _example(by_address: PlacedRows, at: int) -> str:
    one = by_address.found[at]
    written = by_address.written[at]
    return f"{written} ({one.loosely})" if isinstance(one, Found) else written


def _of(columns: Sequence[pa.Array | None], rows: np.ndarray) -> list[tuple[str | None, ...]]:
    take = pa.array(rows)
    parts = [[None] * len(rows) if one is None else one.take(take).to_pylist() for one in columns]
    return list(zip(*parts, strict=True))


def _without_street(rules: Rules) -> UnreadableFileError:
    said = rules.profile.address
    columns = "location_text" if said is None else ", ".join(said.columns()["street"])
    return UnreadableFileError(
        f"Rows are to be placed by their address, but the file has no column {columns}: name the "
        "columns of street, crossing and number in the profile's [address].",
        [Problem("address.street", "no such column")],
    )
