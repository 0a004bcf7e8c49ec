"""What offences weigh: harm indexes and their weights."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Numeric, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from service.store.models.base import Base, one_of

DETECTIONS = ("victim", "police", "business")


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
        CheckConstraint(one_of("detection", DETECTIONS), name="detection"),
        CheckConstraint("family <> ''", name="family"),
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
    family: Mapped[str | None]
    """Offences of one family borrow strength from each other; none: the offence is its own."""
    note: Mapped[str | None]
