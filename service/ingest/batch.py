"""A batch under way: its file staged, merged, and each of its rows accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.errors import UnreadableFileError
from service.ingest.checking import Checking, rules_for, until_known
from service.ingest.checks.known import Known
from service.ingest.checks.rules import Rules
from service.ingest.idempotency import Asked
from service.ingest.merging.kept import KeptColumns
from service.ingest.merging.merge import Staging, lock_agency
from service.ingest.merging.merged import Merged
from service.ingest.profiles.binding import wanted
from service.ingest.readers.ahead import ahead
from service.ingest.readers.formats import reading
from service.ingest.readers.inputs import HashedInput
from service.ingest.readers.limits import Limits
from service.ingest.readers.rows import Reader
from service.ingest.report import BatchReport
from service.ingest.sources import keep_sources, stored_time_zone
from service.store.models import Agency, IngestBatch
from service.store.repository.study_areas import StudyAreas
from spatial.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    from service.ingest.addresses.placing import Placer

Progress = Callable[[int, int | None], None]
"""Called with the bytes read so far and the bytes in all, None when that is not known."""

RowsRead = Callable[[int], None]
"""Called with the rows read so far; what it raises undoes the batch."""


class _Staged(NamedTuple):
    """The rows of a file in the staging tables."""

    staging: Staging
    checking: Checking
    read: int


class Batch:
    """One batch under way: read, staged, merged, and accounted for."""

    def __init__(
        self, session: Session, agency_id: int, asked: Asked, now: datetime, limits: Limits
    ) -> None:
        self.session, self.agency_id = session, agency_id
        self.asked, self.profile = asked, asked.profile
        self.source = asked.source or asked.profile.source
        self.placer: Placer | None = None
        if asked.place_by is not None:
            from service.ingest.addresses.placing import Placer

            self.placer = Placer.make(session, agency_id, asked.place_by)
        self.now, self.limits = now, limits

    def run(
        self,
        content: HashedInput,
        idempotency_key: str | None,
        progress: Progress | None,
        rows_read: RowsRead | None,
    ) -> BatchReport:
        """Read a file and merge it; tell what became of its rows."""
        staged = until_known(
            lambda known: self._staged(content, progress, rows_read, known), content.rewind
        )
        staging, checking, read = staged.staging, staged.checking, staged.read
        if read == 0:
            raise UnreadableFileError(
                f"{content.name or 'The upload'} has a header and no rows: nothing to store."
            )
        lock_agency(self.session, self.agency_id)
        earlier = self.asked.answer_again(self.session, self.agency_id, idempotency_key, content)
        if earlier is not None:  # merged while this one was read
            staging.drop()
            return earlier
        strays = checking.find_strays(staging.cells_of_sources(self.agency_id))
        if strays:
            staging.reject_strays(strays)
        checking.find_outside(StudyAreas.of(self.session, self.agency_id))
        sources = staging.sources
        keep_sources(
            self.session,
            self.agency_id,
            self.profile,
            sources,
            read_as=self.source,
            time_zone=checking.rules.time_zone,
        )
        kept = KeptColumns(self.profile.attributes, checking.kept_names)
        batch = IngestBatch(
            agency_id=self.agency_id,
            source=self._batch_source(sources),
            profile=self.profile.name,
            file_name=content.name,
            content_sha256=content.sha256(),
            idempotency_key=idempotency_key,
            asked_sha256=self.asked.digest(),
            kept=kept.attributes,
            kind="ingest" if self.asked.replace is None else "replace",
            replaced=self.asked.replaced,
        )
        self.session.add(batch)
        self.session.flush()
        span = self._replaced(staging, checking.rules.time_zone)
        merged = staging.merge(self.agency_id, batch.id, batch.source, kept, span)
        self._complete(batch, read, merged)
        batch.sources = _by_source(staging, merged, batch)
        batch.warnings = [one.model_dump() for one in checking.warnings(merged, read)]
        self.session.flush()
        return BatchReport.of(batch)

    def _staged(
        self,
        content: HashedInput,
        progress: Progress | None,
        rows_read: RowsRead | None,
        known: Known,
    ) -> _Staged:
        """Read the file into staging tables of its own."""
        staging = Staging(self.session, self.profile)
        named = wanted(self.profile)
        with reading(content, self.profile, self.limits, wanted=named) as reader:
            checking = Checking(reader, self._rules(reader, known))
            read = 0
            with ahead(checking.each()) as every:
                for checked in every:
                    staging.add(checked)
                    read += checked.num_rows
                    self.limits.check_rows(read, content.name or "The upload")
                    if progress is not None:
                        progress(content.bytes_read, content.size)
                    if rows_read is not None:
                        rows_read(read)
        return _Staged(staging, checking, read)

    def _rules(self, reader: Reader, known: Known) -> Rules:
        return rules_for(
            self.profile,
            reader,
            now=self.now,
            source=self.asked.source,
            stored_zone=stored_time_zone(self.session, self.agency_id, self.source),
            known=known,
            placer=self.placer,
        )

    def _replaced(self, staging: Staging, zone: str) -> tuple[datetime, datetime] | None:
        """Return the span that the file replaces, which it must have incidents of."""
        replace = self.asked.replace
        if replace is None:
            return None
        if len(staging.sources) > 1:
            raise InvalidInputError(
                "A file of several sources replaces no days: name one source for it, or send the "
                "rows of each apart.",
                [Problem("replace", "the file has several sources")],
            )
        span = replace.within(zone)
        if not staging.any_within(span):
            raise InvalidInputError(
                f"The file has no incident of {replace} to replace others by: is it the "
                "right file? To take incidents away without others, delete their source.",
                [Problem("replace", f"no incident of {replace} in the file")],
            )
        return span

    def _batch_source(self, sources: Sequence[str]) -> str:
        return sources[0] if len(sources) == 1 else self.source

    def _complete(self, batch: IngestBatch, read: int, merged: Merged) -> None:
        """Write the counts to the batch, and the agency's version if an incident changed."""
        batch.rows_read = read
        batch.accepted = merged.accepted
        batch.updated = merged.updated
        batch.duplicate = merged.duplicate
        batch.rejected = merged.rejected
        batch.cancelled, batch.removed = merged.cancelled, merged.removed
        batch.rejected_by_reason = merged.rejected_by_reason
        batch.data_version = self.session.scalars(
            update(Agency)
            .where(Agency.id == self.agency_id)
            .values(data_version=Agency.data_version + int(merged.changes_data))
            .returning(Agency.data_version)
        ).one()


def _by_source(
    staging: Staging, merged: Merged, batch: IngestBatch
) -> dict[str, dict[str, int]] | None:
    """Return how many rows of each source were read and rejected, where there are several."""
    read = staging.read_by_source + Counter(
        {batch.source: batch.rows_read - staging.read_by_source.total()}
    )
    if len(read) < 2:
        return None
    rejected = merged.rejected_by_source
    return {name: {"read": read[name], "rejected": rejected.get(name, 0)} for name in sorted(read)}
