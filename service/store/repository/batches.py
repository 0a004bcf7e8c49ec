"""Batches and their rejected rows, as they are told to people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pydantic import BaseModel, Field
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from service.errors import NotFoundError
from service.ingest.checks.warned import Warned
from service.ingest.connectors.origin import Origin
from service.ingest.report import BatchReport
from service.store.models import Incident, IngestBatch, RejectedRow
from spatial.errors import Problem


class Rejected(BaseModel):
    """A row that could not become an incident."""

    line: int = Field(description="First line of the row in its file, or number of the feature.")
    reason: str = Field(examples=["missing_coordinates"])
    message: str
    raw: str = Field(
        description="Its columns that the profile maps or keeps, as JSON; empty for a row whose "
        "columns cannot be told apart."
    )


def newest(session: Session, agency_id: int, *, limit: int, offset: int = 0) -> list[BatchReport]:
    """Return the reports of an agency's batches, the newest first."""
    batches = session.scalars(
        select(IngestBatch)
        .where(IngestBatch.agency_id == agency_id)
        .order_by(IngestBatch.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [BatchReport.of(batch) for batch in batches]


def find(session: Session, agency_id: int, batch_id: int) -> BatchReport:
    """Return the report of one batch.

    Raises
    ------
    NotFoundError
        When the agency has no such batch.
    """
    return BatchReport.of(_batch(session, agency_id, batch_id))


def came_from(
    session: Session, agency_id: int, batch_id: int, origin: Origin, warned: Sequence[Warned]
) -> BatchReport:
    """Note where the rows of a batch were fetched, and what was odd about that.

    Returns
    -------
    BatchReport
        The report as it is now.
    """
    batch = _batch(session, agency_id, batch_id)
    batch.origin = origin.model_dump(mode="json")
    batch.file_name = origin.url
    batch.warnings = [*(one.model_dump() for one in warned), *batch.warnings]
    session.flush()
    return BatchReport.of(batch)


def last_asked(session: Session, agency_id: int, asked: str, source: str) -> dt.datetime | None:
    """Return when a question was last asked of a source elsewhere and its answer stored.

    Parameters
    ----------
    session, agency_id
        Whose batches.
    asked
        The digest of the question, as `Origin` has it.
    source
        The name under which the incidents are stored.
    """
    batches = session.scalars(
        select(IngestBatch)
        .where(
            IngestBatch.agency_id == agency_id,
            IngestBatch.source == source,
            IngestBatch.origin["asked"].astext == asked,
            IngestBatch.undone_at.is_(None),
        )
        .order_by(IngestBatch.id.desc())
        .limit(1)
    )
    return next((Origin.model_validate(one.origin).fetched_at for one in batches), None)


def newest_incident(session: Session, agency_id: int, source: str) -> dt.datetime | None:
    """Return when the newest stored incident of a source began; None where there is none."""
    return session.scalar(
        select(func.max(Incident.occurred_from)).where(
            Incident.agency_id == agency_id, Incident.source == source
        )
    )


def rejected(
    session: Session, agency_id: int, batch_id: int, *, limit: int, offset: int = 0
) -> list[Rejected]:
    """Return the rejected rows of one batch, by line; see `find`."""
    batch = _batch(session, agency_id, batch_id)
    rows = session.scalars(
        select(RejectedRow)
        .where(RejectedRow.batch_id == batch.id)
        .order_by(RejectedRow.line, RejectedRow.id)
        .limit(limit)
        .offset(offset)
    )
    return [_told(row) for row in rows]


def rejected_after(
    session: Session, agency_id: int, batch_id: int, *, last: tuple[int, int], limit: int
) -> tuple[list[Rejected], tuple[int, int]]:
    """Return rejected rows of one batch behind one of them, and the last; see `rejected`.

    Parameters
    ----------
    last
        Line and number of the row behind which to go on; two zeros for the first ones.
    """
    rows = session.scalars(
        select(RejectedRow)
        .where(
            RejectedRow.batch_id == _batch(session, agency_id, batch_id).id,
            tuple_(RejectedRow.line, RejectedRow.id) > last,
        )
        .order_by(RejectedRow.line, RejectedRow.id)
        .limit(limit)
    ).all()
    return [_told(row) for row in rows], (rows[-1].line, rows[-1].id) if rows else last


def _told(row: RejectedRow) -> Rejected:
    return Rejected(line=row.line, reason=row.reason, message=row.message, raw=row.raw)


def _batch(session: Session, agency_id: int, batch_id: int) -> IngestBatch:
    batch = session.get(IngestBatch, batch_id) if abs(batch_id) < 2**63 else None
    if batch is None or batch.agency_id != agency_id:
        raise NotFoundError(
            f"There is no batch {batch_id}; GET /api/v1/incidents/batches lists them.",
            [Problem("batch_id", f"unknown batch {batch_id}")],
        )
    return batch
