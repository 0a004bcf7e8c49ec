"""Metres on the ground: the local plane in which distances and lengths are measured."""

from __future__ import annotations

import geopandas as gpd
from pyproj import CRS


def plane(shapes: gpd.GeoSeries) -> CRS:
    """Return the UTM zone in which the metres of some shapes are measured.

    Parameters
    ----------
    shapes
        With a coordinate reference system.
    """
    zone: CRS = shapes.estimate_utm_crs()
    return zone
