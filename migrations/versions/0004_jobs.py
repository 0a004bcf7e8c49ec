"""Analyses become jobs that workers take from a queue; schedules ask for them, runs get published.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.store import queue_schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TRIGGERS = """
CREATE FUNCTION job_moves_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.progress = greatest(NEW.progress, OLD.progress);
    NEW.revision = OLD.revision + 1;
    NEW.updated_at = clock_timestamp();
    RETURN NEW;
END $$;

CREATE FUNCTION job_is_announced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('harmspot_job', coalesce(NEW.id, OLD.id));
    RETURN NULL;
END $$;

CREATE TRIGGER job_moves_forward BEFORE UPDATE ON job
    FOR EACH ROW EXECUTE FUNCTION job_moves_forward();

CREATE TRIGGER job_is_announced AFTER INSERT OR UPDATE OR DELETE ON job
    FOR EACH ROW EXECUTE FUNCTION job_is_announced();
"""


def upgrade() -> None:
    queue_schema.bring_up(op.get_bind())
    op.create_table(
        "job",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("publish", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("queue_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'accepted'"), nullable=False),
        sa.Column("progress", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "message",
            sa.Text(),
            server_default=sa.text("'waiting for a worker'"),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        _moment("created_at", "now()"),
        _moment("updated_at", "now()"),
        _moment("started_at"),
        _moment("finished_at"),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "status IN ('accepted', 'running', 'successful', 'failed', 'dismissed')",
            name=op.f("ck_job_status"),
        ),
        sa.CheckConstraint("source IN ('api', 'ogc', 'schedule')", name=op.f("ck_job_source")),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_job_progress")),
        sa.CheckConstraint(
            "(status = 'failed') = (problem IS NOT NULL)", name=op.f("ck_job_problem")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_job_agency_id")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["analysis_run.id"], name=op.f("fk_job_run_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_agency_id_created_at", "job", ["agency_id", "created_at"])
    op.create_index("ix_job_run_id", "job", ["run_id"])
    op.create_index(
        "uq_job_idempotency_key",
        "job",
        ["agency_id", "source", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.execute(TRIGGERS)
    op.create_table(
        "schedule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("cron", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("publish", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        _moment("created_at", "now()"),
        _moment("last_due_at"),
        sa.Column("last_job_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_schedule_agency_id")),
        sa.ForeignKeyConstraint(
            ["last_job_id"],
            ["job.id"],
            name=op.f("fk_schedule_last_job_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_schedule_agency_id_name")),
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        _moment("published_at", "clock_timestamp()"),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_publication_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["analysis_run.id"],
            name=op.f("fk_publication_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("run_id", name=op.f("uq_publication_run_id")),
    )
    op.create_index(
        "ix_publication_agency_id_process", "publication", ["agency_id", "process", "published_at"]
    )


def downgrade() -> None:
    for table in ("publication", "schedule", "job"):
        op.drop_table(table)
    op.execute("DROP FUNCTION job_moves_forward, job_is_announced")
    queue_schema.drop(op.get_bind())


def _moment(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text(default) if default else None,
        nullable=default is None,
    )
