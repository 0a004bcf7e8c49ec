"""incidents, harm indexes, boundaries, runs."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")

    op.create_table(
        "agency",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("name", name=op.f("uq_agency_name")),
    )
    op.create_geospatial_table(
        "incident",
        sa.Column("agency_id", sa.BigInteger(), autoincrement=False, nullable=False),
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
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            sa.Computed("ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint(
            "time_precision IN ('exact', 'hour', 'day', 'month')",
            name=op.f("ck_incident_time_precision"),
        ),
        sa.CheckConstraint(
            "longitude BETWEEN -180 AND 180 AND latitude BETWEEN -90 AND 90",
            name=op.f("ck_incident_coordinates"),
        ),
        sa.CheckConstraint("occurred_from <= occurred_to", name=op.f("ck_incident_span")),
        sa.PrimaryKeyConstraint("agency_id", "source", "external_id", name=op.f("pk_incident")),
    )
    op.create_geospatial_index(
        "idx_incident_geom",
        "incident",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_incident_agency_id_occurred_from",
        "incident",
        ["agency_id", "occurred_from"],
        unique=False,
    )
    op.create_table(
        "analysis_run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.Column("software_version", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("provenance", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_analysis_run_agency_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis_run")),
    )
    op.create_index(op.f("ix_analysis_run_agency_id"), "analysis_run", ["agency_id"], unique=False)
    op.create_table(
        "boundary_layer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column(
            "loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_boundary_layer_agency_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boundary_layer")),
        sa.UniqueConstraint(
            "agency_id", "name", "version", name=op.f("uq_boundary_layer_agency_id_name_version")
        ),
    )
    op.create_table(
        "harm_index",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=True),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column(
            "loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_harm_index_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_harm_index")),
        sa.UniqueConstraint(
            "agency_id", "name", "version", name=op.f("uq_harm_index_agency_id_name_version")
        ),
    )
    op.create_table(
        "incident_source",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_incident_source_agency_id")
        ),
        sa.PrimaryKeyConstraint("agency_id", "name", name=op.f("pk_incident_source")),
    )
    op.create_table(
        "ingest_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("rows_read", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("accepted", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("duplicate", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejected", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "rejected_by_reason",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "warnings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("data_version", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "rows_read = accepted + updated + duplicate + rejected",
            name=op.f("ck_ingest_batch_nothing_lost"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_ingest_batch_agency_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingest_batch")),
    )
    op.create_index(op.f("ix_ingest_batch_agency_id"), "ingest_batch", ["agency_id"], unique=False)
    op.create_index(
        "uq_ingest_batch_idempotency_key",
        "ingest_batch",
        ["agency_id", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.create_geospatial_table(
        "boundary",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("layer_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("properties", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["layer_id"],
            ["boundary_layer.id"],
            name=op.f("fk_boundary_layer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boundary")),
        sa.UniqueConstraint("layer_id", "position", name=op.f("uq_boundary_layer_id_position")),
    )
    op.create_geospatial_index(
        "idx_boundary_geom",
        "boundary",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "harm_weight",
        sa.Column("harm_index_id", sa.BigInteger(), nullable=False),
        sa.Column("offence_code", sa.Text(), nullable=False),
        sa.Column("offence_name", sa.Text(), nullable=False),
        sa.Column("weight", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("low", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("high", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("detection", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "detection IN ('victim', 'police', 'business')", name=op.f("ck_harm_weight_detection")
        ),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_harm_weight_weight")),
        sa.ForeignKeyConstraint(
            ["harm_index_id"],
            ["harm_index.id"],
            name=op.f("fk_harm_weight_harm_index_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("harm_index_id", "offence_code", name=op.f("pk_harm_weight")),
    )
    op.create_table(
        "rejected_row",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('missing_coordinates', 'invalid_coordinates', 'null_island', 'outside_crs_bounds', 'missing_time', 'invalid_time', 'time_in_future', 'missing_offence', 'malformed_row')",
            name=op.f("ck_rejected_row_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["ingest_batch.id"],
            name=op.f("fk_rejected_row_batch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejected_row")),
    )
    op.create_index(
        "ix_rejected_row_batch_id_line", "rejected_row", ["batch_id", "line"], unique=False
    )
    op.create_geospatial_table(
        "target",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("properties", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["analysis_run.id"], name=op.f("fk_target_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "rank", name=op.f("pk_target")),
    )
    op.create_geospatial_index(
        "idx_target_geom",
        "target",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_geospatial_table(
        "unit_score",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("harm", sa.Numeric(precision=16, scale=2), nullable=False),
        sa.Column("z", sa.Double(), nullable=False),
        sa.Column("p", sa.Double(), nullable=False),
        sa.Column("q", sa.Double(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("cumulative_harm_share", sa.Double(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["analysis_run.id"], name=op.f("fk_unit_score_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "unit_id", name=op.f("pk_unit_score")),
    )
    op.create_geospatial_index(
        "idx_unit_score_geom",
        "unit_score",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )


def downgrade() -> None:

    op.drop_geospatial_index(
        "idx_unit_score_geom", table_name="unit_score", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("unit_score")
    op.drop_geospatial_index(
        "idx_target_geom", table_name="target", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("target")
    op.drop_index("ix_rejected_row_batch_id_line", table_name="rejected_row")
    op.drop_table("rejected_row")
    op.drop_table("harm_weight")
    op.drop_geospatial_index(
        "idx_boundary_geom", table_name="boundary", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("boundary")
    op.drop_index(
        "uq_ingest_batch_idempotency_key",
        table_name="ingest_batch",
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    op.drop_index(op.f("ix_ingest_batch_agency_id"), table_name="ingest_batch")
    op.drop_table("ingest_batch")
    op.drop_table("incident_source")
    op.drop_table("harm_index")
    op.drop_table("boundary_layer")
    op.drop_index(op.f("ix_analysis_run_agency_id"), table_name="analysis_run")
    op.drop_table("analysis_run")
    op.drop_index("ix_incident_agency_id_occurred_from", table_name="incident")
    op.drop_geospatial_index(
        "idx_incident_geom", table_name="incident", postgresql_using="gist", column_name="geom"
    )
    op.drop_geospatial_table("incident")
    op.drop_table("agency")
