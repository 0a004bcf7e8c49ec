"""The frame of a map: metres of the plane to millimetres of paper, clipped and generalised."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from service.briefing.ground import Bounds, Shapes, single

_FINEST_MM = 0.06
"""Detail finer than this is not drawn: no printer shows it."""
_BLEED_MM = 3.0
"""Shapes are clipped this far outside the frame, so that no clipped edge is seen."""


@dataclass(frozen=True)
class Frame:
    """A rectangle of paper that shows a rectangle of ground.

    Parameters
    ----------
    west_m, north_m
        The upper left corner on the plane.
    m_per_mm
        Metres of ground to a millimetre of paper.
    width_mm, height_mm
        Of the paper.
    """

    west_m: float
    north_m: float
    m_per_mm: float
    width_mm: float
    height_mm: float

    @classmethod
    def around(
        cls,
        bounds: Bounds,
        width_mm: float,
        height_mm: float,
        *,
        margin: float = 0.04,
        least_m: float = 200.0,
    ) -> Frame:
        """Return the frame that shows some ground in its middle.

        Parameters
        ----------
        bounds
            Of the ground.
        width_mm, height_mm
            Of the paper.
        margin
            Share of the paper that stays free on each side.
        least_m
            The least that the paper shows of ground, across and along: a single small place is
            shown with its surroundings.

        Examples
        --------
        >>> Frame.around((0, 0, 900, 400), 100, 50, margin=0.05).m_per_mm
        10.0
        """
        west, south, east, north = bounds
        free = 1 - 2 * margin
        across, along = max(east - west, least_m), max(north - south, least_m)
        m_per_mm = max(across / (width_mm * free), along / (height_mm * free))
        middle_x, middle_y = (west + east) / 2, (south + north) / 2
        return cls(
            west_m=middle_x - width_mm * m_per_mm / 2,
            north_m=middle_y + height_mm * m_per_mm / 2,
            m_per_mm=m_per_mm,
            width_mm=width_mm,
            height_mm=height_mm,
        )

    @property
    def bounds(self) -> Bounds:
        """The ground that is drawn, a little more than is seen."""
        bleed_m = _BLEED_MM * self.m_per_mm
        return (
            self.west_m - bleed_m,
            self.north_m - self.height_mm * self.m_per_mm - bleed_m,
            self.west_m + self.width_mm * self.m_per_mm + bleed_m,
            self.north_m + bleed_m,
        )

    def on_paper(self, shapes: Shapes) -> Shapes:
        """Return what the frame shows of some shapes, in millimetres from its upper left corner.

        Parts that the frame does not show, and detail too fine to be seen, are left out.
        """
        if len(shapes) == 0:
            return shapes
        west, south, east, north = self.bounds
        # Clipping a whole city street by street takes longer than passing over the far ones.
        least_x, least_y, most_x, most_y = shapely.bounds(shapes).T
        near = (least_x <= east) & (most_x >= west) & (least_y <= north) & (most_y >= south)
        clipped = shapely.clip_by_rect(shapes[near], west, south, east, north)
        drawn = shapely.simplify(clipped, _FINEST_MM * self.m_per_mm)
        drawn = drawn[~shapely.is_empty(drawn)]
        return np.asarray(shapely.transform(drawn, self._to_mm), dtype=object)

    def _to_mm(self, corners: NDArray[np.float64]) -> NDArray[np.float64]:
        x = (corners[:, 0] - self.west_m) / self.m_per_mm
        y = (self.north_m - corners[:, 1]) / self.m_per_mm
        return np.column_stack((x, y))

    def point(self, shape: BaseGeometry) -> tuple[float, float]:
        """Return a point on a shape, as far as the frame shows it, in millimetres."""
        seen = self.on_paper(single(shape))
        at = (
            seen[0] if len(seen) else shapely.transform(shape, self._to_mm)
        ).representative_point()
        return (at.x, at.y)

    @property
    def scale_bar(self) -> tuple[float, str]:
        """Length of a scale bar in millimetres, and the round distance that it stands for.

        Examples
        --------
        >>> Frame(0, 0, 25.0, 180, 100).scale_bar
        (40.0, '1 km')
        """
        longest_m = 45.0 * self.m_per_mm
        step = 10.0 ** math.floor(math.log10(longest_m))
        length_m = next(many * step for many in (5, 2, 1) if many * step <= longest_m)
        said = f"{length_m / 1_000:g} km" if length_m >= 1_000 else f"{length_m:g} m"
        return length_m / self.m_per_mm, said


def path(shapes: Shapes) -> str:
    """Return shapes in millimetres as the data of one SVG path.

    Examples
    --------
    >>> path(np.array([shapely.LineString([(0, 0), (1.5, 2)])], dtype=object))
    'M0 0L1.5 2'
    """
    rings = shapely.get_parts(shapes)
    areas = shapely.get_type_id(rings) == shapely.GeometryType.POLYGON
    lines = [*shapely.get_rings(rings[areas]), *rings[~areas]]
    if not lines:
        return ""
    corners, of = shapely.get_coordinates(np.asarray(lines, dtype=object), return_index=True)
    said = [f"{x:.4g} {y:.4g}" for x, y in np.round(corners, 2).tolist()]
    first = np.searchsorted(of, np.arange(len(lines) + 1)).tolist()
    pieces = []
    closed = len(shapely.get_rings(rings[areas]))
    for at in range(len(lines)):
        own = said[first[at] : first[at + 1]]
        if at < closed:
            pieces.append("M" + "L".join(own[:-1]) + "Z")
        elif own:
            pieces.append("M" + "L".join(own))
    return "".join(pieces)
