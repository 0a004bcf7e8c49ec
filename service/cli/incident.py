"""Commands for single incidents: those that the force has cancelled."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import out, print_json, print_warnings
from service.cli.options import JsonOption
from service.settings import get_settings

app = typer.Typer(help="Single incidents.")


@app.callback()
def _incident() -> None:
    """Keep the name of the one command there is."""


@app.command("cancel")
def cancel_incidents(
    source: Annotated[str, typer.Option(help="Name of their source.")],
    ids: Annotated[Path, typer.Option(help="A file with their ids, one on a line.")],
    reason: Annotated[str | None, typer.Option(help="Why; kept with the batch.")] = None,
    by: Annotated[str | None, typer.Option(help="Who cancels them; default you.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Take away incidents that the force has cancelled (no-crimed), and hold back their rows."""
    import getpass

    from service.errors import UnreadableFileError
    from service.ingest.undoing import removing
    from service.store.tenant import open_tenant

    try:
        named = ids.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"{ids} is no file of ids, one on a line: {error}.") from error
    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        report = removing.cancel(
            session, agency, source, named, by=by or getpass.getuser(), reason=reason
        )
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    out.print(
        f"{report.read:,} ids: {report.removed:,} stored incidents are gone, rows of all of them "
        f"are held back from now on. harmspot batch undo {report.batch_id} takes that back."
    )
    print_warnings(report.warnings)
