"""What a batch changed is kept as it was before, so that the batch can be undone.

Incidents that are updated or deleted while a batch is under way are kept by a trigger, whichever
statement does so; an insert has none, which spares loads. Batches of before kept nothing.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEEP_VERSIONS = """
CREATE FUNCTION keep_incident_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO incident_version (
        agency_id, changed_by, continues_as, source, external_id, batch_id, offence_code,
        offence_name, occurred_from, occurred_to, time_precision, reported_at, longitude, latitude,
        location_text, attributes, content_hash
    ) VALUES (
        OLD.agency_id, current_setting('harmspot.batch_id')::bigint,
        CASE WHEN TG_OP = 'UPDATE' THEN NEW.external_id END,
        OLD.source, OLD.external_id, OLD.batch_id, OLD.offence_code,
        OLD.offence_name, OLD.occurred_from, OLD.occurred_to, OLD.time_precision, OLD.reported_at,
        OLD.longitude, OLD.latitude, OLD.location_text, OLD.attributes, OLD.content_hash
    );
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_version AFTER UPDATE OR DELETE ON incident FOR EACH ROW
WHEN (current_setting('harmspot.batch_id', true) <> '')
EXECUTE FUNCTION keep_incident_version();
"""
COUNTED = "rows_read = accepted + updated + duplicate + rejected"


def upgrade() -> None:
    op.create_table(
        "incident_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("continues_as", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("offence_code", sa.Text(), nullable=False),
        sa.Column("offence_name", sa.Text(), nullable=True),
        sa.Column("occurred_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_precision", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("location_text", sa.Text(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_version")),
    )
    op.create_index("ix_incident_version_changed_by", "incident_version", ["changed_by"])
    op.create_table(
        "incident_repeat",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["ingest_batch.id"],
            name=op.f("fk_incident_repeat_batch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch_id", "source", "part", name=op.f("pk_incident_repeat")),
    )
    op.execute(KEEP_VERSIONS)
    for column in (
        sa.Column("kind", sa.Text(), server_default=sa.text("'ingest'"), nullable=False),
        sa.Column("removed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        # False for what is there, true for what comes.
        sa.Column("keeps_before", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_reason", sa.Text(), nullable=True),
        sa.Column("undone_data_version", sa.BigInteger(), nullable=True),
    ):
        op.add_column("ingest_batch", column)
    op.alter_column("ingest_batch", "keeps_before", server_default=sa.text("true"))
    op.create_check_constraint(
        op.f("ck_ingest_batch_kind"),
        "ingest_batch",
        "kind IN ('ingest', 'replace', 'delete', 'cancel')",
    )
    op.drop_constraint(op.f("ck_ingest_batch_nothing_lost"), "ingest_batch")
    op.create_check_constraint(
        op.f("ck_ingest_batch_nothing_lost"), "ingest_batch", f"{COUNTED} + cancelled"
    )
    _index_keys("idempotency_key IS NOT NULL AND undone_at IS NULL")


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_version ON incident; DROP FUNCTION keep_incident_version")
    op.drop_table("incident_repeat")
    op.drop_table("incident_version")
    op.execute("UPDATE ingest_batch SET idempotency_key = NULL WHERE undone_at IS NOT NULL")
    _index_keys("idempotency_key IS NOT NULL")
    op.drop_constraint(op.f("ck_ingest_batch_nothing_lost"), "ingest_batch")
    op.execute("UPDATE ingest_batch SET rows_read = rows_read - cancelled WHERE cancelled > 0")
    op.create_check_constraint(op.f("ck_ingest_batch_nothing_lost"), "ingest_batch", COUNTED)
    op.drop_constraint(op.f("ck_ingest_batch_kind"), "ingest_batch")
    for name in (
        "undone_data_version",
        "undone_reason",
        "undone_by",
        "undone_at",
        "keeps_before",
        "cancelled",
        "removed",
        "kind",
    ):
        op.drop_column("ingest_batch", name)


def _index_keys(condition: str) -> None:
    op.drop_index("uq_ingest_batch_idempotency_key", "ingest_batch")
    op.create_index(
        "uq_ingest_batch_idempotency_key",
        "ingest_batch",
        ["agency_id", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text(condition),
    )
