"""A batch knows what was asked of it, so that its key cannot stand for another question.

Batches of before know their profile's name and source only; these are compared for them.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ingest_batch", sa.Column("asked_sha256", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("ingest_batch", "asked_sha256")
