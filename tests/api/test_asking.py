"""Questions asked over HTTP while others wait: a real server on a port, and many at once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, text

from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.http.app import create_app
from service.jobs import dismiss, store
from service.settings import Settings
from service.store import locks
from service.store.models import Job
from service.store.session import Database
from service.store.tenant import Tenant
from tests import coroutines
from tests.api import published
from tests.api.serving import serving

LIMIT_S = 240
GET = "/api/v1/targets"
PATIENT: dict[str, Any] = {"wait_s": LIMIT_S}


@pytest.fixture
def town(database: Database) -> Database:
    """Incidents, and nothing asked of them yet."""
    with TestClient(create_app(Settings(worker="none"), database)) as client:
        published.stock(client, "High Street")
    return database


@pytest.fixture
def held(town: Database) -> Iterator[Held]:
    """The locks of questions, by which they wait for the test."""
    held = Held(town)
    yield held
    held.let_go()


class Held:
    """Questions that whoever computes them has to wait for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open = database.session()
        self._session = self._open.__enter__()

    def hold(self, question: dict[str, Any], process: str = "targets") -> None:
        """Let nobody begin to compute a question until the test lets go."""
        found = PROCESSES[process]
        params = found.params.model_validate(question)
        agency = self._session.scalar(text("SELECT id FROM agency"))
        locks.hold(self._session, runs.lock_key(agency, found, params))

    def until_waiting(self, number: int) -> None:
        """Return when as many computations wait for the test."""
        until(lambda: self.waiting() == number, f"{self.waiting()} wait, not {number}")

    def waiting(self) -> int:
        """Return how many computations wait for the test."""
        with self._database.session() as session:
            counted = session.scalar(
                text(
                    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
                    " WHERE locktype = 'advisory' AND NOT granted"
                    " AND datname = current_database()"
                )
            )
        return int(counted or 0)

    def let_go(self) -> None:
        """Let all be computed."""
        if self._open is not None:
            self._open.__exit__(None, None, None)
            self._open = None  # type: ignore[assignment]


def until(done: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not done():
        assert time.monotonic() < deadline, otherwise
        threading.Event().wait(0.05)


def question(**changes: Any) -> dict[str, Any]:
    return published.QUESTION | changes


@contextmanager
def server(database: Database, **settings: Any) -> Iterator[str]:
    chosen = Settings(**{"worker": "none", **settings})
    with serving(create_app(chosen, database)) as address:
        yield address


def asker(address: str) -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=200)
    return httpx2.AsyncClient(base_url=address, timeout=LIMIT_S, limits=limits)


async def waits(held: Held, number: int) -> None:
    await asyncio.to_thread(held.until_waiting, number)


def test_many_wait_for_what_is_computed_and_nobody_else_waits(town, held):
    stored = stored_run(town)
    equal = question(seed=100)
    different = [question(seed=seed) for seed in range(200, 230)]
    for one in (equal, *different):
        held.hold(one)

    async def ask(address: str) -> list[httpx2.Response]:
        async with asyncio.TaskGroup() as tasks, asker(address) as client:
            asked = [
                tasks.create_task(client.get(GET, params=one)) for one in [equal] * 45 + different
            ]
            await waits(held, 2)  # both processes are busy, and neither can go on
            health, run, page, ready = await asyncio.gather(
                client.get("/healthz"),
                client.get(f"/api/v1/runs/{stored}/targets"),
                client.get(f"/runs/{stored}"),
                client.get("/readyz"),
            )
            assert [one.status_code for one in (health, run, page, ready)] == [200] * 4
            again = await client.get(GET, params=question())
            assert (again.status_code, again.json()["run"]["id"]) == (200, stored)
            assert not any(one.done() for one in asked)
            held.let_go()
            return [await one for one in asked]

    with server(town, quick_s=LIMIT_S, quick_processes=2, **PATIENT) as address:
        answers = coroutines.run(ask(address))
    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["run"]["id"] for one in answers}) == 31
    assert len({one.content for one in answers[:45]}) == 1


def test_long_questions_are_jobs_whose_askers_are_told_where_they_are(town, held):
    equal = question(seed=100)
    different = [question(seed=seed) for seed in range(200, 230)]
    held.hold(equal)
    for one in different:
        held.hold(one)

    async def ask(address: str) -> list[httpx2.Response]:
        async with asker(address) as client:
            told = await asyncio.gather(
                *(client.get(GET, params=one) for one in [equal] * 45 + different)
            )
            assert {one.status_code for one in told} == {202}
            assert all(int(one.headers["Retry-After"]) >= 1 for one in told)
            places = [one.headers["Location"] for one in told]
            assert len(set(places[:45])) == 1
            assert len(set(places)) == 31
            assert (await client.get("/healthz")).status_code == 200
            again = await client.get(GET, params=equal, headers={"Prefer": "wait=0"})
            assert again.headers["Location"] == places[0]
            assert again.headers["Preference-Applied"] == "wait=0"
            held.let_go()
            late = await client.get(GET, params=equal, headers={"Prefer": f"wait={LIMIT_S}"})
            assert (await client.get(places[0])).json()["run_id"] == late.json()["run"]["id"]
            return [late]

    with server(town, worker="inline", quick_s=0, wait_s=1) as address:
        (answered,) = coroutines.run(ask(address))
    assert answered.status_code == 200
    assert answered.json()["run"]["parameters"]["seed"] == 100


def test_a_long_question_is_refused_where_no_worker_lives(town):
    with server(town, quick_s=0) as address, httpx2.Client(base_url=address) as client:
        answer = client.get(GET, params=question(), timeout=LIMIT_S)
        executed = client.post(
            "/ogc/processes/targets/execution", json={"inputs": question()}, timeout=LIMIT_S
        )
    for one in (answer, executed):
        assert (one.status_code, one.headers["Retry-After"]) == (503, "10")
        assert "No worker is running" in one.json()["detail"]
        assert one.json()["type"].endswith("/no-worker")
    with town.session() as session:
        assert session.query(Job).count() == 0


def test_a_quick_answer_that_need_not_be_kept_is_not(town):
    with server(town, quick_s=LIMIT_S, **PATIENT) as address, httpx2.Client() as client:
        kept_not = client.get(f"{address}{GET}", params=question(keep="false"), timeout=LIMIT_S)
        counted = "SELECT (SELECT count(*) FROM analysis_run) + (SELECT count(*) FROM target)"
        with town.session() as session:
            assert session.scalar(text(counted)) == 0
        kept = client.get(f"{address}{GET}", params=question(), timeout=LIMIT_S)
        again = client.get(f"{address}{GET}", params=question(keep="false"), timeout=LIMIT_S)
    assert {one.status_code for one in (kept_not, kept, again)} == {200}
    assert kept_not.content == kept.content == again.content


def test_what_takes_long_is_kept_whatever_is_asked(town):
    with server(town, worker="inline", quick_s=0) as address:
        refused = httpx2.get(f"{address}{GET}", params=question(keep="false"), timeout=LIMIT_S)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"where": "keep", "message": "false is for quick questions"}
    ]


def test_what_was_thought_quick_and_is_not_is_left_to_a_worker(town, held):
    slow, quick = question(seed=100), question(seed=101)
    held.hold(slow)
    with server(town, worker="inline", quick_s=LIMIT_S, quick_processes=1, wait_s=1) as address:
        pending = httpx2.get(f"{address}{GET}", params=slow, timeout=LIMIT_S)
        assert pending.status_code == 202, pending.text
        patient = {"Prefer": f"wait={LIMIT_S}"}
        # The one process of the server is free for others.
        other = httpx2.get(f"{address}{GET}", params=quick, headers=patient, timeout=LIMIT_S)
        assert other.json()["run"]["parameters"]["seed"] == 101
        held.let_go()
        answered = httpx2.get(f"{address}{GET}", params=slow, headers=patient, timeout=LIMIT_S)
    assert answered.json()["run"]["parameters"]["seed"] == 100


def test_who_leaves_takes_nothing_from_those_who_stay(town, held):
    asked = question(seed=100)
    held.hold(asked)

    async def ask(address: str) -> httpx2.Response:
        async with asker(address) as client:
            stays = asyncio.create_task(client.get(GET, params=asked))
            leaves = asyncio.create_task(client.get(GET, params=asked))
            await waits(held, 1)
            leaves.cancel()
            other = await client.get(GET, params=question(seed=101))
            assert other.status_code == 200
            assert not stays.done()
            held.let_go()
            return await stays

    with server(town, quick_s=LIMIT_S, quick_processes=2, **PATIENT) as address:
        assert coroutines.run(ask(address)).status_code == 200


def test_what_nobody_waits_for_any_more_is_given_up(town, held):
    asked = question(seed=100)
    held.hold(asked)

    async def ask(address: str) -> None:
        async with asker(address) as client:
            leaves = asyncio.create_task(client.get(GET, params=asked))
            await waits(held, 1)
            leaves.cancel()
            await waits(held, 0)  # its process is gone, and what the database did for it
            other = await client.get(GET, params=question(seed=101))
            assert other.status_code == 200

    with server(town, quick_s=LIMIT_S, quick_processes=1, **PATIENT) as address:
        coroutines.run(ask(address))


def test_the_ogc_api_waits_for_what_is_quick_and_for_what_is_not(town, held):
    quick, slow = question(seed=100), question(seed=101)
    held.hold(slow)
    path = "/ogc/processes/targets/execution"

    async def ask(address: str, waiting: Callable[[], bool]) -> httpx2.Response:
        async with asker(address) as client:
            asked = asyncio.create_task(client.post(path, json={"inputs": slow}))
            await asyncio.to_thread(until, waiting, "nobody computes")
            assert not asked.done()
            held.let_go()
            return await asked

    with server(town, worker="inline", quick_s=LIMIT_S, wait_s=0.2) as address:
        done = httpx2.post(f"{address}{path}", json={"inputs": quick}, timeout=LIMIT_S)
        late = coroutines.run(ask(address, lambda: held.waiting() > 0))
    assert (done.status_code, late.status_code) == (200, 200)
    assert late.json()["run"]["parameters"]["seed"] == 101


def test_refusals_come_through_whoever_computes(town):
    empty = question(**{"from": "1999-01-01", "to": "1999-12-31"})
    with server(town, quick_s=LIMIT_S, **PATIENT) as address:
        at_once = httpx2.get(f"{address}{GET}", params=empty, timeout=LIMIT_S)
        executed = httpx2.post(
            f"{address}/ogc/processes/targets/execution", json={"inputs": empty}, timeout=LIMIT_S
        )
    with server(town, worker="inline", quick_s=0, **PATIENT) as address:
        by_job = httpx2.get(f"{address}{GET}", params=empty, timeout=LIMIT_S)
        again = httpx2.get(f"{address}{GET}", params=empty, timeout=LIMIT_S)
    assert (at_once.status_code, executed.status_code) == (422, 400)
    assert at_once.json() == by_job.json() == again.json()
    assert at_once.json()["title"] == "No incidents to analyse"
    with town.session() as session:
        assert session.query(Job).count() == 1


def test_a_job_answers_for_its_question_until_it_should_be_asked_anew(town):
    with Tenant(town, "default").unit_of_work() as (session, agency):

        def asked() -> Job:
            given = published.QUESTION
            return store.ask(session, agency, "targets", given, run_id="a run", source="api")

        first = asked()
        assert asked().id == first.id
        first.status, first.problem = "failed", {"status": 422}
        first.finished_at = text("now() - interval '1 year'")
        session.flush()
        assert asked().id == first.id  # refused, and nothing has changed
        first.problem, first.finished_at = {"status": 500}, func.now()
        session.flush()
        assert asked().id == first.id  # whoever looks again is told
        first.finished_at = func.now() - store.FAILURE_STANDS * 2
        session.flush()
        second = asked()
        assert second.id != first.id
        dismiss(session, agency, second.id)
        assert asked().id not in (first.id, second.id)


def stored_run(database: Database) -> str:
    process = PROCESSES["targets"]
    params = process.params.model_validate(published.QUESTION)
    with Tenant(database, "default").unit_of_work() as (session, agency):
        return runs.execute(session, agency, process, params).id
