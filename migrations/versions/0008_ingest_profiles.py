"""Profiles that an agency writes itself are stored.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ingest_profile",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("written", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "stored_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_ingest_profile_agency_id")
        ),
        sa.PrimaryKeyConstraint("agency_id", "name", name=op.f("pk_ingest_profile")),
    )


def downgrade() -> None:
    op.drop_table("ingest_profile")
