"""Repeats are settled in one place: a batch and a trial of the same file tell and keep the same."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from functools import partial
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import text

from service.ingest import Profile, ingest
from service.ingest.merging import settling
from service.ingest.preview.trial import tried
from service.ingest.profiles.loading import profile_of
from service.store.copy import read_tables
from service.store.session import Database
from service.store.tenant import Tenant
from tests.databases import Databases

HEADER = "no,row,type,when,lon,lat,beat"
COLUMNS = {
    "external_id": "no",
    "offence_code": "type",
    "occurred_from": "when",
    "longitude": "lon",
    "latitude": "lat",
}
PROFILES: dict[str, dict[str, Any]] = {
    "first": {},
    "row": {"one_per": "row"},
    "id": {"one_per": "id"},
    "kept": {"one_per": "row", "attributes": ["beat"]},
    "named": {"one_per": "id", "harm_index": "cchi-2026-police-uk"},
}
COUNTED = ("read", "accepted", "duplicate", "rejected", "rejected_by_reason", "warnings")


@pytest.fixture(scope="module")
def shared(databases: Databases) -> Iterator[Database]:
    with databases.empty() as made:
        yield made


def profile(kind: str) -> Profile:
    return profile_of({"source": "force", "columns": COLUMNS} | PROFILES[kind], kind)


def rows_of(seed: int) -> list[str]:
    """Return rows of few ids, offences, times and places, so that every kind of repeat is there."""
    pick = random.Random(seed).choice
    return [
        ",".join(
            [
                pick(["N", "N", "N#2", "N#4", "M", '"M ""b"""', "", ""]),
                str(at),
                pick(["burglary", "robbery", "homicide", "Odd, as it is"]).join('""'),
                pick(["2020-01-01T10:00:00Z", "2020-01-02T10:00:00Z"]),
                pick(["-0.1", "-0.11", ""]),
                "51.5",
                pick("ab"),
            ]
        )
        for at in range(24)
    ]


def kept_and_told(tenant: Tenant, file: str, asked: Profile) -> tuple[Any, Any]:
    """Return what a batch makes of a file, and what a trial makes of it."""
    trial = tried(io.BytesIO(file.encode()), asked).model_dump(mode="json")
    with tenant.unit_of_work() as (session, agency):
        report = ingest(session, agency, io.BytesIO(file.encode()), asked)
        stored = session.execute(
            text(
                "SELECT external_id, offence_code, longitude, attributes ->> 'beat' AS beat "
                "FROM incident WHERE agency_id = :agency"
            ),
            {"agency": agency},
        ).all()
    of_batch = {one: getattr(report, one) for one in COUNTED}
    of_trial = {one: trial[one] for one in COUNTED}
    rows = [
        (one["external_id"], one["offence_code"], one["longitude"], one["attributes"].get("beat"))
        for one in trial["rows"]
    ]
    return (of_batch, sorted(map(tuple, stored), key=str)), (of_trial, sorted(rows, key=str))


@pytest.mark.parametrize("kind", PROFILES)
@pytest.mark.parametrize("seed", range(6))
def test_a_batch_and_a_trial_settle_repeats_alike(
    shared: Database, monkeypatch: pytest.MonkeyPatch, kind: str, seed: int
) -> None:
    monkeypatch.setattr(settling, "read_tables", partial(read_tables, rows_at_once=1 + 4 * seed))
    file = "\n".join([HEADER, *rows_of(seed)])
    batch, trial = kept_and_told(Tenant(shared, f"{kind} {seed}"), file, profile(kind))
    assert batch == trial


def test_a_rejected_row_is_no_repeat_of_an_id_that_was_given_to_another(shared: Database) -> None:
    """Two rows of `N` are `N` and `N#2`; a row of the id `N#2` is another incident."""
    rows = ["N,1,robbery,2020-01-01,-0.1,51.5,a", "N,2,robbery,2020-01-01,-0.1,51.5,b"]
    file = "\n".join([HEADER, *rows, "N#2,3,robbery,2020-01-01,,,a"])
    batch, trial = kept_and_told(Tenant(shared, "given"), file, profile("row"))
    assert batch == trial
    assert (batch[0]["accepted"], batch[0]["duplicate"], batch[0]["rejected"]) == (2, 0, 1)


def test_what_is_read_in_the_transaction_is_what_was_written(shared: Database) -> None:
    schema = pa.schema([("at", pa.int64()), ("name", pa.string()), ("is", pa.bool_())])
    with shared.session() as session:
        session.execute(text("CREATE TEMPORARY TABLE things (at bigint, name text, is_so boolean)"))
        names = ["", "a,b", 'a "b"', "two\nlines", "\\N", "ä"]
        for at, name in enumerate(names):
            session.execute(
                text("INSERT INTO things VALUES (:at, :name, :so)"),
                {"at": at, "name": name, "so": at % 2 == 0},
            )
        read = list(read_tables(session, "SELECT * FROM things ORDER BY at", schema, 4))
    assert [one.num_rows for one in read] == [4, 2]
    assert pa.concat_tables(read).to_pydict() == {
        "at": list(range(6)), "name": names, "is": [True, False] * 3,
    }  # fmt: skip
