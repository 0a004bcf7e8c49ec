"""Every analysis that can be run. Adding one adds its two files and one line here."""

from __future__ import annotations

from typing import Any

from service.analyses import concentration, getis_ord, targets
from service.analyses.contract import Process
from service.store.repository import versions

PROCESSES: dict[str, Process[Any]] = {
    process.name: process
    for process in (
        getis_ord.PROCESS,
        concentration.PROCESS,
        targets.PROCESS,
    )
}


def find(name: str) -> Process[Any]:
    """Return a process by its name.

    Raises
    ------
    NotFoundError
        When there is none; the message lists those that there are, and the nearest.
    """
    if name not in PROCESSES:
        raise versions.unknown("process", name, PROCESSES, "process")
    return PROCESSES[name]
