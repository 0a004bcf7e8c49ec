"""Jobs over HTTP: submitted, watched, answered, dismissed; schedules and publishing."""

import asyncio
import datetime as dt
import json
import re

import pytest
from sqlalchemy import text

from service import jobs
from service.jobs import clock, retention, schedules
from service.jobs.worker import Worker, working
from service.settings import Settings
from service.store import queue_schema
from service.store.repository import publications
from spatial.errors import InvalidInputError
from tests import coroutines
from tests.patience import until

JOBS = "/api/v1/jobs"
SCHEDULES = "/api/v1/schedules"
QUESTION = {"index": "count", "from": "2024-01-01", "to": "2024-12-31"}
LONDON = "Europe/London"


def rows(number: int) -> str:
    lines = ["external_id,offence_code,occurred_from,longitude,latitude"]
    lines += [
        f"i{row},robbery,2024-05-{row % 28 + 1:02d}T22:15:00Z,"
        f"{-0.1 + row % 7 / 90},{51.5 + row % 3 / 90}"
        for row in range(number)
    ]
    return "\n".join([*lines, ""])


@pytest.fixture
def stocked(working_client):
    """A service with a worker in it and some incidents."""
    stored = working_client.post("/api/v1/incidents/batches?profile=generic", content=rows(300))
    assert stored.json()["accepted"] == 300
    return working_client


def problem(response, status: int) -> dict:
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    return response.json()


def submitted(client, process="concentration", **more) -> str:
    body = {"process": process, "parameters": QUESTION | more}
    answered = client.post(JOBS, json=body)
    assert answered.status_code == 202, answered.text
    return answered.headers["location"]


def events(client, address: str, last: int | None = None) -> list[tuple[str, int, dict]]:
    """Watch a job to its end: kind, id and job of each event."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    answered = client.get(f"{address}/events", headers=headers)
    assert answered.headers["content-type"].startswith("text/event-stream")
    found = re.findall(r"event: (\w+)\ndata: (.*)\nid: (\d+)\n", answered.text)
    return [(kind, int(number), json.loads(job)) for kind, job, number in found]


def test_a_job_is_answered_by_its_run_and_its_events_end_with_that(stocked):
    address = submitted(stocked)
    seen = events(stocked, address)
    assert [kind for kind, *_ in seen[:-1]] == ["progress"] * (len(seen) - 1)
    kind, last, job = seen[-1]
    assert (kind, job["status"], job["progress"], job["attempts"]) == (
        "finished", "successful", 100, 1,
    )  # fmt: skip
    shares = [one["progress"] for *_, one in seen]
    assert shares == sorted(shares)
    assert [number for _, number, _ in seen] == sorted({number for _, number, _ in seen})
    assert stocked.get(address).json() == job
    run = stocked.get(f"/api/v1/runs/{job['run_id']}").json()
    assert run["parameters"].items() >= QUESTION.items()

    # Taken up in the middle, the stream goes on; after its end there is nothing to come back for.
    resumed = events(stocked, address, last=seen[0][1])
    assert [number for _, number, _ in resumed][-1] == last
    assert all(number > seen[0][1] for _, number, _ in resumed)
    assert stocked.get(f"{address}/events", headers={"Last-Event-ID": str(last)}).status_code == 204

    # The same question again is answered from the store.
    again = events(stocked, submitted(stocked))[-1][2]
    assert (again["run_id"], again["id"] != job["id"]) == (job["run_id"], True)
    metrics = stocked.get("/metrics").text
    assert 'harmspot_jobs{status="successful"} 2.0' in metrics
    assert 'harmspot_job_seconds_count{process="concentration"} 2.0' in metrics
    assert "harmspot_workers 1.0" in metrics
    assert 'harmspot_jobs{status="accepted"} 0.0' in metrics

    # A finished job can be forgotten; what it found cannot be forgotten with it.
    gone = stocked.delete(address)
    assert (gone.status_code, gone.json()["status"]) == (200, "dismissed")
    problem(stocked.get(address), 404)
    assert stocked.get(f"/api/v1/runs/{job['run_id']}").status_code == 200

    # What the analysis refuses fails the job with the problem that its own GET would give.
    address = submitted(stocked, **{"from": "1999-01-01", "to": "1999-12-31"})
    kind, _, failed = events(stocked, address)[-1]
    assert (kind, failed["status"], failed["attempts"]) == ("finished", "failed", 1)
    refused = stocked.get("/api/v1/concentration", params=failed["parameters"])
    assert failed["problem"] == problem(refused, 422)


@pytest.fixture
def idle(database):
    """A service that submits jobs on which nothing works."""
    from fastapi.testclient import TestClient

    from service.http.app import create_app
    from service.settings import Settings

    with TestClient(create_app(Settings(worker="none"), database)) as started:
        yield started


def test_what_cannot_be_asked_is_refused_with_every_problem_at_once(idle):
    wrong = {"process": "targets", "parameters": {"index": "count", "top": 0, "colour": "red"}}
    refused = problem(idle.post(JOBS, json=wrong), 422)
    assert {one["where"] for one in refused["errors"]} >= {
        "parameters.top", "parameters.colour", "parameters.from", "parameters.to",
    }  # fmt: skip
    unknown = problem(idle.post(JOBS, json={"process": "tarot", "parameters": {}}), 404)
    assert "getis-ord" in unknown["detail"]
    for address in (f"{JOBS}/none", f"{JOBS}/none/events"):
        assert "GET /api/v1/jobs" in problem(idle.get(address), 404)["detail"]
    assert idle.get(JOBS).json() == []


def test_a_key_names_one_job_and_cannot_name_another(idle):
    key = {"Idempotency-Key": "monday"}
    body = {"process": "concentration", "parameters": QUESTION}
    first = idle.post(JOBS, json=body, headers=key).json()
    assert idle.post(JOBS, json=body, headers=key).json() == first
    other = {"process": "concentration", "parameters": QUESTION | {"resolution": 8}}
    assert "monday" in problem(idle.post(JOBS, json=other, headers=key), 409)["detail"]
    published = idle.post(JOBS, json=body | {"publish": True}, headers=key)
    assert "publishing" in problem(published, 409)["detail"]
    assert len(idle.get(JOBS).json()) == 1


def test_jobs_are_listed_the_newest_first_by_status_and_process(idle):
    first = submitted(idle)
    second = submitted(idle, "getis-ord")
    assert idle.delete(first).json()["status"] == "dismissed"

    def listed(**only):
        return [f"{JOBS}/{one['id']}" for one in idle.get(JOBS, params=only).json()]

    assert listed() == [second, first]
    assert listed(limit=1, offset=1) == [first]
    assert listed(status=["dismissed", "failed"]) == [first]
    assert listed(process="getis-ord") == [second]
    assert listed(process="getis-ord", status="running") == []


def test_a_job_that_waits_is_dismissed_with_its_place_in_the_queue(idle, database):
    address = submitted(idle)
    assert idle.delete(address).json()["status"] == "dismissed"
    assert events(idle, address)[-1][2]["status"] == "dismissed"
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0
    assert idle.delete(address).status_code == 200  # and forgotten, being finished
    problem(idle.delete(address), 404)


def test_a_job_exists_only_when_its_transaction_commits(tenant):
    def submit_and_fail():
        with tenant.unit_of_work() as (session, agency):
            jobs.submit(session, agency, "concentration", QUESTION, source="api")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        submit_and_fail()
    with tenant.unit_of_work() as (session, agency):
        assert jobs.newest(session, agency, limit=10) == []
        assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == 0


def test_progress_never_falls_whoever_writes(tenant):
    with tenant.unit_of_work() as (session, agency):
        job = jobs.submit(session, agency, "concentration", QUESTION, source="api")
        for progress, kept in ((40, 40), (10, 40), (41, 41)):
            session.execute(text("UPDATE job SET progress = :share"), {"share": progress})
            session.refresh(job)
            assert job.progress == kept


def test_many_watchers_share_one_connection_and_outlive_its_loss(tenant):
    with tenant.unit_of_work() as (session, agency):
        job = jobs.submit(session, agency, "concentration", QUESTION, source="api").id
    listening = (
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'harmspot watch'"
        " AND datname = current_database()"
    )

    def listeners() -> list[int]:
        with tenant.unit_of_work() as (session, _):
            return list(session.scalars(text(listening)))

    def change(statement: str) -> None:
        with tenant.unit_of_work() as (session, _):
            session.execute(text(statement), {"job": job})

    async def watched() -> list[list[str]]:
        watch = jobs.JobWatch(tenant.database)

        seen: list[list[str]] = [[] for _ in range(12)]

        async def see(states: list[str]) -> None:
            async for one in watch.watch(agency, job):
                states.append(f"{one.status} {one.progress}")

        async def everybody_saw(number: int) -> None:
            while min(map(len, seen)) < number:
                await asyncio.sleep(0.02)

        watchers = [asyncio.create_task(see(states)) for states in seen]
        await everybody_saw(1)
        (only,) = await asyncio.to_thread(listeners)
        await asyncio.to_thread(change, "UPDATE job SET status = 'running', progress = 30")
        await everybody_saw(2)
        await asyncio.to_thread(change, f"SELECT pg_terminate_backend({only})")
        await asyncio.to_thread(change, "UPDATE job SET status = 'successful', progress = 100")
        await asyncio.gather(*watchers)
        return seen

    seen = coroutines.run(watched())
    assert seen == [["accepted 0", "running 30", "successful 100"]] * 12


def test_watchers_are_let_go_when_the_server_stops(tenant):
    with tenant.unit_of_work() as (session, agency):
        job = jobs.submit(session, agency, "concentration", QUESTION, source="api").id

    async def watched() -> list[str]:
        watch = jobs.JobWatch(tenant.database)
        seen = []
        async for one in watch.watch(agency, job):
            seen.append(one.status)
            watch.end()
        return seen

    assert coroutines.run(watched()) == ["accepted"]


def test_the_queue_has_the_tables_of_the_library_that_is_installed(database):
    with database.engine.connect() as connection:
        assert queue_schema.level(connection) == queue_schema.LEVEL
    assert queue_schema.installed_level() == queue_schema.LEVEL


# How long they are kept


def age(tenant, job: str, days: int, **values) -> None:
    """Let a job have ended some days ago."""
    with tenant.unit_of_work() as (session, agency):
        found = jobs.find(session, agency, job)
        found.created_at = found.finished_at = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
        for name, value in values.items():
            setattr(found, name, value)


def test_old_jobs_are_removed_when_finished_and_only_then(tenant, monkeypatch):
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    failed = {"status": "failed", "problem": {"title": "Given up"}}
    kept, removed = set(), set()
    for days, values in (
        (91, {"status": "successful"}), (400, failed), (91, {"status": "dismissed"}),
        (89, {"status": "successful"}), (89, failed), (400, {"status": "accepted"}),
        (400, {"status": "running"}), (400, {"status": "successful", "finished_at": None}),
    ):  # fmt: skip
        with tenant.unit_of_work() as (session, agency):
            job = jobs.submit(session, agency, "concentration", QUESTION, source="api").id
        age(tenant, job, days, **values)
        old = values["status"] in jobs.FINISHED and days > 90 and "finished_at" not in values
        (removed if old else kept).add(job)
    assert retention.remove_old(tenant.database, 90) == len(removed) == 3
    with tenant.unit_of_work() as (session, agency):
        assert {one.id for one in jobs.newest(session, agency, limit=20)} == kept
    assert retention.remove_old(tenant.database, 90) == 0


@pytest.mark.parametrize("days", [90, 0])
def test_a_worker_removes_old_jobs_and_entries_unless_told_to_keep_them(tenant, days, monkeypatch):
    with tenant.unit_of_work() as (session, agency):
        job = jobs.submit(session, agency, "concentration", QUESTION, source="api").id
        session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
        session.execute(text("UPDATE procrastinate_events SET at = now() - interval '91 days'"))
    age(tenant, job, 91, status="failed", problem={"title": "Given up"})
    counted = text("SELECT (SELECT count(*) FROM job) + (SELECT count(*) FROM procrastinate_jobs)")

    def left() -> int:
        with tenant.unit_of_work() as (session, _):
            return int(session.scalar(counted))

    assert left() == 2
    looked_after = []
    remove = Worker._remove_old

    async def removing(worker, app):
        await remove(worker, app)
        looked_after.append(True)

    monkeypatch.setattr(Worker, "_remove_old", removing)
    with working(tenant.database, Settings(keep_jobs_days=days)):
        until(lambda: looked_after)
    assert left() == (0 if days else 2)


def test_a_run_outlives_the_job_that_asked_for_it(stocked, tenant):
    job = events(stocked, submitted(stocked))[-1][2]
    age(tenant, job["id"], 91)
    assert retention.remove_old(tenant.database, 90) == 1
    problem(stocked.get(f"{JOBS}/{job['id']}"), 404)
    assert stocked.get(f"/api/v1/runs/{job['run_id']}").status_code == 200


# Schedules


def at(text_: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text_)


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        ("2024-03-25T04:59:59+00:00", "2024-03-18T05:00:00+00:00"),
        ("2024-03-25T05:00:00+00:00", "2024-03-25T05:00:00+00:00"),
        ("2024-04-01T03:59:00+00:00", "2024-03-25T05:00:00+00:00"),
        ("2024-04-01T04:00:00+00:00", "2024-04-01T04:00:00+00:00"),  # summer time since Sunday
        ("2024-10-28T04:30:00+00:00", "2024-10-21T04:00:00+00:00"),
        ("2024-10-28T05:00:00+00:00", "2024-10-28T05:00:00+00:00"),
    ],
)
def test_five_in_the_morning_is_five_in_summer_and_in_winter(moment, due):
    assert clock.last_due("0 5 * * 1", LONDON, at(moment)) == at(due)


def test_a_local_time_that_is_left_out_or_repeated_is_due_once():
    spring = [at("2024-03-30T12:00:00+00:00"), at("2024-04-01T12:00:00+00:00")]
    autumn = [at("2024-10-26T12:00:00+00:00"), at("2024-10-28T12:00:00+00:00")]
    dues = {}
    for name, (moment, end) in {"spring": spring, "autumn": autumn}.items():
        dues[name] = []
        while (moment := clock.next_due("30 1 * * *", LONDON, moment)) < end:
            assert clock.last_due("30 1 * * *", LONDON, moment) == moment
            dues[name].append(f"{moment:%d %H:%M}")
    assert dues == {"spring": ["31 01:30", "01 00:30"], "autumn": ["27 00:30", "28 01:30"]}


def test_a_window_is_of_whole_local_days_before_the_due_moment():
    monday = dt.date(2024, 3, 4)
    assert clock.resolved({"window": "last 28 days"}, monday) == {
        "from": "2024-02-05", "to": "2024-03-03",
    }  # fmt: skip
    assert clock.resolved({"window": "last 4 weeks"}, monday) == clock.resolved(
        {"window": "last 28 days"}, monday
    )
    assert clock.resolved({"window": "last 2 calendar months"}, monday) == {
        "from": "2024-01-01", "to": "2024-02-29",
    }  # fmt: skip
    for wrong in ({"window": "lately"}, {"window": "last 1 day", "from": "2024-01-01"}):
        with pytest.raises(InvalidInputError, match="last N days"):
            clock.resolved(wrong, monday)


@pytest.mark.parametrize("cron", ["", "5 * *", "0 25 * * *", "0 0 30 2 *", "@daily", "H 5 * * 1"])
def test_what_cron_would_not_read_is_refused(cron):
    with pytest.raises(InvalidInputError, match=r"0 5 \* \* 1"):
        clock.checked_cron(cron)


def weekly(**more):
    return {
        "process": "targets",
        "parameters": {"index": "count", "window": "last 28 days"},
        "cron": "0 5 * * 1",
        "time_zone": LONDON,
        **more,
    }


def test_schedules_are_stored_read_replaced_and_removed(idle):
    stored = idle.put(f"{SCHEDULES}/weekly", json=weekly(publish=True))
    assert stored.status_code == 200, stored.text
    due = at(stored.json()["next_due_at"]).astimezone(clock.ZoneInfo(LONDON))
    assert (due.weekday(), due.hour, due.minute) == (0, 5, 0)
    assert idle.get(f"{SCHEDULES}/weekly").json() == stored.json()
    paused = idle.put(f"{SCHEDULES}/weekly", json=weekly(enabled=False)).json()
    assert (paused["next_due_at"], paused["publish"]) == (None, False)
    assert len(idle.get(SCHEDULES).json()) == 1
    assert idle.delete(f"{SCHEDULES}/weekly").status_code == 204
    assert "weekly" in problem(idle.get(f"{SCHEDULES}/weekly"), 404)["detail"]


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"cron": "daily"}, "cron"),
        ({"time_zone": "Europe/Camelot"}, "time_zone"),
        ({"time_zone": None}, "time_zone"),
        ({"parameters": {"index": "count", "window": "lately"}}, "parameters.window"),
        ({"parameters": {"index": "count"}}, "parameters.from"),
    ],
)
def test_a_schedule_that_could_not_run_is_refused_when_it_is_stored(idle, more, where):
    refused = problem(idle.put(f"{SCHEDULES}/weekly", json=weekly(**more)), 422)
    assert where in {one["where"] for one in refused["errors"]}


def stored_schedule(tenant, since: str, **more):
    with tenant.unit_of_work() as (session, agency):
        made = schedules.put(session, agency, "weekly", schedules.Plan(**weekly(**more)))
        made.created_at = at(since)


def test_a_due_moment_is_submitted_once_and_missed_ones_are_made_up_for_once(tenant):
    stored_schedule(tenant, "2024-03-04T12:00:00+00:00", publish=True)
    assert schedules.submit_due(tenant.database, at("2024-03-11T04:59:00+00:00")) == []
    # Nothing worked for three weeks.
    submitted_ = schedules.submit_due(tenant.database, at("2024-03-27T09:00:00+00:00"))
    assert len(submitted_) == 1
    assert schedules.submit_due(tenant.database, at("2024-03-27T09:00:01+00:00")) == []
    with tenant.unit_of_work() as (session, agency):
        job = jobs.find(session, agency, submitted_[0])
        assert (job.source, job.requested_by, job.publish) == ("schedule", "schedule weekly", True)
        assert job.parameters == {"index": "count", "from": "2024-02-26", "to": "2024-03-24"}
        schedule = schedules.find(session, agency, "weekly")
        assert schedule.last_due_at == at("2024-03-25T05:00:00+00:00")
        assert schedule.last_job_id == job.id


@pytest.mark.parametrize("lost", [{"time_zone": "Europe/Camelot"}, {"cron": "at dawn"}])
def test_a_schedule_whose_time_cannot_be_told_holds_up_no_other(idle, tenant, lost):
    since = "2024-03-04T12:00:00+00:00"
    stored_schedule(tenant, since)
    with tenant.unit_of_work() as (session, agency):
        other = schedules.put(session, agency, "daily", schedules.Plan(**weekly()))
        other.created_at = at(since)
        for name, value in lost.items():
            setattr(other, name, value)
    (job,) = schedules.submit_due(tenant.database, at("2024-03-27T09:00:00+00:00"))
    assert idle.get(f"{JOBS}/{job}").json()["requested_by"] == "schedule weekly"
    told = {one["name"]: one["next_due_at"] for one in idle.get(SCHEDULES).json()}
    assert told["daily"] is None
    assert told["weekly"] is not None


def test_jobs_at_work_go_on_when_looking_after_others_fails(stocked, monkeypatch):
    failures = []

    def broken(_database):
        failures.append(True)
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(schedules, "submit_due", broken)
    until(lambda: failures)
    address = submitted(stocked)
    until(lambda: stocked.get(address).json()["status"] in jobs.FINISHED)
    job = stocked.get(address).json()
    assert (job["status"], job["attempts"]) == ("successful", 1)


def test_many_schedulers_at_once_submit_one_job(tenant):
    from concurrent.futures import ThreadPoolExecutor

    stored_schedule(tenant, "2024-03-04T12:00:00+00:00")
    moment = at("2024-03-11T05:00:00+00:00")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: schedules.submit_due(tenant.database, moment), range(24)))
    assert sum(len(one) for one in found) == 1
    with tenant.unit_of_work() as (session, agency):
        assert len(jobs.newest(session, agency, limit=10)) == 1


def test_a_changed_schedule_owes_nothing_of_its_old_self(tenant):
    stored_schedule(tenant, "2024-03-04T12:00:00+00:00")
    with tenant.unit_of_work() as (session, agency):
        schedules.put(session, agency, "weekly", schedules.Plan(**weekly(cron="0 6 * * 1")))
    assert schedules.submit_due(tenant.database) == []


@pytest.fixture
def harmspot(database, monkeypatch):
    """Run the command on the test's database."""
    from typer.testing import CliRunner

    from service.cli import app as cli
    from service.settings import get_settings

    address = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("HARMSPOT_DATABASE_URL", address)
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()

    def run(*words):
        done = CliRunner().invoke(cli.app, list(words), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    yield run
    get_settings.cache_clear()


def test_the_command_line_schedules_and_tells_how_the_queue_stands(harmspot, idle):
    added = harmspot(
        "schedule", "add", "weekly", "targets", "--cron", "0 5 * * 1", "--time-zone", LONDON,
        "--publish", "--index", "count", "--window", "last 28 days",
    )  # fmt: skip
    assert re.search(r"weekly: next due Monday \d{4}-\d\d-\d\d 05:00 Europe/London", added)
    (listed,) = json.loads(harmspot("schedule", "list", "--json"))
    assert listed["parameters"] == {"index": "count", "window": "last 28 days"}
    assert (listed["publish"], listed["enabled"]) == (True, True)
    harmspot("schedule", "remove", "weekly")
    assert json.loads(harmspot("schedule", "list", "--json")) == []
    submitted(idle)
    assert re.search(
        r"Queue +1 waiting \(the oldest for \d+ s\), 0 running, 0 workers",
        harmspot("db", "status"),
    )


# Publishing


def test_the_latest_published_run_is_told_by_process_and_unit(stocked, tenant):
    def run(**more):
        answered = stocked.get("/api/v1/targets", params=QUESTION | {"seed": 1} | more)
        return answered.json()["run"]["id"]

    first, second = run(resolution=8), run(resolution=9)

    def latest(*args):
        with tenant.unit_of_work() as (session, agency):
            found = publications.latest(session, agency, *args)
            return found and found.id

    assert latest("targets") is None
    for published in (first, second, first):
        told = stocked.post(f"/api/v1/runs/{published}/publish?by=analyst").json()
        assert (told["run_id"], told["published_by"]) == (published, "analyst")
        assert latest("targets") == latest("targets", "h3") == published
    assert latest("targets", "segment") is latest("concentration") is None
    problem(stocked.post("/api/v1/runs/none/publish"), 404)


@pytest.mark.parametrize("index", ["co\x00unt", "count\ud800"])
def test_a_question_with_what_no_text_can_hold_is_refused_before_it_is_stored(client, index):
    body = json.dumps(
        {
            "process": "targets",
            "parameters": {"index": index, "from": "2025-01-01", "to": "2025-12-31"},
        }
    )
    for url in ("/api/v1/jobs", "/ogc/processes/targets/execution"):
        asked = body if url.startswith("/api") else body.replace("parameters", "inputs")
        headers = {"Content-Type": "application/json", "Prefer": "respond-async"}
        refused = client.post(url, content=asked.encode(), headers=headers)
        assert refused.status_code in (400, 422), refused.text
        assert "no text can hold" in refused.text
    assert client.get("/api/v1/jobs").json() == []


@pytest.mark.parametrize(
    "url", ["/api/v1/runs/%00", "/api/v1/jobs/%00", "/ogc/jobs/%00", "/runs/%00", "/jobs/%00"]
)
def test_an_address_with_what_no_text_can_hold_is_not_the_services_failure(client, url):
    assert 400 <= client.get(url).status_code < 500


@pytest.mark.parametrize("url", ["/api/v1/jobs?process=%00", "/ogc/jobs?processID=%00"])
def test_no_process_has_a_name_that_a_database_cannot_hold(client, url):
    answer = client.get(url, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    found = answer.json()
    assert (found if isinstance(found, list) else found["jobs"]) == []
