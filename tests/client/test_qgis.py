"""QGIS itself opens what Harmspot writes, finds it styled, and draws it in the style's colours."""

import itertools
import shutil

import geopandas as gpd
import pytest

from service import styles
from service.http.app import create_app
from service.settings import Settings
from tests.api.export_run import TARGETS, copied
from tests.api.serving import serving
from tests.client import qgis

CLASS_COLOURS = {one.name: one.colour for one in styles.CLASSES}
LAYERS = {
    "targets": "targets",
    "patrol_areas": "patrol_areas",
    "study_area": "boundaries",
    "districts": "boundaries",
    "streets": "streets",
    "units": "units",
}
"""Layers of the run of cells, with the collection whose style each has."""


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


def opened(**asked) -> dict:
    return qgis.run("qgis_open.py", asked)


def expected_classes(style: styles.Style) -> dict[str, tuple[str, str]]:
    """Return value, legend and colour of each class, as QGIS should have them."""
    return {
        case.value: (case.title, case.symbol.fill or case.symbol.stroke) for case in style.cases
    }


def check_style(layer: dict, style: styles.Style) -> None:
    if style.decides is None:
        assert layer["renderer"] == "singleSymbol"
        part = "stroke" if style.shape == "polygon" else "colour"
        assert layer["classes"][""][part] == style.cases[0].symbol.stroke
        return
    assert layer["renderer"] == "categorizedSymbol"
    found = {value: (about["label"], about["colour"]) for value, about in layer["classes"].items()}
    assert found == expected_classes(style)


def test_a_geopackage_is_styled_as_soon_as_it_is_opened(town, cells, tmp_path):
    path = town.export(cells, "gpkg", tmp_path / "run.gpkg")
    layers = opened(file=path, layers=list(LAYERS))["layers"]
    assert [layer["valid"] for layer in layers] == [True] * len(LAYERS)
    for layer, collection in zip(layers, LAYERS.values(), strict=True):
        assert layer["count"] > 0
        assert layer["crs"] == "EPSG:4326"
        check_style(layer, styles.style_of(collection))
    targets, patrol_areas = layers[:2]
    assert targets["labels"] == '"rank" || \' \' || "label"'
    assert targets["title"] == "Targets"
    assert patrol_areas["classes"][""]["style"] == "no"
    assert patrol_areas["classes"][""]["outline_style"] == "dash"


def test_streets_are_lines_with_a_casing_in_the_colour_of_their_class(town, streets, tmp_path):
    path = town.export(streets, "gpkg", tmp_path / "run.gpkg")
    targets, units = opened(file=path, layers=["targets", "units"])["layers"]
    check_style(targets, styles.style_of("targets", "line"))
    check_style(units, styles.style_of("segments"))
    assert {about["layers"] for about in units["classes"].values()} == {2}


@pytest.mark.parametrize("kind", ["cells", "streets"])
def test_a_project_opens_without_a_missing_layer(town, request, tmp_path, kind):
    run = request.getfixturevalue(kind)
    project = opened(project=town.export(run, "qgz", tmp_path / "run.qgz"))
    assert project["read"]
    assert project["crs"] == "EPSG:32630"
    assert project["title"] == "Patrol targets, 2025-01-01 to 2025-12-31"
    assert len(project["layers"]) >= 3
    assert all(layer["valid"] for layer in project["layers"])
    assert project["layers"][0]["name"] == "Targets"
    units = town.export(run, "fgb", tmp_path / "units.fgb", layer="units")
    counts = {layer["name"]: layer["count"] for layer in project["layers"]}
    assert counts["Cells" if kind == "cells" else "Street segments"] == len(gpd.read_file(units))


def test_the_project_of_a_zip_finds_its_file_beside_it_wherever_both_are(town, cells, tmp_path):
    packed = town.export(cells, "zip", tmp_path / "run.zip")
    folder = tmp_path / "elsewhere"
    shutil.unpack_archive(packed, folder)
    project = opened(project=folder / f"harmspot-{cells}" / f"harmspot-{cells}.qgz")
    assert all(layer["valid"] for layer in project["layers"])
    assert {layer["name"] for layer in project["layers"]} >= {"Targets", "Cells", "Districts"}


def test_every_cell_is_drawn_in_the_colour_of_its_class(town, cells, tmp_path):
    project = town.export(cells, "qgz", tmp_path / "run.qgz")
    units = gpd.read_parquet(town.export(cells, "geoparquet", tmp_path / "u", layer="units"))
    centres = units.geometry.representative_point()
    drawn = qgis.run(
        "qgis_render.py",
        {
            "project": project,
            "layers": ["Cells"],
            "picture": tmp_path / "cells.png",
            "points": list(zip(centres.x, centres.y, strict=True)),
        },
    )
    assert drawn["errors"] == []
    assert len(set(units["class"])) > 2
    assert drawn["at"] == [CLASS_COLOURS[name] for name in units["class"]]


@pytest.mark.parametrize(
    ("kind", "classes"),
    [("cells", ["hot_99", "hot_95", "not_significant", "cold_99"]), ("streets", ["hot_99"])],
)
def test_the_whole_project_is_drawn(town, request, tmp_path, artefacts, kind, classes):
    run = request.getfixturevalue(kind)
    asked = {
        "project": town.export(run, "qgz", tmp_path / "run.qgz"),
        "picture": artefacts / f"qgis-{kind}.png",
        "antialiasing": False,
        "labels": False,
    }
    drawn = qgis.run("qgis_render.py", asked)
    assert drawn["errors"] == []
    style = styles.style_of("targets", "polygon" if kind == "cells" else "line")
    ink = style.cases[0].symbol.casing or style.cases[0].symbol.stroke
    boundary = styles.style_of("boundaries").cases[0].symbol.stroke
    wanted = [ink, boundary, *(CLASS_COLOURS[name] for name in classes)]
    assert min(drawn["colours"].get(colour, 0) for colour in wanted) > 100
    written = qgis.run("qgis_render.py", asked | {"labels": True})
    assert written["colours"].get("#1b2028", 0) > 100  # the ink of labels


def test_qgis_reads_every_style_as_qml_and_as_sld(tmp_path):
    wanted, asked = [], []
    for collection, form in itertools.product(styles.COLLECTIONS, ("qml", "sld")):
        for shape in styles.shapes_of(collection):
            path = tmp_path / f"{collection}-{shape}.{form}"
            path.write_text(styles.FORMATS[form].write(collection, shape))
            wanted.append(styles.style_of(collection, shape))
            asked.append((path, shape))
    for style, found in zip(wanted, opened(styles=asked), strict=True):
        assert found["loaded"], (style.collection, found["message"])
        assert (found["labels"] is not None) == bool(style.label)
        seen = [(one.get("label"), one["colour"]) for one in found["classes"].values()]
        if style.decides is not None:
            assert seen == list(expected_classes(style).values())
        else:
            # An outline alone is a line to QGIS where it comes as SLD.
            only = found["classes"][""]
            assert style.cases[0].symbol.stroke in (only["stroke"], only["colour"])


@pytest.mark.parametrize(
    ("kind", "collections"),
    [("cells", ["targets", "patrol_areas", "units"]), ("streets", ["targets", "segments"])],
)
def test_a_live_project_reads_the_very_run_from_the_service(
    town, request, tmp_path, kind, collections
):
    run = request.getfixturevalue(kind)
    town.run("targets", **TARGETS | {"resolution": 8})  # a newer one, which it must not show
    path = tmp_path / "live.qgz"
    with serving(create_app(Settings(worker="none"), town.tenant.database)) as address:
        town.export(run, "qgz", path, service_url=address)
        layers = opened(project=path)["layers"]
    held = {"segments": "units"}
    for layer, collection in zip(layers, collections, strict=True):
        part = held.get(collection, collection)
        in_file = gpd.read_file(town.export(run, "fgb", tmp_path / f"{part}.fgb", layer=part))
        assert layer["count"] == len(in_file)
    for layer, collection in zip(layers, collections, strict=True):
        assert layer["valid"]
        assert layer["provider"] == "OAPIF"
        shape = "line" if kind == "streets" else "polygon"
        check_style(layer, styles.style_of(collection, shape))
