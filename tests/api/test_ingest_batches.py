"""A batch from file to stored incidents: identity, counts, versions, keys."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from service.errors import ConflictError
from service.http.app import create_app
from service.ingest import BatchReport, ingest, ingest_features, load_profile, total
from service.settings import Settings
from service.store.session import Database, agency_id

NOW = datetime(2024, 6, 1, tzinfo=UTC)
HEADER = "external_id,offence_code,occurred_from,longitude,latitude\n"

Load = Callable[..., BatchReport]


@pytest.fixture
def load(database: Database) -> Load:
    def once(content: str | bytes | Path, profile: str = "generic", **options: Any) -> BatchReport:
        source = content
        if isinstance(content, str):
            source = io.BytesIO(content.encode())
        elif isinstance(content, bytes):
            source = io.BytesIO(content)
        with database.session() as session:
            report = ingest(
                session,
                agency_id(session, "test"),
                source,
                load_profile(profile),
                **{"now": NOW, **options},
            )
        assert_adds_up(report)
        return report

    return once


def assert_adds_up(report: BatchReport) -> None:
    assert report.read == report.accepted + report.updated + report.duplicate + report.rejected
    assert sum(report.rejected_by_reason.values()) == report.rejected


def counts(report: BatchReport) -> tuple[int, int, int, int]:
    return report.accepted, report.updated, report.duplicate, report.rejected


def test_city_of_london_is_read_whole_and_a_second_time_changes_nothing(
    shared_data: Path, load: Load, rows: Callable[[str], list[Any]]
) -> None:
    files = sorted((shared_data / "city-of-london" / "street").glob("*.csv"))
    first = total(load(file, "police-uk") for file in files)
    assert (first.read, first.accepted, first.updated) == (18_755, 17_286, 0)
    assert first.rejected_by_reason == {"missing_coordinates": first.rejected}
    assert first.rejected <= 1_353
    again = total(load(file, "police-uk") for file in files)
    assert (again.read, again.accepted, again.updated) == (18_755, 0, 0)
    assert again.data_version == first.data_version == 24
    assert rows("SELECT count(*) FROM incident") == [(17_286,)]
    assert rows("SELECT count(*) FROM rejected_row") == [(first.rejected + again.rejected,)]


def test_chicago_times_are_local_and_types_are_mapped(
    shared_data: Path, load: Load, rows: Callable[[str], list[Any]]
) -> None:
    report = load(shared_data / "chicago-south-side" / "incidents.csv", "chicago")
    assert counts(report) == (1000, 0, 0, 0)
    stored = rows(
        "SELECT offence_code, offence_name, occurred_from AT TIME ZONE 'UTC', time_precision,"
        " occurred_to = occurred_from, location_text FROM incident WHERE external_id = 'HZ242280'"
    )
    assert stored == [
        (
            "violence-with-injury",
            "BATTERY",
            datetime(2016, 4, 27, 18, 44),  # 13:44 in Chicago's summer
            "exact",
            True,
            "073XX S COTTAGE GROVE AVE",
        )
    ]


def test_anonymous_twins_stay_apart_under_whatever_file_name(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    row = ",theft,2024-01-01,-87.6,41.8\n"
    content = HEADER + row + row + ",theft,2024-01-02,-87.6,41.8\n" + row
    assert counts(load(content, file_name="january.csv")) == (4, 0, 0, 0)
    assert counts(load(content, file_name="copy of january.csv")) == (0, 0, 4, 0)
    ids = {one for (one,) in rows("SELECT external_id FROM incident")}
    assert len(ids) == 4
    assert sorted(one.rpartition(":")[2] for one in ids if one.count(":") == 2) == ["2", "3"]


def test_identity_does_not_depend_on_column_order_or_format(load: Load) -> None:
    as_csv = "offence_code,occurred_from,longitude,latitude,beat,shift\ntheft,2024-01,1,2,7,A\n"
    other = "shift,beat,latitude,longitude,occurred_from,offence_code\nA,7,2,1,2024-01,theft\n"
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [1, 2]},
        "properties": {
            "beat": 7,
            "offence_code": "theft",
            "occurred_from": "2024-01",
            "shift": "A",
        },
    }
    assert counts(load(as_csv)) == (1, 0, 0, 0)
    assert counts(load(other)) == (0, 0, 1, 0)
    assert counts(load(json.dumps(feature))) == (0, 0, 1, 0)


def test_repeats_collapse_to_the_first_row_with_coordinates(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    report = load(
        HEADER
        + "a,theft,2024-01-01,,\n"
        + "a,theft,2024-01-01,1,2\n"
        + "a,arson,2024-01-01,3,4\n"
        + "b,theft,2024-01-01,,\n"
    )
    assert counts(report) == (1, 0, 2, 1)
    assert report.rejected_by_reason == {"missing_coordinates": 1}
    assert rows("SELECT external_id, offence_code, longitude FROM incident") == [("a", "theft", 1)]
    assert rows("SELECT line, raw::jsonb ->> 'external_id' FROM rejected_row") == [(5, "b")]


def test_a_differing_row_updates_an_equal_one_does_not(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    first = load(HEADER + "a,theft,2024-01-01,1,2\nb,theft,2024-01-01,1,2\n")
    second = load(HEADER + "a,arson,2024-01-01,1,2\nb,theft,2024-01-01,1,2\nc,arson,2024-01,1,2\n")
    assert counts(second) == (1, 1, 1, 0)
    assert (first.data_version, second.data_version) == (1, 2)
    assert rows("SELECT external_id, offence_code, batch_id FROM incident ORDER BY 1") == [
        ("a", "arson", second.batch_id),
        ("b", "theft", first.batch_id),
        ("c", "arson", second.batch_id),
    ]


def test_a_row_without_coordinates_does_not_touch_a_stored_incident(load: Load) -> None:
    load(HEADER + "a,theft,2024-01-01,1,2\n")
    report = load(HEADER + "a,theft,2024-01-01,,\n")
    assert counts(report) == (0, 0, 0, 1)
    assert report.data_version == 1


def test_sources_are_apart_and_a_column_can_name_them(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    content = HEADER.replace("external_id", "external_id,source") + (
        "1,cad,theft,2024-01-01,1,2\n1,rms,theft,2024-01-01,1,2\n1,,theft,2024-01-01,1,2\n"
    )
    assert counts(load(content)) == (3, 0, 0, 0)
    assert rows("SELECT source FROM incident ORDER BY 1") == [("cad",), ("generic",), ("rms",)]
    assert counts(load(content, source_name="one")) == (1, 0, 2, 0)


def test_another_zone_for_a_stored_source_is_a_conflict(load: Load, tmp_path: Path) -> None:
    profile = tmp_path / "berlin.toml"
    profile.write_text('extends = "generic"\ntime_zone = "Europe/Berlin"\nsource = "generic"\n')
    content = HEADER + "a,theft,2024-01-01,1,2\n"
    load(content)
    with pytest.raises(ConflictError, match="--source"):
        load(content, str(profile))
    assert load(content, str(profile), source_name="berlin").accepted == 1


def test_generic_times_are_read_in_the_zone_stored_for_their_source(
    load: Load, rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    profile = tmp_path / "berlin.toml"
    profile.write_text('extends = "generic"\ntime_zone = "Europe/Berlin"\n')
    load(HEADER + "a,theft,2024-01-01T12:00,1,2\n", str(profile))
    load(HEADER + "b,theft,2024-01-01T12:00,1,2\n", source_name="berlin")
    assert rows("SELECT DISTINCT occurred_from AT TIME ZONE 'UTC' FROM incident") == [
        (datetime(2024, 1, 1, 11),)
    ]


def test_the_same_key_and_bytes_get_the_stored_report(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    content = HEADER + "a,theft,2024-01-01,1,2\nb,theft,,1,2\n"
    first = load(content, idempotency_key="k")
    assert load(content, idempotency_key="k") == first
    assert rows("SELECT count(*) FROM ingest_batch") == [(1,)]
    with pytest.raises(ConflictError, match="'k'"):
        load(content + "c,theft,2024-01-01,1,2\n", idempotency_key="k")
    assert load(content, idempotency_key="other").duplicate == 1


def test_a_key_stands_for_its_profile_and_source_too(
    load: Load, rows: Callable[[str], list[Any]], tmp_path: Path
) -> None:
    content = HEADER + "a,theft,2024-01-01,1,2\n"
    first = load(content, idempotency_key="k")
    with pytest.raises(ConflictError, match="by another profile or for another source"):
        load(content, idempotency_key="k", source_name="records")
    same_name = tmp_path / "generic.toml"  # what a profile says may change under its name
    same_name.write_text('extends = "generic"\nname = "generic"\n[offence.mapping]\ntheft = "x"\n')
    with pytest.raises(ConflictError, match="by another profile"):
        load(content, str(same_name), idempotency_key="k")
    assert load(content, idempotency_key="k") == first
    assert rows("SELECT source, offence_code FROM incident") == [("generic", "theft")]


def test_a_key_of_before_profiles_were_kept_stands_for_its_source(
    database: Database, load: Load
) -> None:
    content = HEADER + "a,theft,2024-01-01,1,2\n"
    first = load(content, idempotency_key="k")
    with database.session() as session:
        session.execute(text("UPDATE ingest_batch SET asked_sha256 = NULL"))
    assert load(content, idempotency_key="k") == first
    with pytest.raises(ConflictError, match="another source"):
        load(content, idempotency_key="k", source_name="records")


def test_features_of_a_request_are_taken_by_their_id(
    database: Database, rows: Callable[[str], list[Any]]
) -> None:
    features = [
        {
            "type": "Feature",
            "id": 7,
            "geometry": {"type": "Point", "coordinates": [-87.6, 41.8, 12.0]},
            "properties": {"offence_code": "arson", "occurred_from": "2024-01-01T10:00:00Z"},
        },
        {"type": "Feature", "geometry": None, "properties": {"offence_code": "arson"}},
    ]
    with database.session() as session:
        agency = agency_id(session, "test")
        report = ingest_features(session, agency, features, load_profile("generic"), now=NOW)
    assert counts(report) == (1, 0, 0, 1)
    assert rows("SELECT external_id, source FROM incident") == [("7", "generic")]
    [(line, raw)] = rows("SELECT line, raw FROM rejected_row")
    assert line == 2
    assert json.loads(raw) == features[1]


def test_stop_and_search_times_keep_their_offsets(
    shared_data: Path, load: Load, tmp_path: Path
) -> None:
    profile = tmp_path / "stops.toml"
    profile.write_text(
        'time_zone = "Europe/London"\n[columns]\noffence_name = "Object of search"\n'
        'occurred_from = "Date"\nlongitude = "Longitude"\nlatitude = "Latitude"\n'
    )
    file = shared_data / "london-stop-and-search" / "2018-05-metropolitan-stop-and-search.csv"
    report = load(file, str(profile))
    again = load(gzip.compress(file.read_bytes()), str(profile))
    assert report.accepted > 10_000
    assert set(report.rejected_by_reason) <= {"missing_coordinates", "missing_offence"}
    assert (again.accepted, again.updated) == (0, 0)


@pytest.mark.parametrize(
    ("rows", "zone", "words"),
    [
        (
            "a,theft,2024-01-01,89.5,120\n",
            None,
            ["the only row was not accepted", "1 row", "swapped"],
        ),
        ("a,theft,2024-01-01,51.5,-0.1\n", "Europe/London", ["does not fit", "swapped"]),
        (
            "a,theft,2024-01-01,-87,41\nb,theft,2024-01-01,-87,41\nc,theft,2024-01-01,41,-87\n",
            None,
            ["1 incident lies near longitude 41, latitude -87"],
        ),
        ("a,theft,2024-03-10T02:30,-87,41\n", "America/Chicago", ["1 time falls", "skip"]),
        ("a,theft,2023-11-05T01:30,-87,41\n", "America/Chicago", ["1 time falls", "twice"]),
        ("a,theft,2024-01-01,-87,41\n", "America/Chicago", []),
        ("a,theft,2024-01-01,-0.1,51.5\n", "Europe/London", []),
    ],
)
def test_what_looks_odd_is_told(
    load: Load, tmp_path: Path, rows: str, zone: str | None, words: list[str]
) -> None:
    profile = tmp_path / "own.toml"
    profile.write_text('extends = "generic"\n' + (f'time_zone = "{zone}"\n' if zone else ""))
    told = " ".join(load(HEADER + rows, str(profile)).warnings)
    assert bool(told) == bool(words)
    for word in words:
        assert word in told


def test_progress_ends_at_the_size_of_the_file(load: Load, tmp_path: Path) -> None:
    file = tmp_path / "few.csv"
    file.write_text(HEADER + "a,theft,2024-01-01,1,2\n")
    seen: list[tuple[int, int | None]] = []
    load(file, progress=lambda done, size: seen.append((done, size)))
    assert seen[-1] == (file.stat().st_size, file.stat().st_size)


cells = st.sampled_from(
    ["", "a", "b", "0", "1.5", "-87.6", "91", "400", "nan", "inf", "x", '"', "é", "2024-01-01",
     "2024-02-30", "2024-01", "2024-03-31T02:30", "2099-01-01", "a\nb", "\\.", "\\N", "\t", " "]
)  # fmt: skip


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.lists(cells, min_size=3, max_size=6), min_size=1, max_size=12), st.randoms())
def test_any_table_adds_up_and_read_again_changes_nothing(
    load: Load, table: list[list[str]], random: Any
) -> None:
    assume(any(cell.strip() for row in table for cell in row))  # nothing but blank rows is refused
    text_file = io.StringIO()
    writer = csv.writer(text_file)
    writer.writerow(HEADER.strip().split(","))
    for row in table:
        good = [random.choice("abc "), "theft", "2024-01-01", "1", "2"]
        writer.writerow(good if random.random() < 0.4 else row)
    load(text_file.getvalue())
    again = load(text_file.getvalue())
    assert (again.accepted, again.updated) == (0, 0)


def test_a_file_larger_than_the_installation_takes_is_refused_in_any_form(
    database: Database,
) -> None:
    large = HEADER.encode() + b"1,robbery,2024-05-01,-0.1,51.5\n" * 40_000
    with TestClient(create_app(Settings(max_upload_mb=1, worker="none"), database)) as client:
        url = "/api/v1/incidents/batches?profile=generic"
        ways: list[dict[str, Any]] = [{"content": large}, {"files": {"file": ("may.csv", large)}}]
        for way in ways:
            refused = client.post(url, **way)
            assert refused.status_code == 413
            assert "HARMSPOT_MAX_UPLOAD_MB): split it by month" in refused.json()["detail"]
        assert client.get("/api/v1/incidents/batches").json() == []
        small = {"file": ("may.csv", HEADER.encode() + b"1,robbery,2024-05-01,-0.1,51.5\n")}
        assert client.post(url, files=small).json()["accepted"] == 1


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\uff1d", "\uff20"])
def test_rejected_rows_as_csv_hold_no_formula(database: Database, begins: str) -> None:
    hostile = f"{begins}SUM(A1)"
    with TestClient(create_app(Settings(worker="none"), database)) as client:
        sent = f"{HEADER}a,theft\n".encode()
        batch = client.post("/api/v1/incidents/batches?profile=generic", content=sent).json()
        assert batch["rejected"] == 1
        with database.session() as session:  # earlier versions kept such rows as they came
            session.execute(text("UPDATE rejected_row SET raw = :raw"), {"raw": f"{hostile},theft"})
        url = f"/api/v1/incidents/batches/{batch['batch_id']}/rejected?format=csv"
        cells = [cell for row in csv.reader(io.StringIO(client.get(url).text)) for cell in row]
    assert f"'{hostile},theft" in cells
    assert not [cell for cell in cells if cell.startswith(begins)]
