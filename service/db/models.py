"""The tables: every name here is a contract with clients, exports and the auditor."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    Numeric,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

TIME_PRECISIONS = ("exact", "hour", "day", "month")
DETECTIONS = ("victim", "police", "business")
REJECTION_REASONS = (
    "missing_coordinates",
    "invalid_coordinates",
    "null_island",
    "outside_crs_bounds",
    "missing_time",
    "invalid_time",
    "time_in_future",
    "missing_offence",
    "malformed_row",
)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Base(DeclarativeBase):
    """Base of all tables; constraints carry predictable names so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        str: Text,
        int: BigInteger,
        float: Double,
        bytes: LargeBinary,
        dt.datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


class Agency(Base):
    """A police force or department: the tenant that owns every other row."""

    __tablename__ = "agency"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    data_version: Mapped[int] = mapped_column(server_default=text("0"))
    """Grows with every committed batch that changed an incident."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class IncidentSource(Base):
    """A system that incidents come from, and the local time in which its places live."""

    __tablename__ = "incident_source"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    time_zone: Mapped[str]


class IngestBatch(Base):
    """One file or request of incidents, and what became of its rows."""

    __tablename__ = "ingest_batch"
    __table_args__ = (
        CheckConstraint(
            "rows_read = accepted + updated + duplicate + rejected", name="nothing_lost"
        ),
        Index(
            "uq_ingest_batch_idempotency_key",
            "agency_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    source: Mapped[str]
    profile: Mapped[str]
    file_name: Mapped[str | None]
    content_sha256: Mapped[bytes | None]
    idempotency_key: Mapped[str | None]
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


class Incident(Base):
    """A recorded offence at a place, in a span of time.

    The natural key is the primary key, which spares a bulk load one index. There are no foreign
    keys: they would be checked row by row, and the merge of a batch, the only writer, takes both
    ids from rows that it holds locked in the same transaction.
    """

    __tablename__ = "incident"
    __table_args__ = (
        CheckConstraint("occurred_from <= occurred_to", name="span"),
        CheckConstraint(_one_of("time_precision", TIME_PRECISIONS), name="time_precision"),
        CheckConstraint(
            "longitude BETWEEN -180 AND 180 AND latitude BETWEEN -90 AND 90", name="coordinates"
        ),
        Index("ix_incident_agency_id_occurred_from", "agency_id", "occurred_from"),
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
    geom: Mapped[WKBElement] = mapped_column(
        Geometry("POINT", 4326, spatial_index=True),
        Computed("ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)", persisted=True),
    )


class RejectedRow(Base):
    """A row that could not become an incident, kept as it came."""

    __tablename__ = "rejected_row"
    __table_args__ = (
        CheckConstraint(_one_of("reason", REJECTION_REASONS), name="reason"),
        Index("ix_rejected_row_batch_id_line", "batch_id", "line"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("ingest_batch.id", ondelete="CASCADE"))
    line: Mapped[int]
    """First line of the row in its file (CSV, from 1) or number of the feature (from 1)."""
    reason: Mapped[str]
    message: Mapped[str]
    raw: Mapped[str]


class HarmIndex(Base):
    """One version of a harm index: what an offence weighs."""

    __tablename__ = "harm_index"
    __table_args__ = (UniqueConstraint("agency_id", "name", "version"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    name: Mapped[str]
    version: Mapped[str]
    title: Mapped[str]
    unit: Mapped[str]
    citation: Mapped[str | None]
    content_sha256: Mapped[bytes]
    loaded_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class HarmWeight(Base):
    """The weight of one offence in one version of an index."""

    __tablename__ = "harm_weight"
    __table_args__ = (
        CheckConstraint("weight >= 0", name="weight"),
        CheckConstraint(_one_of("detection", DETECTIONS), name="detection"),
    )

    harm_index_id: Mapped[int] = mapped_column(
        ForeignKey("harm_index.id", ondelete="CASCADE"), primary_key=True
    )
    offence_code: Mapped[str] = mapped_column(primary_key=True)
    """A code, or ``*`` for every offence that has no line of its own."""
    offence_name: Mapped[str]
    weight: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    low: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    high: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    detection: Mapped[str]
    note: Mapped[str | None]


class BoundaryLayer(Base):
    """One version of a named layer of areas: a study area, districts, beats."""

    __tablename__ = "boundary_layer"
    __table_args__ = (UniqueConstraint("agency_id", "name", "version"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    name: Mapped[str]
    version: Mapped[int]
    file_name: Mapped[str | None]
    content_sha256: Mapped[bytes]
    loaded_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class Boundary(Base):
    """One area of a layer."""

    __tablename__ = "boundary"
    __table_args__ = (UniqueConstraint("layer_id", "position"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    layer_id: Mapped[int] = mapped_column(ForeignKey("boundary_layer.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]
    properties: Mapped[dict[str, Any]]
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", 4326, spatial_index=True))


class StreetNetwork(Base):
    """One version of a named street network."""

    __tablename__ = "street_network"
    __table_args__ = (UniqueConstraint("agency_id", "name", "version"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    name: Mapped[str]
    version: Mapped[int]
    file_name: Mapped[str | None]
    content_sha256: Mapped[bytes]
    report: Mapped[dict[str, Any]]
    """What was mended or left out when it was loaded."""
    loaded_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class StreetSegment(Base):
    """A piece of street between two junctions, in one version of its network."""

    __tablename__ = "street_segment"

    network_id: Mapped[int] = mapped_column(
        ForeignKey("street_network.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[str]
    name: Mapped[str | None]
    road_class: Mapped[str | None]
    length_m: Mapped[float]
    node_from: Mapped[int]
    node_to: Mapped[int]
    geom: Mapped[WKBElement] = mapped_column(Geometry("LINESTRING", 4326, spatial_index=True))


class AnalysisRun(Base):
    """One analysis as it was asked for and answered: enough to explain it next year.

    The id is derived from the question (process, parameters, data, index and software version),
    so the same question again meets the same run.
    """

    __tablename__ = "analysis_run"

    id: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    process: Mapped[str]
    parameters: Mapped[Any] = mapped_column(JSON)
    data_version: Mapped[int]
    software_version: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    provenance: Mapped[Any] = mapped_column(JSON)
    """What the answer rests on: window, study area, index, incidents used and left out."""
    result: Mapped[Any] = mapped_column(JSON)
    """The summary of the answer; its rows are in `unit_score` and `target`."""


class UnitScore(Base):
    """A unit of a run (cell, segment or area) with its harm and its hot-spot statistic."""

    __tablename__ = "unit_score"

    run_id: Mapped[str] = mapped_column(
        ForeignKey("analysis_run.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    harm: Mapped[Decimal] = mapped_column(Numeric(16, 2))
    z: Mapped[float]
    p: Mapped[float]
    q: Mapped[float]
    unit_class: Mapped[str] = mapped_column("class")
    rank: Mapped[int]
    cumulative_harm_share: Mapped[float]
    label: Mapped[str | None]
    district: Mapped[str | None]
    area_km2: Mapped[float | None]
    length_m: Mapped[float | None]
    harm_per_km2: Mapped[float | None]
    harm_per_100m: Mapped[float | None]
    population: Mapped[float | None]
    harm_per_1000_residents: Mapped[float | None]
    rate: Mapped[float | None]
    """What was tested, where a denominator was asked for."""
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", 4326, spatial_index=True))


class Target(Base):
    """A patrol target of a run; `properties` are those of its GeoJSON feature, to the byte."""

    __tablename__ = "target"

    run_id: Mapped[str] = mapped_column(
        ForeignKey("analysis_run.id", ondelete="CASCADE"), primary_key=True
    )
    rank: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[str]
    properties: Mapped[Any] = mapped_column(JSON)
    geom: Mapped[WKBElement] = mapped_column(Geometry("GEOMETRY", 4326, spatial_index=True))
    patrol_geom: Mapped[WKBElement | None] = mapped_column(
        Geometry("GEOMETRY", 4326, spatial_index=False)
    )
    """The area to patrol around it, where one was asked for."""


JOB_STATUSES = ("accepted", "running", "successful", "failed", "dismissed")
JOB_SOURCES = ("api", "ogc", "schedule")


class Job(Base):
    """An analysis that was asked for and is answered by a worker; statuses are OGC's words.

    Two triggers keep it honest whoever writes: `progress` never falls and `revision` grows with
    every change, and each change is announced on the channel ``harmspot_job``.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(_one_of("status", JOB_STATUSES), name="status"),
        CheckConstraint(_one_of("source", JOB_SOURCES), name="source"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        CheckConstraint("(status = 'failed') = (problem IS NOT NULL)", name="problem"),
        Index("ix_job_agency_id_created_at", "agency_id", "created_at"),
        Index("ix_job_run_id", "run_id"),
        Index(
            "uq_job_idempotency_key",
            "agency_id",
            "source",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    process: Mapped[str]
    parameters: Mapped[Any] = mapped_column(JSON)
    """As they were given: defaults are filled in when it runs, and stand in its run."""
    source: Mapped[str]
    requested_by: Mapped[str | None]
    idempotency_key: Mapped[str | None]
    publish: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether its run is published when it is successful."""
    queue_id: Mapped[int | None]
    """Its entry in the queue, which is gone when it is finished."""
    status: Mapped[str] = mapped_column(server_default=text("'accepted'"))
    progress: Mapped[int] = mapped_column(server_default=text("0"))
    message: Mapped[str] = mapped_column(server_default=text("'waiting for a worker'"))
    answer: Mapped[Any | None] = mapped_column(JSON)
    """How the results are wanted (OGC API Processes): `response` and `transmissionMode`."""
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    """How often a worker took it; more than one when workers died or the database failed."""
    revision: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    run_id: Mapped[str | None] = mapped_column(ForeignKey("analysis_run.id", ondelete="SET NULL"))
    """The stored run that answers it."""
    problem: Mapped[dict[str, Any] | None]
    """Why it failed, as RFC 9457 has it."""


class Schedule(Base):
    """An analysis that is asked for again and again, by the clock of a place."""

    __tablename__ = "schedule"
    __table_args__ = (UniqueConstraint("agency_id", "name"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    name: Mapped[str]
    process: Mapped[str]
    parameters: Mapped[Any] = mapped_column(JSON)
    """Those of the process; ``window`` may stand for ``from`` and ``to``: ``last 28 days``."""
    cron: Mapped[str]
    """Minute, hour, day of month, month and day of week, in local time."""
    time_zone: Mapped[str]
    publish: Mapped[bool] = mapped_column(server_default=text("false"))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    last_due_at: Mapped[dt.datetime | None]
    """The last due moment for which a job was submitted."""
    last_job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))


class Publication(Base):
    """A run that was published: on purpose, or by its schedule. The latest is what clients see."""

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("run_id"),
        Index("ix_publication_agency_id_process", "agency_id", "process", "published_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    process: Mapped[str]
    run_id: Mapped[str] = mapped_column(ForeignKey("analysis_run.id", ondelete="CASCADE"))
    published_at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    published_by: Mapped[str]
    """A person, or ``schedule NAME``."""
