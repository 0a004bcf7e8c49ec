"""The schema: the migrations make what the models say, and can be taken back."""

from alembic import command
from sqlalchemy import inspect, text

from service.store import schema
from service.store.models import IngestBatch
from service.store.session import Database
from service.store.tenant import Tenant


def test_the_migrations_make_exactly_what_the_models_say(database: Database):
    with database.engine.begin() as connection:
        command.check(schema._config(connection))


def test_the_schema_can_be_taken_back_and_made_again(database: Database):
    with database.engine.begin() as connection:
        schema.downgrade(connection, "base")
    with database.engine.connect() as connection:
        left = set(inspect(connection).get_table_names()) - {"spatial_ref_sys"}
        assert left == {"alembic_version"}
        assert schema.current(connection) is None
    database.upgrade()
    with database.engine.connect() as connection:
        assert schema.current(connection) == schema.head()


def test_upgrading_twice_changes_nothing(database: Database):
    database.upgrade()
    database.upgrade()
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def test_incidents_that_were_held_and_held_back_by_one_batch_are_told_apart(tenant: Tenant):
    with tenant.unit_of_work() as (session, agency):
        batch = IngestBatch(agency_id=agency, source="police", profile="generic")
        session.add(batch)
        session.flush()
        number = batch.id
    was = {0: "held", 1: "held", -1: "held_back", -1_000_000_001: "cancelled"}
    with tenant.database.engine.begin() as connection:
        schema.downgrade(connection, "0017")
        for part, kind in was.items():
            connection.execute(
                text("INSERT INTO incident_repeat VALUES (:batch, 'police', :part, ARRAY[:kind])"),
                {"batch": number, "part": part, "kind": kind},
            )
    tenant.database.upgrade()
    with tenant.database.engine.connect() as connection:
        rows = connection.execute(text("SELECT external_ids[1], kind, part FROM incident_repeat"))
        assert sorted(map(tuple, rows)) == [
            ("cancelled", "cancelled", 0),
            ("held", "held", 0),
            ("held", "held", 1),
            ("held_back", "held_back", 0),
        ]
