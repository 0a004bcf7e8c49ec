"""A batch asked for twice: the same key gives the first report, and serves nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.errors import ConflictError
from service.ingest.period import Period
from service.ingest.profiles.profile import Profile
from service.ingest.profiles.toml import as_written
from service.ingest.readers.inputs import HashedInput
from service.ingest.report import BatchReport
from service.store.models import IngestBatch
from spatial.errors import Problem

if TYPE_CHECKING:
    from service.ingest.addresses.asked import PlaceBy


@dataclass(frozen=True)
class Asked:
    """All that decides what becomes of a file's rows, but for the rows themselves.

    Parameters
    ----------
    profile
        By which they are read.
    source
        The name that they are stored under, where one was given.
    replace
        The days that the file replaces.
    place_by
        What places rows by their address.
    """

    profile: Profile
    source: str | None
    replace: Period | None = None
    place_by: PlaceBy | None = None

    @property
    def replaced(self) -> str | None:
        """The days that the file replaces, as a batch keeps them."""
        return None if self.replace is None else str(self.replace)

    def digest(self) -> bytes:
        """Return what tells two questions apart."""
        asked: dict[str, Any] = {"profile": as_written(self.profile), "source": self.source}
        if self.replace is not None:
            asked["replace"] = self.replaced
        if self.place_by is not None:
            asked["place_by"] = [*self.place_by.names, self.place_by.street_alone]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).digest()

    def answer_again(
        self, session: Session, agency_id: int, key: str | None, content: HashedInput
    ) -> BatchReport | None:
        """Return the report of the batch that had the key before; None where there is none.

        Raises
        ------
        ConflictError
            When it was of other bytes, another profile, another source or other days.
        """
        earlier = _batch_of(session, agency_id, key)
        if earlier is None:
            return None
        other = None
        if self.replaced != earlier.replaced:
            other = "to replace other days"
        elif not self._is_that_of(earlier):
            other = "by another profile or for another source"
        elif content.sha256() != earlier.content_sha256:
            other = "for other content"
        if other is not None:
            raise ConflictError(
                f"The idempotency key {key!r} was used before {other} (batch {earlier.id}, "
                f"profile {earlier.profile!r}, source {earlier.source!r}): use a key of its own "
                "for each batch.",
                [Problem("Idempotency-Key", f"used before {other}")],
            )
        return BatchReport.of(earlier)

    def _is_that_of(self, batch: IngestBatch) -> bool:
        if batch.asked_sha256 is not None:
            return batch.asked_sha256 == self.digest()
        return batch.profile == self.profile.name and self.source in (None, batch.source)


def _batch_of(session: Session, agency_id: int, key: str | None) -> IngestBatch | None:
    if key is None:
        return None
    return session.scalar(
        select(IngestBatch).where(
            IngestBatch.agency_id == agency_id,
            IngestBatch.idempotency_key == key,
            IngestBatch.undone_at.is_(None),
        )
    )
