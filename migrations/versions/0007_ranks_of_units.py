"""The units of a run are found by rank, for tiles that hold the first of too many.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_unit_score_run_id_rank", "unit_score", ["run_id", "rank"])


def downgrade() -> None:
    op.drop_index("ix_unit_score_run_id_rank", table_name="unit_score")
