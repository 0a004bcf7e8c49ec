"""Incidents are taken away without a file: a whole source, or those that the force has cancelled.

Each is a batch of its own kind, listed with the others, and undone like them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.errors import unknown
from service.ingest.checks import identity
from service.ingest.checks.repeats import NAMED, shown
from service.ingest.checks.warned import Warned, number_of
from service.ingest.merging.merge import lock_agency
from service.ingest.queries import query, run
from service.ingest.report import BatchKind, BatchReport
from service.ingest.sources import MAX_IDS, sources
from service.store.models import Agency, IngestBatch
from spatial.errors import InvalidInputError, Problem


def delete_source(
    session: Session,
    agency_id: int,
    source: str,
    *,
    by: str,
    reason: str | None = None,
    purge: bool = False,
) -> BatchReport:
    """Take away all incidents of a source, as a batch of its own.

    Parameters
    ----------
    session, agency_id, source
        The unit of work, and which source of whom.
    by, reason
        Who deletes it, and why.
    purge
        Whether it is for good: what its incidents were is not kept, its rejected rows and what
        warnings say of its rows go, and neither this nor its other batches can be undone.

    Raises
    ------
    NotFoundError
        When there is no such source.
    """
    lock_agency(session, agency_id)
    _check_source(session, agency_id, source)
    here = {"agency_id": agency_id, "source": source}
    batch = _begun(session, here, "delete", by, reason)
    batch.removed = run(session, "remove_source", **here).rowcount
    _ended(session, batch)
    if purge:
        touched = session.scalars(query("batches_of_source"), here).all()
        run(session, "purge_source", **here, batches=touched)
        _forget_words(session, touched)
        run(session, "forget_source", **here)
        session.refresh(batch)
    return BatchReport.of(batch)


def _forget_words(session: Session, touched: Sequence[int]) -> None:
    """Take what warnings of batches say: they name ids, places and times of rows."""
    gone = "what it said of rows went when their source was deleted for good"
    for batch in session.scalars(select(IngestBatch).where(IngestBatch.id.in_(touched))):
        told = [Warned.of(one).model_copy(update={"message": gone}) for one in batch.warnings]
        batch.warnings = [one.model_dump() for one in told]
    session.flush()


def cancel(
    session: Session,
    agency_id: int,
    source: str,
    ids: Sequence[str],
    *,
    by: str,
    reason: str | None = None,
) -> BatchReport:
    """Take away incidents that the force has cancelled, and hold back their rows from now on.

    Parameters
    ----------
    session, agency_id, source
        The unit of work, and which source of whom.
    ids
        What they are stored under, or may come under later: their `external_id`, read as those of
        files are.
    by, reason
        Who says so, and why.

    Raises
    ------
    NotFoundError
        When there is no such source.
    InvalidInputError
        When there is no id that can be read, or there are more than a million.
    """
    read = identity.as_read(ids)
    named = list(dict.fromkeys(one for one in read.values() if one is not None))
    if not 0 < len(named) <= len(read) <= MAX_IDS or any("\0" in one for one in named):
        message = f"name 1 to {MAX_IDS:,} ids of incidents"
        raise InvalidInputError(f"To cancel incidents, {message}.", [Problem("ids", message)])
    lock_agency(session, agency_id)
    _check_source(session, agency_id, source)
    here = {"agency_id": agency_id, "source": source}
    batch = _begun(session, here, "cancel", by, reason)
    # Some may be stored as a file once wrote them.
    odd = [one for one, meant in read.items() if one != meant]
    as_written = session.scalars(query("stored_ids"), {**here, "ids": odd}).all()
    unread = [one for one in odd if read[one] is None and one not in as_written]
    named = list(dict.fromkeys([*named, *as_written]))
    asked = {**here, "batch_id": batch.id, "ids": named}
    fresh, unknown_, examples = session.execute(query("cancel_ids"), asked).one()
    batch.rows_read, batch.cancelled, batch.duplicate = len(named), fresh, len(named) - fresh
    batch.warnings = [
        one.model_dump()
        for one in (
            *_told_unknown(unknown_, len(named), examples or []),
            *_told_unread(unread),
        )
    ]
    batch.removed = run(session, "remove_cancelled", **here, batch_id=batch.id).rowcount
    _ended(session, batch)
    return BatchReport.of(batch)


def _told_unknown(many: int, of: int, examples: Sequence[str]) -> list[Warned]:
    if not many:
        return []
    message = (
        f"{many:,} of {number_of(of, 'id')} {'is' if many == 1 else 'are'} of no incident that "
        f"is stored, such as {', '.join(map(shown, examples))}: nothing was taken away "
        "for them, and their rows are held back when they come"
    )
    return [Warned(code="unknown_ids", message=message, rows=many, share=many / of)]


def _told_unread(ids: Sequence[str]) -> list[Warned]:
    if not ids:
        return []
    message = (
        f"{number_of(len(ids), 'id was', 'ids were')} left out, such as "
        f"{', '.join(map(shown, ids[:NAMED]))}: what says nothing, or of which a spreadsheet has "
        "left a few digits, is no id"
    )
    return [Warned(code="ruined_ids", message=message, rows=len(ids))]


def _check_source(session: Session, agency_id: int, source: str) -> None:
    known = [one.name for one in sources(session, agency_id)]
    if source not in known:
        raise unknown("incident source", source, known, "source")


def _begun(
    session: Session, here: dict[str, Any], kind: BatchKind, by: str, reason: str | None
) -> IngestBatch:
    batch = IngestBatch(**here, profile="", kind=kind, made_by=by, reason=reason)
    session.add(batch)
    session.flush()
    session.execute(query("begin_changes"), {"batch_id": batch.id})
    return batch


def _ended(session: Session, batch: IngestBatch) -> None:
    session.execute(query("end_changes"))
    batch.data_version = session.scalars(
        update(Agency)
        .where(Agency.id == batch.agency_id)
        .values(data_version=Agency.data_version + int(batch.removed > 0))
        .returning(Agency.data_version)
    ).one()
    session.flush()
