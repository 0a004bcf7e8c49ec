"""Coroutines in tests that are not coroutines themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from tests.patience import PATIENCE_S

Found = TypeVar("Found")


def run(coroutine: Coroutine[Any, Any, Found], limit_s: float = PATIENCE_S) -> Found:
    """Run a coroutine to its end, on a loop and in a thread of its own.

    A browser's loop runs in a test process' main thread from the first browser test on, beside
    which asyncio starts no other there.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(coroutine, limit_s)).result()
