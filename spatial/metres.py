"""Metres on the ground: the local plane, its scale, and lengths on the ellipsoid."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod

from spatial.errors import InvalidInputError

_WGS84 = Geod(ellps="WGS84")


def plane(shapes: gpd.GeoSeries) -> CRS:
    """Return the UTM zone in which the metres of some shapes are measured.

    Parameters
    ----------
    shapes
        With a coordinate reference system.
    """
    zone: CRS = shapes.estimate_utm_crs()
    return zone


def lengths_m(lines: gpd.GeoSeries) -> NDArray[np.float64]:
    """Return the length of each line on the ellipsoid.

    Parameters
    ----------
    lines
        Lines or multi-part lines in any coordinate reference system, shape (n,).

    Returns
    -------
    numpy.ndarray
        Metres along the geodesics between the lines' vertices (WGS 84), shape (n,); 0 where there
        is no line.

    Raises
    ------
    InvalidInputError
        When the lines have no coordinate reference system.

    Notes
    -----
    Geodesics by Karney (2013), Journal of Geodesy 87, 43-55, as pyproj has them: exact to
    nanometres at any latitude and across zones, where a length on the plane of a UTM zone is up to
    0.1 % off.

    Examples
    --------
    >>> mile = gpd.GeoSeries.from_wkt(["LINESTRING (500000 0, 500000 1609.344)"], crs="EPSG:32631")
    >>> lengths_m(mile).round(3).tolist()
    [1609.988]
    """
    if lines.crs is None:
        raise InvalidInputError(
            "The lines have no coordinate reference system: say which one they are in (set_crs)."
        )
    parts, line = shapely.get_parts(np.asarray(lines.to_crs(4326).array), return_index=True)
    places, part = shapely.get_coordinates(parts, return_index=True)
    longitude, latitude = np.ascontiguousarray(places.T)
    _, _, piece_m = _WGS84.inv(longitude[:-1], latitude[:-1], longitude[1:], latitude[1:])
    along = part[1:] == part[:-1]
    return np.bincount(line[part[1:][along]], weights=piece_m[along], minlength=len(lines))
