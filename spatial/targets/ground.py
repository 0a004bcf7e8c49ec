"""Where units lie in metres: how far across some of them are, and how far from others."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.targets.members import Positions


@dataclass(frozen=True)
class Ground:
    """Some of N units, on the plane of their UTM zone.

    Parameters
    ----------
    slot
        Which of the n units here each of the N is, shape (N,); -1 for none.
    shapes
        Their geometry, shape (n,).
    corner, first
        Corners of their convex hulls, shape (m, 2), and where those of each begin, (n + 1,).
    centre, radius
        Circle around each, shape (n, 2) and (n,).
    scale
        Metres of the plane that a metre on the ground is at each, shape (n,).
    """

    slot: Positions
    shapes: NDArray[np.object_]
    corner: NDArray[np.float64]
    first: Positions
    centre: NDArray[np.float64]
    radius: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def of(cls, shapes: NDArray[np.object_], units: Positions) -> Ground:
        """Return where some units lie.

        Parameters
        ----------
        shapes
            Geometry of each unit, EPSG:4326, shape (N,).
        units
            Positions of those that are asked about, shape (n,).
        """
        import geopandas as gpd  # here, so that who needs no metres does without them
        from pyproj import Transformer

        from spatial.metres import plane, scale

        asked = shapes[units]
        zone = plane(gpd.GeoSeries(asked, crs=4326))
        to_plane = Transformer.from_crs(4326, zone, always_xy=True)
        flat = shapely.transform(
            asked, lambda place: np.column_stack(to_plane.transform(place[:, 0], place[:, 1]))
        )
        corner, of = shapely.get_coordinates(shapely.convex_hull(flat), return_index=True)
        first = np.searchsorted(of, np.arange(len(units) + 1))
        west, south, east, north = shapely.bounds(flat).T
        centre = np.column_stack(((west + east) / 2, (south + north) / 2))
        radius = np.zeros(len(units))
        np.maximum.at(radius, of, np.hypot(*(corner - centre[of]).T))
        slot = np.full(len(shapes), -1, dtype=np.intp)
        slot[units] = np.arange(len(units))
        return cls(
            slot, flat, corner, first, centre, radius, scale(centre[:, 0], centre[:, 1], zone)
        )

    def corners(self, unit: int) -> NDArray[np.float64]:
        """Return the corners of a unit on the plane, shape (k, 2)."""
        at = self.slot[unit]
        return self.corner[self.first[at] : self.first[at + 1]]

    def on_plane(self, metres: float, unit: int) -> float:
        """Return how long so many metres on the ground are on the plane, where a unit is."""
        return float(metres * self.scale[self.slot[unit]])

    @cached_property
    def two_across(self) -> float:
        """How far across two touching units can be at most, on the plane."""
        return 4 * float(self.radius.max(initial=0.0))


class Spacing:
    """Units of targets, looked up by place, so that others keep their distance.

    Parameters
    ----------
    ground
        Where the units lie.
    metres
        How far targets must be from each other.
    """

    def __init__(self, ground: Ground, metres: float) -> None:
        self.ground = ground
        self.metres = metres
        reach = metres * float(ground.scale.max(initial=1.0)) + ground.two_across
        # Units nearer than the spacing are in the same square of the plane or one beside it.
        self.square = np.floor(ground.centre / reach).astype(np.int64)
        self.held: dict[tuple[int, int], list[int]] = {}

    def hold(self, units: Iterable[int]) -> None:
        """Hold units that became part of a target."""
        for unit in units:
            east, north = self.square[self.ground.slot[unit]].tolist()
            self.held.setdefault((east, north), []).append(unit)

    def too_near(self, unit: int, besides: Container[int] = ()) -> bool:
        """Tell whether a unit is nearer than the spacing to one held, other than some."""
        ground, at = self.ground, self.ground.slot[unit]
        east, north = self.square[at].tolist()
        others = [
            held
            for column in (east - 1, east, east + 1)
            for row in (north - 1, north, north + 1)
            for held in self.held.get((column, row), ())
            if held not in besides
        ]
        if not others:
            return False
        other, spacing = ground.slot[others], ground.on_plane(self.metres, unit)
        apart = np.hypot(*(ground.centre[other] - ground.centre[at]).T)
        likely = other[apart - ground.radius[other] - ground.radius[at] < spacing]
        return bool((shapely.distance(ground.shapes[at], ground.shapes[likely]) < spacing).any())


def farthest(some: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Return the greatest distance between a place of one set and one of another; 0 for none."""
    from scipy.spatial.distance import cdist  # here, for whoever measures nothing

    return float(cdist(some, others).max(initial=0.0))
