"""The cities: two real ones, and sample cities whose truth is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from spatial.synthetic import city

ROOT: Final = Path(__file__).resolve().parents[2]
SHARED: Final = ROOT.parent / "shared" / "data"
INDEXES: Final = ROOT / "data" / "harm_indexes"

TORONTO: Final = pd.DataFrame(
    [
        ("Assault", 197.1, "violence"),
        ("Robbery", 365.0, "robbery"),
        ("Break and Enter", 221.61, "burglary"),
        ("Auto Theft", 5.0, "vehicle"),
        ("Theft Over", 2.0, "theft"),
    ],
    columns=["offence_code", "weight", "family"],
)
"""Toronto's five types with the weights that the Cambridge index gives the nearest categories."""

SAMPLE: Final = {"incidents": 20_000, "start": "2022-01-01", "end": "2024-12-31"}


@dataclass(frozen=True)
class Happened:
    """What happened in a city, and where its edge is.

    Parameters
    ----------
    name
        What the city is called.
    longitude, latitude, code
        Place and offence of each incident that the index weighs, shape (n,).
    day
        Local day, shape (n,), datetime64[D]; the first of the month where no more is known.
    by_day
        Whether days are known.
    area
        The study area, degrees.
    index
        `offence_code`, `weight` and `family` of what victims and witnesses report.
    streets
        The city's streets, where there are some.
    """

    name: str
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    code: NDArray[np.object_]
    day: NDArray[np.datetime64]
    by_day: bool
    area: BaseGeometry
    index: pd.DataFrame
    streets: gpd.GeoDataFrame | None = None

    def moved_to(self, longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> Happened:
        """Return the same incidents elsewhere."""
        return replace(self, longitude=longitude, latitude=latitude)

    def only(self, kept: NDArray[np.bool_]) -> Happened:
        """Return some of the incidents."""
        return replace(
            self,
            longitude=self.longitude[kept],
            latitude=self.latitude[kept],
            code=self.code[kept],
            day=self.day[kept],
        )


def harm_index(name: str) -> pd.DataFrame:
    """Return code, weight and family of what victims report; a code without family is its own."""
    table = pd.read_csv(INDEXES / f"{name}.csv")
    table["family"] = table["family"].fillna(table["offence_code"])
    victim = table["detection"] == "victim"
    return table.loc[victim, ["offence_code", "weight", "family"]].reset_index(drop=True)


def london(shared: Path = SHARED) -> Happened:
    """Return two years of the City of London, an incident for each Crime ID that has a place."""
    columns = ["Crime ID", "Month", "Longitude", "Latitude", "Crime type"]
    files = sorted((shared / "city-of-london/street").glob("*.csv"))
    rows = pd.concat([pd.read_csv(file, usecols=columns) for file in files], ignore_index=True)
    rows = rows[rows["Longitude"].notna()]
    again = rows["Crime ID"].notna() & rows["Crime ID"].duplicated()
    return _weighed(
        "City of London",
        rows[~again],
        place=("Longitude", "Latitude"),
        code=rows.loc[~again, "Crime type"].str.lower().str.replace(" ", "-"),
        day=pd.to_datetime(rows.loc[~again, "Month"]),
        by_day=False,
        area=_area(shared / "city-of-london/study_area.geojson"),
        index=harm_index("cchi-2026-police-uk"),
    )


def toronto(shared: Path = SHARED) -> Happened:
    """Return three years of major crime in Toronto, at the crossings they were moved to."""
    rows = pd.read_csv(shared / "toronto/major-crime-2014-2016.csv.gz")
    midnight = pd.to_datetime(rows["occurrencedate"] + "00", format="%Y/%m/%d %H:%M:%S%z")
    return _weighed(
        "Toronto",
        rows,
        place=("Long", "Lat"),
        code=rows["MCI"],
        day=midnight.dt.tz_convert("America/Toronto"),
        by_day=True,
        area=_area(shared / "toronto/study_area.geojson"),
        index=TORONTO,
    )


def sample(seed: int, name: str = "Sample city", **spots: Any) -> Happened:
    """Return three years of a sample city; `spots` are further arguments of `city`."""
    made = city(seed, **SAMPLE, **spots)
    return _weighed(
        f"{name} {seed}",
        made.incidents,
        place=("longitude", "latitude"),
        code=made.incidents["offence_code"],
        day=made.incidents["occurred_from"].dt.tz_convert(made.time_zone),
        by_day=True,
        area=made.boundary.geometry.iloc[0],
        index=harm_index("cchi-2026-home-office"),
        streets=made.streets,
    )


def _area(file: Path) -> BaseGeometry:
    features: list[Mapping[str, Any]] = json.loads(file.read_text())["features"]
    return shapely.geometry.shape(features[0]["geometry"])


def _weighed(
    name: str,
    rows: pd.DataFrame,
    *,
    place: tuple[str, str],
    code: pd.Series,
    day: pd.Series,
    by_day: bool,
    area: BaseGeometry,
    index: pd.DataFrame,
    streets: gpd.GeoDataFrame | None = None,
) -> Happened:
    weighed = code.isin(index["offence_code"]).to_numpy()
    longitude, latitude = (rows[column].to_numpy(dtype=np.float64) for column in place)
    whole = Happened(
        name=name,
        longitude=longitude,
        latitude=latitude,
        code=code.to_numpy(dtype=object),
        day=day.dt.tz_localize(None).to_numpy().astype("datetime64[D]"),
        by_day=by_day,
        area=area,
        index=index,
        streets=streets,
    )
    return whole.only(weighed)
