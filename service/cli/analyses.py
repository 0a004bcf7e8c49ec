"""Commands for analyses: run any of them, rank targets, write a stored run to a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import options
from service.cli.console import err, out, print_json, print_targets, print_tree, write_file
from service.cli.progress import progress_bar
from service.settings import get_settings

if TYPE_CHECKING:
    from service.store.models import AnalysisRun

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(
    context: typer.Context,
    process: Annotated[str, typer.Argument(help="Name of the analysis.")],
    as_json: JsonOption = False,
) -> None:
    """Run an analysis with parameters given as options."""
    from service.analyses.registry import find
    from service.export import geojson

    chosen = find(process)
    params = options.validated(chosen.params, options.parse(context.args))
    made = _execute(chosen, params)
    if as_json:
        print_json(geojson.run_member(made) | {"result": made.result})
        return
    out.print(f"Run {made.id} ({made.process}, data version {made.data_version}).")
    print_tree(made.result)


def targets(
    index: Annotated[str, typer.Option(help="Harm index, NAME or NAME@VERSION.")],
    start: Annotated[str, typer.Option("--from", help="First day of the window.")],
    end: Annotated[str, typer.Option("--to", help="Last day of the window.")],
    unit: Annotated[
        str, typer.Option(help="Unit of place: h3, segment (of --network), polygon (of --layer).")
    ] = "h3",
    resolution: Annotated[int | None, typer.Option(help="H3 resolution, 7 to 12.")] = None,
    network: Annotated[str | None, typer.Option(help="Street network, NAME or NAME@VERSION.")] = (
        None
    ),
    layer: Annotated[str | None, typer.Option(help="Boundary layer whose areas are units.")] = None,
    study_area: Annotated[str | None, typer.Option(help="Boundary layer, or LAYER/NAME.")] = None,
    districts: Annotated[
        str | None, typer.Option(help="Boundary layer of districts that targets name.")
    ] = None,
    top: Annotated[int | None, typer.Option(help="Greatest number of targets.")] = None,
    top_per_district: Annotated[
        int | None, typer.Option(help="Greatest number in each district.")
    ] = None,
    neighbours: Annotated[int | None, typer.Option(help="Neighbourhood, in steps.")] = None,
    neighbour_distance_m: Annotated[
        float | None, typer.Option(help="Neighbourhood of segments, metres along the streets.")
    ] = None,
    max_snap_m: Annotated[
        float | None, typer.Option(help="Metres within which an incident belongs to a street.")
    ] = None,
    alpha: Annotated[
        float | None, typer.Option(help="Level that a q-value must not exceed.")
    ] = None,
    min_incidents: Annotated[int | None, typer.Option(help="Fewest incidents of a unit.")] = None,
    max_area_km2: Annotated[float | None, typer.Option(help="Largest target of cells.")] = None,
    max_length_m: Annotated[float | None, typer.Option(help="Longest target of streets.")] = None,
    patrol_buffer_m: Annotated[
        float | None, typer.Option(help="Give targets a patrol area this far around them.")
    ] = None,
    strategy: Annotated[str | None, typer.Option(help="significant, or top.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random draw.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the targets as GeoJSON.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Rank patrol targets with their evidence. `harmspot run targets` takes every parameter."""
    from service.analyses import runs
    from service.analyses import targets as process
    from service.analyses.params import TargetsParams
    from service.export import geojson
    from service.store.tenant import open_tenant

    given = {
        "unit": unit,
        "resolution": resolution,
        "network": network,
        "layer": layer,
        "index": index,
        "study_area": study_area,
        "districts": districts,
        "from": start,
        "to": end,
        "top": top,
        "top_per_district": top_per_district,
        "neighbours": neighbours,
        "neighbour_distance_m": neighbour_distance_m,
        "max_snap_m": max_snap_m,
        "alpha": alpha,
        "min_incidents": min_incidents,
        "max_area_km2": max_area_km2,
        "max_length_m": max_length_m,
        "patrol_buffer_m": patrol_buffer_m,
        "strategy": strategy,
        "seed": seed,
    }
    named = {name: value for name, value in given.items() if value is not None}
    params = options.validated(TargetsParams, named)
    with (
        open_tenant(get_settings()) as tenant,
        progress_bar("targets", err) as progress,
        tenant.unit_of_work() as (session, agency),
    ):
        run = runs.execute(session, agency, process.PROCESS, params, progress.share)
        document = geojson.targets(session, run)
    if output is not None:
        write_file(output, document)
    if as_json:
        sys.stdout.write(document.decode() + "\n")
        return
    print_targets(json.loads(document), out)
    if output is not None:
        out.print(f"Written to {output}.")


def export(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run's id.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="geojson, gpkg, fgb, geoparquet, csv, kml, qgz, zip, or json of a concentration; "
            "by default what the file's suffix says.",
        ),
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option(
            help="For a format that holds one: targets, units, patrol_areas; of a concentration "
            "shares, lorenz. By default the one that answers the run."
        ),
    ] = None,
    service_url: Annotated[
        str | None,
        typer.Option(help="For qgz: address of a service that the project reads live."),
    ] = None,
) -> None:
    """Write a stored run to a file."""
    from service.analyses import runs
    from service.export import files, formats
    from service.store.tenant import open_tenant

    form = formats.find(format_) if format_ else files.format_of(output)
    with (
        open_tenant(get_settings()) as tenant,
        progress_bar("export", err) as progress,
        tenant.unit_of_work() as (session, agency),
    ):
        run = runs.find(session, agency, run_id)
        files.export(
            session,
            agency,
            run,
            form,
            output,
            layer=layer,
            service_url=service_url,
            progress=progress.share,
        )
    out.print(f"Written to {output}.")


def _execute(process: Any, params: Any) -> AnalysisRun:
    from service.analyses import runs
    from service.store.tenant import open_tenant

    with (
        open_tenant(get_settings()) as tenant,
        progress_bar(process.name, err) as progress,
        tenant.unit_of_work() as (session, agency),
    ):
        return runs.execute(session, agency, process, params, progress.share)
