"""Commands for what analyses refer to: boundary layers, street networks, harm indexes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Table

from service.console import err, out, print_json
from service.settings import get_settings

boundary_app = typer.Typer(help="Boundary layers: study areas, districts, beats.")
streets_app = typer.Typer(help="Street networks.")
index_app = typer.Typer(help="Harm indexes: what each offence weighs.")

GROUPS: Final = {"boundary": boundary_app, "streets": streets_app, "harm-index": index_app}


@boundary_app.command("load")
def boundary_load(
    file: Annotated[Path, typer.Argument(help="Polygons in any vector format and CRS.")],
    layer: Annotated[str, typer.Option(help="Name of the layer.")],
    name_column: Annotated[
        str | None, typer.Option(help="Column that names each area; default `name`.")
    ] = None,
    file_layer: Annotated[
        str | None, typer.Option(help="Layer of the file, where it holds several.")
    ] = None,
) -> None:
    """Load a layer of polygons; the same content again changes nothing."""
    from service import boundaries
    from service.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        loaded = boundaries.load_file(
            session, agency, file, layer, name_column=name_column, file_layer=file_layer
        )
    for warning in loaded.warnings:
        err.print(f"[yellow]Warning:[/] {escape(warning)}")
    state = "stored" if loaded.stored else "unchanged"
    areas = "1 area" if loaded.areas == 1 else f"{loaded.areas} areas"
    out.print(f"Layer {loaded.layer}, version {loaded.version}: {areas}, {state}.")


@boundary_app.command("list")
def boundary_list() -> None:
    """List the newest version of each layer."""
    from service import boundaries
    from service.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        for layer in boundaries.layers(session, agency):
            out.print(f"{layer.name}  version {layer.version}  {layer.file_name or ''}")


@streets_app.command("load")
def streets_load(
    file: Annotated[Path, typer.Argument(help="Lines in any vector format and CRS, or OSM.")],
    network: Annotated[str, typer.Option(help="Name of the network.")],
    id_column: Annotated[str | None, typer.Option(help="Column with the street's id.")] = None,
    name_column: Annotated[str | None, typer.Option(help="Column with its name.")] = None,
    class_column: Annotated[str | None, typer.Option(help="Column with its class.")] = None,
    file_layer: Annotated[
        str | None, typer.Option(help="Layer of the file, where it holds several.")
    ] = None,
) -> None:
    """Load a street network; the same content again changes nothing."""
    from service import streets
    from service.tenant import open_tenant

    columns = streets.Columns(id_column, name_column, class_column)
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        loaded = streets.load_file(
            session, agency, file, network, columns=columns, file_layer=file_layer
        )
    state = "stored" if loaded.stored else "unchanged"
    out.print(
        f"Network {network}, version {loaded.version}: {loaded.segments:,} segments, {state}."
    )
    for what, number in loaded.report.items():
        out.print(f"  {what.replace('_', ' ')}: {number:,}")


@streets_app.command("list")
def streets_list() -> None:
    """List the street networks, the newest version of each first."""
    from service import streets
    from service.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        for network in streets.networks(session, agency):
            out.print(f"{network.name}@{network.version}  {network.file_name or ''}")


@index_app.command("load")
def index_load(
    file: Annotated[Path, typer.Argument(help="CSV with offence_code and weight.")],
    name: Annotated[str, typer.Option(help="Name of the index.")],
    version: Annotated[str, typer.Option(help="Version of the index.")],
    title: Annotated[str | None, typer.Option(help="Title; default the name.")] = None,
    unit: Annotated[str, typer.Option(help="Unit of the weights.")] = "days",
    citation: Annotated[str | None, typer.Option(help="Source of the weights.")] = None,
) -> None:
    """Load a version of a harm index; the same version again must be equal."""
    from service import harm_indexes
    from service.tenant import open_tenant

    about = harm_indexes.IndexDescription(name, version, title or name, unit, citation)
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        stored = harm_indexes.load_file(session, agency, file, about)
    out.print(f"Index {name}@{version}: {'stored' if stored else 'unchanged'}.")


@index_app.command("list")
def index_list(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the harm indexes, the newest version of each first."""
    from service import harm_indexes
    from service.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = harm_indexes.all_indexes(session, agency)
    rows = [{"name": i.name, "version": i.version, "unit": i.unit, "title": i.title} for i in found]
    if as_json:
        print_json(rows)
        return
    table = Table("index", "version", "unit", "title")
    for row in rows:
        table.add_row(*row.values())
    out.print(table)
