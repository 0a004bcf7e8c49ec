"""How coordinates are written: told by the whole file, whatever stands first, in what chunks."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.ingest.preview.trial import Trial, tried
from service.ingest.profiles.loading import profile_of
from service.ingest.readers import csv

COLUMNS = {"external_id": "no", "offence_name": "offence", "occurred_from": "when"}
APART = COLUMNS | {"longitude": "x", "latitude": "y"}
ROWS = 1500
chunks = pytest.mark.parametrize("chunk", [4096, 20_000, 4 << 20])
first_middle_last = pytest.mark.parametrize("at", [0, ROWS // 2, ROWS])


def trial(tmp_path: Path, heading: str, lines: list[str], **keys: object) -> Trial:
    file = tmp_path / "in.csv"
    file.write_text("\n".join([f"no;offence;when;{heading}", *lines, ""]))
    return tried(file, profile_of({"source": "records", "delimiter": ";"} | keys, "own"))


def rows(values: list[str], odd: str, at: int) -> list[str]:
    lines = [f"U{n};robbery;2020-03-01;{one}" for n, one in enumerate(values)]
    lines.insert(at, f"X;robbery;2020-03-01;{odd}")
    return lines


@chunks
@first_middle_last
@pytest.mark.parametrize(
    ("written", "odd"),
    [
        ("530,{};180,{}", "530123,55;180123,5"),
        ("530.{0},5;180.{0},5", "530123.55;180123.5"),
        ("530{},25;180{},5", "530,123.55;180,123.5"),
        ("530{}.25;180{}.5", "530.123,55;180.123,5"),
    ],
)
def test_metres(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    chunk: int,
    at: int,
    written: str,
    odd: str,
) -> None:
    monkeypatch.setattr(csv, "CHUNK_BYTES", chunk)
    values = [written.format(*[100 + n % 800] * 2) for n in range(ROWS)]
    done = trial(tmp_path, "x;y", rows(values, odd, at), columns=APART, crs="EPSG:27700")
    assert done.accepted == ROWS + 1
    assert all(51 < one.latitude < 52 and -0.2 < one.longitude < 0 for one in done.rows)
    odd_ones = [(one.code, one.lines) for one in done.warned]
    assert odd_ones == [("odd_numbers", (at + 2,))]


@chunks
def test_thousands_that_a_few_rows_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(csv, "CHUNK_BYTES", chunk)
    values = [f"530.{100 + n % 800};180.{100 + n % 800}" for n in range(ROWS)]
    odd = "530.123,5;180.123,5"
    done = trial(tmp_path, "x;y", rows(values, odd, ROWS), columns=APART, crs="EPSG:27700")
    assert all(51 < one.latitude < 52 for one in done.rows)
    assert (done.accepted, done.warned) == (ROWS + 1, [])


@chunks
@first_middle_last
def test_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, at: int) -> None:
    monkeypatch.setattr(csv, "CHUNK_BYTES", chunk)
    columns = COLUMNS | {"longitude": "loc", "latitude": "loc"}
    done = trial(tmp_path, "loc", rows(["51.5, -0.1"] * ROWS, "-118.5, 34.1", at), columns=columns)
    assert {(one.longitude, one.latitude) for one in done.rows} == {(-0.1, 51.5)}
    refused = [(one.line, one.reason) for one in done.rejected_rows]
    assert (done.accepted, refused) == (ROWS, [(at + 2, "outside_crs_bounds")])


@chunks
@first_middle_last
def test_pairs_whose_longitude_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, at: int
) -> None:
    monkeypatch.setattr(csv, "CHUNK_BYTES", chunk)
    columns = COLUMNS | {"longitude": "loc", "latitude": "loc"}
    near = ["-89.9, 39.8"] * (ROWS - 300)
    values = near + ["-90.2, 39.8"] * 300 if at else ["-90.2, 39.8"] * 300 + near
    done = trial(tmp_path, "loc", rows(values, "-89.5, 39.8", at), columns=columns)
    assert done.accepted == ROWS + 1
    assert {one.latitude for one in done.rows} == {39.8}
