"""Processes that compute: kept warm between one task and the next, killed when one must end.

Analyses hold the interpreter and the processors for minutes; a thread could be neither ended nor
kept from slowing the server down. A child lives no longer than its parent, however that ends.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Any, TypeAlias, overload

from service import logs
from service.jobs.attempts import Attempt, Outcome
from service.jobs.computations import Computation, Computed
from service.jobs.processors import limit_threads
from service.store.session import Database

Task: TypeAlias = Attempt | Computation

_NICENESS = 5  # the server's answers and heartbeats go first


class ChildDiedError(Exception):
    """The process that computed something ended without an answer."""


class Children:
    """The child processes of a worker, or of a server.

    Parameters
    ----------
    database
        Where they read and store.
    log_level
        How much they log.
    number
        How many compute at once, at most.
    """

    def __init__(self, database: Database, log_level: str, number: int) -> None:
        self._address = database.url.render_as_string(hide_password=False)
        self._log_level = log_level
        self._number = number
        self._idle: list[_Child] = []
        self._closed = False
        # Threads of their own, that wait for the children: other work's must not run out.
        self._threads = ThreadPoolExecutor(number, thread_name_prefix="children")

    @overload
    async def compute(self, task: Attempt, limit_s: float) -> Outcome: ...
    @overload
    async def compute(self, task: Computation, limit_s: float) -> Computed: ...
    async def compute(self, task: Task, limit_s: float) -> Outcome | Computed:
        """Compute something in a child; when this is cancelled, the child is killed first.

        Raises
        ------
        ChildDiedError
            When the child was killed from outside, or ran out of memory.
        TimeoutError
            When it took longer than the limit; it is killed then.
        """
        turn = _Turn(self._take)
        asked = asyncio.get_running_loop().run_in_executor(self._threads, turn.ask, task)
        try:
            outcome: Outcome | Computed = await asyncio.wait_for(asked, limit_s)
        except BaseException:
            turn.end()
            raise
        if turn.child is not None:
            self._idle.append(turn.child)
        return outcome

    def warm(self) -> None:
        """Start the children before there is work, so that the first does not wait for them."""
        for _ in range(self._number):
            if not self._closed:
                self._idle.append(_Child(self._address, self._log_level))

    def close(self) -> None:
        """Kill the children that wait for work; those at work are their callers' to cancel."""
        self._closed = True
        while self._idle:
            self._idle.pop().kill()
        self._threads.shutdown(wait=False)

    def _take(self) -> _Child:
        while self._idle:
            child = self._idle.pop()
            if child.lives():
                return child
            child.kill()
        return _Child(self._address, self._log_level)


class _Turn:
    """One task's time with a child, which another thread may end.

    Starting a child takes a while where what they are forked of is still loading, so that it, too,
    is waited for in a thread.
    """

    def __init__(self, take: Callable[[], _Child]) -> None:
        self.child: _Child | None = None
        self._take = take
        self._ended = False
        self._lock = threading.Lock()

    def ask(self, task: Task) -> Any:
        """Have a task computed, and wait for it."""
        child = self._take()
        with self._lock:
            self.child = child
            if self._ended:
                child.kill()
        return child.ask(task)

    def end(self) -> None:
        """Kill the child, now or as soon as there is one."""
        with self._lock:
            self._ended = True
            if self.child is not None:
                self.child.kill()


class _Child:
    """One process, which computes one thing at a time."""

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

    def ask(self, task: Task) -> Any:
        """Have something computed, and wait for it."""
        try:
            self._connection.send(task)
            return self._connection.recv()
        except (EOFError, OSError) as error:
            raise ChildDiedError from error

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
    """Compute one thing after the other until the parent is gone."""
    # A stop of the whole group is the parent's to handle: it lets the jobs finish first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(_NICENESS)
    logs.configure(log_level)
    threading.Thread(target=_die_with_parent, name="parent", daemon=True).start()
    # The weight that the parent itself does without.
    from service.jobs.compute import answer, compute

    database = Database.at(address)
    while True:
        try:
            task: Task = connection.recv()
        except EOFError:
            return
        if isinstance(task, Computation):
            connection.send(compute(database, task))
        else:
            connection.send(answer(database, task))


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
