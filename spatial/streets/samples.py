"""Places along lines, a few metres apart, by which lines without a common vertex are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

STEP_M: Final = 10.0
_EITHER_WAY_M: Final = 0.5

Lines = NDArray[np.object_]
Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Samples:
    """Middles of equal pieces of some lines, at most `STEP_M` long and at least three to a line.

    Parameters
    ----------
    line
        The line of each, ascending, shape (n,).
    point
        Where it is, shape (n,).
    along
        Direction of the line there, unit vectors, shape (n, 2).
    length_m
        Length of its piece, shape (n,).
    """

    line: Positions
    point: Lines
    along: NDArray[np.float64]
    length_m: NDArray[np.float64]


def samples(lines: Lines) -> Samples:
    """Return places along some lines on a plane in metres.

    Examples
    --------
    >>> samples(shapely.from_wkt(["LINESTRING (0 0, 30 0)"])).length_m.tolist()
    [10.0, 10.0, 10.0]
    """
    length_m = shapely.length(lines)
    many = np.maximum(np.ceil(length_m / STEP_M).astype(np.intp), 3)
    line = np.repeat(np.arange(len(lines)), many)
    number = np.arange(len(line)) - np.repeat(np.cumsum(many) - many, many)
    step = (length_m / many)[line]
    at = (number + 0.5) * step
    points = shapely.line_interpolate_point(lines[line], at)
    return Samples(line, points, directions(lines[line], at), step)


def directions(lines: Lines, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return unit vectors along some lines at so many metres of each, shape (n, 2)."""
    back = shapely.line_interpolate_point(lines, np.maximum(at - _EITHER_WAY_M, 0))
    ahead = shapely.line_interpolate_point(lines, at + _EITHER_WAY_M)
    vector = shapely.get_coordinates(ahead) - shapely.get_coordinates(back)
    length = np.maximum(np.hypot(*vector.T), 1e-9)
    return np.asarray(vector / length[:, None], dtype=np.float64)
