"""The command that publishes a run."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.console import out
from service.cli.stored import find_run
from service.settings import get_settings


def publish(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run's id.")],
    by: Annotated[str | None, typer.Option(help="Who publishes it; default you.")] = None,
) -> None:
    """Publish a run: from then on it is what clients see of its process."""
    import getpass

    from service.store.repository import publications
    from service.store.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        run = find_run(tenant, session, agency, run_id)
        made = publications.publish(session, run.agency_id, run.id, by or getpass.getuser())
    out.print(f"Run {made.run_id} is the published run of {made.process}.")
