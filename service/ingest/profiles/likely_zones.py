"""The time zone that times and places of a file speak for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from service.ingest.checks import times

_MOST_DATES = 400
_FEWEST = 2
_NEAR_HOURS = 3
_PLACE = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?([+-])(\d{3})(\d\d)(\d\d)?")
_MONTH_FIRST = ("US", "PH", "GU", "PR", "VI", "AS", "MP")


class _Town(NamedTuple):
    country: str
    zone: str
    longitude: float
    latitude: float


def zone_of_midnights(values: pa.Array, form: str, place: tuple[float, float] | None) -> str | None:
    """Return the zone on whose clock all times written in UTC are midnight, if there is one.

    Parameters
    ----------
    values, form
        A column of times, and how they are written.
    place
        About where the incidents lie: of the zones there the nearest is meant. Where that is not
        known, times of summer and of winter must tell it.
    """
    read = times.read(values, (form,))
    known = ~(read.missing | read.invalid) & (read.precision <= times.HOUR)
    instants = np.unique(read.us[known])
    if not read.aware[known].all() or len(instants) < _FEWEST:
        return None
    if not (instants % times.DAY_US).any() or len(np.unique(instants % times.DAY_US)) > _FEWEST:
        return None  # midnight in UTC itself; or times of more than summer and winter
    if place is None and len(np.unique(instants % times.DAY_US)) < _FEWEST:
        return None  # any hour is midnight somewhere: without summer and winter it tells nothing
    few = instants[:: max(1, len(instants) // _MOST_DATES)]
    fitting = [
        town.zone
        for town in _from(place)
        if (place is None or _hours_apart(town, place) <= _NEAR_HOURS)
        and not (times.to_local(few, town.zone) % times.DAY_US).any()
    ]
    whole = [name for name in fitting if not (times.to_local(instants, name) % times.DAY_US).any()]
    return whole[0] if whole else None


def nearest(place: tuple[float, float] | None) -> list[str]:
    """Return zones by the distance of their principal town from a place, the nearest first."""
    return [town.zone for town in _from(place)]


def writes_month_first(place: tuple[float, float] | None) -> bool:
    """Tell whether the nearest town lies in a country that writes 12/31/2020."""
    return place is not None and _from(place)[0].country in _MONTH_FIRST


def _from(place: tuple[float, float] | None) -> list[_Town]:
    towns = _towns()
    if place is None:
        return towns
    return sorted(towns, key=lambda town: _apart(town, place))


def _hours_apart(town: _Town, place: tuple[float, float]) -> float:
    """Return how far the sun of a town is from that of a place."""
    return abs((town.longitude - place[0] + 180) % 360 - 180) / 15


def _apart(town: _Town, place: tuple[float, float]) -> float:
    east = (town.longitude - place[0] + 180) % 360 - 180
    return float(np.hypot(east * np.cos(np.radians(place[1])), town.latitude - place[1]))


@lru_cache(maxsize=1)
def _towns() -> list[_Town]:
    return list(_read_towns())


def _read_towns() -> Iterator[_Town]:
    text = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        country, where, name, *_ = line.split("\t")
        match = _PLACE.fullmatch(where)
        assert match is not None, f"{name} has a place"
        east, north = (_degrees(*match.group(*at)) for at in ((5, 6, 7, 8), (1, 2, 3, 4)))
        yield _Town(country, name, east, north)


def _degrees(sign: str, degrees: str, minutes: str, seconds: str | None) -> float:
    value = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -value if sign == "-" else value
