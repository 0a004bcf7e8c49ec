"""Work that many wait for: done once, and given up with the last who waits."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import pytest

from service.jobs.shared import Shared
from tests import coroutines


class Work:
    """Work that goes on until it is told to end, and remembers what became of it."""

    def __init__(self) -> None:
        self.begun = self.given_up = 0
        self.go_on = asyncio.Event()
        self.error: Exception | None = None

    def __call__(self) -> Coroutine[None, None, int]:
        return self._do()

    async def _do(self) -> int:
        self.begun += 1
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        if self.error is not None:
            raise self.error
        return self.begun


async def wait(shared: Shared[int], work: Work, about: str = "one") -> int:
    with shared.wait(about, work) as result:
        return await result


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_equal_work_is_done_once_and_other_work_apart():
    async def many() -> None:
        shared, work = Shared[int](), Work()
        equal = [asyncio.create_task(wait(shared, work)) for _ in range(45)]
        other = asyncio.create_task(wait(shared, work, "other"))
        await settled()
        assert work.begun == 2
        work.go_on.set()
        assert len(set(await asyncio.gather(*equal, other))) == 1
        assert await wait(shared, work) == 3  # what is done is done: it is begun anew

    coroutines.run(many())


def test_it_goes_on_as_long_as_anybody_waits_and_no_longer():
    async def leaving() -> None:
        shared, work = Shared[int](), Work()
        one, other = (asyncio.create_task(wait(shared, work)) for _ in range(2))
        await settled()
        one.cancel()
        await settled()
        assert (work.given_up, other.done()) == (0, False)
        other.cancel()
        await settled()
        assert work.given_up == 1
        late = asyncio.create_task(wait(shared, work))
        await settled()
        work.go_on.set()
        assert await late == work.begun == 2

    coroutines.run(leaving())


def test_all_who_wait_are_told_why_it_failed():
    async def failing() -> None:
        shared, work = Shared[int](), Work()
        work.error = ValueError("no")
        waiting = [asyncio.create_task(wait(shared, work)) for _ in range(3)]
        await settled()
        work.go_on.set()
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in told] == [ValueError] * 3

    coroutines.run(failing())


@pytest.mark.filterwarnings("error")
def test_who_left_before_it_failed_leaves_no_complaint_behind():
    complaints: list[object] = []

    async def failing() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *told: complaints.append(told))
        shared, work = Shared[int](), Work()
        work.error = ValueError("no")
        stays, leaves = (asyncio.create_task(wait(shared, work)) for _ in range(2))
        await settled()
        leaves.cancel()
        work.go_on.set()
        await asyncio.gather(stays, leaves, return_exceptions=True)

    coroutines.run(failing())
    assert complaints == []
