"""A batch that should not have been is undone: what is left is what the others would store."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from service.errors import ConflictError, NotFoundError
from service.ingest import BatchReport, ingest, load_profile
from service.ingest.merging.merge import lock_agency
from service.ingest.period import period
from service.ingest.profiles.parts import CancelledRule
from service.ingest.profiles.profile import Profile
from service.ingest.undoing import forgetting, removing
from service.ingest.undoing.undo import Undone, undo
from service.store.models import Incident, IncidentVersion
from service.store.session import Database, agency_id
from tests.api.commands import called
from tests.patience import until

NOW = datetime(2024, 6, 1, tzinfo=UTC)
HEADER = "external_id,offence_code,occurred_from,longitude,latitude\n"

Load = Callable[..., BatchReport]
Undo = Callable[..., Undone]
Rows = Callable[[str], list[Any]]


def csv_of(rows: dict[str, str]) -> str:
    """Write incidents, each an id with its offence."""
    lines = (f"{one},{offence},2024-01-01T10:00Z,1,2\n" for one, offence in rows.items())
    return HEADER + "".join(lines)


def loading(database: Database, agency: str = "test") -> Load:
    def once(content: str | dict[str, str], profile: Any = "generic", **options: Any) -> Any:
        written = content if isinstance(content, str) else csv_of(content)
        with database.session() as session:
            return ingest(
                session,
                agency_id(session, agency),
                io.BytesIO(written.encode()),
                profile if isinstance(profile, Profile) else load_profile(profile),
                **{"now": NOW, "source_name": "records", **options},
            )

    return once


@pytest.fixture
def load(database: Database) -> Load:
    return loading(database)


@pytest.fixture
def undone(database: Database) -> Undo:
    def once(report: BatchReport, **options: Any) -> Undone:
        assert report.batch_id is not None
        with database.session() as session:
            here = agency_id(session, "test")
            return undo(session, here, report.batch_id, **{"by": "tests", **options})

    return once


def test_a_version_holds_all_that_an_incident_holds() -> None:
    own = {"id", "changed_by", "continues_as"}
    versioned = {column.name for column in IncidentVersion.__table__.columns} - own
    assert versioned == {column.name for column in Incident.__table__.columns} - {"geom"}


STORED = "SELECT external_id, offence_code, batch_id FROM incident ORDER BY external_id"


def test_an_undone_batch_leaves_what_was_before(load: Load, undone: Undo, rows: Rows) -> None:
    first = load({"a": "theft", "b": "theft"})
    before = rows("SELECT * FROM incident ORDER BY external_id")
    second = load({"a": "robbery", "c": "arson"})
    assert (second.accepted, second.updated) == (1, 1)
    done = undone(second, reason="wrong file")
    assert (done.removed, done.restored, done.kept) == (1, 1, {})
    assert rows("SELECT * FROM incident ORDER BY external_id") == before
    assert second.data_version is not None
    assert done.data_version == second.data_version + 1
    (report,) = done.batches
    assert report.batch_id == second.batch_id
    assert report.undone is not None
    assert (report.undone.by, report.undone.reason) == ("tests", "wrong file")
    assert (report.undone.removed, report.undone.restored, report.undone.kept) == (1, 1, 0)
    assert undone(first).removed == 2
    assert rows("SELECT * FROM incident") == rows("SELECT * FROM incident_version") == []
    assert rows("SELECT name FROM incident_source") == []


def test_later_batches_that_changed_the_same_incidents_are_undone_first_or_none_is(
    load: Load, undone: Undo, rows: Rows
) -> None:
    first = load({"a": "theft", "b": "theft"})
    load({"c": "theft"})
    third = load({"a": "robbery"})
    fourth = load({"a": "arson", "d": "theft"})
    before = rows(STORED)
    with pytest.raises(ConflictError, match=f"undo {fourth.batch_id}, {third.batch_id} first"):
        undone(first)
    assert rows(STORED) == before
    done = undone(first, with_later=True)
    assert [one.batch_id for one in done.batches] == [
        fourth.batch_id,
        third.batch_id,
        first.batch_id,
    ]
    assert [row[0] for row in rows(STORED)] == ["c"]


def test_what_a_later_batch_held_as_it_was_stays_as_that_batchs_own(
    load: Load, undone: Undo, rows: Rows
) -> None:
    first = load({"a": "theft", "b": "theft"})
    changed = load({"a": "robbery"})
    again = load({"a": "robbery", "c": "arson"})
    assert again.duplicate == 1
    done = undone(changed)
    assert done.kept == {again.batch_id: 1}
    assert (done.removed, done.restored, done.batches[0].undone.data_version) == (0, 0, None)
    assert ("a", "robbery", again.batch_id) in rows(STORED)
    undone(again)
    assert rows(STORED) == [("a", "theft", first.batch_id), ("b", "theft", first.batch_id)]


def test_a_batch_is_undone_once_and_its_file_can_be_loaded_again(
    load: Load, undone: Undo, rows: Rows
) -> None:
    first = load({"a": "theft"}, idempotency_key="k")
    assert load({"a": "theft"}, idempotency_key="k") == first
    undone(first)
    with pytest.raises(ConflictError, match="is undone already"):
        undone(first)
    with pytest.raises(NotFoundError, match="no batch 999"):
        undone(first.model_copy(update={"batch_id": 999}))
    again = load({"a": "theft"}, idempotency_key="k")
    assert again.batch_id != first.batch_id
    assert again.accepted == 1
    assert load({"a": "theft"}, idempotency_key="k") == again


def test_a_source_that_is_gone_may_come_again_with_another_time_zone(
    load: Load, undone: Undo, tmp_path: Path
) -> None:
    profiles = []
    for zone in ("Europe/London", "Europe/Helsinki"):
        path = tmp_path / f"{zone[7:]}.toml"
        path.write_text(f'extends = "generic"\ntime_zone = "{zone}"\n')
        profiles.append(path)
    first = load({"a": "theft"}, profiles[0])
    with pytest.raises(ConflictError, match="time zone"):
        load({"a": "theft"}, profiles[1])
    undone(first)
    assert load({"a": "theft"}, profiles[1]).accepted == 1


def test_rows_without_an_id_are_as_they_were(
    load: Load, undone: Undo, rows: Rows, tmp_path: Path
) -> None:
    """A batch that keeps more columns finds them again, and updates them."""
    keeping = tmp_path / "keeping.toml"
    keeping.write_text('extends = "generic"\nattributes = ["beat"]\n')
    content = HEADER.replace("\n", ",beat\n") + ",theft,2024-01-01,1,2,7\n,theft,2024-01-01,1,2,7\n"
    load(content)
    before = rows("SELECT * FROM incident ORDER BY external_id")
    second = load(content, keeping)
    assert (second.accepted, second.updated) == (0, 2)
    undone(second)
    assert rows("SELECT * FROM incident ORDER BY external_id") == before


def test_incidents_that_a_batch_gave_another_id_have_theirs_again(
    load: Load, undone: Undo, rows: Rows, tmp_path: Path
) -> None:
    """A file that has a unique id finds what is stored under numbers that rows share."""
    profile = tmp_path / "unique.toml"
    profile.write_text('extends = "generic"\nrow_id = "key"\none_per = "row"\n')
    numbers = HEADER + "n1,theft,2024-01-01,1,2\nn1,theft,2024-01-02,1,2\nn2,arson,2024-01-03,1,2\n"
    first = load(numbers, profile)
    before = rows("SELECT * FROM incident ORDER BY external_id")
    assert [row[2] for row in before] == ["n1", "n1#2", "n2"]
    lines = [f"{line},{key}" for key, line in enumerate(numbers.splitlines())]
    lines[0] = lines[0].replace(",0", ",key")
    again = load("\n".join(lines), profile)
    assert again.accepted == 0
    assert [row[0] for row in rows(STORED)] == ["1", "2", "3"]
    with pytest.raises(ConflictError, match=f"undo {again.batch_id} first"):
        undone(first)
    undone(again)
    assert rows("SELECT * FROM incident ORDER BY external_id") == before


CANCELLING = load_profile("generic").model_copy(
    update={"cancelled": CancelledRule(column="offence_code", values=("No Crime",))}
)
OFFENCES = st.sampled_from(["theft", "robbery", "no crime "])
SENT = st.dictionaries(st.sampled_from("abc"), OFFENCES, min_size=1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("load"), SENT),
        st.tuples(st.just("replace"), SENT),
        st.tuples(st.just("cancel"), st.sets(st.sampled_from("abc"), min_size=1)),
        st.tuples(st.just("undo"), st.tuples(st.integers(0, 7), st.booleans())),
    ),
    min_size=2,
    max_size=9,
)


@example([("load", {"a": "theft"}), ("replace", {"a": "robbery"}), ("replace", {"a": "robbery"}),
          ("undo", (1, False)), ("undo", (0, False))])  # fmt: skip
@given(steps=STEPS)
@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a case that fails is short enough as it is
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_changes_and_undoings_leave_what_the_changes_that_remain_would(
    database: Database, steps: list[Any]
) -> None:
    tables = ("incident", "incident_version", "ingest_batch", "incident_source")
    with database.session() as session:
        for table in tables:
            session.execute(text(f"DELETE FROM {table}"))

    def change(agency: str, kind: str, content: Any) -> int | None:
        if kind == "replace" and set(content.values()) == {"no crime "}:
            return None  # a file without an incident replaces none
        if kind == "cancel":
            with database.session() as session:
                here = agency_id(session, agency)
                ids = sorted(content)
                report = removing.cancel(session, here, "records", ids, by="tests")
        else:
            days = period("2024-01") if kind == "replace" else None
            report = loading(database, agency)(content, CANCELLING, replace=days)
        return report.batch_id

    first = ("load", {"z": "theft"})  # so that there is a source of which ids can be cancelled
    sent = [(change("test", *first), first)]
    remaining = {sent[0][0]}
    for kind, content in steps:
        if kind != "undo":
            number = change("test", kind, content)
            if number is not None:
                sent.append((number, (kind, content)))
                remaining.add(number)
        elif len(sent) > 1:
            number = sent[1 + content[0] % (len(sent) - 1)][0]
            assert number is not None
            try:
                with database.session() as session:
                    here = agency_id(session, "test")
                    done = undo(session, here, number, by="tests", with_later=content[1])
            except ConflictError:
                continue
            remaining -= {one.batch_id for one in done.batches}
    names = {change("fresh", *what): number for number, what in sent if number in remaining}
    with database.session() as session:
        stored = {
            agency: [
                tuple(row)
                for row in session.execute(
                    text(
                        "SELECT external_id, batch_id, offence_code, occurred_from, occurred_to,"
                        " time_precision, longitude, latitude, content_hash FROM incident"
                        " WHERE agency_id = :agency ORDER BY source, external_id"
                    ),
                    {"agency": agency_id(session, agency)},
                )
            ]
            for agency in ("test", "fresh")
        }
    assert stored["test"] == [(row[0], names[row[1]], *row[2:]) for row in stored["fresh"]]


def test_an_undoing_waits_for_the_batch_that_is_under_way(
    load: Load, undone: Undo, rows: Rows, database: Database
) -> None:
    first = load({"a": "theft"})
    told: list[Exception] = []

    def try_it() -> None:
        try:
            undone(first)
        except ConflictError as error:
            told.append(error)

    waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with database.session() as session:
        agency = agency_id(session, "test")
        lock_agency(session, agency)
        other = threading.Thread(target=try_it)
        other.start()
        until(lambda: rows(waiting))
        content = io.BytesIO(csv_of({"a": "robbery"}).encode())
        options: Any = {"source_name": "records", "now": NOW}
        ingest(session, agency, content, load_profile("generic"), **options)
    other.join()
    assert "changed the same incidents" in str(told[0])
    assert [row[:2] for row in rows(STORED)] == [("a", "robbery")]


def test_a_batch_of_before_is_undone_only_where_nothing_is_lost(
    load: Load, undone: Undo, rows: Rows, database: Database
) -> None:
    first = load({"a": "theft", "b": "theft"})
    second = load({"a": "robbery", "c": "theft"})
    third = load({"d": "theft"}, source_name="other")
    with database.session() as session:
        session.execute(text("DELETE FROM incident_version"))
        session.execute(text("UPDATE ingest_batch SET keeps_before = false"))
    before = rows(STORED)
    for one in (first, second):
        with pytest.raises(ConflictError, match="is not kept as it was before"):
            undone(one)
    assert rows(STORED) == before
    assert undone(third).removed == 1


def test_over_http(client: TestClient) -> None:
    url = "/api/v1/incidents/batches"
    asked = f"{url}?profile=generic&source=records"
    first = client.post(asked, content=csv_of({"a": "theft"})).json()["batch_id"]
    second = client.post(asked, content=csv_of({"a": "arson", "b": ""})).json()["batch_id"]
    refused = client.delete(f"{url}/{first}")
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["where"] == f"batches/{second}"
    done = client.delete(f"{url}/{first}?with_later=true&reason=test&by=ann")
    assert done.status_code == 200
    assert [one["batch_id"] for one in done.json()["batches"]] == [second, first]
    listed = client.get(url).json()
    assert [one["undone"]["by"] for one in listed] == ["ann", "ann"]
    assert listed[0]["rejected"] == 1
    assert len(client.get(f"{url}/{second}/rejected").json()) == 1
    assert client.delete(f"{url}/{first}").status_code == 409
    assert client.delete(f"{url}/999999").status_code == 404


def test_by_command(database: Database, tmp_path: Path) -> None:
    here = {"DATABASE_URL": database.url.render_as_string(hide_password=False)}
    for number, rows in enumerate([{"a": "theft"}, {"a": "arson"}], start=1):
        (tmp_path / f"{number}.csv").write_text(csv_of(rows))
    files = sorted(tmp_path.glob("*.csv"))
    read = called("ingest", *files, "--profile", "generic", "--json", settings=here)
    first, second = (one["batch_id"] for one in json.loads(read.stdout)["batches"])
    refused = called("batch", "undo", str(first), settings=here)
    assert refused.status == 1
    assert f"undo {second} first" in refused.stderr
    done = called("batch", "undo", str(first), "--with-later", "--json", settings=here)
    assert [one["batch_id"] for one in json.loads(done.stdout)["batches"]] == [second, first]
    assert "Undone" in called("batch", "show", str(first), settings=here).stdout
    assert "(undone)" in called("batch", "list", settings=here).stdout


NAMED = (
    HEADER.replace("\n", ",beat,victim\n") + "{id},{offence},2024-01-01,1,2,7,Jane Quillfeather\n"
)


@pytest.fixture
def everything(rows: Rows) -> Callable[[], str]:
    """All that is kept of incidents, as text."""
    tables = ("incident", "incident_version", "incident_repeat")
    return lambda: "".join(str(rows(f"SELECT t::text FROM {name} AS t")) for name in tables)


@pytest.mark.parametrize("identity", ["a", ""], ids=["with an id", "without an id"])
def test_what_a_batch_does_not_keep_is_gone_from_what_was_before_it(
    load: Load,
    undone: Undo,
    rows: Rows,
    everything: Callable[[], str],
    tmp_path: Path,
    identity: str,
) -> None:
    keeping = tmp_path / "keeping.toml"
    keeping.write_text('extends = "generic"\nattributes = "all"\n')
    first = load(NAMED.format(id=identity, offence="theft"), keeping)
    if identity:
        load(NAMED.format(id=identity, offence="robbery"), keeping)
    assert "Quillfeather" in everything()
    keeping.write_text('extends = "generic"\nattributes = ["beat"]\n')
    second = load(NAMED.format(id=identity, offence="arson" if identity else "theft"), keeping)
    assert "Quillfeather" not in everything()
    undone(second)
    content = NAMED.format(id=identity, offence="robbery" if identity else "theft")
    again = load(content, keeping)
    assert (again.accepted, again.updated, again.duplicate) == (0, 0, 1)
    assert rows("SELECT attributes FROM incident") == [({"beat": "7"},)]
    undone(again)
    undone(first, with_later=True)
    assert rows("SELECT * FROM incident") == []


@pytest.mark.parametrize("identity", ["a", ""], ids=["with an id", "without an id"])
def test_columns_are_forgotten_in_what_was_before_too(
    load: Load,
    undone: Undo,
    rows: Rows,
    everything: Callable[[], str],
    database: Database,
    tmp_path: Path,
    identity: str,
) -> None:
    keeping = tmp_path / "keeping.toml"
    keeping.write_text('extends = "generic"\nattributes = ["beat", "victim"]\n')
    first = load(NAMED.format(id=identity, offence="theft"), keeping)
    keeping.write_text('extends = "generic"\nattributes = "all"\n')
    # With another list of columns, a row without an id gets another id.
    content = NAMED.replace("victim\n", "victim,more\n").replace("feather\n", "feather,x\n")
    second = load(content.format(id=identity, offence="arson" if identity else "theft"), keeping)
    held = load(content.format(id=identity, offence="arson" if identity else "theft"), keeping)
    assert (second.updated, held.duplicate) == (1, 1)
    less = load_profile("generic").model_copy(update={"attributes": ("beat",)})
    with database.session() as session:
        forgetting.forget(session, agency_id(session, "test"), less, "records")
    assert "Quillfeather" not in everything()
    assert undone(second).kept == {held.batch_id: 1}
    done = undone(held)
    assert (done.removed, done.restored) == (0, 1)
    keeping.write_text('extends = "generic"\nattributes = ["beat"]\n')
    again = load(NAMED.format(id=identity, offence="theft"), keeping)
    assert (again.accepted, again.updated, again.duplicate) == (0, 0, 1)
    undone(again)
    undone(first)
    assert rows("SELECT * FROM incident") == rows("SELECT * FROM incident_version") == []


def test_a_run_that_was_made_on_what_was_undone_says_so(client: TestClient) -> None:
    url = "/api/v1/incidents/batches?profile=generic"
    spread = (
        f"i{n},theft,2024-01-01T10:00Z,{1 + n % 6 / 99},{2 + n // 6 / 99}\n" for n in range(36)
    )
    client.post(url, content=HEADER + "".join(spread))
    asked = "/api/v1/targets?index=count&from=2024-01-01&to=2024-01-31&resolution=9&strategy=top"
    before = client.get(asked).json()["run"]
    wrong = client.post(url, content=csv_of({"other": "theft"})).json()["batch_id"]
    meant = client.get(asked).json()["run"]
    targets = f"/api/v1/runs/{meant['id']}/targets"
    tag = client.get(targets).headers["ETag"]
    assert client.get(targets, headers={"If-None-Match": tag}).status_code == 304
    client.delete(f"/api/v1/incidents/batches/{wrong}")
    told = client.get(targets, headers={"If-None-Match": tag})
    assert told.status_code == 200
    sentence = f"Made on data that was undone since: batch {wrong}."
    assert told.json()["run"]["undone"] == [wrong]
    assert told.json()["run"]["warnings"][-1].startswith(sentence)
    assert sentence in client.get(f"/runs/{meant['id']}").text
    assert client.get("/runs").text.count("Data undone since") == 1
    listed = {one["id"]: one["undone"] for one in client.get("/api/v1/runs").json()}
    again = client.get(asked).json()["run"]
    assert listed == {before["id"]: [], meant["id"]: [wrong]}
    assert again["id"] not in listed
    assert "undone" not in again
