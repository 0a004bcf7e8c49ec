"""Every analysis that can be run. Adding one adds its two files and one line here.

Whoever lists or finds analyses reads `PROCESSES` when asked, never when imported, so that one that
is added to a running program is on every surface.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from service.analyses import backtest, concentration, getis_ord, stability, targets
from service.analyses.contract import Process
from service.analyses.study.params import AnalysisParams
from service.errors import unknown

if TYPE_CHECKING:
    from service.store.models import AnalysisRun

PROCESSES: dict[str, Process[Any]] = {
    process.name: process
    for process in (
        getis_ord.PROCESS,
        concentration.PROCESS,
        targets.PROCESS,
        backtest.PROCESS,
        stability.PROCESS,
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
        raise unknown("process", name, PROCESSES, "process")
    return PROCESSES[name]


def tester_of(name: str) -> Process[Any] | None:
    """Return the process that tests the runs of another; None: none does."""
    return next((one for one in PROCESSES.values() if one.tests == name), None)


def of(run: AnalysisRun) -> Process[Any]:
    """Return the process of a stored run, which can be read though this version has it no more."""
    return PROCESSES[run.process] if run.process in PROCESSES else _gone(run.process)


def _gone(name: str) -> Process[Any]:
    def refuse(*_: Any) -> NoReturn:
        raise unknown("process", name, PROCESSES, "process")

    return Process(
        name=name,
        title=name,
        description="An analysis that this version of Harmspot does not have.",
        params=AnalysisParams,
        run=refuse,
        headline=lambda _run: f"An answer of {name}",
        question=lambda _run: f"{name}, which this version of Harmspot does not have.",
    )
