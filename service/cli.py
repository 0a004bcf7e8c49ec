"""The `harmspot` command: each command is thin and calls what the routes call.

Commands import what they need themselves, so that `--help` answers at once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.markup import escape

from service import __version__, cli_jobs, cli_reference, options
from service.console import (
    err,
    out,
    print_json,
    print_reports,
    print_targets,
    print_tree,
    write_file,
)
from service.progress import progress_bar
from service.settings import Settings, get_settings
from spatial.errors import HarmspotError

if TYPE_CHECKING:
    from service.db.models import AnalysisRun
    from service.ingest.report import BatchReport
    from service.tenant import Tenant

app = typer.Typer(
    name="harmspot",
    help="Place-based targeting for police: where harm gathers, which places to patrol, and why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
db_app = typer.Typer(help="The database.")
for name, commands in cli_reference.GROUPS.items():
    app.add_typer(commands, name=name, no_args_is_help=True)
app.add_typer(db_app, name="db", no_args_is_help=True)
app.add_typer(cli_jobs.schedule_app, name="schedule", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run the command; a refusal is one clear line and exit status 1."""
    # Being told to stop unwinds like any exit, so that a private database is stopped too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        app()
    except HarmspotError as error:
        _refuse(error)
    except KeyboardInterrupt:
        err.print("Stopped.")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone (`harmspot ... | head`): nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        out.print(__version__)
        raise typer.Exit


@app.command()
def demo(
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the map when done.")
    ] = True,
    port: Annotated[int, typer.Option(help="Port of the map.")] = 8000,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the targets go.")] = Path(
        "out/targets.geojson"
    ),
) -> None:
    """Load a synthetic sample city, run the whole pipeline on it and show its targets."""
    from service import demo as sample
    from service.db.session import open_database
    from service.tenant import Tenant

    settings = get_settings().model_copy(update={"agency": sample.AGENCY, "port": port})
    with open_database(settings) as database:
        tenant = Tenant(database, settings.agency)
        sample.run(tenant, output, out)
        if serve:
            _serve(settings, tenant)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0: any free one.")] = None,
) -> None:
    """Run the service (with a private database when none is configured)."""
    given = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    _serve(get_settings().model_copy(update=given))


@app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(help="CSV, GeoJSON or GeoParquet; gzip too.")],
    profile: Annotated[
        str, typer.Option(help="police-uk, chicago, generic, or the path of a TOML file.")
    ],
    source: Annotated[
        str | None, typer.Option(help="Name of the source; default the profile's.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest incident files, each in one transaction, and report what became of every row."""
    from service.errors import UnreadableFileError
    from service.ingest.load import ingest as ingest_file
    from service.ingest.profiles import load_profile
    from service.ingest.report import total

    chosen = load_profile(profile)
    reports: list[BatchReport] = []
    with _tenant() as tenant:
        for file in files:
            if not file.is_file():
                _stopped(file, reports)
                raise UnreadableFileError(f"There is no file {file}.")
            try:
                with (
                    progress_bar(file.name, err) as progress,
                    tenant.unit_of_work() as (session, agency),
                ):
                    report = ingest_file(
                        session,
                        agency,
                        file,
                        chosen,
                        source_name=source,
                        file_name=file.name,
                        progress=progress.bytes,
                    )
            except HarmspotError:
                _stopped(file, reports)
                raise
            reports.append(report)
    whole = total(reports)
    if as_json:
        print_json(
            {
                "batches": [report.model_dump(mode="json") for report in reports],
                "total": whole.model_dump(mode="json"),
            }
        )
        return
    print_reports(reports, whole)


@app.command(
    "run",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    help="Run an analysis and store it: getis-ord, concentration, targets. Each of its parameters "
    "is an option, e.g. --index cchi-2026-police-uk --from 2019-04-01 --to 2020-03-31.",
)
def run_process(
    context: typer.Context,
    process: Annotated[str, typer.Argument(help="Name of the analysis.")],
    as_json: JsonOption = False,
) -> None:
    """Run an analysis with parameters given as options."""
    from service.export import geojson
    from service.processes.registry import find

    chosen = find(process)
    params = options.validated(chosen.params, options.parse(context.args))
    run = _execute(chosen, params)
    if as_json:
        print_json(geojson.run_member(run) | {"result": run.result})
        return
    out.print(f"Run {run.id} ({run.process}, data version {run.data_version}).")
    print_tree(run.result)


@app.command()
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
    from service.export import geojson
    from service.processes import runs
    from service.processes import targets as process
    from service.processes.params import TargetsParams

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
        _tenant() as tenant,
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


@app.command()
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
    from service.export import files, formats
    from service.processes import runs

    form = formats.find(format_) if format_ else files.format_of(output)
    with (
        _tenant() as tenant,
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


app.command()(cli_jobs.worker)
app.command()(cli_jobs.publish)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database's schema up to what this version needs."""
    from service.db import schema
    from service.db.session import upgrade_configured

    upgrade_configured(get_settings())
    out.print(f"The schema is at revision {schema.head()}.")


@db_app.command("status")
def db_status() -> None:
    """Say which database is used, its schema and what it holds."""
    from sqlalchemy import text

    from service.db import schema

    with _tenant(equip=False) as tenant, tenant.unit_of_work() as (session, agency):
        row = session.execute(
            text(
                "SELECT data_version, (SELECT count(*) FROM incident WHERE agency_id = :agency),"
                " (SELECT count(*) FROM analysis_run WHERE agency_id = :agency), version(),"
                " postgis_lib_version() FROM agency WHERE id = :agency"
            ),
            {"agency": agency},
        ).one()
        revision = schema.current(session.connection())
        queue = cli_jobs.queue_line(session, agency)
    out.print(f"Database   {tenant.database.url.render_as_string(hide_password=True)}")
    out.print(f"Server     {row[3].split(' on ')[0]}, PostGIS {row[4]}")
    out.print(f"Schema     {revision}")
    out.print(f"Agency     {tenant.agency}, data version {row[0]}")
    out.print(f"Incidents  {row[1]:,}")
    out.print(f"Runs       {row[2]:,}")
    out.print(f"Queue      {queue}")


def _tenant(*, equip: bool = True) -> AbstractContextManager[Tenant]:
    from service.tenant import open_tenant

    return open_tenant(get_settings(), equip=equip)


def _execute(process: Any, params: Any) -> AnalysisRun:
    from service.processes import runs

    with (
        _tenant() as tenant,
        progress_bar(process.name, err) as progress,
        tenant.unit_of_work() as (session, agency),
    ):
        return runs.execute(session, agency, process, params, progress.share)


def _serve(settings: Settings, tenant: Tenant | None = None) -> None:
    from service import server
    from service.app import create_app

    server.run(create_app(settings, tenant.database if tenant else None), settings)


def _stopped(file: Path, reports: list[BatchReport]) -> None:
    if reports:
        err.print(
            f"{len(reports)} files before {file.name} are stored; the same command again takes "
            "up where this one stopped."
        )


def _refuse(error: HarmspotError) -> NoReturn:
    err.print(f"[red]Error:[/] {escape(error.message)}", soft_wrap=True)
    shown = [one for one in error.problems if one.message not in error.message]
    for one in shown[:20]:
        err.print(f"  {escape(one.where)}: {escape(one.message)}", soft_wrap=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
