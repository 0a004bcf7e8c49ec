"""The command that ranks patrol targets and shows them as a table."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli import options
from service.cli.console import err, out, print_targets, write_file
from service.cli.options import JsonOption
from service.cli.progress import progress_bar
from service.settings import get_settings


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
    from service.analyses.targets import TargetsParams
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
