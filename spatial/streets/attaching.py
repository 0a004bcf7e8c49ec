"""Lead the ways that were not simplified to where the streets are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.streets.cutting import nodes
from spatial.streets.samples import Lines

_MOVED_M: Final = 0.01
_CORNER_M: Final = 1.0
"""An end this near to the end of a street meets it there."""


@dataclass(frozen=True)
class Attached:
    """Ways that were not simplified, led to the streets.

    Parameters
    ----------
    way
        Positions of those that stay, ascending.
    lines
        These, with their ends where the streets are.
    within
        Positions of those that lay within what is one line now, as between two carriageways.
    meets
        Points on the streets where ways meet them that no end of a street is at.
    """

    way: NDArray[np.intp]
    lines: Lines
    within: NDArray[np.intp]
    meets: Lines


def attach(ways: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, lines: Lines) -> Attached:
    """Lead ends of ways to the lines that stand for the streets which they met.

    Parameters
    ----------
    ways, streets
        Parts of one network on a plane in metres, with its junctions.
    lines
        The simplified streets.
    """
    shapes = ways.geometry.to_numpy().copy()
    nothing = np.empty(0, dtype=object)
    if len(ways) == 0 or len(streets) == 0:
        return Attached(np.arange(len(ways)), shapes, np.empty(0, dtype=np.intp), nothing)
    ends = nodes(ways)
    meeting = np.flatnonzero(ends["node"].isin(nodes(streets)["node"]))
    points = ends["point"].to_numpy(dtype=object)[meeting]
    line = shapely.STRtree(lines).nearest(points)
    at = shapely.line_locate_point(lines[line], points)
    whole = shapely.length(lines[line])
    at = np.where(at < _CORNER_M, 0.0, np.where(whole - at < _CORNER_M, whole, at))
    foot = shapely.line_interpolate_point(lines[line], at)
    moved_m = shapely.distance(points, foot)
    whose = ends["segment"].to_numpy()[meeting]

    moved = np.zeros(len(ways))
    np.add.at(moved, whose, moved_m)
    many = np.bincount(whose, minlength=len(ways))
    within = (many == 2) & (moved > _MOVED_M) & (shapely.length(shapes) <= moved + _CORNER_M)
    led = np.flatnonzero((moved_m > _MOVED_M) & ~within[whose])
    for end in led:
        first = meeting[end] < len(ways)
        shapes[whose[end]] = _with_end(shapes[whose[end]], foot[end], first=first)
    inner = (at > 0) & (at < whole) & ~within[whose]
    return Attached(np.flatnonzero(~within), shapes[~within], np.flatnonzero(within), foot[inner])


def _with_end(line: shapely.LineString, point: shapely.Point, *, first: bool) -> shapely.LineString:
    xy = shapely.get_coordinates(line)
    end = shapely.get_coordinates(point)
    return shapely.LineString(np.concatenate((end, xy) if first else (xy, end)))
