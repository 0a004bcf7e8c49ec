"""How many threads a computation starts."""

from __future__ import annotations

import os


def number_of_threads() -> int:
    """Return how many threads to start: numba's number (``NUMBA_NUM_THREADS``).

    Without one, as many as there are processors on which this process may run, which on a machine
    that is shared are fewer than it has.
    """
    given = os.environ.get("NUMBA_NUM_THREADS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
