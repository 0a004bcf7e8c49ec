"""The fabric of the synthetic city: the small streets that fill the blocks between main roads."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity

from spatial.synthetic.ground import RADIUS_M
from spatial.synthetic.roads import Shapes

_SHORTEST_M: Final = 18.0

# Distance between streets, and between the lanes that join them: at the centre, and at the edge.
_STREETS_M: Final = (52.0, 146.0)
_LANES_M: Final = (70.0, 240.0)
_OLD_TOWN_M: Final = 700.0
_OFFSET: Final = 0.35


def fabric(random: np.random.Generator, blocks: Shapes) -> tuple[Shapes, NDArray[np.str_]]:
    """Return streets for every block, each block's at an angle of its own, and their kinds.

    Streets run the whole length of a block; lanes join neighbouring streets, many of them offset
    from the lane before, as where each field was built on in its own time.
    """
    lines: list[Shapes] = []
    kinds: list[NDArray[np.str_]] = []
    for block in blocks:
        streets, lanes = _lattice(random, block)
        old = np.hypot(block.centroid.x, block.centroid.y) < _OLD_TOWN_M
        for family, kind in ((streets, "street"), (lanes, "alley" if old else "lane")):
            parts = shapely.get_parts(shapely.intersection(family, block))
            parts = parts[shapely.length(parts) >= _SHORTEST_M]
            lines.append(parts)
            kinds.append(np.full(len(parts), kind))
    return np.concatenate(lines), np.concatenate(kinds)


def _lattice(random: np.random.Generator, block: shapely.Polygon) -> tuple[Shapes, Shapes]:
    """Return the streets and the lanes of a block, as yet beyond its edge."""
    centre = np.array([block.centroid.x, block.centroid.y])
    away = float(np.hypot(*centre))
    across = random.choice((0, np.pi / 2))
    turn = float(np.arctan2(centre[1], centre[0]) + across + random.normal(0, 0.2))
    left, low, right, high = affinity.rotate(block, -turn, (0, 0), use_radians=True).bounds
    share = min(away / RADIUS_M, 1.0) ** 0.7
    apart, between = (near + share * (far - near) for near, far in (_STREETS_M, _LANES_M))
    street = _steps(random, low, high, apart)
    lane = _steps(random, left, right, between)
    streets = [[(left - 1, at), (right + 1, at)] for at in street.tolist()]
    # Lanes run on over some streets, and then go on elsewhere.
    begin = np.flatnonzero(random.uniform(size=len(street)) < _OFFSET)
    knots = [low - 1, *street[begin].tolist(), high + 1]
    lanes = []
    for bottom, top in pairwise(knots):
        offset = random.uniform(-0.5, 0.5) * between
        lanes += [[(at + offset, bottom), (at + offset, top)] for at in lane.tolist()]
    return _turned(streets, turn), _turned(lanes, turn)


def _turned(lines: list[list[tuple[float, float]]], angle: float) -> Shapes:
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned: Shapes = shapely.linestrings(np.array(lines).reshape(-1, 2, 2) @ rotation)
    return turned


def _steps(
    random: np.random.Generator, first: float, last: float, apart: float
) -> NDArray[np.float64]:
    """Return places from first to last about `apart` from each other."""
    steps = apart * random.uniform(0.8, 1.2, int((last - first) / apart) + 2)
    places: NDArray[np.float64] = first + np.cumsum(steps) - apart * random.uniform(0.3, 0.6)
    return places[(places > first + 0.3 * apart) & (places < last - 0.3 * apart)]
