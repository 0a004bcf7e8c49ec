"""Incidents that lie in no study area, where others are loaded: what a report says of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Protocol

import numpy as np
import shapely

from service.ingest.checks.coordinates import short_name
from service.ingest.checks.points import places
from service.ingest.checks.spread import PER_DEGREE, Spread, cells, corners
from service.ingest.checks.warned import Warned, number_of

MOST: Final = 0.5
"""Share of a file's incidents from which on it seems to be of elsewhere."""

_LOOKED_AT: Final = 1_000
"""How many incidents are looked at before all of them."""
_NAMED: Final = 5


class Areas(Protocol):
    """The loaded study areas."""

    @property
    def layers(self) -> Sequence[str]:
        """The names of their layers."""
        ...

    def touching(self, west: np.ndarray, south: np.ndarray, size: float) -> np.ndarray:
        """Return the shapes whose boxes touch some squares."""
        ...

    def nearest(self, longitude: float, latitude: float) -> tuple[str, float]:
        """Return the nearest layer to a place, and how far it is in km."""
        ...


def outside(spread: Spread, areas: Areas, crs: str, without: Collection[int] = ()) -> Warned | None:
    """Return what a report says of incidents in no study area; None unless these are most.

    Some incidents are looked at first, all of them only where many of those lie outside.

    Parameters
    ----------
    spread
        Where the incidents are.
    areas
        The study areas; where there is none, nothing is said.
    crs
        The reference system that their places were read by.
    without
        Cells whose incidents are rejected.
    """
    if not areas.layers:
        return None
    longitude, latitude, rows = places(spread.points)
    if without:
        kept = ~np.isin(cells(longitude, latitude), list(without))
        longitude, latitude, rows = longitude[kept], latitude[kept], rows[kept]
    if not len(rows):
        return None
    codes = np.array([one for one in spread.cells if one not in without])
    shapes = areas.touching(*corners(codes), 1 / PER_DEGREE)
    shapely.prepare(shapes)
    steps = np.linspace(0, rows.sum(), _LOOKED_AT, endpoint=False)
    some = np.unique(np.searchsorted(np.cumsum(rows), steps, side="right"))
    beyond = ~_within(shapes, longitude[some], latitude[some])
    if rows[some][beyond].sum() < (MOST - 0.1) * rows[some].sum():
        return None
    beyond = ~_within(shapes, longitude, latitude)
    many, of = int(rows[beyond].sum()), int(rows.sum())
    if many <= MOST * of:
        return None
    middle = _middle(longitude[beyond], rows[beyond]), _middle(latitude[beyond], rows[beyond])
    first = [one for code, one in spread.cells.items() if code not in without]
    there = np.array([(one.longitude, one.latitude) for one in first])
    lies_in = _within(shapes, there[:, 0], there[:, 1])
    lines = sorted(one.line for one, inside in zip(first, lies_in, strict=True) if not inside)
    return Warned(
        code="outside_study_areas",
        message=_said(many, of, middle, areas, crs),
        rows=many,
        share=many / of,
        lines=tuple(lines[:_NAMED]),
    )


def _said(many: int, of: int, middle: tuple[float, float], areas: Areas, crs: str) -> str:
    layer, km = areas.nearest(*middle)
    named = ", ".join(areas.layers[:_NAMED]) + (", ..." if len(areas.layers) > _NAMED else "")
    which = (
        f"{'all ' if many > 1 else ''}{number_of(many, 'incident')}"
        if many == of
        else f"{many:,} of {of:,} incidents ({many / of:.0%})"
    )
    far = f"{km:,.0f} km from" if km >= 1 else "close to"
    return (
        f"{which} {'lies' if many == 1 else 'lie'} in no study area that is loaded ({named}), but "
        f"around longitude {middle[0]:.4g}, latitude {middle[1]:.4g}, {far} the nearest one "
        f"({layer}). Load the boundary of where they are (harmspot boundary load); if they should "
        f"lie in one of these, look at the coordinates: they were read as {short_name(crs)}"
    )


def _within(shapes: np.ndarray, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Tell the places that lie in one of some shapes."""
    found = np.zeros(len(longitude), dtype=bool)
    if len(shapes):
        points = np.asarray(shapely.points(longitude, latitude), dtype=np.object_)
        tree = shapely.STRtree(points)
        found[tree.query(shapes, predicate="intersects")[1]] = True
    return found


def _middle(values: np.ndarray, rows: np.ndarray) -> float:
    order = np.argsort(values)
    until = np.cumsum(rows[order])
    return float(values[order][np.searchsorted(until, until[-1] / 2)])
