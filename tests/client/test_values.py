"""Clients type what they read by what they see: every value is what is stored, of its own type.

QGIS, GDAL and pandas read each collection and each export, and what they made of it is compared
with the database. Harm is a count here, so that most numbers are whole.
"""

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg import sql
from pyarrow import types
from sqlalchemy import text

from service.analyses import properties
from service.export import files, formats
from service.http.app import create_app
from service.settings import Settings
from service.store.repository import runs as stored_runs
from service.store.repository import scores
from service.store.session import driver_connection
from service.store.tenant import Tenant
from service.store.views import declared
from tests.api import ogc_town
from tests.api.serving import serving
from tests.client import gdal_apart, qgis

PAGE = 40
COLLECTIONS = {
    "cells": ("targets", "units", "patrol_areas"),
    "streets": ("units", "segments"),
}
ASKED = [(run, name) for run, names in COLLECTIONS.items() for name in names]
FLAT = ("text", "whole", "number")


WHOLE_AT_FIRST = """
    UPDATE unit_score SET q = 1, z = 0 WHERE rank <= 40 OR unit_id IN
        (SELECT unit_id FROM unit_score AS o WHERE o.run_id = unit_score.run_id
         ORDER BY unit_id LIMIT 40)
"""
"""As many runs have it, in whatever order they are read."""


@pytest.fixture(scope="module")
def town(databases):
    with ogc_town.serving(databases) as made:
        with made.database.session() as session:
            session.execute(text(WHOLE_AT_FIRST))
            session.commit()
        yield made


@pytest.fixture(scope="module")
def url(town):
    app = create_app(Settings(worker="none", ogc_incidents=True), town.database)
    with serving(app) as address:
        yield f"{address}/ogc"


@pytest.fixture(scope="module")
def tenant(town):
    return Tenant(town.database, Settings().agency)


@pytest.fixture(scope="module")
def stored(town, tenant):
    """What the database holds of each run: rows by id, and the type that each property has."""
    with tenant.unit_of_work() as (session, agency):
        found = {}
        for run, name in ASKED:
            held = stored_runs.find(session, agency, town.run[run])
            places = "targets" if name in ("targets", "patrol_areas") else "units"
            every = {"targets": properties.TARGET, "units": properties.SCORE}[places]
            columns = [one for one in every if one.name in held.holds[places]]
            with driver_connection(session).cursor() as cursor:
                if places == "targets":
                    query = "SELECT target_id, properties FROM target WHERE run_id = %s"
                    rows = dict(cursor.execute(query, [held.id]).fetchall())
                else:
                    values = sql.SQL(", ").join(scores.value(one) for one in columns)
                    query = sql.SQL("SELECT unit_id, {} FROM unit_score WHERE run_id = {}").format(
                        values, sql.Literal(held.id)
                    )
                    rows = {
                        key: dict(zip((one.name for one in columns), row, strict=True))
                        for key, *row in cursor.execute(query).fetchall()
                    }
            found[run, name] = {one.name: one.type for one in columns}, rows
    return found


def check(told_types, told_rows, stored_types, stored_rows, *, key, empty=None):
    """Compare types and values that a client made of places with those that are stored."""
    assert len(told_rows) == len(stored_rows) > 0
    for name, kind in stored_types.items():
        values = [row[name] for row in stored_rows.values()]
        if kind not in FLAT or all(one is None for one in values):
            continue
        assert told_types[name] == kind, name
        told = {row[key]: row[name] for row in told_rows}
        for which, row in stored_rows.items():
            found = empty if told[which] is None else told[which]
            wanted = empty if row[name] is None else row[name]
            assert found == wanted, (name, which)


def of_frame(frame: pd.DataFrame):
    """Return types and rows of what GDAL or pandas read."""
    known = {"i": "whole", "u": "whole", "f": "number"}
    kinds = {name: known.get(frame[name].dtype.kind, "text") for name in frame.columns}
    plain = frame.astype(object).where(frame.notna(), None)
    return kinds, plain.to_dict("records")


def key_of(name):
    return "target_id" if name in ("targets", "patrol_areas") else "unit_id"


def test_the_numbers_of_the_town_are_whole_where_clients_go_wrong(stored):
    _, rows = stored["cells", "units"]
    assert all(row["harm"] == int(row["harm"]) for row in rows.values())
    by_rank = sorted(rows, key=lambda one: rows[one]["rank"])
    for order in (sorted(rows), by_rank):
        assert {rows[one]["q"] for one in order[:PAGE]} == {1.0}
    assert any(row["q"] < 1 for row in rows.values())


@pytest.mark.parametrize(("run", "name"), ASKED)
def test_a_page_says_which_numbers_are_whole_by_declaration(town, stored, run, name):
    kinds, rows = stored[run, name]
    page = town.items(name, run_id=town.run[run])
    assert len(page["features"]) == len(rows)
    python = {"text": str, "whole": int, "number": float}
    for feature in page["features"]:
        row = rows[feature["properties"][key_of(name)]]
        for called, value in feature["properties"].items():
            kind = kinds.get(called)
            if kind in FLAT and value is not None:
                assert type(value) is python[kind], called
                assert value == row[called]


@pytest.mark.parametrize("name", sorted(declared()))
def test_every_collection_tells_values_of_the_types_that_are_declared(url, town, tmp_path, name):
    columns = declared()[name].columns
    python = {"text": str, "instant": str, "whole": int, "number": float}
    for feature in town.items(name)["features"]:
        for called, value in feature["properties"].items():
            wanted = python.get(columns[called].type)
            assert value is None or wanted is None or type(value) is wanted, called
    frame = gdal_apart.read(f"OAPIF:{url}", tmp_path, layer=name, PAGE_SIZE=PAGE)
    kinds, _ = of_frame(frame)
    for called, column in columns.items():
        if called in kinds and column.type in ("whole", "number") and frame[called].notna().all():
            assert kinds[called] == column.type, called


def test_a_number_that_no_place_has_is_no_text(databases, tmp_path):
    with ogc_town.serving(databases) as town:
        run = town.run["cells"]
        with town.database.session() as session:
            session.execute(text("UPDATE unit_score SET z = NULL"))
            session.execute(text("UPDATE unit_score SET q = NULL WHERE rank > 3"))
            session.commit()
        features = town.items("units", run_id=run)["features"]
        assert all("z" not in one["properties"] for one in features)
        assert sum(one["properties"]["q"] is not None for one in features) == 3
        app = create_app(Settings(worker="none"), town.database)
        with serving(app) as address:
            source = f"OAPIF:{address}/ogc?run_id={run}"
            frame = gdal_apart.read(source, tmp_path, layer="units", PAGE_SIZE=10)
        kinds, _ = of_frame(frame)
        assert (kinds["z"], kinds["q"]) == ("number", "number")
        assert frame["q"].notna().sum() == 3
        assert frame["z"].isna().all()


def test_numbers_inside_of_objects_and_lists_have_a_point_too(town):
    for feature in town.items("targets", run_id=town.run["cells"])["features"]:
        told = feature["properties"]
        assert {type(one) for one in told["harm_by_offence"].values()} == {float}
        assert {type(one) for one in told["series"]["harm"]} == {float}
        assert {type(one) for one in told["series"]["count"]} == {int}
        windows = told["peak"]["windows"] if told["peak"] is not None else []
        assert {type(one["harm"]) for one in windows} <= {float}
        if told["trend"] is not None:
            assert type(told["trend"]["previous_harm"]) is float


def test_qgis_reads_of_every_collection_what_is_stored(url, town, stored):
    sources = {
        f"{run}/{name}": (
            f" url='{url}?run_id={town.run[run]}' typename='{name}' version='OGC_API_FEATURES'"
            f" pagingEnabled='true' pageSize='{PAGE}'",
            "OAPIF",
        )
        for run, name in ASKED
    }
    for which, told in qgis.run("qgis_values.py", sources).items():
        assert told["valid"], told
        run, name = which.split("/")
        check(told["types"], told["rows"], *stored[run, name], key=key_of(name))


def test_qgis_keeps_objects_that_it_is_given_as_text(url, town, stored):
    query = f"run_id={town.run['cells']}&objects=text"
    source = (
        f" url='{url}?{query}' typename='targets' version='OGC_API_FEATURES'"
        " pagingEnabled='true' pageSize='100'"
    )
    (told,) = qgis.run("qgis_values.py", {"targets": (source, "OAPIF")}).values()
    kinds, rows = stored["cells", "targets"]
    documents = [name for name, kind in kinds.items() if kind in ("object", "list")]
    assert {"members", "offences", "series"} <= set(documents)
    for read in (told["rows"], told["again"]):
        assert len(read) == len(rows)
        for row in read:
            for name in documents:
                value = rows[row["target_id"]][name]
                assert (None if row[name] is None else json.loads(row[name])) == value, name
    check(told["types"], told["again"], kinds, rows, key="target_id")


def test_objects_as_text_are_told_as_such(town):
    about = town.get("/collections/targets/schema", params={"objects": "text"}).json()
    told = about["properties"]["properties"]["properties"]["offences"]
    assert (told["type"], told["contentMediaType"]) == ("string", "application/json")
    page = town.items("targets", objects="text", limit=1)
    plain = town.items("targets", limit=1)["features"][0]["properties"]
    for name, value in page["features"][0]["properties"].items():
        same = json.loads(value) if isinstance(plain[name], dict | list) else value
        assert same == plain[name]
    assert all("objects=text" in link["href"] for link in page["links"])
    assert "objects must be json or text" in town.refusal("targets", objects="yaml")["detail"]


@pytest.mark.parametrize(("run", "name"), ASKED)
def test_gdal_reads_of_every_collection_what_is_stored(url, town, stored, tmp_path, run, name):
    source = f"OAPIF:{url}?run_id={town.run[run]}"
    frame = gdal_apart.read(source, tmp_path, layer=name, PAGE_SIZE=PAGE)
    check(*of_frame(frame), *stored[run, name], key=key_of(name))


@pytest.fixture(scope="module")
def exports(town, tenant, tmp_path_factory):
    """Every export of both runs, by run, layer and format."""
    folder = tmp_path_factory.mktemp("exports")
    made = {}
    with tenant.unit_of_work() as (session, agency):
        for run in COLLECTIONS:
            held = stored_runs.find(session, agency, town.run[run])
            for form in ("geojson", "csv", "fgb", "geoparquet", "gpkg", "kml"):
                chosen = formats.find(form)
                for layer in ("targets", "units") if run == "cells" else ("units",):
                    path = folder / f"{run}-{layer}.{chosen.suffix}"
                    options = {} if form == "gpkg" else {"layer": layer}
                    files.export(session, agency, held, chosen, path, **options)
                    made[run, layer, form] = path
    return made


def test_qgis_reads_of_every_export_what_is_stored(exports, stored):
    sources = {}
    for (run, layer, form), path in exports.items():
        if form in ("geojson", "fgb", "gpkg"):
            part = "" if form == "geojson" else f"|layername={layer}"
            sources[f"{run}/{layer}/{form}"] = (f"{path}{part}", "ogr")
        if form == "csv":
            options = "detectTypes=yes&wktField=wkt&crs=EPSG:4326"
            sources[f"{run}/{layer}/{form}"] = (f"file://{path}?{options}", "delimitedtext")
    for which, told in qgis.run("qgis_values.py", sources).items():
        assert told["valid"], told
        run, layer, form = which.split("/")
        kinds, rows = stored[run, layer]
        if form == "csv":
            kinds = {name: kind for name, kind in kinds.items() if kind != "text"}
        check(told["types"], told["rows"], kinds, rows, key=key_of(layer))


@pytest.mark.parametrize("form", ["geojson", "csv", "fgb", "gpkg", "kml"])
def test_gdal_reads_of_every_export_what_is_stored(exports, stored, tmp_path, form):
    for (run, layer, made), path in exports.items():
        if made != form:
            continue
        options = {"AUTODETECT_TYPE": "YES"} if form == "csv" else {}
        named = {"layer": layer} if form in ("fgb", "gpkg") else {}
        frame = gdal_apart.read(str(path), tmp_path, **named, **options)
        check(*of_frame(frame), *stored[run, layer], key=key_of(layer))


def test_pandas_reads_of_every_table_what_is_stored(exports, stored):
    for (run, layer, form), path in exports.items():
        if form == "csv":
            frame = pd.read_csv(path)
        elif form == "geoparquet":
            frame = pd.read_parquet(path)
        elif form == "geojson":
            features = json.loads(path.read_text())["features"]
            frame = pd.DataFrame([one["properties"] for one in features])
        else:
            continue
        check(*of_frame(frame), *stored[run, layer], key=key_of(layer))


def test_columns_of_files_keep_their_type_where_nothing_is_in_them(exports):
    """Of a run of cells the schema says so whatever the rows hold."""
    for (_, layer, form), path in exports.items():
        if form != "geoparquet":
            continue
        declared = {"targets": properties.TARGET, "units": properties.SCORE}[layer]
        kinds = {one.name: one.type for one in declared}
        for field in pq.read_schema(path):
            if kinds.get(field.name) == "number":
                assert types.is_floating(field.type)
            if kinds.get(field.name) == "whole":
                assert field.type == pa.int64()
