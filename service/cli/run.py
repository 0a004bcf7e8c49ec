"""The command that runs any analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import options
from service.cli.console import err, out, print_json, print_tree
from service.cli.options import JsonOption
from service.cli.progress import progress_bar
from service.settings import get_settings

if TYPE_CHECKING:
    from service.store.models import AnalysisRun


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


def _execute(process: Any, params: Any) -> AnalysisRun:
    from service.analyses import runs
    from service.store.tenant import open_tenant

    with (
        open_tenant(get_settings()) as tenant,
        progress_bar(process.name, err) as progress,
        tenant.unit_of_work() as (session, agency),
    ):
        return runs.execute(session, agency, process, params, progress.share)
