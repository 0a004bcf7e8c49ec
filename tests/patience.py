"""How long tests wait: for events, never for spans of time.

A limit only ends a test that would wait for ever. Machines are shared and sometimes ten times as
slow as usual, so it is far beyond what anything takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

Found = TypeVar("Found")

PATIENCE_S = 300.0
PATIENCE_MS = 1000 * PATIENCE_S


def until(
    ask: Callable[[], Found], *, told: Callable[[], object] = str, every_s: float = 0.05
) -> Found:
    """Ask until the answer is true, and return it.

    Parameters
    ----------
    ask
        What to ask again and again.
    told
        What to say of it when patience ends.
    every_s
        Seconds between two askings.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not (found := ask()):
        if time.monotonic() > deadline:
            pytest.fail(f"it did not come to be in {PATIENCE_S:.0f} s: {told()}")
        time.sleep(every_s)
    return found
