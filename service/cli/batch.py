"""Commands for batches: list and show what became of the rows of each file."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.console import out, print_json, print_reports
from service.cli.options import JsonOption, LimitOption
from service.cli.quality import print_quality
from service.settings import get_settings

app = typer.Typer(help="Batches: the files of incidents that were ingested.")

BatchArgument = Annotated[int, typer.Argument(metavar="BATCH", help="A batch's number.")]


@app.command("list")
def list_batches(limit: LimitOption = 20, as_json: JsonOption = False) -> None:
    """List the batches, the newest first."""
    from service.store.repository import batches
    from service.store.tenant import open_tenant
    from service.words import batches as words

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        found = batches.newest(session, agency, limit=limit)
    if as_json:
        print_json([report.model_dump(mode="json") for report in found])
        return
    counts = (words.count(one).lower() for one in words.COUNTS)
    table = Table("batch", "file", "source", "received", *counts)
    for column in table.columns[4:]:
        column.justify = "right"
    for report in found:
        table.add_row(
            str(report.batch_id),
            escape(report.file or "") + (" [dim](undone)[/]" if report.undone else ""),
            escape(report.source),
            f"{report.received_at:%Y-%m-%d %H:%M} UTC" if report.received_at else "",
            *(f"{getattr(report, one):,}" for one in words.COUNTS),
        )
    out.print(table)


@app.command("show")
def show_batch(
    batch_id: BatchArgument,
    as_json: JsonOption = False,
) -> None:
    """Show the report of a batch: what became of its rows, and why some were rejected."""
    from service.store.repository import batches
    from service.store.tenant import open_tenant
    from service.words import batches as words

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        report = batches.find(session, agency, batch_id)
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    print_reports([report], report)
    if report.undone is not None:
        out.print(escape(words.undone(report.undone)), soft_wrap=True)
        if report.undone.reason:
            out.print(escape(report.undone.reason), soft_wrap=True)


@app.command("undo")
def undo_batch(
    batch_id: BatchArgument,
    with_later: Annotated[
        bool,
        typer.Option(
            "--with-later", help="Undo later batches that changed the same incidents too."
        ),
    ] = False,
    reason: Annotated[str | None, typer.Option(help="Why; kept with the batch.")] = None,
    by: Annotated[str | None, typer.Option(help="Who undoes it; default you.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Undo a batch: its incidents go, those that it changed are as before."""
    import getpass

    from service.ingest.undoing.undo import undo
    from service.store.tenant import open_tenant
    from service.words import batches as words

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        undone = undo(
            session,
            agency,
            batch_id,
            by=by or getpass.getuser(),
            reason=reason,
            with_later=with_later,
        )
    if as_json:
        print_json(undone.model_dump(mode="json"))
        return
    for report in undone.batches:
        name = f"Batch {report.batch_id}" + (f" ({report.file})" if report.file else "")
        what = words.outcome(report.undone) if report.undone is not None else ""
        out.print(escape(f"{name} is undone: {what}."), soft_wrap=True)
    out.print(f"Data version {undone.data_version}.")


@app.command("quality")
def quality_of_batch(batch_id: BatchArgument, as_json: JsonOption = False) -> None:
    """Show how good a batch's incidents are, and what changed since earlier batches."""
    from service.ingest.quality import quality
    from service.store.tenant import open_tenant

    with open_tenant(get_settings()) as tenant, tenant.unit_of_work() as (session, agency):
        report = quality.of_batch(session, agency, batch_id)
    print_quality(report, as_json)
