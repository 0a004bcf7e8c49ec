"""One step ahead: the next chunk is read and checked while the database takes this one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def ahead(steps: Iterator[T]) -> Iterator[Iterator[T]]:
    """Run an iterator one step ahead in a thread of its own; never more than one waits.

    Examples
    --------
    >>> with ahead(iter([1, 2, 3])) as numbers:
    ...     list(numbers)
    [1, 2, 3]
    """
    end = object()

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ingest") as thread:

        def taken() -> Iterator[T]:
            coming = thread.submit(next, steps, end)
            while (step := coming.result()) is not end:
                coming = thread.submit(next, steps, end)
                yield step  # type: ignore[misc]

        yield taken()
