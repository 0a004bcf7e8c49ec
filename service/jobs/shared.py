"""Work that any number wait for: done once, and given up when nobody waits for it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

ResultT = TypeVar("ResultT")


class Shared(Generic[ResultT]):
    """What is at work, by what it is about; lives in one event loop."""

    def __init__(self) -> None:
        self._at_work: dict[Hashable, _Work[ResultT]] = {}

    @contextmanager
    def wait(
        self, about: Hashable, begin: Callable[[], Coroutine[Any, Any, ResultT]]
    ) -> Iterator[asyncio.Future[ResultT]]:
        """Wait for some work, which is begun when nobody else waits for it already.

        Parameters
        ----------
        about
            What the work is about: equal ones share it.
        begin
            Does the work. It is cancelled when the last who waited for it has left.

        Yields
        ------
        asyncio.Future
            Its result; cancelling this one cancels nothing that others wait for.
        """
        work = self._at_work.get(about)
        if work is None or work.task.done():
            work = _Work(asyncio.get_running_loop().create_task(begin()))
            self._at_work[about] = work
        work.waiting += 1
        result = asyncio.shield(work.task)
        try:
            yield result
        finally:
            result.cancel()
            work.waiting -= 1
            if not work.waiting:
                work.task.cancel()
                if self._at_work.get(about) is work:
                    del self._at_work[about]


class _Work(Generic[ResultT]):
    def __init__(self, task: asyncio.Task[ResultT]) -> None:
        self.task = task
        self.waiting = 0
