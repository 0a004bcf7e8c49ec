"""What a batch had rows of and did not write says how: held, held back, or cancelled.

That was told by the range of the part's number.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident_repeat", sa.Column("kind", sa.Text(), nullable=True))
    _key("batch_id", "source", "kind", "part", after=_NAMED)
    op.create_check_constraint(
        op.f("ck_incident_repeat_kind"),
        "incident_repeat",
        "kind IN ('held', 'held_back', 'cancelled')",
    )


def downgrade() -> None:
    _key("batch_id", "source", "part", after=_NUMBERED)
    op.drop_column("incident_repeat", "kind")


# A part may be held and held back at once: renumbered, both have one number of the former key.
_NAMED = """
    UPDATE incident_repeat
    SET kind = CASE WHEN part >= 0 THEN 'held'
                    WHEN part > -1000000000 THEN 'held_back' ELSE 'cancelled' END,
        part = CASE WHEN part >= 0 THEN part
                    WHEN part > -1000000000 THEN -1 - part ELSE -1000000001 - part END
"""
_NUMBERED = """
    UPDATE incident_repeat
    SET part = CASE kind WHEN 'held_back' THEN -1 - part WHEN 'cancelled' THEN -1000000001 - part
                         ELSE part END
"""


def _key(*columns: str, after: str | None = None) -> None:
    op.drop_constraint(op.f("pk_incident_repeat"), "incident_repeat", type_="primary")
    if after is not None:
        op.execute(after)
    op.create_primary_key(op.f("pk_incident_repeat"), "incident_repeat", list(columns))
