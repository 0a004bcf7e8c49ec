"""Commands for runs: run any analysis, list and show what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table
from typer.core import TyperCommand

from service.cli import parameters
from service.cli.console import (
    err,
    out,
    print_figure,
    print_json,
    print_table,
    print_targets,
    print_tree,
    print_warnings,
)
from service.cli.options import JsonOption, LimitOption
from service.cli.processes import ProcessGroup
from service.cli.progress import progress_bar
from service.cli.stored import find_run, say_where_runs_are
from service.settings import get_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.analyses.contract import Process
    from service.store.models import AnalysisRun


class Runs(ProcessGroup):
    """The analyses, and what is stored of them."""

    @staticmethod
    def command_for(process: Process[Any]) -> TyperCommand:
        """Return the command that runs an analysis."""

        def run(given: dict[str, Any], as_json: JsonOption = False) -> None:
            with executed(process, given) as (session, made):
                if as_json:
                    print_json(_document(session, made))
                else:
                    _print(session, made)

        return parameters.command(process.name, process.params, run, about=process.description)


app = typer.Typer(
    cls=Runs, help="Run an analysis and store it; list and show the runs that are stored."
)
_STORED = "Stored runs"
_MOST_ROWS = 60
"""Rows of a table that is printed; longer ones are for files."""


@contextmanager
def executed(process: Process[Any], given: dict[str, Any]) -> Iterator[tuple[Session, AnalysisRun]]:
    """Run an analysis with what was given and tell how far it is; its session is open meanwhile."""
    from service.analyses import runs
    from service.store.tenant import open_tenant

    params = parameters.validated(process.params, given)
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        with progress_bar(process.name, err) as progress:
            made = runs.execute(session, agency, process, params, progress.share)
        yield session, made


@app.command("list", rich_help_panel=_STORED)
def list_runs(
    process: Annotated[str | None, typer.Option(help="Only runs of this analysis.")] = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
) -> None:
    """List the stored runs, the newest first."""
    from service.analyses import registry
    from service.export import geojson
    from service.store.repository import runs
    from service.store.tenant import open_tenant
    from service.words import answers

    name = None if process is None else {registry.find(process).name}
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = runs.newest(session, agency, processes=name, limit=limit)
    if as_json:
        print_json([geojson.run_member(one) for one in found])
        return
    if not found:
        with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, _):
            say_where_runs_are(session, tenant.agency)
    # An id is for copying: it stands whole on the narrowest terminal.
    table = Table(
        Column("run", min_width=24, no_wrap=True), "process", "found", "window", "index", "computed"
    )
    for one in found:
        asked = one.parameters
        table.add_row(
            one.id,
            one.process,
            escape(answers.headline(one)),
            f"{asked.get('from')} to {asked.get('to')}",
            escape(str(asked.get("index"))),
            f"{one.created_at:%Y-%m-%d %H:%M} UTC",
        )
    print_table(table)


@app.command("show", rich_help_panel=_STORED)
def show_run(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run's id.")],
    as_json: JsonOption = False,
) -> None:
    """Show what a stored run found."""
    from service.store.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = find_run(tenant, session, agency, run_id)
        if as_json:
            print_json(_document(session, found))
        else:
            _print(session, found)


def _document(session: Session, run: AnalysisRun) -> dict[str, Any]:
    from service.analyses.tested import tested
    from service.export import geojson

    how = tested(session, run)
    document = {"run": geojson.run_member(run), "result": run.result}
    return document if how is None else document | {"backtest": vars(how)}


def _print(session: Session, run: AnalysisRun) -> None:
    """Print what a run was asked and what it found: its targets, its figures, its summary."""
    from service.analyses import registry
    from service.analyses.tested import tested
    from service.export import geojson
    from service.words import answers

    process = registry.of(run)
    out.print(f"Run {run.id} ({run.process}, data version {run.data_version}).", soft_wrap=True)
    out.print(escape(f"{answers.question(run)} {answers.headline(run)}."), soft_wrap=True)
    tables = [one for one in process.tables_of(run) if len(one.rows) <= _MOST_ROWS]
    for one in tables:
        out.print(escape(one.description), soft_wrap=True)
        print_figure(one)
    if "targets" in process.places:
        print_targets(json.loads(geojson.targets(session, run)), out, tested(session, run))
        return
    print_tree({key: value for key, value in run.result.items() if not _told_by(tables, value)})
    print_warnings(run.provenance.get("warnings", []))


def _told_by(tables: Sequence[Any], value: Any) -> bool:
    """Tell whether a list of rows stands in a table already."""
    rows = isinstance(value, list) and any(isinstance(one, dict) for one in value)
    return bool(tables) and rows
