"""The main job on real incidents: two years of the City of London, and a year of Chicago."""

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import text

from service.analyses import runs
from service.analyses.concentration import ConcentrationParams
from service.analyses.getis_ord import HotSpotParams
from service.analyses.registry import PROCESSES
from service.analyses.targets import TargetsParams
from service.export import documents, geojson
from service.ingest.load import ingest
from service.ingest.profiles.loading import load_profile
from service.ingest.report import total
from service.store.repository import harm_indexes
from service.store.repository import runs as stored_runs
from service.store.session import Database
from service.store.tenant import Tenant
from service.vector import boundaries
from tests.databases import Databases

YEAR = {"from": "2019-04-01", "to": "2020-03-31"}
QUESTION = {
    "resolution": 10,
    "index": "cchi-2026-police-uk",
    "study_area": "study",
    "top": 10,
    **YEAR,
}
TARGET_PROPERTIES = [
    "rank", "target_id", "unit", "resolution", "members", "area_km2", "harm_per_km2", "count",
    "harm", "harm_share", "count_share", "z_max", "p_min", "q_min", "class", "offences",
    "harm_by_offence", "dominance", "effective_incidents", "expected_harm", "expected_interval",
    "expected_low", "expected_high", "basis", "p_own", "p_without_worst", "q_own", "excess",
    "months_in_top", "trend", "series", "peak", "peak_reason", "shared_point",
    "district", "label", "note",
]  # fmt: skip
RUN_MEMBERS = {
    "id", "process", "parameters", "window", "study_area", "harm_index", "data_version",
    "software_version", "seed", "incidents", "inference", "horizon",
}  # fmt: skip


def ingest_london(tenant: Tenant, shared_data: Path):
    reports = []
    for file in sorted((shared_data / "city-of-london/street").glob("*.csv")):
        with tenant.unit_of_work() as (session, agency):
            reports.append(
                ingest(session, agency, file, load_profile("police-uk"), file_name=file.name)
            )
    return total(reports)


@pytest.fixture
def london(databases: Databases, shared_data: Path) -> Iterator[Tenant]:
    """A copy of a database with the two years and the study area."""
    with databases.copy_of("london", partial(furnish, shared_data)) as (made, _):
        yield Tenant(made, "default")


def furnish(shared_data: Path, database: Database) -> None:
    tenant = Tenant(database, "default")
    tenant.equip()
    ingest_london(tenant, shared_data)
    with tenant.unit_of_work() as (session, agency):
        boundaries.load_file(
            session, agency, shared_data / "city-of-london/study_area.geojson", "study"
        )


def answer(tenant: Tenant, process: str, params) -> tuple[dict, bytes]:
    with tenant.unit_of_work() as (session, agency):
        run = runs.execute(session, agency, PROCESSES[process], params)
        return run.result, documents.of_run(session, run).content


def test_two_years_of_files_are_accounted_for_and_read_again_change_nothing(tenant, shared_data):
    first = ingest_london(tenant, shared_data)
    assert (first.read, first.accepted, first.updated) == (18_755, 17_286, 0)
    assert set(first.rejected_by_reason) == {"missing_coordinates"}
    assert first.rejected <= 1_353
    assert first.read == first.accepted + first.duplicate + first.rejected

    again = ingest_london(tenant, shared_data)
    assert (again.read, again.accepted, again.updated) == (18_755, 0, 0)
    assert again.data_version == first.data_version
    with tenant.unit_of_work() as (session, _):
        assert session.scalar(text("SELECT count(*) FROM incident")) == 17_286


def test_the_study_area_holds_16360_incidents_in_205_cells_at_458_points(london):
    params = HotSpotParams(
        resolution=10, index="count", study_area="study", **{"from": "2018-04-01"}, end="2020-03-31"
    )
    with london.unit_of_work() as (session, agency):
        run = runs.execute(session, agency, PROCESSES["getis-ord"], params)
        assert run.provenance["incidents"]["used"] == 16_360
        assert run.provenance["incidents"]["outside"] == 17_286 - 16_360
        assert run.result["units"] == 289
        occupied = session.scalar(
            text("SELECT count(*) FROM unit_score WHERE run_id = :run AND count > 0"),
            {"run": run.id},
        )
        assert occupied == 205


def test_targets_are_valid_geojson_with_every_property(london):
    _, document = answer(london, "targets", TargetsParams(**QUESTION))
    collection = json.loads(document)
    assert collection["type"] == "FeatureCollection"
    assert set(collection["run"]) >= RUN_MEMBERS
    assert len(collection["features"]) == 10
    west, south, east, north = collection["bbox"]
    for rank, feature in enumerate(collection["features"], start=1):
        about = feature["properties"]
        assert next(iter(about)) == "rank"  # the order of the rest is that of their declarations
        assert sorted(about) == sorted(TARGET_PROPERTIES)
        assert about["rank"] == rank
        assert feature["id"] == about["target_id"]
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.is_valid
        assert shape.geom_type == "Polygon"
        assert shape.exterior.is_ccw
        assert west <= shape.bounds[0] <= shape.bounds[2] <= east
        assert south <= shape.bounds[1] <= shape.bounds[3] <= north
        written = np.array(feature["geometry"]["coordinates"][0])
        assert (np.round(written, 7) == written).all()
        assert sum(about["offences"].values()) == about["count"]
        assert round(sum(about["harm_by_offence"].values()), 2) == about["harm"]
        assert about["peak"] is None
        assert about["peak_reason"] == "hours_unknown"  # months only
        assert about["trend"]["previous_from"] == "2018-04-01"
        low, high = about["expected_interval"]
        assert low <= about["expected_harm"] <= high
        assert about["area_km2"] <= 0.25
    harms = [feature["properties"]["expected_harm"] for feature in collection["features"]]
    assert harms == sorted(harms, reverse=True)


def test_harm_is_conserved_exactly_from_incidents_to_units(london):
    with london.unit_of_work() as (session, agency):
        run = runs.execute(session, agency, PROCESSES["targets"], TargetsParams(**QUESTION))
        of_units = session.scalar(
            text("SELECT sum(harm) FROM unit_score WHERE run_id = :run"), {"run": run.id}
        )
        of_incidents = session.scalar(
            text(
                "SELECT sum(weight) FROM incident JOIN harm_weight USING (offence_code) "
                "JOIN harm_index ON harm_index.id = harm_index_id, "
                "boundary JOIN boundary_layer ON boundary_layer.id = layer_id "
                "WHERE harm_index.name = 'cchi-2026-police-uk' AND detection = 'victim' "
                "AND ST_Covers(boundary.geom, incident.geom) "
                "AND (occurred_from AT TIME ZONE 'Europe/London')::date "
                "BETWEEN '2019-04-01' AND '2020-03-31'"
            )
        )
    assert isinstance(of_units, Decimal)
    assert of_units == of_incidents
    assert run.result["harm"] == float(of_units)


def test_the_same_question_again_gives_the_same_bytes_computed_or_stored(london):
    _, first = answer(london, "targets", TargetsParams(**QUESTION))
    _, stored = answer(london, "targets", TargetsParams(**QUESTION))
    assert stored == first
    with london.unit_of_work() as (session, _):
        session.execute(text("DELETE FROM analysis_run"))
    _, computed = answer(london, "targets", TargetsParams(**QUESTION))
    assert computed == first


def test_more_data_make_a_new_run_and_leave_the_old_one_as_it_was(london):
    with london.unit_of_work() as (session, agency):
        old = runs.execute(session, agency, PROCESSES["targets"], TargetsParams(**QUESTION)).id
    with london.unit_of_work() as (session, agency):
        before = geojson.targets(session, stored_runs.find(session, agency, old))
        session.execute(text("UPDATE agency SET data_version = data_version + 1"))
    with london.unit_of_work() as (session, agency):
        new = runs.execute(session, agency, PROCESSES["targets"], TargetsParams(**QUESTION)).id
        assert new != old
        assert geojson.targets(session, stored_runs.find(session, agency, old)) == before


def test_concentration_of_harm_is_told_with_its_interval(london):
    result, _ = answer(
        london,
        "concentration",
        ConcentrationParams(
            resolution=10, index="cchi-2026-police-uk", study_area="study", bootstrap=199, **YEAR
        ),
    )
    assert 0 < result["gini"]["value"] < 1
    low, high = result["gini"]["interval"]
    assert low < high
    half = next(row for row in result["shares"] if row["share_of_total"] == 0.5)
    assert 0 < half["share_of_units"] < 0.5


def test_chicago_goes_end_to_end_with_hours_on_its_own_clock(tenant, shared_data):
    folder = shared_data / "chicago-south-side"
    with tenant.unit_of_work() as (session, agency):
        report = ingest(
            session, agency, folder / "incidents.csv", load_profile("chicago"), file_name="c.csv"
        )
        boundaries.load_file(session, agency, folder / "south_side.geojson", "south-side")
    assert (report.read, report.accepted) == (1_000, 1_000)
    params = TargetsParams(
        resolution=9,
        index="count",
        study_area="south-side",
        strategy="top",
        min_incidents=3,
        top=5,
        **{"from": "2016-01-01", "to": "2016-12-31"},
    )
    _, document = answer(tenant, "targets", params)
    collection = json.loads(document)
    assert collection["run"]["window"]["time_zones"] == ["America/Chicago"]
    assert "Ranked by total alone" in collection["run"]["message"]
    raw = pd.read_csv(folder / "incidents.csv")
    local = pd.to_datetime(raw["Date"], format="%m/%d/%Y %I:%M:%S %p")
    by_hour = np.bincount(local.dt.day_of_week * 24 + local.dt.hour, minlength=168)
    told = [feature["properties"] for feature in collection["features"]]
    # Their hours are known, whether or not two of them stand out.
    assert {one["peak_reason"] for one in told} <= {None, "no_clear_peak"}
    for one in told:
        if one["peak"] is not None:  # an hour off in either direction breaks this
            assert (np.array(one["peak"]["hour_of_week"]) <= by_hour).all()


def test_a_users_own_index_weighs_its_own_codes(london):
    about = harm_indexes.IndexDescription("mine", "1", "Mine", "points")
    with london.unit_of_work() as (session, agency):
        harm_indexes.load(
            session, agency, about, b"offence_code,weight\nrobbery,10\n*,0.5\n", where="mine.csv"
        )
    result, _ = answer(
        london,
        "getis-ord",
        HotSpotParams(resolution=10, index="mine", study_area="study", **YEAR),
    )
    assert result["harm"] > result["count"] * 0.5
