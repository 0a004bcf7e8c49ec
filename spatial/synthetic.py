"""A synthetic city: a seeded simulator with planted harm spots, for demos, tests and calibration.

Nothing in it is real. The city lies in the open sea, so that no street of it can be taken for one
that exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from spatial.errors import InvalidInputError
from spatial.incidents import COLUMNS

NAME: Final = "Harmouth (synthetic)"
TIME_ZONE: Final = "Europe/London"
CENTRE: Final = (2.6, 54.5)
"""Longitude and latitude of the city's centre, in the North Sea."""

RADIUS_M: Final = 5_000.0
_M_PER_DEGREE: Final = 111_195.0  # of latitude, on the sphere of equal volume

# Offence, relative frequency, and when in the week it happens.
_OFFENCES: Final = (
    ("violence-with-injury", 0.085, "night"),
    ("violence-without-injury", 0.14, "night"),
    ("stalking-harassment", 0.08, "day"),
    ("rape", 0.008, "night"),
    ("other-sexual-offences", 0.017, "night"),
    ("robbery-personal", 0.025, "evening"),
    ("burglary-residential", 0.06, "day"),
    ("burglary-non-residential", 0.03, "small hours"),
    ("shoplifting", 0.10, "shops"),
    ("theft-from-the-person", 0.045, "evening"),
    ("bicycle-theft", 0.04, "day"),
    ("other-theft", 0.10, "day"),
    ("vehicle-offences", 0.085, "small hours"),
    ("criminal-damage", 0.09, "evening"),
    ("public-order", 0.06, "night"),
    ("drugs-possession", 0.025, "evening"),
    ("weapons-possession", 0.0096, "evening"),
    ("homicide", 0.0004, "night"),
)

# Each planted spot: what happens there, and its share of all incidents.
_SPOTS: Final = (
    ("violence-with-injury", 0.018),
    ("violence-with-injury", 0.014),
    ("violence-with-injury", 0.010),
    ("robbery-personal", 0.012),
    ("robbery-personal", 0.009),
    ("burglary-residential", 0.012),
    ("other-sexual-offences", 0.006),
    ("burglary-non-residential", 0.009),
)
SPOT_RADIUS_M: Final = 150.0

_FIRST: Final = (
    "Tern", "Gannet", "Anchor", "Quay", "Lantern", "Harbour", "Sail", "Mill", "Foundry", "Chapel",
    "Orchard", "Beacon", "Cooper", "Dyer", "Fuller", "Saddler", "Heron", "Plover", "Curlew", "Wren",
)  # fmt: skip
_SECOND: Final = ("Street", "Road", "Lane", "Row", "Court", "Hill", "Walk", "Place")

NEAR_REPEAT_SHARE: Final = 0.15
NEAR_REPEAT_M: Final = 200.0
NEAR_REPEAT_DAYS: Final = 14.0
LATE_REPORT_SHARE: Final = 0.005


@dataclass(frozen=True)
class City:
    """A synthetic city and what happened in it.

    Parameters
    ----------
    name, time_zone
        What it is called, and its IANA zone.
    boundary
        One polygon with its `name`, EPSG:4326.
    incidents
        Canonical columns, one row per incident.
    planted
        The harm spots that were put there: `longitude`, `latitude`, `radius_m`, `offence_code`
        and `incidents`.
    """

    name: str
    time_zone: str
    boundary: gpd.GeoDataFrame
    incidents: pd.DataFrame
    planted: pd.DataFrame


def city(
    seed: int = 1,
    *,
    incidents: int = 20_000,
    start: str = "2024-01-01",
    end: str = "2025-12-31",
    plant: bool = True,
) -> City:
    """Simulate a city.

    Incidents gather smoothly around a centre, high streets and neighbourhoods; on top of that,
    planted spots hold more harm than their surroundings, and burglaries are followed by others
    near by within two weeks (near repeats; Townsley, Homel and Chaseling 2003).

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

    Raises
    ------
    InvalidInputError
        When there are fewer than 100 incidents, or the window is empty.

    Examples
    --------
    >>> made = city(seed=1, incidents=1000)
    >>> len(made.incidents), len(made.planted), made.time_zone
    (1000, 8, 'Europe/London')
    """
    if incidents < 100:
        raise InvalidInputError(f"A city needs at least 100 incidents, not {incidents}.")
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    if last < first:
        raise InvalidInputError(f"start ({start}) is after end ({end}).")
    random = np.random.default_rng(seed)
    outline = _outline(random)
    hotbeds = _hotbeds(random)
    spots = _spots(random, outline)

    names = np.array([name for name, _, _ in _OFFENCES])
    rhythm = {name: kind for name, _, kind in _OFFENCES}
    frequency = np.array([share for _, share, _ in _OFFENCES])
    spot_share = np.array([share for _, share in _SPOTS]) if plant else np.zeros(len(_SPOTS))
    at_spot = random.multinomial(incidents, [*spot_share, 1 - spot_share.sum()])
    offence = random.choice(names, incidents, p=frequency / frequency.sum())
    place = _background(random, outline, hotbeds, incidents)
    begin = 0
    for (kind, _), centre, many in zip(_SPOTS, spots, at_spot[:-1].tolist(), strict=True):
        own = slice(begin, begin + many)
        angle, reach = random.uniform(0, 2 * np.pi, many), np.sqrt(random.uniform(0, 1, many))
        place[own] = centre + SPOT_RADIUS_M * np.column_stack(
            (reach * np.cos(angle), reach * np.sin(angle))
        )
        offence[own] = np.where(random.uniform(size=many) < 0.7, kind, offence[own])
        begin += many

    day = random.integers(0, (last - first).days + 1, incidents).astype(float)
    day = _weekly(random, day, offence, rhythm, first)
    hour = _hours(random, offence, rhythm)
    moment = day + hour / 24
    _repeat_near(random, place, moment, offence == "burglary-residential", outline, begin)
    moment = np.clip(moment, 0, (last - first).days + 1 - 1e-4)

    table = _canonical(random, place, moment, offence, first)
    planted = pd.DataFrame(
        {
            "longitude": _lonlat(spots)[:, 0],
            "latitude": _lonlat(spots)[:, 1],
            "radius_m": SPOT_RADIUS_M,
            "offence_code": [kind for kind, _ in _SPOTS],
            "incidents": at_spot[:-1],
        }
    )
    boundary = gpd.GeoDataFrame(
        {"name": [NAME]}, geometry=[shapely.Polygon(_lonlat(outline).round(6))], crs=4326
    )
    return City(NAME, TIME_ZONE, boundary, table, planted[planted["incidents"] > 0])


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


def noise_units(
    seed: int, side: int = 40, incidents: int = 800
) -> tuple[NDArray[np.float64], sparse.csr_array]:
    """Return harm without hot spots on a square lattice: the null model of calibration tests.

    Parameters
    ----------
    seed
        Seed of the draw.
    side
        The lattice has side x side units, neighbours share an edge or corner.
    incidents
        Number of incidents, each on a unit at random, its harm heavy-tailed (1 to 5,475 days).

    Returns
    -------
    harm, neighbours
        Shape (side²,), and a binary matrix of shape (side², side²) with zero diagonal.

    Examples
    --------
    >>> harm, neighbours = noise_units(seed=1)
    >>> harm.shape, int(neighbours.sum(axis=1).max())
    ((1600,), 8)
    """
    random = np.random.default_rng(seed)
    weight = np.array([1, 2, 5, 10, 197.1, 365, 5475])
    drawn = random.choice(weight, incidents, p=[0.3, 0.3, 0.12, 0.12, 0.1, 0.058, 0.002])
    unit = random.integers(0, side**2, incidents)
    harm = np.bincount(unit, weights=drawn, minlength=side**2).astype(np.float64)
    line = sparse.diags_array([1, 1, 1], offsets=[-1, 0, 1], shape=(side, side), dtype=np.int8)
    around = sparse.csr_array(sparse.kron(line, line) - sparse.eye_array(side**2, dtype=np.int8))
    around.eliminate_zeros()
    return harm.round(2), around


def _outline(random: np.random.Generator) -> NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    waves = sum(
        random.uniform(0.02, 0.09) * np.sin(k * angle + random.uniform(0, 2 * np.pi))
        for k in range(2, 7)
    )
    radius = RADIUS_M * (1 + waves)
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def _hotbeds(random: np.random.Generator) -> NDArray[np.float64]:
    """Return centres, spreads and shares of the places around which incidents gather."""
    centre = np.array([[0.0, 0.0, 650.0, 0.22]])
    towards = random.uniform(0, 2 * np.pi, 5)
    streets = [
        [step * 450 * np.cos(a), step * 450 * np.sin(a), 160.0, 0.03 / (0.6 + 0.15 * step)]
        for a in towards
        for step in range(2, 7)
    ]
    away, angle = random.uniform(1_200, 4_300, 22), random.uniform(0, 2 * np.pi, 22)
    areas = np.column_stack(
        (
            away * np.cos(angle),
            away * np.sin(angle),
            random.uniform(350, 900, 22),
            random.uniform(0.5, 1.5, 22) * 0.018,
        )
    )
    return np.vstack((centre, streets, areas))


def _spots(random: np.random.Generator, outline: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return centres of the planted spots, at least a kilometre apart and well inside."""
    inside = shapely.Polygon(outline).buffer(-2 * SPOT_RADIUS_M)
    chosen: list[NDArray[np.float64]] = []
    while len(chosen) < len(_SPOTS):
        tried = random.uniform(-RADIUS_M, RADIUS_M, 2)
        apart = all(np.hypot(*(tried - other)) >= 1_000 for other in chosen)
        if apart and inside.contains(shapely.Point(tried)):
            chosen.append(tried)
    return np.array(chosen)


def _background(
    random: np.random.Generator,
    outline: NDArray[np.float64],
    hotbeds: NDArray[np.float64],
    incidents: int,
) -> NDArray[np.float64]:
    polygon = shapely.Polygon(outline)
    shapely.prepare(polygon)
    share = np.append(hotbeds[:, 3], 0.25)  # the last: anywhere
    placed: list[NDArray[np.float64]] = []
    lacking = incidents
    while lacking > 0:
        drawn = int(lacking * 1.4) + 50
        kind = random.choice(len(share), drawn, p=share / share.sum())
        anywhere = kind == len(hotbeds)
        bed = hotbeds[np.minimum(kind, len(hotbeds) - 1)]
        spread = random.normal(size=(drawn, 2)) * bed[:, 2:3]
        place = np.where(
            anywhere[:, None],
            random.uniform(-1.3 * RADIUS_M, 1.3 * RADIUS_M, (drawn, 2)),
            bed[:, :2] + spread,
        )
        kept = place[shapely.contains_xy(polygon, place[:, 0], place[:, 1])][:lacking]
        placed.append(kept)
        lacking -= len(kept)
    return np.vstack(placed)


def _weekly(
    random: np.random.Generator,
    day: NDArray[np.float64],
    offence: NDArray[np.str_],
    rhythm: dict[str, str],
    first: pd.Timestamp,
) -> NDArray[np.float64]:
    """Move some incidents of the night to the nearest Friday or Saturday."""
    night = np.array([rhythm[name] == "night" for name in rhythm])[
        pd.Categorical(offence, categories=list(rhythm)).codes
    ]
    moved = night & (random.uniform(size=len(day)) < 0.45)
    weekday = (day + first.day_of_week) % 7
    target = np.where(random.uniform(size=len(day)) < 0.45, 4, 5)
    shifted = day + target - weekday
    return np.where(moved & (shifted >= 0) & (shifted <= day.max()), shifted, day)


def _hours(
    random: np.random.Generator, offence: NDArray[np.str_], rhythm: dict[str, str]
) -> NDArray[np.float64]:
    centres = {
        "night": (23.0, 2.2),
        "evening": (19.0, 3.0),
        "day": (13.5, 4.0),
        "shops": (14.5, 2.5),
        "small hours": (2.5, 2.5),
    }
    kind = pd.Categorical(offence, categories=list(rhythm)).codes
    middle = np.array([centres[rhythm[name]][0] for name in rhythm])[kind]
    spread = np.array([centres[rhythm[name]][1] for name in rhythm])[kind]
    hour: NDArray[np.float64] = (middle + spread * random.normal(size=len(offence))) % 24
    return hour


def _repeat_near(
    random: np.random.Generator,
    place: NDArray[np.float64],
    moment: NDArray[np.float64],
    burglary: NDArray[np.bool_],
    outline: NDArray[np.float64],
    planted: int,
) -> None:
    """Move some burglaries near to an earlier one, in place and in time."""
    every = np.flatnonzero(burglary)
    every = every[every >= planted]
    many = int(len(every) * NEAR_REPEAT_SHARE)
    if many == 0:
        return
    followers = random.choice(every, many, replace=False)
    origins = random.choice(every, many)
    angle, reach = random.uniform(0, 2 * np.pi, many), random.uniform(0, NEAR_REPEAT_M, many)
    near = place[origins] + np.column_stack((reach * np.cos(angle), reach * np.sin(angle)))
    inside = shapely.contains_xy(shapely.Polygon(outline), near[:, 0], near[:, 1])
    place[followers[inside]] = near[inside]
    moment[followers] = moment[origins] + random.uniform(0.1, NEAR_REPEAT_DAYS, many)


def _canonical(
    random: np.random.Generator,
    place: NDArray[np.float64],
    moment: NDArray[np.float64],
    offence: NDArray[np.str_],
    first: pd.Timestamp,
) -> pd.DataFrame:
    number = len(place)
    precision = random.choice(["exact", "hour", "day"], number, p=[0.82, 0.12, 0.06])
    # Minutes are whole; the hour that summer time skips moves on, the one it repeats is the first.
    local = first + pd.to_timedelta(np.floor(moment * 1440), unit="min")
    start = pd.Series(local)
    start = start.mask(precision == "hour", start.dt.floor("h"))
    start = start.mask(precision == "day", start.dt.floor("D"))
    length = pd.Series(precision).map({"exact": 0, "hour": 1, "day": 24}).astype(float)
    stop = start + pd.to_timedelta(length, unit="h") - pd.to_timedelta((length > 0) * 1, unit="us")
    occurred_from, occurred_to = _utc(start), _utc(stop)
    delay = random.lognormal(1.0, 1.3, number)
    delay = np.where(random.uniform(size=number) < LATE_REPORT_SHARE, 24 * 500.0, delay)

    reported = occurred_to + pd.to_timedelta(np.floor(delay * 60), unit="min")
    known_by = occurred_to.max() + pd.Timedelta(days=30)

    streets = random.uniform(-RADIUS_M, RADIUS_M, (len(_FIRST) * len(_SECOND), 2))
    names = np.array([f"On or near {one} {two}" for one in _FIRST for two in _SECOND])
    _, nearest = cKDTree(streets).query(place)
    lonlat = _lonlat(place).round(6)
    table = pd.DataFrame(
        {
            "source": "synthetic",
            "offence_code": offence,
            "offence_name": pd.Series(offence).str.replace("-", " ").str.capitalize(),
            "occurred_from": occurred_from,
            "occurred_to": np.maximum(occurred_to, occurred_from),
            "time_precision": precision,
            "reported_at": reported.where(reported <= known_by, known_by),
            "longitude": lonlat[:, 0],
            "latitude": lonlat[:, 1],
            "location_text": names[nearest],
            "attributes": None,
        }
    ).sort_values(["occurred_from", "longitude", "latitude"], ignore_index=True)
    table.insert(0, "external_id", [f"SYN-{at:07d}" for at in range(1, number + 1)])
    return table[list(COLUMNS)]


def _utc(local: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
    first_of_two = np.ones(len(local), dtype=bool)  # in the hour that autumn repeats
    zoned = local.dt.tz_localize(TIME_ZONE, ambiguous=first_of_two, nonexistent="shift_forward")
    return zoned.dt.tz_convert("UTC")


def _lonlat(metres: NDArray[np.float64]) -> NDArray[np.float64]:
    east = _M_PER_DEGREE * np.cos(np.radians(CENTRE[1]))
    return np.column_stack(
        (CENTRE[0] + metres[:, 0] / east, CENTRE[1] + metres[:, 1] / _M_PER_DEGREE)
    )
