"""The `harmspot` command, assembled: one file per noun, each command thin.

Commands import what they need themselves, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Annotated, NoReturn

import typer
from rich.markup import escape

from service import __version__
from service.cli import (
    batch,
    boundary,
    columns,
    db,
    harm_index,
    incident,
    key,
    profile,
    run,
    schedule,
    source,
    streets,
    targets,
)
from service.cli.backup import backup, restore
from service.cli.briefing import briefing
from service.cli.console import err, out
from service.cli.demo import demo
from service.cli.export import export
from service.cli.ingest import ingest
from service.cli.lazy import lazily
from service.cli.login import login
from service.cli.once import take_once
from service.cli.publish import publish
from service.cli.serve import serve
from service.cli.worker import worker
from spatial.errors import HarmspotError

app = typer.Typer(
    name="harmspot",
    help="Place-based targeting for police: where harm gathers, which places to patrol, and why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(demo)
app.command()(serve)
app.command()(ingest)
app.command(cls=lazily(targets.command))(targets.targets)
app.command()(export)
app.command()(briefing)
app.command()(worker)
app.command()(publish)
app.command()(login)
app.command()(backup)
app.command()(restore)
app.add_typer(run.app, name="run", no_args_is_help=True)
app.add_typer(batch.app, name="batch", no_args_is_help=True)
app.add_typer(profile.app, name="profile", no_args_is_help=True)
app.add_typer(source.app, name="source", no_args_is_help=True)
app.add_typer(incident.app, name="incident", no_args_is_help=True)
app.add_typer(columns.app, name="columns", no_args_is_help=True)
app.add_typer(boundary.app, name="boundary", no_args_is_help=True)
app.add_typer(streets.app, name="streets", no_args_is_help=True)
app.add_typer(harm_index.app, name="harm-index", no_args_is_help=True)
app.add_typer(key.app, name="key", no_args_is_help=True)
app.add_typer(db.app, name="db", no_args_is_help=True)
app.add_typer(schedule.app, name="schedule", no_args_is_help=True)
take_once(app)


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
    except Exception as error:
        from service.store import disk

        refusal = disk.refusal_of(error)
        if refusal is None:
            raise
        _refuse(refusal)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        out.print(__version__)
        raise typer.Exit


def _refuse(error: HarmspotError) -> NoReturn:
    err.print(f"[red]Error:[/] {escape(error.message)}", soft_wrap=True)
    shown = [one for one in error.problems if one.message not in error.message]
    for one in shown[:20]:
        err.print(f"  {escape(one.where)}: {escape(one.message)}", soft_wrap=True)
    sys.exit(1)
