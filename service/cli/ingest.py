"""The command that ingests files of incidents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.console import err, print_json, print_reports
from service.cli.options import JsonOption
from service.cli.progress import progress_bar
from service.settings import get_settings
from spatial.errors import HarmspotError

if TYPE_CHECKING:
    from service.ingest.report import BatchReport


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
    from service.ingest.readers.limits import Limits
    from service.ingest.report import total
    from service.store.tenant import open_tenant

    reports: list[BatchReport] = []
    with open_tenant(get_settings()) as tenant:
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
                        limits=Limits.of(get_settings()),
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


def _stopped(file: Path, reports: list[BatchReport]) -> None:
    if reports:
        err.print(
            f"{len(reports)} files before {file.name} are stored; the same command again takes "
            "up where this one stopped."
        )
