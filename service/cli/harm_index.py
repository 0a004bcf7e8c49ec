"""Commands for harm indexes: load and list them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from service.cli import checks
from service.cli.console import out, print_json, print_table
from service.cli.options import JsonOption
from service.settings import get_settings

app = typer.Typer(help="Harm indexes: what each offence weighs.")


@app.command("load")
def load_index(
    file: Annotated[Path, typer.Argument(help="CSV with offence_code and weight.")],
    name: Annotated[str, typer.Option(help="Name of the index.")],
    version: Annotated[str, typer.Option(help="Version of the index.")],
    title: Annotated[str | None, typer.Option(help="Title; default the name.")] = None,
    unit: Annotated[str, typer.Option(help="Unit of the weights.")] = "days",
    citation: Annotated[str | None, typer.Option(help="Source of the weights.")] = None,
) -> None:
    """Load a version of a harm index; the same version again must be equal."""
    from service.store.repository import harm_indexes, versions
    from service.store.tenant import open_tenant

    checks.present([file])
    versions.check_name(harm_indexes.KIND, name, "name")
    versions.check_name(f"version of a {harm_indexes.KIND}", version, "version")
    about = harm_indexes.IndexDescription(name, version, title or name, unit, citation)
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        stored = harm_indexes.load_file(session, agency, file, about)
    out.print(f"Index {name}@{version}: {'stored' if stored else 'unchanged'}.")


@app.command("list")
def list_indexes(
    as_json: JsonOption = False,
) -> None:
    """List the harm indexes, the newest version of each first."""
    from service.store.repository import harm_indexes
    from service.store.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = harm_indexes.all_indexes(session, agency)
    rows = [{"name": i.name, "version": i.version, "unit": i.unit, "title": i.title} for i in found]
    if as_json:
        print_json(rows)
        return
    table = Table("index", "version", "unit", "title")
    for row in rows:
        table.add_row(*row.values())
    print_table(table)
