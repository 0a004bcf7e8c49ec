"""The demo: a synthetic sample city through the whole pipeline, as a force's own files would go."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from service import boundaries
from service.console import print_reports, print_targets, write_file
from service.db.models import AnalysisRun
from service.export import geojson
from service.ingest.load import ingest
from service.ingest.profiles import load_profile
from service.ingest.report import BatchReport
from service.processes import runs
from service.processes.registry import PROCESSES
from service.progress import progress_bar
from service.tenant import Tenant
from spatial import synthetic

AGENCY: Final = "demo"
"""The sample city is an agency of its own: it never mixes with real incidents."""

LAYER: Final = "city"
SEED: Final = 1
QUESTION: Final = {
    "index": "cchi-2026-home-office",
    "study_area": LAYER,
    "resolution": 10,
    "from": "2025-01-01",
    "to": "2025-12-31",
}


def run(tenant: Tenant, output: Path, console: Console) -> None:
    """Load the sample city, analyse it, print its targets and write them as GeoJSON.

    Run again, it loads nothing twice and answers from the stored runs.

    Parameters
    ----------
    tenant
        The demo's agency.
    output
        Where the targets go.
    console
        Where to tell what happens.
    """
    console.print("Sample city: synthetic, made by a seeded simulator. Nothing in it is real.")
    tenant.equip()
    with progress_bar("simulating the city", console) as progress:
        progress.share(0.1, "drawing incidents")
        city = synthetic.city(seed=SEED)
        rows = synthetic.raw_table(city).to_csv(index=False).encode()
    report = _load(tenant, city, rows, console)
    print_reports([report], report)
    concentration = _analyse(tenant, "concentration", QUESTION, console)
    targets = _analyse(tenant, "targets", QUESTION | {"top": 15}, console)
    with tenant.unit_of_work() as (session, _):
        document = geojson.targets(session, targets)
    write_file(output, document)
    print_targets(json.loads(document), console)
    half = next(row for row in concentration.result["shares"] if row["share_of_total"] == 0.5)
    console.print(
        f"Concentration: {half['units']:,} of {concentration.result['units']:,} cells hold half of "
        "the harm."
    )
    console.print(f"Written to {escape(str(output))}.")


def _load(tenant: Tenant, city: synthetic.City, rows: bytes, console: Console) -> BatchReport:
    profile = load_profile("generic").model_copy(update={"time_zone": city.time_zone})
    with (
        progress_bar("ingesting", console) as progress,
        tenant.unit_of_work() as (session, agency),
    ):
        boundaries.load(session, agency, city.boundary, LAYER, where="the sample city")
        return ingest(
            session,
            agency,
            io.BytesIO(rows),
            profile,
            file_name="synthetic-city.csv",
            progress=progress.bytes,
        )


def _analyse(tenant: Tenant, name: str, question: dict[str, Any], console: Console) -> AnalysisRun:
    process = PROCESSES[name]
    with (
        progress_bar(name, console) as progress,
        tenant.unit_of_work() as (session, agency),
    ):
        params = process.params.model_validate(question)
        return runs.execute(session, agency, process, params, progress.share)
