"""Which targets of a list stay in variants of its question."""

import json

import numpy as np
import pytest

from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.export import documents
from service.store.tenant import Tenant
from tests.api.commands import called
from tests.api.demo_city import address
from tests.api.test_backtest import QUESTION, fill, incidents, make_town

ASKED = QUESTION | {"study_area": "study", "resamples": 5}


def answered(tenant, process="stability", **asked):
    question = {name: value for name, value in (ASKED | asked).items() if value is not None}
    if process != "stability":
        question.pop("resamples", None)
    params = PROCESSES[process].params.model_validate(question)
    with tenant.unit_of_work() as (session, agency):
        run = runs.execute(session, agency, PROCESSES[process], params)
        return run, json.loads(documents.of_run(session, run).content)


@pytest.fixture(scope="module")
def town(databases):
    with databases.copy_of("backtest-town", make_town) as (database, _):
        yield Tenant(database, "default")


@pytest.mark.parametrize(("strategy", "windows"), [("top", 3), ("expected", 1)])
def test_targets_on_spots_that_persist_stay_in_most_variants(town, strategy, windows):
    run, _ = answered(town, strategy=strategy)
    result = run.result
    sorts = [one["sort"] for one in result["by_variant"]] + [
        one["sort"] for one in result["refused"]
    ]
    assert {one: sorts.count(one) for one in sorts} == {
        "resolution": 2, "grid": 4, "window": windows, "index": sorts.count("index"),
        "bootstrap": 5,
    }  # fmt: skip
    assert sorts.count("index") >= 1
    assert result["targets"] == len(result["by_target"]) >= 2
    assert result["by_target"][0]["stays"] > 0.5
    for one in result["by_variant"]:
        assert 0 <= one["kept"] <= 1
        assert -1 <= one["rank_correlation"] <= 1
    again = [one for one in result["by_variant"] if one["sort"] == "bootstrap"]
    assert np.mean([one["kept"] for one in again]) > 0.5
    for one in result["by_variant"]:
        assert one["extent"] > 0
        if one["sort"] == "bootstrap":
            assert one["extent"] == pytest.approx(1, abs=0.5)


def test_the_list_that_is_tried_is_that_of_its_parameters(town):
    run, _ = answered(town)
    _, listed = answered(town, "targets")
    assert [one["target_id"] for one in run.result["by_target"]] == [
        one["properties"]["target_id"] for one in listed["features"]
    ]
    assert [one["share"] for one in run.result["by_target"]] == [
        one["properties"]["harm_share"] for one in listed["features"]
    ]


def test_it_is_told_in_tables_and_bars(town):
    run, _ = answered(town)
    process = PROCESSES["stability"]
    stays, bars, kinds = process.figures(run)
    assert process.headline(run) in stays.description
    assert len(stays.rows) == len(bars.bars) == run.result["targets"]
    assert [row[0] for row in kinds.rows][:2] == ["Another resolution", "A shifted grid"]
    assert process.question(run).startswith("Which targets in study stay")


def test_a_list_of_hot_spots_is_tried_alike(town):
    run, _ = answered(town, strategy="hot-spot", alpha=0.9, resolution=8, resamples=1)
    assert len(run.result["by_variant"]) + len(run.result["refused"]) >= 9


def test_an_empty_list_is_told_as_such(town):
    run, _ = answered(town, strategy="top", min_incidents=100_000)
    assert run.result["targets"] == 0
    assert PROCESSES["stability"].headline(run) == "No targets"
    assert len(PROCESSES["stability"].figures(run)) == 1
    assert any("The list is empty" in one for one in run.provenance["warnings"])


def test_cells_without_a_study_area_and_incidents_in_one_place(databases):
    with databases.empty() as database:
        tenant = Tenant(database, "default")
        places, when, offence = incidents(600)
        fill(tenant, np.full_like(places, 1_500.0), when, offence)
        run, _ = answered(tenant, strategy="expected", min_excess=0, top=1)
        assert run.result["by_target"][0]["stays"] == 1
        run, _ = answered(tenant, strategy="expected", min_excess=0, top=1, study_area=None)
        assert run.result["by_target"][0]["by_sort"]["grid"] == 1


def test_the_command_prints_the_tables(town):
    words = [f"--{name.replace('_', '-')}" for name in ASKED]
    given = [part for pair in zip(words, map(str, ASKED.values()), strict=True) for part in pair]
    done = called("run", "stability", *given, settings={"DATABASE_URL": address(town.database)})
    assert done.status == 0, done.stderr
    assert "A shifted grid" in done.stdout


def named_town(database):
    """Fill a town whose places were renamed: a window of the last months has other names in it."""
    tenant = Tenant(database, "default")
    places, when, offence = incidents()
    spot = [f"Spot {int(x // 1_000)}{int(y // 1_000)}" for x, y in places]
    names = [
        f"{one} ({'new' if day.year == 2024 and day.month > 6 else 'old'})"
        for one, day in zip(spot, when, strict=True)
    ]
    fill(tenant, places, when, offence, location_text=names)


def test_a_place_has_one_name_whoever_names_it_and_however_long_the_window(databases):
    with databases.copy_of("named-town", named_town) as (database, _):
        tenant = Tenant(database, "default")
        _, listed = answered(tenant, "targets")
        _, recent = answered(tenant, "targets", **{"from": "2024-07-01"})
        tried, _ = answered(tenant)
    called = [
        {one["properties"]["target_id"]: one["properties"]["label"] for one in found["features"]}
        for found in (listed, recent)
    ]
    assert called[0] == {one["target_id"]: one["label"] for one in tried.result["by_target"]}
    alike = called[0].keys() & called[1].keys()
    assert alike
    assert {one: called[0][one] for one in alike} == {one: called[1][one] for one in alike}
    assert all(one.endswith("(old)") for found in called for one in found.values())
