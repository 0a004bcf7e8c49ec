"""One batch of incidents from its bytes to its report, within the caller's transaction."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sqlalchemy.orm import Session

from service.ingest.batch import Batch, Progress, RowsRead
from service.ingest.checks.validate import MAX_SOURCE_BYTES
from service.ingest.idempotency import Asked
from service.ingest.period import Period
from service.ingest.profiles.profile import Profile
from service.ingest.readers.inputs import opened
from service.ingest.readers.limits import Limits
from service.ingest.report import BatchReport
from spatial.errors import InvalidInputError

if TYPE_CHECKING:
    from service.ingest.addresses.asked import PlaceBy


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
        batch = Batch(session, agency_id, asked, now or datetime.now(UTC), limits or Limits())
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
