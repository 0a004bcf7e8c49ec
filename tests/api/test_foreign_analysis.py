"""An analysis that no file of the service names is on every surface, whatever its answer is of."""

import io
import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace

import pypdfium2
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.analyses import registry, runs
from service.export import formats
from service.http.app import create_app
from service.jobs import attempts
from service.jobs.compute import answer
from service.settings import Settings, get_settings
from service.store.tenant import Tenant
from tests.api import foreign
from tests.api.published import QUESTION, publish, stock

NAMES = tuple(foreign.FOREIGN)
ANSWERED_BY = {"quota": "application/geo+json", "levels": "application/geo+json"}
OWN = {"quota": {"places": 3}, "levels": {"side": "low"}, "calendar": {"weekends": False}}


@pytest.fixture(scope="module")
def patch():
    with pytest.MonkeyPatch.context() as patched:
        foreign.register(patched)
        yield patched


@pytest.fixture(scope="module")
def tenant(databases, patch):
    with databases.empty() as database:
        yield Tenant(database, "default")


@pytest.fixture(scope="module")
def http(tenant):
    app = create_app(Settings(worker="none"), tenant.database)
    with TestClient(app, raise_server_exceptions=False) as client:
        stock(client)
        yield client


@pytest.fixture(scope="module")
def made(tenant, http) -> dict[str, str]:
    """The id of a run of each."""
    found = {}
    for name, process in foreign.FOREIGN.items():
        with tenant.unit_of_work() as (session, agency):
            params = process.params.model_validate(QUESTION)
            found[name] = runs.execute(session, agency, process, params).id
    return found


@pytest.fixture(params=NAMES)
def name(request) -> str:
    return request.param


def test_it_is_asked_over_http_and_answered_by_what_it_has(http, made, name):
    answered = http.get(f"/api/v1/{name}", params=QUESTION)
    assert answered.status_code == 200, answered.text
    assert answered.headers["content-type"] == ANSWERED_BY.get(name, "application/json")
    assert made[name] in answered.text
    refused = http.get(f"/api/v1/{name}", params=QUESTION | {"no": 1})
    assert refused.status_code == 422


def test_the_definition_of_the_api_names_it_with_its_parameters(http, name):
    paths = http.get("/openapi.json").json()["paths"]
    told = paths[f"/api/v1/{name}"]["get"]
    assert told["summary"] == foreign.FOREIGN[name].title
    assert set(OWN[name]) <= {one["name"] for one in told["parameters"]}


def test_it_is_a_process_of_the_ogc_api_executed_now_or_later(http, tenant, made, name):
    listed = http.get("/ogc/processes?f=json").json()["processes"]
    assert name in [one["id"] for one in listed]
    described = http.get(f"/ogc/processes/{name}?f=json").json()
    assert set(OWN[name]) <= set(described["inputs"])
    assert http.get(f"/ogc/processes/{name}?f=html").status_code == 200
    inputs = {"inputs": QUESTION}
    now = http.post(f"/ogc/processes/{name}/execution", json=inputs)
    assert now.status_code == 200, now.text
    assert made[name] in now.text
    later = http.post(
        f"/ogc/processes/{name}/execution", json=inputs, headers={"Prefer": "respond-async"}
    )
    assert later.status_code == 201
    job = later.json()["jobID"]
    computed(tenant, job)
    assert http.get(f"/ogc/jobs/{job}?f=json").json()["status"] == "successful"
    assert http.get(f"/ogc/jobs/{job}/results?f=json").status_code == 200


def test_a_job_computes_it(http, tenant, name):
    asked = {"process": name, "parameters": QUESTION | OWN[name]}
    job = http.post("/api/v1/jobs", json=asked)
    assert job.status_code == 202, job.text
    computed(tenant, job.json()["id"])
    done = http.get(f"/api/v1/jobs/{job.json()['id']}").json()
    assert done["status"] == "successful", done
    run = http.get(f"/api/v1/runs/{done['run_id']}").json()
    assert run["parameters"].items() >= OWN[name].items()
    assert http.get(f"/jobs/{done['id']}").status_code == 200


def computed(tenant: Tenant, job: str) -> None:
    """Compute a job here: the children of a worker import what the service has."""
    with tenant.database.session() as session:
        attempt = attempts.take(session, job)
    assert attempt is not None
    answer(tenant.database, attempt)


def test_its_run_has_a_page_and_stands_in_the_list(http, made, name):
    run, process = made[name], foreign.FOREIGN[name]
    with_words = http.get(f"/api/v1/runs/{run}/figures").json()
    page = http.get(f"/runs/{run}")
    assert page.status_code == 200
    assert with_words["headline"] in page.text
    assert with_words["question"] in page.text
    assert "<i>" not in page.text
    assert "49" not in with_words["headline"]
    listed = http.get("/runs")
    assert listed.status_code == 200
    assert with_words["headline"] in listed.text
    assert f'href="/runs?process={name}"' in listed.text
    assert process.title in http.get(f"/runs?process={name}").text


def test_its_figures_are_drawn_on_the_page_with_their_numbers(http, made):
    page = http.get(f"/runs/{made['calendar']}").text
    assert page.count("<svg") == 4  # of five figures one is a table
    assert page.count("The numbers as a table") == 4
    assert "1 Mar 2024" in page
    assert "&lt;i&gt;" in page
    assert "\x0b" not in page


def test_an_analysis_may_tell_its_runs_by_a_template_of_its_own(http, made, patch, tmp_path):
    itself = foreign.telling_itself(foreign.CALENDAR, tmp_path)
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(registry.PROCESSES, "calendar", itself)
        page = http.get(f"/runs/{made['calendar']}").text
    assert "Told by itself: 140 incidents in a week, calendar." in page
    assert "<svg" not in page


@pytest.mark.parametrize("feed", ["atom", "json"])
def test_it_is_published_and_told_in_feeds(http, made, name, feed):
    publish(http, made[name])
    told = http.get(f"/api/v1/feeds/targets.{feed}", params={"process": name})
    assert told.status_code == 200
    assert made[name] in told.text
    assert foreign.FOREIGN[name].title in told.text


@pytest.mark.parametrize("form", formats.FORMATS)
def test_every_format_holds_it_or_says_which_do(http, made, name, form):
    answered = http.get(f"/api/v1/runs/{made[name]}/export", params={"format": form})
    if form == "json":
        assert answered.status_code == 422
        assert "choose" in answered.json()["detail"]
        return
    assert answered.status_code == 200, answered.text
    assert answered.content


def test_tables_come_beside_layers_in_files_that_hold_both(http, made, tmp_path):
    export = f"/api/v1/runs/{made['calendar']}/export"
    by_day = http.get(export, params={"format": "csv", "layer": "by_day"}).text.splitlines()
    assert by_day[0] == "day,incidents,incidents_low,incidents_high"
    assert len(by_day) == 8
    (tmp_path / "run.gpkg").write_bytes(http.get(export, params={"format": "gpkg"}).content)
    with closing(sqlite3.connect(tmp_path / "run.gpkg")) as read:
        held = dict(read.execute("SELECT table_name, data_type FROM gpkg_contents"))
        assert held["units"] == "features"
        assert {"by_day", "bars", "course", "hours"} <= set(held)
        assert read.execute("SELECT count(*) FROM hours").fetchone() == (7 * 24,)
    with zipfile.ZipFile(io.BytesIO(http.get(export, params={"format": "zip"}).content)) as held_:
        names = {one.rsplit("/", 1)[-1] for one in held_.namelist()}
    assert {"by_day.csv", "course.csv", "units.csv", "units.geojson", "README.txt"} <= names
    refused = http.get(export, params={"format": "kml", "layer": "by_day"})
    assert refused.status_code == 422
    assert "is a table" in refused.json()["detail"]
    unknown = http.get(export, params={"format": "csv", "layer": "no"})
    assert unknown.status_code == 404
    assert "it has: units, by_day" in unknown.json()["detail"]


def test_the_map_reads_what_it_draws(http, made, name):
    run = made[name]
    told = http.get(f"/api/v1/runs/{run}/figures").json()
    assert told["places"] == sorted(foreign.FOREIGN[name].places)
    assert [one["kind"] for one in told["figures"]] == (
        ["table", "bars", "line", "heat_strip", "layer"] if name == "calendar" else []
    )
    collection = http.get(f"/api/v1/runs/{run}/targets").json()
    assert collection["run"]["process"] == name
    assert len(collection["features"]) == (2 if name == "quota" else 0)
    scores = http.get(f"/api/v1/runs/{run}/scores").json()
    assert bool(scores["features"]) == (name == "levels")
    for layer in ("targets", "units"):
        items = http.get(f"/ogc/collections/{layer}/items?f=json&run_id={run}")
        assert items.status_code == 200
        tile = http.get(f"/ogc/collections/{layer}/tiles/WebMercatorQuad/0/0/0?run_id={run}")
        assert tile.status_code in (200, 204)
    summaries = {one["id"]: one for one in http.get("/api/v1/runs").json()}
    assert summaries[run]["headline"] == told["headline"]


def test_its_run_is_printed(http, made, name):
    printed = http.get(f"/api/v1/runs/{made[name]}/briefing")
    assert printed.status_code == 200, printed.text
    opened = pypdfium2.PdfDocument(printed.content)
    text = "".join(page.get_textpage().get_text_range() for page in opened)
    opened.close()
    told = http.get(f"/api/v1/runs/{made[name]}/figures").json()
    assert told["question"] in " ".join(text.split())
    target = http.get(f"/api/v1/runs/{made[name]}/briefing?target=none")
    assert target.status_code == (404 if name == "quota" else 422)


def test_runs_with_targets_are_compared_and_others_refused(http, tenant, made, name):
    later = http.get(f"/api/v1/{name}", params=QUESTION | OWN[name])
    run = later.json()["run"]["id"] if name != "calendar" else later.json()["id"]
    compared = http.get(f"/api/v1/runs/{run}/comparison", params={"with": made[name]})
    if name == "quota":
        assert compared.status_code == 200, compared.text
        assert compared.json()["summary"]["same"] == 2
        assert compared.json()["summary"]["new"] == 1
    else:
        assert compared.status_code == 422
        assert "compare two runs of targets" in compared.json()["detail"]


@pytest.fixture
def command_line(tenant, monkeypatch):
    """Run a command in this process, on the database of the runs."""
    from service.cli.app import app

    monkeypatch.setenv("HARMSPOT_DATABASE_URL", tenant.database.url.render_as_string(False))
    get_settings.cache_clear()
    yield lambda *words: CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    get_settings.cache_clear()


def test_the_command_line_runs_it_and_tells_its_options(command_line, made, name):
    listed = command_line("run", "--help")
    assert name in listed.output
    help_ = command_line("run", name, "--help")
    assert help_.exit_code == 0, help_.output
    for option in OWN[name]:
        assert option.replace("_", "-") in help_.output
    asked = [
        word
        for key, value in QUESTION.items()
        for word in (f"--{key.replace('_', '-')}", str(value))
    ]
    told = command_line("run", name, *asked, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["run"]["id"] == made[name]
    shown = command_line("run", "show", made[name])
    assert made[name] in shown.output


def test_a_run_of_an_analysis_that_is_gone_can_still_be_read(http, made, patch, name):
    with pytest.MonkeyPatch.context() as patched:
        patched.delitem(registry.PROCESSES, name)
        assert http.get("/runs").status_code == 200
        page = http.get(f"/runs/{made[name]}")
        assert page.status_code == 200
        assert "does not have" in page.text
        assert http.get(f"/api/v1/runs/{made[name]}/export").status_code == 200
        assert http.get(f"/api/v1/runs/{made[name]}/briefing").status_code == 200
        assert http.get(f"/api/v1/{name}s").status_code == 404


def test_what_cannot_be_shown_is_not_stored(tenant, http):
    def twice(run):
        return (*foreign.all_kinds(run), *foreign.all_kinds(run))

    mistaken = replace(foreign.CALENDAR, figures=twice)
    params = mistaken.params.model_validate(QUESTION | {"seed": 8})
    with (
        pytest.raises(ValueError, match="two things by one name: bars, by_day, course, hours"),
        tenant.unit_of_work() as (session, agency),
    ):
        runs.execute(session, agency, mistaken, params)
    stored = http.get("/api/v1/runs", params={"process": "calendar"}).json()
    assert 8 not in [one["parameters"]["seed"] for one in stored]


def test_an_answer_with_places_that_are_not_declared_is_a_mistake(tenant, http):
    forgetful = replace(foreign.LEVELS, places=frozenset())
    params = forgetful.params.model_validate(QUESTION | {"seed": 9})
    with (
        pytest.raises(TypeError, match="answers units and does not declare them"),
        tenant.unit_of_work() as (session, agency),
    ):
        runs.execute(session, agency, forgetful, params)
