"""The collections: of which view each is, and what orders, names and chooses its features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from service.analyses.contract import Places
from service.errors import unknown
from service.settings import Settings

Chooser = Literal["run", "network", "layer", "agency"]

PARAMETERS: Final[dict[Chooser, tuple[str, ...]]] = {
    "run": ("run_id", "unit"),
    "network": ("network",),
    "layer": ("layer",),
    "agency": (),
}
"""The parameters that choose rows, by what they choose."""


@dataclass(frozen=True)
class Collection:
    """A view as a collection of features.

    Parameters
    ----------
    id
        Name of the collection and of its view.
    chosen_by
        What a request chooses rows by.
    owner
        Column that says to which run, network or layer a row belongs; not shown.
    key
        Columns that order the rows of one owner and are unique among them.
    identity
        Columns that a feature's id is made of.
    first
        Column by whose order a tile that is too full keeps features; None: it keeps any.
    sparse
        Whether features are few and far between: each is a pixel wide on tiles then, so that it is
        seen at any zoom. Others keep their size, unless nothing would be left of them.
    number
        SQL of a whole number that names a feature on tiles, where an id is one; below 2 to the 53rd
        power, as programs of browsers have it.
    span
        Columns between which a feature's own time lies.
    places
        What such rows are of a run, for collections chosen by run.
    unit
        The unit of place of those runs; None: any.
    """

    id: str
    chosen_by: Chooser
    owner: str | None
    key: tuple[str, ...]
    identity: tuple[str, ...]
    first: str | None = None
    sparse: bool = False
    number: str = "rank"
    span: tuple[str, str] | None = None
    places: Places | None = None
    unit: str | None = None

    @property
    def timed(self) -> bool:
        """Whether its features are of some time."""
        return self.chosen_by == "run" or self.span is not None


ALL: Final = {
    one.id: one
    for one in (
        Collection(
            "targets", "run", "run_id", ("rank",), ("target_id",), "rank", sparse=True,
            places="targets",
        ),
        Collection("units", "run", "run_id", ("unit_id",), ("unit_id",), "rank", places="units"),
        Collection(
            "segments", "run", "run_id", ("unit_id",), ("unit_id",), "rank", places="units",
            unit="segment",
        ),
        Collection(
            "patrol_areas", "run", "run_id", ("rank",), ("target_id",), "rank", sparse=True,
            places="targets",
        ),
        Collection(
            "boundaries", "layer", "layer_id", ("layer_id", "position"), ("layer_id", "position"),
            sparse=True, number="layer_id * 10000000 + position",
        ),
        Collection(
            "streets", "network", "network_id", ("network_id", "position"),
            ("network_id", "position"), number="network_id * 10000000 + position",
        ),
        Collection(
            "incidents", "agency", None, ("source", "external_id"), ("source", "external_id"),
            number="hashtextextended(concat_ws('.', source, external_id), 0) & 9007199254740991",
            span=("occurred_from", "occurred_to"),
        ),
    )
}  # fmt: skip
_GUARDED: Final = "incidents"


def offered(settings: Settings) -> dict[str, Collection]:
    """Return the collections that this installation offers, by id."""
    return {name: one for name, one in ALL.items() if name != _GUARDED or settings.ogc_incidents}


def find(settings: Settings, name: str) -> Collection:
    """Return a collection by its id.

    Raises
    ------
    NotFoundError
        When there is none; the message lists those that there are.
    """
    known = offered(settings)
    if name not in known:
        raise unknown("collection", name, known, "collectionId")
    return known[name]
