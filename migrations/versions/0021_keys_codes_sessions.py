"""Keys of programs, codes that let a person in once, and sessions of browsers.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _moment(name: str, *, needed: bool = False, now: bool = False) -> sa.Column[sa.DateTime]:
    default = sa.text("now()") if now else None
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=not (needed or now), server_default=default
    )


def _agency() -> sa.Column[sa.BigInteger]:
    return sa.Column("agency_id", sa.BigInteger(), sa.ForeignKey("agency.id"), nullable=False)


def _id() -> sa.Column[sa.BigInteger]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "api_key",
        _id(),
        _agency(),
        sa.Column("prefix", sa.Text(), nullable=False, unique=True),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.JSONB(), nullable=False),
        sa.Column("first", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("created_by", sa.Text(), nullable=False),
        _moment("created_at", now=True),
        _moment("expires_at"),
        _moment("last_used_at"),
        _moment("revoked_at"),
        sa.CheckConstraint(
            "octet_length(secret_sha256) = 32", name=op.f("ck_api_key_secret_sha256")
        ),
        sa.CheckConstraint("jsonb_typeof(roles) = 'array'", name=op.f("ck_api_key_roles")),
    )
    op.create_index("ix_api_key_agency_id", "api_key", ["agency_id"])
    op.create_table(
        "login_code",
        _id(),
        _agency(),
        sa.Column("code_sha256", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        _moment("created_at", now=True),
        _moment("expires_at", needed=True),
        _moment("used_at"),
    )
    op.create_index("ix_login_code_agency_id", "login_code", ["agency_id"])
    op.create_table(
        "session",
        _id(),
        _agency(),
        sa.Column("cookie_sha256", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.JSONB(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), sa.ForeignKey("api_key.id", ondelete="CASCADE")),
        _moment("created_at", now=True),
        _moment("last_seen_at", now=True),
        _moment("expires_at", needed=True),
        _moment("ended_at"),
    )
    op.create_index("ix_session_agency_id", "session", ["agency_id"])
    op.create_index("ix_session_key_id", "session", ["key_id"])


def downgrade() -> None:
    op.drop_table("session")
    op.drop_table("login_code")
    op.drop_table("api_key")
