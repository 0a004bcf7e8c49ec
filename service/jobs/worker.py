"""A worker: takes jobs from the queue, has them computed, and looks after what others left.

It talks to the database from an event loop of its own and computes nothing itself, so that its
heartbeat does not stop while an analysis runs. Whatever the database does, it comes back.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import DeleteJobCondition, Job

from service.errors import DatabaseUnavailableError, problem
from service.jobs import attempts, following, queue, retention, schedules
from service.jobs.attempts import Attempt, Outcome
from service.jobs.children import ChildDiedError, Children
from service.jobs.processors import processors
from service.settings import Settings
from service.store import failures
from service.store.session import Database

_log = structlog.get_logger(__name__)
_POLL_S = 1.0
_LEAST_ANSWER_S = 5.0
_MOST_INLINE = 2
_BETWEEN_REMOVALS_S = 3600.0
_LONGEST_WAIT_S = 300


class _LeftUndoneError(Exception):
    """The attempt ended without an answer: the entry goes back to the queue."""


class _DatabaseFailedError(Exception):
    """The database failed under the attempt: the entry goes back to the queue for a while."""


class _BackToTheQueue(BaseRetryStrategy):
    """Keeps an entry until its job has an answer, whatever went wrong in between."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, JobAborted):
            return None
        if isinstance(exception, _LeftUndoneError):
            return RetryDecision(retry_in={"seconds": 1})
        return RetryDecision(retry_in={"seconds": min(2**job.attempts, _LONGEST_WAIT_S)})


class Worker:
    """Works on the jobs of one database until it is told to stop.

    Parameters
    ----------
    database
        Whose queue.
    settings
        Heartbeat, patience and limits.
    concurrency
        Analyses that are computed at once; by default one per processor.
    """

    def __init__(
        self, database: Database, settings: Settings, concurrency: int | None = None
    ) -> None:
        self._database = database
        self._settings = settings
        self._concurrency = concurrency or settings.worker_concurrency or processors()
        self._children = Children(database, settings.log_level, self._concurrency)
        self._told_to_stop = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Take no more jobs; let those at work finish for a few seconds, else give them back.

        May be called from any thread, and from a signal's handler.
        """
        self._told_to_stop.set()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)

    def warm(self) -> None:
        """Start the processes that compute, which otherwise start with the first jobs."""
        self._children.warm()

    async def run(self) -> None:
        """Work until told to stop, through any failure of the database."""
        self._loop = asyncio.get_running_loop()
        if self._told_to_stop.is_set():
            return
        _log.info("worker started", concurrency=self._concurrency)
        try:
            while not self._stop.is_set():
                try:
                    await self._work()
                except Exception as error:
                    refusal = failures.refusal_of(error)
                    if refusal is None:
                        _log.exception("worker failed and begins again")
                    else:
                        _log.warning("worker lost the database", error=refusal.message)
                if not self._stop.is_set():
                    await self._rest(_POLL_S)
        finally:
            self._loop = None
            self._children.close()
            _log.info("worker stopped")

    async def _work(self) -> None:
        """Work on the queue until told to stop, or until the database fails."""
        app = App(connector=self._connector())
        app.task(name=queue.TASK, queue=queue.QUEUE, pass_context=True, retry=_BackToTheQueue())(
            self._answer
        )
        async with app.open_async():
            taking = asyncio.create_task(
                app.run_worker_async(
                    queues=[queue.QUEUE],
                    concurrency=self._concurrency,
                    fetch_job_polling_interval=_POLL_S,
                    abort_job_polling_interval=_POLL_S,
                    shutdown_graceful_timeout=self._settings.worker_grace_s,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._settings.worker_heartbeat_s,
                    stalled_worker_timeout=self._settings.worker_stalled_s,
                )
            )
            others = [
                asyncio.create_task(self._look_after_others(app)),
                asyncio.create_task(self._stop.wait()),
            ]
            await asyncio.wait([taking, *others], return_when=asyncio.FIRST_COMPLETED)
            for task in others:
                task.cancel()
            taking.cancel()  # which lets the jobs at work finish for a while
            for ended in await asyncio.gather(taking, *others, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended

    def _connector(self) -> PsycopgConnector:
        return PsycopgConnector(
            conninfo=self._database.conninfo,
            min_size=1,
            max_size=self._concurrency + 2,
            timeout=max(_LEAST_ANSWER_S, self._settings.worker_stalled_s / 2),
            kwargs={"application_name": "harmspot worker"},
        )

    async def _look_after_others(self, app: App) -> None:
        """Free what dead workers hold, submit what is due, remove what is old: again and again."""
        removed_at = -math.inf
        while True:
            try:
                freed = await asyncio.to_thread(self._free_stalled)
                if freed:
                    _log.warning("jobs of silent workers go back to the queue", entries=freed)
                await asyncio.to_thread(schedules.submit_due, self._database)
                if time.monotonic() - removed_at > _BETWEEN_REMOVALS_S:
                    await self._remove_old(app)
                    removed_at = time.monotonic()
            except DatabaseUnavailableError as error:
                _log.warning("worker cannot look after others", error=error.message)
            except Exception:
                # The jobs at work have no part in it: they are not stopped for it.
                _log.exception("worker failed to look after others")
            await asyncio.sleep(self._settings.worker_heartbeat_s)

    async def _remove_old(self, app: App) -> None:
        days = self._settings.keep_jobs_days
        if days == 0:
            return
        removed = await asyncio.to_thread(retention.remove_old, self._database, days)
        if removed:
            _log.info("old jobs are removed", jobs=removed, older_than_days=days)
        with failures.told():
            await retention.remove_old_entries(app, days)

    def _free_stalled(self) -> list[int]:
        with self._database.session() as session:
            return queue.free_stalled(session, self._settings.worker_stalled_s)

    async def _answer(self, context: JobContext, job_id: str) -> None:
        """Answer one entry of the queue."""
        attempt = await asyncio.to_thread(self._take, job_id)
        if attempt is None:
            return
        try:
            outcome = await self._children.compute(attempt, self._settings.job_limit_s)
        except asyncio.CancelledError:
            await asyncio.to_thread(self._try_to_end_connections, job_id)
            if context.abort_reason() == AbortReason.USER_REQUEST:
                raise JobAborted from None
            await asyncio.to_thread(self._give_back, attempt)
            raise _LeftUndoneError from None
        except ChildDiedError:
            _log.error("the process of a job died", job=job_id, attempt=attempt.number)
            await asyncio.to_thread(self._try_to_end_connections, job_id)
            raise _LeftUndoneError from None
        except TimeoutError:
            await asyncio.to_thread(self._try_to_end_connections, job_id)
            await asyncio.to_thread(
                self._fail, attempt, attempts.too_long(self._settings.job_limit_s)
            )
            return
        if outcome.failure is not None:
            reason = outcome.failure["detail"]
            _log.warning("the database failed under a job", job=job_id, error=reason)
            await asyncio.to_thread(self._try_to_end_connections, job_id)
            if await asyncio.to_thread(self._waits, attempt, outcome, context.job.attempts + 1):
                raise _DatabaseFailedError
        elif self._settings.backtests:
            await asyncio.to_thread(following.queue_after, self._database, job_id)

    def _take(self, job_id: str) -> Attempt | None:
        with self._database.session() as session:
            attempt = attempts.take(session, job_id)
            if attempt is not None and attempt.number > attempts.MOST:
                attempts.fail(session, attempt, _GIVEN_UP)
                attempt = None
        if attempt is not None and attempt.number > 1:
            self._end_connections(job_id)
        return attempt

    def _end_connections(self, job_id: str) -> None:
        with self._database.session() as session:
            attempts.end_connections(session, attempts.connection_name(job_id))

    def _try_to_end_connections(self, job_id: str) -> None:
        """End them now if the database lets us: the next attempt does it else."""
        try:
            self._end_connections(job_id)
        except DatabaseUnavailableError as error:
            _log.warning("the connections of a job stay", job=job_id, error=error.message)

    def _give_back(self, attempt: Attempt) -> None:
        with self._database.session() as session:
            attempts.give_back(session, attempt)

    def _waits(self, attempt: Attempt, outcome: Outcome, failed: int) -> bool:
        """Have a job wait for the database; False when it was given up, having waited enough."""
        assert outcome.failure is not None
        limit = attempts.MOST if outcome.counts else attempts.MOST_FAILURES
        with self._database.session() as session:
            if failed >= limit:
                attempts.fail(session, attempt, _failed_each_time(outcome.failure, failed))
                return False
            message = f"handed back: {outcome.failure['detail']}"
            attempts.give_back(session, attempt, message=message, counts=outcome.counts)
        return True

    def _fail(self, attempt: Attempt, details: dict[str, Any]) -> None:
        with self._database.session() as session:
            attempts.fail(session, attempt, details)

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return


@contextmanager
def working(database: Database, settings: Settings) -> Iterator[Worker]:
    """Have a worker work beside the caller, in a thread with an event loop of its own."""
    concurrency = settings.worker_concurrency or min(processors(), _MOST_INLINE)
    worker = Worker(database, settings, concurrency)
    thread = threading.Thread(target=lambda: run_worker(worker), name="worker")
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()


def run_worker(worker: Worker) -> None:
    """Run a worker in this thread until it is told to stop."""
    # psycopg needs a loop that watches sockets; the server's own may be another.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(worker.run())


def _failed_each_time(failure: dict[str, Any], times: int) -> dict[str, Any]:
    detail = (
        f"The job was begun {times} times and the database failed each time. The last time it "
        f"said: {failure['detail']} Then submit the job again."
    )
    return failure | {"detail": detail}


_GIVEN_UP = problem(
    500,
    "job-given-up",
    "Given up",
    f"The job was begun {attempts.MOST} times and never ended: its process was killed, ran out of "
    "memory, or the database failed each time. The worker's log says which. Ask for fewer units "
    "or permutations or give the worker more memory, then submit it again.",
)
