"""The intervals of expected harm, on many cities of the model and on a real one."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import stats

from spatial import cube, forecast, grid
from tests.forecasting import CLASSES, City, judged, shortfall

CITIES = {
    "some": City(0.5, 0.5, 0.2),
    "few": City(0.1, 1, 0.5),
    "many": City(8, 1, 0),
    "of chance alone": City(1, 0, 0),
    "short histories": City(0.5, 0.5, 0.2, steps=12),
    "of one offence": City(1, 0.5, 0, (1.0,), (1,)),
}
SEEDS = 20
FAMILIES = {
    "burglary": "burglary",
    "robbery": "robbery",
    "violence-and-sexual-offences": "violence",
    "criminal-damage-and-arson": "damage",
    "vehicle-crime": "vehicle",
    "other-theft": "theft",
    "theft-from-the-person": "theft",
    "bicycle-theft": "theft",
    "public-order": "disorder",
    "anti-social-behaviour": "disorder",
    "other-crime": "disorder",
}


def test_intervals_hold_and_transforms_are_uniform_on_cities_of_the_model(proved):
    told = []
    for name, city in CITIES.items():
        found = list(judged(city, range(SEEDS)))
        units, covered = (np.sum([seed[at] for seed in found], axis=0) for at in (0, 1))
        p = np.array([seed[2] for seed in found])
        assert shortfall(units, covered).max() <= 2, name
        # The p-values of right transforms are uniform themselves; of so many, a few are small.
        assert (p < 0.01).sum() <= stats.binom.ppf(0.999, SEEDS, 0.01), name
        least = (covered / np.maximum(units, 1))[units >= 100].min()
        told.append(f"{name}: at least {least:.1%}, {(p > 0.01).sum()} of {SEEDS} seeds uniform")
    proved(
        "Intervals of expected harm hold what comes, on cities drawn from the model",
        f"Least coverage of a class of expected count (edges {CLASSES[1:-1]}) by kind of city, and "
        f"seeds with a uniform transform (KS p > 0.01): {'; '.join(told)}.",
    )


def test_intervals_hold_in_the_city_of_london(proved, shared_data):
    folder = shared_data / "city-of-london"
    rows = pd.concat(map(pd.read_csv, sorted((folder / "street").glob("*.csv"))))
    rows = rows.dropna(subset=["Longitude", "Latitude"])
    rows = rows[rows["Crime ID"].isna() | ~rows["Crime ID"].duplicated()]
    rows["code"] = rows["Crime type"].str.lower().str.replace(" ", "-")
    area = shapely.union_all(gpd.read_file(folder / "study_area.geojson").geometry)
    rows = rows[
        rows["code"].isin(FAMILIES) & shapely.contains_xy(area, rows.Longitude, rows.Latitude)
    ]
    index = pd.read_csv("data/harm_indexes/cchi-2026-police-uk.csv", index_col="offence_code")
    weight = index["weight"].reindex(list(FAMILIES)).to_numpy()
    month = rows["Month"].to_numpy().astype("datetime64[M]")
    told = []
    for resolution in (9, 10, 11):
        study = grid.cover(area, resolution)
        at = grid.index(rows["Longitude"], rows["Latitude"], resolution)
        known = cube.build(
            grid.positions(at, study),
            (month.astype("datetime64[D]") + 15).astype(int),
            rows["code"].to_numpy(),
            units=len(study),
            codes=tuple(FAMILIES),
        )
        units, covered = np.zeros(len(CLASSES) - 1), np.zeros(len(CLASSES) - 1)
        for origin in pd.date_range("2019-04-01", "2020-03-01", freq="MS"):
            first, after = (
                (day - pd.Timestamp(0)).days for day in (origin, origin + pd.offsets.MonthBegin())
            )
            f = forecast.expected(
                known.until(first - 1).counts(months=True),
                weight,
                list(FAMILIES.values()),
                grid.neighbours(study),
                interval=0.95,
            )
            came = known.between(first, after - 1).harm(weight)
            inside = (f.low <= came) & (came <= f.high)
            units += np.histogram(f.count(), CLASSES)[0]
            covered += np.histogram(f.count()[inside], CLASSES)[0]
        share = (covered / np.maximum(units, 1))[units > 0]
        assert share.min() >= 0.93, resolution
        told.append(f"{resolution}: {', '.join(f'{one:.1%}' for one in share)}")
    proved(
        "Intervals of expected harm hold what comes, in the City of London",
        "Coverage by class of expected count, 12 months from April 2019, by resolution: "
        f"{'; '.join(told)}. Two of these months are February and March 2020.",
    )
