"""Processes that compute jobs: kept warm between jobs, killed when a job must end.

Analyses hold the interpreter and the processors for minutes; a thread could be neither ended nor
kept from slowing the server down. A child lives no longer than its parent, however that ends.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext

from service import logs
from service.jobs.attempts import Attempt, Outcome
from service.jobs.processors import limit_threads
from service.store.session import Database

_NICENESS = 5  # the server's answers and heartbeats go first


class ChildDiedError(Exception):
    """The process that computed a job ended without an answer."""


class Children:
    """The child processes of one worker.

    Parameters
    ----------
    database
        Where they read and store.
    log_level
        How much they log.
    """

    def __init__(self, database: Database, log_level: str) -> None:
        self._address = database.url.render_as_string(hide_password=False)
        self._log_level = log_level
        self._idle: list[_Child] = []

    async def compute(self, attempt: Attempt, limit_s: float) -> Outcome:
        """Compute a job in a child; when this is cancelled, the child is killed first.

        Raises
        ------
        ChildDiedError
            When the child was killed from outside, or ran out of memory.
        TimeoutError
            When it took longer than the limit; it is killed then.
        """
        child = self._take()
        try:
            outcome = await asyncio.wait_for(asyncio.to_thread(child.ask, attempt), limit_s)
        except BaseException:
            child.kill()
            raise
        self._idle.append(child)
        return outcome

    def warm(self, number: int) -> None:
        """Start children before there is work, so that the first jobs do not wait for them."""
        self._idle += [_Child(self._address, self._log_level) for _ in range(number)]

    def close(self) -> None:
        """Kill the children that wait for work; those at work are their callers' to cancel."""
        while self._idle:
            self._idle.pop().kill()

    def _take(self) -> _Child:
        while self._idle:
            child = self._idle.pop()
            if child.lives():
                return child
            child.kill()
        return _Child(self._address, self._log_level)


class _Child:
    """One process, which computes one job at a time."""

    def __init__(self, address: str, log_level: str) -> None:
        self._connection, theirs = _forking().Pipe()
        self._process = _forking().Process(
            target=_serve, args=(theirs, address, log_level), name="harmspot-child", daemon=True
        )
        self._process.start()
        # While this end of theirs is open, their death would not show.
        theirs.close()

    def lives(self) -> bool:
        """Return whether the process still runs."""
        return self._process.is_alive()

    def ask(self, attempt: Attempt) -> Outcome:
        """Have a job computed, and wait for it."""
        try:
            self._connection.send(attempt)
            outcome: Outcome = self._connection.recv()
        except (EOFError, OSError) as error:
            raise ChildDiedError from error
        return outcome

    def kill(self) -> None:
        """End the process at once, and return when it is gone."""
        self._process.kill()
        self._process.join()


@cache
def _forking() -> ForkServerContext:
    """Return what starts children: forks of one process that has loaded all that computing needs.

    They start in a moment and share its memory, where a fresh interpreter takes seconds and some
    hundred MB each. That process has neither connections nor threads to inherit.
    """
    limit_threads()
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(["service.jobs.preloaded"])
    return forking


def _serve(connection: Connection, address: str, log_level: str) -> None:
    """Compute one job after the other until the parent is gone."""
    # A stop of the whole group is the parent's to handle: it lets the jobs finish first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(_NICENESS)
    logs.configure(log_level)
    threading.Thread(target=_die_with_parent, name="parent", daemon=True).start()
    from service.jobs.compute import answer  # the weight that the worker itself does without

    database = Database.at(address)
    while True:
        try:
            attempt: Attempt = connection.recv()
        except EOFError:
            return
        connection.send(answer(database, attempt))


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
