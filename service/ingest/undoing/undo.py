"""A batch that should not have been: its inserts go, what it changed returns to what was before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.orm import Session

from service.errors import ConflictError
from service.ingest.merging.merge import lock_agency
from service.ingest.queries import query, run
from service.ingest.report import BatchReport, Undone
from service.store.models import IngestBatch
from service.store.repository import batches
from spatial.errors import InvalidInputError, Problem

_LONGEST: Final = 1000
_NAMED: Final = 20


@dataclass
class _Tally:
    """What was done so far, by one undoing of one batch or of several."""

    batches: list[IngestBatch] = field(default_factory=list)
    removed: int = 0
    restored: int = 0
    kept: dict[int, int] = field(default_factory=dict)


def undo(
    session: Session,
    agency_id: int,
    batch_id: int,
    *,
    by: str,
    reason: str | None = None,
    with_later: bool = False,
) -> Undone:
    """Undo a batch, within the caller's transaction.

    An incident that a later batch held just as it is stays, as one of that batch: what is stored
    afterwards is what the batches that remain would have stored. The report and the rejected rows
    stay; the idempotency key may be used again.

    Parameters
    ----------
    session, agency_id
        The unit of work, and whose batch it is. A batch under way is waited for.
    batch_id
        Which.
    by, reason
        Who undoes it, and why.
    with_later
        Whether to undo later batches that changed the same incidents too, the latest first.

    Raises
    ------
    NotFoundError
        When there is no such batch.
    ConflictError
        When it is undone already, when later batches changed the same incidents, which the message
        names, or when what was before is not kept. Nothing is changed then.
    """
    told = None if reason is None else reason.strip() or None
    if len(told or "") > _LONGEST:
        raise InvalidInputError(f"A reason has at most {_LONGEST} characters.")
    batches.find(session, agency_id, batch_id)  # before anybody is waited for
    version = lock_agency(session, agency_id)
    batch = session.get_one(IngestBatch, batch_id, populate_existing=True)
    tally = _Tally()
    with session.begin_nested() as attempt:
        _undo(session, batch, tally)
        undone = [one.id for one in tally.batches]
        if len(undone) > 1 and not with_later:
            attempt.rollback()
    if len(undone) > 1 and not with_later:
        raise _changed_since(batch_id, undone[:-1])
    if tally.removed + tally.restored:
        grown = session.scalar(query("data_version_grows"), {"agency_id": agency_id})
        version = int(grown or 0)
    for one in tally.batches:
        one.undone_by, one.undone_reason = by, told
        one.undone_data_version = version if tally.removed + tally.restored else None
    session.flush()
    return Undone(
        batches=[BatchReport.of(one) for one in tally.batches],
        removed=tally.removed,
        restored=tally.restored,
        kept=tally.kept,
        data_version=version,
    )


def _undo(session: Session, batch: IngestBatch, tally: _Tally) -> None:
    """Undo a batch after all that changed its incidents since."""
    here = {"agency_id": batch.agency_id, "batch_id": batch.id}
    _check(session, batch, here)
    while later := _look(session, batch, here):
        _undo(session, session.get_one(IngestBatch, max(later)), tally)
    sources = session.scalars(query("sources_of_undoing"), {"source": batch.source}).all()
    run(session, "make_undoing_held", **here)
    held = {row.batch_id: row.incidents for row in run(session, "told_held")}
    for later, incidents in held.items():
        tally.kept[later] = tally.kept.get(later, 0) + incidents
    run(session, "pass_incidents_on", **here)
    run(session, "pass_versions_on", **here)
    run(session, "pass_removals_on", **here)
    changed = session.scalar(query("count_changed"), here) or 0
    batch.undone_removed = run(session, "take_away", **here).rowcount - changed
    batch.undone_restored = run(session, "put_back", **here).rowcount
    batch.undone_kept = sum(held.values())
    tally.removed += batch.undone_removed
    tally.restored += batch.undone_restored
    run(session, "end_versions", **here)
    run(session, "end_repeats", **here)
    run(session, "end_cancelled", **here)
    run(session, "end_sources", **here, sources=sources)
    run(session, "drop_undoing")
    batch.undone_at = dt.datetime.now(dt.UTC)  # before others ask which batches remain
    session.flush()
    tally.batches.append(batch)


def _look(session: Session, batch: IngestBatch, here: dict[str, int]) -> dict[int, int]:
    """Find what a batch wrote, and return how much of it which later batches changed."""
    while run(session, "join_steps", **here).rowcount:
        pass
    run(session, "drop_undoing")
    run(session, "make_undoing", **here)
    blind = run(session, "kept_nothing_later", **here, source=batch.source)
    return {row.batch_id: row.incidents for row in [*blind, *run(session, "changed_later", **here)]}


def _check(session: Session, batch: IngestBatch, here: dict[str, int]) -> None:
    where = Problem("batch_id", "cannot be undone")
    if batch.undone_at is not None:
        raise ConflictError(
            f"Batch {batch.id} is undone already, since {batch.undone_at:%Y-%m-%d %H:%M} UTC by "
            f"{batch.undone_by}.",
            [where],
        )
    written = session.scalar(query("count_written"), here) or 0
    if not batch.keeps_before and written + batch.removed > batch.accepted:
        raise ConflictError(
            f"Batch {batch.id} cannot be undone: what it changed is not kept as it was before, "
            "either since it was purged or since the batch is of a version that kept nothing.",
            [where],
        )


def _changed_since(batch_id: int, later: list[int]) -> ConflictError:
    named = ", ".join(str(one) for one in later[:_NAMED])
    more = f" and {len(later) - _NAMED:,} more" if len(later) > _NAMED else ""
    return ConflictError(
        f"Batch {batch_id} cannot be undone alone, since later batches changed the same incidents: "
        f"undo {named}{more} first, in this order, or all together by with_later.",
        [Problem(f"batches/{one}", "changed the same incidents later") for one in later],
    )
