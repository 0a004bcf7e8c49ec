"""One million incidents in the database to targets as GeoJSON, with the time of each step.

    python -m bench.end_to_end [--rows 1000000] [--resolution 9] [--json]

The steps are those that a run reports as its progress. The peer is the same question asked again,
answered from the stored run.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import shapely

from bench.ingest import incidents, scratch_database, scratch_server
from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.analyses.targets import TargetsParams
from service.export import geojson
from service.ingest import ingest, load_profile
from service.store.repository import harm_indexes
from service.store.tenant import Tenant
from service.vector import boundaries

WEIGHTS = b"""offence_code,weight
burglary,221.61
robbery,365
violence-with-injury,365
other-theft,2
arson,185
"""
AREA = shapely.box(-87.95, 41.55, -87.35, 42.15)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--resolution", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with scratch_server() as server, scratch_database(server) as database:
        tenant = Tenant(database, "bench")
        tenant.equip()
        _load(tenant, chosen.rows)
        params = TargetsParams.model_validate(
            {
                "index": "bench",
                "study_area": "city",
                "resolution": chosen.resolution,
                "from": "2019-01-01",
                "to": "2023-12-30",
                "top": 50,
            }
        )
        _answer(tenant, params.model_copy(update={"resolution": 7}))  # compiles and warms up
        steps, document = _answer(tenant, params)
        again, _ = _answer(tenant, params)
    found = json.loads(document)
    whole, stored = sum(steps.values()), sum(again.values())
    figures = {
        "rows": chosen.rows,
        "units": found["run"]["study_area"]["units"],
        "targets": len(found["features"]),
        "steps_s": {name: round(seconds, 3) for name, seconds in steps.items()},
        "whole_s": round(whole, 3),
        "stored_s": round(stored, 3),
        "stored_to_computed": round(stored / whole, 4),
    }
    if chosen.json:
        print(json.dumps(figures))
        return
    print(f"{chosen.rows:,} incidents, {figures['units']:,} cells, {figures['targets']} targets")
    for name, seconds in steps.items():
        print(f"  {name:<34} {seconds:7.3f} s  {seconds / whole:6.1%}")
    print(f"  {'together':<34} {whole:7.3f} s")
    print(f"  {'asked again':<34} {stored:7.3f} s  {stored / whole:6.1%}")


def _load(tenant: Tenant, rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder, tenant.unit_of_work() as (session, agency):
        file = Path(folder) / "incidents.csv"
        incidents(rows).to_csv(file, index=False)
        ingest(session, agency, file, load_profile("generic"), file_name=file.name)
        about = harm_indexes.IndexDescription("bench", "1", "Benchmark", "days")
        harm_indexes.load(session, agency, about, WEIGHTS)
        boundaries.load(
            session, agency, gpd.GeoDataFrame(geometry=[AREA], crs=4326), "city", where="bench"
        )


def _answer(tenant: Tenant, params: TargetsParams) -> tuple[dict[str, float], bytes]:
    steps: dict[str, float] = {}
    moment, doing = time.perf_counter(), "looking up the question"

    def next_step(_share: float, message: str) -> None:
        nonlocal moment, doing
        now = time.perf_counter()
        steps[doing] = steps.get(doing, 0.0) + now - moment
        moment, doing = now, message

    with tenant.unit_of_work() as (session, agency):
        run = runs.execute(session, agency, PROCESSES["targets"], params, next_step)
        doing = "writing GeoJSON"
        document = geojson.targets(session, run)
        next_step(1.0, "committing")
    next_step(1.0, "")
    return steps, document


if __name__ == "__main__":
    main()
