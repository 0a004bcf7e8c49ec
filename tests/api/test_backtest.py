"""Backtests of lists, from incidents in the database to what is told of them."""

import html
import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pypdfium2
import pytest
import shapely
from fastapi.testclient import TestClient

from service.access import login
from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.errors import NoIncidentsError
from service.http.app import create_app
from service.settings import Settings
from service.store.models import Job
from service.store.tenant import Tenant
from service.vector import boundaries
from spatial.errors import DegenerateInputError
from tests.api.commands import called
from tests.api.demo_city import address
from tests.api.places import store
from tests.patience import until

UTM, EAST, NORTH = 32630, 700_000, 5_700_000
SPOTS = np.array([(600, 700), (2_100, 1_500), (1_200, 2_300)])
QUESTION = {
    "index": "cchi-2026-police-uk",
    "resolution": 9,
    "from": "2024-01-01",
    "to": "2024-12-31",
    "strategy": "top",
    "top": 3,
}


def incidents(number=4_000, seed=3, first="2022-07-01", last="2024-12-31"):
    """Return places and times of a small town whose three spots persist."""
    draw = np.random.default_rng(seed)
    spot = draw.random(number) < 0.4
    around = SPOTS[draw.integers(0, 3, number)] + draw.normal(0, 90, (number, 2))
    places = np.where(spot[:, None], around, draw.uniform(0, 3_000, (number, 2)))
    places = np.clip(places, 0, 3_000)
    days = (pd.Timestamp(last) - pd.Timestamp(first)).days + 1
    when = pd.Timestamp(first, tz="UTC") + pd.to_timedelta(
        draw.integers(0, days, number) * 24 + 12, unit="h"
    )
    offence = np.where(draw.random(number) < 0.1, "robbery", "burglary")
    return places, when, offence


def add(tenant, places, when, offence, precision="exact", source=None, **columns):
    points = gpd.GeoSeries(shapely.points(places + np.array((EAST, NORTH))), crs=UTM)
    store(tenant, points, offence, source, occurred_from=when, time_precision=precision, **columns)


def fill(tenant, places, when, offence, precision="exact", **columns):
    tenant.equip()
    add(tenant, places, when, offence, precision, **columns)
    area = gpd.GeoDataFrame(
        {"name": ["town"]},
        geometry=[shapely.box(EAST, NORTH, EAST + 3_000, NORTH + 3_000)],
        crs=UTM,
    )
    with tenant.unit_of_work() as (session, agency):
        boundaries.load(session, agency, area, "study", where="made")


def backtested(tenant, **asked):
    process = PROCESSES["backtest"]
    question = QUESTION | {"study_area": "study"} | asked
    params = process.params.model_validate({k: v for k, v in question.items() if v is not None})
    with tenant.unit_of_work() as (session, agency):
        return runs.execute(session, agency, process, params)


def make_town(database):
    fill(Tenant(database, "default"), *incidents())


@pytest.fixture(scope="module")
def town(databases):
    with databases.copy_of("backtest-town", make_town) as (database, _):
        yield Tenant(database, "default")


def test_a_list_is_judged_beside_every_plain_rule(town):
    run = backtested(town)
    result = run.result
    assert (result["horizon"], result["origins"], result["judged"]) == ("28 days", 19, 19)
    rules = {one["rule"]: one for one in result["rules"]}
    assert list(rules) == [
        "list", "window_harm", "window_count", "two_years", "memory", "kernel_density", "random",
    ]  # fmt: skip
    assert rules["random"]["pai"] == pytest.approx(1, abs=1e-5)
    assert rules["random"]["capture_harm"] == pytest.approx(result["area_share"], abs=1e-5)
    assert rules["list"]["capture_harm"] > 3 * rules["random"]["capture_harm"]
    assert rules["random"]["p_holm"] < 0.001
    for one in rules.values():
        assert 0 <= one["pei"] <= 1
        assert 0 < one["rri"] < 3
    assert result["at"]["to"][-1] == "2024-12-31"
    assert result["at"]["from"][-1] == "2024-12-04"
    assert rules["list"]["difference"] is None


def test_areas_are_those_inside_the_study_area(town):
    """Cells at the edge were judged by all of their area, a third of which may lie outside."""
    result = backtested(town).result
    assert result["area_km2"] / result["area_share"] == pytest.approx(9, rel=0.005)


def test_every_surface_tells_it_in_a_sentence_a_table_and_a_line(town):
    run = backtested(town)
    process = PROCESSES["backtest"]
    table, line = process.figures(run)
    assert table.description.startswith("Over 19 spans of four weeks the list held ")
    assert " of the harm of the next four weeks in " in table.description
    assert table.description.endswith(").")
    assert "points, " in table.description
    assert [row[0] for row in table.rows][:2] == ["The list", "Sorted by harm of the window"]
    # What decides comes first, and what is an abbreviation says what it is.
    assert [one.title for one in table.columns][:5] == [
        "Rule", "Share of the harm", "The list held more by", "Interval", "Verdict",
    ]  # fmt: skip
    verdicts = {row[0]: row[4] for row in table.rows}
    assert verdicts["The list"] is None
    assert verdicts["At random"] == "the list held more"
    explained = {one.title: one.description for one in table.columns}
    assert all("index: " in explained[name] for name in ("PAI", "PEI", "RRI"))
    assert len(line.at) == 19
    assert [one.name for one in line.lines] == ["list", "window_harm", "kernel_density", "random"]
    assert process.headline(run).startswith("Lists held ")
    assert process.question(run).endswith("to come in study would this list have held?")


def test_a_list_of_incidents_is_held_against_sorting_by_their_number(town):
    run = backtested(town, value="count")
    rules = {one["rule"]: one for one in run.result["rules"]}
    table, line = PROCESSES["backtest"].figures(run)
    assert [one.name for one in line.lines][:2] == ["list", "window_count"]
    assert table.description.split("would have held ")[1].startswith(
        f"{rules['window_count']['capture_count']:.1%} (difference "
    )


def test_times_known_by_the_month_are_judged_month_by_month(databases):
    with databases.empty() as database:
        tenant = Tenant(database, "default")
        places, when, offence = incidents()
        months = when.tz_localize(None).to_period("M").to_timestamp().tz_localize("UTC")
        fill(tenant, places, months, offence, "month")
        result = backtested(tenant).result
    assert (result["horizon"], result["origins"]) == ("month", 18)
    assert result["at"]["from"][-1] == "2024-12-01"
    assert result["at"]["from"][0] == "2023-07-01"


@pytest.mark.parametrize(
    ("study_area", "strategy"),
    [
        ("study", "top"),
        (None, "top"),
        ("study", "hot-spot"),
        ("study", "expected"),
        (None, "expected"),
    ],
)
def test_no_origin_sees_what_came_later(databases, study_area, strategy):
    found = []
    for planted in (False, True):
        places, when, offence = incidents()
        later = np.asarray(when >= pd.Timestamp("2024-07-01", tz="UTC"))
        if planted:  # all that comes later is grave, and in one corner
            places[later] = 2_990 + np.random.default_rng(1).uniform(0, 5, (later.sum(), 2))
            offence[later] = "robbery"
        with databases.empty() as database:
            tenant = Tenant(database, "default")
            fill(tenant, places, when, offence)
            found.append(backtested(tenant, study_area=study_area, strategy=strategy).result)
    first, again = found
    before = [at for at, day in enumerate(first["at"]["to"]) if day < "2024-07-01"]
    assert len(before) > 6
    for held in ("units", "harm", "count"):
        assert [first["at"][held][at] for at in before] == [again["at"][held][at] for at in before]
    for rule, shares in first["at"]["capture"].items():
        assert [shares[at] for at in before] == [again["at"]["capture"][rule][at] for at in before]
    # The next list is chosen as before, too, whatever comes: its place is judged by the marker.
    after = before[-1] + 1
    assert first["at"]["units"][after] == again["at"]["units"][after]
    assert first["at"]["harm"][-1] != again["at"]["harm"][-1]


def test_too_short_a_history_is_refused_with_the_reason(databases):
    with databases.empty() as database:
        tenant = Tenant(database, "default")
        fill(tenant, *incidents(600, first="2023-09-01"))
        with pytest.raises(DegenerateInputError, match=r"at least 6 origins.*since 2023-09-01"):
            backtested(tenant)


def test_a_window_in_the_future_is_refused(town):
    with pytest.raises(NoIncidentsError, match="no incident from 2031"):
        backtested(town, **{"from": "2031-01-01", "to": "2031-12-31"})


def test_horizons_in_which_nothing_happened_are_told(databases):
    with databases.empty() as database:
        tenant = Tenant(database, "default")
        places, when, offence = incidents(1_500)
        busy = np.asarray(
            (when < pd.Timestamp("2024-10-01", tz="UTC"))
            | (when >= pd.Timestamp("2024-12-04", tz="UTC"))
        )
        fill(tenant, places[busy], when[busy], offence[busy])
        run = backtested(tenant)
    assert run.result["judged"] == run.result["origins"] - 2
    assert run.result["at"]["capture"]["list"].count(None) == 2
    assert any("not applicable" in one for one in run.provenance["warnings"])


def test_all_incidents_in_one_unit(databases):
    with databases.empty() as database:
        tenant = Tenant(database, "default")
        places, when, offence = incidents(800)
        fill(tenant, np.full_like(places, 1_500.0), when, offence)
        result = backtested(tenant).result
    assert result["rules"][0]["capture_harm"] == 1
    assert result["rules"][0]["pei"] == 1


def test_units_too_few_for_a_list_are_refused_as_a_list_refuses_them(town):
    with pytest.raises(DegenerateInputError, match="cannot stand out"):
        backtested(town, resolution=7, study_area="study")


def test_the_command_prints_the_sentence(town):
    words = [f"--{name.replace('_', '-')}" for name in QUESTION]
    given = [part for pair in zip(words, map(str, QUESTION.values()), strict=True) for part in pair]
    settings = {"DATABASE_URL": address(town.database)}
    done = called("run", "backtest", *given, "--study-area", "study", settings=settings)
    assert done.status == 0, done.stderr
    assert "Sorted by kernel density" in done.stdout
    assert "Over 19 spans of four weeks the list held " in done.stdout
    told = called("run", "backtest", *given, "--study-area", "study", "--json", settings=settings)
    assert json.loads(told.stdout)["result"]["rules"][0]["rule"] == "list"


def test_commands_say_above_a_list_how_it_was_tested(loaded):
    words = [f"--{name.replace('_', '-')}" for name in LIST]
    given = [part for pair in zip(words, map(str, LIST.values()), strict=True) for part in pair]
    settings = {"DATABASE_URL": address(loaded.database)}
    listed = called("targets", *given, settings=settings)
    assert listed.stdout.startswith("How good this list's rule was on data that it had not seen")
    run_id = listed.stdout.split("Run ")[-1].split(":")[0]
    told = json.loads(called("run", "show", run_id, "--json", settings=settings).stdout)
    named = told["run"]["backtest"]["id"]
    assert (told["backtest"]["status"], told["backtest"]["id"]) == ("none", named)
    missing = called("run", "show", named, settings=settings)
    assert f"the backtest that list {run_id} names" in missing.stderr.replace("\n", " ")
    assert called("run", "backtest", *given, settings=settings).status == 0
    shown = called("run", "show", run_id, settings=settings).stdout
    assert "Over 19 spans of four weeks the list held " in shown


LIST = {**QUESTION, "study_area": "study"}


def served(tenant, **settings):
    return TestClient(create_app(Settings(**settings), tenant.database))


def backtests(client):
    return [one for one in client.get("/api/v1/jobs").json() if one["process"] == "backtest"]


@pytest.fixture
def loaded(databases):
    with databases.copy_of("backtest-town", make_town) as (database, _):
        yield Tenant(database, "default")


def test_a_list_names_its_backtest_which_is_queued_after_it(loaded):
    with served(loaded, worker="inline") as client:
        answered = client.get("/api/v1/targets", params=LIST)
        assert answered.status_code == 200, answered.text
        named = answered.json()["run"]["backtest"]
        assert named["href"] == f"/api/v1/runs/{named['id']}"
        until(lambda: client.get(named["href"]).status_code == 200)
        told = client.get(named["href"])
        assert told.json()["process"] == "backtest"
        assert told.json()["parameters"] == answered.json()["run"]["parameters"]
        assert len(backtests(client)) == 1
        # Asked again, the list is answered from the store, and nothing is queued anew.
        again = client.get("/api/v1/targets", params=LIST)
        assert again.json()["run"]["backtest"] == named
        assert len(backtests(client)) == 1
        # The page of the list leads to it.
        listed = answered.json()["run"]["id"]
        page = client.get(f"/runs/{listed}").text
        how = client.get(f"/api/v1/runs/{listed}").json()["backtest"]
        assert f'{how["sentence"]} <a href="/runs/{named["id"]}">The backtest</a>' in page
        assert client.get(f"/api/v1/runs/{listed}/figures").json()["backtest"] == how
        assert (how["status"], how["href"]) == ("computed", named["href"])
        assert how["words"] == how["sentence"]
        assert how["sentence"].startswith("Over 19 spans of four weeks the list held ")
        rules = {one["rule"]: one for one in told.json()["result"]["rules"]}
        sheet = client.get(f"/api/v1/runs/{listed}/briefing").content
        front = pypdfium2.PdfDocument(sheet)[0].get_textpage().get_text_range()
        said = re.sub(r"[\s\ufffe]+", " ", front)
        assert f"Tested on what came after: {how['sentence']}" in said
        assert "Chosen by the harm of the window" in said
        assert "Evidence, beside the rank: own, " in said
        assert "Not significant" not in said
        facts = client.get(f"/runs/{listed}").text
        assert "hot spots, told beside the list" in facts
        assert client.post(f"/api/v1/runs/{listed}/publish").status_code == 200
        (entry,) = client.get("/api/v1/feeds/targets.json").json()["items"]
        assert how["sentence"] in entry["content_text"]
        assert entry["_harmspot"]["backtest"] == how
        assert how["figures"]["list"] == rules["list"]["capture_harm"]
        assert how["figures"]["sorted"] == rules["window_harm"]["capture_harm"]
        assert [how["figures"]["low"], how["figures"]["high"]] == rules["window_harm"]["interval"]
        assert "chance alone puts it there in " in page
        assert "Chosen by the harm of the window, whatever chance can explain." in page
        assert "Predictive accuracy index" not in page
        tested = client.get(f"/runs/{named['id']}").text
        assert "Predictive accuracy index" in tested
        assert "chosen as of then at up to 24 origins" in tested
        assert "Show on the map" not in tested
        assert "Show on the map" in page
        # The backtest is a run like any other.
        figures = client.get(f"{named['href']}/figures").json()
        assert figures["figures"][0]["description"].startswith("Over 19 spans of four weeks")
        assert client.get("/api/v1/backtest", params=LIST).json()["id"] == named["id"]


def test_a_list_of_a_job_has_its_backtest_queued_too(loaded):
    with served(loaded, worker="inline") as client:
        body = {"process": "targets", "parameters": LIST | {"top": 4}}
        address = client.post("/api/v1/jobs", json=body).headers["location"]
        until(lambda: client.get(address).json()["status"] == "successful")
        (job,) = until(lambda: backtests(client))
        until(lambda: client.get(f"/api/v1/jobs/{job['id']}").json()["status"] == "successful")
        done = client.get(f"/api/v1/jobs/{job['id']}").json()
        run = client.get(f"/api/v1/runs/{client.get(address).json()['run_id']}/targets").json()
        assert done["run_id"] == run["run"]["backtest"]["id"]


@pytest.mark.parametrize("settings", [{"worker": "none"}, {"worker": "inline", "backtests": False}])
def test_no_backtest_is_queued_where_none_works_or_none_is_wanted(loaded, settings):
    with served(loaded, **settings) as client:
        assert client.get("/api/v1/targets", params=LIST).status_code == 200
        assert backtests(client) == []


def test_the_address_of_a_backtest_nobody_asked_for_says_how_to_ask(loaded):
    with served(loaded, worker="none") as client:
        run = client.get("/api/v1/targets", params=LIST).json()["run"]
        followed = client.get(run["backtest"]["href"])
        assert followed.status_code == 202
        how = followed.json()
        assert (how["status"], how["sentence"], how["job"]) == ("none", None, None)
        assert "nobody has asked" in how["words"]
        assert client.get(f"/api/v1/runs/{run['id']}").json()["backtest"] == how
        assert how["words"] in html.unescape(client.get(f"/runs/{run['id']}").text)
        page = client.get(how["page"])
        assert (page.status_code, how["words"] in html.unescape(page.text)) == (202, True)
        assert client.get("/api/v1/runs/nothing").status_code == 404
        assert client.get(f"/api/v1/runs/{run['id']}/targets").json()["run"] == run


def test_a_backtest_that_failed_says_why_on_its_list(loaded):
    with served(loaded, worker="none") as client:
        run = client.get("/api/v1/targets", params=LIST).json()["run"]
        with loaded.unit_of_work() as (session, agency):
            session.add(
                Job(
                    id="failed-backtest",
                    agency_id=agency,
                    process="backtest",
                    parameters=LIST,
                    source="api",
                    idempotency_key=f"question/{run['backtest']['id']}",
                    status="failed",
                    problem={"status": 422, "title": "Refused", "detail": "No origin had a list."},
                )
            )
        refused = client.get(run["backtest"]["href"])
        assert refused.status_code == 409
        told = client.get(f"/api/v1/runs/{run['id']}").json()["backtest"]
        assert (told["status"], told["words"]) == ("failed", refused.json()["detail"])
        assert told["words"].endswith("its backtest failed. No origin had a list.")


def test_who_follows_the_address_of_a_backtest_has_it_computed(loaded):
    with served(loaded, worker="inline", backtests=False) as client:
        run = client.get("/api/v1/targets", params=LIST).json()["run"]
        address = run["backtest"]["href"]
        figures = client.get(f"/api/v1/runs/{run['id']}/figures")
        followed = client.get(address)
        assert followed.status_code == 202
        assert followed.json()["status"] in ("queued", "running")
        assert followed.headers["location"] == followed.json()["job"]
        page = client.get(f"/runs/{run['backtest']['id']}")
        assert "Backtest of a list" in page.text
        until(lambda: client.get(address).status_code == 200)
        assert len(backtests(client)) == 1
        known = {"If-None-Match": figures.headers["etag"]}
        again = client.get(f"/api/v1/runs/{run['id']}/figures", headers=known)
        assert again.status_code == 200  # what the browser has is of before
        assert again.json()["backtest"]["status"] == "computed"


def test_who_may_have_nothing_computed_is_told_how_a_backtest_stands_and_queues_none(loaded):
    with served(loaded, worker="inline", backtests=False) as client:
        run = client.get("/api/v1/targets", params=LIST).json()["run"]
    with loaded.unit_of_work() as (session, agency):
        key = login.make_key(session, agency, name="v", roles=["viewer"], by="test").text
    with served(loaded, access="known", worker="inline", backtests=False) as client:
        client.headers["X-API-Key"] = key
        followed = client.get(run["backtest"]["href"])
        assert followed.status_code == 202
        assert followed.json()["status"] == "none"
        assert backtests(client) == []


def test_the_backtest_of_a_list_whose_data_changed_since_is_not_promised(loaded):
    with served(loaded, worker="none") as client:
        run = client.get("/api/v1/targets", params=LIST).json()["run"]
        _, when, offence = incidents(5, seed=9)
        points = gpd.GeoSeries(
            shapely.points(np.full((5, 2), 1_500.0) + np.array((EAST, NORTH))), crs=UTM
        )
        store(
            loaded,
            points,
            offence,
            external_id=[f"later{one}" for one in range(5)],
            occurred_from=when,
            time_precision="exact",
        )
        refused = client.get(run["backtest"]["href"])
        assert refused.status_code == 409
        assert "the data changed" in refused.json()["detail"]
        told = client.get(f"/api/v1/runs/{run['id']}").json()["backtest"]
        assert (told["status"], told["words"]) == ("outdated", refused.json()["detail"])


def test_a_list_with_too_short_a_history_says_why_it_has_no_backtest(loaded):
    short = LIST | {"from": "2022-07-01", "to": "2023-06-30"}
    with served(loaded, worker="inline") as client:
        reason = client.get("/api/v1/targets", params=short).json()["run"]["backtest"]
        assert reason.startswith("A backtest needs at least 6 origins")
        assert "since 2022-07-01" in reason
        assert backtests(client) == []
        refused = client.get("/api/v1/backtest", params=short)
        assert (refused.status_code, refused.json()["detail"]) == (422, reason)
