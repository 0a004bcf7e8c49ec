"""Commands for what analyses refer to: boundary layers, street networks, harm indexes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final, Literal

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.console import err, out, print_json
from service.settings import get_settings

boundary_app = typer.Typer(help="Boundary layers: study areas, districts, beats.")
streets_app = typer.Typer(help="Street networks.")
index_app = typer.Typer(help="Harm indexes: what each offence weighs.")

GROUPS: Final = {"boundary": boundary_app, "streets": streets_app, "harm-index": index_app}


FileLayerOption = Annotated[
    str | None, typer.Option(help="Layer of the file, where it holds several.")
]
CrsOption = Annotated[
    str | None,
    typer.Option(help="Coordinate reference system of a file that does not say its own."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@boundary_app.command("load")
def boundary_load(
    file: Annotated[Path, typer.Argument(help="Polygons in any of the formats that are read.")],
    layer: Annotated[str, typer.Option(help="Name of the layer.")],
    name_column: Annotated[
        str | None, typer.Option(help="Column that names each area; default `name`.")
    ] = None,
    file_layer: FileLayerOption = None,
    crs: CrsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a layer of polygons; the same content again changes nothing."""
    from service.store.tenant import open_tenant
    from service.vector import boundaries

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        loaded = boundaries.load_file(
            session, agency, file, layer, name_column=name_column, file_layer=file_layer, crs=crs
        )
    if as_json:
        print_json(asdict(loaded))
        return
    _warn(loaded.warnings)
    state = "stored" if loaded.stored else "unchanged"
    areas = "1 area" if loaded.areas == 1 else f"{loaded.areas:,} areas"
    out.print(f"Layer {escape(loaded.layer)}, version {loaded.version}: {areas}, {state}.")


@boundary_app.command("list")
def boundary_list(as_json: JsonOption = False) -> None:
    """List the newest version of each layer."""
    from service.store.tenant import open_tenant
    from service.vector import boundaries

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = boundaries.layers(session, agency)
    if as_json:
        shown = ("name", "version", "file_name", "loaded_at")
        print_json([{name: getattr(layer, name) for name in shown} for layer in found])
        return
    for layer in found:
        out.print(f"{escape(layer.name)}  version {layer.version}  {escape(layer.file_name or '')}")


@boundary_app.command("show")
def boundary_show(
    layer: Annotated[str, typer.Argument(help="A layer, LAYER or LAYER@VERSION.")],
    as_json: JsonOption = False,
) -> None:
    """List the areas of a layer with their size."""
    from service.store.tenant import open_tenant
    from service.vector import boundaries
    from spatial.areas import area_km2

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = boundaries.find_layer(session, agency, layer)
        areas = boundaries.layer_areas(session, found)
    sizes = area_km2(areas.geometry.to_numpy()).tolist()
    rows = [
        {"name": name, "area_km2": round(km2, 6)}
        for name, km2 in zip(areas["name"], sizes, strict=True)
    ]
    if as_json:
        print_json({"layer": found.name, "version": found.version, "areas": rows})
        return
    table = Table("area", "km²", title=f"{escape(found.name)}@{found.version}")
    table.columns[1].justify = "right"
    for row in rows:
        table.add_row(escape(str(row["name"])), f"{row['area_km2']:,.3f}")
    out.print(table)


@streets_app.command("load")
def streets_load(
    file: Annotated[Path, typer.Argument(help="Lines in any of the formats that are read.")],
    network: Annotated[str, typer.Option(help="Name of the network.")],
    id_column: Annotated[str | None, typer.Option(help="Column with the street's id.")] = None,
    name_column: Annotated[str | None, typer.Option(help="Column with its name.")] = None,
    class_column: Annotated[str | None, typer.Option(help="Column with its class.")] = None,
    file_layer: FileLayerOption = None,
    only_class: Annotated[
        list[str] | None,
        typer.Option(help="Take only lines of this class; may be given several times."),
    ] = None,
    noding: Annotated[
        Literal["none", "vertices", "crossings"] | None,
        typer.Option(
            help="Cut lines at vertices that they share, at crossings too, or nowhere. Default: "
            "vertices for OpenStreetMap, none for other files."
        ),
    ] = None,
    crs: CrsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a street network; the same content again changes nothing."""
    from service.store.tenant import open_tenant
    from service.vector import street_reports, streets

    columns = streets.Columns(id_column, name_column, class_column)
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        loaded = streets.load_file(
            session,
            agency,
            file,
            network,
            columns=columns,
            file_layer=file_layer,
            only_classes=only_class or (),
            noding=noding,
            crs=crs,
        )
    if as_json:
        print_json(asdict(loaded))
        return
    state = "stored" if loaded.stored else "unchanged"
    out.print(
        f"Network {escape(network)}, version {loaded.version}: {loaded.segments:,} segments, "
        f"{state}."
    )
    for line in street_reports.in_words(loaded.report):
        out.print(f"  {escape(line)}")
    _warn(loaded.report["warnings"])


@streets_app.command("list")
def streets_list(as_json: JsonOption = False) -> None:
    """List the street networks, the newest version of each first."""
    from service.store.tenant import open_tenant
    from service.vector import streets

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = streets.networks(session, agency)
    if as_json:
        shown = ("name", "version", "file_name", "loaded_at", "report")
        print_json([{name: getattr(network, name) for name in shown} for network in found])
        return
    for network in found:
        out.print(f"{escape(network.name)}@{network.version}  {escape(network.file_name or '')}")


def _warn(warnings: list[str]) -> None:
    for warning in warnings:
        err.print(f"[yellow]Warning:[/] {escape(warning)}")


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
    from service.store.repository import harm_indexes
    from service.store.tenant import open_tenant

    about = harm_indexes.IndexDescription(name, version, title or name, unit, citation)
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        stored = harm_indexes.load_file(session, agency, file, about)
    out.print(f"Index {name}@{version}: {'stored' if stored else 'unchanged'}.")


@index_app.command("list")
def index_list(
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
    out.print(table)
