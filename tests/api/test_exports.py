"""A run in every format, read back by readers that had no part in writing it."""

import csv
import io
import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from pyproj import CRS

from service.errors import NotFoundError, UnreadableFileError
from service.export import files, formats
from service.styles import CLASSES, FORMATS
from spatial.errors import InvalidInputError
from tests.api.export_run import DISTRICTS, HOSTILE, STREETS, Town, copied

KML = {"kml": "http://www.opengis.net/kml/2.2"}
ONE_LAYER = ["fgb", "geoparquet", "csv", "kml"]


@pytest.fixture(scope="module")
def town(databases):
    with copied(databases) as made:
        yield made


@pytest.fixture(scope="module")
def cells(town) -> str:
    return town.cells


@pytest.fixture(scope="module")
def streets(town) -> str:
    return town.streets


@pytest.fixture(scope="module")
def concentration(town) -> str:
    return town.run("concentration", resolution=9, districts="districts")


def read(path: Path, form: str, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read a file with a reader that is not ours."""
    if form == "geoparquet":
        return gpd.read_parquet(path)
    if form == "csv":
        table = gpd.pd.read_csv(path, keep_default_na=False, na_values=[""])
        return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries.from_wkt(table["wkt"]), crs=4326)
    return pyogrio.read_dataframe(path, layer=layer)


def of_geojson(town: Town, run: str, layer: str, folder: Path) -> gpd.GeoDataFrame:
    path = town.export(run, "geojson", folder / "reference.geojson", layer=layer)
    document = json.loads(path.read_text())
    rows = [feature["properties"] for feature in document["features"]]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in document["features"]]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4326)


def in_order(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.assign(rank=frame["rank"].astype(int)).sort_values("rank", ignore_index=True)


@pytest.mark.parametrize("kind", ["cells", "streets"])
@pytest.mark.parametrize("layer", ["targets", "units"])
@pytest.mark.parametrize("form", ["gpkg", *ONE_LAYER])
def test_every_format_says_what_geojson_says(town, request, tmp_path, kind, layer, form):
    run = request.getfixturevalue(kind)
    reference = in_order(of_geojson(town, run, layer, tmp_path))
    options = {} if form == "gpkg" else {"layer": layer}
    path = town.export(run, form, tmp_path / f"out.{formats.find(form).suffix}", **options)
    found = in_order(read(path, form, layer if form == "gpkg" else None))
    assert len(found) == len(reference) > 0
    assert CRS(found.crs).equals(4326, ignore_axis_order=True)
    numbers = ["count", "harm", *(["z", "p", "q"] if layer == "units" else ["z_max", "q_min"])]
    for name in numbers:
        np.testing.assert_array_equal(found[name].astype(float), reference[name].astype(float))
    assert found["class"].tolist() == reference["class"].tolist()
    for one, other in zip(found.geometry, reference.geometry, strict=True):
        assert shapely.get_num_coordinates(one) == shapely.get_num_coordinates(other)
        distance = shapely.hausdorff_distance(one, other)
        assert distance < 5e-8  # the seventh decimal is the same
    if form != "csv":
        assert found["label"].tolist() == reference["label"].tolist()
    if layer == "targets":
        assert [json.loads(members) for members in found["members"]] == reference[
            "members"
        ].tolist()


def test_the_names_of_the_town_are_as_hostile_as_the_tests_need(town, cells, tmp_path):
    targets = of_geojson(town, cells, "targets", tmp_path)
    assert HOSTILE in set(targets["label"])
    assert DISTRICTS[0] in set(targets["district"])


def test_the_geopackage_holds_what_the_run_refers_to(town, cells, tmp_path):
    path = town.export(cells, "gpkg", tmp_path / "run.gpkg")
    held = {str(name): kind for name, kind in pyogrio.list_layers(path)}
    assert {name: kind for name, kind in held.items() if kind} == {
        "targets": "MultiPolygon",
        "patrol_areas": "MultiPolygon",
        "study_area": "MultiPolygon",
        "districts": "MultiPolygon",
        "streets": "LineString",
        "units": "Polygon",
    }
    districts = pyogrio.read_dataframe(path, layer="districts")
    assert districts["name"].tolist() == DISTRICTS
    assert len(pyogrio.read_dataframe(path, layer="streets")) == 840
    assert len(pyogrio.read_dataframe(path, layer="study_area")) == 1
    facts = pyogrio.read_dataframe(path, layer="run").set_index("name")["value"]
    assert facts["run"] == cells
    assert facts["study area"] == "districts (version 1)"
    assert json.loads(facts["parameters"])["patrol_buffer_m"] == 60
    assert json.loads(facts["provenance"])["references"]["network"]["name"] == "grid"


def test_the_geopackage_describes_and_styles_itself(town, cells, tmp_path):
    path = town.export(cells, "gpkg", tmp_path / "run.gpkg")
    with closing(sqlite3.connect(path)) as package:
        contents = dict(package.execute("SELECT table_name, description FROM gpkg_contents"))
        assert all(contents.values())
        described = set(package.execute("SELECT table_name, column_name FROM gpkg_data_columns"))
        for table in ("targets", "patrol_areas", "study_area", "districts", "streets", "units"):
            columns = {row[1] for row in package.execute(f"PRAGMA table_info({table})")}
            assert {(table, one) for one in columns - {"fid", "geom"}} <= described
        styles = package.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML, styleSLD"
            " FROM layer_styles"
        ).fetchall()
        assert {row[0] for row in styles} == set(contents) - {"run", "layer_styles"}
        assert {row[1:3] for row in styles} == {("geom", 1)}
        written = {row[0]: row[3:] for row in styles}
        assert written["units"] == tuple(
            FORMATS[one].write("units", None) for one in ("qml", "sld")
        )
        metadata, kind = package.execute("SELECT metadata, mime_type FROM gpkg_metadata").fetchone()
        assert kind == "application/json"
        assert json.loads(metadata)["id"] == cells
        values = package.execute("SELECT value FROM gpkg_data_column_constraints").fetchall()
        assert {value for (value,) in values} == {one.name for one in CLASSES}
        assert package.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert package.execute("PRAGMA foreign_key_check").fetchall() == []


def test_gdal_shows_the_descriptions_of_columns(town, cells, tmp_path):
    path = town.export(cells, "gpkg", tmp_path / "run.gpkg")
    about = pyogrio.read_info(path, layer="units")
    assert about["layer_metadata"]["DESCRIPTION"].startswith("Every unit of the study area")
    assert about["layer_metadata"]["IDENTIFIER"] == "Cells"


@pytest.mark.parametrize("form", ["geojson", "gpkg", *ONE_LAYER, "qgz", "zip"])
def test_the_same_run_gives_the_same_bytes(town, cells, tmp_path, form):
    first = town.export(cells, form, tmp_path / "first" / "run")
    second = town.export(cells, form, tmp_path / "second" / "run")
    assert first.read_bytes() == second.read_bytes()


def test_geoparquet_says_of_its_geometry_what_version_1_1_asks(town, cells, tmp_path):
    path = town.export(cells, "geoparquet", tmp_path / "units.parquet", layer="units")
    file = pq.ParquetFile(path)
    geo = json.loads(file.metadata.metadata[b"geo"])
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    (column,) = geo["columns"].values()
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == ["Polygon"]
    assert CRS.from_json_dict(column["crs"]) == CRS.from_user_input("OGC:CRS84")
    assert (column["edges"], column["orientation"]) == ("planar", "counterclockwise")
    assert column["covering"] == {
        "bbox": {side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")}
    }
    table = file.read()
    shapes = shapely.from_wkb(table["geometry"].to_numpy())
    np.testing.assert_array_equal(
        [list(box.values()) for box in table["bbox"].to_pylist()], shapely.bounds(shapes)
    )
    np.testing.assert_array_equal(column["bbox"], shapely.total_bounds(shapes))
    assert all(ring.is_ccw for ring in shapely.get_exterior_ring(shapes))
    assert table.schema.field("harm").metadata[b"description"].startswith(b"Harm: sum of")


def test_a_part_of_geoparquet_is_read_by_its_covering(town, cells, tmp_path):
    path = town.export(cells, "geoparquet", tmp_path / "units.parquet", layer="units")
    whole = gpd.read_parquet(path)
    box = tuple(whole.geometry.iloc[0].bounds)
    some = gpd.read_parquet(path, bbox=box)
    assert 0 < len(some) < len(whole)
    assert set(some["unit_id"]) == set(whole.cx[box[0] : box[2], box[1] : box[3]]["unit_id"])


@pytest.mark.parametrize("layer", ["targets", "units"])
def test_no_cell_of_a_csv_is_a_formula_and_negative_numbers_are_numbers(
    town, cells, tmp_path, layer
):
    path = town.export(cells, "csv", tmp_path / "out.csv", layer=layer)
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    texts = [value for row in rows for name, value in row.items() if not is_number(value)]
    assert not [text for text in texts if text[:1] in tuple("=+-@\t\r\n＝＋－＠") and text]
    if layer == "targets":
        assert rows[0]["label"] == f"'{HOSTILE}"
        assert rows[0]["district"] == f"'{DISTRICTS[0]}"
    else:
        assert [float(row["z"]) for row in rows if row["z"].startswith("-")]


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("begins", ["=1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", "＝1"])
def test_every_beginning_of_a_formula_is_kept_from_being_one(begins):
    from service.export.single_layer import _harmless, pa

    found = _harmless(pa.array([begins, None, f"a{begins}", "plain"])).to_pylist()
    assert found == [f"'{begins}", None, f"a{begins}", "plain"]


def test_kml_is_plain_text_coloured_by_class(town, cells, tmp_path):
    path = town.export(cells, "kml", tmp_path / "targets.kml")
    root = ET.parse(path).getroot()
    assert root.tag == "{http://www.opengis.net/kml/2.2}kml"
    places = root.findall(".//kml:Placemark", KML)
    reference = of_geojson(town, cells, "targets", tmp_path)
    assert len(places) == len(reference)
    styles = {
        style.get("id"): style.find("kml:PolyStyle/kml:color", KML).text
        for style in root.iterfind(".//kml:Style", KML)
    }
    for place, (_, row) in zip(places, reference.iterrows(), strict=True):
        assert place.find("kml:name", KML).text == f"{row['rank']}. {row['label']}"
        # Viewers read the description as HTML: it must have none of its own.
        description = place.find("kml:description", KML).text
        assert "<" not in description
        assert description.startswith(f"{row['count']} incidents")
        colour = styles[place.find("kml:styleUrl", KML).text.removeprefix("#")]
        expected = next(one.colour for one in CLASSES if one.name == row["class"])
        assert colour[6:] + colour[4:6] + colour[2:4] == expected[1:]
    schema = root.find(".//kml:Schema", KML)
    names = {field.get("name") for field in schema}
    said = {data.get("name") for data in root.iterfind(".//kml:SimpleData", KML)}
    assert said <= names
    assert "harm" in said


def test_signs_that_xml_cannot_hold_do_not_break_kml():
    from service.export.kml import _text

    assert ET.fromstring(f"<a>{_text('bell ' + chr(7) + ' & <b>')}</a>").text == "bell \ufffd & <b>"


@pytest.mark.parametrize("kind", ["cells", "streets"])
def test_a_project_holds_its_layers(town, request, tmp_path, kind):
    path = town.export(request.getfixturevalue(kind), "qgz", tmp_path / "run.qgz")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        project, package = archive.namelist()
        assert (Path(project).suffix, Path(package).suffix) == (".qgs", ".gpkg")
        root = ET.fromstring(archive.read(project).split(b"\n", 1)[1])
        inside = tmp_path / "inside.gpkg"
        inside.write_bytes(archive.read(package))
    layers = {str(name) for name, geometry in pyogrio.list_layers(inside) if geometry}
    sources = [element.text for element in root.iterfind("projectlayers/maplayer/datasource")]
    assert {source.partition("|layername=")[2] for source in sources} == layers
    assert {source.partition("|")[0] for source in sources} == {f"attachment:{package}"}


def test_a_zip_holds_every_format_and_says_how_to_read_them(town, cells, tmp_path):
    path = town.export(cells, "zip", tmp_path / "run.zip")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / f"harmspot-{cells}"
    held = {file.name for file in folder.iterdir()}
    suffixes = ("geojson", "fgb", "parquet", "csv", "csvt", "kml")
    layers = {
        f"{layer}.{one}" for layer in ("targets", "units", "patrol_areas") for one in suffixes
    }
    assert held == layers | {"README.txt", f"harmspot-{cells}.gpkg", f"harmspot-{cells}.qgz"}
    readme = (folder / "README.txt").read_text()
    for words in (cells, "How to open", "cchi-2026-police-uk", "licence", "2,101 used of 2,101"):
        assert words in readme
    columns = gpd.read_parquet(folder / "units.parquet").columns
    assert all(f"\n{name}: " in readme for name in columns if name not in ("geometry", "bbox"))
    assert len(pyogrio.read_dataframe(folder / "patrol_areas.fgb")) == len(
        pyogrio.read_dataframe(folder / "targets.geojson")
    )


def test_a_concentration_is_had_as_document_and_tables(town, concentration, tmp_path):
    whole = json.loads(town.export(concentration, "json", tmp_path / "all.json").read_text())
    result = whole["result"]
    assert whole["id"] == concentration
    with town.export(concentration, "csv", tmp_path / "shares.csv").open() as stream:
        shares = list(csv.DictReader(stream))
    everywhere = [row for row in shares if row["district"] == ""]
    assert [int(row["units"]) for row in everywhere] == [one["units"] for one in result["shares"]]
    assert {row["district"] for row in shares} >= {f"'{DISTRICTS[0]}", DISTRICTS[1]}
    path = town.export(concentration, "csv", tmp_path / "lorenz.csv", layer="lorenz")
    with path.open() as stream:
        curve = list(csv.DictReader(stream))
    for column, name in {
        "share_of_units": "share_of_units",
        "share_of_total": "share_of_total",
        "share_of_total_low": "low",
        "share_of_total_high": "high",
        "share_of_total_at_random": "at_random",
    }.items():
        assert [float(row[column]) for row in curve] == result["lorenz"][name]
    with zipfile.ZipFile(town.export(concentration, "zip", tmp_path / "all.zip")) as archive:
        names = {Path(name).name for name in archive.namelist()}
    assert names == {"README.txt", "shares.csv", "lorenz.csv", f"harmspot-{concentration}.json"}


def test_a_run_without_targets_still_exports(town, tmp_path):
    run = town.run("targets", **STREETS, min_incidents=1_000)
    for form in ("gpkg", *ONE_LAYER, "geojson", "zip", "qgz"):
        path = town.export(run, form, tmp_path / f"empty.{form}")
        assert path.stat().st_size > 0
    found = pyogrio.read_dataframe(tmp_path / "empty.gpkg", layer="targets")
    assert len(found) == 0
    assert len(gpd.read_parquet(tmp_path / "empty.geoparquet")) == 0


@pytest.mark.parametrize(
    ("kind", "form", "options", "error", "says"),
    [
        ("concentration", "gpkg", {}, InvalidInputError, "choose csv, json, zip"),
        ("cells", "json", {}, InvalidInputError, "choose geojson, gpkg"),
        ("cells", "gpkg", {"layer": "units"}, InvalidInputError, "GeoPackage holds all layers"),
        (
            "cells",
            "csv",
            {"layer": "shares"},
            NotFoundError,
            "it has: targets, patrol_areas, units",
        ),
        ("streets", "fgb", {"layer": "patrol_areas"}, NotFoundError, "patrol_buffer_m"),
        ("concentration", "csv", {"layer": "units"}, NotFoundError, "it has: shares, lorenz"),
        ("concentration", "json", {"layer": "shares"}, InvalidInputError, "JSON holds all layers"),
        ("cells", "kml", {"service_url": "http://x"}, InvalidInputError, "only qgz can read"),
    ],
)
def test_what_cannot_be_written_is_refused_with_the_remedy(
    town, request, tmp_path, kind, form, options, error, says
):
    with pytest.raises(error, match=says):
        town.export(request.getfixturevalue(kind), form, tmp_path / "never", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_whole_or_not_at_all(town, cells, tmp_path, monkeypatch):
    before = tmp_path / "run.csv"
    before.write_text("kept")

    def stop(share: float, _message: str) -> None:
        if share > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        town.export(cells, "csv", before, layer="units", progress=stop)
    assert before.read_text() == "kept"
    assert [file.name for file in tmp_path.iterdir()] == ["run.csv"]
    with pytest.raises(UnreadableFileError, match="cannot be written"):
        town.export(cells, "csv", tmp_path / "run.csv" / "below.csv")


def test_progress_never_falls_and_ends_at_the_whole(town, cells, tmp_path):
    told: list[float] = []
    town.export(cells, "zip", tmp_path / "a.zip", progress=lambda share, _: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(set(told)) > 5


def test_the_format_is_told_by_the_suffix():
    for form in formats.FORMATS.values():
        assert files.format_of(Path(f"run.{form.suffix}")) is form
    with pytest.raises(NotFoundError, match="no export format dwg; there are: geojson, gpkg"):
        files.format_of(Path("run.dwg"))


def test_the_api_offers_every_format(http):
    described = http.get("/openapi.json").json()
    asked = described["paths"]["/api/v1/runs/{run_id}/export"]["get"]["parameters"]
    (form,) = [one["schema"]["anyOf"][0] for one in asked if one["name"] == "format"]
    assert form == {"type": "string", "enum": list(formats.FORMATS)}


@pytest.fixture
def http(town):
    from fastapi.testclient import TestClient

    from service.http.app import create_app
    from service.settings import Settings

    app = create_app(Settings(), town.tenant.database)
    with TestClient(app, raise_server_exceptions=False) as started:
        yield started


@pytest.mark.parametrize("form", [one for one in formats.FORMATS if one != "json"])
def test_every_format_is_downloaded(http, town, cells, tmp_path, form):
    answer = http.get(f"/api/v1/runs/{cells}/export", params={"format": form})
    assert answer.status_code == 200
    chosen = formats.find(form)
    assert answer.headers["content-type"].startswith(chosen.media_type)
    name = f"harmspot-{cells}.{chosen.suffix}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.content == town.export(cells, form, tmp_path / name).read_bytes()
    plain = http.get(
        f"/api/v1/runs/{cells}/export",
        params={"format": form},
        headers={"Accept-Encoding": "identity"},
    )
    assert int(plain.headers["content-length"]) == len(answer.content)


def test_a_download_leaves_nothing_behind(http, cells, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert http.get(f"/api/v1/runs/{cells}/export?format=fgb").status_code == 200
    assert http.get(f"/api/v1/runs/{cells}/export?format=fgb&layer=lorenz").status_code == 404
    assert http.get("/api/v1/runs/none/export?format=gpkg").status_code == 404
    assert list(tmp_path.iterdir()) == []


def test_a_project_can_read_live_from_the_service(http, cells):
    answer = http.get(f"/api/v1/runs/{cells}/export?format=qgz&source=service")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        (name,) = archive.namelist()
        root = ET.fromstring(archive.read(name).split(b"\n", 1)[1])
    sources = [element.text for element in root.iterfind("projectlayers/maplayer/datasource")]
    assert len(sources) == 3
    for source, collection in zip(sources, ("targets", "patrol_areas", "units"), strict=True):
        assert f"typename='{collection}'" in source
        assert f"url='http://testserver/ogc?run_id={cells}&objects=text'" in source


def test_without_a_format_the_answer_itself_is_downloaded(http, cells, concentration):
    targets = http.get(f"/api/v1/runs/{cells}/export")
    assert targets.content == http.get(f"/api/v1/runs/{cells}/targets").content
    summary = http.get(f"/api/v1/runs/{concentration}/export")
    assert summary.headers["content-type"] == "application/json"
    assert summary.json()["result"] == http.get(f"/api/v1/runs/{concentration}/summary").json()


def test_units_are_downloaded_as_they_are_read(http, cells):
    answer = http.get(f"/api/v1/runs/{cells}/export?layer=units")
    assert answer.content == http.get(f"/api/v1/runs/{cells}/scores").content


def test_the_manual_names_every_format_class_and_colour():
    manual = (Path(__file__).resolve().parents[2] / "docs/exports.md").read_text()
    for form in formats.FORMATS.values():
        assert f"| `{form.name}` | `.{form.suffix}` | {form.holds} |\n" in manual
    for one in CLASSES:
        assert f"| `{one.name}` | `{one.colour}` |" in manual
