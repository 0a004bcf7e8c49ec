"""One batch of incidents from its bytes to its report, within the caller's transaction."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service.errors import ConflictError, UnreadableFileError
from service.ingest.checking import Checking, rules_for, until_known
from service.ingest.checks.known import Known
from service.ingest.checks.rules import Rules
from service.ingest.checks.validate import MAX_SOURCE_BYTES
from service.ingest.idempotency import Asked
from service.ingest.merging.kept import KeptColumns
from service.ingest.merging.merge import Merged, Staging, lock_agency
from service.ingest.period import Period
from service.ingest.profiles.binding import wanted
from service.ingest.profiles.profile import Profile
from service.ingest.readers.ahead import ahead
from service.ingest.readers.formats import reading
from service.ingest.readers.inputs import HashedInput, opened
from service.ingest.readers.limits import Limits
from service.ingest.readers.rows import Reader
from service.ingest.report import BatchReport
from service.ingest.sources import stored_time_zone
from service.store.models import Agency, IncidentSource, IngestBatch
from service.store.repository.study_areas import StudyAreas
from spatial.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    from service.ingest.addresses.asked import PlaceBy
    from service.ingest.addresses.placing import Placer

Progress = Callable[[int, int | None], None]
"""Called with the bytes read so far and the bytes in all, None when that is not known."""

RowsRead = Callable[[int], None]
"""Called with the rows read so far; what it raises undoes the batch."""


def ingest(
    session: Session,
    agency_id: int,
    source: str | Path | BinaryIO,
    profile: Profile,
    *,
    source_name: str | None = None,
    file_name: str | None = None,
    idempotency_key: str | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
    rows_read: RowsRead | None = None,
    limits: Limits | None = None,
    replace: Period | None = None,
    place_by: PlaceBy | None = None,
) -> BatchReport:
    """Read one file of incidents into the database, as one batch.

    All happens within the caller's transaction; when anything fails, what this batch did is
    undone before the error leaves, even if the caller goes on with the transaction. Batches of
    one agency are merged one after the other, and read at the same time.

    Parameters
    ----------
    session
        An open session.
    agency_id
        Whose incidents they are.
    source
        A path, or a binary stream, which is read from where it stands and not closed. Any of
        the formats of docs/data-formats.md, told by content.
    profile
        What the columns mean.
    source_name
        Name to store the incidents under, instead of the profile's and of any column.
    file_name
        Name for the report, instead of the path's or stream's own.
    idempotency_key
        A key under which the same bytes are taken only once.
    now
        Incidents after this instant are rejected; the present by default.
    progress
        Told of the bytes read after each chunk of rows.
    rows_read
        Told of the rows read after each chunk.
    limits
        How much the file may hold; by default as much as the settings' defaults say.
    replace
        Days whose incidents of the file's sources are those of the file alone: others are taken
        away, as part of the batch.
    place_by
        What places rows without coordinates by their address; nothing does by default.

    Returns
    -------
    BatchReport
        The counts, which always add up, and what there is to know besides.

    Raises
    ------
    NotFoundError, UnreadableFileError
        When there is no such file, or it is not one of incidents.
    ConflictError
        When the source is stored with another time zone, or the idempotency key came with other
        bytes, another profile or another source before.
    PayloadTooLargeError
        When the file holds more than it may.
    """
    name = source_name.strip() if source_name is not None else None
    if name is not None and not 0 < len(name.encode()) <= MAX_SOURCE_BYTES:
        raise InvalidInputError(f"A source's name has 1 to {MAX_SOURCE_BYTES} bytes.")
    with opened(source, file_name) as content, session.begin_nested():
        asked = Asked(profile, name, replace, place_by)
        earlier = asked.answer_again(session, agency_id, idempotency_key, content)
        if earlier is not None:  # told before the file is read
            return earlier
        batch = _Batch(session, agency_id, asked, now or datetime.now(UTC), limits or Limits())
        return batch.run(content, idempotency_key, progress, rows_read)


def ingest_features(
    session: Session,
    agency_id: int,
    features: Sequence[Mapping[str, Any]],
    profile: Profile,
    *,
    source_name: str | None = None,
    idempotency_key: str | None = None,
    now: datetime | None = None,
    limits: Limits | None = None,
) -> BatchReport:
    """Take GeoJSON features as one batch; see `ingest`."""
    document = json.dumps({"type": "FeatureCollection", "features": list(features)})
    return ingest(
        session,
        agency_id,
        io.BytesIO(document.encode()),
        profile,
        source_name=source_name,
        idempotency_key=idempotency_key,
        now=now,
        limits=limits,
    )


class _Staged(NamedTuple):
    """The rows of a file in the staging tables."""

    staging: Staging
    checking: Checking
    read: int


class _Batch:
    """One batch under way."""

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
        self._keep_sources(sources, checking.rules.time_zone)
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

    def _keep_sources(self, sources: Sequence[str], time_zone: str) -> None:
        known = {
            stored.name: stored.time_zone
            for stored in self.session.scalars(
                select(IncidentSource).where(
                    IncidentSource.agency_id == self.agency_id, IncidentSource.name.in_(sources)
                )
            )
        }
        if self.profile.time_zone is None and known.get(self.source, time_zone) != time_zone:
            raise ConflictError(
                f"Source {self.source!r} was stored with time zone {known[self.source]} while this "
                f"batch was read by {time_zone}: send it again."
            )
        for name in sources:
            if self.profile.time_zone is not None and known.get(name, time_zone) != time_zone:
                raise ConflictError(
                    f"Source {name!r} is stored with time zone {known[name]}, profile "
                    f"{self.profile.name!r} has {time_zone}: give these incidents another source "
                    "name (--source NAME)."
                )
        fresh = [name for name in sources if name not in known]
        if fresh:
            self.session.execute(
                insert(IncidentSource),
                [
                    {"agency_id": self.agency_id, "name": name, "time_zone": time_zone}
                    for name in fresh
                ],
            )

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
