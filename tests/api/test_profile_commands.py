"""The commands that guess a profile for a file, and try one on it, without a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.ingest import load_profile
from tests.api.commands import called

FILE = (
    "Crime No;Offence;Date;Lon;Lat\n"
    "A1;Robbery;13/02/2024 22:15;-0.10;51.50\n"
    "A2;Burglary;01/02/2024 10:00;-0.11;51.51\n"
    "A3;Burglary;;-0.11;51.51\n"
    "A1;Robbery;13/02/2024 22:15;-0.10;51.50\n"
)
NOWHERE = {"database_url": "postgresql://nobody@127.0.0.1:1/none"}
"""A database that is not there: these commands need none."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "crime.csv"
    made.write_text(FILE)
    return made


def harmspot(*words: Any, status: int = 0) -> str:
    done = called(*words, settings=NOWHERE)
    assert done.status == status, done.stderr
    return done.stdout if not status else done.stderr


def test_a_suggested_profile_is_one_that_reads_the_file(file: Path, tmp_path: Path) -> None:
    written = tmp_path / "mine.toml"
    text = harmspot("profile", "suggest", file)
    assert text.startswith("#")  # notes come first
    written.write_text(text)
    assert load_profile(written).columns["occurred_from"] == "Date"
    told = json.loads(harmspot("profile", "suggest", file, "--json", "-o", tmp_path / "m.toml"))
    assert told["toml"] == text == (tmp_path / "m.toml").read_text()
    assert told["profile"]["time"] == {"formats": ["%d/%m/%Y %H:%M"]}
    seen = json.loads(harmspot("profile", "check", file, "--profile", written, "--json"))
    counts = (seen["read"], seen["accepted"], seen["duplicate"], seen["rejected"])
    assert counts == (4, 2, 1, 1)
    assert seen["rejected_by_reason"] == {"missing_time": 1}
    assert [(one["line"], one["reason"]) for one in seen["rejected_rows"]] == [(4, "missing_time")]
    assert seen["rows"][0] == {
        "external_id": "A1",
        "source": "mine",
        "offence_code": "robbery",
        "offence_name": "Robbery",
        "occurred_from": "2024-02-13T22:15:00Z",
        "occurred_to": "2024-02-13T22:15:00Z",
        "time_precision": "exact",
        "reported_at": None,
        "longitude": -0.1,
        "latitude": 51.5,
        "location_text": None,
        "attributes": {},
    }


def test_a_suggestion_that_is_not_whole_is_written_and_fails(tmp_path: Path) -> None:
    made, written = tmp_path / "x.csv", tmp_path / "mine.toml"
    made.write_text("Crime No,Foo,Bar,Lon,Lat\nA1,x,y,-0.10,51.50\n")
    said = harmspot("profile", "suggest", made, "-o", written, status=1)
    assert "no column was found for occurred_from, offence_name" in said
    assert "# Say which columns hold occurred_from, offence_name" in written.read_text()
    assert 'longitude = "Lon"' in written.read_text()
    assert "not whole" in harmspot("profile", "suggest", made, "--json", status=1)


def test_a_trial_is_told_in_words(file: Path, tmp_path: Path) -> None:
    written = tmp_path / "mine.toml"
    harmspot("profile", "suggest", file, "--output", written)
    text = harmspot("profile", "check", file, "--profile", written)
    assert "2024-02-13 22:15" in text
    assert "4 rows read: 2 would be stored, 1 repeats others of the file, 1 would be" in text
    assert "1 rejected: no time" in text
    assert "line 4: no time is given" in text


def test_shipped_profiles_are_listed(tmp_path: Path) -> None:
    assert "police-uk" in harmspot("profile", "list")
    names = [one["name"] for one in json.loads(harmspot("profile", "list", "--json"))]
    assert {"chicago", "generic", "police-uk"} <= set(names)
    assert "no file" in harmspot("profile", "suggest", tmp_path / "none.csv", status=1).lower()
    unknown = harmspot("profile", "check", tmp_path / "none.csv", "--profile", "mine", status=1)
    assert "police-uk" in unknown
