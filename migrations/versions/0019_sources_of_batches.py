"""Batches of several sources tell the rows of each, and rejected rows whose they are.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ingest_batch", sa.Column("sources", postgresql.JSONB(), nullable=True))
    op.add_column("rejected_row", sa.Column("source", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("rejected_row", "source")
    op.drop_column("ingest_batch", "sources")
