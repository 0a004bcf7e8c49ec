"""The simulator: one seed, one city, with its streets, its districts and what happened there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import geopandas as gpd
import numpy as np
import pandas as pd

from spatial.errors import InvalidInputError
from spatial.synthetic import ground, happenings, network, places
from spatial.synthetic.fates import SPOTS, Fates, Spots

# Streets and districts have sources of chance of their own: what is drawn for one moves no other.
_STREETS, _ASIDE, _DISTRICTS, _FATES, _SEVERITY = 1, 2, 3, 4, 5

Severity: TypeAlias = Literal["spots", "everywhere", "nowhere"]

SEVERITIES: Final = get_args(Severity)


@dataclass(frozen=True)
class City:
    """A synthetic city and what happened in it.

    Parameters
    ----------
    name, time_zone
        What it is called, and its IANA zone.
    boundary
        One polygon with its `name`, EPSG:4326.
    districts
        Polygons with their `name` that tile the boundary exactly, EPSG:4326.
    streets
        One line between two junctions a row: `id`, `name` (that of its whole street) and
        `road_class`, EPSG:4326. They are one network.
    incidents
        Canonical columns, one row per incident.
    planted
        The harm spots that were put there: `longitude`, `latitude`, `radius_m`, `offence_code`
        and `incidents`; of spots that move or fade `first_day` and `last_day`, too, the local days
        from which and until which they were there. A spot without an offence of its own has None.
    """

    name: str
    time_zone: str
    boundary: gpd.GeoDataFrame
    districts: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    incidents: pd.DataFrame
    planted: pd.DataFrame


def city(
    seed: int = 1,
    *,
    incidents: int = 20_000,
    start: str = "2024-01-01",
    end: str = "2025-12-31",
    plant: bool = True,
    spots: Spots = "persist",
    severity: Severity = "spots",
) -> City:
    """Simulate a city.

    Incidents gather smoothly around a centre, high streets and neighbourhoods; on top of that,
    planted spots hold more harm than their surroundings, and burglaries are followed by others
    near by within two weeks (near repeats; Townsley, Homel and Chaseling 2003). All of them happen
    along the city's streets.

    Parameters
    ----------
    seed
        The same seed gives the same city, to the byte.
    incidents
        Number of incidents.
    start, end
        First and last day, local.
    plant
        Whether to plant harm spots.
    spots
        What becomes of them: they ``persist``; ``move``, each once and to another part of the
        city, between a quarter and three quarters through the window; or ``fade``, each evenly
        from the first day until nothing is left of it, on a day of the second half.
    severity
        Where it depends on the place what happens: at the planted ``spots`` alone, each of which
        has an offence of its own; ``everywhere``, since each neighbourhood has its own mix, too; or
        ``nowhere``, so that places differ in how much happens and in nothing else.

    Raises
    ------
    InvalidInputError
        When there are fewer than 100 incidents, the window is empty, or there is no such kind of
        spots or severity.

    Examples
    --------
    >>> made = city(seed=1, incidents=1000)
    >>> len(made.incidents), len(made.planted), made.time_zone
    (1000, 8, 'Europe/London')
    >>> len(made.districts), 6_000 < len(made.streets) < 10_000
    (6, True)
    """
    if incidents < 100:
        raise InvalidInputError(f"A city needs at least 100 incidents, not {incidents}.")
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    if last < first:
        raise InvalidInputError(f"start ({start}) is after end ({end}).")
    for name, asked, known in (("spots", spots, SPOTS), ("severity", severity, SEVERITIES)):
        if asked not in known:
            raise InvalidInputError(f"{name} is one of {', '.join(known)}, not {asked!r}.")
    days = (last - first).days + 1
    random = np.random.default_rng(seed)
    outline = ground.outline(random)
    hotbeds = places.hotbeds(random)
    centres = places.spots(random, outline)

    names = np.array([name for name, _, _ in happenings.OFFENCES])
    rhythm = {name: kind for name, _, kind in happenings.OFFENCES}
    frequency = np.array([share for _, share, _ in happenings.OFFENCES])
    spot_share = (
        np.array([share for _, share in places.SPOTS]) if plant else np.zeros(len(places.SPOTS))
    )
    at_spot = random.multinomial(incidents, [*spot_share, 1 - spot_share.sum()])
    offence = random.choice(names, incidents, p=frequency / frequency.sum())
    place = places.background(random, outline, hotbeds, incidents)
    if severity == "everywhere":
        mixing = np.random.default_rng([seed, _SEVERITY])
        offence = happenings.by_neighbourhood(mixing, place, frequency)
    begin = 0
    for (kind, _), centre, many in zip(places.SPOTS, centres, at_spot[:-1].tolist(), strict=True):
        own = slice(begin, begin + many)
        angle, reach = random.uniform(0, 2 * np.pi, many), np.sqrt(random.uniform(0, 1, many))
        place[own] = centre + places.SPOT_RADIUS_M * np.column_stack(
            (reach * np.cos(angle), reach * np.sin(angle))
        )
        of_its_kind = random.uniform(size=many) < 0.7
        if severity != "nowhere":
            offence[own] = np.where(of_its_kind, kind, offence[own])
        begin += many

    fate = np.random.default_rng([seed, _FATES])
    fates = Fates.drawn(fate, spots, centres, outline, days)
    spot = np.repeat(np.arange(len(centres)), at_spot[:-1])
    day = random.integers(0, days, incidents).astype(float)
    day[:begin] = fates.days_of(spot, day[:begin])
    day = happenings.weekly(random, day, offence, rhythm, first)
    day[:begin], place[:begin] = fates.follow(spot, day[:begin], place[:begin])
    hour = happenings.hours(random, offence, rhythm)
    moment = day + hour / 24
    places.repeat_near(random, place, moment, offence == "burglary-residential", outline, begin)
    moment = np.clip(moment, 0, days - 1e-4)

    streets = network.streets(np.random.default_rng([seed, _STREETS]), outline)
    place, street = places.along_streets(np.random.default_rng([seed, _ASIDE]), place, streets)
    table = happenings.canonical(random, place, street, moment, offence, first)
    planted = fates.table(spot, day[:begin], first)
    if severity == "nowhere":
        planted["offence_code"] = None
    return City(
        name=ground.NAME,
        time_zone=ground.TIME_ZONE,
        boundary=ground.boundary(outline),
        districts=ground.districts(np.random.default_rng([seed, _DISTRICTS]), outline),
        streets=streets,
        incidents=table,
        planted=planted,
    )


def raw_table(made: City) -> pd.DataFrame:
    """Return a city's incidents as a file would hold them: text, a few rows of it defective.

    The defects stand at fixed places, every 400 rows, and are of each kind that real files have:
    no coordinates, swapped ones, zeros, a time to come, no offence, a repeated row.

    Examples
    --------
    >>> rows = raw_table(city(seed=1, incidents=1000))
    >>> len(rows), rows["source"].unique().tolist()
    (1000, ['synthetic'])
    """
    rows = made.incidents.copy()
    for column in ("occurred_from", "occurred_to", "reported_at"):
        rows[column] = rows[column].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for column in ("longitude", "latitude"):
        rows[column] = rows[column].map("{:.6f}".format)
    rows = rows.drop(columns="attributes").astype(object)
    defects = (
        {"longitude": "", "latitude": ""},
        {"longitude": "0", "latitude": "0"},
        {"occurred_from": "2199-01-01T00:00:00Z", "occurred_to": "", "time_precision": "exact"},
        {"offence_code": "", "offence_name": ""},
        {"longitude": "154.500000", "latitude": "102.600000"},
        {"occurred_from": "yesterday"},
    )
    for number, at in enumerate(range(150, len(rows), 400)):
        for column, value in defects[number % len(defects)].items():
            rows.loc[at, column] = value
    return rows
