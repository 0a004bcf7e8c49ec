"""Street segments as units, from the file of roads to targets that name their streets."""

from functools import partial
from pathlib import Path

import esda
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from libpysal.graph import Graph
from scipy.sparse.csgraph import connected_components
from sqlalchemy import text

from service.errors import NotFoundError
from service.store.repository import streets as stored_streets
from service.store.session import Database
from service.store.tenant import Tenant
from service.vector import boundaries, streets
from spatial import streets as spatial_streets
from spatial.errors import InvalidInputError
from tests.api.places import along, answer, store

NATIONAL_GRID = 27700


@pytest.fixture
def cleveland(databases, shared_data):
    """A database with the roads and districts of Cleveland, and a year of made-up incidents.

    They lie along the real streets, with 300 more on Burbank Street.
    """
    with databases.copy_of("cleveland", partial(furnish, shared_data / "cleveland")) as (made, _):
        yield Tenant(made, "default")


def furnish(folder: Path, database: Database) -> None:
    roads = gpd.read_parquet(folder / "roads.parquet").to_crs(NATIONAL_GRID)
    burbank = roads[roads["distinctive_name"] == "Burbank Street"]
    points = pd.concat(
        [along(roads.geometry, 8_000, seed=1), along(burbank.geometry, 300, seed=2)],
        ignore_index=True,
    )
    offences = np.where(np.arange(len(points)) % 3 == 0, "robbery", "vehicle-crime")
    offences[-300:] = "robbery"
    made = Tenant(database, "default")
    made.equip()
    store(made, points, offences)
    with made.unit_of_work() as (session, agency):
        streets.load_file(session, agency, folder / "roads.parquet", "roads")
        boundaries.load_file(
            session, agency, folder / "districts.gpkg", "districts", name_column="lad21nm"
        )


UNITS = {"unit": "segment", "network": "roads", "districts": "districts"}
QUESTION = UNITS | {"max_length_m": 500}


def test_targets_on_real_streets_carry_their_names_and_districts(cleveland):
    result, collection = answer(cleveland, "targets", **QUESTION, study_area="districts", top=10)
    assert result["targets"] == len(collection["features"]) >= 1
    best = collection["features"][0]["properties"]
    assert best["label"].startswith("Burbank Street")
    assert "None" not in str([one["properties"]["label"] for one in collection["features"]])
    names = {"Hartlepool", "Middlesbrough", "Redcar and Cleveland", "Stockton-on-Tees"}
    with cleveland.unit_of_work() as (session, agency):
        network = stored_streets.segments_of(session, stored_streets.find(session, agency, "roads"))
    graph = spatial_streets.neighbours(network)
    position = {name: at for at, name in enumerate(network["segment_id"])}
    for feature in collection["features"]:
        about = feature["properties"]
        assert about["unit"] == "segment"
        assert about["resolution"] is None
        assert about["district"] in names
        assert feature["geometry"]["type"] == "MultiLineString"
        members = [position[name] for name in about["members"]]
        assert about["length_m"] == pytest.approx(network["length_m"].iloc[members].sum())
        assert about["length_m"] <= 500 or len(members) == 1
        assert connected_components(graph[members][:, members])[0] == 1
        assert about["harm_per_100m"] == pytest.approx(
            about["harm"] / about["length_m"] * 100, rel=1e-3
        )
        drawn = shapely.geometry.shape(feature["geometry"])
        assert drawn.length == pytest.approx(
            shapely.union_all(network.geometry.iloc[members].array).length,
            rel=1e-3,  # by its seven decimals
        )
    run = collection["run"]
    assert run["references"]["network"] == {"name": "roads", "version": 1}
    account = run["incidents"]
    assert account["in_window"] == 8_300
    assert account["used"] + account["outside"] + sum(account["excluded"].values()) == 8_300
    assert run["snapping"]["distance_m"]["1"] <= 50
    assert run["snapping"]["distance_m"]["0.5"] < 6 * 2**0.5


def test_harm_on_segments_is_that_of_the_incidents_and_of_the_districts(cleveland):
    result, scores = answer(cleveland, "getis-ord", **UNITS)
    with cleveland.unit_of_work() as (session, _):
        count, harm = session.execute(
            text("SELECT sum(count), sum(harm) FROM unit_score WHERE run_id = :run"),
            {"run": scores["run"]["id"]},
        ).one()
    assert result["units"] == len(scores["features"]) == 33_509
    assert count == result["count"]
    assert float(harm) == result["harm"]
    by_district = pd.DataFrame(result["districts"])
    assert by_district["harm"].sum() == pytest.approx(result["harm"])
    assert by_district["units"].sum() == result["units"]
    assert by_district["count"].sum() == result["count"]
    shares = [feature["properties"]["district"] for feature in scores["features"]]
    assert (
        shares.count("Hartlepool") == by_district.set_index("district").loc["Hartlepool", "units"]
    )


def test_a_quota_gives_each_district_its_own_targets(cleveland):
    _, collection = answer(
        cleveland, "targets", **QUESTION, strategy="top", min_incidents=1, top_per_district=2
    )
    districts = [feature["properties"]["district"] for feature in collection["features"]]
    assert collection["run"]["parameters"]["top"] is None
    assert pd.Series(districts).value_counts().to_dict() == {
        "Hartlepool": 2, "Middlesbrough": 2, "Redcar and Cleveland": 2, "Stockton-on-Tees": 2,
    }  # fmt: skip


def test_a_wider_neighbourhood_along_the_streets_changes_the_statistic_alone(cleveland):
    statistic = UNITS | {"inference": "analytic"}  # chance is not asked about
    _, near = answer(cleveland, "getis-ord", **statistic)
    _, far = answer(cleveland, "getis-ord", **statistic, neighbour_distance_m=300)
    one, other = (
        pd.DataFrame([f["properties"] for f in found["features"]]).set_index("unit_id")
        for found in (near, far)
    )
    assert (one["harm"].sort_index() == other["harm"].sort_index()).all()
    assert not np.allclose(one["z"].sort_index(), other["z"].sort_index())


def test_half_of_the_harm_is_told_by_number_and_by_length_of_street(cleveland):
    result, _ = answer(
        cleveland, "concentration", unit="segment", network="roads", districts="districts",
        bootstrap=99,
    )  # fmt: skip
    half = next(row for row in result["shares"] if row["share_of_total"] == 0.5)
    assert 0 < half["share_of_units"] < 0.1
    assert 0 < half["share_of_length"] < 0.2
    districts = {row["district"]: row for row in result["districts"]}
    assert len(districts) >= 4
    assert sum(row["incidents"] for row in districts.values()) == result["incidents"]


def test_each_target_has_the_area_around_it_on_request(cleveland):
    _, collection = answer(cleveland, "targets", **QUESTION, top=3, patrol_buffer_m=30)
    for feature in collection["features"]:
        around = shapely.geometry.shape(feature["patrol_area"])
        line = shapely.geometry.shape(feature["geometry"])
        assert around.geom_type in ("Polygon", "MultiPolygon")
        metric = gpd.GeoSeries([line, around], crs=4326).to_crs(NATIONAL_GRID)
        assert metric[0].hausdorff_distance(metric[1].boundary) < 45
        assert metric[1].boundary.distance(metric[0]) == pytest.approx(30, abs=0.5)


def test_a_changed_network_leaves_the_runs_on_the_old_one_as_they_were(cleveland, shared_data):
    roads = gpd.read_parquet(shared_data / "cleveland/roads.parquet")
    _, before = answer(cleveland, "targets", **QUESTION)
    with cleveland.unit_of_work() as (session, agency):
        loaded = streets.load(session, agency, roads.iloc[:30_000], "roads", where="fewer.gpkg")
        assert loaded.version == 2
    old = dict(QUESTION, network="roads@1")
    _, pinned = answer(cleveland, "targets", **old)
    assert pinned["features"] == before["features"]
    _, newest = answer(cleveland, "targets", **QUESTION)
    assert newest["run"]["study_area"]["units"] < before["run"]["study_area"]["units"]
    assert newest["run"]["references"]["network"]["version"] == 2


def test_incidents_far_from_any_street_are_counted_and_a_default_geocode_is_told(cleveland):
    """All 400 at one point in the bay, 40 m off the nearest street or more."""
    with cleveland.unit_of_work() as (session, agency):
        network = stored_streets.segments_of(session, stored_streets.find(session, agency, "roads"))
    metric = network.to_crs(NATIONAL_GRID)
    hull = metric.union_all().convex_hull
    tree = shapely.STRtree(metric.geometry.array)
    random = np.random.default_rng(5)
    west, south, east, north = hull.bounds
    tried = shapely.points(random.uniform((west, south), (east, north), (5_000, 2)))
    _, away = tree.query_nearest(tried, return_distance=True, all_matches=False)
    off = tried[np.flatnonzero((away > 20) & (away < 30))[0]]
    lost = tried[np.flatnonzero(away > 200)[0]]
    points = gpd.GeoSeries([off] * 400 + [lost] * 7, crs=NATIONAL_GRID)
    store(cleveland, points, source="second")
    _, collection = answer(cleveland, "targets", **QUESTION)
    run = collection["run"]
    assert run["incidents"]["excluded"]["no_street_within_reach"] >= 7
    assert run["snapping"]["points_off_street"][0]["incidents"] == 400
    assert 20 < run["snapping"]["points_off_street"][0]["distance_m"] < 30
    assert any("share a point that is not on a street: 400" in one or "400 at" in one
               for one in run["warnings"])  # fmt: skip


@pytest.mark.filterwarnings("ignore::FutureWarning")  # libpysal's own
def test_geodanet_gives_spaghettis_counts_and_esdas_z(tenant):
    """287 crimes on 293 segments of one district in Arizona, State Plane feet."""
    spaghetti = pytest.importorskip("spaghetti")
    from libpysal import examples

    lines = gpd.read_file(examples.get_path("streets.shp")).set_crs(2223, allow_override=True)
    crimes = gpd.read_file(examples.get_path("crimes.shp")).set_crs(2223, allow_override=True)
    lines["number"] = [f"{at:03d}" for at in range(len(lines))]
    store(tenant, crimes.geometry)
    with tenant.unit_of_work() as (session, agency):
        loaded = streets.load(
            session, agency, lines, "district", where="streets.shp",
            columns=streets.Columns(id="number"),
        )  # fmt: skip
        assert loaded.segments == 293
        network = stored_streets.segments_of(
            session, stored_streets.find(session, agency, "district")
        )
    _, scores = answer(
        tenant, "getis-ord", unit="segment", network="district", value="count", index="count",
        max_snap_m=500,
    )  # fmt: skip
    found = pd.DataFrame([one["properties"] for one in scores["features"]])
    found = found.sort_values("unit_id", ignore_index=True)
    assert found["count"].sum() == 287

    peer = spaghetti.Network(in_data=examples.get_path("streets.shp"))
    peer.snapobservations(examples.get_path("crimes.shp"), "crimes", attribute=True)
    numbers = line_of_each_piece(lines)
    line_of_peer = np.full(len(crimes), "", dtype=object)
    for ends, observed in peer.pointpatterns["crimes"].obs_to_arc.items():
        corner = frozenset(tuple(np.round(peer.vertex_coords[end], 2)) for end in ends)
        line_of_peer[list(observed)] = numbers[corner]
    of_peer = pd.Series(line_of_peer).value_counts().reindex(found["unit_id"], fill_value=0)
    # At a junction the peer takes any of the streets that meet, and we the lowest id.
    snapped = spatial_streets.snap(crimes.geometry, network, 500)
    own = network["segment_id"].to_numpy()[snapped.segment]
    at_a_junction = {*own[snapped.tied], *line_of_peer[snapped.tied]}
    clear = ~found["unit_id"].isin(at_a_junction)
    assert clear.sum() > 280
    assert found["count"][clear].tolist() == of_peer[clear.to_numpy()].tolist()

    graph = spatial_streets.neighbours(network)
    esda_graph = Graph.from_sparse(graph.tocoo().astype(float))
    reference = esda.G_Local(
        found["count"].to_numpy(float), esda_graph, transform="B", star=True, permutations=0
    )
    np.testing.assert_allclose(found["z"], reference.Zs, atol=1e-9)


def line_of_each_piece(lines: gpd.GeoDataFrame) -> dict[frozenset[tuple[float, float]], str]:
    """Return the line of each pair of vertices that a piece joins, to the hundredth of a foot."""
    vertices, line = shapely.get_coordinates(np.asarray(lines.geometry.array), return_index=True)
    corners = [tuple(one) for one in vertices.round(2)]
    return {
        frozenset(corners[at : at + 2]): lines["number"].iloc[line[at]]
        for at in np.flatnonzero(np.diff(line) == 0)
    }


def test_cells_take_their_names_from_the_nearest_street(cleveland):
    _, collection = answer(
        cleveland, "targets", resolution=9, study_area="districts/Hartlepool", network="roads",
        districts="districts", strategy="top", top=5, min_incidents=1,
    )  # fmt: skip
    for feature in collection["features"]:
        assert feature["properties"]["district"] == "Hartlepool"
        assert not feature["properties"]["label"].startswith("Near ")


@pytest.mark.parametrize(
    ("question", "error", "says"),
    [
        ({"network": "raods"}, NotFoundError, "Did you mean roads"),
        ({"districts": "distrits"}, NotFoundError, "Did you mean districts"),
        ({"study_area": "districts/Hartlepol"}, NotFoundError, "Did you mean Hartlepool"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(cleveland, question, error, says):
    with pytest.raises(error, match=says):
        answer(cleveland, "targets", **{**QUESTION, **question})


def test_a_study_area_without_streets_is_refused(cleveland):
    sea = gpd.GeoDataFrame({"name": ["sea"]}, geometry=[shapely.box(1, 55, 1.1, 55.1)], crs=4326)
    with cleveland.unit_of_work() as (session, agency):
        boundaries.load(session, agency, sea, "sea", where="sea")
    with pytest.raises(InvalidInputError, match="No street of roads runs through sea"):
        answer(cleveland, "targets", **QUESTION, study_area="sea")


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({"unit": "segment"}, "unit segment needs a network"),
        ({"unit": "polygon"}, "unit polygon needs a layer"),
        ({"unit": "h3", "max_snap_m": 20}, "max_snap_m is for unit segment, not for unit h3"),
        ({"unit": "segment", "network": "n", "resolution": 8}, "resolution is for unit h3"),
        ({"unit": "segment", "network": "n", "max_area_km2": 1}, "max_area_km2 is for unit h3 or"),
        ({"smoothing": "empirical_bayes"}, "smoothing needs a denominator"),
        ({"denominator": "population"}, "needs a population_column"),
        ({"top_per_district": 3}, "top_per_district needs districts"),
    ],
)
def test_a_question_that_contradicts_itself_is_refused(client, question, says):
    response = client.get(
        "/api/v1/targets",
        params={"index": "count", "from": "2025-01-01", "to": "2025-12-31", **question},
    )
    assert response.status_code == 422
    assert says in response.json()["detail"]
