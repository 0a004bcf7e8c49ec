"""Rows that are stored with other columns than a batch keeps: brought to those."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from service.ingest.addresses.found import PLACED_BY, PRECISION
from service.ingest.merging import versions
from service.ingest.profiles.binding import keeping
from service.ingest.profiles.profile import Attributes
from service.ingest.queries import query, run


class KeptColumns:
    """Which columns beside the mapped ones a batch keeps.

    Parameters
    ----------
    attributes
        What its profile says.
    names
        Those that were found in the file.
    """

    def __init__(self, attributes: Attributes, names: Collection[str]) -> None:
        self.attributes: str | list[str] = (
            attributes if isinstance(attributes, str) else sorted(attributes)
        )
        listed = () if isinstance(attributes, str) else attributes
        self._names = frozenset(names).union(listed, (PLACED_BY, PRECISION))

    def reconcile(self, session: Session, agency_id: int, batch_id: int) -> int:
        """Bring rows that are stored with other columns to those that the staged rows have.

        Rows that hold more than is kept now, and are the same else, do without the rest. Those that
        would hold more than before are left to the merge, which updates them.

        Returns
        -------
        int
            How many stored rows do without columns from now on.
        """
        here = {"agency_id": agency_id, "kept": json.dumps(self.attributes)}
        others = session.scalars(query("other_lists"), here).all()
        if not others or self.attributes == "all":
            return 0
        mine = {**here, "batch_id": batch_id, "names": sorted(self._names)}
        return run(session, "drop_columns", **mine).rowcount

    def lessen_versions(self, session: Session, agency_id: int, batch_id: int) -> None:
        """Take from what the batch changed, as it was before, what the batch does not keep."""
        if self.attributes != "all":
            kept = json.dumps(self.attributes)
            versions.lessen(session, agency_id, batch_id, sorted(self._names), kept)

    def in_common(self, other: str | list[str] | None) -> dict[str, Any]:
        """Return the columns that another batch kept too; before it was told, that was all."""
        theirs: Attributes = "all" if other is None else _attributes(other)
        if self.attributes == theirs == "all":
            return {"everything": True, "common": []}
        listed = self._names.union(() if isinstance(theirs, str) else theirs)
        kept_here, kept_there = keeping(_attributes(self.attributes)), keeping(theirs)
        common = sorted(one for one in listed if kept_here(one) and kept_there(one))
        return {"everything": False, "common": common}


def _attributes(stored: str | list[str]) -> Attributes:
    if isinstance(stored, str):
        return "all" if stored == "all" else "none"
    return tuple(stored)
