"""Where things are: layers of areas, and street networks."""

from __future__ import annotations

import datetime as dt
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY, JSON
from sqlalchemy.orm import Mapped, mapped_column

from service.store.models.base import Base
from service.store.models.geometry import Geometry


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
    __table_args__ = (
        UniqueConstraint("layer_id", "position"),
        Index("idx_boundary_geom", "geom", postgresql_using="gist"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    layer_id: Mapped[int] = mapped_column(ForeignKey("boundary_layer.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]
    properties: Mapped[dict[str, Any]]
    geom: Mapped[BaseGeometry] = mapped_column(Geometry("MULTIPOLYGON"))


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
    __table_args__ = (Index("idx_street_segment_geom", "geom", postgresql_using="gist"),)

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
    source_ids: Mapped[Any | None] = mapped_column(JSON)
    """Segments of the source that it stands for; null where the network was not simplified."""
    geom: Mapped[BaseGeometry] = mapped_column(Geometry("LINESTRING"))


class StreetSource(Base):
    """A segment of the source of a simplified network: incidents are snapped to these."""

    __tablename__ = "street_source"

    network_id: Mapped[int] = mapped_column(
        ForeignKey("street_network.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[str]
    name: Mapped[str | None]
    road_class: Mapped[str | None]
    length_m: Mapped[float]
    lines: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """Positions of the segments that stand for it, the one that does for most of it first."""
    geom: Mapped[BaseGeometry] = mapped_column(Geometry("LINESTRING"))
