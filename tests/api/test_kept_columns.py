"""Which columns are kept: those that a profile maps or names, and nobody's name besides."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from service.ingest import BatchReport, ingest, load_profile
from service.ingest.undoing import forgetting
from service.store.session import Database, agency_id
from tests.api.commands import called

NOW = datetime(2024, 6, 1, tzinfo=UTC)
VICTIM = "Jane Quillfeather"
COLUMNS = ("external_id", "offence_code", "occurred_from", "longitude", "latitude", "victim")
GOOD = ("a", "theft", "2024-01-01", "1", "2", VICTIM)
REJECTED = (
    ("b", "theft", "", "1", "2", VICTIM),
    ("c", "theft", "yesterday", "1", "2", VICTIM),
    ("d", "theft", "2024-01-01", "x", "2", VICTIM),
    ("e", "theft", "2024-01-01", "", "", VICTIM),
    ("f", "theft", "2024-01-01", "1", "99", VICTIM),
    ("g", "", "2024-01-01", "1", "2", VICTIM),
    ("h" * 1001, "theft", "2024-01-01", "1", "2", VICTIM),
)
EVENTS = {"Accept": "text/event-stream", "Idempotency-Key": "k"}

Load = Callable[..., BatchReport]


@pytest.fixture
def load(database: Database, tmp_path: Path) -> Load:
    """Ingest a text by the profile `generic`, or by one of some lines that extends it."""

    def once(content: str, *lines: str, source: str | None = None) -> BatchReport:
        profile = tmp_path / "own.toml"
        profile.write_text("\n".join(['extends = "generic"', *lines]))
        with database.session() as session:
            return ingest(
                session,
                agency_id(session, "test"),
                io.BytesIO(content.encode()),
                load_profile(profile),
                source_name=source or "records",
                now=NOW,
            )

    return once


@pytest.fixture
def everything(rows: Callable[[str], list[Any]]) -> Callable[[], str]:
    """All that the database holds, as text."""

    def read() -> str:
        tables = rows(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        return "\n".join(
            str(row) for (name,) in tables for row in rows(f"SELECT t::text FROM {name} AS t")
        )

    return read


def as_csv() -> bytes:
    damaged = [(VICTIM, "too", "few"), ("i", "", "", "", "", f"\x00 {VICTIM}")]
    lines = [COLUMNS, GOOD, *REJECTED, *damaged]
    content = "".join(",".join(line) + "\n" for line in lines).encode()
    return content + f"j,,,,,\xe9 {VICTIM}\n".encode("latin-1")


def feature(row: tuple[str, ...]) -> dict[str, Any]:
    about = dict(zip(COLUMNS, row, strict=True))
    numbers = [float(about[one]) if about[one].isdigit() else about[one] for one in COLUMNS[3:5]]
    properties = {name: about[name] for name in COLUMNS if name not in COLUMNS[3:5]}
    geometry = {"type": "Point", "coordinates": numbers, "comment": VICTIM}
    return {"type": "Feature", "geometry": geometry, "properties": properties, "note": VICTIM}


def as_geojson() -> bytes:
    features: list[Any] = [feature(row) for row in (GOOD, *REJECTED)]
    shapeless = {"type": "Feature", "geometry": VICTIM, "properties": {"name": VICTIM}}
    features += [shapeless, {"type": "Thing", "victim": VICTIM}, VICTIM]
    features.append({"type": "Feature", "properties": VICTIM})
    features.append({"type": "Feature", "properties": {"victim": f"{VICTIM} \udc00"}})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def as_parquet() -> bytes:
    columns = list(zip(GOOD, *REJECTED, strict=True))
    file = io.BytesIO()
    pq.write_table(pa.table(dict(zip(COLUMNS, map(list, columns), strict=True))), file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "rejected"),
    [(as_csv(), 10), (as_geojson(), 12), (as_parquet(), 7)],
    ids=["csv", "geojson", "parquet"],
)
def test_a_name_in_a_column_that_is_not_mapped_is_nowhere(
    client: TestClient,
    everything: Callable[[], str],
    capfd: pytest.CaptureFixture[str],
    content: bytes,
    rejected: int,
) -> None:
    url = "/api/v1/incidents/batches?profile=generic"
    told = [client.post(url, content=content)]
    batch = told[0].json()
    assert (batch["accepted"], batch["rejected"]) == (1, rejected)
    told.append(client.post(url, content=content, headers=EVENTS))
    told.append(client.post(f"{url}&source=other", content=content, headers=EVENTS))
    assert "Idempotency-Key" in told[-1].text
    kept = f"/api/v1/incidents/batches/{batch['batch_id']}/rejected"
    told += [client.get(kept), client.get(f"{kept}?format=csv")]
    preview = "/api/v1/incidents/preview"
    told.append(client.post(preview, files={"file": ("f", content)}))
    told.append(client.post(f"{preview}?profile=chicago", files={"file": ("f", content)}))
    told.append(client.post("/api/v1/incidents/batches?profile=chicago", content=content))
    assert [one.status_code for one in told] == [200] * 7 + [422 if content[:1] != b"{" else 200]
    for answer in told:
        assert "Quillfeather" not in answer.text
    assert "theft" in everything()
    assert "Quillfeather" not in everything()
    assert "Quillfeather" not in "".join(capfd.readouterr())


def test_a_damaged_document_is_refused_without_quoting_it(client: TestClient) -> None:
    good = json.dumps(feature(GOOD))
    damaged = [
        f'{{"type": "FeatureCollection", "features": [{good}, {good} {good}]}}',
        f'{{"type": "FeatureCollection", "features": [{good} "{VICTIM}"',
        f"{good}\n{good}\n{good[:-40]}\x01\n",
    ]
    for text_ in damaged:
        # Longer than what is read at once: it goes through the parser that quotes.
        for content in (text_.encode(), text_.encode().replace(b"[", b"[" + b" " * (1 << 20), 1)):
            answer = client.post("/api/v1/incidents/batches?profile=generic", content=content)
            assert answer.status_code == 422
            assert "not valid JSON" in answer.json()["detail"]
            assert "Quillfeather" not in answer.text


def test_rejected_rows_keep_what_is_mapped_or_named_by_its_name(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    content = "external_id,offence_code,occurred_from,longitude,latitude,beat,victim\n"
    content += f"a,theft,,1,2,12,{VICTIM}\n" + f"b,theft,2024-01-01,1,2,12,{VICTIM},more\n"
    load(content, 'attributes = ["Beat"]')
    kept = rows("SELECT line, reason, message, raw FROM rejected_row ORDER BY line")
    assert [one[:2] for one in kept] == [(2, "missing_time"), (3, "malformed_row")]
    assert json.loads(kept[0][3]) == {
        "external_id": "a",
        "offence_code": "theft",
        "occurred_from": None,
        "longitude": "1",
        "latitude": "2",
        "beat": "12",
    }
    assert kept[1][2] == "has 8 values in 48 characters, the header names 7"
    assert kept[1][3] == ""


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("", None),
        ('attributes = "none"', None),
        ('attributes = ["BEAT", "Shift Name", "gone"]', {"beat": "12", "shift_name": "late"}),
        ('attributes = "all"', {"beat": "12", "shift_name": "late", "victim": VICTIM}),
    ],
)
def test_a_profile_names_the_columns_that_are_kept(
    load: Load, rows: Callable[[str], list[Any]], line: str, kept: dict[str, str] | None
) -> None:
    header = "external_id,offence_code,occurred_from,longitude,latitude,beat,shift_name,victim\n"
    load(header + f"a,theft,2024-01-01,1,2,12,late,{VICTIM}\n", line)
    assert rows("SELECT attributes FROM incident") == [(kept,)]


ANONYMOUS = "offence_code,occurred_from,longitude,latitude,beat,victim\n" + "".join(
    f"theft,2024-01-0{day},1,2,{beat},{victim}\n"
    for day, beat, victim in [(1, 5, "A"), (1, 5, "B"), (1, 5, "B"), (1, 6, "A"), (2, "", "C")]
)
IDENTIFIED = "external_id,offence_code,occurred_from,longitude,latitude,beat,victim\n" + "".join(
    f"{n},theft,2024-01-01,1,2,{beat},{victim}\n" for n, beat, victim in [(1, 5, "A"), (2, "", "B")]
)


def as_before(database: Database) -> None:
    """Make batches as earlier versions left them: they did not tell what they kept."""
    with database.session() as session:
        session.execute(text("UPDATE ingest_batch SET kept = NULL"))


@pytest.mark.parametrize("content", [ANONYMOUS, IDENTIFIED], ids=["without ids", "with ids"])
@pytest.mark.parametrize("line", ["", 'attributes = ["beat"]'])
def test_rows_of_before_are_found_again_and_do_without_what_is_not_kept(
    database: Database, load: Load, rows: Callable[[str], list[Any]], content: str, line: str
) -> None:
    first = load(content, 'attributes = "all"')
    as_before(database)
    again = load(content, line)
    assert (again.accepted, again.updated, again.duplicate) == (0, 0, first.accepted)
    assert again.data_version == 2  # what clients keep of the incidents is out of date
    assert f"{first.accepted} incidents were stored with columns" in again.warnings[0]
    assert rows("SELECT count(*) FROM incident WHERE attributes ? 'victim'") == [(0,)]
    once_more = load(content, line)
    assert (once_more.accepted, once_more.updated, once_more.warnings) == (0, 0, [])
    assert once_more.data_version == 2
    assert rows("SELECT count(*) FROM incident") == [(first.accepted,)]


@pytest.mark.parametrize("content", [ANONYMOUS, IDENTIFIED], ids=["without ids", "with ids"])
def test_columns_that_are_kept_later_update_the_rows_that_have_them(
    load: Load, rows: Callable[[str], list[Any]], content: str
) -> None:
    first = load(content)
    with_beat = content.count(",5,") + content.count(",6,")
    again = load(content, 'attributes = ["beat"]')
    assert (again.accepted, again.updated) == (0, with_beat)
    assert rows("SELECT count(*) FROM incident") == [(first.accepted,)]
    assert rows("SELECT count(*) FROM incident WHERE attributes ? 'beat'") == [(with_beat,)]
    assert load(content, 'attributes = ["beat"]').updated == 0


def test_a_row_of_before_that_differs_in_more_is_an_update(
    database: Database, load: Load, rows: Callable[[str], list[Any]]
) -> None:
    load(IDENTIFIED, 'attributes = "all"')
    load(ANONYMOUS, 'attributes = "all"')
    as_before(database)
    moved = load(IDENTIFIED.replace(",1,2,", ",1,3,"))
    assert (moved.accepted, moved.updated, moved.duplicate) == (0, 2, 0)
    other = load(ANONYMOUS.replace(",6,", ",7,"), 'attributes = ["beat"]')
    assert (other.accepted, other.updated, other.duplicate) == (0, 1, 4)
    later = load(ANONYMOUS.replace("-02,", "-03,"), 'attributes = ["beat"]')
    assert (later.accepted, later.updated, later.duplicate) == (1, 1, 3)


def test_a_key_the_profile_maps_to_attributes_is_not_taken_for_one_of_before(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    header = "external_id,offence_code,occurred_from,longitude,latitude,attributes\n"
    load(header + 'a,theft,2024-01-01,1,2,"{""ref"": 1, ""gone"": 2}"\n')
    again = load(header + 'a,theft,2024-01-01,1,2,"{""ref"": 1}"\n')
    assert (again.updated, again.duplicate) == (1, 0)
    assert rows("SELECT attributes FROM incident") == [({"ref": 1},)]


def keep_as_before(database: Database) -> None:
    """Make batches and rejected rows as earlier versions left them."""
    as_before(database)
    whole = json.dumps(dict(zip(COLUMNS, REJECTED[0], strict=True)))
    raws = {"missing_time": whole, "malformed_row": f"{VICTIM},too,few"}
    with database.session() as session:
        for reason, raw in raws.items():
            session.execute(
                text("UPDATE rejected_row SET raw = :raw WHERE reason = :reason"),
                {"raw": raw, "reason": reason},
            )


@pytest.mark.parametrize("content", [ANONYMOUS, IDENTIFIED], ids=["without ids", "with ids"])
def test_what_was_kept_before_is_forgotten_and_its_files_are_found_again(
    database: Database,
    load: Load,
    rows: Callable[[str], list[Any]],
    everything: Callable[[], str],
    content: str,
) -> None:
    named = content.replace(",A\n", f",{VICTIM}\n")
    first = load(named, 'attributes = "all"')
    load("".join(",".join(one) + "\n" for one in (COLUMNS, REJECTED[0], ("too", "few"))))
    keep_as_before(database)
    profile = load_profile("generic").model_copy(update={"attributes": ("beat",)})
    with database.session() as session:
        agency = agency_id(session, "test")
        assert forgetting.rows_kept_whole(session, agency) == {"records": 2}
        assert {one.column for one in forgetting.kept_columns(session, agency)} == {
            "beat",
            "victim",
        }
        gone = forgetting.forget(session, agency, profile, "records")
        assert gone == (first.accepted, 2)
        assert forgetting.rows_kept_whole(session, agency) == {}
    assert "Quillfeather" not in everything()
    [(raw,)] = rows("SELECT raw FROM rejected_row WHERE reason = 'missing_time'")
    assert json.loads(raw) == dict(zip(COLUMNS[:5], REJECTED[0][:5], strict=True))
    assert rows("SELECT data_version FROM agency") == [(2,)]
    again = load(named, 'attributes = ["beat"]')
    assert (again.accepted, again.updated, again.warnings) == (0, 0, [])
    with database.session() as session:
        assert forgetting.forget(session, agency, profile, "records") == (0, 0)
    assert rows("SELECT data_version FROM agency") == [(2,)]


def test_forgetting_on_the_command_line_says_first_what_would_go(
    database: Database, rows: Callable[[str], list[Any]]
) -> None:
    keeping_all = load_profile("generic").model_copy(update={"attributes": "all"})
    with database.session() as session:
        file = io.BytesIO(IDENTIFIED.encode())
        ingest(session, agency_id(session, "default"), file, keeping_all, now=NOW)
    address = database.url.render_as_string(hide_password=False)

    def run(*words: str) -> Any:
        done = called(*words, "--json", settings={"DATABASE_URL": address})
        assert done.status == 0, done.stderr
        return json.loads(done.stdout)

    listed = {"source": "generic", "column": "victim", "incidents": 2}
    assert listed in run("columns", "list")["columns"]
    forget = ("columns", "forget", "--profile", "generic", "--keep", "beat")
    told = {"source": "generic", "incidents": 2, "rejected_rows": 0}
    assert run(*forget, "--dry-run") == {**told, "dry_run": True}
    assert listed in run("columns", "list")["columns"]
    assert run(*forget) == {**told, "dry_run": False}
    assert rows("SELECT attributes FROM incident ORDER BY external_id") == [
        ({"beat": "5"},),
        (None,),
    ]


def test_the_city_of_london_as_before_is_found_again_whole(
    database: Database, shared_data: Path, rows: Callable[[str], list[Any]]
) -> None:
    files = sorted((shared_data / "city-of-london" / "street").glob("*.csv"))[:3]

    def read() -> list[tuple[int, int, int | None]]:
        reports = []
        for file in files:
            with database.session() as session:
                profile = load_profile("police-uk")
                reports.append(ingest(session, agency_id(session, "test"), file, profile))
        return [(one.accepted, one.updated, one.data_version) for one in reports]

    first = read()
    before = rows("SELECT external_id, content_hash FROM incident ORDER BY 1")
    assert any(one.startswith("row:") for one, _ in before)
    as_before(database)
    assert read() == [(0, 0, first[-1][2])] * 3
    assert rows("SELECT external_id, content_hash FROM incident ORDER BY 1") == before
