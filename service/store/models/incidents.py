"""What was read and what came of it: sources, batches, incidents and rejected rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import CheckConstraint, Computed, ForeignKey, Identity, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from service.store.models.base import Base, one_of
from service.store.models.geometry import Geometry

TIME_PRECISIONS = ("exact", "hour", "day", "month")
REJECTION_REASONS = (
    "missing_coordinates",
    "invalid_coordinates",
    "null_island",
    "placeholder_location",
    "outside_crs_bounds",
    "missing_time",
    "invalid_time",
    "time_in_future",
    "implausible_time",
    "missing_offence",
    "malformed_row",
)
BATCH_KINDS = ("ingest", "replace", "delete", "cancel")
REPEAT_KINDS = ("held", "held_back", "cancelled")


class IncidentSource(Base):
    """A system that incidents come from, and the local time in which its places live."""

    __tablename__ = "incident_source"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    time_zone: Mapped[str]


class IngestProfile(Base):
    """What the columns of a source's files mean, as the agency itself said."""

    __tablename__ = "ingest_profile"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    written: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The keys of its TOML file, in their order."""
    stored_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class IngestBatch(Base):
    """One change of the incidents, mostly a file of them, and what became of its rows."""

    __tablename__ = "ingest_batch"
    __table_args__ = (
        CheckConstraint(
            "rows_read = accepted + updated + duplicate + rejected + cancelled",
            name="nothing_lost",
        ),
        CheckConstraint(one_of("kind", BATCH_KINDS), name="kind"),
        Index(
            "uq_ingest_batch_idempotency_key",
            "agency_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL AND undone_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    source: Mapped[str]
    sources: Mapped[dict[str, dict[str, int]] | None] = mapped_column(JSONB(none_as_null=True))
    """How many rows of each source were `read` and `rejected`, where it has rows of several."""
    profile: Mapped[str]
    file_name: Mapped[str | None]
    origin: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Where its rows were fetched, and what their source said of them; None of files."""
    content_sha256: Mapped[bytes | None]
    idempotency_key: Mapped[str | None]
    asked_sha256: Mapped[bytes | None]
    """Digest of how the content was to be read: profile and source. None before it was kept."""
    kept: Mapped[str | list[str] | None] = mapped_column(JSONB(none_as_null=True))
    """Which columns beside the mapped ones: all, none, or names. None before it was told: all."""
    received_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    rows_read: Mapped[int] = mapped_column(server_default=text("0"))
    accepted: Mapped[int] = mapped_column(server_default=text("0"))
    updated: Mapped[int] = mapped_column(server_default=text("0"))
    duplicate: Mapped[int] = mapped_column(server_default=text("0"))
    rejected: Mapped[int] = mapped_column(server_default=text("0"))
    rejected_by_reason: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    warnings: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    data_version: Mapped[int | None]
    """The agency's data version after this batch."""
    kind: Mapped[str] = mapped_column(server_default=text("'ingest'"))
    """What it did: `ingest` rows, `replace` a period by a file, `delete` a source, `cancel` ids."""
    removed: Mapped[int] = mapped_column(server_default=text("0"))
    """Stored incidents that it took away."""
    cancelled: Mapped[int] = mapped_column(server_default=text("0"))
    """Its rows or ids of incidents that the force has cancelled."""
    keeps_before: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether what it changed is kept as it was: not of old batches, nor once that is purged."""
    made_by: Mapped[str | None]
    """Who asked for it, where it is none of rows."""
    reason: Mapped[str | None]
    """Why, likewise."""
    replaced: Mapped[str | None]
    """The days whose incidents its file replaced, such as ``2020-03-01/2020-03-31``."""
    undone_at: Mapped[dt.datetime | None]
    undone_by: Mapped[str | None]
    undone_reason: Mapped[str | None]
    undone_data_version: Mapped[int | None]
    """The agency's data version since then; None where undoing it changed no incident."""
    undone_removed: Mapped[int | None]
    undone_restored: Mapped[int | None]
    undone_kept: Mapped[int | None]
    """Its incidents that went, came back and stayed; None: undone before this was counted."""


class Incident(Base):
    """A recorded offence at a place, in a span of time.

    The natural key is the primary key, which spares a bulk load one index. There are no foreign
    keys: they would be checked row by row, and the merge of a batch, the only writer, takes both
    ids from rows that it holds locked in the same transaction.
    """

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint("occurred_from <= occurred_to", name="span"),
        CheckConstraint(one_of("time_precision", TIME_PRECISIONS), name="time_precision"),
        CheckConstraint(
            "longitude BETWEEN -180 AND 180 AND latitude BETWEEN -90 AND 90", name="coordinates"
        ),
        Index("ix_incident_agency_id_occurred_from", "agency_id", "occurred_from"),
        Index("idx_incident_geom", "geom", postgresql_using="gist"),
    )

    agency_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    batch_id: Mapped[int]
    """The batch that last wrote this incident."""
    offence_code: Mapped[str]
    offence_name: Mapped[str | None]
    occurred_from: Mapped[dt.datetime]
    occurred_to: Mapped[dt.datetime]
    """Last instant of the span, included in it; equal to `occurred_from` when exact."""
    time_precision: Mapped[str]
    reported_at: Mapped[dt.datetime | None]
    longitude: Mapped[float]
    latitude: Mapped[float]
    location_text: Mapped[str | None]
    attributes: Mapped[dict[str, Any] | None]
    content_hash: Mapped[bytes]
    """First 16 bytes of the SHA-256 of the canonical columns: equal rows are duplicates."""
    geom: Mapped[BaseGeometry] = mapped_column(
        Geometry("POINT"),
        Computed("ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)", persisted=True),
    )


class IncidentVersion(Base):
    """An incident as it was before a batch changed it or took it away; undoing puts it back.

    A trigger writes them; those of a batch go when it is undone, or when they are purged.
    """

    __tablename__ = "incident_version"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agency_id: Mapped[int]
    changed_by: Mapped[int] = mapped_column(index=True)
    """The batch that changed it."""
    continues_as: Mapped[str | None]
    """The id that it had after that; None: it was taken away."""
    source: Mapped[str]
    external_id: Mapped[str]
    batch_id: Mapped[int]
    """The batch that wrote it as it is here."""
    offence_code: Mapped[str]
    offence_name: Mapped[str | None]
    occurred_from: Mapped[dt.datetime]
    occurred_to: Mapped[dt.datetime]
    time_precision: Mapped[str]
    reported_at: Mapped[dt.datetime | None]
    longitude: Mapped[float]
    latitude: Mapped[float]
    location_text: Mapped[str | None]
    attributes: Mapped[dict[str, Any] | None]
    content_hash: Mapped[bytes]


class IncidentRepeat(Base):
    """Ids of incidents that a batch had rows of, and did not write.

    Of incidents that it `held` as they were stored, which stay when others are undone; of those
    whose rows were `held_back`, since a list has cancelled them; and of those that its own rows
    `cancelled`.
    """

    __tablename__ = "incident_repeat"
    __table_args__ = (CheckConstraint(one_of("kind", REPEAT_KINDS), name="kind"),)

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("ingest_batch.id", ondelete="CASCADE"), primary_key=True
    )
    source: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    """Which part of the file, so that no list of ids grows beyond bounds."""
    external_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))


class IncidentCancelled(Base):
    """An incident that the force has cancelled by its id: its rows are held back."""

    __tablename__ = "incident_cancelled"

    agency_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(
        ForeignKey("ingest_batch.id", ondelete="CASCADE"), primary_key=True
    )
    """The batch that cancelled it; there may be several."""


class RejectedRow(Base):
    """A row that could not become an incident, kept in the columns that its profile names."""

    __tablename__ = "rejected_row"
    __table_args__ = (
        CheckConstraint(one_of("reason", REJECTION_REASONS), name="reason"),
        Index("ix_rejected_row_batch_id_line", "batch_id", "line"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("ingest_batch.id", ondelete="CASCADE"))
    source: Mapped[str | None]
    """Whose row it is; None before it was told: the batch's, or one of its."""
    line: Mapped[int]
    """First line of the row in its file (CSV, from 1) or number of the feature (from 1)."""
    reason: Mapped[str]
    message: Mapped[str]
    raw: Mapped[str]
    """Those columns as JSON; empty for a row whose columns cannot be told apart."""
