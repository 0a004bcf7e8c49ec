"""Vector tiles, read by GDAL: what lies on them, where, and what they carry."""

import json
from pathlib import Path

import geopandas as gpd
import morecantile
import numpy as np
import pyogrio
import pytest
import shapely
from sqlalchemy import text

from service.http.ogc import tile_queries, tile_sets
from service.settings import Settings
from service.store.tenant import Tenant
from service.store.views import declared
from service.vector import boundaries
from tests.api import ogc_town
from tests.api.ogc_town import EPSG, Town

COLLECTIONS = ["targets", "units", "segments", "patrol_areas", "boundaries", "streets", "incidents"]
MVT = "application/vnd.mapbox-vector-tile"
SRIDS = {"WebMercatorQuad": 3857, "WorldCRS84Quad": 4326}
STRIP = shapely.LineString([(-70_000, 6_600_000), (-20_000, 6_630_000)])
"""In Web Mercator, where a step of the grid is 152 metres at zoom 8."""


@pytest.fixture(scope="module")
def town(databases):
    with ogc_town.serving(databases) as served:
        yield served


@pytest.fixture(scope="module")
def far_seen(databases):
    """A town that has targets on street segments too, and a layer of one narrow strip."""
    with ogc_town.serving(databases) as served:
        tenant = Tenant(served.database, Settings().agency)
        served.run["target_streets"] = ogc_town.analysed(
            tenant,
            "targets",
            unit="segment",
            network="grid",
            max_snap_m=200,
            study_area="districts",
            index="count",
            top=10,
            strategy="hot-spot",
        )
        with tenant.unit_of_work() as (session, agency):
            strip = gpd.GeoDataFrame({"name": ["Strip"]}, geometry=[STRIP.buffer(30)], crs=3857)
            boundaries.load(session, agency, strip, "strip", where="made")
        yield served


def decoded(
    folder: Path, content: bytes, layer: str, box: tuple[float, float, float, float], srid: int
) -> gpd.GeoDataFrame:
    """Return the features of a tile, its grid laid on the tile's box."""
    file = folder / "tile.pbf"
    file.write_bytes(content)
    assert pyogrio.list_layers(f"MVT:{file}")[:, 0].tolist() == [layer]
    features = pyogrio.read_dataframe(f"MVT:{file}", layer=layer, CLIP="NO")
    west, south, east, north = box

    def placed(xy):
        return np.column_stack(
            (west + xy[:, 0] * (east - west) / 4096, south + xy[:, 1] * (north - south) / 4096)
        )

    shapes = shapely.transform(features.geometry.to_numpy(), placed)
    return features.set_geometry(gpd.GeoSeries(shapes), crs=srid)


def widths(features: gpd.GeoDataFrame) -> np.ndarray:
    """Return the longer side of each shape's box."""
    bounds = features.bounds
    return np.maximum(bounds["maxx"] - bounds["minx"], bounds["maxy"] - bounds["miny"]).to_numpy()


def over_town(tiling: str, zoom: int) -> morecantile.Tile:
    return morecantile.tms.get(tiling).tile(-0.113, 51.43, zoom)


def tile(town: Town, name: str, tiling: str, at: morecantile.Tile, status: int = 200, **query):
    path = f"/collections/{name}/tiles/{tiling}/{at.z}/{at.y}/{at.x}"
    return town.get(path, status=status, params=query)


@pytest.mark.parametrize("name", COLLECTIONS)
@pytest.mark.parametrize("tiling", SRIDS)
@pytest.mark.parametrize("zoom", [8, 13, 15])
def test_a_tile_holds_the_features_that_lie_in_it(town, tmp_path, name, tiling, zoom):
    at = over_town(tiling, zoom)
    answer = tile(town, name, tiling, at)
    assert answer.headers["content-type"] == MVT
    box = tuple(morecantile.tms.get(tiling).xy_bounds(at))
    srid = SRIDS[tiling]
    found = decoded(tmp_path, answer.content, name, box, srid)
    features = town.features(name).to_crs(srid)
    cell = (box[2] - box[0]) / 4096
    identity = {"streets": "segment_id", "incidents": "external_id", "boundaries": "name"}.get(
        name, {"targets": "target_id", "patrol_areas": "target_id"}.get(name, "unit_id")
    )
    inside = features[features.intersects(shapely.box(*box).buffer(-cell))]
    near = features[features.intersects(shapely.box(*box).buffer(66 * cell, join_style="mitre"))]
    assert set(inside[identity]) <= set(found[identity]) <= set(near[identity])
    assert len(found) > 0
    # What is drawn is what is stored, to the grid of the tile, unless it is hardly to be seen.
    seen = (widths(features) == 0) | (widths(features) >= 8 * cell)
    within = features[features.within(shapely.box(*box)) & seen].set_index(identity)
    drawn = found[found[identity].isin(within.index)].set_index(identity)
    apart = shapely.hausdorff_distance(
        drawn.geometry.to_numpy(), within.geometry.loc[drawn.index].to_numpy()
    )
    assert not (apart > 1.5 * cell).any()


@pytest.mark.parametrize("tiling", SRIDS)
@pytest.mark.parametrize("zoom", [0, 4, 8])
@pytest.mark.parametrize("run", ["cells", "target_streets"])
def test_targets_are_seen_where_they_are_however_far_a_planner_zooms_out(
    far_seen, tmp_path, tiling, zoom, run
):
    at = over_town(tiling, zoom)
    box = tuple(morecantile.tms.get(tiling).xy_bounds(at))
    step = (box[2] - box[0]) / 4096
    content = tile(far_seen, "targets", tiling, at, run_id=far_seen.run[run]).content
    found = decoded(tmp_path, content, "targets", box, SRIDS[tiling]).set_index("target_id")
    stored = far_seen.features("targets", run_id=far_seen.run[run]).to_crs(SRIDS[tiling])
    stored = stored.set_index("target_id")
    assert sorted(found.index) == sorted(stored.index)
    stored = stored.loc[found.index]
    # Eight steps of the grid, a pixel, but for the rounding of either end.
    assert (widths(found) >= 7 * step).all()
    assert (widths(found) <= np.maximum(widths(stored), 8 * step) + 2 * step).all()
    centres = shapely.centroid(stored.geometry.to_numpy())
    assert (shapely.distance(found.geometry.to_numpy(), centres) <= 2 * step).all()
    assert found.is_valid.all()
    lines = stored.geom_type.str.endswith("LineString")
    assert (found.geom_type.str.endswith("LineString") == lines).all()


@pytest.mark.parametrize("zoom", [0, 4])
def test_cells_are_left_on_tiles_that_they_are_too_small_for(far_seen, tmp_path, zoom):
    at = over_town("WebMercatorQuad", zoom)
    box = tuple(morecantile.tms.get("WebMercatorQuad").xy_bounds(at))
    content = tile(far_seen, "units", "WebMercatorQuad", at, run_id=far_seen.run["cells"]).content
    found = decoded(tmp_path, content, "units", box, 3857)
    stored = far_seen.features("units", run_id=far_seen.run["cells"])
    assert sorted(found["unit_id"]) == sorted(stored["unit_id"])
    assert (found.area > 0).all()
    step = (box[2] - box[0]) / 4096
    assert (widths(found) <= 4 * step).all()


def test_a_strip_that_is_long_and_narrow_is_drawn_a_step_to_each_side(far_seen, tmp_path):
    at = over_town("WebMercatorQuad", 8)
    box = tuple(morecantile.tms.get("WebMercatorQuad").xy_bounds(at))
    step = (box[2] - box[0]) / 4096
    content = tile(far_seen, "boundaries", "WebMercatorQuad", at, layer="strip").content
    (drawn,) = decoded(tmp_path, content, "boundaries", box, 3857).geometry
    assert drawn.area > STRIP.length * step
    assert shapely.hausdorff_distance(drawn, STRIP) < 2 * step


def test_a_tile_carries_what_its_style_needs(town, tmp_path):
    at = over_town("WebMercatorQuad", 12)
    box = tuple(morecantile.tms.get("WebMercatorQuad").xy_bounds(at))
    for name, needed in (
        ("targets", {"rank", "class", "label", "harm", "note"}),
        ("units", {"rank", "class", "harm", "count", "q", "unit_id"}),
        ("segments", {"rank", "class", "harm", "label"}),
        ("boundaries", {"name", "layer"}),
        ("streets", {"name", "length_m"}),
    ):
        content = tile(town, name, "WebMercatorQuad", at).content
        carried = decoded(tmp_path, content, name, box, 3857)
        assert needed <= set(carried.columns), name
        told = town.get(f"/collections/{name}/tiles/WebMercatorQuad").json()
        described = told["layers"][0]["propertiesSchema"]["properties"]
        assert set(carried.columns) - {"geometry", "mvt_id"} <= set(described)
        kinds = {"number": "f", "whole": "i"}
        for column in declared()[name].columns.values():
            values = carried.get(column.name)  # a tile has no column that is empty throughout
            if (
                column.tiled
                and column.type in kinds
                and values is not None
                and values.notna().all()
            ):
                assert values.dtype.kind == kinds[column.type], column.name
        if "rank" in needed:
            harm = town.features(name).set_index("rank")["harm"]
            for rank, carried_harm in zip(carried["rank"], carried["harm"], strict=True):
                assert carried_harm == harm[rank]


def test_tiles_are_of_the_run_and_the_condition_that_are_asked_for(town, tmp_path):
    at = over_town("WebMercatorQuad", 12)
    box = tuple(morecantile.tms.get("WebMercatorQuad").xy_bounds(at))

    def read(**query):
        answer = tile(town, "units", "WebMercatorQuad", at, **query)
        return decoded(tmp_path, answer.content, "units", box, 3857)

    assert set(read(run_id=town.run["streets"]).geom_type) <= {"LineString", "MultiLineString"}
    assert set(read(run_id=town.run["cells"]).geom_type) <= {"Polygon", "MultiPolygon"}
    assert read(filter="rank <= 5")["rank"].tolist() == [1, 2, 3, 4, 5]


def test_a_full_tile_keeps_what_matters_most(town, tmp_path, monkeypatch):
    monkeypatch.setattr(tile_queries, "MOST_IN_TILE", 9)
    at = over_town("WebMercatorQuad", 11)
    box = tuple(morecantile.tms.get("WebMercatorQuad").xy_bounds(at))
    run = {"run_id": town.run["cells"]}
    found = decoded(
        tmp_path, tile(town, "units", "WebMercatorQuad", at, **run).content, "units", box, 3857
    )
    assert found["rank"].tolist() == list(range(1, 10))


MANY = """
    INSERT INTO unit_score (run_id, unit_id, count, harm, q, class, rank, geom)
    SELECT :run, 'made-' || n, 1, 1, 1, 'not_significant', n, ST_MakeEnvelope(
        -0.5 + (n % 200) * 0.004, 51 + (n / 200) * 0.004,
        -0.496 + (n % 200) * 0.004, 51.004 + (n / 200) * 0.004, 4326)
    FROM generate_series(1, 20000) AS n
"""


def test_the_overview_of_a_large_run_is_small_and_says_what_it_leaves_out(databases, tmp_path):
    with ogc_town.serving(databases) as town:
        run = town.run["cells"]
        with town.database.session() as session:
            session.execute(text("DELETE FROM unit_score WHERE run_id = :run"), {"run": run})
            session.execute(text(MANY), {"run": run})
            session.commit()
        sizes = {}
        for zoom in (0, 4, 8, 9, 12):
            at = morecantile.tms.get("WebMercatorQuad").tile(-0.1, 51.1, zoom)
            content = tile(town, "units", "WebMercatorQuad", at, run_id=run).content
            box = tuple(morecantile.tms.get("WebMercatorQuad").xy_bounds(at))
            sizes[zoom] = len(content), len(decoded(tmp_path, content, "units", box, 3857))
        assert all(size <= tile_queries.MOST_BYTES for size, _ in sizes.values())
        # The town is 2 pixels wide at zoom 0, and 18 at zoom 4.
        assert sizes[0][1] <= 9
        assert 18 <= sizes[4][1] <= 20 * 20
        assert sizes[8][1] > 1_000
        at = morecantile.tms.get("WebMercatorQuad").tile(-0.1, 51.1, 0)
        box = tuple(morecantile.tms.get("WebMercatorQuad").xy_bounds(at))
        content = tile(town, "units", "WebMercatorQuad", at, run_id=run).content
        assert 1 in decoded(tmp_path, content, "units", box, 3857)["rank"].tolist()
        about = town.get("/collections/units/tiles/WebMercatorQuad", params={"run_id": run}).json()
        tilejson = town.get("/collections/units/tiles/WebMercatorQuad/tilejson").json()
        for told in (about["description"], tilejson["description"]):
            assert "smaller than a pixel, the first of each pixel stands for the others" in told
            assert "1 MB at most" in told


def test_a_tile_of_too_many_bytes_is_drawn_again_with_fewer_features(town, tmp_path, monkeypatch):
    at = over_town("WebMercatorQuad", 11)
    whole = tile(town, "units", "WebMercatorQuad", at, run_id=town.run["cells"]).content
    most = len(whole) // 2
    monkeypatch.setattr(tile_queries, "MOST_BYTES", most)
    content = tile(town, "units", "WebMercatorQuad", at, run_id=town.run["cells"]).content
    assert 0 < len(content) <= most
    box = tuple(morecantile.tms.get("WebMercatorQuad").xy_bounds(at))
    ranks = sorted(decoded(tmp_path, content, "units", box, 3857)["rank"])
    assert ranks == list(range(1, len(ranks) + 1))


@pytest.mark.parametrize("name", COLLECTIONS)
def test_the_features_of_a_tile_have_ids_that_are_theirs_on_every_tile(town, tmp_path, name):
    ids = {}
    for zoom in (11, 13):
        at = over_town("WebMercatorQuad", zoom)
        box = tuple(morecantile.tms.get("WebMercatorQuad").xy_bounds(at))
        content = tile(town, name, "WebMercatorQuad", at).content
        found = decoded(tmp_path, content, name, box, 3857)
        assert found["mvt_id"].is_unique
        assert found["mvt_id"].between(1, 2**53).all()
        identity = {"streets": "segment_id", "incidents": "external_id", "boundaries": "name"}.get(
            name, "rank"
        )
        ids[zoom] = dict(zip(found[identity], found["mvt_id"], strict=True))
    shared = ids[11].keys() & ids[13].keys()
    assert shared
    assert all(ids[11][one] == ids[13][one] for one in shared)


def test_nothing_lies_where_no_feature_is(town):
    answer = tile(town, "units", "WebMercatorQuad", morecantile.Tile(0, 0, 10), status=204)
    assert answer.content == b""
    assert "etag" in answer.headers
    tile(town, "targets", "WebMercatorQuad", over_town("WebMercatorQuad", 10), 204, filter="FALSE")


def test_a_layer_across_the_antimeridian_is_on_the_tiles_of_both_sides(town, tmp_path):
    tms = morecantile.tms.get("WebMercatorQuad")
    for longitude, name in ((179.4, "Dateline west"), (-179.4, "Dateline east")):
        at = tms.tile(longitude, -17.2, 8)
        box = tuple(tms.xy_bounds(at))
        content = tile(town, "boundaries", "WebMercatorQuad", at).content
        assert decoded(tmp_path, content, "boundaries", box, 3857)["name"].tolist() == [name]


@pytest.mark.parametrize(
    "path", ["0/1/0", "0/0/1", "3/8/0", "21/0/0", "-1/0/0", "0/-1/0", "99999999999/0/0"]
)
def test_a_tile_that_the_set_has_not_is_not_found(town, path):
    problem = town.get(f"/collections/units/tiles/WebMercatorQuad/{path}", status=404).json()
    assert "no such tile" in problem["detail"]


def test_unknown_tile_sets_forms_and_numbers_are_refused(town):
    for path in (
        "/tileMatrixSets/X",
        "/collections/units/tiles/X",
        "/collections/units/tiles/X/0/0/0",
    ):
        assert "WebMercatorQuad" in town.get(path, status=404).json()["detail"]
    tile_path = "/collections/units/tiles/WebMercatorQuad/0/0"
    town.get(f"{tile_path}/x", status=400)
    assert "f must be mvt" in town.get(f"{tile_path}/0?f=png", status=400).json()["detail"]
    town.get(f"{tile_path}/0?f=mvt")


@pytest.mark.parametrize("tiling", SRIDS)
def test_a_client_finds_the_tiles_from_the_landing_page(town, tiling):
    landing = town.get("/").json()
    collections = town.client.get(_link(landing, "data")).json()["collections"]
    units = next(one for one in collections if one["id"] == "units")
    rel = "http://www.opengis.net/def/rel/ogc/1.0/"
    listed = town.client.get(_link(units, f"{rel}tilesets-vector")).json()["tilesets"]
    one = next(one for one in listed if one["tileMatrixSetId"] == tiling)
    about = town.client.get(_link(one, "self")).json()
    scheme = town.client.get(_link(about, f"{rel}tiling-scheme")).json()
    assert scheme["id"] == tiling
    assert len(scheme["tileMatrices"]) == tile_sets.DEEPEST + 1
    template = _link(about, "item")
    at = over_town(tiling, 11)
    url = template.format(tileMatrix=at.z, tileRow=at.y, tileCol=at.x)
    assert town.client.get(url).headers["content-type"] == MVT
    assert about["boundingBox"]["crs"].endswith("CRS84")
    assert about["crs"] in (f"{EPSG}3857", "http://www.opengis.net/def/crs/OGC/1.3/CRS84")


def test_a_map_library_finds_tiles_and_style(town):
    about = town.get("/collections/targets/tiles/WebMercatorQuad").json()
    tilejson = town.client.get(_link(about, "describedby")).json()
    west, south, east, north = tilejson["bounds"]
    assert west < -0.113 < east
    assert south < 51.425 < north
    at = over_town("WebMercatorQuad", 11)
    url = tilejson["tiles"][0].format(z=at.z, x=at.x, y=at.y)
    assert town.client.get(url).status_code == 200
    style = town.client.get(_link(about, "http://www.opengis.net/def/rel/ogc/1.0/styles")).json()
    assert style["sources"]["harmspot"]["url"] == _link(about, "describedby")
    assert {layer["source-layer"] for layer in style["layers"]} == {"targets"}
    assert "hot_99" in json.dumps(style["layers"])


def _link(document, rel):
    return next(one["href"] for one in document["links"] if one["rel"] == rel)
