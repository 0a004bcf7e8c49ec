"""What analyses found: runs, the units that they scored, their targets, and what was published."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    UniqueConstraint,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB, aggregate_order_by, array
from sqlalchemy.orm import Mapped, column_property, mapped_column

from service.store.models.base import Base
from service.store.models.geometry import Geometry
from service.store.models.incidents import IngestBatch


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
    data_version: Mapped[int] = mapped_column()
    software_version: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    provenance: Mapped[Any] = mapped_column(JSON)
    """What the answer rests on: window, study area, index, incidents used and left out."""
    result: Mapped[Any] = mapped_column(JSON)
    """The summary of the answer; its rows are in `unit_score` and `target`."""
    holds: Mapped[Any | None] = mapped_column(JSON)
    """Names of the properties of its `units` and `targets`, as `properties.py` declares them; of
    runs that were stored before it was written down: none."""
    undone: Mapped[list[int]] = column_property(
        select(
            func.coalesce(
                func.array_agg(aggregate_order_by(IngestBatch.id, IngestBatch.id)),
                cast(array([]), ARRAY(BigInteger)),
            )
        )
        .where(
            IngestBatch.agency_id == agency_id,
            IngestBatch.data_version <= data_version,
            IngestBatch.undone_data_version > data_version,
        )
        .correlate_except(IngestBatch)
        .scalar_subquery()
    )
    """Batches that its data held and that were undone since."""


class UnitScore(Base):
    """A unit of a run (cell, segment or area) with its harm and its hot-spot statistic."""

    __tablename__ = "unit_score"
    __table_args__ = (
        # A tile that is too full holds the first ranks of a run, found here without sorting it.
        Index("ix_unit_score_run_id_rank", "run_id", "rank"),
        Index("idx_unit_score_geom", "geom", postgresql_using="gist"),
    )

    run_id: Mapped[str] = mapped_column(
        ForeignKey("analysis_run.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    harm: Mapped[Decimal] = mapped_column(Numeric(16, 2))
    z: Mapped[float | None]
    p: Mapped[float | None]
    q: Mapped[float | None]
    unit_class: Mapped[str | None] = mapped_column("class")
    rank: Mapped[int]
    cumulative_harm_share: Mapped[float | None]
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
    more: Mapped[Any | None] = mapped_column(JSONB)
    """Properties that have no column: see `service.store.repository.scores`."""
    geom: Mapped[BaseGeometry] = mapped_column(Geometry("GEOMETRY"))


class Target(Base):
    """A patrol target of a run; `properties` are those of its GeoJSON feature, to the byte."""

    __tablename__ = "target"
    __table_args__ = (Index("idx_target_geom", "geom", postgresql_using="gist"),)

    run_id: Mapped[str] = mapped_column(
        ForeignKey("analysis_run.id", ondelete="CASCADE"), primary_key=True
    )
    rank: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[str]
    properties: Mapped[Any] = mapped_column(JSON)
    geom: Mapped[BaseGeometry] = mapped_column(Geometry("GEOMETRY"))
    patrol_geom: Mapped[BaseGeometry | None] = mapped_column(Geometry("GEOMETRY"))
    """The area to patrol around it, where one was asked for."""


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
