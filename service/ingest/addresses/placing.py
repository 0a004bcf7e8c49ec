"""Place the rows of a batch that have no coordinates, by what was asked to place them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from service.ingest.addresses import address, gazetteer
from service.ingest.addresses.asked import PlaceBy
from service.ingest.addresses.found import Found, Nowhere, Places
from service.ingest.addresses.streets import StreetPlaces
from service.store.repository import streets as stored_streets

MOST_KNOWN: Final = 500_000


@dataclass
class Placer:
    """Places addresses, and remembers those that it has placed.

    Parameters
    ----------
    places
        What knows of addresses, in the order in which they are asked.
    named
        What it is called in reports: with the version of a network.
    street_alone
        See `PlaceBy`.
    """

    places: Sequence[Places]
    named: str
    street_alone: bool
    _known: dict[tuple[str | None, ...], Found | Nowhere | None] = field(default_factory=dict)

    @classmethod
    def make(cls, session: Session, agency_id: int, asked: PlaceBy) -> Placer:
        """Read the networks and gazetteers that are asked.

        Raises
        ------
        NotFoundError
            When there is no such network or file.
        UnreadableFileError
            When the file is no gazetteer.
        """
        places: list[Places] = []
        named: list[str] = []
        for name in asked.names:
            kind, _, what = name.partition(":")
            if kind == "network":
                network = stored_streets.find(session, agency_id, what)
                segments = stored_streets.segments_of(session, network)
                places.append(StreetPlaces(network.name, segments))
                named.append(f"network {network.name}@{network.version}")
            else:
                places.append(gazetteer.load(Path(what)))
                named.append(f"gazetteer {Path(what).name}")
        return cls(places, " and ".join(named), asked.street_alone)

    def find(
        self, street: str | None, crossing: str | None, number: str | None
    ) -> Found | Nowhere | None:
        """Return where a row's address is, or why it is nowhere; None: it has none."""
        written = (street, crossing, number)
        if written not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[written] = self._look_up(*written)
        return self._known[written]

    def _look_up(
        self, street: str | None, crossing: str | None, number: str | None
    ) -> Found | Nowhere | None:
        nowhere: Nowhere | None = None
        for places in self.places:
            wanted = address.read(street, crossing, number, places.knows)
            if wanted is None:
                return None
            found = places.find(wanted, street_alone=self.street_alone)
            if isinstance(found, Found):
                return found
            # Where one place of several is not certain, another list would be a guess.
            if found.why == "several":
                return found
            nowhere = nowhere or found
        return nowhere
