"""The units of a run are found by rank, for tiles that hold the first of too many.

Where there are units already, the service builds the index after the migrations, beside other work.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if not op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT FROM unit_score)")):
        op.create_index("ix_unit_score_run_id_rank", "unit_score", ["run_id", "rank"])


def downgrade() -> None:
    op.execute("DROP INDEX IF EXISTS ix_unit_score_run_id_rank")
