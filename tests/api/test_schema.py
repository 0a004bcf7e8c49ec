"""The schema: the migrations make what the models say, and can be taken back."""

from alembic import command
from sqlalchemy import inspect, text

from service.store import schema
from service.store.session import Database


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
