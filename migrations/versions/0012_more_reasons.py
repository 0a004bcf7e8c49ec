"""Rows are rejected for two more reasons: a time, or a place, that cannot be meant.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BEFORE = (
    "missing_coordinates",
    "invalid_coordinates",
    "null_island",
    "outside_crs_bounds",
    "missing_time",
    "invalid_time",
    "time_in_future",
    "missing_offence",
    "malformed_row",
)
SINCE = (
    "missing_coordinates",
    "invalid_coordinates",
    "null_island",
    "placeholder_location",
    "outside_crs_bounds",
    "missing_time",
    "invalid_time",
    "time_in_future",
    "implausible_time",
    "missing_offence",
    "malformed_row",
)


def upgrade() -> None:
    _allow(SINCE)


def downgrade() -> None:
    op.execute(
        "UPDATE rejected_row SET reason = 'outside_crs_bounds' WHERE reason = 'placeholder_location'"
    )
    op.execute("UPDATE rejected_row SET reason = 'invalid_time' WHERE reason = 'implausible_time'")
    _allow(BEFORE)


def _allow(reasons: tuple[str, ...]) -> None:
    """Change the check without holding the table while its rows are read."""
    listed = ", ".join(f"'{one}'" for one in reasons)
    op.execute("ALTER TABLE rejected_row DROP CONSTRAINT ck_rejected_row_reason")
    op.execute(
        "ALTER TABLE rejected_row ADD CONSTRAINT ck_rejected_row_reason"
        f" CHECK (reason IN ({listed})) NOT VALID"
    )
    op.execute("ALTER TABLE rejected_row VALIDATE CONSTRAINT ck_rejected_row_reason")
