"""The `harmspot` command: each command is thin and calls what the routes call.

Commands import what they need themselves, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.markup import escape

from service import __version__
from service.cli import analyses as cli_analyses
from service.cli import briefing as cli_briefing
from service.cli import jobs as cli_jobs
from service.cli import reference as cli_reference
from service.cli.console import err, out, print_json, print_reports
from service.cli.progress import progress_bar
from service.settings import Settings, get_settings
from spatial.errors import HarmspotError

if TYPE_CHECKING:
    from service.ingest.report import BatchReport
    from service.store.tenant import Tenant

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
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the map.")] = 8000,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the targets go.")] = Path(
        "out/targets.geojson"
    ),
) -> None:
    """Load a synthetic sample city, run the whole pipeline on it and show its targets."""
    from service.cli import demo as sample
    from service.store.session import open_database
    from service.store.tenant import Tenant

    settings = get_settings().model_copy(update={"agency": sample.AGENCY, "port": port})
    with open_database(settings) as database:
        tenant = Tenant(database, settings.agency)
        sample.run(tenant, output, out)
        if serve:
            _serve(settings, tenant)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")
    ] = None,
) -> None:
    """Run the service (with a private database when none is configured)."""
    given = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    _serve(get_settings().model_copy(update=given))


@app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(help="CSV, GeoJSON or GeoParquet; gzip too.")],
    profile: Annotated[
        str,
        typer.Option(
            help="police-uk, chicago, generic, a stored profile, or the path of a TOML file."
        ),
    ],
    source: Annotated[
        str | None, typer.Option(help="Name of the source; default the profile's.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest incident files, each in one transaction, and report what became of every row."""
    from service.errors import UnreadableFileError
    from service.ingest.load import ingest as ingest_file
    from service.ingest.profiles.stored import find_or_read
    from service.ingest.report import total

    reports: list[BatchReport] = []
    with _tenant() as tenant:
        with tenant.unit_of_work() as (session, agency):
            chosen = find_or_read(session, agency, profile)
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


app.command(
    "run",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    help="Run an analysis and store it: getis-ord, concentration, targets. Each of its parameters "
    "is an option, e.g. --index cchi-2026-police-uk --from 2019-04-01 --to 2020-03-31.",
)(cli_analyses.run)
app.command()(cli_analyses.targets)
app.command()(cli_analyses.export)
app.command()(cli_briefing.briefing)
app.command()(cli_jobs.worker)
app.command()(cli_jobs.publish)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database's schema up to what this version needs."""
    from service.store import schema
    from service.store.session import upgrade_configured

    upgrade_configured(get_settings())
    out.print(f"The schema is at revision {schema.head()}.")


@db_app.command("status")
def db_status() -> None:
    """Say which database is used, its schema and what it holds."""
    from sqlalchemy import text

    from service.store import schema

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
    from service.store.tenant import open_tenant

    return open_tenant(get_settings(), equip=equip)


def _serve(settings: Settings, tenant: Tenant | None = None) -> None:
    from service.http import server
    from service.http.app import create_app

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
