"""Batches that are undone tell what became of their incidents.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_COUNTS = ("undone_removed", "undone_restored", "undone_kept")


def upgrade() -> None:
    for name in _COUNTS:
        op.add_column("ingest_batch", sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for name in reversed(_COUNTS):
        op.drop_column("ingest_batch", name)
