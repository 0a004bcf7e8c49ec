"""The command that writes a stored run to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import err, out
from service.cli.progress import progress_bar
from service.cli.stored import find_run
from service.export.formats import FORMATS
from service.settings import get_settings

_LIVE = " or ".join(one.name for one in FORMATS.values() if one.live)


def _formats(incomplete: str) -> list[str]:
    return [name for name in FORMATS if name.startswith(incomplete)]


def export(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run's id.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help=f"{', '.join(FORMATS)}; by default what the file's suffix says.",
            autocompletion=_formats,
        ),
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option(
            help="For a format that holds one: the name of a layer or table of the run, such as "
            "targets, units or shares. By default the one that answers it."
        ),
    ] = None,
    service_url: Annotated[
        str | None,
        typer.Option(help=f"For {_LIVE}: address of a service that the file reads live."),
    ] = None,
) -> None:
    """Write a stored run to a file."""
    from service.export import files, formats
    from service.store.tenant import open_tenant

    form = formats.find(format_) if format_ else files.format_of(output)
    with (
        open_tenant(get_settings()) as tenant,
        progress_bar("export", err) as progress,
        tenant.unit_of_work() as (session, agency),
    ):
        run = find_run(tenant, session, agency, run_id)
        files.export(
            session,
            run.agency_id,
            run,
            form,
            output,
            layer=layer,
            service_url=service_url,
            progress=progress.share,
        )
    out.print(f"Written to {output}.")
