"""How good a list was on data that it had not seen: its backtest, or why there is none yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from pydantic import ValidationError

from service.analyses import registry, runs
from service.store.models import AnalysisRun
from service.store.repository import asked
from service.store.repository import runs as runs_stored
from service.words.catalogue import gettext, gettext_noop
from spatial.errors import HarmspotError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.store.models import Job

Status: TypeAlias = Literal[
    "computed", "queued", "running", "failed", "none", "outdated", "impossible"
]

_OF_JOBS: Final[dict[str, Status]] = {
    "accepted": "queued",
    "running": "running",
    "failed": "failed",
    "dismissed": "none",
    "successful": "outdated",
}
"""What the job of a test that is not stored says of it: one that is done tested newer data."""

_WORDS: Final[dict[Status, str]] = {
    "queued": gettext_noop(
        "How good this list's rule was on data that it had not seen is not known yet: its "
        "backtest waits to be computed."
    ),
    "running": gettext_noop(
        "How good this list's rule was on data that it had not seen is not known yet: its "
        "backtest is being computed."
    ),
    "failed": gettext_noop(
        "How good this list's rule was on data that it had not seen is not known: its backtest "
        "failed. {reason}"
    ),
    "none": gettext_noop(
        "How good this list's rule was on data that it had not seen is not known: nobody has "
        "asked for its backtest yet. Open it from the page of this list, or call harmspot run "
        "backtest with the list's parameters."
    ),
    "outdated": gettext_noop(
        "How good this list's rule was on data that it had not seen is not known: the data "
        "changed before its backtest was computed. Ask for the list again."
    ),
    "impossible": gettext_noop("This list has no backtest. {reason}"),
}


@dataclass(frozen=True)
class Tested:
    """The test of a run on data that it had not seen, as every surface tells it.

    Parameters
    ----------
    status
        Whether it is computed, and if not, how it stands.
    words
        What to say of it, whatever the status: the whole verdict, or why there is none.
    id, href, page
        The run that it is, below the address of the service; None where it cannot be.
    job
        The job that computes it, or failed to.
    sentence
        The whole verdict; None where it is not computed.
    figures
        The numbers of that sentence, by name.
    """

    status: Status
    words: str
    id: str | None = None
    href: str | None = None
    page: str | None = None
    job: str | None = None
    sentence: str | None = None
    figures: dict[str, Any] | None = None


def tested(session: Session, run: AnalysisRun) -> Tested | None:
    """Return how a run was tested; None: no analysis tests such runs.

    Parameters
    ----------
    session
        The unit of work.
    run
        The run, such as a list of targets.
    """
    how = all_tested(session, run.agency_id, [run])[run.id]
    if how is None or how.status != "none" or _would_be(session, run, how):
        return how
    return replace(how, status="outdated", words=_words("outdated"))


def all_tested(
    session: Session, agency_id: int, listed: Sequence[AnalysisRun]
) -> dict[str, Tested | None]:
    """Return how each of several runs was tested, by its id.

    Whether data changed since a run whose test nobody asked for is told by `tested` alone.
    """
    named = {
        run.id: run.provenance["backtest"]["id"]
        for run in listed
        if isinstance(run.provenance.get("backtest"), dict)
    }
    tests = runs_stored.by_id(session, agency_id, list(named.values()))
    jobs = asked.jobs_for(session, agency_id, named.values()) if len(tests) < len(named) else {}
    return {
        run.id: _how(run, tests.get(named.get(run.id, "")), jobs.get(named.get(run.id, "")))
        for run in listed
    }


def _how(run: AnalysisRun, test: AnalysisRun | None, job: Job | None) -> Tested | None:
    if registry.tester_of(run.process) is None:
        return None
    named = run.provenance.get("backtest")
    if not isinstance(named, dict):
        reason = named or gettext("It was stored by a version of Harmspot that made none.")
        return Tested("impossible", _words("impossible", reason))
    where = {"id": named["id"], "href": named["href"], "page": f"/runs/{named['id']}"}
    if test is not None:
        told = registry.of(test).verdict(test)
        return Tested(
            "computed", told.sentence, **where, sentence=told.sentence, figures=told.figures
        )
    if job is None:
        return Tested("none", _words("none"), **where)
    status, problem = _OF_JOBS[job.status], job.problem or {}
    words = _words(status, problem.get("detail", ""))
    return Tested(status, words, **where, job=f"/api/v1/jobs/{job.id}")


def standing_of(
    session: Session, agency_id: int, test_id: str
) -> tuple[AnalysisRun, Tested] | None:
    """Return the run that names a test which is not stored, and how that stands; None: none does.

    Parameters
    ----------
    session, agency_id
        The unit of work, and whose runs.
    test_id
        Name of the test.
    """
    run = asked.naming(session, agency_id, test_id)
    found = None if run is None else tested(session, run)
    return None if run is None or found is None else (run, found)


def _would_be(session: Session, run: AnalysisRun, how: Tested) -> bool:
    """Tell whether who asked now for the test of a run would get the one that it names."""
    tester = registry.tester_of(run.process)
    if tester is None:
        return False
    try:
        params = tester.params.model_validate(tester.params.of_stored(run.parameters))
        return runs.look_up(session, run.agency_id, tester, params).run_id == how.id
    except (ValidationError, HarmspotError):
        return False  # what it named is gone, or is named otherwise


def _words(status: Status, reason: str = "") -> str:
    return gettext(_WORDS[status], reason=reason)
