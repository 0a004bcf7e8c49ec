"""The views of the schema `ogc` are those that the declarations ask for, after every upgrade."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from service.analyses import properties
from service.analyses.property import Property
from service.errors import ConflictError, DatabaseUnavailableError
from service.store import schema
from service.store.session import Database
from service.store.views import declared

FRESH = Property("freshness", "number", "Freshness", "share of it that is recent", "1")


def comments(database: Database, view: str) -> dict[str, str]:
    """Return the columns of a view with what the database tells of them."""
    with database.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"
                " WHERE attrelid = CAST(:view AS regclass) ORDER BY attnum"
            ),
            {"view": f"ogc.{view}"},
        )
        return dict(rows.all())


def test_the_database_tells_what_is_declared(database):
    for name, view in declared().items():
        told = comments(database, name)
        assert list(told) == list(view.columns)
    assert comments(database, "targets")["harm"] == (
        "Harm: sum of the weights of its incidents [unit of the harm index]"
    )
    assert "series" in comments(database, "targets")


def test_a_declared_property_is_in_the_views_after_an_upgrade_without_a_migration(
    database, monkeypatch
):
    monkeypatch.setattr(properties, "TARGET", (*properties.TARGET, FRESH))
    monkeypatch.setattr(properties, "SCORE", (*properties.SCORE, FRESH))
    with (
        database.engine.connect() as connection,
        pytest.raises(DatabaseUnavailableError, match="harmspot db upgrade"),
    ):
        schema.require_current(connection)
    database.upgrade()
    with database.engine.connect() as connection:
        schema.require_current(connection)
    for view in ("targets", "patrol_areas", "units", "segments"):
        assert comments(database, view)["freshness"] == (
            "Freshness: share of it that is recent [1]"
        )


def test_who_may_read_a_view_may_read_the_one_that_takes_its_place(database, monkeypatch):
    with database.engine.begin() as connection:
        connection.execute(text("GRANT SELECT ON ogc.targets TO pg_monitor WITH GRANT OPTION"))
        connection.execute(text("GRANT SELECT ON ogc.units TO PUBLIC"))
    monkeypatch.setattr(properties, "TARGET", (*properties.TARGET, FRESH))
    database.upgrade()
    with database.engine.connect() as connection:
        held = connection.execute(
            text(
                "SELECT relname, CAST(relacl AS text) FROM pg_class WHERE relname IN ('targets',"
                " 'units', 'streets') AND relkind = 'v'"
            )
        )
        granted = dict(held.all())
    assert "pg_monitor=r*/" in granted["targets"]
    assert ",=r/" in granted["units"]
    assert granted["streets"] is None


def test_views_that_are_current_stay_as_they_are(database):
    def identities():
        with database.engine.connect() as connection:
            wanted = "SELECT relname, oid FROM pg_class WHERE relkind = 'v' ORDER BY 1"
            return connection.execute(text(wanted)).all()

    before = identities()
    database.upgrade()
    assert identities() == before


def test_software_of_before_finds_its_views_in_a_database_that_is_taken_back(database):
    with database.engine.begin() as connection:
        schema.downgrade(connection, "0008")
        connection.execute(text("GRANT SELECT ON ogc.targets TO pg_monitor"))
    assert "series" not in comments(database, "targets")
    database.upgrade()
    assert "series" in comments(database, "targets")
    with database.engine.connect() as connection:
        allowed = "SELECT has_table_privilege('pg_monitor', 'ogc.targets', 'SELECT')"
        assert connection.scalar(text(allowed)), "who could read it before the migration cannot"


def test_a_view_with_a_column_renamed_is_made_again(database, monkeypatch):
    renamed = tuple(
        replace(one, title="Standing") if one.name == "rank" else one for one in properties.TARGET
    )
    monkeypatch.setattr(properties, "TARGET", renamed)
    database.upgrade()
    assert comments(database, "targets")["rank"].startswith("Standing:")


def test_views_that_others_built_on_them_stop_the_upgrade_by_name(database, monkeypatch):
    def run(*statements: str) -> None:
        with database.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    run(
        "CREATE SCHEMA analyst",
        "CREATE VIEW analyst.worst AS SELECT * FROM ogc.targets WHERE rank = 1",
        "CREATE MATERIALIZED VIEW analyst.kept AS SELECT count(*) FROM ogc.units",
    )
    database.upgrade()  # nothing is to be made anew
    monkeypatch.setattr(properties, "TARGET", (*properties.TARGET, FRESH))
    with pytest.raises(ConflictError, match=r"analyst\.kept \(on ogc\.units\), analyst\.worst"):
        database.upgrade()
    run("DROP SCHEMA analyst CASCADE")
    database.upgrade()
    assert "freshness" in comments(database, "targets")
