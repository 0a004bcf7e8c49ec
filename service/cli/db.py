"""Commands for the database: bring its schema up, say how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from service.cli.console import out
from service.settings import get_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

app = typer.Typer(help="The database.")


@app.command("upgrade")
def upgrade() -> None:
    """Bring the database's schema up to what this version needs."""
    from service.store import schema
    from service.store.session import upgrade_configured

    upgrade_configured(get_settings())
    out.print(f"The schema is at revision {schema.head()}.")


@app.command("status")
def status() -> None:
    """Say which database is used, its schema and what it holds."""
    from service.store import schema
    from service.store.repository import agencies
    from service.store.tenant import open_tenant

    with (
        open_tenant(get_settings(), equip=False) as tenant,
        tenant.unit_of_work() as (session, agency),
    ):
        held = agencies.holdings(session, agency)
        server = schema.server(session.connection())
        revision = schema.current(session.connection())
        queue = _queue_line(session, agency)
    out.print(f"Database   {tenant.database.url.render_as_string(hide_password=True)}")
    out.print(f"Server     {server}")
    out.print(f"Schema     {revision}")
    out.print(f"Agency     {tenant.agency}, data version {held.data_version}")
    out.print(f"Incidents  {held.incidents:,}")
    out.print(f"Runs       {held.runs:,}")
    out.print(f"Queue      {queue}")


def _queue_line(session: Session, agency_id: int) -> str:
    """Return how the queue stands, for `harmspot db status`."""
    from service.jobs.report import queue_state

    state = queue_state(session, agency_id, get_settings().worker_stalled_s)
    waiting = f"{state.jobs['accepted']:,} waiting"
    if state.jobs["accepted"]:
        waiting += f" (the oldest for {state.oldest_waiting_s:,.0f} s)"
    workers = "1 worker" if state.workers == 1 else f"{state.workers:,} workers"
    return f"{waiting}, {state.jobs['running']:,} running, {workers}"
