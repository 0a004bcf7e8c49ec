"""How many processors this process may use, where others use the same machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_GROUPS: Final = Path("/sys/fs/cgroup")
_OWN_GROUP: Final = Path("/proc/self/cgroup")

_SERIAL: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Told to libraries of linear algebra, which analyses hardly use: a pool in each process of a
machine that others use too would gain them nothing."""


def processors() -> int:
    """Return how many processors this process may use: at least one.

    That is what the scheduler lets it run on (its affinity), and no more than the quota of its
    control group: a container of half a machine of 64 sees all 64, and may use 32.
    """
    if hasattr(os, "sched_getaffinity"):
        may_use = len(os.sched_getaffinity(0))
    else:
        may_use = os.cpu_count() or 1
    quota = _quota(_GROUPS, _OWN_GROUP)
    return may_use if quota is None else max(1, min(may_use, int(quota)))


def limit_threads() -> None:
    """Have processes that this one starts begin no more threads than they have processors.

    What the environment says already stays as it is.
    """
    os.environ.setdefault("NUMBA_NUM_THREADS", str(processors()))
    for name in _SERIAL:
        os.environ.setdefault(name, "1")


def _quota(groups: Path, own_group: Path) -> float | None:
    """Return the least quota of a control group (version 2) and those above it, in processors."""
    try:
        lines = own_group.read_text().splitlines()
    except OSError:
        return None
    path = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), None)
    if path is None:
        return None
    group, found = groups / path, []
    while True:
        try:
            share, period = (group / "cpu.max").read_text().split()
            if share != "max":
                found.append(int(share) / int(period))
        except (OSError, ValueError):
            pass  # the topmost group has none, and a container may not see those above its own
        if group == groups or groups not in group.parents:
            return min(found, default=None)
        group = group.parent
