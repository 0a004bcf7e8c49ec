"""Units say where they are, how large and how dense; targets have an area to patrol.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXTS = ("label", "district")
NUMBERS = (
    "area_km2",
    "length_m",
    "harm_per_km2",
    "harm_per_100m",
    "population",
    "harm_per_1000_residents",
    "rate",
)


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("unit_score", sa.Column(name, sa.Text(), nullable=True))
    for name in NUMBERS:
        op.add_column("unit_score", sa.Column(name, sa.Double(), nullable=True))
    op.add_column(
        "target",
        sa.Column("patrol_geom", Geometry("GEOMETRY", 4326, spatial_index=False), nullable=True),
    )


def downgrade() -> None:
    op.drop_column("target", "patrol_geom")
    for name in reversed((*TEXTS, *NUMBERS)):
        op.drop_column("unit_score", name)
