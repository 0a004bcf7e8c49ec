"""Stored runs, found by commands wherever the service beside them would show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from service.cli.console import err
from service.settings import get_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.store.models import AnalysisRun
    from service.store.tenant import Tenant


def find_run(tenant: Tenant, session: Session, agency_id: int, run_id: str) -> AnalysisRun:
    """Return a stored run; of another agency of the database, where none was asked for.

    `harmspot demo` and its service work for an agency of their own. Whoever named an agency means
    that one.

    Raises
    ------
    NotFoundError
        When there is none; the message says where it was looked for.
    """
    from service.analyses.tested import standing_of
    from service.errors import NotFoundError
    from service.store.repository import runs
    from spatial.errors import Problem

    try:
        return runs.find(session, agency_id, run_id)
    except NotFoundError:
        elsewhere = runs.with_agency(session, run_id)
    chosen = "agency" in get_settings().model_fields_set
    if elsewhere is not None and not chosen:
        run, agency = elsewhere
        err.print(f"Run {escape(run_id)} is of agency {escape(agency)}.")
        return run
    named = standing_of(session, agency_id, run_id)
    if named is not None:
        listed, how = named
        raise NotFoundError(
            f"Run {run_id} is the backtest that list {listed.id} names. {how.words}",
            [Problem("run", f"backtest of run {listed.id}: {how.status}")],
        )
    database = tenant.database.url.render_as_string(hide_password=True)
    hint = (
        f"it is one of agency {elsewhere[1]}: set HARMSPOT_AGENCY={elsewhere[1]}"
        if elsewhere is not None
        else "`harmspot run list` lists those that are stored"
    )
    raise NotFoundError(
        f"There is no run {run_id} in agency {tenant.agency} of {database}; {hint}.",
        [Problem("run", f"unknown run {run_id}")],
    )


def say_where_runs_are(session: Session, agency: str) -> None:
    """Say which other agencies have runs, to whoever finds none in theirs."""
    from service.store.repository import runs

    others = [(name, many) for name, many in runs.by_agency(session) if name != agency]
    for name, many in others:
        stored = "1 run" if many == 1 else f"{many:,} runs"
        err.print(
            f"Agency {escape(agency)} has no runs; {escape(name)} has {stored}: "
            f"HARMSPOT_AGENCY={escape(name)} harmspot run list",
            soft_wrap=True,
        )
