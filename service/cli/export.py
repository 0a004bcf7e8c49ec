"""The command that writes a stored run to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import err, out
from service.cli.progress import progress_bar
from service.settings import get_settings


def _formats(incomplete: str) -> list[str]:
    from service.export.formats import FORMATS

    return [name for name in FORMATS if name.startswith(incomplete)]


def export(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run's id.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Name of a format, such as gpkg or csv; by default what the file's suffix says. "
            "An unknown one lists all that there are.",
            autocompletion=_formats,
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
    from service.store.repository import runs
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
