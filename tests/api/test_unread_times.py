"""Times that cannot be read: the message names value, column and remedy in words of our own."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.ingest import load_profile
from service.ingest.preview.trial import tried
from spatial.errors import InvalidInputError

PROFILE = """source = "x"
time_zone = "Europe/London"
[columns]
external_id = "Ref"
offence_code = "Offence"
occurred_from = {when}
longitude = "Lon"
latitude = "Lat"
[time]
formats = ["{form}"]
"""
WHERE = "occurred_from (column 'Date') "


def told(folder: Path, value: str, reason: str = "invalid_time") -> str:
    form = "%d/%m/%Y %H:%M"
    profile = folder / "own.toml"
    profile.write_text(PROFILE.format(when='"Date"', form=form))
    file = folder / "file.csv"
    file.write_text(f'Ref,Offence,Date,Lon,Lat\n1,theft,"{value}",-0.1,51.5\n')
    (row,) = tried(file, load_profile(profile)).rejected_rows
    assert (row.line, row.reason) == (2, reason)
    return row.message


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("31/02/2024 12:30", "it is written so, but there is no such day or time: look it up in"),
        ("01/03/2024 25:00", "it is written so, but there is no such day or time: look it up in"),
        ("2024-03-01", 'it is written as "iso": name that among the formats of the profile'),
        ("01.03.2024 10:00", 'it is written as "%d.%m.%Y %H:%M": name that among the formats'),
        ("01/03/24 10:00", '"%d/%m/%y %H:%M" or "%m/%d/%y %H:%M": name whichever is right'),
        ("03/25/2024 10:00", "it would fit with day and month the other way round, as"),
        ("01/03/2024 10:00 (2)", "its beginning is, and what stands behind that does not belong"),
        ("43831", 'for such numbers name "excel" among the formats of the profile'),
    ],
)
def test_a_time_that_cannot_be_read_says_what_would_mend_it(
    tmp_path: Path, value: str, remedy: str
) -> None:
    message = told(tmp_path, value)
    assert message.startswith(f"{WHERE}'{value}' is no time written as %d/%m/%Y %H:%M; ")
    assert remedy in message


@pytest.mark.parametrize(
    ("value", "reason", "words"),
    [
        ("04/05/1010 13:30", "implausible_time", "lies before 1950-01-01, the earliest day of the"),
        ("04/05/2910 13:30", "time_in_future", "UTC, when the file was read"),
        ("04/05/20100 13:30", "implausible_time", "has no year of four digits"),
    ],
)
def test_a_time_that_cannot_be_meant_is_told_with_its_column_and_value(
    tmp_path: Path, value: str, reason: str, words: str
) -> None:
    message = told(tmp_path, value, reason=reason)
    assert message.startswith(f"{WHERE}'{value}' ")
    assert words in message


def test_a_span_that_cannot_be_meant_is_told_by_where_it_begins(tmp_path: Path) -> None:
    profile = tmp_path / "own.toml"
    whole = PROFILE.format(when='"Date"', form="%Y-%m") + "longest_span_days = 10\n"
    profile.write_text(whole)
    file = tmp_path / "file.csv"
    file.write_text("Ref,Offence,Date,Lon,Lat\n1,theft,2024-03,-0.1,51.5\n")
    (row,) = tried(file, load_profile(profile)).rejected_rows
    assert row.message.startswith(f"{WHERE}'2024-03' begins a span of more than 10 days")


def test_words_are_not_quoted(tmp_path: Path) -> None:
    assert told(tmp_path, "told by Jane Quillfeather") == (
        f"{WHERE}«text of 25 characters» is no time written as %d/%m/%Y %H:%M"
    )


def test_a_date_and_a_clock_name_both_columns(tmp_path: Path) -> None:
    profile = tmp_path / "own.toml"
    profile.write_text(PROFILE.format(when='["Date", "Time"]', form="%d/%m/%Y %H:%M"))
    file = tmp_path / "file.csv"
    file.write_text("Ref,Offence,Date,Time,Lon,Lat\n1,theft,31/02/2024,,-0.1,51.5\n")
    (row,) = tried(file, load_profile(profile)).rejected_rows
    assert "(columns 'Date' and 'Time') '31/02/2024' is no time" in row.message


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("%d/%m/%Y %Q", "has %Q, which stands for no part of a time"),
        ("%d/%m/%Y %H:%M %", "has %, which stands for no part of a time"),
        ("%d/%m/%Y %H:%M %Y", "has %Y twice"),
        ("%Y %U", "has %U, which stands for no part of a time"),
    ],
)
def test_a_format_that_is_none_is_refused_where_it_is_written(
    tmp_path: Path, form: str, words: str
) -> None:
    profile = tmp_path / "own.toml"
    profile.write_text(PROFILE.format(when='"Date"', form=form))
    with pytest.raises(InvalidInputError, match=r"time\.formats") as refused:
        load_profile(profile)
    assert words in refused.value.message


def test_days_that_are_none_are_refused_in_our_words(client: TestClient, tmp_path: Path) -> None:
    profile = tmp_path / "own.toml"
    written = PROFILE.format(when='"Date"', form="iso") + 'earliest = "1990-13-01"\n'
    profile.write_text(written)
    with pytest.raises(InvalidInputError, match=r"earliest: must be a day of the calendar"):
        load_profile(profile)
    answer = client.get("/api/v1/targets?index=count&from=2020-02-30&to=2020-13")
    assert answer.status_code == 422
    assert [one["message"] for one in answer.json()["errors"]] == [
        "must be a day of the calendar, written as year-month-day such as 2020-03-31"
    ] * 2
