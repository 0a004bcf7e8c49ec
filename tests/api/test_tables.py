"""Tables as they are made by hand: what is around the rows, and how they are parted and spelt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.ingest.readers import csv as read_csv
from tests.api.ingesting import HEADER, Place

OWN = """
source = "own"
time_zone = "Europe/London"
[columns]
external_id = "Crime No"
offence_name = "Offence"
occurred_from = "When"
longitude = "Lon"
latitude = "Lat"
"""
NAMES = "Crime No,Offence,When,Lon,Lat"


def rows(*numbers: int, end: str = "") -> list[str]:
    return [f"S{one},Burglary,2020-01-0{one} 10:00,-0.10,51.5{one}{end}" for one in numbers]


def stored(place: Place) -> list[Any]:
    return place.query(
        "SELECT external_id, offence_name, occurred_from::text, ST_X(geom), ST_Y(geom)"
        " FROM incident ORDER BY external_id"
    )


@pytest.fixture
def own(place: Place) -> str:
    return place.profile(OWN)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["Crime report,,,,", "Generated 2020-02-01,,,,", NAMES, *rows(1, 2)], "lines 1 to 2"),
        (["Crime report", "", NAMES, *rows(1, 2)], "lines 1 to 2 stand before the header"),
        (['"Crimes of ""May"",\nfrom, to",,,,', NAMES, *rows(1, 2)], "lines 1 to 2"),
        (["From:,2020-01-01,To:,2020-02-01,", NAMES, *rows(1, 2)], "line 1 stands"),
        (["sep=,", NAMES, *rows(1, 2)], "line 1 stands"),
        ([NAMES, rows(1)[0], NAMES, rows(2)[0]], "1 row with the header once more (line 3)"),
        ([NAMES, *rows(1, 2), "Total,2,,,"], "1 row of totals (line 4)"),
        ([NAMES, *rows(1, 2), "Summe: 2"], "1 row of totals (line 4)"),
        ([NAMES, *rows(1, 2), ",Grand Total,2,,"], "1 row of totals (line 4)"),
        ([NAMES, *rows(1, 2), "(2 rows)"], "1 row of totals (line 4)"),
        ([NAMES, rows(1)[0], "Subtotal,1,,,", rows(2)[0], "Total,2"], "2 rows of totals"),
        ([NAMES, rows(1)[0], ",,,,", '"","", ,,', rows(2)[0]], "2 rows without any value"),
        ([NAMES + ",,,", *rows(1, end=",,,"), *rows(2)], "1 row with more or fewer"),
        ([NAMES, *rows(1, 2, end=",,,")], "2 rows with more or fewer empty values"),
        ([NAMES + ",Note", *rows(1, end=',"say \\"no\\", go"'), *rows(2, end=",")], "backslash"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_is_around_the_rows_is_told_and_shifts_none(
    place: Place, own: str, lines: list[str], told: str, end: str
) -> None:
    report = place.ingest(end.join([*lines, ""]).encode(), own)
    assert (report.read, report.accepted) == (2, 2), place.rejected()
    assert any(told in one for one in report.warnings), report.warnings
    assert stored(place) == [
        ("S1", "Burglary", "2020-01-01 10:00:00+00", -0.1, 51.51),
        ("S2", "Burglary", "2020-01-02 10:00:00+00", -0.1, 51.52),
    ]


def test_lines_keep_their_numbers_behind_what_is_passed_over(place: Place, own: str) -> None:
    lines = ["Report", "of May", NAMES, rows(1)[0], ",,,,", "S2,Burglary,,-0.1,51.5", "Total,2,,,"]
    assert place.ingest("\n".join(lines).encode(), own).rejected == 1
    assert [one[:2] for one in place.rejected()] == [(6, "missing_time")]


def test_a_row_cut_short_is_malformed_and_not_filled_up(place: Place, own: str) -> None:
    assert place.ingest("\n".join([NAMES, *rows(1), "S2,Burglary"]).encode(), own).rejected == 1
    assert [one[:2] for one in place.rejected()] == [(3, "malformed_row")]


def test_an_offence_called_total_is_a_row(place: Place, own: str) -> None:
    row = "S1,Total loss,2020-01-01,-0.1,51.5"
    report = place.ingest(f"{NAMES}\n{row}\n".encode(), own)
    assert (report.accepted, report.warnings) == (1, [])


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("before", ["", "Crime report, May\n", "sep={}\n"])
def test_another_delimiter_is_found_by_the_columns_and_told(
    place: Place, own: str, delimiter: str, before: str
) -> None:
    table = "\n".join([NAMES, *rows(1, 2)]).replace(",", delimiter)
    report = place.ingest((before.format(delimiter) + table).encode(), own)
    assert report.accepted == 2
    assert any("parted by" in one and repr(delimiter) in one for one in report.warnings)


@pytest.mark.parametrize("chunk", [1 << 12, 97])
def test_chunks_do_not_show_in_what_is_passed_over(
    place: Place, own: str, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(read_csv, "CHUNK_BYTES", chunk)
    table = [NAMES]
    for at in range(400):
        table += [f"S{at},Burglary,2020-01-01,-0.1,51.5", ",,,,"]
    report = place.ingest("\n".join([*table, "Total,400,,,"]).encode(), own)
    assert report.accepted == 400
    assert report.warnings == [
        "400 rows without any value (lines 3, 5, 7 and 397 more): passed over",
        "1 row of totals (line 802): passed over",
    ]


def test_two_columns_of_one_name_are_refused_where_they_differ(place: Place, own: str) -> None:
    table = "Crime No,Offence,When,When,Lon,Lat,lat\nS1,Burglary,2020-01-01,{},-0.1,51.5,{}\n"
    with place.refusing("two columns named 'When', and", "line 2", "occurred_from"):
        place.ingest(table.format("2020-02-02", "48.85").encode(), own)
    report = place.ingest(table.format("2020-01-01", "48.85").encode(), own)
    assert report.warnings == ["2 columns are named 'When': the first of them is read"]
    assert stored(place)[0][2:] == ("2020-01-01 00:00:00+00", -0.1, 51.5)


def test_columns_whose_names_differ_in_case_alone_are_refused_where_neither_is_meant_exactly(
    place: Place,
) -> None:
    loose = place.profile(OWN.replace('"Lat"', '"LAT"'))
    table = NAMES + ",lat\nS1,Burglary,2020-01-01,-0.1,51.5,48.85\n"
    with place.refusing("'Lat' and 'lat'", "latitude"):
        place.ingest(table.encode(), loose)


def places(place: Place) -> list[str]:
    found = place.query("SELECT location_text FROM incident ORDER BY external_id")
    return [one for (one,) in found]


PLACES = ["Bahnhofstraße", "Rue de l’École", "plain", "Årstad"]


def table_of(texts: list[str]) -> str:
    lines = [f"m{at},theft,2024-01-0{at + 1},8.5,47.4,{one}\n" for at, one in enumerate(texts)]
    return HEADER.decode().strip() + ",location_text\n" + "".join(lines)


@pytest.mark.parametrize("chunk", [1 << 20, 64, 13])
def test_utf_8_under_a_code_page_is_read_as_what_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(read_csv, "CHUNK_BYTES", chunk)
    western = place.profile('extends = "generic"\nencoding = "windows-1252"\n')
    report = place.ingest(table_of(PLACES).encode(), western)
    assert places(place) == PLACES
    assert any("is UTF-8, not windows-1252 as the profile says" in one for one in report.warnings)


def test_a_file_of_two_encodings_is_read_line_by_line_and_told(place: Place) -> None:
    western = place.profile('extends = "generic"\nencoding = "windows-1252"\n')
    first, second = table_of(PLACES[:3]), "m9,theft,2024-01-09,8.5,47.4,Årstad\n"
    report = place.ingest(first.encode() + second.encode("windows-1252"), western)
    assert places(place) == PLACES
    assert (
        "2 lines are UTF-8 and 1 are windows-1252: each was read as what it is" in report.warnings
    )


def test_a_code_page_is_read_as_the_profile_says(place: Place) -> None:
    western = place.profile('extends = "generic"\nencoding = "windows-1252"\n')
    report = place.ingest(table_of(PLACES).encode("windows-1252"), western)
    assert (places(place), report.warnings) == (PLACES, [])


@pytest.mark.parametrize("encoding", ["windows-1252", "cp850", "mac-roman"])
def test_the_encoding_that_would_fit_is_named(place: Place, encoding: str) -> None:
    place.ingest(table_of(["Bahnhofstraße, Zürich".replace(",", ""), "plain"]).encode(encoding))
    assert [f'encoding = "{encoding}" would fit' in one[2] for one in place.rejected()] == [True]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_read_and_told(place: Place, encoding: str) -> None:
    report = place.ingest(table_of(PLACES).encode(encoding))
    assert places(place) == PLACES
    assert report.warnings == [
        f"the file is {encoding.upper()} without a byte order mark and was read as such"
    ]


def test_the_cases_of_table_shapes(place: Place, own: str, shared_data: Path) -> None:
    folder = shared_data.parent / "cases" / "13-table-shape"
    expected = {"blanks": 1, "emptycols": 3, "preamble": 1, "quoted": 4, "sep": 1, "total": 3}
    for name, accepted in expected.items():
        report = place.ingest(folder / f"{name}.csv", own, source_name=name)
        assert (report.accepted, report.rejected) == (accepted, 0), (name, place.rejected())
