"""Which share of each polygon, or line, lies inside an area."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

_FLAT: Final = 2
_FEW: Final = 32
"""So many polygons are cut by an outline as it is; of more, each half is cut by its part of it."""


def share_inside(shapes: NDArray[np.object_], area: BaseGeometry) -> NDArray[np.float64]:
    """Return the share of each polygon, or line, that lies inside an area, in [0, 1], shape (n,).

    A share is taken in the plane of longitude and latitude, which is that of the ground to within
    the little that a degree of longitude changes over one of them.

    Parameters
    ----------
    shapes
        All polygons, or all lines, degrees (EPSG:4326), shape (n,).
    area
        A polygon or multipolygon.

    Examples
    --------
    >>> share_inside(np.array([shapely.box(0, 0, 2, 1)]), shapely.box(1, 0, 5, 5)).tolist()
    [0.5]
    """
    share = np.zeros(len(shapes))
    shapely.prepare(area)
    meets = shapely.intersects(area, shapes)
    whole = meets.copy()
    whole[meets] = shapely.covers(area, shapes[meets])
    share[whole] = 1.0
    cut = np.flatnonzero(meets & ~whole)
    middles = shapely.get_coordinates(shapely.centroid(shapes[cut]))
    _cut(shapes, middles, cut, np.arange(len(cut)), area, share)
    return share


def _cut(
    shapes: NDArray[np.object_],
    middles: NDArray[np.float64],
    cut: NDArray[np.intp],
    own: NDArray[np.intp],
    area: BaseGeometry,
    share: NDArray[np.float64],
) -> None:
    """Fill in the share of some shapes that the outline cuts."""
    if not len(own):
        return
    pieces = shapes[cut[own]]
    if len(own) <= _FEW:
        size = shapely.area if shapely.get_dimensions(pieces[0]) == _FLAT else shapely.length
        inside = size(shapely.intersection(pieces, area))
        share[cut[own]] = np.clip(inside / size(pieces), 0.0, 1.0)
        return
    axis = int(np.argmax(np.ptp(middles[own], axis=0)))
    order = own[np.argsort(middles[own, axis], kind="stable")]
    for half in np.array_split(order, 2):
        near = shapely.box(*shapely.total_bounds(shapes[cut[half]]))
        _cut(shapes, middles, cut, half, shapely.intersection(area, near), share)
