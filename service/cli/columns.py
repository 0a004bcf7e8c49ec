"""Commands for kept columns: which are stored beside the mapped ones, and how to be rid of them."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.cli import checks
from service.cli.console import out, print_json, print_table
from service.cli.options import JsonOption
from service.settings import get_settings

app = typer.Typer(help="Columns of files that are kept beside those that a profile maps.")


@app.command("list")
def list_columns(as_json: JsonOption = False) -> None:
    """List the columns that stored incidents hold, and rejected rows that are kept whole."""
    from service.ingest.undoing import forgetting
    from service.store.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        columns = forgetting.kept_columns(session, agency)
        whole = forgetting.rows_kept_whole(session, agency)
    if as_json:
        print_json({"columns": [one._asdict() for one in columns], "rejected_whole": whole})
        return
    table = Table("source", "column", "incidents")
    table.columns[2].justify = "right"
    for one in columns:
        table.add_row(escape(one.source), escape(one.column), f"{one.incidents:,}")
    print_table(table)
    for source, rows in whole.items():
        out.print(f"{rows:,} rejected rows of {escape(source)} are kept as they came.")


@app.command("forget")
def forget_columns(
    profile: Annotated[
        str, typer.Option(help="What it neither maps nor keeps is taken away: a name, or a file.")
    ],
    source: Annotated[
        str | None, typer.Option(help="From this source's incidents; default the profile's.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="A column to keep besides; may be repeated.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how much would go, and change nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Take from stored incidents and rejected rows what a profile does not keep, for good."""
    from service.ingest.profiles.stored import find_or_read
    from service.ingest.undoing import forgetting
    from service.store.tenant import open_tenant

    checks.profile(profile)
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        chosen = find_or_read(session, agency, profile)
        name = source or chosen.source
        gone = forgetting.forget(session, agency, chosen, name, keep or ())
        if dry_run:
            session.rollback()
    if as_json:
        print_json({"source": name, "dry_run": dry_run, **gone._asdict()})
        return
    would = "would do" if dry_run else "do"
    out.print(
        f"{gone.incidents:,} incidents and {gone.rejected_rows:,} rejected rows of "
        f"{escape(name)} {would} without columns that {escape(chosen.name)} does not keep."
    )
