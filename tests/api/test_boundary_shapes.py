"""Boundary files as people send them: shapes that are odd are read right, or refused with why."""

import json

import pytest

from service.errors import UnreadableFileError
from service.vector import boundary_areas, files
from spatial.areas import area_km2

SQUARE = [[[-0.1, 51.5], [-0.09, 51.5], [-0.09, 51.51], [-0.1, 51.51], [-0.1, 51.5]]]
OTHER = [[[-0.05, 51.5], [-0.04, 51.5], [-0.04, 51.51], [-0.05, 51.51], [-0.05, 51.5]]]
GRID = [[[530000, 180000], [531000, 180000], [531000, 181000], [530000, 181000], [530000, 180000]]]
ONE_KM2 = 0.77


def polygon(rings):
    return {"type": "Polygon", "coordinates": rings}


def collection(*geometries):
    return {"type": "GeometryCollection", "geometries": list(geometries)}


def document(geometry, **members):
    feature = {"type": "Feature", "properties": {"name": "Area"}, "geometry": geometry}
    return {"type": "FeatureCollection", **members, "features": [feature]}


def loaded(folder, content, name="areas.geojson"):
    """Return sizes and warnings of the areas of a file."""
    path = folder / name
    path.write_text(json.dumps(content))
    found = boundary_areas.clean(
        files.read(path, wanted="areas").features, "areas", where=path.name
    )
    return area_km2(found.shapes).round(2).tolist(), found.warnings


@pytest.mark.parametrize(
    ("geometry", "km2", "told"),
    [
        (collection(polygon(SQUARE), polygon(OTHER)), 1.54, []),
        (
            collection(polygon(SQUARE), {"type": "Point", "coordinates": [-0.1, 51.5]}),
            ONE_KM2,
            ["Feature 1 is a collection: its polygons are the area, and what else it holds was "
             "left out (Point)."],
        ),
        (collection(collection(polygon(SQUARE)), polygon(OTHER)), 1.54, []),
        (polygon([SQUARE[0][::-1]]), ONE_KM2, []),
    ],
)  # fmt: skip
def test_collections_of_polygons_are_one_area(tmp_path, geometry, km2, told):
    assert loaded(tmp_path, document(geometry)) == ([km2], told)


def test_a_collection_without_polygons_is_refused(tmp_path):
    geometry = collection({"type": "Point", "coordinates": [-0.1, 51.5]})
    with pytest.raises(UnreadableFileError, match="needs polygons only"):
        loaded(tmp_path, document(geometry))


@pytest.mark.parametrize("west", [179.9, -180.1])
def test_longitudes_beyond_180_go_on_on_the_other_side(tmp_path, west):
    ring = [[west + x, y] for x, y in ((0, -16.9), (0.2, -16.9), (0.2, -16.7), (0, -16.7))]
    sizes, told = loaded(tmp_path, document(polygon([[*ring, ring[0]]])))
    assert sizes == [471.88]
    assert "was cut there (feature 1)" in told[0]


def test_a_ring_around_a_pole_is_refused_with_the_remedy(tmp_path):
    ring = [[0, 80], [90, 80], [180, 80], [-90, 80], [0, 80]]
    with pytest.raises(UnreadableFileError, match=r"areas\.geojson: Shape 1 goes around a pole"):
        loaded(tmp_path, document(polygon([ring])))


def test_a_ring_that_is_not_closed_is_refused_with_the_remedy(tmp_path):
    with (
        pytest.warns(RuntimeWarning, match="Non closed ring"),
        pytest.raises(UnreadableFileError, match="does not end where it begins; close it there"),
    ):
        loaded(tmp_path, document(polygon([SQUARE[0][:-1]])))


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "EPSG", "properties": {"code": 27700}},
        {"type": "EPSG", "properties": {"code": "27700"}},
        {"type": "name", "properties": {"name": "EPSG:27700"}},
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}},
    ],
)
def test_the_crs_members_of_old_are_obeyed(tmp_path, crs):
    assert loaded(tmp_path, document(polygon(GRID), crs=crs)) == ([1.0], [])


def test_a_crs_member_that_links_elsewhere_is_refused_with_the_remedy(tmp_path):
    crs = {"type": "link", "properties": {"href": "https://example.org/27700", "type": "proj4"}}
    with pytest.raises(UnreadableFileError, match="say it with the option crs"):
        loaded(tmp_path, document(polygon(GRID), crs=crs))


def test_esri_json_is_read_in_the_system_that_it_says(tmp_path):
    content = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 27700},
        "fields": [{"name": "name", "type": "esriFieldTypeString"}],
        "features": [{"attributes": {"name": "Area"}, "geometry": {"rings": [GRID[0][::-1]]}}],
    }
    assert loaded(tmp_path, content, "areas.json") == ([1.0], [])
