"""Units hold properties without a column of their own, and a run says which ones its places have.

An analysis that scores units by other means than Gi* leaves what that statistic says empty. From
here on the views of the schema `ogc` are made by the service, after the migrations.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects.postgresql import JSON, JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OF_GI_STAR = ("z", "p", "q", "class", "cumulative_harm_share")


def upgrade() -> None:
    op.add_column("unit_score", sa.Column("more", JSONB(), nullable=True))
    op.add_column("analysis_run", sa.Column("holds", JSON(), nullable=True))
    for name in OF_GI_STAR:
        op.alter_column("unit_score", name, nullable=True)


def downgrade() -> None:
    # Software of that time cannot hold what other analyses scored.
    op.execute(
        "DELETE FROM analysis_run WHERE id IN"
        " (SELECT run_id FROM unit_score WHERE z IS NULL OR p IS NULL OR q IS NULL"
        ' OR "class" IS NULL OR cumulative_harm_share IS NULL)'
    )
    for name in OF_GI_STAR:
        op.alter_column("unit_score", name, nullable=False)
    op.drop_column("analysis_run", "holds")
    op.drop_column("unit_score", "more")
    # Software of that time expects the views that it knows.
    op.execute("DROP SCHEMA ogc CASCADE")
    context.script.get_revision("0005").module.upgrade()
