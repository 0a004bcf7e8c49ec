"""The bones of the synthetic city: a river, greens, main roads, and the blocks between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from spatial.synthetic.ground import RADIUS_M, Metres, polar

GRID_M: Final = 0.1
"""Lines are noded on a grid this fine, so that what nearly meets does meet."""

EDGE_M: Final = 60.0
"""Streets end this far inside the city's outline."""

_MARKET_M, _INNER_M, _MIDDLE_M, _OUTER_M = 75.0, 640.0, 1_950.0, 3_450.0
_RADIALS: Final = 8
_STEP_M: Final = 60.0
_RIVER_AWAY_M: Final = 1_150.0
_RIVER_HALF_WIDTH_M: Final = 38.0
_GREENS: Final = 9
_SMALLEST_BLOCK_M2: Final = 6_000.0

Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Plan:
    """Main roads, and what they enclose.

    Parameters
    ----------
    roads, kinds
        Lines in metres and their kind, shape (n,).
    blocks
        Polygons to be filled with streets.
    """

    roads: Shapes
    kinds: NDArray[np.str_]
    blocks: Shapes


def plan(random: np.random.Generator, corners: Metres) -> Plan:
    """Lay out the main roads of a city with the given outline."""
    town = shapely.Polygon(corners).buffer(-EDGE_M)
    base = random.uniform(0, 2 * np.pi)
    slot = 2 * np.pi / _RADIALS
    angles = base + slot * np.arange(_RADIALS) + random.uniform(-0.12, 0.12, _RADIALS)
    market, inner, middle, outer = (
        _ring(random, radius) for radius in (_MARKET_M, _INNER_M, _MIDDLE_M, _OUTER_M)
    )
    # The river runs square to the way between the first two radials: these two cross it, and the
    # middle ring, on bridges; every other road ends at its quays.
    water = _river(random, (angles[0] + angles[1]) / 2)
    between = angles + slot / 2 + random.uniform(-0.05, 0.05, _RADIALS)
    quarter = base + slot * (np.arange(2 * _RADIALS) / 2 + 0.25)
    bridged = [
        *(("radial", _radial(random, angle, market)) for angle in angles[:2]),
        ("ring", middle.exterior),
    ]
    dry = [
        ("market", market.exterior),
        ("ring", inner.exterior),
        ("ring", outer.exterior),
        *(
            ("radial", _radial(random, angle, market if at % 2 else inner))
            for at, angle in enumerate(angles[2:])
        ),
        *(("avenue", _radial(random, angle, middle)) for angle in between),
        *(("avenue", _radial(random, angle, outer)) for angle in quarter),
    ]
    kept = [
        *((kind, road.intersection(town)) for kind, road in bridged),
        *((kind, road.intersection(town).difference(water)) for kind, road in dry),
        ("quay", water.exterior.intersection(town)),
    ]
    greens = _greens(random, shapely.union_all([road for _, road in kept] + [water]))
    kept += [("green", green.exterior) for green in greens]
    roads, of_road = shapely.get_parts(
        [shapely.line_merge(road) for _, road in kept], return_index=True
    )
    kinds = np.array([kind for kind, _ in kept])[of_road]
    fences = shapely.union_all([*roads, town.exterior], grid_size=GRID_M)
    blocks = shapely.get_parts(shapely.polygonize([fences]))
    blocks = shapely.difference(blocks, shapely.union_all([water, *greens]))
    blocks = shapely.get_parts(blocks)
    return Plan(roads, kinds, blocks[shapely.area(blocks) > _SMALLEST_BLOCK_M2])


def _ring(random: np.random.Generator, radius: float) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, max(24, int(2 * np.pi * radius / _STEP_M)), endpoint=False)
    waves = sum(
        random.uniform(0.01, 0.05) * np.sin(k * angle + random.uniform(0, 2 * np.pi))
        for k in range(2, 5)
    )
    return shapely.Polygon(polar(angle, radius * (1 + waves)))


def _radial(random: np.random.Generator, angle: float, beyond: BaseGeometry) -> BaseGeometry:
    """Return a bending road outward from an inner shape."""
    radius = np.arange(0, 1.4 * RADIUS_M, _STEP_M)
    bend = random.uniform(-0.1, 0.1) * np.sin(radius / random.uniform(700, 1_300))
    return shapely.LineString(polar(angle + bend, radius)).difference(beyond)


def _river(random: np.random.Generator, towards: float) -> shapely.Polygon:
    along = np.arange(-1.4 * RADIUS_M, 1.4 * RADIUS_M, _STEP_M)
    away = _RIVER_AWAY_M + sum(
        random.uniform(40, 90) * np.sin(along / length + random.uniform(0, 2 * np.pi))
        for length in (350, 620, 1_400)
    )
    east = away * np.cos(towards) - along * np.sin(towards)
    north = away * np.sin(towards) + along * np.cos(towards)
    return shapely.LineString(np.column_stack((east, north))).buffer(_RIVER_HALF_WIDTH_M)


def _greens(random: np.random.Generator, taken: BaseGeometry) -> list[shapely.Polygon]:
    """Return small parks away from the main roads and from each other."""
    chosen: list[shapely.Polygon] = []
    while len(chosen) < _GREENS:
        place = polar(random.uniform(0, 2 * np.pi, 1), random.uniform(800, 0.85 * RADIUS_M, 1))
        angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        shape = place + polar(angle, random.uniform(80, 135) * random.uniform(0.85, 1.15, 16))
        green = shapely.Polygon(shape)
        if green.distance(taken) > 90 and all(green.distance(other) > 500 for other in chosen):
            chosen.append(green)
    return chosen
