"""Commands for boundary layers: load, list and show them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.cli import checks
from service.cli.console import out, print_json, print_table, print_warnings
from service.cli.options import CrsOption, FileLayerOption, JsonOption
from service.settings import get_settings

app = typer.Typer(help="Boundary layers: study areas, districts, beats.")


@app.command("load")
def load_layer(
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
    from service.ingest.readers.limits import Limits
    from service.store.repository import boundaries as repository
    from service.store.repository import versions
    from service.store.tenant import open_tenant
    from service.vector import boundaries

    checks.present([file])
    versions.check_name(repository.KIND, layer, "layer")
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        loaded = boundaries.load_file(
            session,
            agency,
            file,
            layer,
            name_column=name_column,
            file_layer=file_layer,
            crs=crs,
            limits=Limits.of(get_settings()),
        )
    if as_json:
        print_json(asdict(loaded))
        return
    print_warnings(loaded.warnings)
    state = "stored" if loaded.stored else "unchanged"
    areas = "1 area" if loaded.areas == 1 else f"{loaded.areas:,} areas"
    out.print(f"Layer {escape(loaded.layer)}, version {loaded.version}: {areas}, {state}.")


@app.command("list")
def list_layers(as_json: JsonOption = False) -> None:
    """List the newest version of each layer."""
    from service.store.repository import boundaries
    from service.store.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = boundaries.layers(session, agency)
    if as_json:
        shown = ("name", "version", "file_name", "loaded_at")
        print_json([{name: getattr(layer, name) for name in shown} for layer in found])
        return
    for layer in found:
        out.print(f"{escape(layer.name)}  version {layer.version}  {escape(layer.file_name or '')}")


@app.command("show")
def show_layer(
    layer: Annotated[str, typer.Argument(help="A layer, LAYER or LAYER@VERSION.")],
    as_json: JsonOption = False,
) -> None:
    """List the areas of a layer with their size."""
    from service.store.repository import boundaries
    from service.store.tenant import open_tenant
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
    print_table(table)
