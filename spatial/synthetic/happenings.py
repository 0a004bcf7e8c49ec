"""What happens in the synthetic city and when: offences, and their days, hours and reports."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spatial.incidents import COLUMNS
from spatial.synthetic.ground import RADIUS_M, TIME_ZONE, Metres, lonlat

LATE_REPORT_SHARE: Final = 0.005

NEIGHBOURHOODS: Final = 40
UNLIKENESS: Final = 1.0
"""Standard deviation of the logarithm of an offence's frequency between neighbourhoods."""

# Offence, relative frequency, and when in the week it happens.
OFFENCES: Final = (
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


def by_neighbourhood(
    random: np.random.Generator, place: Metres, frequency: NDArray[np.float64]
) -> NDArray[np.str_]:
    """Return an offence for each place, from the mix of its neighbourhood.

    A neighbourhood is what is nearest to one of `NEIGHBOURHOODS` centres. The relative frequency of
    each offence there is the city's, times a factor of its own.
    """
    centre = random.uniform(-RADIUS_M, RADIUS_M, (NEIGHBOURHOODS, 2))
    mix = frequency * np.exp(random.normal(0, UNLIKENESS, (NEIGHBOURHOODS, len(frequency))))
    upto = np.cumsum(mix / mix.sum(axis=1, keepdims=True), axis=1)
    east, north = (place[:, axis, None] - centre[:, axis] for axis in (0, 1))
    of = np.argmin(east**2 + north**2, axis=1)
    drawn = (random.uniform(size=(len(place), 1)) > upto[of, :-1]).sum(axis=1)
    names: NDArray[np.str_] = np.array([name for name, _, _ in OFFENCES])
    return np.asarray(names[drawn])


def weekly(
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


def hours(
    random: np.random.Generator, offence: NDArray[np.str_], rhythm: dict[str, str]
) -> NDArray[np.float64]:
    """Return an hour of the day for each offence, by its rhythm."""
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


def canonical(
    random: np.random.Generator,
    place: Metres,
    street: NDArray[np.object_],
    moment: NDArray[np.float64],
    offence: NDArray[np.str_],
    first: pd.Timestamp,
) -> pd.DataFrame:
    """Return the incidents as a canonical table, in the order in which they happened."""
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

    east_north = lonlat(place).round(6)
    table = pd.DataFrame(
        {
            "source": "synthetic",
            "offence_code": offence,
            "offence_name": pd.Series(offence).str.replace("-", " ").str.capitalize(),
            "occurred_from": occurred_from,
            "occurred_to": np.maximum(occurred_to, occurred_from),
            "time_precision": precision,
            "reported_at": reported.where(reported <= known_by, known_by),
            "longitude": east_north[:, 0],
            "latitude": east_north[:, 1],
            "location_text": "On or near " + street,
            "attributes": None,
        }
    ).sort_values(["occurred_from", "longitude", "latitude"], ignore_index=True)
    table.insert(0, "external_id", [f"SYN-{at:07d}" for at in range(1, number + 1)])
    return table[list(COLUMNS)]


def _utc(local: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
    first_of_two = np.ones(len(local), dtype=bool)  # in the hour that autumn repeats
    zoned = local.dt.tz_localize(TIME_ZONE, ambiguous=first_of_two, nonexistent="shift_forward")
    return zoned.dt.tz_convert("UTC")
