"""Where units lie in metres: how far across some of them are, and how far from others."""

from __future__ import annotations

from dataclasses import dataclass

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
        """Return the corners of a unit in metres of its own place, shape (k, 2)."""
        at = self.slot[unit]
        plane = self.corner[self.first[at] : self.first[at + 1]]
        return np.asarray(plane / self.scale[at])

    def two_across(self) -> float:
        """Return how far across two touching units can be at most."""
        return 4 * float((self.radius / self.scale).max(initial=0.0))

    def nearer(self, some: Positions, others: Positions, metres: float) -> bool:
        """Tell whether any of some units is nearer to any of the others than so many metres."""
        one, other = self.slot[some], self.slot[others]
        apart = np.hypot(*(self.centre[one][:, None] - self.centre[other]).transpose(2, 0, 1))
        plane_m = metres * self.scale[one][:, None]
        reach = self.radius[one][:, None] + self.radius[other]
        for a, b in zip(*np.nonzero(apart - reach < plane_m), strict=True):
            if shapely.distance(self.shapes[one[a]], self.shapes[other[b]]) < plane_m[a, 0]:
                return True
        return False


def farthest(some: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Return the greatest distance between a place of one set and one of another; 0 for none."""
    if not (len(some) and len(others)):
        return 0.0
    east = some[:, 0, None] - others[:, 0]
    north = some[:, 1, None] - others[:, 1]
    return float(np.sqrt((east * east + north * north).max()))
