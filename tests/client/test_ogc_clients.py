"""GIS clients read the OGC API: QGIS, GDAL's driver and OWSLib, each over HTTP on a real port."""

import pandas as pd
import pytest
import shapely
from owslib.ogcapi.features import Features
from owslib.ogcapi.processes import Processes

from service.analyses.registry import PROCESSES
from service.http.app import create_app
from service.settings import Settings
from tests.api import ogc_town
from tests.api.serving import serving
from tests.client import gdal_apart, qgis
from tests.patience import until

COLLECTIONS = ["targets", "units", "segments", "patrol_areas", "boundaries", "streets", "incidents"]
BOX = (-0.125, 51.42, -0.105, 51.435)
"""A part of the town."""


@pytest.fixture(scope="module")
def town(databases):
    with ogc_town.serving(databases) as made:
        yield made


@pytest.fixture(scope="module")
def url(town):
    app = create_app(Settings(worker="none", ogc_incidents=True), town.database)
    with serving(app) as address:
        yield f"{address}/ogc"


@pytest.fixture(scope="module")
def features(town):
    return {name: town.features(name) for name in COLLECTIONS}


FILTERS = {
    "targets": ('"rank" <= 2', lambda f: f["rank"] <= 2),
    "units": ("\"class\" = 'hot_99'", lambda f: f["class"] == "hot_99"),
    "segments": ('"count" > 5', lambda f: f["count"] > 5),
    "streets": ("\"name\" = 'Street 3'", lambda f: f["name"] == "Street 3"),
    "incidents": ("\"offence_code\" = 'robbery'", lambda f: f["offence_code"] == "robbery"),
}


def test_qgis_loads_every_collection_page_by_page_with_box_and_filter(url, features):
    asked = {
        "url": url,
        "collections": COLLECTIONS,
        "page": 50,
        "box": BOX,
        "filters": {name: expression for name, (expression, _) in FILTERS.items()},
    }
    for name, told in qgis.run("qgis_ogc.py", asked).items():
        expected = features[name]
        assert told["valid"], (name, told)
        assert told["features"] == told["count"] == len(expected), name
        assert told["distinct"] == expected.geometry.to_wkt(rounding_precision=7).nunique()
        assert set(expected.columns) - {"id", "geometry"} <= set(told["fields"]), name
        if told["harm"] is not None:
            assert told["harm"] == pytest.approx(expected["harm"].sum())
        assert told["extent"] == pytest.approx(expected.total_bounds.tolist(), abs=1e-4)
        inside = expected.intersects(shapely.box(*BOX))
        assert told["in_box"] == inside.sum(), name
        if name in FILTERS:
            chosen = FILTERS[name][1](expected)
            assert told["filtered"] == told["of_subset"] == chosen.sum() > 0, name


def test_qgis_stays_with_the_run_that_the_address_names(url, town):
    for which, collection, field in (
        ("streets", "units", "length_m"),
        ("cells", "units", "area_km2"),
    ):
        asked = {
            "url": f"{url}?run_id={town.run[which]}",
            "collections": [collection],
            "page": 40,
            "box": BOX,
        }
        told = qgis.run("qgis_ogc.py", asked)[collection]
        assert told["valid"], told
        assert field in told["fields"]
        expected = town.features("units", run_id=town.run[which])
        assert told["features"] == len(expected)


def test_qgis_draws_the_vector_tiles(url, features, tmp_path):
    hot = features["units"].query("`class` == 'hot_99'").to_crs(3857)
    west, south, east, north = hot.total_bounds
    size, half = 400, max(east - west, north - south) * 0.6
    x, y = (west + east) / 2, (south + north) / 2
    told = qgis.run(
        "qgis_ogc.py",
        {
            "tiles": {
                "url": f"{url}/collections/units/tiles/WebMercatorQuad/%7Bz%7D/%7By%7D/%7Bx%7D",
                "box": [x - half, y - half, x + half, y + half],
                "size": size,
                "picture": str(tmp_path / "tiles.png"),
            }
        },
    )
    assert told["valid"], told
    assert told["errors"] == []
    share = hot.union_all().area / (2 * half) ** 2
    assert told["red"] / told["pixels"] == pytest.approx(share, rel=0.05)


def test_gdal_lists_every_collection(url):
    assert gdal_apart.layers(f"OAPIF:{url}") == COLLECTIONS


@pytest.mark.parametrize("name", COLLECTIONS)
def test_gdal_reads_every_feature_page_by_page(url, features, tmp_path, name):
    read = gdal_apart.read(f"OAPIF:{url}", tmp_path, layer=name, PAGE_SIZE=50)
    expected = features[name]
    assert len(read) == len(expected)
    shapes, wanted = read.geometry.to_numpy(), expected.geometry.to_numpy()
    assert shapely.equals_exact(shapes, wanted, tolerance=1e-9).all()
    if "harm" in expected:
        assert read["harm"].tolist() == expected["harm"].tolist()
    assert read.crs.equals(expected.crs, ignore_axis_order=True)


@pytest.mark.parametrize("name", FILTERS)
def test_gdal_reads_a_box_and_a_filter(url, features, tmp_path, name):
    expression, chosen = FILTERS[name]
    expected, source = features[name], f"OAPIF:{url}"
    inside = expected.intersects(shapely.box(*BOX))
    read = gdal_apart.read(source, tmp_path, layer=name, bbox=BOX, PAGE_SIZE=20)
    assert len(read) == inside.sum() > 0
    read = gdal_apart.read(source, tmp_path, layer=name, where=expression, PAGE_SIZE=20)
    assert len(read) == chosen(expected).sum() > 0


def test_gdal_reads_in_the_national_grid(url, features, tmp_path):
    grid = "http://www.opengis.net/def/crs/EPSG/0/27700"
    read = gdal_apart.read(f"OAPIF:{url}", tmp_path, layer="units", CRS=grid)
    assert read.crs.to_epsg() == 27700
    expected = features["units"].to_crs(27700)
    assert (read.centroid.distance(expected.centroid) < 3).all()


def test_gdal_stays_with_the_run_that_the_address_names(url, town, tmp_path):
    run_id = town.run["streets"]
    read = gdal_apart.read(f"OAPIF:{url}?run_id={run_id}", tmp_path, layer="units")
    assert len(read) == len(town.features("units", run_id=run_id))
    assert "length_m" in read


def test_owslib_reads_collections_queryables_and_features(url, features):
    client = Features(url)
    assert client.feature_collections() == COLLECTIONS
    assert any("ogcapi-features-3" in one for one in client.conformance()["conformsTo"])
    assert client.api()["openapi"].startswith("3.0")
    for name in COLLECTIONS:
        expected = features[name]
        assert client.collection(name)["id"] == name
        assert "geometry" in client.collection_queryables(name)["properties"]
        page = client.collection_items(name, limit=10_000)
        assert [one["id"] for one in page["features"]] == expected["id"].tolist()
        paged = []
        for offset in range(0, len(expected), 60):
            paged += client.collection_items(name, limit=60, offset=offset)["features"]
        assert [one["id"] for one in paged] == expected["id"].tolist()
        alone = client.collection_item(name, page["features"][0]["id"])
        assert alone["properties"] == page["features"][0]["properties"]
        inside = client.collection_items(name, bbox=BOX, limit=10_000)
        assert inside["numberMatched"] == expected.intersects(shapely.box(*BOX)).sum()


def test_owslib_filters(url, features):
    client = Features(url)
    for name, (expression, chosen) in FILTERS.items():
        page = client.collection_items(name, filter=expression, limit=10_000)
        assert page["numberMatched"] == chosen(features[name]).sum()
    page = client.collection_items("incidents", datetime_="2025-03-01/2025-03-07", limit=10_000)
    times = pd.to_datetime(features["incidents"]["occurred_from"])
    expected = times.between("2025-03-01T00:00Z", "2025-03-08T00:00Z", inclusive="left").sum()
    assert page["numberMatched"] == expected > 0


QUESTION = {"index": "count", "study_area": "districts", "from": "2025-01-01", "to": "2025-12-31"}


def test_owslib_lists_describes_and_executes_processes(url, town):
    client = Processes(url)
    assert [one["id"] for one in client.processes()] == list(PROCESSES)
    described = client.process("targets")
    assert described["inputs"].keys() > QUESTION.keys()
    found = client.execute("targets", QUESTION | {"resolution": 9})["result"]["value"]
    assert found["run"]["parameters"].items() >= QUESTION.items()
    assert [one["properties"]["rank"] for one in found["features"]][:2] == [1, 2]
    wish = {"result": {"transmissionMode": "reference"}}
    linked = client.execute("targets", QUESTION | {"resolution": 9}, outputs=wish)["result"]
    assert town.client.get(linked["href"]).json()["run"]["id"] == found["run"]["id"]
    with pytest.raises(RuntimeError, match=r"inputs\.colour"):
        client.execute("targets", QUESTION | {"colour": "red"})


@pytest.fixture(scope="module")
def working_url(town):
    """The same town, with a worker that answers its jobs."""
    with serving(create_app(Settings(worker="inline"), town.database)) as address:
        yield f"{address}/ogc"


def test_owslib_follows_a_job_to_its_results(working_url):
    client = Processes(working_url)
    # It reads status and results by their links: it has no methods of its own for them.
    job = client.execute("concentration", QUESTION, async_=True)
    assert client.response_headers["Location"].endswith(f"/jobs/{job['jobID']}")
    address = f"jobs/{job['jobID']}"
    until(lambda: client._request(path=address)["status"] not in ("accepted", "running"))
    assert client._request(path=address)["status"] == "successful"
    found = client._request(path=f"{address}/results")
    assert found == client.execute("concentration", QUESTION)
    assert found["result"]["value"]["result"]["shares"]
