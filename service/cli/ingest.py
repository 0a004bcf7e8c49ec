"""The command that ingests files of incidents, and what addresses lead to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from service.cli import checks
from service.cli.console import err, print_json, print_reports
from service.cli.fetched import Wished, ingest_url
from service.cli.options import JsonOption
from service.cli.progress import Bar, progress_bar
from service.settings import get_settings
from spatial.errors import HarmspotError, InvalidInputError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from service.ingest.profiles.profile import Profile
    from service.ingest.report import BatchReport


def ingest(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|URL...",
            help="CSV, XLSX, XLS, ODS, JSON, GeoJSON, GeoParquet, GeoPackage, FlatGeobuf, KML, "
            "zipped Shapefile; in ZIP or gzip too; or the address of a dataset of Socrata, a "
            "layer of ArcGIS, a collection of an OGC API, or a file.",
        ),
    ],
    profile: Annotated[
        str,
        typer.Option(
            help="One of `harmspot profile list`, such as police-uk or generic, or the path of a "
            "TOML file."
        ),
    ],
    source: Annotated[
        str | None, typer.Option(help="Name of the source; default the profile's.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="Kind of an address: socrata, arcgis, ogc, file; default told by it."),
    ] = None,
    since_last: Annotated[
        bool,
        typer.Option(
            "--since-last", help="Ask an address only for what is newer than what is stored."
        ),
    ] = False,
    page_size: Annotated[
        int | None,
        typer.Option(min=1, max=50_000, help="Rows that are asked for at once of an address."),
    ] = None,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Fetch all of an address anew, not only what is missing."),
    ] = False,
    replace: Annotated[
        str | None,
        typer.Option(
            help="Days of which the file holds all there is, such as 2020-03: incidents of its "
            "source there that it has not are taken away."
        ),
    ] = None,
    place_by: Annotated[
        list[str] | None,
        typer.Option(
            help="Place rows without coordinates by their address: network:NAME, "
            "gazetteer:FILE.csv; of several, the first that knows it.",
        ),
    ] = None,
    place_street_alone: Annotated[
        bool,
        typer.Option(
            "--place-street-alone",
            help="Place rows with a street and no more, too, in the middle of it.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Ingest incident files, each in one transaction, and report what became of every row."""
    from service.ingest import period
    from service.ingest.addresses.asked import PlaceBy
    from service.ingest.connectors.urls import is_url
    from service.ingest.load import ingest as ingest_file
    from service.ingest.profiles.stored import find_or_read
    from service.ingest.readers.limits import Limits
    from service.ingest.report import total
    from service.store.tenant import open_tenant

    def store(
        session: Session,
        agency: int,
        content: str | Path | BinaryIO,
        chosen: Profile,
        name: str,
        progress: Bar,
    ) -> BatchReport:
        return ingest_file(
            session,
            agency,
            content,
            chosen,
            source_name=source,
            file_name=name,
            progress=progress.bytes,
            limits=Limits.of(get_settings()),
            replace=replaced,
            place_by=asked,
        )

    asked = PlaceBy.of(place_by or (), street_alone=place_street_alone)
    wished = Wished(kind, since_last, page_size, fresh)
    wished.check(files)
    replaced = None if replace is None else period.period(replace)
    if replaced is not None and (len(files) > 1 or since_last):
        raise InvalidInputError(
            "With --replace, one file holds all there is of these days: join several, or give each "
            "its own days; what is newer than what is stored (--since-last) is not all there is."
        )
    checks.present([Path(given) for given in files if not is_url(given)])
    checks.profile(profile)
    reports: list[BatchReport] = []
    with open_tenant(get_settings()) as tenant:
        with tenant.unit_of_work() as (session, agency):
            chosen = find_or_read(session, agency, profile)
        for given in files:
            file = Path(given)
            try:
                if is_url(given):
                    whole = replaced is not None
                    report = ingest_url(tenant, given, chosen, source, wished, store, whole=whole)
                    if report is None:
                        err.print("Nothing is new.")
                        continue
                else:
                    with (
                        progress_bar(file.name, err) as progress,
                        tenant.unit_of_work() as (session, agency),
                    ):
                        report = store(session, agency, file, chosen, file.name, progress)
            except HarmspotError:
                _stopped(given, files, reports)
                raise
            reports.append(report)
    summed = total(reports)
    if as_json:
        print_json(
            {
                "batches": [report.model_dump(mode="json") for report in reports],
                "total": summed.model_dump(mode="json"),
            }
        )
    else:
        print_reports(reports, summed)
    if any(0 < one.read == one.rejected for one in reports):
        raise typer.Exit(1)


def _stopped(given: str, files: Sequence[str], reports: list[BatchReport]) -> None:
    """Say of several files at which it ended, and what became of those before."""
    if len(files) == 1:
        return
    from service.ingest.checks.warned import number_of

    name = given.partition("?")[0].rpartition("/")[2] or given
    if reports:
        before = number_of(len(reports), "file")
        err.print(
            f"{before} before {name} {'is' if len(reports) == 1 else 'are'} stored; the same "
            "command again takes up where this one stopped."
        )
    else:
        err.print(f"Nothing is stored: {name}, the first of {len(files)} files, cannot be read.")
