"""Batches that take incidents away say who asked for it, why, and which days they replaced.

Ids that the force has cancelled are remembered, so that their rows do not come again.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("made_by", "reason", "replaced"):
        op.add_column("ingest_batch", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "incident_cancelled",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["ingest_batch.id"],
            name=op.f("fk_incident_cancelled_batch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "agency_id", "source", "external_id", "batch_id", name=op.f("pk_incident_cancelled")
        ),
    )


def downgrade() -> None:
    op.drop_table("incident_cancelled")
    for name in ("replaced", "reason", "made_by"):
        op.drop_column("ingest_batch", name)
