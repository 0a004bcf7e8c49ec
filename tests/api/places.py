"""Incidents and questions that the tests of streets, areas and districts share."""

from __future__ import annotations

import io
import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from service.analyses import runs
from service.analyses.registry import PROCESSES
from service.export import documents
from service.ingest.load import ingest
from service.ingest.profiles.loading import load_profile
from service.store.tenant import Tenant

YEAR = {"from": "2025-01-01", "to": "2025-12-31"}


def store(
    tenant: Tenant,
    points: gpd.GeoSeries,
    offence: Any = "robbery",
    source: str | None = None,
    **columns: Any,
) -> None:
    """Ingest one incident per point, spread over the year 2025."""
    lonlat = points.to_crs(4326)
    table = pd.DataFrame(
        {
            "external_id": [f"i{n}" for n in range(len(lonlat))],
            "offence_code": offence,
            "occurred_from": pd.Timestamp("2025-01-01T12:00Z")
            + pd.to_timedelta(np.arange(len(lonlat)) % 365, unit="D"),
            "time_precision": "exact",
            "longitude": lonlat.x.to_numpy(),
            "latitude": lonlat.y.to_numpy(),
            **columns,
        }
    )
    table["occurred_from"] = table["occurred_from"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    file = io.BytesIO(table.to_csv(index=False).encode())
    with tenant.unit_of_work() as (session, agency):
        report = ingest(
            session,
            agency,
            file,
            load_profile("generic"),
            source_name=source,
            file_name="made.csv",
        )
    assert report.accepted == len(table), report


def along(lines: gpd.GeoSeries, number: int, seed: int, offset_m: float = 6.0) -> gpd.GeoSeries:
    """Return points beside lines in a metric CRS, as many to each as its length says."""
    random = np.random.default_rng(seed)
    shapes = np.asarray(lines.array, dtype=object)
    length = shapely.length(shapes)
    chosen = shapes[random.choice(len(shapes), number, p=length / length.sum())]
    at = shapely.line_interpolate_point(chosen, random.uniform(0, shapely.length(chosen)))
    moved = shapely.get_coordinates(at) + random.uniform(-offset_m, offset_m, (number, 2))
    return gpd.GeoSeries(shapely.points(moved), crs=lines.crs)


def answer(tenant: Tenant, process: str, **question: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run an analysis, and return its result and its document."""
    asked = {"index": "cchi-2026-police-uk", **YEAR, **question}
    params = PROCESSES[process].params.model_validate(asked)
    with tenant.unit_of_work() as (session, agency):
        run = runs.execute(session, agency, PROCESSES[process], params)
        return run.result, json.loads(documents.of_run(session, run).content)
