"""The area of polygons on the ellipsoid, without a projection."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

_WGS84: Final = Geod(ellps="WGS84")
_POLYGON: Final = 3


def area_m2(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the area of the polygons in each shape, m².

    An edge is straight in longitude and latitude, as in GeoJSON (RFC 7946, section 3.1.1). With
    Y(phi) the area between the equator and the latitude phi per radian of longitude, the area of a
    ring is the integral of Y(phi) d lambda along it::

        Y(phi) = a^2/2 (1 - e^2) (sin phi / (1 - e^2 sin^2 phi) + artanh(e sin phi) / e)

    Gauss-Legendre quadrature with three nodes takes it along each edge, to 1e-12 of its value for
    edges up to 1° long. Areas so measured are additive however the plane of longitude and latitude
    is cut, so what is shared out by area is conserved.

    Parameters
    ----------
    shapes
        Polygons, multipolygons or collections that hold some, degrees (EPSG:4326), shape (N,).
        What is not a polygon has no area.

    References
    ----------
    Snyder, J. P. (1987). Map projections: a working manual. US Geological Survey Professional
    Paper 1395, eq. 3-12 (q; Y is a^2 q / 2).
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    polygonal = shapely.get_type_id(parts) == _POLYGON
    parts, owner = parts[polygonal], owner[polygonal]
    rings, part = shapely.get_rings(parts, return_index=True)
    degrees, ring = shapely.get_coordinates(rings, return_index=True)
    longitude, latitude = np.radians(degrees).T

    edge = np.flatnonzero(ring[1:] == ring[:-1])
    step = longitude[edge + 1] - longitude[edge]
    middle = (latitude[edge] + latitude[edge + 1]) / 2
    half = (latitude[edge + 1] - latitude[edge]) / 2
    height = np.zeros(len(edge))
    for node, weight in zip(*np.polynomial.legendre.leggauss(3), strict=True):
        height += weight / 2 * _area_to_the_equator(middle + node * half)
    enclosed = np.abs(np.bincount(ring[edge], weights=height * step, minlength=len(rings)))

    outer = np.diff(part, prepend=-1) != 0  # the first ring of a part; the others are its holes
    signed = np.where(outer, enclosed, -enclosed)
    of_part = np.bincount(part, weights=signed, minlength=len(parts))
    return np.asarray(np.bincount(owner, weights=of_part, minlength=len(shapes)), np.float64)


def _area_to_the_equator(latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Y, m² per radian of longitude, of latitudes in radians."""
    squared = _WGS84.es
    e, sine = np.sqrt(squared), np.sin(latitude)
    zone: NDArray[np.float64] = sine / (1 - squared * sine**2) + np.arctanh(e * sine) / e
    return _WGS84.a**2 / 2 * (1 - squared) * zone
