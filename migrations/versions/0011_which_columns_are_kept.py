"""A batch knows which columns beside the mapped ones it kept.

Batches of before say nothing: unless their profile said otherwise, they kept all.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "ingest_batch", sa.Column("kept", postgresql.JSONB(none_as_null=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("ingest_batch", "kept")
