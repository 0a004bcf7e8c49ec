"""Every analysis that can be run. Adding one adds its two files and one line here."""

from __future__ import annotations

from typing import Any

from service.errors import NotFoundError
from service.processes import concentration, getis_ord, targets
from service.processes.runs import Process
from spatial.errors import Problem

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
        When there is none; the message lists those that there are.
    """
    if name not in PROCESSES:
        raise NotFoundError(
            f"There is no process {name}; there are: {', '.join(PROCESSES)}.",
            [Problem("process", f"unknown process {name}")],
        )
    return PROCESSES[name]
