"""Faces between the lines of a street: too slender to be a block, and free to be made one line."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.streets.samples import samples

USUAL_THRESHOLD: Final = 7.0
"""Index below which a face is no block, where a network is too small to tell its own."""

FEW_FACES: Final = 10
"""Fewer faces have no spread from which a threshold can be told."""

_AT_M: Final = 0.01


@dataclass(frozen=True)
class Faces:
    """The faces of a network.

    Parameters
    ----------
    threshold
        Faces are slender whose index (the logarithm of their area times their share of the least
        circle around them) is below.
    faces, slender
        How many there are, and how many are slender.
    apart
        Slender ones that are left as they are, for the sake of different levels.
    left
        A point in every face, slender or not, that is left as it is.
    """

    threshold: float
    faces: int
    slender: int
    apart: int
    left: gpd.GeoSeries


def faces(metric: gpd.GeoDataFrame) -> Faces:
    """Return the faces between segments on a plane in metres, with levels.

    A face is left as it is where lines cross in it without a junction, as at a bridge, or where
    the lines in it and around it are not all on one level.
    """
    import neatnet

    lines = metric.geometry.to_numpy()
    polygons = shapely.get_parts(shapely.polygonize([shapely.union_all(lines)]))
    if len(polygons) == 0:
        return Faces(USUAL_THRESHOLD, 0, 0, 0, gpd.GeoSeries([], crs=metric.crs))
    threshold = USUAL_THRESHOLD
    if len(polygons) >= FEW_FACES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            threshold = neatnet.FaceArtifacts(metric[["geometry"]]).threshold or USUAL_THRESHOLD
    circles = shapely.area(polygons) / (np.pi * shapely.minimum_bounding_radius(polygons) ** 2)
    slender = np.log(circles * shapely.area(polygons)) < threshold
    left = _with_crossings(polygons, lines) | _on_levels(polygons, lines, metric)
    inside = shapely.point_on_surface(polygons[left])
    return Faces(
        float(threshold),
        len(polygons),
        int(slender.sum()),
        int((slender & left).sum()),
        gpd.GeoSeries(inside, crs=metric.crs),
    )


def _with_crossings(polygons: NDArray[np.object_], lines: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Say which faces lines cross at that have no junction there."""
    one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
    once = one < other
    crossings = shapely.intersection(lines[one[once]], lines[other[once]])
    _, at = shapely.STRtree(polygons).query(crossings, predicate="dwithin", distance=_AT_M)
    crossed = np.zeros(len(polygons), dtype=np.bool_)
    crossed[at] = True
    return crossed


def _on_levels(
    polygons: NDArray[np.object_], lines: NDArray[np.object_], metric: gpd.GeoDataFrame
) -> NDArray[np.bool_]:
    """Say which faces have lines of different levels in them or around them."""
    levels = metric[["level_low", "level_high"]].to_numpy()
    if (levels == levels[0]).all():
        return np.zeros(len(polygons), dtype=np.bool_)
    along = samples(lines)
    sample, face = shapely.STRtree(polygons).query(along.point, predicate="dwithin", distance=_AT_M)
    low, high = levels[along.line[sample]].T
    lowest_high, highest_low = np.full(len(polygons), np.inf), np.full(len(polygons), -np.inf)
    np.minimum.at(lowest_high, face, high)
    np.maximum.at(highest_low, face, low)
    return highest_low > lowest_high
