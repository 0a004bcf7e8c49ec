"""The database's side of a batch: COPY to staging tables, then one merge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from service.ingest.checks.lesser import Lesser
from service.ingest.checks.spread import FAR_AWAY
from service.ingest.checks.validate import Checked
from service.ingest.merging.again import find_again
from service.ingest.merging.gravity import gravity, of_agency
from service.ingest.merging.kept import KeptColumns
from service.ingest.merging.merged import Merged
from service.ingest.merging.settling import settle_staged
from service.ingest.profiles.profile import Profile
from service.ingest.queries import query, run
from service.store.copy import copy_table

WORK_MEM = "128MB"
"""Memory that one sort or hash of the merge may take in the server."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SOURCES_LOOKED_AT = 10
"""Of how many sources it is looked up where their incidents are."""

MANY_ROWS = 50_000
"""From here on the next query should not be planned for the table as it was."""


class Staging:
    """The staging tables of one batch, in the session's transaction."""

    def __init__(self, session: Session, profile: Profile) -> None:
        self._session, self._profile = session, profile
        self._sources: set[str] = set()
        self.read_by_source: Counter[str] = Counter()
        """Rows that tell their source, those that are rejected among them."""
        self._cancels = False
        self.drop()
        self._run("make_staging")
        self._run("make_rejected")

    def add(self, checked: Checked) -> None:
        """Copy checked rows to the staging tables."""
        self._sources.update(self._count(checked.incidents))
        self._count(checked.rejected)
        if checked.cancelled is not None:
            self._sources.update(self._count(checked.cancelled))
            if not self._cancels:
                self._run("make_cancelled")
                self._cancels = True
            copy_table(self._session, "staged_cancelled", checked.cancelled)
        if checked.sought is not None:
            cancels = pa.array(np.full(checked.sought.num_rows, True))
            sought = checked.sought.append_column("cancels", cancels)
            copy_table(self._session, "staged_incident", sought)
        copy_table(self._session, "staged_incident", checked.incidents)
        copy_table(self._session, "staged_rejected", checked.rejected)

    def _count(self, rows: pa.Table) -> list[str]:
        """Count rows by source, and return their sources."""
        counted = pc.value_counts(rows["source"].drop_null()).to_pylist()
        self.read_by_source.update({one["values"]: one["counts"] for one in counted})
        return [one["values"] for one in counted]

    def any_within(self, span: tuple[datetime, datetime]) -> bool:
        """Tell whether a staged incident is of a span of time."""
        edges = [(one - _EPOCH) // timedelta(microseconds=1) for one in span]
        return bool(self._run("any_within", start=edges[0], end=edges[1]).scalar())

    @property
    def sources(self) -> list[str]:
        """The sources of the staged incidents."""
        return sorted(self._sources)

    def merge(
        self,
        agency_id: int,
        batch_id: int,
        source: str,
        kept: KeptColumns,
        replaces: tuple[datetime, datetime] | None = None,
    ) -> Merged:
        """Move the staged rows to their tables and count what became of each.

        Parameters
        ----------
        agency_id, batch_id
            Whose incidents they are and by which batch they come.
        source
            Whose those rows are that tell none, which are rejected.
        kept
            Which of their columns are kept beside the mapped ones.
        replaces
            The span in which incidents of their sources that are not among them are taken away.
        """
        self._session.execute(
            text("SELECT set_config('work_mem', :work_mem, true)"), {"work_mem": WORK_MEM}
        )
        cancelled = self._run("twins_of_cancelled").scalar_one() if self._cancels else 0
        duplicate = self._run("excuse_twins").rowcount
        repeated, repeats = settle_staged(self._session, agency_id, self._profile)
        duplicate += repeated
        updated = lessened = removed = unsure = 0
        lesser = None
        here = {"agency_id": agency_id, "batch_id": batch_id, "sources": self.sources}
        stored = {"agency_id": agency_id, "sources": self.sources}
        if self._session.scalar(query("any_stored"), stored):
            self._run("begin_changes", batch_id=batch_id)
            find_again(self._session, agency_id, self._profile, kept, self.sources)
            if self._cancels:
                self._run("part_cancelled")
                unsure = self._run("sole_of_number", agency_id=agency_id).scalar_one()
            lesser = self._lesser(agency_id)
            lessened = kept.reconcile(self._session, agency_id, batch_id)
            updated = self._run("update_differing", agency_id=agency_id, batch_id=batch_id).rowcount
            self._run("end_changes")
            kept.lessen_versions(self._session, agency_id, batch_id)
            dropped = self._run("drop_stored", agency_id=agency_id, batch_id=batch_id)
            duplicate += dropped.scalar_one() - updated
        if self._cancels:
            self._run("part_cancelled")
            removed = self._take_cancelled(here)
        if self._run("any_cancelled", **here).scalar():
            cancelled += self._run("hold_back_cancelled", **here).scalar_one()
        accepted = self._insert(agency_id, batch_id)
        unknown = stay = 0
        if replaces is not None:
            gone, unknown, stay = self._replace(here, replaces)
            removed += gone
        self._run("keep_rejected", batch_id=batch_id, source=source)
        reasons: Counter[str] = Counter()
        rejected: Counter[str] = Counter()
        for row in self._run("count_rejected", source=source):
            reasons[row.reason] += row.rows
            rejected[row.source] += row.rows
        self.drop()
        return Merged(
            accepted=accepted,
            updated=updated,
            duplicate=duplicate,
            rejected_by_reason=dict(reasons),
            rejected_by_source=dict(rejected),
            lessened=lessened,
            repeats=repeats,
            lesser=lesser,
            cancelled=cancelled,
            removed=removed,
            unknown=unknown,
            stay=stay,
            unsure_cancelled=unsure,
        )

    def _lesser(self, agency_id: int) -> Lesser | None:
        """Return which stored incidents lose their gravest offence, where ids have several."""
        if self._profile.one_per != "id":
            return None
        changes = self._run("other_offences", agency_id=agency_id).all()
        if not changes:
            return None
        codes = sorted({code for one in changes for code in (one.before, one.now)})
        by = gravity(of_agency(self._session, agency_id), codes, self._profile.harm_index)
        return Lesser.of(changes, by.name, by.weights)

    def cells_of_sources(self, agency_id: int) -> list[tuple[int, float, float, int]]:
        """Return where the sources hold incidents already."""
        here = {"agency_id": agency_id, "sources": self.sources[:SOURCES_LOOKED_AT]}
        return [tuple(row) for row in self._session.execute(query("cells_of_sources"), here)]

    def reject_strays(self, cells: Collection[int]) -> None:
        """Reject what is staged in some cells of the grid."""
        self._run("reject_strays", cells=list(cells), message=FAR_AWAY)

    def _take_cancelled(self, here: dict[str, Any]) -> int:
        """Take away the incidents that rows of the batch cancel; return how many were stored."""
        self._run("begin_changes", batch_id=here["batch_id"])
        removed = self._run("remove_by_rows", **here).rowcount
        self._run("end_changes")
        self._run("keep_cancelled", **here)
        return removed

    def _replace(
        self, here: dict[str, Any], span: tuple[datetime, datetime]
    ) -> tuple[int, int, int]:
        """Take away the incidents of a span that the file has not; see the statement."""
        numbered = self._profile.one_per == "row"
        days = {"start": span[0], "end": span[1], "numbered": numbered}
        self._run("begin_changes", batch_id=here["batch_id"])
        done = self._run("remove_replaced", **here, **days).one()
        self._run("end_changes")
        return done.removed, done.unknown, done.stay

    def drop(self) -> None:
        """Forget what is staged."""
        self._run("drop_staging")

    def _insert(self, agency_id: int, batch_id: int) -> int:
        accepted = self._run("insert_staged", agency_id=agency_id, batch_id=batch_id).rowcount
        if accepted >= MANY_ROWS:
            # Another large batch may be doing so; it holds the table against us until it ends.
            self._session.execute(text("ANALYZE (SKIP_LOCKED) incident"))
        return accepted

    def _run(self, name: str, **parameters: Any) -> CursorResult[Any]:
        return run(self._session, name, **parameters)


def lock_agency(session: Session, agency_id: int) -> int:
    """Hold an agency until the transaction ends, and return its data version."""
    version = session.scalar(query("lock_agency"), {"agency_id": agency_id})
    assert version is not None, f"no agency {agency_id}"
    return int(version)
