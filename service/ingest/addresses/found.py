"""What became of an address: where it is and how surely, or why it is nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol

from service.ingest.addresses.address import Address

Precision = Literal["address", "crossing", "block", "street"]
PRECISIONS: Final[tuple[Precision, ...]] = ("address", "crossing", "block", "street")
"""How precisely a row is placed, the most precise first."""

PLACED_BY: Final = "placed_by"
PRECISION: Final = "place_precision"
"""What an incident that was placed by its address says of it, among its attributes."""

SPREAD_M: Final = 100.0
"""Points of one crossing or number this near are one place: carriageways, corners of a square."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place of an address.

    Parameters
    ----------
    longitude, latitude
        Degrees.
    precision
        How surely it is there.
    by
        What placed it: ``network:NAME`` or ``gazetteer:FILE``.
    loosely
        The name by which the street is known there, where that is not quite what the row says.
    """

    longitude: float
    latitude: float
    precision: Precision
    by: str
    loosely: str | None = None


@dataclass(frozen=True, slots=True)
class Nowhere:
    """An address that is not placed.

    Parameters
    ----------
    why
        ``unknown`` (no such street, crossing or number), ``several`` (which one is not certain) or
        ``imprecise`` (a street alone).
    message
        The same in words.
    """

    why: Literal["unknown", "several", "imprecise"]
    message: str


class Places(Protocol):
    """Something that knows where addresses are."""

    def knows(self, key: str) -> bool:
        """Tell whether a compared name is that of a street."""

    def find(self, address: Address, *, street_alone: bool) -> Found | Nowhere:
        """Return where an address is."""
