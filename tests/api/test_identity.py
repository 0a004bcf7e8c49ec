"""Which incident a row is: ids that are shared, ruined or spelt otherwise, and rows without one."""

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
from sqlalchemy import text

from service.ingest import BatchReport, Profile, ingest, load_profile
from service.store.session import Database, agency_id

NOW = datetime(2024, 6, 1, tzinfo=UTC)
CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
HEADER = "external_id,offence_code,occurred_from,longitude,latitude\n"
THREE = (
    "20-001,vandalism,2020-01-01T10:00:00Z,-0.1,51.5\n"
    "20-001,homicide,2020-01-01T10:00:00Z,-0.1,51.5\n"
    "20-001,robbery,2020-01-01T10:00:00Z,-0.1,51.5\n"
)
OTHER = "20-002,robbery,2020-01-04T10:00:00Z,-0.13,51.53\n"
ANONYMOUS = "offence_code,occurred_from,longitude,latitude,location_text,attributes\n"

Load = Callable[..., BatchReport]


@pytest.fixture
def load(database: Database) -> Load:
    def once(content: str | bytes, profile: Profile | str = "generic", **keys: Any) -> BatchReport:
        used = load_profile(profile) if isinstance(profile, str) else profile
        used = used.model_copy(update=keys)
        source = io.BytesIO(content.encode() if isinstance(content, str) else content)
        with database.session() as session:
            report = ingest(session, agency_id(session, "test"), source, used, now=NOW)
        assert report.read == report.accepted + report.updated + report.duplicate + report.rejected
        return report

    return once


def counts(report: BatchReport) -> tuple[int, int, int]:
    return report.accepted, report.updated, report.duplicate


def codes(report: BatchReport) -> dict[str, int | None]:
    return {one.code: one.rows for one in report.warned}


IDS = "SELECT external_id, offence_code FROM incident ORDER BY external_id"


def test_rows_of_one_id_that_differ_are_told(load: Load, rows: Callable[[str], list[Any]]) -> None:
    report = load(HEADER + THREE + OTHER)
    assert counts(report) == (2, 0, 2)
    assert codes(report) == {"repeated_ids": 2}
    assert "2 in offence), such as '20-001'" in report.warnings[0]
    assert rows(IDS) == [("20-001", "vandalism"), ("20-002", "robbery")]


def test_equal_repeats_of_an_id_are_no_matter(load: Load) -> None:
    assert codes(load(HEADER + OTHER + OTHER)) == {}


def test_one_id_is_one_incident_of_its_gravest_offence(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    report = load(HEADER + THREE + OTHER, one_per="id")
    assert counts(report) == (2, 0, 2)
    assert codes(report) == {"joined_ids": 2, "unweighed_offences": None}
    assert rows(IDS) == [("20-001", "homicide"), ("20-002", "robbery")]
    assert counts(load(HEADER + OTHER + THREE, one_per="id")) == (0, 0, 4)


def test_a_file_that_takes_the_gravest_offence_away_says_so(load: Load) -> None:
    def row(id_: str, offence: str) -> str:
        return f"{id_},{offence},2020-01-01T10:00:00Z,-0.1,51.5\n"

    load(HEADER + row("K1", "homicide") + row("K1", "robbery") + row("K2", "robbery"), one_per="id")
    report = load(HEADER + row("K2", "homicide") + row("K1", "robbery"), one_per="id")
    assert counts(report) == (0, 2, 0)
    assert codes(report) == {"lesser_offences": 1}
    assert report.warned[0].lines == (3,)
    assert "'K1' (line 3: homicide before, robbery now)" in report.warnings[0]
    assert codes(load(HEADER + row("K1", "robbery"), one_per="id")) == {}


def test_of_equally_grave_offences_the_first_counts(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    content = HEADER + OTHER.replace("-0.13", "-0.14") + OTHER
    load(content, one_per="id")
    assert rows("SELECT longitude FROM incident") == [(-0.14,)]


def test_the_profile_names_the_index_that_tells_what_is_gravest(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    content = HEADER + "1,homicide,2020-01-01,1,2\n1,robbery,2020-01-01,1,2\n"
    load(content, one_per="id", harm_index="cchi-2026-police-uk")
    assert rows(IDS) == [("1", "robbery")]


def test_each_row_of_an_id_is_an_incident_in_whatever_order_it_is_read(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    first = load(HEADER + THREE + OTHER, one_per="row")
    assert (counts(first), codes(first)) == ((4, 0, 0), {})
    stored = rows(IDS)
    assert {one for one, _ in stored} == {"20-001", "20-001#2", "20-001#3", "20-002"}
    backwards = "".join(reversed((THREE + OTHER).splitlines(keepends=True)))
    assert counts(load(HEADER + backwards, one_per="row")) == (0, 0, 4)
    more = "20-001,arson,2020-01-01T10:00:00Z,-0.1,51.5\n"
    assert counts(load(HEADER + more + backwards, one_per="row")) == (1, 0, 4)
    assert rows(IDS) == sorted([*stored, ("20-001#4", "arson")])
    last = THREE.splitlines(keepends=True)[2]
    moved = load(HEADER + last.replace("51.5", "51.6"), one_per="row")
    assert counts(moved) == (0, 1, 0)
    assert rows("SELECT offence_code FROM incident WHERE latitude = 51.6") == [("robbery",)]
    assert counts(load(HEADER + more.replace("arson", "drugs"), one_per="row")) == (1, 0, 0)


def test_an_offence_that_was_changed_is_no_further_one(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    load(HEADER + THREE, one_per="row")
    changed = load(HEADER + THREE.replace("robbery", "theft"), one_per="row")
    assert counts(changed) == (0, 1, 2)
    assert {code for _, code in rows(IDS)} == {"vandalism", "homicide", "theft"}


def test_rows_stored_as_one_incident_are_found_again_when_each_is_one(load: Load) -> None:
    load(HEADER + THREE + OTHER)
    assert counts(load(HEADER + THREE + OTHER, one_per="row")) == (2, 0, 2)
    assert counts(load(HEADER + THREE + OTHER, one_per="row")) == (0, 0, 4)


DOUBLE = (
    "ID,Case Number,Date,Block,IUCR,Primary Type,Description,Latitude,Longitude\n"
    "23901,HZ100001,01/08/2019 10:30:00 PM,001XX W MADE UP ST,0110,HOMICIDE,M,41.88,-87.63\n"
    "23902,HZ100001,01/08/2019 10:30:00 PM,001XX W MADE UP ST,0110,HOMICIDE,M,41.88,-87.63\n"
    "11500001,HZ100002,01/08/2019 12:00:00 AM,001XX W MADE UP ST,0820,THEFT,T,41.87,-87.64\n"
)
WITHOUT_ID = "".join(line.partition(",")[2] for line in DOUBLE.splitlines(keepends=True))


def as_before() -> Profile:
    """Chicago's profile as it was: one incident per case number."""
    today = load_profile("chicago")
    kept = tuple(one for one in today.attributes if one != "Case Number")
    return today.model_copy(update={"row_id": None, "one_per": None, "attributes": kept})


def test_two_homicides_of_one_case_are_two(load: Load, rows: Callable[[str], list[Any]]) -> None:
    assert counts(load(DOUBLE, "chicago")) == (3, 0, 0)
    assert [one for one, _ in rows(IDS)] == ["11500001", "23901", "23902"]
    assert counts(load(DOUBLE, "chicago")) == (0, 0, 3)
    assert counts(load(WITHOUT_ID, "chicago"))[0] == 0  # known by the case number that was kept


def test_without_an_id_the_case_number_and_a_count_tell_them_apart(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    assert counts(load(WITHOUT_ID, "chicago")) == (3, 0, 0)
    assert [one for one, _ in rows(IDS)] == ["HZ100001", "HZ100001#2", "HZ100002"]
    assert counts(load(WITHOUT_ID, "chicago")) == (0, 0, 3)


@pytest.mark.parametrize("content", [DOUBLE, WITHOUT_ID], ids=["with ID", "without"])
def test_cases_stored_before_are_found_again(
    load: Load, rows: Callable[[str], list[Any]], content: str
) -> None:
    assert load(content, as_before()).accepted == 2
    again = load(content, "chicago")
    assert (again.accepted, again.updated + again.duplicate) == (1, 2)
    assert len(rows(IDS)) == 3
    assert counts(load(content, "chicago")) == (0, 0, 3)


def test_ruined_ids_are_no_ids(load: Load, rows: Callable[[str], list[Any]]) -> None:
    content = HEADER + "".join(
        f"2.0190{2 if day == 4 else 1}E+11,{what},2020-01-0{day},-0.{day},51.5\n"
        for day, what in enumerate(["burglary", "robbery", "homicide", "robbery"], start=1)
    )
    content = content.replace("2.01901E+11", "2.01901e11", 1)
    report = load(content)
    assert counts(report) == (4, 0, 0)
    assert codes(report) == {"ruined_ids": 4}
    assert "'2.01901E+11'" in report.warnings[0]
    assert all(one.startswith("row:") for one, _ in rows(IDS))
    assert counts(load(content)) == (0, 0, 4)


def test_rows_stored_under_a_ruined_id_are_found_again(database: Database, load: Load) -> None:
    plain = HEADER + "A,theft,2020-01-01,1,2\nB,robbery,2020-01-02,1,2\n"
    load(plain)
    with database.session() as session:  # as they were stored before
        session.execute(text("UPDATE incident SET external_id = '2.5E+11' WHERE external_id = 'A'"))
    again = load(plain.replace("A,", "2.5E+11,"))
    assert (again.accepted, again.duplicate + again.updated) == (0, 2)


def as_parquet(**columns: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def test_whole_numbers_kept_as_floats_are_the_ids_that_they_were(
    database: Database, load: Load, rows: Callable[[str], list[Any]]
) -> None:
    numbers = [20190001234, 20190001230, 20190000000, 12]
    table = {
        "offence_code": ["robbery"] * 4,
        "occurred_from": ["2020-01-01"] * 4,
        "longitude": [1.0] * 4,
        "latitude": [2.0] * 4,
    }
    floats = as_parquet(external_id=[float(one) for one in numbers], **table)
    assert counts(load(floats)) == (4, 0, 0)
    plain = HEADER + "".join(f"{one},robbery,2020-01-01,1,2\n" for one in numbers)
    assert counts(load(plain)) == (0, 0, 4)
    assert counts(load(plain.replace("0,rob", "0.0,rob").replace("4,r", "4.00,r"))) == (0, 0, 4)
    assert counts(load(plain.replace("20190001234", "2.0190001234e+10"))) == (0, 0, 4)
    with database.session() as session:  # as they were stored before
        session.execute(
            text("UPDATE incident SET external_id = '2.019e+10' WHERE external_id = '20190000000'")
        )
    assert load(plain.replace("20190000000", "2.019e+10")).accepted == 0


def test_ids_that_no_float_can_hold_are_told(load: Load) -> None:
    report = load(
        as_parquet(
            external_id=[2.0**53 + 2, 7.0],
            offence_code=["theft"] * 2,
            occurred_from=["2020-01-01"] * 2,
            longitude=[1.0] * 2,
            latitude=[2.0] * 2,
        )
    )
    assert (counts(report), codes(report)) == ((2, 0, 0), {"unsure_ids": 1})


@pytest.mark.parametrize("written", ["'0123", '"=""0123"""', " 0123 ", "0123\u00a0"])
def test_what_a_spreadsheet_puts_around_an_id_is_not_of_it(
    load: Load, rows: Callable[[str], list[Any]], written: str
) -> None:
    load(HEADER + f"{written},theft,2020-01-01,1,2\n")
    assert rows(IDS) == [("0123", "theft")]


def test_an_id_stored_with_its_apostrophe_is_found_again(
    database: Database, load: Load, rows: Callable[[str], list[Any]]
) -> None:
    load(HEADER + "0123,theft,2020-01-01,1,2\n")
    with database.session() as session:  # as it was stored before
        session.execute(text("UPDATE incident SET external_id = '''0123'"))
    assert load(HEADER + "'0123,theft,2020-01-01,1,2\n").accepted == 0
    assert rows(IDS) == [("0123", "theft")]


SPELT = ("theft", "2020-01-01", "-0.0984", "51.5123", "On or near Made Street", '{"lsoa": "E01"}')


def line(*change: tuple[int, str]) -> str:
    values = list(SPELT)
    for at, value in change:
        values[at] = value
    values[5] = '"' + values[5].replace('"', '""') + '"'
    return ",".join(values) + "\n"


@pytest.mark.parametrize(
    "change",
    [(5, '{"lsoa": "E02"}'), (5, ""), (4, "ON OR NEAR MADE STREET"), (4, ""), (3, "51.51230"),
     (3, "51.51230000004"), (0, "THEFT")],
)  # fmt: skip
def test_a_row_without_an_id_is_known_however_it_is_spelt(
    load: Load, rows: Callable[[str], list[Any]], change: tuple[int, str]
) -> None:
    content = ANONYMOUS + line() + line() + line((1, "2020-01-02"))
    assert counts(load(content)) == (3, 0, 0)
    before = rows("SELECT external_id FROM incident ORDER BY 1")
    other = ANONYMOUS + line(change) + line(change) + line((1, "2020-01-02"), change)
    assert load(other).accepted == 0
    again = load(other)
    assert (counts(again), codes(again)) == ((0, 0, 3), {})
    assert load(content).accepted == 0
    assert rows("SELECT external_id FROM incident ORDER BY 1") == before


def test_one_more_alike_row_is_one_more_incident(load: Load) -> None:
    first = load(ANONYMOUS + line() + line((4, "B")))
    assert counts(first) == (2, 0, 0)
    more = load(ANONYMOUS + line((4, "C")) + line((4, "B")) + line())
    assert counts(more) == (1, 0, 2)
    assert counts(load(ANONYMOUS + line((4, "B")) + line((4, "C")) + line())) == (0, 0, 3)


def test_a_row_may_come_back_to_what_it_said_before(load: Load) -> None:
    load(ANONYMOUS + line())
    assert counts(load(ANONYMOUS + line((4, "B")))) == (0, 1, 0)
    both = load(ANONYMOUS + line() + line((4, "B")))
    assert counts(both) == (1, 0, 1)
    assert counts(load(ANONYMOUS + line() + line((4, "B")))) == (0, 0, 2)


def test_rows_of_two_forces_at_one_point_are_two(load: Load) -> None:
    header = "Crime ID,Month,Falls within,Longitude,Latitude,Location,Crime type\n"
    row = ",2022-08,{},-1.134336,52.630528,On or near Made Street,Anti-social behaviour\n"
    assert counts(load(header + row.format("One Force"), "police-uk")) == (1, 0, 0)
    assert counts(load(header + row.format("Two Force"), "police-uk")) == (1, 0, 0)
    assert counts(load(header + row.format("ONE FORCE"), "police-uk")) == (0, 1, 0)


def test_the_id_of_a_feature_counts_where_its_external_id_lacks(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    both = (CASES / "19-feature-id-lost-beside-external-id" / "both.geojson").read_bytes()
    load(both)
    assert [one for one, _ in rows(IDS)] == ["42", "A"]


def test_features_stored_before_their_ids_counted_are_found_again(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    def document(*ids: int) -> str:
        properties = {"offence_code": "theft", "occurred_from": "2020-01-01T10:00:00Z"}
        point = {"type": "Point", "coordinates": [-0.1, 51.5]}
        plain = {"type": "Feature", "geometry": point, "properties": properties}
        named = {**plain, "properties": properties | {"external_id": "A"}}
        every = [named, *({**plain, "id": one} for one in ids)] if ids else [named, plain, plain]
        return json.dumps({"type": "FeatureCollection", "features": every})

    load(document())  # as if the ids of features were not looked at
    again = load(document(42, 43))
    assert (again.accepted, again.updated, again.duplicate) == (0, 2, 1)
    assert [one for one, _ in rows(IDS)] == ["42", "43", "A"]
    assert counts(load(document(42, 43))) == (0, 0, 3)


def test_the_row_stored_as_null_is_found_again(
    database: Database, load: Load, rows: Callable[[str], list[Any]]
) -> None:
    load(HEADER + "A,theft,2020-01-01,1,2\n")
    with database.session() as session:  # as it was stored before
        session.execute(text("UPDATE incident SET external_id = 'NULL'"))
    two = HEADER + "NULL,robbery,2020-01-01,1,2\nNULL,theft,2020-01-01,1,2\n"
    assert load(two).accepted == 1
    assert sorted(code for _, code in rows(IDS)) == ["robbery", "theft"]
    assert counts(load(two)) == (0, 0, 2)


@pytest.mark.parametrize("id_", ["NULL", "2.01901E+11"])
def test_a_row_whose_id_is_none_is_known_however_it_is_spelt(load: Load, id_: str) -> None:
    header = "external_id," + ANONYMOUS
    first = f"{id_},{line()}{id_},{line((0, 'robbery'))}"
    assert counts(load(header + first)) == (2, 0, 0)
    other = f"{id_},{line((5, ''))}{id_},{line((0, 'robbery'), (4, 'B'))}"
    assert counts(load(header + other)) == (0, 2, 0)
    assert counts(load(header + other)) == (0, 0, 2)


@pytest.mark.parametrize("line_", ['"all"', '["beat", "ward"]', '"none"'])
@pytest.mark.parametrize("name", ["one.csv", "two.csv", "one.geojson", "chicago.csv"])
def test_columns_that_are_empty_throughout_are_no_matter(
    load: Load, tmp_path: Path, name: str, line_: str
) -> None:
    content = (CASES / "18-empty-extra-column-crash" / name).read_bytes()
    parent = "chicago" if name == "chicago.csv" else "generic"
    profile = tmp_path / "own.toml"
    profile.write_text(f'extends = "{parent}"\nattributes = {line_}\n')
    assert load(content, load_profile(profile)).rejected == 0


def around(rows: int, first: int = 0) -> str:
    return HEADER + "".join(
        f"{n},theft,2020-01-01,{-0.1 + n % 7 / 100},{51.5 + n % 5 / 100}\n"
        for n in range(first, first + rows)
    )


def test_a_row_far_from_what_its_source_holds_is_told(
    load: Load, rows: Callable[[str], list[Any]]
) -> None:
    assert codes(load(around(60))) == {}
    far = HEADER + "x,theft,2020-01-02,-4.2,55.9\n"
    assert codes(load(far)) == {"far_away": 1}
    assert codes(load(around(1, first=99))) == {}
    strict = load_profile("generic").place.model_copy(update={"reject_strays": True})
    again = load(far.replace("x,", "y,"), place=strict)
    assert again.rejected_by_reason == {"placeholder_location": 1}
    [(line_, message, raw)] = rows("SELECT line, message, raw FROM rejected_row")
    assert (line_, message) == (2, "it lies far from all other incidents of the source")
    assert json.loads(raw)["external_id"] == "y"
