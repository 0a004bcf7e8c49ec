"""Watchers of jobs outlive what a newer version does to the database, or are told so."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text

from service import jobs
from tests import coroutines

QUESTION = {"index": "count", "from": "2024-01-01", "to": "2024-12-31"}


@pytest.fixture
def job(tenant) -> str:
    with tenant.unit_of_work() as (session, agency):
        return jobs.submit(session, agency, "concentration", QUESTION, source="api").id


@pytest.fixture
def change(tenant) -> Callable[..., Awaitable[None]]:
    """Changes the database as another process would."""

    def now(*statements: str) -> None:
        for statement in statements:
            with tenant.unit_of_work() as (session, _):
                session.execute(text(statement))

    async def changed(*statements: str) -> None:
        await asyncio.to_thread(now, *statements)

    return changed


@pytest.fixture
def agency(tenant) -> int:
    with tenant.unit_of_work() as (_, known):
        return known


def seen(tenant, agency: int, job: str, then: Callable[[jobs.Job], Awaitable[None]]) -> list[str]:
    """Watch a job to the end of what there is to see, doing something after each state."""

    async def watched() -> list[str]:
        states = []
        async for one in jobs.JobWatch(tenant.database).watch(agency, job):
            states.append(f"{one.status} {one.progress}")
            await then(one)
        return states

    return coroutines.run(watched())


def test_watchers_see_the_end_of_a_job_whose_table_has_a_column_more(tenant, agency, job, change):
    async def then(state: jobs.Job) -> None:
        if state.status == "accepted":
            await change(
                "ALTER TABLE job ADD COLUMN cost numeric NOT NULL DEFAULT 0",
                "UPDATE job SET status = 'running', progress = 30",
            )
        elif state.status == "running":
            await change("UPDATE job SET status = 'successful', progress = 100")

    assert seen(tenant, agency, job, then) == ["accepted 0", "running 30", "successful 100"]


def test_watchers_are_let_go_when_their_job_cannot_be_read_any_more(tenant, agency, job, change):
    async def then(state: jobs.Job) -> None:
        await change(
            "ALTER TABLE job RENAME COLUMN message TO said", "UPDATE job SET status = 'running'"
        )

    assert seen(tenant, agency, job, then) == ["accepted 0"]


def test_who_watches_after_that_is_told_again(tenant, agency, job, change):
    async def watched() -> list[str]:
        watch = jobs.JobWatch(tenant.database)
        await change("ALTER TABLE job RENAME COLUMN answer TO said")
        with watch.watching(job) as broken:
            assert await broken.next() is None
            await change("ALTER TABLE job RENAME COLUMN said TO answer")
            states = []
            async for one in watch.watch(agency, job):
                states.append(one.status)
                await change("UPDATE job SET status = 'successful'")
            return states

    told = coroutines.run(watched())
    assert told == ["accepted", "successful"]


def test_watchers_see_changes_that_are_announced_in_words_unknown_to_them(
    tenant, agency, job, change
):
    async def chatter() -> None:
        """Announce other jobs, so that it is never quiet for long."""
        while True:
            await change("NOTIFY harmspot_job, 'another'")
            await asyncio.sleep(0.05)

    talking = []

    async def then(state: jobs.Job) -> None:
        if state.status != "accepted":
            return
        talking.append(asyncio.create_task(chatter()))
        await change(
            """
            CREATE OR REPLACE FUNCTION job_is_announced() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_notify('harmspot_job', json_build_object('job', NEW.id)::text);
                RETURN NULL;
            END $$
            """,
            "UPDATE job SET status = 'successful', progress = 100",
        )

    assert seen(tenant, agency, job, then) == ["accepted 0", "successful 100"]
