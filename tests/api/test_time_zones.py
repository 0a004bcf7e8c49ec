"""What is found depends on no time zone but those of sources and questions."""

from __future__ import annotations

import io

import psycopg
import pytest
from procrastinate import App
from sqlalchemy import text

from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.export import documents
from service.ingest import ingest, load_profile
from service.jobs.worker import Worker
from service.settings import Settings
from service.store.session import Database
from service.store.tenant import Tenant
from tests import coroutines
from tests.databases import Databases

# Chicago put its clocks forward on 10 March 2024: a day and a half after its morning of the 9th,
# by its clocks, is an hour earlier than by those of UTC, and outside the window.
ROWS = "external_id,offence_code,occurred_from,occurred_to,longitude,latitude\n" + "".join(
    f"i{row},robbery,2024-03-09T12:00:00Z,2024-03-12T12:00:00Z,"
    f"{-87.65 + row % 7 / 90},{41.8 + row % 3 / 90}\n"
    for row in range(60)
)
QUESTION = {"index": "count", "resolution": 8, "from": "2024-03-11", "to": "2024-03-17"}


def living_in(database: Database, zone: str) -> Database:
    """Set the time zone of a database, as its administrator may."""
    with database.engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {database.url.database} SET timezone = '{zone}'"))
    database.dispose()
    return database


def document(database: Database, process: str) -> bytes:
    """Ingest, analyse, and return what a client is given."""
    tenant = Tenant(database, "default")
    tenant.equip()
    with tenant.unit_of_work() as (session, agency):
        assert ingest(session, agency, io.BytesIO(ROWS.encode()), load_profile("generic")).accepted
    with tenant.unit_of_work() as (session, agency):
        params = PROCESSES[process].params.model_validate(QUESTION)
        run = runs.execute(session, agency, PROCESSES[process], params)
        assert run.provenance["incidents"]["in_window"] == 60
        return documents.of_run(session, run).content


@pytest.mark.parametrize("process", ["targets", "concentration", "getis-ord"])
def test_a_run_is_the_same_whatever_the_zone_of_the_database(
    databases: Databases, process: str
) -> None:
    with databases.empty() as here, databases.empty() as elsewhere:
        assert document(living_in(here, "UTC"), process) == document(
            living_in(elsewhere, "America/Chicago"), process
        )


@pytest.mark.parametrize("options", [None, "-c search_path=public -c geqo=off"])
def test_every_way_to_the_database_is_in_utc(database: Database, options: str | None) -> None:
    living_in(database, "America/Chicago")
    given = (
        database.url if options is None else database.url.update_query_dict({"options": options})
    )
    one = Database.at(given.render_as_string(hide_password=False))
    asked = "SELECT current_setting('TimeZone') AS zone, current_setting('geqo') AS geqo"

    with one.engine.connect() as connection:
        found = [tuple(connection.execute(text(asked)).one())]
    with psycopg.connect(one.conninfo) as connection:
        found.append(connection.execute(asked).fetchone())
    bulk = one.bulk.connect()
    with bulk.cursor() as cursor:
        cursor.execute(asked)
        found.append(cursor.fetchone())
    bulk.close()
    found.append(coroutines.run(_of_the_queue(Worker(one, Settings(), concurrency=1), asked)))
    one.dispose()
    assert set(found) == {("UTC", "on" if options is None else "off")}


async def _of_the_queue(worker: Worker, asked: str) -> tuple[str, str]:
    app = App(connector=worker._connector())
    async with app.open_async():
        row = await app.connector.execute_query_one_async(asked)
        return row["zone"], row["geqo"]
