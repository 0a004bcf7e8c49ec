"""Watching jobs: any number of watchers in a process share one connection that listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import structlog
from psycopg import sql
from psycopg.rows import dict_row

from service.jobs import store
from service.store.models import Job
from service.store.session import Database

CHANNEL = "harmspot_job"
_POLL_S = 2.0  # a notification that was lost, or that cannot be read, is made up for this soon
_log = structlog.get_logger(__name__)

# By name: a newer version may have given the table columns that this one knows nothing of.
_READ: Final = sql.SQL("SELECT {} FROM job WHERE id = ANY(%s)").format(
    sql.SQL(", ").join(sql.Identifier(column.name) for column in Job.__table__.columns)
)


class Watch:
    """One watcher's view of one job: the newest state that it has not seen yet."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._newest: Job | None = None
        self._over = False

    def tell(self, job: Job) -> None:
        """Show a state of the job; one that is older than what was shown is left out."""
        if self._newest is None or job.revision > self._newest.revision:
            self._newest = job
            self._news.set()

    def end(self) -> None:
        """Say that there is no more to see."""
        self._over = True
        self._news.set()

    async def next(self) -> Job | None:
        """Wait for a state that was not seen yet; None: there is no more to see."""
        await self._news.wait()
        self._news.clear()
        return None if self._over else self._newest


class JobWatch:
    """Tells the watchers of a process what becomes of their jobs; lives in its event loop.

    Parameters
    ----------
    database
        Where the jobs are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watches: dict[str, set[Watch]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Let every watcher go, since the server stops; may be called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._let_go)

    async def watch(self, agency_id: int, job_id: str, *, after: int = -1) -> AsyncGenerator[Job]:
        """Yield a job now and whenever it changed, until it is finished or removed.

        States that follow each other faster than they are taken are skipped; the last never is.

        Parameters
        ----------
        agency_id
            Whose job.
        job_id
            The job.
        after
            A revision that is known already: only later ones are yielded.

        Raises
        ------
        NotFoundError
            When the agency has no such job.
        """
        with self.watching(job_id) as watch:
            watch.tell(await asyncio.to_thread(self.read, agency_id, job_id))
            while (job := await watch.next()) is not None:
                if job.revision > after:
                    after = job.revision
                    yield job
                if job.status in store.FINISHED:
                    return

    @contextmanager
    def watching(self, job_id: str) -> Iterator[Watch]:
        """Be told of a job's changes from here on."""
        watch = Watch()
        self._watches.setdefault(job_id, set()).add(watch)
        if self._listening is None or self._listening.done():
            self._loop = asyncio.get_running_loop()
            self._listening = self._loop.create_task(self._listen())
        try:
            yield watch
        finally:
            self._watches[job_id].discard(watch)
            if not self._watches[job_id]:
                del self._watches[job_id]
            if not self._watches:
                self._listening.cancel()
                self._listening = None

    def _let_go(self) -> None:
        for watches in self._watches.values():
            for watch in watches:
                watch.end()

    def read(self, agency_id: int, job_id: str) -> Job:
        """Return a job as it is now, apart from any session."""
        with self._database.session() as session:
            job = store.find(session, agency_id, job_id)
            session.expunge(job)
            return job

    async def _listen(self) -> None:
        """Tell watchers their jobs' news, through any loss of the connection.

        Should it fail otherwise, as when a newer version took a column away, nobody is left to wait
        for news that do not come: watchers are let go, and what they read next says what is wrong.
        """
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._database.conninfo, autocommit=True, application_name="harmspot watch"
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await self._tell_changes(connection)
            except psycopg.OperationalError as error:
                _log.warning("watching lost the database", error=str(error))
                await asyncio.sleep(_POLL_S)
            except Exception:
                _log.exception("watching failed, watchers are let go")
                self._let_go()
                return

    async def _tell_changes(self, connection: psycopg.AsyncConnection) -> None:
        """Tell of jobs that are announced, and every few seconds of all, whatever is announced."""
        now = asyncio.get_running_loop().time
        while True:
            await self._tell(connection, list(self._watches))
            told_all = now()
            while (left := told_all + _POLL_S - now()) > 0:
                notices = connection.notifies(timeout=left, stop_after=1)
                announced = {notice.payload async for notice in notices}
                await self._tell(connection, [job for job in self._watches if job in announced])

    async def _tell(self, connection: psycopg.AsyncConnection, jobs: Iterable[str]) -> None:
        wanted = list(jobs)
        if not wanted:
            return
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_READ, [wanted])
            found = {row["id"]: Job(**row) async for row in cursor}
        for job in wanted:
            for watch in self._watches.get(job, ()):
                if job in found:
                    watch.tell(found[job])
                else:
                    watch.end()
