"""Cut simplified lines where the name of a street changes, and where other ways lead off."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.ops import substring

from spatial.streets.samples import Lines

_ON_M: Final = 0.05
_LEAST_M: Final = 0.5
"""A cut this near to the end of a line would part nothing from it."""


def nodes(metric: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return both ends of each segment: `node`, `segment` (its position) and `point`."""
    shapes = metric.geometry.to_numpy()
    points = (shapely.get_point(shapes, 0), shapely.get_point(shapes, -1))
    return pd.DataFrame(
        {
            "node": np.concatenate((metric["node_from"], metric["node_to"])),
            "segment": np.tile(np.arange(len(metric)), 2),
            "point": np.concatenate(points),
        }
    )


def changes(metric: gpd.GeoDataFrame) -> Lines:
    """Return the places where a street goes on in another of another name, and nothing else meets.

    Examples
    --------
    >>> street = gpd.GeoDataFrame(
    ...     {"name": ["Mill Lane", "High Street"], "node_from": [0, 1], "node_to": [1, 2]},
    ...     geometry=gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 9 0)", "LINESTRING (9 0, 20 0)"]),
    ... )
    >>> changes(street).tolist()
    [<POINT (9 0)>]
    """
    ends = nodes(metric)
    ends["name"] = metric["name"].to_numpy(dtype=object)[ends["segment"]]
    by_node = ends.groupby("node").agg(
        ends=("segment", "size"),
        named=("name", "count"),
        names=("name", "nunique"),
        point=("point", "first"),
    )
    here = (by_node["ends"] == 2) & (by_node["named"] == 2) & (by_node["names"] == 2)
    return by_node.loc[here, "point"].to_numpy(dtype=object)


def cut(lines: Lines, points: Lines) -> Lines:
    """Return lines cut at the points that lie on them, to five centimetres.

    Examples
    --------
    >>> cut(shapely.from_wkt(["LINESTRING (0 0, 9 0)"]), shapely.points([[4, 0]])).tolist()
    [<LINESTRING (0 0, 4 0)>, <LINESTRING (4 0, 9 0)>]
    """
    if len(points) == 0 or len(lines) == 0:
        return lines
    point, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=_ON_M)
    at = shapely.line_locate_point(lines[line], points[point])
    inside = (at > _LEAST_M) & (shapely.length(lines[line]) - at > _LEAST_M)
    places = pd.Series(at[inside]).groupby(line[inside])
    pieces = {position: _pieces(lines[position], one.to_numpy()) for position, one in places}
    parts = [pieces.get(position, [one]) for position, one in enumerate(lines)]
    return np.array([piece for several in parts for piece in several], dtype=object)


def _pieces(line: Any, at: NDArray[np.float64]) -> list[Any]:
    ascending = np.sort(at)
    apart = np.diff(ascending, prepend=-np.inf) > _LEAST_M
    bounds = [0.0, *ascending[apart].tolist(), line.length]
    return [substring(line, *both) for both in pairwise(bounds)]
