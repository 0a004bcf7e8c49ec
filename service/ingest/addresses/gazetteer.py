"""Addresses placed by a force's own gazetteer: a CSV file of names, numbers and coordinates."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from service.errors import NotFoundError, UnreadableFileError
from service.ingest.addresses.address import Address, read
from service.ingest.addresses.found import SPREAD_M, Found, Nowhere, Precision
from service.ingest.addresses.keys import Keys
from service.ingest.addresses.names import plain
from service.ingest.addresses.streets import nearest_to_middle, spread_m
from spatial.errors import Problem

_BLOCK_M: Final = 500.0
"""A block is not longer: numbers farther apart are of streets of one name."""

_COLUMNS: Final = {
    "street": ("street", "street_name", "name", "road", "strasse"),
    "number": ("number", "house_number", "housenumber", "no", "hausnummer"),
    "crossing": ("crossing", "cross_street", "intersection"),
    "longitude": ("longitude", "lon", "lng", "x"),
    "latitude": ("latitude", "lat", "y"),
}
_Entry = tuple[Address, float, float]


class Gazetteer:
    """Where the addresses of a gazetteer are.

    Parameters
    ----------
    name
        Of the file.
    entries
        An address and its degrees each.
    """

    def __init__(self, name: str, entries: Iterator[_Entry]) -> None:
        self.by = f"gazetteer:{name}"
        self._at: dict[Address, list[tuple[float, float]]] = defaultdict(list)
        self._numbers: dict[str, list[tuple[int, Address]]] = defaultdict(list)
        for address, longitude, latitude in entries:
            self._at[address].append((longitude, latitude))
            if address.number is not None:
                house = int("".join(one for one in address.number if one.isdigit()))
                self._numbers[address.street].append((house, address))
        self._keys = Keys({one.street for one in self._at})

    def knows(self, key: str) -> bool:
        """Tell whether a compared name is that of a street."""
        return (
            not isinstance(self._keys.match(key)[0], Nowhere) and self._keys.match(key)[1] is None
        )

    def find(self, address: Address, *, street_alone: bool) -> Found | Nowhere:
        """Return where a number, a crossing or a block is, or on request the middle of a street."""
        street, loosely = self._keys.match(address.street)
        if isinstance(street, Nowhere):
            return street
        if address.number is not None:
            return self._listed(Address(street, number=address.number), "address", loosely)
        if address.crossing is not None:
            return self._crossing(street, address.crossing, loosely)
        if address.block is not None:
            return self._block(street, address.block, loosely)
        if not street_alone:
            return Nowhere("imprecise", "a street alone is no place, unless it is asked for")
        every = [
            point for one, points in self._at.items() if one.street == street for point in points
        ]
        return self._middle(every, street, "street", 4 * _BLOCK_M, loosely)

    def _listed(
        self, address: Address, precision: Precision, loosely: str | None
    ) -> Found | Nowhere:
        points = self._at.get(address)
        if not points:
            what = f"number {address.number} in" if address.number else f"{address.crossing} at"
            return Nowhere("unknown", f"the gazetteer has no {what} {address.street}")
        return self._middle(points, address.street, precision, SPREAD_M, loosely)

    def _crossing(self, street: str, crossing: str, loosely: str | None) -> Found | Nowhere:
        for one, other in ((street, crossing), (crossing, street)):
            if Address(one, crossing=other) in self._at:
                return self._listed(Address(one, crossing=other), "crossing", loosely)
        return Nowhere("unknown", f"the gazetteer has no crossing of {street} and {crossing}")

    def _block(self, street: str, block: tuple[int, int], loosely: str | None) -> Found | Nowhere:
        first, last = block
        points = [
            point
            for house, address in self._numbers[street]
            if first <= house <= last
            for point in self._at[address]
        ]
        if not points:
            return Nowhere("unknown", f"the gazetteer has no number {first} to {last} in {street}")
        return self._middle(points, street, "block", _BLOCK_M, loosely)

    def _middle(
        self,
        points: list[tuple[float, float]],
        street: str,
        precision: Precision,
        widest_m: float,
        loosely: str | None,
    ) -> Found | Nowhere:
        at = np.array(points)
        wide = spread_m(at)
        if wide > widest_m:
            return Nowhere(
                "several", f"places of {street} in the gazetteer are {wide:,.0f} m apart"
            )
        longitude, latitude = nearest_to_middle(at)
        return Found(longitude, latitude, precision, self.by, loosely)


def load(path: Path) -> Gazetteer:
    """Read a gazetteer.

    Raises
    ------
    NotFoundError
        When there is no such file.
    UnreadableFileError
        When it is no CSV file with a street, longitude and latitude, or holds no address.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            made = Gazetteer(path.name, _entries(file, path.name))
    except FileNotFoundError:
        raise NotFoundError(f"There is no gazetteer {path}.") from None
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise UnreadableFileError(
            f"{path.name} is no gazetteer: a CSV file in UTF-8 is expected ({error})."
        ) from error
    return made


def _entries(file: Iterator[str], name: str) -> Iterator[_Entry]:
    rows = csv.DictReader(file)
    columns = {str(one).strip().casefold().replace(" ", "_"): one for one in rows.fieldnames or ()}
    found = {
        what: next((columns[one] for one in usual if one in columns), None)
        for what, usual in _COLUMNS.items()
    }
    lacking = [what for what in ("street", "longitude", "latitude") if found[what] is None]
    if lacking:
        raise UnreadableFileError(
            f"The gazetteer {name} has no column {' nor '.join(lacking)}; it has "
            f"{', '.join(rows.fieldnames or ()) or 'none'}.",
            [Problem(what, "missing column") for what in lacking],
        )
    some = False
    for number, row in enumerate(rows, 2):
        values = {what: (row.get(one) or "").strip() for what, one in found.items() if one}
        address = _address(values)
        if address is None:
            continue
        some = True
        yield address, *_degrees(values, name, number)
    if not some:
        raise UnreadableFileError(f"The gazetteer {name} holds no address.")


def _address(values: dict[str, str]) -> Address | None:
    number, crossing = values.get("number") or None, values.get("crossing") or None
    if number is None and crossing is None:
        return read(values["street"], None, None, lambda _: False)
    found = read(values["street"], crossing, number, lambda _: True)
    if found is None or crossing is None:
        return found
    return Address(found.street, crossing=plain(crossing))


def _degrees(values: dict[str, str], name: str, line: int) -> tuple[float, float]:
    try:
        longitude, latitude = float(values["longitude"]), float(values["latitude"])
    except ValueError:
        longitude = latitude = float("nan")
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):
        raise UnreadableFileError(
            f"Line {line} of the gazetteer {name} has no longitude and latitude in degrees."
        )
    return longitude, latitude
