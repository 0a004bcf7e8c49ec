"""Each declared property of targets and units is on every surface, and needs nothing but that."""

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import jsonschema
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import text

from service.analyses import properties
from service.analyses.property import Property
from service.analyses.registry import PROCESSES
from service.analyses.study.units.kinds import KINDS
from service.export import schemas
from service.export.formats import FORMATS
from service.http.app import create_app
from service.settings import Settings
from service.styles import COLLECTIONS, shapes_of, style_of
from service.vector import boundaries
from tests.api.export_run import EAST, NORTH, UTM, copied

ROOT = Path(__file__).resolve().parents[2]
KML = {"kml": "http://www.opengis.net/kml/2.2"}
PLACES = {"targets": "Target", "units": "UnitScore"}
EVERYTHING = {
    "districts": "districts",
    "population_column": "residents",
    "population_layer": "beats",
    "denominator": "population",
    "smoothing": "empirical_bayes",
    "patrol_buffer_m": 30,
    "permutations": 99,
    "strategy": "top",
    "top": 5,
}
"""Asks for every property that a run has only on request."""

OWN = {
    "h3": {"resolution": 8},
    "segment": {"network": "grid", "max_snap_m": 200},
    "polygon": {"layer": "beats"},
}


@pytest.fixture(scope="module")
def town(databases):
    with copied(databases) as made:
        steps = range(0, 4_000, 500)
        beats = gpd.GeoDataFrame(
            {
                "name": [f"Beat {at}" for at in range(64)],
                "residents": [100 + at for at in range(64)],
            },
            geometry=[shapely.box(x, y, x + 500, y + 500) for x in steps for y in steps],
            crs=UTM,
        )
        beats.geometry = beats.geometry.translate(EAST, NORTH)
        with made.tenant.unit_of_work() as (session, agency):
            boundaries.load(session, agency, beats, "beats", where="made")
        yield made


@pytest.fixture(scope="module")
def client(town):
    with TestClient(create_app(Settings(worker="none"), town.tenant.database)) as started:
        yield started


@pytest.fixture(scope="module", params=list(KINDS))
def run(request, town) -> tuple[str, str]:
    """A run of targets on each kind of unit: the kind, and its id."""
    return request.param, town.run(
        "targets", unit=request.param, **OWN[request.param], **EVERYTHING
    )


def declared(places: str, kind: str) -> dict[str, Property]:
    held = {"targets": properties.TARGET, "units": properties.SCORE}[places]
    return {one.name: one for one in held if kind in one.kinds}


def types_of_web() -> str:
    spec = importlib.util.spec_from_file_location("web_types", ROOT / "setup/web_types.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.written()


def walk(town, client, run, folder):
    """Look for every declared property of a run's kind on every surface."""
    kind, run_id = run
    described = client.get("/openapi.json").json()
    types = types_of_web()
    for places, schema in PLACES.items():
        wanted = declared(places, kind)
        features = in_geojson(client, run_id, places)
        assert [list(one) for one in features] == [list(wanted)] * len(features)
        in_openapi(described, schema, wanted)
        validator = jsonschema.Draft202012Validator(
            {**schemas.ref(schemas.collection_of(schema)), "components": described["components"]}
        )
        path = {"targets": "targets", "units": "scores"}[places]
        validator.validate(client.get(f"/api/v1/runs/{run_id}/{path}").json())
        in_files(town, run_id, places, wanted, folder)
        in_ogc(client, run_id, places, wanted, features)
        in_types(types, schema, wanted)
    if KINDS[kind].style == "segments":
        shown = client.get(f"/ogc/collections/segments/items?run_id={run_id}&limit=1").json()
        assert list(shown["features"][0]["properties"]) == list(declared("units", kind))


def in_geojson(client, run_id, places):
    path = {"targets": "targets", "units": "scores"}[places]
    answer = client.get(f"/api/v1/runs/{run_id}/{path}").json()
    assert len(answer["features"]) > 3
    return [one["properties"] for one in answer["features"]]


def in_openapi(described, schema, wanted):
    shown = described["components"]["schemas"][schema]["properties"]
    for name, one in wanted.items():
        assert shown[name]["title"] == one.title, name
        assert shown[name].get("x-ogc-unit") == one.unit, name


def in_files(town, run_id, places, wanted, folder):
    """Look at the columns of each format that holds places, by readers that are not ours."""
    for form in FORMATS.values():
        if "places" not in form.of or form.name in ("qgz", "zip"):  # which hold the others
            continue
        options = {"layer": places} if form.one_layer else {}
        path = town.export(run_id, form.name, folder / f"{places}.{form.suffix}", **options)
        assert set(wanted) <= set(columns_of(form.name, path, places)), form.name


def columns_of(form, path, places):
    if form == "geojson":
        return list(json.loads(path.read_text(encoding="utf-8"))["features"][0]["properties"])
    if form == "kml":
        fields = ET.parse(path).findall(".//kml:SimpleField", KML)
        return [one.get("name") for one in fields]
    if form == "csv":
        return path.read_text(encoding="utf-8").splitlines()[0].replace('"', "").split(",")
    if form == "geoparquet":
        return list(gpd.read_parquet(path).columns)
    return pyogrio.read_info(path, layer=places if form == "gpkg" else None)["fields"]


def in_ogc(client, run_id, places, wanted, features):
    of_run = {"run_id": run_id, "limit": 10_000}
    answer = client.get(f"/ogc/collections/{places}/items", params=of_run).json()
    by_id = {one["id"]: one["properties"] for one in answer["features"]}
    key = {"targets": "target_id", "units": "unit_id"}[places]
    # A number that no place has is left out: clients would take it for a text.
    told = [
        name
        for name, one in wanted.items()
        if one.kind != "number" or any(feature[name] is not None for feature in features)
    ]
    assert by_id == {one[key]: {name: one[name] for name in told} for one in features}
    assert {tuple(one) for one in by_id.values()} == {tuple(told)}
    queryables = client.get(f"/ogc/collections/{places}/queryables?run_id={run_id}").json()
    tiles = client.get(f"/ogc/collections/{places}/tiles/WebMercatorQuad?f=json&run_id={run_id}")
    carried = tiles.json()["layers"][0]["propertiesSchema"]["properties"]
    for name, one in wanted.items():
        if one.kind != "document":
            shown = queryables["properties"][name]
            unit = one.unit and one.unit.replace("unit of the harm index", "days")
            assert (shown["title"], shown.get("x-ogc-unit")) == (one.title, unit), name
        assert (name in carried) == one.tiled, name


def in_types(types, schema, wanted):
    interface = types.split(f"export interface {schema} {{")[1].split("\n}")[0]
    for name in wanted:
        assert f"\n  {name}: " in interface or f"\n  {name}?: " in interface, name


def test_every_declared_property_is_on_every_surface(town, client, run, tmp_path):
    walk(town, client, run, tmp_path)


FRESH = (
    Property("freshness", "number", "Freshness", "share of it that is recent", "1", always=False),
    Property("mood", "text", "Mood", "of the street", nullable=True, always=False, tiled=True),
    Property("visits", "whole", "Visits", "how many there were", nullable=True, always=False),
    Property(
        "expected_visits", "list", "Expected visits", "from and to", "visits", always=False,
        form={"type": "array", "items": {"type": "number"}},
    ),
)  # fmt: skip
VALUES = [
    {
        "freshness": 0.1 + 0.2,
        "mood": 'a "dark"\\\n corner',
        "visits": 3,
        "expected_visits": [0.5],
    },
    {"freshness": 1e-7, "mood": None, "visits": None, "expected_visits": [1.5, 1e22]},
]


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_property_takes_its_declaration_and_the_place_where_it_is_computed(
    town, kind, tmp_path, monkeypatch
):
    process = PROCESSES["targets"]

    def compute(context, params):
        answer = process.run(context, params)
        for target in answer.targets:
            target.properties.update(VALUES[target.properties["rank"] % 2])
        own = [VALUES[at % 2] for at in range(len(answer.scores))]
        fresh = {one.name: [values[one.name] for values in own] for one in FRESH}
        return replace(answer, scores=answer.scores.assign(**fresh))

    monkeypatch.setitem(PROCESSES, "targets", replace(process, run=compute))
    monkeypatch.setattr(properties, "TARGET", (*properties.TARGET, *FRESH))
    monkeypatch.setattr(properties, "SCORE", (*properties.SCORE, *FRESH))
    town.tenant.database.upgrade()
    try:
        with TestClient(create_app(Settings(worker="none"), town.tenant.database)) as client:
            run_id = town.run("targets", unit=kind, seed=7, **OWN[kind], **EVERYTHING)
            walk(town, client, (kind, run_id), tmp_path)
            for places in PLACES:
                told = in_geojson(client, run_id, places)
                found = [{one.name: row[one.name] for one in FRESH} for row in told]
                assert all(values in found for values in VALUES)
                assert all(values in VALUES for values in found)
            few = client.get(
                f"/ogc/collections/units/items?run_id={run_id}&filter=visits=3&limit=10000"
            ).json()
            assert 0 < few["numberMatched"] < len(in_geojson(client, run_id, "units"))
    finally:
        monkeypatch.undo()
        town.tenant.database.upgrade()


def test_what_is_computed_and_not_declared_is_refused_before_it_is_stored(town, monkeypatch):
    process = PROCESSES["targets"]

    def compute(context, params):
        answer = process.run(context, params)
        for target in answer.targets:
            target.properties["mood"] = "calm"
        return answer

    monkeypatch.setitem(PROCESSES, "targets", replace(process, run=compute))
    with pytest.raises(ValueError, match=r"mood is computed but not declared.*properties\.py"):
        town.run("targets", seed=8, **OWN["h3"], **EVERYTHING)


def test_a_run_of_before_has_the_properties_of_its_time(town, client, monkeypatch):
    run_id = town.run("targets", seed=9, **OWN["h3"], **EVERYTHING)
    with town.tenant.database.session() as session:
        session.execute(text("UPDATE analysis_run SET holds = NULL WHERE id = :id"), {"id": run_id})
    before = client.get(f"/api/v1/runs/{run_id}/scores").content
    monkeypatch.setattr(properties, "SCORE", (*properties.SCORE, *FRESH))
    assert client.get(f"/api/v1/runs/{run_id}/scores").content == before


def test_the_webs_types_are_those_that_are_declared():
    checked = subprocess.run(
        [sys.executable, ROOT / "setup/web_types.py", "--check"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


def test_styles_draw_by_properties_that_tiles_carry():
    carried = {
        "targets": properties.TARGET,
        "units": properties.SCORE,
        "segments": properties.SCORE,
    }
    for collection in COLLECTIONS:
        for shape in shapes_of(collection):
            style = style_of(collection, shape)
            used = {*style.label, *([style.decides] if style.decides else [])}
            assert used <= {one.name for one in carried.get(collection, ()) if one.tiled}
