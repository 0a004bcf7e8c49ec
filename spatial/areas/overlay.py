"""How much of each unit lies in each area: the overlay that assigning and apportioning share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from spatial.areas.ellipsoid import area_m2
from spatial.areas.polygons import LINES, POLYGONS, Shapes, checked
from spatial.metres import lengths_m

Positions = NDArray[np.intp]

_WGS84: Final = Geod(ellps="WGS84")
_LEAST_STRETCH: Final = 1e-6  # at a pole, where a degree of longitude has no length


@dataclass(frozen=True)
class UnitShapes:
    """The shapes of units, of one kind, and how they are measured.

    Parameters
    ----------
    shapes
        All polygons, or all lines, degrees (EPSG:4326), shape (n,).
    lines
        Whether they are lines.
    """

    shapes: NDArray[np.object_]
    lines: bool

    @classmethod
    def of(cls, shapes: Shapes) -> UnitShapes:
        """Return checked shapes; the first tells the kind that all must have."""
        listed = shapes if isinstance(shapes, gpd.GeoSeries) else np.asarray(shapes, dtype=object)
        lines = len(listed) > 0 and shapely.get_type_id(np.asarray(listed)[0]) in LINES
        return cls(checked(listed, LINES if lines else POLYGONS), bool(lines))

    def size(self, pieces: NDArray[np.object_]) -> NDArray[np.float64]:
        """Return the size of pieces of units: m² of polygons, m of lines."""
        return lengths_m(gpd.GeoSeries(pieces, crs=4326)) if self.lines else area_m2(pieces)

    def middles(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return longitude and latitude of a point inside each polygon, or halfway along a line."""
        if not self.lines:
            longitude, latitude = shapely.get_coordinates(shapely.point_on_surface(self.shapes)).T
            return longitude, latitude
        _, south, _, north = shapely.bounds(self.shapes).T
        stretch = _degree_of_longitude((south + north) / 2)
        degrees, line = shapely.get_coordinates(self.shapes, return_index=True)
        even = shapely.set_coordinates(
            self.shapes.copy(), np.column_stack((degrees[:, 0] * stretch[line], degrees[:, 1]))
        )
        halfway = shapely.line_interpolate_point(even, 0.5, normalized=True)
        longitude, latitude = shapely.get_coordinates(halfway).T
        return longitude / stretch, latitude

    def __getitem__(self, positions: NDArray[np.intp]) -> UnitShapes:
        return UnitShapes(self.shapes[positions], self.lines)


def _degree_of_longitude(latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how long a degree of longitude is, in degrees of latitude at the same place.

    Stretched by it, a street is as long in all directions, and what was straight in longitude and
    latitude stays straight: the middle of a street along a border stays on the border.
    """
    phi = np.radians(latitude)
    ratio: NDArray[np.float64] = np.cos(phi) * (1 - _WGS84.es * np.sin(phi) ** 2) / (1 - _WGS84.es)
    return np.maximum(ratio, _LEAST_STRETCH)


def overlap(
    units: UnitShapes, areas: NDArray[np.object_]
) -> tuple[Positions, Positions, NDArray[np.float64]]:
    """Return the pairs of a unit and an area that meet, and how much of the unit the area holds.

    Parameters
    ----------
    units
        n units.
    areas
        Polygons, degrees (EPSG:4326), shape (N,).

    Returns
    -------
    unit, area, size
        Positions, and m² (polygons) or m (lines) in common; 0 where they only touch.
    """
    area, unit = shapely.STRtree(units.shapes).query(areas, predicate="intersects")
    # Most units lie inside one area, which a prepared polygon tells without an intersection.
    shapely.prepare(areas)
    cut = np.flatnonzero(~shapely.covers(areas[area], units.shapes[unit]))
    size = units.size(units.shapes)[unit]
    size[cut] = units.size(shapely.intersection(units.shapes[unit[cut]], areas[area[cut]]))
    return unit, area, size
