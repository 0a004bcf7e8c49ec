"""What computes: it runs the analysis and, in the same transaction, says that its job is done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import structlog

from service.analyses import registry, runs
from service.errors import (
    DatabaseInterruptedError,
    UnavailableError,
    problem,
    problem_details,
)
from service.export import documents
from service.jobs import attempts, store
from service.jobs.attempts import Attempt, Outcome
from service.jobs.computations import Computation, Computed
from service.store import disk
from service.store.repository import publications
from service.store.session import Database
from spatial.errors import HarmspotError

_log = structlog.get_logger(__name__)
_BETWEEN_WRITES_S = 0.2

_TELL = """
    UPDATE job SET progress = %(progress)s, message = %(message)s
     WHERE id = %(job)s AND status = 'running' AND attempts = %(attempt)s
"""


class _SupersededError(Exception):
    """The job was dismissed or taken over meanwhile: nothing of this attempt may be stored."""


def answer(database: Database, attempt: Attempt) -> Outcome:
    """Compute a job and store its run, or store why it failed.

    The run and the job's success are one transaction: there is never the one without the other,
    and a job that was dismissed at the last moment leaves no run.
    """
    try:
        try:
            _compute(database, attempt)
        except UnavailableError:
            raise
        except _SupersededError:
            pass
        except HarmspotError as error:
            _fail(database, attempt, problem_details(error))
        except Exception as error:
            if (refusal := disk.refusal_of(error)) is not None:
                raise refusal from error
            # The cause is for the log alone: it may quote rows, SQL or paths.
            _log.exception("job failed", job=attempt.job_id, process=attempt.process)
            cause = "The analysis failed unexpectedly; the worker's log says why."
            _fail(database, attempt, problem(500, "error", "Internal error", cause))
    except UnavailableError as error:
        # A statement that takes too long does so the next time too, unless the limit is raised.
        return Outcome(problem_details(error), isinstance(error, DatabaseInterruptedError))
    return Outcome()


def _compute(database: Database, attempt: Attempt) -> None:
    process = registry.find(attempt.process)
    params = store.validated(process.params, attempt.parameters)
    with _telling(database, attempt) as progress, database.session() as session:
        attempts.name_connection(session, attempts.connection_name(attempt.job_id))
        run = runs.execute(session, attempt.agency_id, process, params, progress.share)
        if attempt.publish:
            publications.publish(session, attempt.agency_id, run.id, attempt.requested_by)
        # Progress goes over another connection, which would wait for this row from here on.
        progress.stop()
        if not attempts.succeed(session, attempt, run.id):
            raise _SupersededError


def compute(database: Database, asked: Computation) -> Computed:
    """Compute a question, store its run or undo it, and return what came of it."""
    try:
        process = registry.find(asked.process)
        params = store.validated(process.params, asked.parameters)
        with database.session() as session:
            attempts.name_connection(session, asked.name)
            run = runs.execute(session, asked.agency_id, process, params)
            if asked.keep:
                return Computed(run.id)
            found = Computed(run.id, documents.of_run(session, run))
            session.rollback()
            return found
    except HarmspotError as error:
        return Computed(refusal=error)
    except Exception as error:
        if (refusal := disk.refusal_of(error)) is not None:
            return Computed(refusal=refusal)
        # The cause is for the log alone: it may quote rows, SQL or paths.
        _log.exception("computation failed", process=asked.process)
        return Computed()


def _fail(database: Database, attempt: Attempt, details: dict[str, object]) -> None:
    with database.session() as session:
        attempts.fail(session, attempt, details)


@contextmanager
def _telling(database: Database, attempt: Attempt) -> Iterator[_Teller]:
    teller = _Teller(database.conninfo, attempt)
    try:
        yield teller
    finally:
        teller.stop()


class _Teller:
    """Writes the newest progress of an attempt now and then, beside its transaction.

    A thread writes, so that what was told last is shown even when nothing more is told for long,
    and no analysis waits for it.
    """

    def __init__(self, conninfo: str, attempt: Attempt) -> None:
        self._conninfo = conninfo
        self._attempt = attempt
        self._told: tuple[float, str] | None = None
        self._news = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._write_all, name="progress", daemon=True)
        self._thread.start()

    def share(self, done: float, message: str) -> None:
        """Tell the share done, in [0, 1], and what is being done."""
        self._told = (done, message)
        self._news.set()

    def stop(self) -> None:
        """Write nothing more; returns when nothing is being written."""
        self._stopped.set()
        self._news.set()
        self._thread.join()

    def _write_all(self) -> None:
        while not self._stopped.is_set():
            try:
                with psycopg.connect(
                    self._conninfo, autocommit=True, application_name="harmspot progress"
                ) as connection:
                    self._write(connection)
            except psycopg.Error as error:
                # An analysis does not fail because nobody could see how far it was.
                _log.warning("progress not written", job=self._attempt.job_id, error=str(error))
                self._stopped.wait(1.0)

    def _write(self, connection: psycopg.Connection) -> None:
        while not self._stopped.is_set():
            self._news.wait()
            self._news.clear()
            if self._told is None or self._stopped.is_set():
                continue
            done, message = self._told
            values = {
                "progress": min(int(done * 100), 99),  # 100 is for what is stored
                "message": message,
                "job": self._attempt.job_id,
                "attempt": self._attempt.number,
            }
            connection.execute(_TELL, values)
            self._stopped.wait(_BETWEEN_WRITES_S)
