"""The sample city, synthetic, through the whole pipeline as a force's own files would go."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.analyses.tested import tested
from service.cli.console import print_reports, print_targets, write_file
from service.cli.progress import progress_bar
from service.export import geojson
from service.ingest.load import ingest
from service.ingest.profiles.loading import load_profile
from service.ingest.report import BatchReport
from service.jobs import following
from service.store.models import AnalysisRun
from service.store.repository import publications
from service.store.repository import runs as runs_stored
from service.store.tenant import Tenant
from service.vector import boundaries, streets
from spatial import synthetic

AGENCY: Final = "demo"
"""The sample city is an agency of its own: it never mixes with real incidents."""

LAYER: Final = "city"
NETWORK: Final = "city"
DISTRICTS: Final = "districts"
SEED: Final = 1
QUESTION: Final = {
    "index": "cchi-2026-home-office",
    "study_area": LAYER,
    "network": NETWORK,
    "districts": DISTRICTS,
    "from": "2025-01-01",
    "to": "2025-12-31",
}
CELLS: Final[dict[str, Any]] = {"unit": "h3", "resolution": 10}
STREETS: Final[dict[str, Any]] = {"unit": "segment"}
TOP: Final = 15
PUBLISHER: Final = "the demo"
MOST_STREET_M: Final = 600
"""A target of streets is no longer than what two officers walk in a quarter of an hour."""


def run(tenant: Tenant, output: Path, console: Console, *, test: bool = False) -> None:
    """Load the sample city, analyse its cells and its streets, publish and show their targets.

    Run again, it loads nothing twice and answers from the stored runs.

    Parameters
    ----------
    tenant
        The demo's agency.
    output
        Where the targets of cells go, as GeoJSON; those of streets go beside them.
    console
        Where to tell what happens.
    test
        Whether the backtests of its lists are queued, for the worker of whoever serves them.
    """
    console.print("Sample city: synthetic, made by a seeded simulator. Nothing in it is real.")
    tenant.equip()
    with progress_bar("simulating the city", console) as progress:
        progress.share(0.1, "laying streets, drawing incidents")
        city = synthetic.city(seed=SEED)
        rows = synthetic.raw_table(city).to_csv(index=False).encode()
    report = load(tenant, city, rows, console)
    print_reports([report], report)
    halves = [
        _half_of_the_harm(analyse(tenant, "concentration", QUESTION | unit, console), plural)
        for unit, plural in ((CELLS, "cells"), (STREETS, "street segments"))
    ]
    beside = output.with_name(f"{output.stem}-streets{output.suffix}")
    # The map opens the newest run and GIS clients the one published last: that of the cells,
    # which show a whole city at a glance.
    for title, unit, path in (
        ("Targets by street", STREETS | {"max_length_m": MOST_STREET_M}, beside),
        ("Targets by cell", CELLS, output),
    ):
        targets = analyse(tenant, "targets", QUESTION | unit | {"top": TOP}, console)
        with tenant.unit_of_work() as (session, agency):
            stored = runs_stored.find(session, agency, targets.id)
            published = publications.latest(session, agency, "targets", unit["unit"])
            if published is None or published.id != targets.id:
                publications.publish(session, agency, targets.id, PUBLISHER)
            document = geojson.targets(session, stored)
            if test:
                following.ask(session, stored)
            how = tested(session, stored)
        write_file(path, document)
        console.print(f"\n[bold]{title}[/]")
        print_targets(json.loads(document), console, how)
        console.print(f"Written to {escape(str(path))}.")
    console.print(f"\nConcentration: {' and '.join(halves)} hold half of the harm.")


def load(tenant: Tenant, city: synthetic.City, rows: bytes, console: Console) -> BatchReport:
    """Store the city's areas and streets, and ingest its incidents."""
    profile = load_profile("generic").model_copy(update={"time_zone": city.time_zone})
    with (
        progress_bar("ingesting", console) as progress,
        tenant.unit_of_work() as (session, agency),
    ):
        for areas, layer in ((city.boundary, LAYER), (city.districts, DISTRICTS)):
            boundaries.load(session, agency, areas, layer, where="the sample city")
        streets.load(session, agency, city.streets, NETWORK, where="the sample city")
        return ingest(
            session,
            agency,
            io.BytesIO(rows),
            profile,
            file_name="synthetic-city.csv",
            progress=progress.bytes,
        )


def analyse(tenant: Tenant, name: str, question: dict[str, Any], console: Console) -> AnalysisRun:
    """Run an analysis of the city, or find it stored."""
    process = PROCESSES[name]
    with (
        progress_bar(name, console) as progress,
        tenant.unit_of_work() as (session, agency),
    ):
        params = process.params.model_validate(question)
        return runs.execute(session, agency, process, params, progress.share)


def _half_of_the_harm(concentration: AnalysisRun, plural: str) -> str:
    found = concentration.result
    half = next(row for row in found["shares"] if row["share_of_total"] == 0.5)
    return f"{half['units']:,} of {found['units']:,} {plural}"
