"""Commands for sources of incidents: which there are, and how to be rid of one."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.console import out, print_json
from service.cli.options import JsonOption
from service.cli.quality import print_quality
from service.settings import get_settings

app = typer.Typer(help="Sources that incidents come from.")


@app.command("list")
def list_sources(as_json: JsonOption = False) -> None:
    """List the sources, with how many incidents are stored of each, and of which days."""
    from service.ingest import sources
    from service.store.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = sources.sources(session, agency)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    table = Table("source", "time zone", "incidents", "from", "to")
    table.columns[2].justify = "right"
    for one in found:
        days = [f"{at:%Y-%m-%d}" if at else "" for at in (one.earliest, one.latest)]
        table.add_row(escape(one.name), one.time_zone, f"{one.incidents:,}", *days)
    out.print(table)


@app.command("delete")
def delete_source(
    name: Annotated[str, typer.Argument(help="Name of the source.")],
    purge: Annotated[
        bool,
        typer.Option(
            "--purge", help="For good: it cannot be undone, and its rejected rows go too."
        ),
    ] = False,
    reason: Annotated[str | None, typer.Option(help="Why; kept with the batch.")] = None,
    by: Annotated[str | None, typer.Option(help="Who deletes it; default you.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Take away all incidents of a source, as a batch that can be undone until it is purged."""
    import getpass

    from service.ingest.undoing import removing
    from service.store.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        report = removing.delete_source(
            session, agency, name, by=by or getpass.getuser(), reason=reason, purge=purge
        )
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    out.print(f"{report.removed:,} incidents of {escape(name)} are gone (batch {report.batch_id}).")
    if not purge:
        out.print(f"harmspot batch undo {report.batch_id} brings them back.")


@app.command("quality")
def quality_of_source(
    name: Annotated[str, typer.Argument(help="Name of the source.")], as_json: JsonOption = False
) -> None:
    """Show how good a source's incidents are, and what changed in the latest months."""
    from service.ingest.quality import quality
    from service.store.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        report = quality.of_source(session, agency, name)
    print_quality(report, as_json)
