"""The command that prints a run: a PDF, and a picture of each target for slides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from service.cli.console import err, out, write_file
from service.cli.progress import progress_bar
from service.cli.stored import find_run
from service.settings import get_settings
from spatial.errors import InvalidInputError, Problem


def briefing(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run of targets: its id.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="PDF to write; default briefing.pdf.")
    ] = None,
    png: Annotated[
        Path | None,
        typer.Option(help="Folder for one picture of each target, 1920 x 1080, for slides."),
    ] = None,
    target: Annotated[str | None, typer.Option(help="Only this target: its target_id.")] = None,
    paper: Annotated[str, typer.Option(help="Size of the pages: a4 or letter.")] = "a4",
) -> None:
    """Print a stored run of targets as a briefing; with --png alone, only its pictures."""
    from service import briefing as press
    from service.store.tenant import open_tenant

    if paper not in press.PAPERS:
        raise InvalidInputError(
            f"There is no paper {paper}; there is: {', '.join(press.PAPERS)}.",
            [Problem("paper", f"unknown paper {paper}")],
        )
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        run = find_run(tenant, session, agency, run_id)
        sheet = press.read(session, run.agency_id, run, target)
    document = output or (Path("briefing.pdf") if png is None else None)
    with progress_bar("briefing", err) as progress:
        if document is not None:
            progress.share(0.0, "printing pages")
            write_file(document, press.pdf(sheet, paper))
        if png is not None:
            for at in sheet.positions:
                about = sheet.targets[at]
                progress.share(at / len(sheet.targets), f"drawing target {about['rank']}")
                name = f"{about['rank']:03d}-{about['target_id']}.png"
                write_file(png / name, press.png(replace(sheet, chosen=at)))
        progress.share(1.0, "done")
    if document is not None:
        out.print(f"Written to {escape(str(document))}.")
    if png is not None:
        pictures = "1 picture" if len(sheet.positions) == 1 else f"{len(sheet.positions)} pictures"
        out.print(f"Written to {escape(str(png))}: {pictures}.")
