"""The `harmspot` command: each command is thin and calls what the routes call."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import text

from service import __version__, boundaries, harm_indexes
from service.db import schema
from service.db.session import open_database
from service.errors import UnreadableFileError
from service.export import geojson
from service.ingest.load import ingest as ingest_file
from service.ingest.profiles import load_profile
from service.ingest.report import BatchReport, total
from service.processes import runs
from service.processes.params import TargetsParams
from service.processes.registry import PROCESSES
from service.processes.registry import find as find_process
from service.progress import progress_bar
from service.settings import Settings, get_settings
from service.tenant import Tenant
from spatial.errors import HarmspotError, InvalidInputError, Problem

app = typer.Typer(
    name="harmspot",
    help="Place-based targeting for police: where harm gathers, which places to patrol, and why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
boundary_app = typer.Typer(help="Boundary layers: study areas, districts, beats.")
index_app = typer.Typer(help="Harm indexes: what each offence weighs.")
db_app = typer.Typer(help="The database.")
app.add_typer(boundary_app, name="boundary", no_args_is_help=True)
app.add_typer(index_app, name="harm-index", no_args_is_help=True)
app.add_typer(db_app, name="db", no_args_is_help=True)

out = Console()
err = Console(stderr=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run the command; a refusal is one clear line and exit status 1."""
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
        _print_json(
            {
                "batches": [report.model_dump(mode="json") for report in reports],
                "total": whole.model_dump(mode="json"),
            }
        )
        return
    _print_reports(reports, whole)


@boundary_app.command("load")
def boundary_load(
    file: Annotated[Path, typer.Argument(help="Polygons in any vector format and CRS.")],
    layer: Annotated[str, typer.Option(help="Name of the layer.")],
    name_column: Annotated[
        str | None, typer.Option(help="Column that names each area; default `name`.")
    ] = None,
) -> None:
    """Load a layer of polygons; the same content again changes nothing."""
    with _tenant() as tenant, tenant.unit_of_work() as (session, agency):
        loaded = boundaries.load_file(session, agency, file, layer, name_column=name_column)
    for warning in loaded.warnings:
        err.print(f"[yellow]Warning:[/] {escape(warning)}")
    state = "stored" if loaded.stored else "unchanged"
    areas = "1 area" if loaded.areas == 1 else f"{loaded.areas} areas"
    out.print(f"Layer {loaded.layer}, version {loaded.version}: {areas}, {state}.")


@boundary_app.command("list")
def boundary_list() -> None:
    """List the newest version of each layer."""
    with _tenant() as tenant, tenant.unit_of_work() as (session, agency):
        for layer in boundaries.layers(session, agency):
            out.print(f"{layer.name}  version {layer.version}  {layer.file_name or ''}")


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
    about = harm_indexes.IndexDescription(name, version, title or name, unit, citation)
    with _tenant() as tenant, tenant.unit_of_work() as (session, agency):
        stored = harm_indexes.load_file(session, agency, file, about)
    out.print(f"Index {name}@{version}: {'stored' if stored else 'unchanged'}.")


@index_app.command("list")
def index_list(as_json: JsonOption = False) -> None:
    """List the harm indexes, the newest version of each first."""
    with _tenant() as tenant, tenant.unit_of_work() as (session, agency):
        found = harm_indexes.all_indexes(session, agency)
    rows = [{"name": i.name, "version": i.version, "unit": i.unit, "title": i.title} for i in found]
    if as_json:
        _print_json(rows)
        return
    table = Table("index", "version", "unit", "title")
    for row in rows:
        table.add_row(*row.values())
    out.print(table)


@app.command(
    "run",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    help=f"Run an analysis and store it: {', '.join(PROCESSES)}. Each of its parameters is an "
    "option, e.g. --index cchi-2026-police-uk --from 2019-04-01 --to 2020-03-31.",
)
def run_process(
    context: typer.Context,
    process: Annotated[str, typer.Argument(help=f"One of {', '.join(PROCESSES)}.")],
    as_json: JsonOption = False,
) -> None:
    """Run an analysis with parameters given as options."""
    chosen = find_process(process)
    params = _validated(chosen.params, _options(context.args))
    run = _execute(process, params)
    if as_json:
        _print_json(geojson.run_member(run) | {"result": run.result})
        return
    out.print(f"Run {run.id} ({run.process}, data version {run.data_version}).")
    _print_tree(run.result)


@app.command()
def targets(
    index: Annotated[str, typer.Option(help="Harm index, NAME or NAME@VERSION.")],
    start: Annotated[str, typer.Option("--from", help="First day of the window.")],
    end: Annotated[str, typer.Option("--to", help="Last day of the window.")],
    unit: Annotated[str, typer.Option(help="Unit of place: h3.")] = "h3",
    resolution: Annotated[int, typer.Option(help="H3 resolution, 7 to 12.")] = 9,
    study_area: Annotated[str | None, typer.Option(help="Boundary layer, or LAYER/NAME.")] = None,
    top: Annotated[int, typer.Option(help="Greatest number of targets.")] = 20,
    neighbours: Annotated[int, typer.Option(help="Neighbourhood, in grid steps.")] = 1,
    alpha: Annotated[float, typer.Option(help="Level that a q-value must not exceed.")] = 0.05,
    min_incidents: Annotated[int, typer.Option(help="Fewest incidents of a unit.")] = 3,
    max_area_km2: Annotated[float, typer.Option(help="Largest target.")] = 0.25,
    strategy: Annotated[str, typer.Option(help="significant, or top.")] = "significant",
    seed: Annotated[int, typer.Option(help="Seed of every random draw.")] = 1,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the targets as GeoJSON.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Rank patrol targets with their evidence. `harmspot run targets` takes every parameter."""
    given = {
        "unit": unit,
        "resolution": resolution,
        "index": index,
        "study_area": study_area,
        "from": start,
        "to": end,
        "top": top,
        "neighbours": neighbours,
        "alpha": alpha,
        "min_incidents": min_incidents,
        "max_area_km2": max_area_km2,
        "strategy": strategy,
        "seed": seed,
    }
    params = _validated(TargetsParams, given)
    with (
        _tenant() as tenant,
        progress_bar("targets", err) as progress,
        tenant.unit_of_work() as (session, agency),
    ):
        run = runs.execute(session, agency, PROCESSES["targets"], params, progress.share)
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
    format_: Annotated[str, typer.Option("--format", help="geojson.")] = "geojson",
) -> None:
    """Write a stored run to a file."""
    if format_ != "geojson":
        raise InvalidInputError(
            f"There is no export format {format_}; there is: geojson.", [Problem("format", format_)]
        )
    with _tenant() as tenant, tenant.unit_of_work() as (session, agency):
        document = geojson.of_run(session, runs.find(session, agency, run_id))
    write_file(output, document)
    out.print(f"Written to {output}.")


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database's schema up to what this version needs."""
    from service.db.session import upgrade_configured

    upgrade_configured(get_settings())
    out.print(f"The schema is at revision {schema.head()}.")


@db_app.command("status")
def db_status() -> None:
    """Say which database is used, its schema and what it holds."""
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
    out.print(f"Database   {tenant.database.url.render_as_string(hide_password=True)}")
    out.print(f"Server     {row[3].split(' on ')[0]}, PostGIS {row[4]}")
    out.print(f"Schema     {revision}")
    out.print(f"Agency     {tenant.agency}, data version {row[0]}")
    out.print(f"Incidents  {row[1]:,}")
    out.print(f"Runs       {row[2]:,}")


def print_targets(collection: dict[str, Any], console: Console) -> None:
    """Print targets as a table, one line of evidence each, and what the run rests on."""
    run = collection["run"]
    unit = run["harm_index"]["unit"]
    table = Table("#", "place", "count", f"harm ({unit})", "share", "q", "class", title="Targets")
    for column in table.columns:
        if column.header not in ("place", "class"):
            column.justify = "right"
    for feature in collection["features"]:
        about = feature["properties"]
        table.add_row(
            str(about["rank"]),
            escape(about["label"]),
            f"{about['count']:,}",
            f"{about['harm']:,.0f}",
            f"{about['harm_share']:.1%}",
            f"{about['q_min']:.2g}",
            about["class"],
        )
    if collection["features"]:
        console.print(table)
        best = collection["features"][0]["properties"]
        console.print(f"1. {escape(best['label'])}: {escape(best['note'])}")
    if run.get("message"):
        console.print(escape(run["message"]))
    for warning in run["warnings"]:
        console.print(f"[yellow]Warning:[/] {escape(warning)}")
    counts = run["incidents"]
    left_out = ", ".join(f"{many:,} {reason}" for reason, many in counts["excluded"].items())
    console.print(
        f"Run {run['id']}: {counts['used']:,} of {counts['in_window']:,} incidents used, "
        f"{counts['outside']:,} outside the study area; left out: {left_out or 'none'}."
    )


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    UnreadableFileError
        When it cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be written: {error.strerror}.") from error


@contextmanager
def _tenant(*, equip: bool = True) -> Iterator[Tenant]:
    settings = get_settings()
    with open_database(settings) as database:
        tenant = Tenant(database, settings.agency)
        if equip:
            tenant.equip()
        yield tenant


def _execute(process: str, params: Any) -> Any:
    with (
        _tenant() as tenant,
        progress_bar(process, err) as progress,
        tenant.unit_of_work() as (session, agency),
    ):
        return runs.execute(session, agency, PROCESSES[process], params, progress.share)


def _serve(settings: Settings, tenant: Tenant | None = None) -> None:
    import uvicorn

    from service.app import create_app

    built = create_app(settings, tenant.database if tenant else None)
    uvicorn.run(built, host=settings.host, port=settings.port, log_level="info")


def _options(words: list[str]) -> dict[str, Any]:
    """Read ``--name value`` and ``--name=value`` pairs; a name given twice makes a list."""
    given: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        name, has_value, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            raise typer.BadParameter(f"expected --name value, found {word!r}")
        if not has_value:
            try:
                value = next(rest)
            except StopIteration:
                raise typer.BadParameter(f"--{name} needs a value") from None
        key = name.replace("-", "_")
        if key in given:
            earlier = given[key]
            given[key] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
        else:
            given[key] = value
    return given


def _validated(model: type[Any], given: dict[str, Any]) -> Any:
    lists = {
        field.alias or name
        for name, field in model.model_fields.items()
        if "list[" in str(field.annotation)
    }
    values = {
        key: [value] if key in lists and isinstance(value, str) else value
        for key, value in given.items()
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = [
            Problem(
                "--" + ".".join(str(part) for part in one["loc"]).replace("_", "-"),
                one["msg"].removeprefix("Value error, "),
            )
            for one in error.errors()
        ]
        listed = "; ".join(
            f"{one.where}: {one.message}" if one.where != "--" else one.message for one in problems
        )
        raise InvalidInputError(f"{listed}.", problems) from error


def _stopped(file: Path, reports: list[BatchReport]) -> None:
    if reports:
        err.print(
            f"{len(reports)} files before {file.name} are stored; the same command again takes "
            "up where this one stopped."
        )


def _print_reports(reports: list[BatchReport], whole: BatchReport) -> None:
    table = Table("file", "read", "accepted", "updated", "duplicate", "rejected")
    for column in table.columns[1:]:
        column.justify = "right"
    named = [(report.file or "", report) for report in reports]
    for name, report in [*named, *([("total", whole)] if len(reports) > 1 else [])]:
        numbers = (
            report.read,
            report.accepted,
            report.updated,
            report.duplicate,
            report.rejected,
        )
        table.add_row(escape(name), *(f"{number:,}" for number in numbers))
    out.print(table)
    for reason, many in whole.rejected_by_reason.items():
        out.print(f"rejected as {reason}: {many:,}")
    for warning in dict.fromkeys(whole.warnings):
        err.print(f"[yellow]Warning:[/] {escape(warning)}")


def _print_tree(result: dict[str, Any], indent: str = "") -> None:
    for key, value in result.items():
        if isinstance(value, dict):
            out.print(f"{indent}{key}:")
            _print_tree(value, indent + "  ")
        elif not isinstance(value, list) or len(value) <= 8:
            out.print(f"{indent}{key}: {escape(str(value))}")


def _print_json(document: Any) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=_date) + "\n")


def _date(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no JSON form")


def _refuse(error: HarmspotError) -> NoReturn:
    err.print(f"[red]Error:[/] {escape(error.message)}", soft_wrap=True)
    shown = [one for one in error.problems if one.message not in error.message]
    for one in shown[:20]:
        err.print(f"  {escape(one.where)}: {escape(one.message)}", soft_wrap=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
