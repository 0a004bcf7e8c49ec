"""The one source of style: colours that everybody can tell apart, the same in every form."""

import itertools
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from service import styles
from service.errors import NotFoundError
from service.styles import css
from spatial import getis_ord

STATIC = Path(__file__).resolve().parents[2] / "service/http/pages/static"

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
NOTICEABLE = 12
"""Difference in CIELAB at which two fills of a map are told apart without a second look."""


def lab(colour: str, vision: str = "usual") -> np.ndarray:
    """Return a colour in CIELAB (D65), as an eye of some kind sees it."""
    coded = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(VISION[vision] @ linear, 0, 1)
    xyz = TO_XYZ @ seen / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ground(dark: bool) -> dict[str, str]:
    return {one.name: one.dark if dark else one.colour for one in styles.CLASSES}


def test_the_classes_are_those_of_the_statistic_in_its_order():
    assert tuple(one.name for one in styles.CLASSES) == getis_ord.CLASSES


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_every_eye_tells_every_two_classes_apart(vision, dark):
    colours = ground(dark)
    for one, other in itertools.combinations(colours, 2):
        distance = np.linalg.norm(lab(colours[one], vision) - lab(colours[other], vision))
        assert distance > NOTICEABLE, (one, other, distance)


@pytest.mark.parametrize("side", ["hot", "cold"])
def test_in_grey_print_more_evidence_is_darker(side):
    names = ["not_significant", f"{side}_90", f"{side}_95", f"{side}_99"]
    lightness = [lab(ground(dark=False)[name])[0] for name in names]
    assert (np.diff(lightness) < -8).all()


@pytest.mark.parametrize("side", ["hot", "cold"])
def test_on_a_dark_ground_more_evidence_is_lighter(side):
    names = ["not_significant", f"{side}_90", f"{side}_95", f"{side}_99"]
    lightness = [lab(ground(dark=True)[name])[0] for name in names]
    assert (np.diff(lightness) > 8).all()


def test_the_map_has_the_colours_of_the_source():
    static = "".join(path.read_text() for path in sorted(STATIC.glob("*.css")))
    said: dict[str, list[str]] = {}
    for name, colour in re.findall(r"(--class-[\w-]+):\s*(#[0-9a-fA-F]{6});", static):
        said.setdefault(name, []).append(colour.lower())
    assert said == {css.property_of(one.name): [one.colour, one.dark] for one in styles.CLASSES}


@pytest.mark.parametrize("collection", styles.COLLECTIONS)
@pytest.mark.parametrize("name", styles.FORMATS)
def test_every_form_says_every_colour(collection, name):
    style = styles.style_of(collection)
    written = styles.FORMATS[name].write(collection, None)
    said = {
        colour.lower() if colour.startswith("#") else rgb(colour)
        for colour in re.findall(r"#[0-9a-fA-F]{6}\b|\b\d+,\d+,\d+,\d+\b", written)
    }
    assert {case.symbol.fill or case.symbol.stroke for case in style.cases} <= said


def rgb(colour: str) -> str:
    red, green, blue, _ = map(int, colour.split(","))
    return f"#{red:02x}{green:02x}{blue:02x}"


@pytest.mark.parametrize("shape", ["polygon", "line"])
def test_qml_and_sld_name_the_classes_alike(shape):
    style = styles.style_of("targets", shape)
    qml = ET.fromstring(styles.FORMATS["qml"].write("targets", shape).split("\n", 1)[1])
    in_qml = {one.get("value"): one.get("label") for one in qml.iter("category")}
    names = {"se": "http://www.opengis.net/se", "ogc": "http://www.opengis.net/ogc"}
    sld = ET.fromstring(styles.FORMATS["sld"].write("targets", shape))
    in_sld = {
        literal.text: rule.find("se:Name", names).text
        for rule in sld.iterfind(".//se:Rule", names)
        for literal in rule.iterfind(".//ogc:Literal", names)
    }
    assert in_qml == in_sld == {case.value: case.title for case in style.cases}


def test_tile_layers_draw_targets_of_cells_and_of_streets():
    document = json.loads(styles.FORMATS["mapbox"].write("targets", None))
    assert document["version"] == 8
    drawn = {layer["id"]: layer for layer in document["layers"]}
    assert list(drawn) == ["targets-fill", "targets-outline", "targets-casing", "targets-line"]
    assert drawn["targets-fill"]["filter"][-1] == ["literal", ["Polygon", "MultiPolygon"]]
    assert drawn["targets-line"]["filter"][-1] == ["literal", ["LineString", "MultiLineString"]]
    match = drawn["targets-line"]["paint"]["line-color"]
    assert match[:2] == ["match", ["get", "class"]]
    assert dict(zip(match[2:-1:2], match[3:-1:2], strict=True)) == ground(dark=False)
    assert {layer["source"] for layer in document["layers"]} == set(document["sources"])


def test_what_has_no_style_is_refused_with_what_has():
    with pytest.raises(NotFoundError, match="no style of incidents; there are: targets, units"):
        styles.style_of("incidents")
    with pytest.raises(NotFoundError, match="streets has no style for a polygon; it has: line"):
        styles.style_of("streets", "polygon")
    with pytest.raises(NotFoundError, match="no style format lyr; there are: qml, sld"):
        styles.find_format("lyr")


def test_styles_are_served_in_every_form(client):
    listed = client.get("/api/v1/styles").json()
    assert listed == {"collections": list(styles.COLLECTIONS), "formats": list(styles.FORMATS)}
    for collection, form in itertools.product(listed["collections"], listed["formats"]):
        answer = client.get(f"/api/v1/styles/{collection}", params={"f": form})
        assert answer.status_code == 200
        if form != "mapbox":
            assert answer.text == styles.FORMATS[form].write(collection, None)
        assert answer.headers["content-type"].startswith(styles.FORMATS[form].media_type)


def test_a_style_for_tiles_draws_the_tiles_of_this_service(client):
    for collection in styles.COLLECTIONS:
        style = client.get(f"/api/v1/styles/{collection}").json()
        (source,) = style["sources"].values()
        tiles = client.get(source["url"]).json()
        assert {layer["source-layer"] for layer in style["layers"]} == {
            layer["id"] for layer in tiles["vector_layers"]
        }


def test_an_unknown_style_is_a_problem_that_lists_what_there_is(client):
    refused = client.get("/api/v1/styles/incidents")
    assert refused.status_code == 404
    assert refused.headers["content-type"] == "application/problem+json"
    assert "there are: targets, units, segments" in refused.json()["detail"]
    assert client.get("/api/v1/styles/targets?f=lyr").status_code == 422
