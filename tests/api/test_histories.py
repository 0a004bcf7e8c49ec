"""What was before a window: each incident of it accounted for, whatever reads it."""

import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from service.errors import UnmappedOffencesError
from service.store.repository import incidents as stored
from service.store.tenant import Tenant
from tests.api.test_backtest import QUESTION, add, backtested, fill, incidents
from tests.api.test_stability import answered

READ_SO = ("targets", "backtest", "stability")
WINDOW = pd.Timestamp("2024-01-01", tz="UTC")


def asked(tenant, process="targets", **more):
    return answered(tenant, process, resamples=0, strategy="expected", **more)[0]


@pytest.fixture
def town(databases):
    """Return what fills a town of which some incidents before the window are made others."""
    with databases.empty() as database:
        tenant = Tenant(database, "default")

        def made(change, number=2_000, **columns):
            places, when, offence = incidents(number)
            offence = offence.astype(object)
            change(places, offence, np.flatnonzero(when < WINDOW))
            fill(tenant, places, when, offence)
            return tenant

        yield made


@pytest.mark.parametrize("process", READ_SO)
def test_a_history_of_unknown_offences_is_refused_with_what_to_do(town, process):
    def change(_places, offence, before):
        offence[before[::5]] = "old-code"

    tenant = town(change)
    with pytest.raises(UnmappedOffencesError) as refused:
        asked(tenant, process)
    said = refused.value.message
    assert said.startswith("20.")
    assert "incidents before the window have an offence without a weight in" in said
    assert "(old-code), more than the 5.0% allowed, and what is expected rests on them" in said
    assert "map the offences in the ingest profile" in said
    assert "raise max_unmapped_share" in said
    (problem,) = refused.value.problems
    assert problem.where == "offence old-code"

    run = asked(tenant, process, max_unmapped_share=0.3)
    before = run.provenance["incidents"]["history"]
    assert before["unmapped"].keys() == {"old-code"}
    assert any("before the window have an offence without a weight" in one
               for one in run.provenance["warnings"])  # fmt: skip


@pytest.mark.parametrize("process", READ_SO)
def test_every_incident_before_the_window_is_accounted_for(town, process):
    def change(places, offence, before):
        places[before[:30]] += 50_000
        offence[before[30:70]] = "drugs"
        offence[before[70:73]] = "old-code"

    run = asked(town(change), process)
    account = run.provenance["incidents"]
    before = account["history"]
    assert before["outside"] == 30
    assert before["excluded"] == {"detected_by_police": 40, "offence_without_weight": 3}
    assert before["unmapped"] == {"old-code": 3}
    assert before["used"] == before["before_window"] - 73
    assert before["before_window"] + account["in_window"] == 2_000
    told = [one for one in run.provenance["warnings"] if "before the window" in one]
    assert told == [
        "3 incidents before the window have an offence without a weight and are not counted in "
        "what is expected: old-code."
    ]


def test_a_few_strange_incidents_of_before_are_told_and_not_refused(databases):
    with databases.empty() as database:
        tenant = Tenant(database, "default")
        places, when, offence = incidents(1_000, first="2024-01-01")
        when = when.to_series().reset_index(drop=True)
        offence = offence.astype(object)
        offence[:5], when[:5] = "old-code", pd.Timestamp("2011-03-01", tz="UTC")
        fill(tenant, places, pd.DatetimeIndex(when), offence)
        run = asked(tenant)
        assert run.provenance["incidents"]["history"]["unmapped"] == {"old-code": 5}
        with pytest.raises(UnmappedOffencesError, match="before the window"):
            asked(tenant, max_unmapped_share=0)


def test_a_history_that_is_used_far_less_than_the_window_says_so(town):
    def change(_places, offence, before):
        offence[before[: len(before) * 2 // 3]] = "drugs"

    warnings = asked(town(change)).provenance["warnings"]
    told = [one for one in warnings if "before the window" in one]
    assert len(told) == 1
    assert "33% are used, and 100% of the window's" in told[0]
    assert "detected_by_police" in told[0]


def test_a_backtest_without_a_study_area_reads_each_day_once(databases, monkeypatch):
    with databases.empty() as database:
        tenant = Tenant(database, "default")
        fill(tenant, *incidents(1_500))
        read = []
        own = stored.read_window

        def watched(session, snapshot, start, end, zones):
            read.append((start, end))
            return own(session, snapshot, start, end, zones)

        monkeypatch.setattr(stored, "read_window", watched)
        backtested(tenant, study_area=None)
    read.sort()
    assert all(end < start for (_, end), (start, _) in pairwise(read)), read
    assert str(read[-1][1]) == QUESTION["to"]


@pytest.mark.parametrize("process", READ_SO)
@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("2023-07-01", "2024-12-31", "south 2023-07 to 2024-12"),
        ("2021-01-01", "2023-06-30", "south 2021-01 to 2023-06"),
        ("2021-01-01", "2024-12-31", None),
    ],
)
def test_sources_that_begin_or_end_years_apart_are_told(databases, process, first, last, says):
    with databases.empty() as database:
        tenant = Tenant(database, "default")
        fill(tenant, *incidents(1_500, first="2021-01-01"))
        add(tenant, *incidents(800, 5, first, last), source="south")
        run = asked(tenant, process)
        alone = asked(tenant, process, sources=["generic"]) if says else run
    told = [one for one in run.provenance["warnings"] if "Sources have incidents" in one]
    assert not [one for one in alone.provenance["warnings"] if "Sources have incidents" in one]
    assert len(told) == bool(says)
    if says:
        assert f"generic 2021-01 to 2024-12, {says}" in told[0]
        assert re.search(r"counts \d\d% of what south records: .* growth", told[0])
        unseen = process == "backtest" and first > "2023"
        assert ("lists knew nothing yet of south at" in told[0]) == unseen


def by_month(when):
    return when.tz_localize(None).to_period("M").to_timestamp().tz_localize("UTC")


@pytest.fixture(scope="module")
def months(databases):
    """Return a town whose incidents are known by their month."""
    with databases.empty() as database:
        tenant = Tenant(database, "default")
        places, when, offence = incidents(2_500, first="2021-07-01")
        fill(tenant, places, by_month(when), offence, "month")
        yield tenant


@pytest.mark.parametrize(
    ("window", "whole"),
    [
        (("2023-10-20", "2024-10-10"), ("2023-11-01", "2024-09-30")),
        (("2023-10-03", "2024-10-15"), ("2023-10-01", "2024-09-30")),
        (("2023-10-03", "2024-10-20"), ("2023-10-01", "2024-10-31")),
    ],
)
def test_months_that_a_window_cuts_are_taken_whole_or_not_at_all(months, window, whole):
    cut, full = (answered(months, "targets", strategy="expected", resamples=0, **{
        "from": one[0], "to": one[1]}) for one in (window, whole))  # fmt: skip
    asks = [one for one in cut[0].provenance["warnings"] if "Ask for whole months" in one]
    assert len(asks) == 1
    told = [
        one for one in cut[0].provenance["warnings"] if "No time tells more than the month" in one
    ]
    assert len(told) == 1
    assert f"the whole months from {whole[0]} to {whole[1]} for the window" in told[0]
    assert cut[0].provenance["horizon"] == full[0].provenance["horizon"]
    assert cut[1]["features"]
    for one, other in zip(cut[1]["features"], full[1]["features"], strict=True):
        assert one["properties"] == other["properties"]
    after = pd.Timestamp(whole[1]) + pd.Timedelta(days=1)
    assert full[0].provenance["horizon"]["from"] == str(after.date())

    tested = [backtested(months, **{"from": one[0], "to": one[1]}) for one in (window, whole)]
    assert tested[0].result == tested[1].result
    assert "No time tells more than the month" in " ".join(tested[0].provenance["warnings"])
    assert "than the month" not in " ".join(tested[1].provenance["warnings"])


def test_months_among_days_are_told(databases):
    with databases.empty() as database:
        tenant = Tenant(database, "default")
        fill(tenant, *incidents(1_500, first="2023-01-01"))
        places, when, offence = incidents(400, 5, "2023-01-01", "2024-12-31")
        add(tenant, places, by_month(when), offence, "month", source="south")
        warnings = asked(tenant).provenance["warnings"]
    told = [one for one in warnings if "stand in its middle" in one]
    assert len(told) == 1
    assert "400 of the 1,900 incidents (21%) tell no more than the month" in told[0]
    assert "steps of four weeks hold all of a month of theirs or nothing" in told[0]
