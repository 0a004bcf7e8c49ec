"""Answers to questions while their askers wait: from the store, computed at once, or by a job.

Whoever waits holds neither a thread nor a connection to the database, and equal questions are
computed once, so that any number may wait.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import structlog

from service.analyses import estimate, runs
from service.errors import (
    ComputationLostError,
    ConflictError,
    JobFailedError,
    NoWorkerError,
    internal_problem,
)
from service.export import documents
from service.jobs import attempts, following, queue, store
from service.jobs.children import ChildDiedError, Children
from service.jobs.computations import Computation, Computed
from service.jobs.processors import processors
from service.jobs.shared import Shared
from service.store.cache import Cache
from service.store.repository import runs as stored_runs
from spatial.errors import HarmspotError, InvalidInputError, Problem

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.analyses.contract import Process
    from service.analyses.study.params import AnalysisParams
    from service.export.documents import Document
    from service.jobs.watching import JobWatch
    from service.settings import Settings
    from service.store.models import Job
    from service.store.tenant import Tenant

_log = structlog.get_logger(__name__)

MOST_QUICK: Final = 2
_RETRY_S: Final = (1, 60)


@dataclass(frozen=True)
class Answered:
    """A question with its answer.

    Parameters
    ----------
    run_id
        The run that answers it.
    document
        What the run found.
    """

    run_id: str
    document: Document


@dataclass(frozen=True)
class Pending:
    """A question that a worker answers later.

    Parameters
    ----------
    job
        Its job.
    retry_after_s
        When to look again.
    """

    job: Job
    retry_after_s: int


@dataclass(frozen=True)
class _Question:
    """A question that is not answered yet.

    Parameters
    ----------
    agency_id, process, params
        What is asked.
    run_id
        The run that will answer it, as the data are now.
    seconds
        How long it will take, about.
    """

    agency_id: int
    process: Process[Any]
    params: AnalysisParams
    run_id: str
    seconds: float

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters as they were given."""
        return store.checked(self.process.params, self.params)


class Answers:
    """Answers the questions of a server; lives in its event loop.

    Parameters
    ----------
    tenant, settings
        Of the server.
    watch
        Tells what becomes of jobs.
    """

    def __init__(self, tenant: Tenant, settings: Settings, watch: JobWatch) -> None:
        self._tenant = tenant
        self._settings = settings
        self._watch = watch
        number = settings.quick_processes or min(processors(), MOST_QUICK)
        self._children = Children(tenant.database, settings.log_level, number)
        self._turns = asyncio.Semaphore(number)
        self._computing: Shared[Computed] = Shared()
        self._submitting: Shared[Job] = Shared()
        self._sizes: Cache[float] = Cache()

    def warm(self) -> None:
        """Let the processes that compute start, which otherwise start with the first question."""
        asyncio.get_running_loop().run_in_executor(None, self._children.warm)

    def close(self) -> None:
        """End the processes that compute."""
        self._children.close()

    async def answer(
        self,
        process: Process[Any],
        params: AnalysisParams,
        *,
        keep: bool = True,
        wait_s: float | None = None,
        source: str = "api",
    ) -> Answered | Pending:
        """Answer a question, or say which job will.

        Parameters
        ----------
        process, params
            The question.
        keep
            Whether its run is stored; only a question that is estimated to be quick need not be.
        wait_s
            How long to wait for a job, or for what takes longer than was estimated; None: until
            the end.
        source
            What asks: ``api`` or ``ogc``.

        Raises
        ------
        NoWorkerError
            When it takes a worker and none lives.
        HarmspotError
            Whatever the analysis refuses.
        """
        until = _after(wait_s)
        looked_up = await asyncio.to_thread(self._look_up, process, params)
        if isinstance(looked_up, Answered):
            return looked_up
        if looked_up.seconds <= self._settings.quick_s:
            soon = _after(min(self._settings.wait_s, math.inf if wait_s is None else wait_s))
            found = await self._at_once(looked_up, keep=keep, until=soon)
            if found is not None:
                if keep and self._settings.backtests:
                    await asyncio.to_thread(self._queue_test, looked_up, found.run_id)
                return found
        elif not keep:
            raise InvalidInputError(
                f"This question is estimated to take {looked_up.seconds:,.0f} s, and what takes "
                f"more than {self._settings.quick_s:g} s is stored: leave keep out, or ask for "
                "less.",
                [Problem("keep", "false is for quick questions")],
            )
        return await self._by_job(looked_up, until, source)

    def _look_up(self, process: Process[Any], params: AnalysisParams) -> Answered | _Question:
        with self._tenant.unit_of_work() as (session, agency):
            found = runs.look_up(session, agency, process, params)
            if found.run is not None:
                return Answered(found.run_id, documents.of_run(session, found.run))
            process.refuse(session, params, found.named)
            size = estimate.size_of(session, agency, params, found.named, self._sizes)
            seconds = process.estimate(size, params)
            return _Question(agency, process, params, found.run_id, seconds)

    async def _at_once(
        self, question: _Question, *, keep: bool, until: float | None
    ) -> Answered | None:
        """Compute a question in a process of this server; None: a worker had better do it.

        A question that takes longer than estimated is left to the workers, where there are any: the
        processes of this server are for others that are quick. One that is not to be stored stays.
        """
        with self._computing.wait(
            (question.run_id, keep), lambda: self._compute(question, keep)
        ) as (computing):
            await asyncio.wait([computing], timeout=_left(until) if keep else None)
            if not computing.done() and await asyncio.to_thread(self._worker_lives):
                return None
            computed = await computing
        if computed.refusal is not None:
            raise computed.refusal
        if computed.run_id is None:
            raise JobFailedError(internal_problem())
        if computed.document is not None:
            return Answered(computed.run_id, computed.document)
        return await asyncio.to_thread(self._stored, computed.run_id)

    async def _compute(self, question: _Question, keep: bool) -> Computed:
        name = f"harmspot quick {uuid4()}"
        asked = Computation(
            name, question.agency_id, question.process.name, question.parameters, keep
        )
        limit_s = self._settings.job_limit_s
        async with self._turns:
            try:
                return await self._children.compute(asked, limit_s)
            except (asyncio.CancelledError, ChildDiedError, TimeoutError) as ended:
                # Though this task is being cancelled, and may be once more.
                await asyncio.wait([_in_thread(self._end_connections, name)])
                if isinstance(ended, ChildDiedError):
                    raise ComputationLostError(
                        "The process that computed the answer was killed or ran out of memory: "
                        "ask again, or for fewer units or permutations."
                    ) from ended
                if isinstance(ended, TimeoutError):
                    raise JobFailedError(attempts.too_long(limit_s)) from ended
                raise

    async def _by_job(
        self, question: _Question, until: float | None, source: str
    ) -> Answered | Pending:
        def submit() -> Any:
            return asyncio.to_thread(self._submit, question, source)

        with self._submitting.wait(question.run_id, submit) as submitting:
            job = await submitting
        try:
            async with (
                asyncio.timeout_at(until),
                aclosing(self._watch.watch(question.agency_id, job.id)) as states,
            ):
                async for state in states:
                    job = state
        except TimeoutError:
            pass
        if job.status == "failed":
            raise JobFailedError(job.problem or internal_problem())
        if job.status == "dismissed":
            raise ConflictError(
                f"Job {job.id}, which would have answered, was dismissed: ask again to have it "
                "computed.",
                [Problem("job", "dismissed")],
            )
        if job.run_id is not None:
            return await asyncio.to_thread(self._stored, job.run_id)
        least, most = _RETRY_S
        return Pending(job, max(least, min(most, math.ceil(question.seconds))))

    def _submit(self, question: _Question, source: str) -> Job:
        with self._tenant.unit_of_work() as (session, agency):
            if not self.has_workers(session):
                raise NoWorkerError(
                    "No worker is running, and this question takes one: it is estimated to take "
                    f"{question.seconds:,.0f} s. Start `harmspot worker`, or ask for a shorter "
                    "window, a coarser resolution or fewer resamples."
                )
            job = store.ask(
                session,
                agency,
                question.process.name,
                question.parameters,
                run_id=question.run_id,
                source=source,
            )
            session.expunge(job)
            return job

    def _worker_lives(self) -> bool:
        with self._tenant.unit_of_work() as (session, _):
            return self.has_workers(session)

    def has_workers(self, session: Session) -> bool:
        """Tell whether a worker of this database lives, or one is about to."""
        if self._settings.worker == "inline":  # it may not have said so yet
            return True
        return queue.living_workers(session, self._settings.worker_stalled_s) > 0

    def _stored(self, run_id: str) -> Answered:
        with self._tenant.unit_of_work() as (session, agency):
            run = stored_runs.find(session, agency, run_id)
            return Answered(run_id, documents.of_run(session, run))

    def _queue_test(self, question: _Question, run_id: str) -> None:
        """Queue the test of a run, where workers live; the answer stands whatever comes of it."""
        try:
            with self._tenant.unit_of_work() as (session, agency):
                if self.has_workers(session):
                    given = question.parameters
                    following.queue_test(session, agency, question.process.name, given, run_id)
        except HarmspotError as error:
            _log.warning("the test of a run is not queued", run=run_id, error=error.message)

    def _end_connections(self, name: str) -> None:
        with self._tenant.database.session() as session:
            attempts.end_connections(session, name)


def _after(seconds: float | None) -> float | None:
    return None if seconds is None else asyncio.get_running_loop().time() + seconds


def _left(until: float | None) -> float | None:
    return None if until is None else max(until - asyncio.get_running_loop().time(), 0)


def _in_thread(work: Callable[[str], None], given: str) -> asyncio.Task[None]:
    return asyncio.create_task(asyncio.to_thread(work, given))
