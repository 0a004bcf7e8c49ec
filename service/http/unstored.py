"""Runs that others name and that are not stored yet: asked for by whoever follows the link."""

from __future__ import annotations

from fastapi import Request
from sqlalchemy.orm import Session

from service.access.callers import Caller
from service.access.roles import Permission
from service.analyses import tested
from service.analyses.tested import Tested
from service.errors import ConflictError
from service.jobs import following
from service.jobs.answers import Answers
from spatial.errors import Problem


def ask(request: Request, session: Session, agency_id: int, run_id: str) -> Tested | None:
    """Return how the test of a run stands that is not stored, and have it computed.

    Parameters
    ----------
    request
        Whose application knows whether workers live, and whose caller may have it computed or not.
    session, agency_id
        The unit of work, and whose runs.
    run_id
        What was followed.

    Returns
    -------
    Tested or None
        None where no run names it.

    Raises
    ------
    ConflictError
        When it never will be stored: it failed, or the data have changed since.
    """
    found = tested.standing_of(session, agency_id, run_id)
    if found is None:
        return None
    run, how = found
    answers: Answers = request.app.state.answers
    caller: Caller = request.state.caller
    may_ask = Permission.ANALYSES_RUN in caller.permissions
    if how.status in ("none", "failed") and may_ask and answers.has_workers(session):
        following.ask(session, run)
        how = tested.tested(session, run) or how
    if how.status in ("failed", "outdated"):
        raise ConflictError(how.words, [Problem("run", f"backtest of run {run.id}: {how.status}")])
    return how
