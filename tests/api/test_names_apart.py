"""Nothing in the files of a run has the name of something else, whatever things are called."""

import io
import itertools
import sqlite3
import unicodedata
import zipfile
from contextlib import closing
from dataclasses import replace
from xml.etree import ElementTree as ET

import geopandas as gpd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from service.export import contents, formats, geopackage, names, qgis_project
from service.store.repository import boundaries as stored
from service.store.repository import runs
from service.vector import boundaries
from tests.api.export_run import EAST, NORTH, UTM, Town, copied

HOSTILE = [
    "Areas", "areas", "AREAS", 'West "End"', "a/b\\c:d", "x" * 300, "Söhne", "So\u0308hne", "",
    "..", "run", "layer_styles", "gpkg_contents", "sqlite_master", "CON", "名前", "\u202eevil",
    "'; DROP TABLE run; --", "a|layername=b", "\ufb01le", "file", "  spaces  ", "tab\tline\n\x00",
]  # fmt: skip
LAYER = 'O\'Neil "Areas" & <Söhne>'
FULL = {"study_area": "districts", "districts": "districts", "network": "grid"}


@pytest.fixture(scope="module")
def town(databases):
    with copied(databases) as made:
        yield made


@pytest.fixture(scope="module")
def areas(town: Town) -> str:
    """A run on areas that refers to all that a run can refer to."""
    squares = [
        shapely.box(EAST + x, NORTH + y, EAST + x + 500, NORTH + y + 500)
        for x in range(0, 4_000, 500)
        for y in range(0, 4_000, 500)
    ]
    called = itertools.islice(itertools.cycle(["Areas", "areas", 'a "b"', "../c"]), len(squares))
    people = [100 + at for at in range(len(squares))]
    beats = gpd.GeoDataFrame({"name": list(called), "people": people}, geometry=squares, crs=UTM)
    with town.tenant.unit_of_work() as (session, agency):
        boundaries.load(session, agency, beats, LAYER, where="made")
    question = FULL | {"unit": "polygon", "layer": LAYER, "population_column": "people"}
    return town.run("targets", patrol_buffer_m=60, tail="two-sided", **question)


@pytest.fixture(params=["h3", "segment", "polygon"])
def run(request, town, areas) -> str:
    return {"h3": town.cells, "segment": town.streets, "polygon": areas}[request.param]


@pytest.mark.parametrize("form", [one for one in formats.FORMATS if one != "json"])
def test_runs_of_every_unit_come_in_every_format(town, run, form, tmp_path):
    with town.tenant.unit_of_work() as (session, agency):
        held = contents.of_run(session, agency, runs.find(session, agency, run))
    if formats.find(form).one_layer:
        for layer in held.own:
            path = town.export(run, form, tmp_path / f"{layer.name}.{form}", layer=layer.name)
            assert path.stat().st_size > 0
        return
    path = town.export(run, form, tmp_path / f"run.{form}")
    if form == "gpkg":
        assert_told_apart(path, [layer.name for layer in held.layers])
    else:
        inside = zipfile.ZipFile(path).namelist()
        assert len({one.casefold() for one in inside}) == len(inside)


def assert_told_apart(path, expected: list[str]) -> None:
    """See that a GeoPackage has these layers, each of them under a title of its own."""
    read = {str(name) for name, shape in pyogrio.list_layers(path) if shape is not None}
    assert read == set(expected)
    titles = titles_of(path)
    assert len({titles[one] for one in expected}) == len(expected), titles


def titles_of(path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT table_name, identifier FROM gpkg_contents"))


def test_the_areas_that_are_units_and_those_of_their_layer_have_two_titles(town, areas, tmp_path):
    path = town.export(areas, "gpkg", tmp_path / "areas.gpkg")
    told = titles_of(path)
    assert (told["units"], told["areas"]) == ("Areas", "Areas (2)")


def test_layers_with_hostile_names_are_written_and_read_in_every_file_that_holds_all(
    town, areas, tmp_path
):
    with town.tenant.unit_of_work() as (session, agency):
        asked = runs.find(session, agency, areas)
        one = contents.own(session, asked).own[0]
        called = contents.apart([replace(one, name=name, title=name) for name in HOSTILE])
        path = tmp_path / "hostile.gpkg"
        geopackage.write(asked, called, path, lambda layer: layer.batches())
        project = tmp_path / "hostile.qgz"
        qgis_project.write(asked, called, project, qgis_project.attached(path.name), [path])
    assert_told_apart(path, [layer.name for layer in called])
    for layer in called:
        assert len(gpd.read_file(path, layer=layer.name)) == one.count
        assert (tmp_path / f"{layer.name}.csv").parent == tmp_path
        (tmp_path / f"{layer.name}.csv").touch(exist_ok=False)
    with zipfile.ZipFile(io.BytesIO(project.read_bytes())) as archive:
        (document,) = [name for name in archive.namelist() if name.endswith(".qgs")]
        root = ET.fromstring(archive.read(document).split(b"\n", 1)[1])
    ids = [element.text for element in root.iterfind("projectlayers/maplayer/id")]
    assert len(set(ids)) == len(HOSTILE)


@given(st.lists(st.one_of(st.text(max_size=80), st.sampled_from(HOSTILE)), max_size=12))
def test_names_stay_apart_where_case_and_accents_do_not_count(wanted):
    found = names.distinct(wanted, taken=["targets"])
    alike = {unicodedata.normalize("NFKC", one).casefold() for one in [*found, "targets"]}
    assert len(alike) == len(wanted) + 1
    for one in found:
        assert one == one.strip(". ")
        assert not set(one) & set("/\\:*?\"'<>|\0\n")
        assert 0 < len(f"{one}.geojson".encode()) <= 255


def test_an_honest_name_keeps_every_letter():
    honest = ["units", "Straße_9", "名前", "Beat 4"]
    assert names.distinct(honest) == ["units", "Straße_9", "名前", "Beat_4"]


def test_the_layer_of_a_run_is_found_by_the_name_that_its_reader_gave(town, areas):
    with town.tenant.unit_of_work() as (session, agency):
        assert stored.find_layer(session, agency, LAYER).name == LAYER
        facts = contents.of_run(session, agency, runs.find(session, agency, areas))
    assert {"districts", "study_area", "areas", "population", "streets"} <= {
        layer.name for layer in facts.layers
    }
