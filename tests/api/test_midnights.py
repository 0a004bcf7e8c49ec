"""Columns whose every time is midnight are columns of days, whatever the chunks of the file."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.ingest import ingest, load_profile
from service.ingest.preview.trial import Trial, tried
from service.ingest.profiles.profile import Profile
from service.ingest.readers import csv
from service.store.tenant import Tenant

HEADER = "external_id,offence_code,occurred_from,occurred_to,longitude,latitude\n"
CHUNKS = pytest.mark.parametrize("chunk", [200, 1000, csv.CHUNK_BYTES])


def file_of(*times: str) -> bytes:
    rows = (f"{n},robbery,{one},,-0.1,51.5\n" for n, one in enumerate(times))
    return (HEADER + "".join(rows)).encode()


def midnights(count: int, suffix: str = "T00:00:00.000") -> list[str]:
    return [f"2020-{1 + n // 28 % 12:02d}-{1 + n % 28:02d}{suffix}" for n in range(count)]


def read(content: bytes, **profile: Any) -> Trial:
    return tried(io.BytesIO(content), Profile(**load_profile("generic").model_dump() | profile))


def precisions(trial: Trial) -> dict[str, int]:
    return dict(Counter(row.time_precision for row in trial.rows))


def codes(trial: Trial) -> dict[str, int | None]:
    return {one.code: one.rows for one in trial.warned}


@CHUNKS
def test_midnights_alone_are_days(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "CHUNK_BYTES", chunk)
    for written in (midnights(60), midnights(60, "T00:00:00Z")):
        trial = read(file_of(*written))
        assert precisions(trial) == {"day": 60}
        assert codes(trial) == {"always_midnight": 60}
    in_summer = [f"2020-07-{1 + n % 28:02d}T04:00:00Z" for n in range(30)]
    trial = read(file_of(*in_summer), time_zone="America/Toronto")
    assert precisions(trial) == {"day": 30}
    assert trial.rows[0].occurred_to.isoformat() == "2020-07-02T03:59:59.999999+00:00"


@CHUNKS
def test_midnights_of_utc_are_the_dates_they_say(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv, "CHUNK_BYTES", chunk)
    for zone in ("America/Los_Angeles", "Europe/London"):  # in London, as on the clock till March
        trial = read(file_of(*midnights(120, "T00:00:00Z")), time_zone=zone)
        assert precisions(trial) == {"day": 120}
        local = [row.occurred_from.astimezone(ZoneInfo(zone)) for row in trial.rows]
        assert [f"{one:%Y-%m-%dT%H:%M}" for one in local] == midnights(120, "T00:00")


@CHUNKS
def test_one_other_time_makes_instants_of_all(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "CHUNK_BYTES", chunk)
    written = midnights(60)
    for at in (0, 30, 60):
        trial = read(file_of(*written[:at], "2020-03-05T10:15:00", *written[at:]))
        assert precisions(trial) == {"exact": 61}
        assert codes(trial) == {"default_times": 60}


@CHUNKS
def test_each_column_is_told_by_itself(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "CHUNK_BYTES", chunk)
    begins = [one.replace("T00:00", f"T{n % 24:02d}:30") for n, one in enumerate(midnights(60))]
    ends = [f"2021-01-{1 + n % 28:02d}T00:00:00" for n in range(60)]
    rows = zip(begins, ends, strict=True)
    content = HEADER + "".join(f"{a},theft,{a},{b},-0.1,51.5\n" for a, b in rows)
    trial = read(content.encode())
    assert precisions(trial) == {"exact": 60}
    assert trial.rows[0].occurred_to.isoformat() == "2021-01-01T23:59:59.999999+00:00"
    assert codes(trial) == {"always_midnight": 60}


def test_few_midnights_are_days_only_where_no_offset_tells_an_instant() -> None:
    assert precisions(read(file_of(*midnights(2)))) == {"day": 2}
    for few in (midnights(3, "T00:00:00Z"), ["2020-03-01 00:00:00"] * 3):
        trial = read(file_of(*few))
        assert precisions(trial) == {"exact": 3}
        assert codes(trial) == {"always_midnight": 3}
    alone = read(file_of(*midnights(1)))
    assert (precisions(alone), codes(alone)) == ({"exact": 1}, {})
    said = read(file_of(*midnights(30)), time={"precision": "exact"})
    assert precisions(said) == {"exact": 30}
    assert codes(said) == {"default_times": 30}


def test_default_clocks_of_a_profile_are_days() -> None:
    times = ["2020-03-01T00:00:00", "2020-03-02T00:01:00", "2020-03-03T10:00:00"]
    trial = read(file_of(*times), time={"default_clocks": ["00:00", "00:01"]})
    assert [row.time_precision for row in trial.rows] == ["day", "day", "exact"]
    assert codes(trial) == {"default_clocks": 2}


class OneWay:
    """A stream that cannot go back."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1, /) -> bytes:
        return self._content.read(size)


def test_a_stream_that_cannot_go_back_is_read_again_all_the_same(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv, "CHUNK_BYTES", 500)
    content = file_of(*midnights(60), "2020-03-05T10:15:00")
    asked: list[int] = []
    for source in (OneWay(content), io.BytesIO(content)):
        with tenant.unit_of_work() as (session, agency):
            report = ingest(
                session, agency, source, load_profile("generic"), rows_read=asked.append
            )  # type: ignore[arg-type]
        assert report.read == 61
        assert [one.code for one in report.warned] == ["default_times"]
    assert (report.accepted, report.duplicate) == (0, 61)
    assert asked.count(max(asked)) == 2


def test_rows_without_an_id_that_were_stored_as_instants_are_found_again(tenant: Tenant) -> None:
    rows = (f",robbery,{one},,-0.1,51.5\n" for one in midnights(30) * 2)
    content = (HEADER + "".join(rows)).encode()
    written = load_profile("generic").model_dump()
    counts = []
    for precision in ("exact", "inferred", "inferred", "exact"):
        profile = Profile(**written | {"time": {"precision": precision}})
        with tenant.unit_of_work() as (session, agency):
            report = ingest(session, agency, io.BytesIO(content), profile)
        counts.append((report.accepted, report.updated, report.duplicate))
    assert counts == [(60, 0, 0), (0, 60, 0), (0, 0, 60), (0, 60, 0)]
