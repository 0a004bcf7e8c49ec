"""Where features are: reference systems, boxes, shapes of filters, against brute force."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from sqlalchemy import text

from service.http.ogc import views
from service.store.tenant import Tenant
from tests.api import ogc_town
from tests.api.ogc_town import CRS84, EAST, EPSG, FIJI, NORTH

BRITISH, UTM, MERCATOR = f"{EPSG}27700", f"{EPSG}32630", f"{EPSG}3857"
DEGREES_LATITUDE_FIRST = f"{EPSG}4326"


@pytest.fixture(scope="module")
def town(databases):
    with ogc_town.serving(databases) as served:
        yield served


@pytest.fixture(scope="module")
def units(town):
    return town.features("units")


def ids(page):
    return {one["id"] for one in page["features"]}


def exact(town, name):
    """Return features with their shapes as they are stored, not rounded for GeoJSON."""
    with views.reading(Tenant(town.database, "default")) as (session, _):
        owner = {"units": f"run_id = '{town.run['cells']}'", "streets": "version = 2"}[name]
        identity = {"units": "unit_id", "streets": "concat(network_id, '.', position)"}[name]
        rows = session.execute(
            text(f"SELECT {identity}, ST_AsBinary(geom) FROM ogc.{name} WHERE {owner} ORDER BY 1")
        ).all()
    shapes = shapely.from_wkb([bytes(wkb) for _, wkb in rows])
    return gpd.GeoDataFrame({"id": [one for one, _ in rows]}, geometry=shapes, crs=4326)


def written(shape):
    """Return a point, line or polygon without holes as text, to the last bit."""
    corners = ", ".join(f"{x!r} {y!r}" for x, y in shapely.get_coordinates(shape).tolist())
    return f"POLYGON(({corners}))" if shape.area else f"{shape.geom_type.upper()}({corners})"


def touching(features, shape):
    return set(features.loc[features.intersects(shape), "id"])


def test_a_collection_lists_the_systems_that_fit_where_it_lies(town):
    for name in ("units", "targets", "streets", "incidents"):
        about = town.get(f"/collections/{name}").json()
        assert about["storageCrs"] == CRS84
        assert about["crs"][:4] == [CRS84, DEGREES_LATITUDE_FIRST, MERCATOR, UTM]
        assert BRITISH in about["crs"]
    around_the_earth = town.get("/collections/boundaries").json()
    assert BRITISH not in around_the_earth["crs"]


@pytest.mark.parametrize("uri", [CRS84, DEGREES_LATITUDE_FIRST, MERCATOR, UTM, BRITISH])
@pytest.mark.parametrize("name", ["units", "streets", "incidents"])
def test_coordinates_are_those_of_the_system_asked_for(town, name, uri):
    plain = town.features(name)
    answer = town.get(f"/collections/{name}/items", params={"crs": uri, "limit": 10_000})
    assert answer.headers["content-crs"] == f"<{uri}>"
    shapes = [shapely.geometry.shape(one["geometry"]) for one in answer.json()["features"]]
    if uri == DEGREES_LATITUDE_FIRST:
        shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
        expected = plain.geometry
    else:
        code = 4326 if uri == CRS84 else int(uri.rsplit("/", 1)[1])
        expected = plain.geometry.to_crs(code)
    apart = shapely.get_coordinates(shapes) - shapely.get_coordinates(expected.to_numpy())
    # Coordinates in degrees were rounded to a centimetre; datums may be joined another way.
    tolerance = {BRITISH: 3.0, UTM: 0.02, MERCATOR: 0.03}.get(uri, 1e-9)
    assert np.abs(apart).max() < tolerance


def test_a_feature_alone_comes_in_the_system_asked_for(town):
    name = town.items("units", limit=1)["features"][0]["id"]
    answer = town.get(f"/collections/units/items/{name}", params={"crs": UTM})
    assert answer.headers["content-crs"] == f"<{UTM}>"
    assert answer.json()["geometry"]["coordinates"][0][0][0] > 100_000


@pytest.mark.parametrize("parameter", ["crs", "bbox-crs", "filter-crs"])
def test_unknown_systems_are_refused_and_the_known_ones_named(town, parameter):
    for uri in (f"{EPSG}31370", "EPSG:27700", "", "http://x", f"{EPSG}27700 OR 1=1"):
        problem = town.refusal("units", **{parameter: uri, "bbox": "0,0,1,1"})
        assert problem["errors"][0]["where"] == parameter
        assert BRITISH in problem["detail"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("uri", [None, CRS84, DEGREES_LATITUDE_FIRST, MERCATOR, UTM, BRITISH])
def test_a_box_finds_what_brute_force_finds(town, units, uri, seed):
    random = np.random.default_rng(seed)
    corner = random.uniform(0, 2_000, 2) + np.array((EAST, NORTH))
    code = 4326 if uri in (None, CRS84) else int(uri.rsplit("/", 1)[1])
    to = pyproj.Transformer.from_crs(32630, code, always_xy=True)
    west, south, east, north = to.transform_bounds(*corner, *(corner + 800))
    box = shapely.segmentize(shapely.box(west, south, east, north), (east - west) / 64)
    expected = touching(units, gpd.GeoSeries([box], crs=code).to_crs(4326)[0])
    order = (south, west, north, east) if uri == DEGREES_LATITUDE_FIRST else (
        west, south, east, north
    )  # fmt: skip
    asked = {"bbox": ",".join(map(repr, map(float, order)))}
    if uri is not None:
        asked["bbox-crs"] = uri
    page = town.items("units", **asked)
    assert 3 < len(expected) < len(units)
    assert ids(page) == expected
    assert page["numberMatched"] == len(expected)


def test_a_box_with_heights_is_the_box_without(town):
    flat = town.items("units", bbox="-0.12,51.42,-0.1,51.43")
    assert ids(town.items("units", bbox="-0.12,51.42,-50,-0.1,51.43,900")) == ids(flat) != set()


def test_a_box_across_the_antimeridian_holds_both_its_sides(town):
    def names(**asked):
        features = town.items("boundaries", layer="fiji", **asked)["features"]
        return {one["properties"]["name"] for one in features}

    assert names(bbox="179,-18,-179,-16") == {"Dateline west", "Dateline east"}
    assert names(bbox="179.7,-18,-179,-16") == {"Dateline east"}
    assert names(bbox="-179.9,-18,179.9,-16") == set(FIJI)
    latitude_first = {"bbox": "-18,179,-16,-179", "bbox-crs": DEGREES_LATITUDE_FIRST}
    assert names(**latitude_first) == {"Dateline west", "Dateline east"}
    box = "S_INTERSECTS(geometry, BBOX(179, -18, -179, -16))"
    assert names(filter=box) == {"Dateline west", "Dateline east"}


@pytest.mark.parametrize(
    ("box", "why"),
    [
        ("1,2,3", "has 3 numbers, not 4 or 6"),
        ("1,2,3,4,5", "has 5 numbers, not 4 or 6"),
        ("1,2,3,four", "must be numbers"),
        ("", "must be numbers"),
        ("nan,0,1,1", "must be finite numbers"),
        ("-inf,0,inf,1", "must be finite numbers"),
        ("0,2,1,1", "has its south (2) above its north (1)"),
        ("0,0,181,1", "has a longitude of 181, not in [-180, 180]"),
        ("0,-91,1,1", "has a latitude of -91, not in [-90, 90]"),
    ],
)
def test_a_bad_box_is_refused_with_what_is_wrong(town, box, why):
    problem = town.refusal("units", bbox=box)
    assert problem["detail"].startswith(f"bbox {why}")
    assert problem["errors"] == [{"where": "bbox", "message": "not a box"}]


def test_only_degrees_can_cross_the_antimeridian(town):
    problem = town.refusal("units", **{"bbox": "5,0,1,1", "bbox-crs": UTM})
    assert "only degrees can have" in problem["detail"]


def test_a_box_beyond_what_its_system_holds_is_refused(town):
    box = "1e300,1e300,2e300,2e300"
    problem = town.refusal("units", **{"bbox": box, "bbox-crs": UTM})
    assert "beyond" in problem["detail"]


@pytest.mark.parametrize(
    ("function", "predicate"),
    [
        ("S_INTERSECTS", shapely.intersects), ("S_WITHIN", shapely.within),
        ("S_DISJOINT", shapely.disjoint), ("S_OVERLAPS", shapely.overlaps),
        ("S_CONTAINS", shapely.contains), ("S_TOUCHES", shapely.touches),
        ("S_CROSSES", shapely.crosses), ("S_EQUALS", shapely.equals),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["units", "streets"])
def test_shapes_in_filters_are_compared_as_brute_force_does(town, name, function, predicate):
    features = exact(town, name)
    middle = features.geometry.iloc[40]
    centre = middle.centroid
    shapes = [
        centre.buffer(0.008, quad_segs=3),
        centre.buffer(0.0004, quad_segs=1),
        shapely.LineString([(-0.13, 51.41), (-0.08, 51.44)]),
    ]
    if name == "streets":
        # Rounded to seven decimals, which the parser keeps; cells' corners it may move by a bit.
        shapes += [middle, shapely.Point(shapely.get_coordinates(middle)[0])]
    for shape in shapes:
        expected = set(features.loc[predicate(features.geometry.to_numpy(), shape), "id"])
        asked = f"{function}(geometry, {written(shape)})"
        assert ids(town.items(name, filter=asked)) == expected, asked


def test_shapes_of_filters_are_read_in_the_system_that_is_named(town, units):
    square = shapely.box(EAST + 400, NORTH + 400, EAST + 1_400, NORTH + 1_400)
    expected = touching(units, gpd.GeoSeries([square], crs=32630).to_crs(4326)[0])
    asked = {"filter": f"S_INTERSECTS(geometry, {square.wkt})", "filter-crs": UTM}
    assert ids(town.items("units", **asked)) == expected != set()
    latitude_first = {
        "filter": "S_INTERSECTS(geometry, POINT(51.4295 -0.1137))",
        "filter-crs": DEGREES_LATITUDE_FIRST,
    }
    plain = {"filter": "S_INTERSECTS(geometry, POINT(-0.1137 51.4295))"}
    assert ids(town.items("units", **latitude_first)) == ids(town.items("units", **plain)) != set()


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ("POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))", "invalid geometry (Self-intersection"),
        ("POLYGON((0 0, 1 1))", "wrong coordinates"),
        ("GEOMETRYCOLLECTION(POINT(0 0))", "collection"),
        ("BBOX(1, 2, 3)", "has 3 numbers"),
        ("BBOX(0, 5, 1, 1)", "south"),
        ("'POINT(0 0)'", "asks for a geometry and is given none"),
        ("label", "which is no geometry"),
    ],
)
def test_what_is_no_shape_is_refused_with_the_reason(town, shape, why):
    problem = town.refusal("units", filter=f"S_INTERSECTS(geometry, {shape})")
    assert why in problem["detail"]
    assert problem["status"] == 400


@pytest.mark.parametrize(
    "shape",
    ["POINT(181 0)", "POINT(0 91)", "LINESTRING(0 0, -200 1)",
     "POLYGON((0 0, 400 0, 400 1, 0 1, 0 0))"],
)  # fmt: skip
def test_coordinates_outside_of_their_system_are_refused(town, shape):
    problem = town.refusal("units", filter=f"S_INTERSECTS(geometry, {shape})")
    assert "not in its reference system" in problem["detail"]
    swapped = {"filter": "S_INTERSECTS(geometry, POINT(0 100))", "filter-crs": f"{EPSG}4326"}
    town.refusal("units", **{**swapped, "filter": "S_INTERSECTS(geometry, POINT(100 0))"})
    assert town.items("units", **swapped)["numberMatched"] == 0


@pytest.mark.parametrize(
    ("language", "asked"),
    [
        ("cql2-text", "S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1, 0 1)))"),
        (
            "cql2-json",
            '{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon",'
            '"coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}]}',
        ),
    ],
)
def test_a_ring_that_is_not_closed_is_refused(town, language, asked):
    problem = town.refusal("units", **{"filter": asked, "filter-lang": language})
    assert "does not end where it begins" in problem["detail"]
