"""The report of a batch: every row that was read is counted once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from service.ingest.checks.folded import folded
from service.ingest.checks.warned import Warned
from service.ingest.connectors.origin import Origin
from service.store.models import IngestBatch

BatchKind = Literal["ingest", "replace", "delete", "cancel"]
"""What a batch did: took rows, replaced a period by them, deleted a source, cancelled ids."""


class WasUndone(BaseModel):
    """That a batch was undone: none of what it did is in the data any more."""

    model_config = ConfigDict(frozen=True)

    at: dt.datetime
    by: str
    reason: str | None
    data_version: int | None
    """Version of the data since then; None where no incident was other than before."""
    removed: int | None = None
    """Incidents that it had stored and that are gone; None where that was not counted yet."""
    restored: int | None = None
    """Incidents that it had changed or taken away and that are as they were before."""
    kept: int | None = None
    """Incidents that stay, since a later batch held them too."""


class BatchReport(BaseModel):
    """What became of the rows of one batch.

    Every row is counted once: read = accepted + updated + duplicate + rejected + cancelled.
    """

    model_config = ConfigDict(frozen=True)

    batch_id: int | None
    """None in a sum over several batches."""
    file: str | None
    source: str
    profile: str
    read: int
    accepted: int
    updated: int
    duplicate: int
    rejected: int
    rejected_by_reason: dict[str, int]
    warnings: list[str]
    warned: list[Warned] = []
    """The warnings, each with its code and its rows."""
    data_version: int | None
    received_at: dt.datetime | None
    """None in a sum over several batches."""
    kind: BatchKind = "ingest"
    cancelled: int = 0
    """Rows or ids of incidents that the force has cancelled: not stored, or no more."""
    removed: int = 0
    """Stored incidents that were taken away."""
    replaced: str | None = None
    """The days whose incidents it replaced, such as ``2020-03-01/2020-03-31``."""
    made_by: str | None = None
    """Who deleted or cancelled."""
    reason: str | None = None
    """Why."""
    undone: WasUndone | None = None
    """When, by whom and why it was undone; its counts are of what it did before."""
    origin: Origin | None = None
    """Where its rows were fetched; None of files that somebody had."""

    @classmethod
    def of(cls, batch: IngestBatch) -> BatchReport:
        """Return the report of a stored batch."""
        warned = [Warned.of(one) for one in batch.warnings]
        return cls(
            batch_id=batch.id,
            file=batch.file_name,
            source=batch.source,
            profile=batch.profile,
            read=batch.rows_read,
            accepted=batch.accepted,
            updated=batch.updated,
            duplicate=batch.duplicate,
            rejected=batch.rejected,
            rejected_by_reason=batch.rejected_by_reason,
            warnings=[one.message for one in warned],
            warned=warned,
            data_version=batch.data_version,
            received_at=batch.received_at,
            kind=cast(BatchKind, batch.kind),
            cancelled=batch.cancelled,
            removed=batch.removed,
            replaced=batch.replaced,
            made_by=batch.made_by,
            reason=batch.reason,
            undone=_undone(batch),
            origin=None if batch.origin is None else Origin.model_validate(batch.origin),
        )


class Undone(BaseModel):
    """What undoing did."""

    batches: list[BatchReport] = Field(
        description="The batches that are undone, in that order: the latest first."
    )
    removed: int = Field(description="Incidents that are gone.")
    restored: int = Field(description="Incidents that are as they were before, or there again.")
    kept: dict[int, int] = Field(
        description="Incidents that stay as they are, since a later batch held them too; by that "
        "batch, whose own they are now."
    )
    data_version: int = Field(description="Version of the data since then.")


def _undone(batch: IngestBatch) -> WasUndone | None:
    if batch.undone_at is None:
        return None
    return WasUndone(
        at=batch.undone_at,
        by=batch.undone_by or "",
        reason=batch.undone_reason,
        data_version=batch.undone_data_version,
        removed=batch.undone_removed,
        restored=batch.undone_restored,
        kept=batch.undone_kept,
    )


def total(reports: Iterable[BatchReport]) -> BatchReport:
    """Return the sum of reports, with the sources and profiles that took part.

    Warnings of one kind become one, which names the first files and counts the rows of all.

    Examples
    --------
    >>> total([]).read
    0
    """
    every = list(reports)
    reasons: Counter[str] = Counter()
    for one in every:
        reasons.update(one.rejected_by_reason)
    warned = folded(
        (one.file or "" if len(every) > 1 else "", warning)
        for one in every
        for warning in one.warned
    )
    versions = [one.data_version for one in every if one.data_version is not None]
    return BatchReport(
        batch_id=None,
        file=None,
        source=", ".join(dict.fromkeys(one.source for one in every)),
        profile=", ".join(dict.fromkeys(one.profile for one in every)),
        read=sum(one.read for one in every),
        accepted=sum(one.accepted for one in every),
        updated=sum(one.updated for one in every),
        duplicate=sum(one.duplicate for one in every),
        rejected=sum(one.rejected for one in every),
        rejected_by_reason=dict(sorted(reasons.items())),
        warnings=[one.message for one in warned],
        warned=warned,
        data_version=max(versions, default=None),
        received_at=None,
        cancelled=sum(one.cancelled for one in every),
        removed=sum(one.removed for one in every),
    )
