"""Incidents that share an id, or have none, are cancelled one by one, and stay cancelled."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from service.ingest import BatchReport, ingest
from service.ingest.period import period
from service.ingest.profiles.loading import profile_of
from service.ingest.profiles.profile import Profile
from service.ingest.undoing.forgetting import forget
from service.ingest.undoing.removing import cancel
from service.ingest.undoing.undo import undo
from service.store.session import Database, agency_id

HEADER = "external_id,offence_code,occurred_from,longitude,latitude\n"
PROFILE = profile_of({"extends": "generic", "one_per": "row"}, "records")
Row = tuple[str, str, str]


class Records:
    """A source whose rows share ids."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def read(self, *rows: Row, **options: Any) -> BatchReport:
        lines = [f"{id_},{offence},{time},-0.1,51.5\n" for id_, offence, time in rows]
        return self.ingest(io.BytesIO((HEADER + "".join(lines)).encode()), **options)

    def ingest(
        self, content: io.BytesIO, profile: Profile = PROFILE, **options: Any
    ) -> BatchReport:
        with self.database.session() as session:
            return ingest(
                session,
                agency_id(session, "test"),
                content,
                profile,
                now=datetime(2024, 6, 1, tzinfo=UTC),
                **options,
            )

    def cancel(self, *ids: str) -> BatchReport:
        with self.database.session() as session:
            return cancel(session, agency_id(session, "test"), "records", ids, by="tests")

    def undo(self, report: BatchReport) -> None:
        assert report.batch_id is not None
        with self.database.session() as session:
            undo(session, agency_id(session, "test"), report.batch_id, by="tests")

    def stored(self) -> dict[str, str]:
        with self.database.session() as session:
            found = session.execute(text("SELECT external_id, offence_code FROM incident"))
            return {row[0]: row[1] for row in found}


@pytest.fixture
def records(database: Database) -> Records:
    return Records(database)


def rows_of(offences: Iterable[str], id_: str = "N1", time: str = "2020-03-01T10:00:00Z") -> Any:
    return [(id_, offence, time) for offence in offences]


def test_a_cancelled_row_of_a_number_is_that_row_and_no_other(records: Records) -> None:
    both = rows_of(["robbery", "theft"])
    records.read(*both)
    assert records.cancel("N1").removed == 1
    more = [*both, *rows_of(["burglary"])]
    counts = [
        (one.accepted, one.duplicate, one.cancelled)
        for one in (records.read(*more) for _ in range(3))
    ]
    assert counts == [(1, 1, 1), (0, 2, 1), (0, 2, 1)]
    assert sorted(records.stored().values()) == ["burglary", "theft"]


def test_rows_of_a_number_are_found_again_behind_a_cancelled_one(records: Records) -> None:
    records.read(*rows_of(["robbery", "theft", "burglary"]))
    records.cancel("N1")
    for _ in range(2):
        report = records.read(*rows_of(["theft", "burglary"]))
        assert (report.accepted, report.duplicate, report.cancelled) == (0, 1, 1)
    assert sorted(records.stored().values()) == ["robbery", "theft"]


def test_cancelled_rows_are_known_in_another_file(records: Records) -> None:
    theft = ("N1", "theft", "2020-03-01T11:00:00Z")
    other = ("N2", "theft", "2020-03-01T10:00:00Z")
    robbery, early = rows_of(["robbery", "theft"])
    second = [other, theft, *rows_of(["burglary"]), early, robbery]
    records.read(robbery, early, theft, other)
    records.read(*second)
    records.cancel("N1")
    assert len(records.stored()) == 4
    report = records.read(*second)
    assert (report.accepted, report.duplicate, report.cancelled) == (0, 4, 1)
    assert len(records.stored()) == 4


def test_a_number_that_is_cancelled_before_it_comes_holds_all_its_rows_back(
    records: Records,
) -> None:
    records.read(*rows_of(["theft"], "N0"))
    records.cancel("N1")
    for offences in (["robbery", "theft"], ["theft"], ["burglary", "theft", "robbery"]):
        report = records.read(*rows_of(offences))
        assert (report.accepted, report.cancelled) == (0, len(offences))


def test_a_row_without_an_id_stays_cancelled_when_it_is_spelt_otherwise(records: Records) -> None:
    records.read(*rows_of(["theft", "robbery"], ""))
    [theft] = [one for one, offence in records.stored().items() if offence == "theft"]
    records.cancel(theft)
    for _ in range(2):
        report = records.read(*rows_of(["Theft", "robbery", "burglary"], ""))
        assert report.cancelled == 1
    assert sorted(records.stored().values()) == ["burglary", "robbery"]


def test_rows_of_a_number_are_found_again_where_a_month_was_taken_away(records: Records) -> None:
    march, april = ("N1", "theft", "2020-03-01"), ("N1", "theft", "2020-04-01")
    may = ("N1", "theft", "2020-05-01")
    records.read(march, april, may)
    records.read(("N2", "theft", "2020-03-05"), replace=period("2020-03"))
    assert records.read(april, may).duplicate == 2
    new = records.read(april, may, ("N1", "arson", "2020-04-01"), ("N1", "fraud", "2020-04-01"))
    assert (new.accepted, new.duplicate) == (2, 2)
    assert len(records.stored()) == 5


def test_a_rejected_row_of_a_number_holds_all_that_share_it(records: Records) -> None:
    both = rows_of(["robbery", "theft"])
    records.read(*both, *rows_of(["theft"], "N2"))
    report = records.read(both[0], ("N1", "theft", "soon"), replace=period("2020-03"))
    assert (report.rejected, report.removed) == (1, 1)
    assert sorted(records.stored().values()) == ["robbery", "theft"]


def test_a_row_without_an_id_stays_cancelled_when_a_column_is_forgotten(records: Records) -> None:
    content = HEADER.strip() + ",colour\n,theft,2020-03-01,1,2,red\n,arson,2020-03-01,1,2,blue\n"
    keeping = {"extends": "generic", "attributes": "all"}

    def read(written: dict[str, Any]) -> BatchReport:
        with records.database.session() as session:
            agency, file = agency_id(session, "test"), io.BytesIO(content.encode())
            return ingest(session, agency, file, profile_of(written, "records"))

    read(keeping)
    [theft] = [one for one, offence in records.stored().items() if offence == "theft"]
    records.cancel(theft)
    less = {**keeping, "attributes": []}
    with records.database.session() as session:
        forget(session, agency_id(session, "test"), profile_of(less, "records"), "records")
    report = read(less)
    assert (report.accepted, report.duplicate, report.cancelled) == (0, 1, 1)


def test_a_cancellation_is_undone_after_its_row_was_found_again(records: Records) -> None:
    both = rows_of(["robbery", "theft"])
    records.read(*both)
    before = records.stored()
    done = records.cancel("N1")
    records.read(*reversed(both))
    with records.database.session() as session:
        assert done.batch_id is not None
        undo(session, agency_id(session, "test"), done.batch_id, by="tests", with_later=True)
    assert records.stored() == before
    assert records.read(*both).duplicate == 2


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_cancelled_and_read_again_nothing_is_stored_twice(
    records: Records, seed: int
) -> None:
    chance = random.Random(seed)
    every = [
        (id_, offence, f"2020-03-01T{hour}:00:00Z")
        for id_ in ("N1", "N2", "")
        for offence in ("robbery", "theft", "burglary", "arson")
        for hour in (10, 11)
    ]
    chance.shuffle(every)
    seen, gone = 0, 0
    for _ in range(6):
        if seen and chance.random() < 0.4:
            file = chance.sample(every[:seen], chance.randint(1, seen))
        else:
            seen = min(len(every), seen + chance.randint(1, 6))
            file = chance.sample(every[:seen], seen)
        records.read(*file)
        settled = records.stored()
        assert len(settled) + gone == seen
        chance.shuffle(file)
        again = records.read(*file)
        assert again.duplicate + again.cancelled == len(file)
        assert records.stored() == settled
        if settled:
            gone += records.cancel(*chance.sample(sorted(settled), min(len(settled), 2))).removed


CANCELLING = profile_of(
    {
        "extends": "generic",
        "one_per": "row",
        "cancelled": {"column": "status", "values": ["no crime"]},
    },
    "records",
)


def of_status(*rows: tuple[str, str, str, str]) -> io.BytesIO:
    head = HEADER.strip() + ",status\n"
    lines = [f"{id_},{what},{time},-0.1,51.5,{status}\n" for id_, what, time, status in rows]
    return io.BytesIO((head + "".join(lines)).encode())


@pytest.mark.parametrize("cancelled", ["robbery", "theft"])
def test_a_column_cancels_the_incident_of_its_row_and_no_other_of_its_number(
    records: Records, cancelled: str
) -> None:
    time, both = "2020-03-01T10:00:00Z", ("robbery", "theft")
    [other] = set(both) - {cancelled}
    marked = [("N1", one, time, "no crime" if one == cancelled else "") for one in both]
    new = records.ingest(of_status(*marked), CANCELLING)
    assert (new.accepted, new.cancelled, new.removed) == (1, 1, 0)
    assert records.stored() == {"N1": other}
    records.ingest(of_status(*[("N1", one, time, "") for one in both]), CANCELLING)
    assert sorted(records.stored().values()) == sorted(both)
    before = records.stored()
    report = records.ingest(of_status(*marked), CANCELLING)
    assert (report.duplicate, report.cancelled, report.removed) == (1, 1, 1)
    assert list(records.stored().values()) == [other]
    alone = records.ingest(of_status(("N1", other, time, "No crime")), CANCELLING)
    assert (alone.cancelled, alone.removed, records.stored()) == (1, 1, {})
    for one in (alone, report):
        records.undo(one)
    assert records.stored() == before


def test_a_row_that_cancels_and_cannot_be_read_takes_the_only_incident_of_its_number(
    records: Records,
) -> None:
    time = "2020-03-01T10:00:00Z"
    both = [("N1", "theft", time, ""), ("N2", "theft", time, ""), ("N2", "arson", time, "")]
    records.ingest(of_status(*both), CANCELLING)
    unread = of_status(("N1", "", "", "no crime"), ("N2", "", "", "no crime"))
    report = records.ingest(unread, CANCELLING)
    assert (report.cancelled, report.removed) == (2, 1)
    assert set(records.stored()) == {"N2", "N2#2"}
    assert [(one.code, one.rows) for one in report.warned if one.code != "none_accepted"] == [
        ("not_cancelled", 1)
    ]


def test_a_column_cancels_an_incident_that_is_stored_under_another_id(records: Records) -> None:
    time = "2020-03-01T10:00:00Z"
    content = HEADER + f"'0123,theft,{time},-0.1,51.5\n"
    records.ingest(io.BytesIO(content.encode()), profile_of({"extends": "generic"}, "records"))
    assert set(records.stored()) == {"0123"}
    with records.database.session() as session:  # as it was stored before such ids were read
        session.execute(text("UPDATE incident SET external_id = '''0123'"))
    written = {"extends": "generic", "cancelled": CANCELLING.cancelled.model_dump()}  # type: ignore[union-attr]
    profile = profile_of(written, "records")
    report = records.ingest(of_status(("'0123", "theft", time, "no crime")), profile)
    assert (report.cancelled, report.removed, records.stored()) == (1, 1, {})


def test_ids_that_are_written_with_numbers_are_numbers_of_their_own(records: Records) -> None:
    time, other = "2020-03-01T10:00:00Z", "2020-03-01T11:00:00Z"
    natives = [("R#1", "theft", time), ("R#2", "arson", time)]
    records.read(*natives)
    changed = records.read(("R#1", "robbery", other), ("R#2", "arson", other))
    assert (changed.accepted, changed.updated) == (0, 2)
    assert records.stored() == {"R#1": "robbery", "R#2": "arson"}


def test_numbered_rows_leave_the_numbers_that_ids_are_written_with(records: Records) -> None:
    time = "2020-03-01T10:00:00Z"
    rows = [("R", "theft", time), ("R", "arson", time), ("R#2", "fraud", time)]
    for _ in range(2):
        records.read(*rows)
        assert records.stored() == {"R": "arson", "R#2": "fraud", "R#3": "theft"}
    changed = records.read(*rows[:2], ("R#2", "robbery", "2020-03-01T12:00:00Z"))
    assert (changed.updated, changed.duplicate) == (1, 2)


def test_an_id_with_an_apostrophe_is_updated_under_what_it_is_read_as(records: Records) -> None:
    time = "2020-03-01T10:00:00Z"
    records.read(("'0123", "theft", time))
    assert records.read(("'0123", "robbery", time)).updated == 1
    assert records.stored() == {"0123": "robbery"}


def test_of_a_number_only_what_is_not_known_stays_where_a_period_is_replaced(
    records: Records,
) -> None:
    records.read(*rows_of(["arson", "theft"]))
    assert records.stored() == {"N1": "arson", "N1#2": "theft"}
    report = records.read(*rows_of(["arson"]), replace=period("2020-03"))
    assert (report.duplicate, report.removed, records.stored()) == (1, 1, {"N1": "arson"})
