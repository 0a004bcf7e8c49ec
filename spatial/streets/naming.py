"""What people call a place on the streets: a segment, a stretch of a street, a point near one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from spatial.errors import InvalidInputError
from spatial.streets import chains
from spatial.streets.chains import Ends, Positions
from spatial.streets.snapping import snap

WALK_ON_M: Final = 250.0
"""How far beyond a nameless joint a street is followed to its next crossing."""

UNNAMED: Final = "unnamed road"

_METRES_PER_DEGREE: Final = 110_500.0  # of latitude, at the least

Names = NDArray[np.object_]


class _Streets(NamedTuple):
    """Columns of the segments as arrays, N rows."""

    names: Names  # (N,), None where there is none
    ends: Ends  # (N, 2), both junctions
    length_m: NDArray[np.float64]  # (N,)


def segment_names(segments: gpd.GeoDataFrame) -> Names:
    """Return what each segment is called.

    Parameters
    ----------
    segments
        Segments as `prepare` returns them, N rows.

    Returns
    -------
    numpy.ndarray
        Its own name; for a nameless one, "off NAME" by the longest named segment that it touches
        (the first in the alphabet of several as long); None where there is neither. Shape (N,).

    Examples
    --------
    >>> from spatial.streets import prepare
    >>> tee = gpd.GeoDataFrame(
    ...     {"ref": [1, 2], "name": ["Mill Lane", None]},
    ...     geometry=gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 9 0)", "LINESTRING (9 0, 9 5)"]),
    ...     crs="EPSG:32631",
    ... )
    >>> segment_names(prepare(tee, id_column="ref", name_column="name")).tolist()
    ['Mill Lane', 'off Mill Lane']
    """
    names, ends, length_m = _columns(segments)
    named = np.flatnonzero(names != None)  # noqa: E711 - element by element
    if len(named) == 0:
        return names
    alphabetical = pd.factorize(names[named], sort=True)[0]
    best_first = named[np.lexsort((alphabetical, -length_m[named]))]
    rank = np.full(int(ends.max()) + 1, len(named))
    np.minimum.at(rank, ends[best_first].ravel(), np.repeat(np.arange(len(named)), 2))
    nameless = np.flatnonzero(names == None)  # noqa: E711
    best = rank[ends[nameless]].min(axis=1)
    touching = best < len(named)
    names[nameless[touching]] = "off " + names[best_first[best[touching]]]
    return names


def nearest_names(
    longitude: ArrayLike, latitude: ArrayLike, segments: gpd.GeoDataFrame, max_m: float = 250.0
) -> Names:
    """Return the name of the nearest named street of each point.

    Parameters
    ----------
    longitude, latitude
        Degrees (EPSG:4326), shape (n,).
    segments
        Segments as `prepare` returns them.
    max_m
        Greatest distance in metres.

    Returns
    -------
    numpy.ndarray
        Names, None where no named street is that near, shape (n,).

    Raises
    ------
    InvalidInputError
        When `max_m` is not positive.

    Examples
    --------
    >>> from spatial.streets import prepare
    >>> lane = gpd.GeoDataFrame(
    ...     {"name": ["Mill Lane"]},
    ...     geometry=gpd.GeoSeries.from_wkt(["LINESTRING (0.1 51.5, 0.2 51.5)"]),
    ...     crs=4326,
    ... )
    >>> nearest_names([0.15, 0.15], [51.501, 52.0], prepare(lane, name_column="name")).tolist()
    ['Mill Lane', None]
    """
    if not max_m > 0:
        raise InvalidInputError(f"max_m must be positive, not {max_m}.")
    found = np.full(np.shape(np.atleast_1d(longitude)), None, dtype=object)
    named = segments[segments["name"].notna()]
    if len(named) and len(found):
        nearest = snap((longitude, latitude), named, max_m).segment
        names = named["name"].to_numpy(dtype=object)
        found[nearest >= 0] = names[nearest[nearest >= 0]]
    return found


def stretch_name(segments: gpd.GeoDataFrame, members: ArrayLike) -> str | None:
    """Return what people call a chain of segments: its street, and from where to where.

    The street is the name with most length among the members. Its stretch is told by the streets
    that it meets at both ends; where it goes on past an end without a name to tell, by the next
    crossing along it, up to 250 m on. Names stand in alphabetical order.

    Parameters
    ----------
    segments
        Segments as `prepare` returns them, N rows.
    members
        Positions of the segments of the chain.

    Returns
    -------
    str or None
        "High Street between Bridge Road and Mill Lane"; "High Street at Mill Lane", where only one
        crossing can be told; "High Street", where none can. Members of other streets are added:
        ", and Church Lane", ", and 3 more streets". Of nameless members, "unnamed road between
        Bridge Road and Mill Lane", or "unnamed road near Mill Lane". None where no street around
        has a name, or there are no members.

    Raises
    ------
    InvalidInputError
        When a member is no position among the segments.

    Examples
    --------
    >>> from spatial.streets import prepare
    >>> tee = gpd.GeoDataFrame(
    ...     {"ref": [1, 2], "name": ["Mill Lane", "High Street"]},
    ...     geometry=gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 9 0)", "LINESTRING (9 0, 9 5)"]),
    ...     crs="EPSG:32631",
    ... )
    >>> stretch_name(prepare(tee, id_column="ref", name_column="name"), [1])
    'High Street at Mill Lane'
    """
    chosen = _members(segments, members)
    if len(chosen) == 0:
        return None
    streets = _columns(segments)
    street = _main_name(streets, chosen)
    same = streets.names == street
    part = chosen[same[chosen]]
    same[part] = False
    crossings = _crossings(segments, streets, street, part, np.flatnonzero(same))
    if street is None:
        return _told(UNNAMED, crossings) if crossings else _near(segments, streets, part)
    others = sorted(set(streets.names[chosen]) - {street, None}, key=_in_order)
    return _told(street, crossings) + _also(others, crossings)


def _members(segments: gpd.GeoDataFrame, members: ArrayLike) -> Positions:
    chosen = np.unique(np.asarray(members, dtype=np.intp))
    if len(chosen) and not (chosen[0] >= 0 and chosen[-1] < len(segments)):
        raise InvalidInputError(
            f"members must be positions among {len(segments)} segments, not "
            f"{chosen[0] if chosen[0] < 0 else chosen[-1]}."
        )
    return chosen


def _columns(segments: gpd.GeoDataFrame) -> _Streets:
    names = np.array(segments["name"], dtype=object)
    names[pd.isna(names)] = None
    ends = segments[["node_from", "node_to"]].to_numpy(dtype=np.int64)
    return _Streets(names, ends, segments["length_m"].to_numpy(dtype=np.float64))


def _main_name(streets: _Streets, chosen: Positions) -> str | None:
    """Return the name with most length among some segments; None if they are all nameless."""
    lengths: dict[str, float] = {}
    for name, length_m in zip(streets.names[chosen], streets.length_m[chosen], strict=True):
        if name is not None:
            lengths[name] = lengths.get(name, 0.0) + length_m
    # Rounded, so that the order of adding decides nothing.
    return min(lengths, key=lambda name: (-round(lengths[name], 6), name), default=None)


def _crossings(
    segments: gpd.GeoDataFrame,
    streets: _Streets,
    street: str | None,
    part: Positions,
    elsewhere: Positions,
) -> list[str]:
    """Return the streets that tell where a stretch lies, none to two, in their order."""
    beyond = chains.meeting(streets.ends, elsewhere)
    tips = chains.ends_of_stretch(streets.ends, part, beyond)
    sides = chains.two_sides(tips, chains.where(segments, streets.ends, part, tips))
    walks = [
        chains.walk_on(side.tolist(), beyond, streets.ends, streets.length_m, WALK_ON_M)
        for side in sides
    ]
    within = np.unique(streets.ends[part])
    met = _streets_at(streets, street, {*within.tolist(), *(at for walk in walks for at in walk)})
    by_side = [told for walk in walks if (told := _first_met(walk, met))]
    if len(by_side) == 2:
        pairs = [
            (first + second, sorted((one, other), key=_in_order))
            for first, one in enumerate(by_side[0])
            for second, other in enumerate(by_side[1])
            if one != other
        ]
        if pairs:
            return min(pairs, key=lambda pair: (pair[0], [_in_order(name) for name in pair[1]]))[1]
    if by_side:
        return by_side[0][:1]
    # A ring, or ends that tell nothing: what it meets on the way, if that is clear enough.
    on_the_way = sorted({name for at in within.tolist() for name in met.get(at, {})}, key=_in_order)
    return on_the_way if len(on_the_way) == 1 else []


def _streets_at(
    streets: _Streets, street: str | None, junctions: set[int]
) -> dict[int, dict[str, float]]:
    """Return the other streets that meet at some junctions, with their segments' length there."""
    wanted = np.zeros(int(streets.ends.max()) + 1, dtype=np.bool_)
    wanted[list(junctions)] = True
    met: dict[int, dict[str, float]] = {}
    for position in np.flatnonzero(wanted[streets.ends].any(axis=1)):
        name = streets.names[position]
        if name is None or name == street:
            continue
        for junction in {*streets.ends[position].tolist()} & junctions:
            there = met.setdefault(junction, {})
            there[name] = there.get(name, 0.0) + float(streets.length_m[position])
    return met


def _first_met(walk: dict[int, float], met: dict[int, dict[str, float]]) -> list[str]:
    """Return the streets met first on a walk, the longest there first."""
    reached = {junction: walked for junction, walked in walk.items() if junction in met}
    if not reached:
        return []
    nearest = min(reached.values())
    lengths: dict[str, float] = {}
    for junction, walked in reached.items():
        if walked == nearest:
            for name, length_m in met[junction].items():
                lengths[name] = lengths.get(name, 0.0) + length_m
    return sorted(lengths, key=lambda name: (-round(lengths[name], 6), name))


def _near(segments: gpd.GeoDataFrame, streets: _Streets, part: Positions) -> str | None:
    """Name a nameless stretch by the named street nearest to the middle of its longest segment."""
    longest = part[np.argmax(streets.length_m[part].round(6))]
    middle = segments.geometry.iloc[longest].interpolate(0.5, normalized=True)
    north = WALK_ON_M / _METRES_PER_DEGREE
    east = north / max(np.cos(np.radians(abs(middle.y) + north)), 1e-6)
    box = (middle.x - east, middle.y - north, middle.x + east, middle.y + north)
    around = segments.iloc[np.sort(segments.sindex.intersection(box))]
    name = nearest_names([middle.x], [middle.y], around, WALK_ON_M)[0]
    return None if name is None else f"{UNNAMED} near {name}"


def _told(street: str, crossings: list[str]) -> str:
    if len(crossings) == 2:
        return f"{street} between {crossings[0]} and {crossings[1]}"
    return f"{street} at {crossings[0]}" if crossings else street


def _also(others: list[str], crossings: list[str]) -> str:
    """Return what to add for members of other streets."""
    if not others:
        return ""
    comma = "," if crossings else ""
    if len(others) > 1:
        return f"{comma} and {len(others)} more streets"
    return f"{comma} and {'part of ' if others[0] in crossings else ''}{others[0]}"


def _in_order(name: str) -> list[tuple[bool, int, str]]:
    """Return a key by which names stand in the alphabet, and 5th Street before 10th Street."""
    parts: Iterable[str] = re.split(r"(\d+)", name.casefold())
    return [
        (part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts if part
    ] + [(False, 0, name)]
