"""Areas of a layer as units, and rates on a denominator."""

import esda
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from libpysal.graph import Graph

from service.store.repository import harm_indexes
from service.vector import boundaries, streets
from spatial.errors import DegenerateInputError, InvalidInputError
from tests.api.places import YEAR, answer, store

SIDE = 8
UTM = 32630
KM = 1_000.0


@pytest.fixture
def town(tenant):
    """64 beats of one km² each with residents, the last without; more harm in the first corner."""
    boxes = [
        shapely.box(x * KM, y * KM, (x + 1) * KM, (y + 1) * KM)
        for y in range(SIDE)
        for x in range(SIDE)
    ]
    beats = gpd.GeoDataFrame(
        {
            "name": [f"Beat {n:02d}" for n in range(len(boxes))],
            "residents": [*range(500, 500 + 10 * (len(boxes) - 1), 10), 0],
        },
        geometry=[shapely.affinity.translate(box, 700 * KM, 5_700 * KM) for box in boxes],
        crs=UTM,
    )
    random = np.random.default_rng(3)
    everywhere = random.uniform(0, SIDE * KM, (600, 2))
    corner = random.uniform(0, 2 * KM, (150, 2))
    outside = random.uniform(-1.5 * KM, -KM, (9, 2))
    places = np.vstack((everywhere, corner, outside)) + np.array([700 * KM, 5_700 * KM])
    store(tenant, gpd.GeoSeries(shapely.points(places), crs=UTM))
    with tenant.unit_of_work() as (session, agency):
        boundaries.load(session, agency, beats, "beats", where="beats")
        boundaries.load(session, agency, beats.iloc[: 4 * SIDE], "south", where="south")
    return tenant


QUESTION = {"unit": "polygon", "layer": "beats"}


def units(scores: dict) -> pd.DataFrame:
    table = pd.DataFrame([feature["properties"] for feature in scores["features"]])
    return table.sort_values("unit_id", ignore_index=True)


def queen(side: int) -> Graph:
    at = np.arange(side * side)
    x, y = at % side, at // side
    touch = (abs(x[:, None] - x) <= 1) & (abs(y[:, None] - y) <= 1) & (at[:, None] != at)
    focal, neighbour = np.nonzero(touch)
    return Graph.from_arrays(focal, neighbour, np.ones(len(focal)))


def test_beats_are_scored_with_queen_neighbours_as_esda_scores_them(town):
    result, scores = answer(town, "getis-ord", **QUESTION)
    found = units(scores)
    assert len(found) == 64
    assert found["count"].sum() == 750
    assert scores["run"]["incidents"]["outside"] == 9
    reference = esda.G_Local(
        found["harm"].to_numpy(), queen(SIDE), transform="B", star=True, permutations=0
    )
    np.testing.assert_allclose(found["z"], reference.Zs, atol=1e-9)
    assert found["area_km2"].to_numpy() == pytest.approx(1, rel=2e-3)
    assert found["harm_per_km2"].to_numpy() == pytest.approx(found["harm"], rel=2e-3)
    assert result["classes"]["hot_99"] >= 1


def test_beats_are_written_right_handed_however_their_file_draws_them(town):
    _, scores = answer(town, "getis-ord", **QUESTION)
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in scores["features"]]
    rings = shapely.get_exterior_ring(shapely.get_parts(shapes))
    assert len(rings) == 64
    assert shapely.is_ccw(rings).all()


def test_targets_are_beats_by_name(town):
    _, collection = answer(town, "targets", **QUESTION, districts="beats", max_area_km2=2.5)
    best = collection["features"][0]
    assert best["properties"]["members"][0].startswith("Beat ")
    assert best["properties"]["label"].startswith("Beat ")
    assert best["properties"]["area_km2"] <= 2.5
    assert best["properties"]["district"] in best["properties"]["members"]
    assert shapely.geometry.shape(best["geometry"]).is_valid


def test_a_study_area_takes_the_beats_that_overlap_it(town):
    result, scores = answer(town, "getis-ord", **QUESTION, study_area="south")
    assert result["units"] == 32
    account = scores["run"]["incidents"]
    assert account["used"] + account["outside"] == account["in_window"] == 759


def test_rates_by_population_are_smoothed_where_the_denominator_is_small(town):
    asked = QUESTION | {"population_column": "residents", "denominator": "population"}
    with pytest.raises(InvalidInputError, match=r"1 of 64 areas have no population.*Beat 63"):
        answer(town, "getis-ord", **asked, value="count")
    _, scores = answer(town, "getis-ord", **asked, value="count", smoothing="empirical_bayes")
    found = units(scores)
    people = found["population"].to_numpy()
    assert people.tolist() == [*range(500, 1130, 10), 0]
    held = people > 0
    raw = found["count"].to_numpy()[held] / people[held] * 1_000
    mean = found["count"].to_numpy()[held].sum() / people.sum() * 1_000
    low, high = np.minimum(raw, mean), np.maximum(raw, mean)
    rate = found["rate"].to_numpy()[held]
    assert ((rate >= low - 1e-9) & (rate <= high + 1e-9)).all()
    assert found["rate"].iloc[-1] == pytest.approx(mean)
    assert found["harm_per_1000_residents"].iloc[-1] is None or np.isnan(
        found["harm_per_1000_residents"].iloc[-1]
    )
    assert found["harm_per_1000_residents"].iloc[0] == pytest.approx(
        found["harm"].iloc[0] / 500 * 1_000, rel=1e-4
    )
    about = scores["run"]["inference"]
    assert (about["denominator"], about["per"]) == ("population", 1_000)
    reference = esda.G_Local(
        found["rate"].to_numpy(), queen(SIDE), transform="B", star=True, permutations=0
    )
    np.testing.assert_allclose(found["z"], reference.Zs, atol=1e-8)


def test_harm_so_noisy_that_smoothing_leaves_one_rate_is_said_to_be_so(town):
    """One homicide among robberies: its own square is all the noise there is."""
    corner = gpd.GeoSeries(shapely.points([[707_500, 5_707_500]]), crs=UTM)
    store(town, corner, "violence-and-sexual-offences", source="one")
    weights = b"offence_code,weight\nviolence-and-sexual-offences,99999\n*,1\n"
    about = harm_indexes.IndexDescription("heavy", "1", "Heavy", "points")
    with town.unit_of_work() as (session, agency):
        harm_indexes.load(session, agency, about, weights, where="heavy.csv")
    with pytest.raises(DegenerateInputError, match="differ by no more than chance"):
        answer(
            town, "getis-ord", **QUESTION, index="heavy", denominator="size",
            smoothing="empirical_bayes",
        )  # fmt: skip


def test_cells_and_streets_take_their_share_of_the_residents(town):
    _, cells = answer(
        town, "getis-ord", resolution=8, study_area="south", population_layer="beats",
        population_column="residents",
    )  # fmt: skip
    people = units(cells)["population"]
    total = sum(range(500, 500 + 32 * 10, 10))
    assert total < people.sum() < 1.5 * total  # cells reach beyond the southern half
    grid = [shapely.LineString([(x, 0), (x, 8 * KM)]) for x in np.arange(250, 8_000, 500.0)]
    lines = [shapely.affinity.translate(one, 700 * KM, 5_700 * KM) for one in grid]
    network = gpd.GeoDataFrame({"name": ["Long Street"] * len(lines)}, geometry=lines, crs=UTM)
    with town.unit_of_work() as (session, agency):
        streets.load(session, agency, network, "streets", where="made")
    _, scores = answer(
        town, "getis-ord", unit="segment", network="streets", max_snap_m=300,
        population_layer="beats", population_column="residents",
    )  # fmt: skip
    assert units(scores)["population"].sum() == pytest.approx(sum(range(500, 1130, 10)))


def test_rates_per_length_of_street_are_told_per_100_metres(town):
    lines = [
        shapely.LineString([(700 * KM + x, 5_700 * KM), (700 * KM + x, 5_700 * KM + 400 + x)])
        for x in np.arange(100, 8_000, 200.0)
    ]
    network = gpd.GeoDataFrame({"name": ["Street"] * len(lines)}, geometry=lines, crs=UTM)
    with town.unit_of_work() as (session, agency):
        streets.load(session, agency, network, "streets", where="made")
    _, scores = answer(
        town, "getis-ord", unit="segment", network="streets", denominator="size", max_snap_m=200,
        inference="analytic",
    )  # fmt: skip
    found = units(scores)
    assert found["rate"].to_numpy() == pytest.approx(found["harm_per_100m"].to_numpy(), abs=1e-4)


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("people", "no property people; they have"),
        ("name", "must be a number of at least 0 on every area of beats"),
    ],
)
def test_a_population_that_is_none_is_refused(town, column, says):
    with pytest.raises(InvalidInputError, match=says):
        answer(town, "getis-ord", **QUESTION, population_column=column)


def test_the_question_is_the_same_over_http(client, tenant):
    asked = {"index": "count", "unit": "polygon", "layer": "nowhere", **YEAR}
    refused = client.get("/api/v1/getis-ord", params=asked)
    assert refused.status_code == 404
    assert "nowhere" in refused.json()["detail"]
