"""How good incidents are, as the command line tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from service.cli.console import out, print_json

if TYPE_CHECKING:
    from service.ingest.quality.quality import QualityReport


def print_quality(report: QualityReport, as_json: bool) -> None:
    """Print what is odd about the incidents of a report, and how complete they are."""
    if as_json:
        print_json(report.model_dump(mode="json"))
        return
    of = f"batch {report.batch_id} of {report.source}" if report.batch_id else report.source
    out.print(f"{report.incidents:,} incidents of {escape(of)}.")
    if report.undone:
        out.print("The batch is undone.")
    for one in report.findings:
        mark = "[yellow]matters for targets:[/]" if one.matters else "to know:"
        out.print(f"{mark} {escape(one.sentence)}", soft_wrap=True)
    if report.incidents and not report.findings:
        out.print("Nothing is odd.")
    table = Table("column", "filled", "share")
    for column in table.columns[1:]:
        column.justify = "right"
    for filled in report.completeness:
        table.add_row(filled.column, f"{filled.filled:,}", f"{filled.share:.1%}")
    out.print(table)
    times = ", ".join(f"{many:,} {name}" for name, many in report.time_precision.items())
    out.print(f"Times: {times}.")
    out.print(f"Places: {report.points:,} points, {report.on_shared_points:,} incidents share one.")
