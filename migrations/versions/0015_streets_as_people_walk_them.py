"""Networks of one line for each street space, and the ways that the lines stand for.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "street_segment",
        sa.Column("source_ids", postgresql.JSON(astext_type=sa.Text()), nullable=True),
    )
    op.create_geospatial_table(
        "street_source",
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("road_class", sa.Text(), nullable=True),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("lines", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="LINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["network_id"],
            ["street_network.id"],
            name=op.f("fk_street_source_network_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("network_id", "position", name=op.f("pk_street_source")),
    )


def downgrade() -> None:
    op.drop_geospatial_table("street_source")
    op.drop_column("street_segment", "source_ids")
