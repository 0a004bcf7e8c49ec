"""Snap to the ways of a source, and carry what snapped to the lines that stand for them."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from spatial.metres import plane
from spatial.streets.places import Points, places, project
from spatial.streets.snapping import SnapIndex, Snapped


class CarryIndex:
    """Simplified streets made ready for snapping to the ways that they stand for.

    A point belongs to the line that stands for its nearest way; its distance is that to the way. Of
    several lines that stand for a way, it is the one nearest to where the point meets the way.

    Parameters
    ----------
    sources, segments
        As `Simplified` has them.

    Examples
    --------
    >>> from spatial.streets import prepare, simplify
    >>> road = gpd.GeoSeries.from_wkt(
    ...     [
    ...         "LINESTRING (500000 5700000, 500010 5700006, 500190 5700006, 500200 5700000)",
    ...         "LINESTRING (500000 5700000, 500010 5699994, 500190 5699994, 500200 5700000)",
    ...     ],
    ...     crs="EPSG:32631",
    ... )
    >>> one = simplify(prepare(road, with_levels=True))
    >>> beside = gpd.GeoSeries.from_wkt(["POINT (500100 5700008)"], crs="EPSG:32631")
    >>> found = CarryIndex(one.sources, one.segments).snap(beside)
    >>> found.segment.tolist(), found.distance_m.round(1).tolist()
    ([0], [2.0])
    """

    def __init__(self, sources: gpd.GeoDataFrame, segments: gpd.GeoDataFrame) -> None:
        self._index = SnapIndex(sources)
        self._zone = plane(segments.geometry)
        self._ways = sources.geometry.to_crs(self._zone).to_numpy()
        self._lines = segments.geometry.to_crs(self._zone).to_numpy()
        many = sources["lines"].map(len).to_numpy(dtype=np.intp)
        self._starts = np.concatenate(([0], np.cumsum(many)))
        self._carried = np.fromiter(
            (line for lines in sources["lines"] for line in lines), dtype=np.intp
        )

    def snap(self, points: Points, max_snap_m: float = 50) -> Snapped:
        """Assign each point to a segment by its nearest way within reach; see `snap`."""
        snapped = self._index.snap(points, max_snap_m)
        segment = np.full(len(snapped.segment), -1, dtype=np.intp)
        found = np.flatnonzero(snapped.segment >= 0)
        way = snapped.segment[found]
        segment[found] = self._carried[self._starts[way]]
        several = found[np.diff(self._starts)[way] > 1]
        if len(several):
            x, y, crs = places(points)
            east, north = project(x[several], y[several], crs, self._zone)
            at = np.asarray(shapely.points(east, north), dtype=object)
            segment[several] = self._nearest(at, snapped.segment[several])
        return replace(snapped, segment=segment)

    def _nearest(self, points: NDArray[np.object_], way: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return which of the lines of its way is nearest to where each point meets the way."""
        ways = self._ways[way]
        foot = shapely.line_interpolate_point(ways, shapely.line_locate_point(ways, points))
        first, last = self._starts[way], self._starts[way + 1]
        best = self._carried[first]
        nearest_m = shapely.distance(self._lines[best], foot)
        for nth in range(1, int((last - first).max())):
            more = np.flatnonzero(first + nth < last)
            line = self._carried[first[more] + nth]
            distance_m = shapely.distance(self._lines[line], foot[more])
            nearer = distance_m < nearest_m[more] - 1e-6
            best[more[nearer]], nearest_m[more[nearer]] = line[nearer], distance_m[nearer]
        return best
