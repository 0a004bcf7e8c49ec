"""What a row means and why it is rejected: times, places, offences, profiles."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from service.errors import NotFoundError
from service.ingest import known_profiles, load_profile
from service.ingest.checks import times
from service.ingest.checks.coordinates import place
from service.ingest.checks.rules import Notes, Rules
from service.ingest.checks.validate import Checked, validate
from service.ingest.profiles.binding import bind
from service.ingest.profiles.offences import slug
from service.ingest.profiles.profile import Profile
from service.ingest.readers.rows import RawRows
from spatial.errors import InvalidInputError

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
GOOD = {
    "external_id": "a",
    "offence_code": "theft",
    "occurred_from": "2024-01-01T10:00:00Z",
    "longitude": "-87.6",
    "latitude": "41.8",
}


class Opened:
    """A reader of rows that are there already."""

    crs = None
    warnings: list[str] = []  # noqa: RUF012
    columns: list[str] | None = []  # noqa: RUF012


def check(
    *rows: dict[str, str | None],
    profile: Profile | None = None,
    notes: Notes | None = None,
    **rules: Any,
) -> Checked:
    used = profile or load_profile("generic")
    names = dict.fromkeys(name for row in rows for name in row)
    table = pa.table(
        {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    )
    raw = RawRows(table, np.arange(2, 2 + len(rows)))
    defaults = {
        "profile": used,
        "source": "test",
        "fixed_source": False,
        "time_zone": used.time_zone or "UTC",
        "crs": used.crs,
        "now": NOW,
    }
    return validate(
        raw, bind(used, raw, Opened()), Rules(**{**defaults, **rules}), notes or Notes()
    )


def spans(checked: Checked) -> list[tuple[str, str, str]]:
    return [
        (
            (datetime(1970, 1, 1) + timedelta(microseconds=row["occurred_from"])).isoformat(),
            (datetime(1970, 1, 1) + timedelta(microseconds=row["occurred_to"])).isoformat(),
            row["time_precision"],
        )
        for row in checked.incidents.to_pylist()
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"longitude": None}, "missing_coordinates"),
        ({"latitude": " "}, "missing_coordinates"),
        ({"longitude": "nan"}, "missing_coordinates"),
        ({"latitude": "-Infinity"}, "invalid_coordinates"),
        ({"longitude": "87,6,5"}, "invalid_coordinates"),
        ({"longitude": "west"}, "invalid_coordinates"),
        ({"longitude": "0", "latitude": "0.0"}, "null_island"),
        ({"longitude": "180.1"}, "outside_crs_bounds"),
        ({"latitude": "-90.5"}, "outside_crs_bounds"),
        ({"occurred_from": None}, "missing_time"),
        ({"occurred_from": "01/02/2024"}, "invalid_time"),
        ({"occurred_from": "2024-02-30"}, "invalid_time"),
        ({"occurred_from": "2024-02-30T10:00:00Z"}, "invalid_time"),
        ({"occurred_from": "2024-01-01T25:00:00Z"}, "invalid_time"),
        ({"occurred_from": "2024"}, "invalid_time"),
        ({"occurred_from": "1910-05-04T10:00:00Z"}, "implausible_time"),
        ({"occurred_from": "20019-05-04"}, "implausible_time"),
        ({"occurred_to": "2090-01-01T10:00:00Z"}, "implausible_time"),
        ({"occurred_from": "2024-06-01T12:00:01Z"}, "time_in_future"),
        ({"occurred_from": "9999-12-31"}, "time_in_future"),
        ({"occurred_from": "2024-07"}, "time_in_future"),
        ({"offence_code": " "}, "missing_offence"),
        ({"external_id": "x" * 1001}, "malformed_row"),
    ],
)
def test_each_reason(change: dict[str, str | None], reason: str) -> None:
    checked = check({**GOOD, **change}, GOOD)
    [row] = checked.rejected.to_pylist()
    assert (row["line"], row["reason"]) == (2, reason)
    assert row["message"]
    raw = {**GOOD, **change}
    long = {name: value for name, value in raw.items() if len(value or "") > 200}
    raw |= {
        name: f"{value[:200]}… ({len(value):,} characters)" for name, value in long.items() if value
    }
    assert json.loads(row["raw"]) == raw
    assert checked.incidents.num_rows == 1


def test_the_first_reason_in_the_stated_order_counts() -> None:
    everything_wrong = {"longitude": "x", "latitude": "", "occurred_from": "", "offence_code": ""}
    rows = check(everything_wrong, {**everything_wrong, "latitude": "1"}).rejected.to_pylist()
    assert [row["reason"] for row in rows] == ["missing_coordinates", "invalid_coordinates"]


def test_this_month_is_not_in_the_future() -> None:
    assert check({**GOOD, "occurred_from": "2024-06"}).incidents.num_rows == 1


def test_spans_follow_what_is_written_in_the_zone() -> None:
    london = load_profile("generic").model_copy(update={"time_zone": "Europe/London"})
    written = [
        "2024-04",
        "2024-03-31",
        "2024-01-05T13",
        "2024-04-01 12:30",
        "2024-04-01T12:30+0200",
    ]
    assert spans(check(*({**GOOD, "occurred_from": one} for one in written), profile=london)) == [
        ("2024-03-31T23:00:00", "2024-04-30T22:59:59.999999", "month"),
        ("2024-03-31T00:00:00", "2024-03-31T22:59:59.999999", "day"),
        ("2024-01-05T13:00:00", "2024-01-05T13:59:59.999999", "hour"),
        ("2024-04-01T11:30:00", "2024-04-01T11:30:00", "exact"),
        ("2024-04-01T10:30:00", "2024-04-01T10:30:00", "exact"),
    ]


def test_a_stated_end_and_a_stated_precision_are_kept() -> None:
    rows = (
        {**GOOD, "occurred_from": "2024-01-01", "occurred_to": "2024-01-03"},
        {**GOOD, "occurred_to": "2024-01-01T18:00:00Z"},
        {**GOOD, "time_precision": "Month"},
        {
            **GOOD,
            "occurred_from": "2024-01-01T00:00:00Z",
            "occurred_to": "2024-01-31T23:59:59.999999Z",
            "time_precision": "month",
        },
    )
    assert spans(check(*rows)) == [
        ("2024-01-01T00:00:00", "2024-01-03T23:59:59.999999", "day"),
        ("2024-01-01T10:00:00", "2024-01-01T18:00:00", "exact"),
        ("2024-01-01T00:00:00", "2024-01-31T23:59:59.999999", "month"),
        ("2024-01-01T00:00:00", "2024-01-31T23:59:59.999999", "month"),
    ]


def test_clock_changes_lose_no_row() -> None:
    chicago = load_profile("generic").model_copy(update={"time_zone": "America/Chicago"})
    written = ["2023-11-05T01:30", "2024-03-10T02:30", "2023-11-05", "2024-03-10"]
    assert spans(check(*({**GOOD, "occurred_from": one} for one in written), profile=chicago)) == [
        ("2023-11-05T06:30:00", "2023-11-05T06:30:00", "exact"),  # the first of the two
        ("2024-03-10T08:00:00", "2024-03-10T08:00:00", "exact"),  # the first after the gap
        ("2023-11-05T05:00:00", "2023-11-06T05:59:59.999999", "day"),  # of 25 hours
        ("2024-03-10T06:00:00", "2024-03-11T04:59:59.999999", "day"),  # of 23 hours
    ]


def test_both_hours_of_autumn_are_spans_of_their_own() -> None:
    start = np.array([datetime(2023, 11, 5, hour, 20, tzinfo=UTC).timestamp() * 1e6
                      for hour in (6, 7)], dtype=np.int64)  # fmt: skip
    first, last = times.spans(start, np.full(2, times.HOUR), "America/Chicago")
    assert (start - first).tolist() == [1_200_000_000] * 2
    assert (last - first).tolist() == [3_599_999_999] * 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"occurred_to": "2023-12-31T10:00:00Z"}, "bad_occurred_to"),
        ({"occurred_to": "later"}, "bad_occurred_to"),
        ({"occurred_to": "2025-01-01T10:00:00Z"}, "bad_occurred_to"),
        ({"reported_at": "soon"}, "bad_reported_at"),
        ({"reported_at": "2023-12-31T09:59:59Z"}, "bad_reported_at"),
        ({"reported_at": "2024-06-03T10:00:00Z"}, "bad_reported_at"),
        ({"time_precision": "week"}, "bad_time_precision"),
        ({"attributes": "[1]"}, "bad_attributes"),
        ({"attributes": '{"a": NaN}'}, "bad_attributes"),
        ({"location_text": "é" * 501}, "long_words"),
        ({"offence_name": "x" * 1001}, "long_words"),
    ],
)
def test_a_column_that_cannot_be_is_left_out_and_its_row_kept(
    change: dict[str, str | None], code: str
) -> None:
    notes = Notes()
    plain = [check({**GOOD, "external_id": one}).incidents.to_pylist()[0] for one in "ab"]
    rows = check({**GOOD, **change}, {**GOOD, "external_id": "b"}, notes=notes).incidents
    left = ("line", "content_hash")
    for row, other in zip(rows.to_pylist(), plain, strict=True):
        assert {k: v for k, v in row.items() if k not in left} == {
            k: v for k, v in other.items() if k not in left
        }
    assert {one: seen.lines for one, seen in notes.seen.items()} == {code: [2]}


@pytest.mark.parametrize(
    ("formats", "written", "expected"),
    [
        (["%d/%m/%Y"], "05/04/2024", ("2024-04-05T00:00:00", "day")),
        (["%d/%m/%Y", "%d.%m.%Y %H:%M"], "05.04.2024 13:30", ("2024-04-05T13:30:00", "exact")),
        (["%m/%Y"], "04/2024", ("2024-04-01T00:00:00", "month")),
        (["%d/%m/%Y %H"], "05/04/2024 13", ("2024-04-05T13:00:00", "hour")),
        (["%d %b %Y %H:%M %z"], "05 Apr 2024 13:30 +0200", ("2024-04-05T11:30:00", "exact")),
    ],
)
def test_formats_say_how_well_the_time_is_known(
    formats: list[str], written: str, expected: tuple[str, str]
) -> None:
    base = load_profile("generic")
    rules = base.time.model_copy(update={"formats": tuple(formats)})
    checked = check(
        {**GOOD, "occurred_from": written}, profile=base.model_copy(update={"time": rules})
    )
    [(first, _, precision)] = spans(checked)
    assert (first, precision) == expected


def test_iso_times_read_alike_one_by_one_and_together() -> None:
    written = ["2024-01-01T10:00:00Z", "2024-01-01T10:00:00.25+05:30", "1969-12-31 23:59:59-05"]
    together = times.read(pa.array(written), ("iso",)).us.tolist()
    with_one_bad = times.read(pa.array([*written, "2024-02-30T00:00:00Z"]), ("iso",))
    assert with_one_bad.us.tolist()[:3] == together
    assert with_one_bad.invalid.tolist() == [False, False, False, True]
    one_by_one = [datetime.fromisoformat(one).timestamp() * 1e6 for one in written]
    assert together == one_by_one


def test_eastings_and_northings_become_degrees() -> None:
    placed = place(np.array([530_000.0, 180_000.0, 9e9]), np.array([180_000.0, 530_000.0, 9e9]),
                   "EPSG:27700")  # fmt: skip
    assert placed.longitude[0] == pytest.approx(-0.1284, abs=1e-3)
    assert placed.latitude[0] == pytest.approx(51.5036, abs=1e-3)
    assert placed.outside.tolist() == [False, False, True]
    kenya = place(np.array([51.5]), np.array([-0.1]), "EPSG:27700")
    assert kenya.outside.tolist() == [False]  # metres off Cornwall, but within the grid


def test_swapped_degrees_outside_the_area_say_so() -> None:
    dhdn = load_profile("generic").model_copy(update={"crs": "EPSG:4314"})
    [row] = check(
        {**GOOD, "longitude": "52.5", "latitude": "13.4"}, profile=dhdn
    ).rejected.to_pylist()
    assert row["reason"] == "outside_crs_bounds"
    assert "swapped" in row["message"]


def test_offences_are_mapped_or_slugged_and_keep_their_name() -> None:
    assert slug("  Körper & Schaden (groß) ") == "körper-schaden-groß"
    chicago = load_profile("chicago")
    rows = [
        {"Case Number": str(n), "Date": "05/04/2016 02:12:00 PM", "Block": "b", "Primary Type": one,
         "Latitude": "41.7", "Longitude": "-87.6"}
        for n, one in enumerate(["CRIM SEXUAL ASSAULT", "theft", "NON-CRIMINAL", ""])
    ]  # fmt: skip
    checked = check(*rows, profile=chicago)
    assert checked.incidents.column("offence_code").to_pylist() == [
        "rape",
        "other-theft",
        "non-criminal",
    ]
    assert checked.incidents.column("offence_name")[0].as_py() == "CRIM SEXUAL ASSAULT"
    assert checked.rejected.column("reason").to_pylist() == ["missing_offence"]


def test_every_code_of_the_chicago_profile_is_in_the_index(shared_data: Path) -> None:
    import csv

    with (shared_data / "harm" / "cchi_2026_home_office_subgroups.csv").open() as file:
        codes = {row["offence_code"] for row in csv.DictReader(file)}
    with (shared_data / "chicago-south-side" / "incidents.csv").open() as file:
        types = {row["Primary Type"] for row in csv.DictReader(file)}
    mapping = load_profile("chicago").offence.mapping
    assert set(mapping.values()) <= codes
    assert types <= set(mapping)


def test_the_code_falls_back_to_the_name() -> None:
    rows = (
        {**GOOD, "offence_name": "Robbery"},
        {**GOOD, "offence_code": "", "offence_name": "Big Theft"},
    )
    codes = check(*rows).incidents.column("offence_code").to_pylist()
    assert codes == ["theft", "big-theft"]


def test_attributes_are_merged_and_spelt_alike() -> None:
    row = {**GOOD, "attributes": '{"b": 1, "a": [true]}', "beat": "12", "empty": None}
    keeping = load_profile("generic").model_copy(update={"attributes": "all"})
    [incident] = check(row, profile=keeping).incidents.to_pylist()
    assert json.loads(incident["attributes"]) == {"a": [True], "b": 1, "beat": "12"}
    turned = check({**row, "attributes": '{"a":[true],"b":1}'}, profile=keeping).incidents
    assert turned.column("content_hash")[0].as_py() == incident["content_hash"]


def test_profiles_choose_their_attributes() -> None:
    base = load_profile("generic")
    row = {**GOOD, "beat": "12", "ward": "3"}

    def kept(attributes: Any) -> Any:
        used = base.model_copy(update={"attributes": attributes})
        return check(row, profile=used).incidents.column("attributes")[0].as_py()

    assert kept("none") is None
    assert json.loads(kept(("ward",))) == {"ward": "3"}
    assert json.loads(kept("all")) == {"beat": "12", "ward": "3"}
    assert base.attributes == "none"


def test_rows_without_any_kept_value_stay_rows() -> None:
    keeping = load_profile("generic").model_copy(update={"attributes": ("beat", "ward")})
    rows = ({**GOOD, "beat": "12", "ward": None}, {**GOOD, "beat": None, "ward": None})
    kept = check(*rows, profile=keeping).incidents.column("attributes").to_pylist()
    assert kept == ['{"beat": "12"}', None]


def test_columns_are_found_whatever_their_case_and_several_can_make_a_time(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        '[columns]\noccurred_from = ["DATE", "TIME"]\noffence_name = "Type"\n'
        'longitude = "lon"\nlatitude = "lat"\n[time]\nformats = ["%Y%m%d %H%M", "%Y%m%d"]\n'
    )
    row = {"date": "20240105", "Time ": "1330", "TYPE": "Theft", "LON": "1", "lat": "2"}
    assert spans(check(row, profile=load_profile(file)))[0][0] == "2024-01-05T13:30:00"


def test_shipped_profiles_load_and_unknown_ones_list_them() -> None:
    assert {"chicago", "generic", "police-uk"} < set(known_profiles())
    for name in known_profiles():
        assert load_profile(name).name == name
    for name in ("polcie-uk", "nowhere.toml"):
        with pytest.raises(NotFoundError, match="chicago, generic, home-office"):
            load_profile(name)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('time_zone = "Europe/Londn"', ["time_zone", "Europe/London"]),
        ('crs = "EPSG:99999999"', ["crs", "EPSG:27700"]),
        ('encoding = "utf-9"', ["encoding", "windows-1252"]),
        ('delimiter = "::"', ["delimiter"]),
        ('colour = "red"', ["colour", "no such key"]),
        ("[columns]\nlongitud = 'x'", ["longitud", "longitude"]),
        ('[time]\nformats = ["dd/mm/yyyy"]', ["time.formats", "%Y"]),
        ("= 1", ["not valid TOML"]),
        ('extends = "own.toml"', ["extends"]),
    ],
)
def test_a_broken_profile_names_the_key_and_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    extends = "" if "extends" in written else 'extends = "generic"\n'
    Path("own.toml").write_text(extends + written)
    with pytest.raises(InvalidInputError) as refusal:
        load_profile("own.toml")
    for word in words:
        assert word in refusal.value.message


def test_a_profile_without_essentials_says_which() -> None:
    with pytest.raises(ValueError, match="latitude, offence_code"):
        Profile(name="x", source="x", columns={"occurred_from": "t", "longitude": "x"})
