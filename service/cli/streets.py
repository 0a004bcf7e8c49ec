"""Commands for street networks: load and list them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape

from service.cli import checks
from service.cli.console import out, print_json, print_warnings
from service.cli.options import CrsOption, FileLayerOption, JsonOption
from service.settings import get_settings

app = typer.Typer(help="Street networks.")


@app.command("load")
def load_network(
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
    simplify: Annotated[
        bool,
        typer.Option(
            "--simplify",
            help="Make one line of each street space, of dual carriageways, parallel ways and "
            "roundabouts; incidents still snap to the ways that it stands for.",
        ),
    ] = False,
    simplify_classes: Annotated[
        list[str] | None,
        typer.Option(
            help="Simplify only streets of these classes, with commas between or given several "
            "times. Default: all but footways and other paths.",
        ),
    ] = None,
    crs: CrsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a street network; the same content again changes nothing."""
    from service.ingest.readers.limits import Limits
    from service.store.repository import streets as repository
    from service.store.repository import versions
    from service.store.tenant import open_tenant
    from service.vector import street_reports, streets

    checks.present([file])
    versions.check_name(repository.KIND, network, "network")
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
            simplify=simplify,
            simplify_classes=simplify_classes or (),
            crs=crs,
            limits=Limits.of(get_settings()),
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
    print_warnings(loaded.report["warnings"])


@app.command("list")
def list_networks(as_json: JsonOption = False) -> None:
    """List the street networks, the newest version of each first."""
    from service.store.repository import streets
    from service.store.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = streets.networks(session, agency)
    if as_json:
        shown = ("name", "version", "file_name", "loaded_at", "report")
        print_json([{name: getattr(network, name) for name in shown} for network in found])
        return
    for network in found:
        out.print(f"{escape(network.name)}@{network.version}  {escape(network.file_name or '')}")
