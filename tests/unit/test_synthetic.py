"""The synthetic city: reproducible, plausible, and with its harm where it was planted."""

import hashlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from spatial import streets, synthetic
from spatial.errors import InvalidInputError
from spatial.incidents import COLUMNS, check


@pytest.fixture(scope="module")
def made() -> synthetic.City:
    return synthetic.city(seed=7, incidents=20_000)


def local(made: synthetic.City) -> pd.Series:
    return made.incidents["occurred_from"].dt.tz_convert(made.time_zone)


def test_the_same_seed_gives_the_same_city_to_the_byte(made):
    again = synthetic.city(seed=7, incidents=20_000)
    assert synthetic.raw_table(again).to_csv() == synthetic.raw_table(made).to_csv()
    for table in ("boundary", "districts", "streets"):
        assert getattr(again, table).to_wkb().equals(getattr(made, table).to_wkb())
    other = synthetic.city(seed=8, incidents=20_000)
    assert not other.incidents["longitude"].equals(made.incidents["longitude"])


def test_its_incidents_are_canonical_and_within_city_and_window(made):
    table = check(made.incidents)
    assert list(table.columns) == list(COLUMNS)
    assert table["external_id"].is_unique
    outline = made.boundary.geometry.iloc[0].buffer(0.003)  # a spot may reach over the edge
    assert shapely.contains_xy(outline, table["longitude"], table["latitude"]).all()
    days = local(made).dt.date
    assert days.min() >= pd.Timestamp("2024-01-01").date()
    assert days.max() <= pd.Timestamp("2025-12-31").date()
    assert set(table["time_precision"]) == {"exact", "hour", "day"}
    assert (table["reported_at"] >= table["occurred_from"]).all()


def test_planted_spots_hold_more_of_their_offence_than_their_surroundings(made):
    assert len(made.planted) == 8
    east = 111_195 * np.cos(np.radians(synthetic.CENTRE[1]))
    for spot in made.planted.itertuples():
        away = np.hypot(
            (made.incidents["longitude"] - spot.longitude) * east,
            (made.incidents["latitude"] - spot.latitude) * 111_195,
        )
        own = made.incidents["offence_code"] == spot.offence_code
        inside = (own & (away <= spot.radius_m)).sum()
        ring = (own & (away > 2 * spot.radius_m) & (away <= 3 * spot.radius_m)).sum()
        assert inside > 3 * ring / 5  # the ring is five times as large
        assert inside >= 0.5 * spot.incidents


@pytest.fixture(scope="module", params=range(3))
def network(request):
    """Segments of a few cities, as an analysis reads them."""
    lines = synthetic.city(seed=request.param, incidents=100).streets
    return streets.prepare(lines, id_column="id", name_column="name", class_column="road_class")


def test_its_streets_are_one_sound_network(network):
    report = network.attrs["report"]
    assert 6_000 < report.segments < 10_000
    assert report.segments == report.lines
    assert (report.split, report.empty, report.zero_length, report.duplicate) == (0, 0, 0, 0)
    pieces, _ = csgraph.connected_components(streets.neighbours(network))
    assert pieces == 1


def test_its_streets_meet_at_junctions_and_nowhere_else(network):
    whole = shapely.MultiLineString(list(network.geometry))
    assert len(shapely.get_parts(shapely.node(whole))) == len(network)
    meeting = np.bincount(np.concatenate((network["node_from"], network["node_to"])))
    assert not (meeting == 2).any()  # two segments alone are one
    assert (network["node_from"] != network["node_to"]).all()
    assert 50 < (meeting == 1).sum() < 500  # a town has some dead ends


def test_a_name_belongs_to_one_street_of_joined_segments(network):
    assert network["name"].notna().all()
    meet = streets.neighbours(network).tocoo()
    name = network["name"].to_numpy()
    same = name[meet.row] == name[meet.col]
    joined = sparse.coo_array(
        (np.ones(same.sum()), (meet.row[same], meet.col[same])), (len(name), len(name))
    )
    pieces, _ = csgraph.connected_components(joined)
    assert pieces == network["name"].nunique() < len(network) / 3


def test_it_is_denser_at_its_centre_than_at_its_edge(network):
    centre = (
        gpd.GeoSeries.from_xy(*np.transpose([synthetic.CENTRE]), crs=4326).to_crs(32631).iloc[0]
    )
    away = network.geometry.to_crs(32631).centroid.distance(centre)

    def density(nearest_m: float, farthest_m: float) -> float:
        inside = network["length_m"][(away >= nearest_m) & (away < farthest_m)].sum()
        return inside / (farthest_m**2 - nearest_m**2)

    assert density(0, 600) > 1.3 * density(1_000, 2_000) > 1.3 * density(3_000, 4_000)


def test_its_streets_reach_all_of_it_and_do_not_leave_it(made):
    city = made.boundary.geometry.iloc[0]
    assert city.covers(made.streets.union_all())
    streets_m = made.streets.geometry.to_crs(32631).union_all()
    place = made.boundary.geometry.to_crs(32631).sample_points(500, rng=1).explode()
    away = place.distance(streets_m)
    assert away.median() < 50
    assert away.max() < 250  # a park's middle, or the farthest field


def test_its_districts_tile_it_exactly(made):
    assert 4 <= len(made.districts) <= 6
    assert made.districts["name"].is_unique
    assert made.districts.is_valid.all()
    city = made.boundary.geometry.iloc[0]
    union = made.districts.union_all()
    assert union.equals(city)
    shapes = list(made.districts.geometry)
    for at, one in enumerate(shapes):
        for other in shapes[at + 1 :]:
            assert not shapely.relate_pattern(one, other, "2********")


def test_every_incident_is_on_or_near_the_street_it_names(made):
    network = streets.prepare(made.streets, id_column="id", name_column="name")
    place = made.incidents["longitude"], made.incidents["latitude"]
    found = streets.snap(place, network)
    assert found.unsnapped == 0
    assert found.distance_m.max() <= 12.2  # and the rounding of coordinates
    named = "On or near " + network["name"].to_numpy()[found.segment]
    assert (named == made.incidents["location_text"]).mean() > 0.999
    assert found.distance_m.mean() > 3  # nobody lives in the middle of the road


def test_nights_and_weekends_differ_by_offence(made):
    exact = made.incidents["time_precision"] == "exact"
    hour, day = local(made)[exact].dt.hour, local(made)[exact].dt.day_of_week
    code = made.incidents["offence_code"][exact]
    night = hour.isin([21, 22, 23, 0, 1, 2])
    assert night[code == "violence-with-injury"].mean() > 0.6
    assert night[code == "shoplifting"].mean() < 0.05
    assert day.isin([4, 5])[code == "violence-with-injury"].mean() > 0.45
    assert day.isin([4, 5])[code == "shoplifting"].mean() < 0.35


def test_burglaries_repeat_near_in_place_and_time(made):
    burglary = made.incidents[made.incidents["offence_code"] == "burglary-residential"]
    x = burglary["longitude"].to_numpy() * 111_195 * np.cos(np.radians(synthetic.CENTRE[1]))
    y = burglary["latitude"].to_numpy() * 111_195
    day = burglary["occurred_from"].astype("int64").to_numpy() / 86_400e6

    def near_pairs(days: np.ndarray) -> int:
        close = np.hypot(x[:, None] - x, y[:, None] - y) <= 200
        soon = np.abs(days[:, None] - days) <= 14
        return int(np.triu(close & soon, 1).sum())

    shuffled = np.random.default_rng(1)
    by_chance = [near_pairs(shuffled.permutation(day)) for _ in range(19)]
    assert near_pairs(day) > max(by_chance)


def test_its_file_has_defects_of_every_kind_at_known_places(made):
    rows = synthetic.raw_table(made)
    assert len(rows) == len(made.incidents)
    defective = rows.iloc[150::400]
    assert (defective["longitude"] == "").any()
    assert (defective["longitude"] == "0").any()
    assert (defective["offence_code"] == "").any()
    assert (defective["occurred_from"] == "yesterday").any()
    sound = rows.drop(defective.index)
    assert (sound["longitude"] != "").all()


def test_nothing_is_planted_on_request():
    assert synthetic.city(seed=1, incidents=500, plant=False).planted.empty


def digest(made: synthetic.City) -> str:
    content = hashlib.sha256(made.incidents.to_csv(index=False).encode())
    content.update(synthetic.raw_table(made).to_csv().encode())
    content.update(made.planted.to_csv(index=False).encode())
    for table in (made.boundary, made.districts, made.streets):
        content.update(table.to_wkb(hex=True).to_csv(index=False).encode())
    return content.hexdigest()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "e3ea5a5ce48a355fb1297b396c3cf609514f02b53308b86f39de9f6bf2924930"),
        (
            {"seed": 1, "incidents": 20_000, "start": "2022-01-01", "end": "2024-12-31"},
            "b0d590cf1f87cfc49d440ee1a31b98bba316e8adf577165e421de39c17bc413c",
        ),
        (
            {"seed": 2, "incidents": 500, "plant": False},
            "ab95399ca9ccabe113444aaba4fccafc56a31ccf672bce153552bd084c0fa1e2",
        ),
    ],
)
def test_cities_asked_for_as_before_are_what_they_were_to_the_byte(asked, expected):
    assert digest(synthetic.city(**asked)) == expected


def near(made: synthetic.City, spot, radius_m: float) -> pd.DataFrame:
    """The incidents around a planted spot, with their local day."""
    east = 111_195 * np.cos(np.radians(synthetic.CENTRE[1]))
    away = np.hypot(
        (made.incidents["longitude"] - spot.longitude) * east,
        (made.incidents["latitude"] - spot.latitude) * 111_195,
    )
    return made.incidents[away <= radius_m].assign(
        day=local(made).dt.tz_localize(None).dt.normalize()
    )


def test_spots_that_move_are_at_one_place_and_then_at_another():
    made = synthetic.city(seed=7, incidents=20_000, spots="move")
    before, after = made.planted.iloc[:8], made.planted.iloc[8:]
    assert before["incidents"].sum() + after["incidents"].sum() > 1_500
    assert (after["first_day"].to_numpy() > before["last_day"].to_numpy()).all()
    for spot in made.planted.itertuples():
        own = near(made, spot, 150)
        own = own[own["offence_code"] == spot.offence_code]
        there = own["day"].between(spot.first_day, spot.last_day)
        length = (spot.last_day - spot.first_day).days + 1
        by_day = there.sum() / length
        otherwise = (~there).sum() / (731 - length)
        assert by_day > 3 * otherwise


def test_spots_that_fade_hold_ever_less_until_nothing_is_left():
    made = synthetic.city(seed=7, incidents=20_000, spots="fade")
    assert len(made.planted) == 8
    for spot in made.planted.itertuples():
        own = near(made, spot, 150)
        day = own.loc[own["offence_code"] == spot.offence_code, "day"]
        through = (day - spot.first_day) / (spot.last_day - spot.first_day + pd.Timedelta(days=1))
        early, late = (through < 0.5).sum(), ((through >= 0.5) & (through < 1)).sum()
        assert early > 1.7 * late  # three times as many, and what happens there anyway
        assert spot.last_day > pd.Timestamp("2024-12-20")


def test_what_happens_depends_on_the_place_where_it_was_asked_to():
    def unlike(severity: str) -> float:
        """How far offences depend on districts of a square kilometre: chi-square by its mean."""
        made = synthetic.city(seed=7, incidents=20_000, plant=False, severity=severity)
        rows = made.incidents
        block = (rows["longitude"] / 0.0155).round().astype(str) + (
            rows["latitude"] / 0.009
        ).round().astype(str)
        code = rows["offence_code"].where(rows["offence_code"] != "burglary-residential")
        table = pd.crosstab(block, code).to_numpy(dtype=float)
        table = table[table.sum(axis=1) >= 50]
        mean = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
        return ((table - mean) ** 2 / mean).sum() / ((len(table) - 1) * (table.shape[1] - 1))

    assert unlike("spots") < 1.15  # and there are none
    assert unlike("everywhere") > 3


def test_spots_have_no_offence_of_their_own_where_severity_depends_on_no_place():
    made = synthetic.city(seed=7, incidents=20_000, severity="nowhere")
    assert made.planted["offence_code"].isna().all()
    busiest = max(made.planted.itertuples(), key=lambda spot: spot.incidents)
    own = near(made, busiest, 150)["offence_code"]
    assert len(own) >= 0.8 * busiest.incidents
    assert (own == "violence-with-injury").mean() < 0.15


def test_each_kind_of_city_is_the_same_again_and_has_the_streets_of_its_seed():
    asked = {"seed": 2, "incidents": 500, "spots": "move", "severity": "everywhere"}
    made, plain = synthetic.city(**asked), synthetic.city(seed=2, incidents=500)
    assert digest(made) == digest(synthetic.city(**asked)) != digest(plain)
    assert made.streets.to_wkb().equals(plain.streets.to_wkb())
    assert len(check(made.incidents)) == 500


@pytest.mark.parametrize("asked", [{"spots": "dance"}, {"severity": "somewhere"}])
def test_a_kind_of_city_that_does_not_exist_is_refused(asked):
    with pytest.raises(InvalidInputError, match=f"{next(iter(asked))} is one of"):
        synthetic.city(incidents=500, **asked)


@pytest.mark.parametrize("change", [{"incidents": 5}, {"start": "2026-01-01"}])
def test_a_city_that_cannot_be_is_refused(change):
    with pytest.raises(InvalidInputError):
        synthetic.city(**({"incidents": 500} | change))
