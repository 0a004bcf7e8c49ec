"""A trial: one city's incidents on its units, month by month, ready for rules and judgement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse

from bench.trials.cities import Happened
from spatial import baselines, grid, streets
from spatial.grid import Graph

Numbers = NDArray[np.float64]

FIRST_ORIGIN: Final = 12
"""Months of history before the first origin."""

HORIZONS: Final = {"week": 0, "month": 1, "3 months": 3, "12 months": 12}
"""What is judged after an origin, in months; a week is the first seven days of a month."""


@dataclass(frozen=True)
class Trial:
    """Incidents of a city, counted by offence, unit and month.

    Parameters
    ----------
    name, unit
        The city and its units in words.
    counts
        Shape (J, N, T): whole calendar months, the earliest first.
    first_weeks
        Those of each month's first seven days, shape (J, N, T); None where days are unknown.
    weight, family
        Of each offence, shape (J,).
    neighbours
        Units next to each other, shape (N, N).
    size, size_name
        Of each unit, shape (N,): `area_km2` or `length_m`.
    middle
        Of each unit, degrees, shape (N, 2).
    shapes
        Geometry of each unit, degrees, shape (N,).
    share
        The unit's share of the study area inside the boundary, or of the length; shape (N,).
    outside
        Number of incidents that are in no unit.
    points
        Number of distinct places of the incidents inside.
    """

    name: str
    unit: str
    counts: Numbers
    first_weeks: Numbers | None
    weight: Numbers
    family: NDArray[np.object_]
    neighbours: Graph
    size: Numbers
    size_name: str
    middle: Numbers
    shapes: NDArray[np.object_]
    share: Numbers
    outside: int
    points: int

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.size)

    @property
    def months(self) -> int:
        """How many months there are."""
        return self.counts.shape[2]

    @property
    def exposure(self) -> Numbers | None:
        """Lengths of segments, of mean 1; None for cells, which are alike."""
        return self.size / self.size.mean() if self.size_name == "length_m" else None

    @cached_property
    def harm(self) -> Numbers:
        """Harm by unit and month, shape (N, T)."""
        return np.tensordot(self.weight, self.counts, 1)

    @cached_property
    def count(self) -> Numbers:
        """Incidents by unit and month, shape (N, T)."""
        return self.counts.sum(axis=0)

    @cached_property
    def kernel(self) -> sparse.csr_array:
        """How much each unit counts for the density at each other, shape (N, N)."""
        longitude, latitude = self.middle.T
        reach = baselines.bandwidth_m(longitude, latitude)
        return baselines.kernel(longitude, latitude, reach)

    def origins(self, horizon: str) -> range:
        """Return the months before which a list is made, one horizon apart."""
        months = HORIZONS[horizon]
        if not months and self.first_weeks is None:
            return range(0)
        return range(FIRST_ORIGIN, self.months - max(months, 1) + 1, max(months, 1))

    def after(self, origin: int, horizon: str) -> tuple[Numbers, Numbers]:
        """Return harm and count of each unit in the horizon after an origin."""
        months = HORIZONS[horizon]
        if not months:
            assert self.first_weeks is not None
            week = self.first_weeks[:, :, origin]
            return self.weight @ week, week.sum(axis=0)
        then = slice(origin, origin + months)
        return self.harm[:, then].sum(axis=1), self.count[:, then].sum(axis=1)


def on_cells(happened: Happened, resolution: int) -> Trial:
    """Lay a city's incidents on H3 cells that overlap its study area."""
    study = grid.cover(happened.area, resolution)
    cell = grid.index(happened.longitude, happened.latitude, resolution)
    shapes = grid.polygons(study)
    size = grid.area_km2(study)
    inside = shapely.area(shapely.intersection(shapes, happened.area))
    return _trial(
        happened,
        f"cells of resolution {resolution}",
        grid.positions(cell, study),
        neighbours=grid.neighbours(study),
        size=size,
        size_name="area_km2",
        shapes=shapes,
        middle=shapely.get_coordinates(shapely.centroid(shapes)),
        share=inside / inside.sum(),
    )


def on_streets(happened: Happened, max_snap_m: float = 50) -> Trial:
    """Lay a city's incidents on the segments of its streets."""
    segments = streets.prepare(happened.streets)
    place = np.column_stack((happened.longitude, happened.latitude))
    snapped = streets.snap((place[:, 0], place[:, 1]), segments, max_snap_m)
    length = segments["length_m"].to_numpy(dtype=np.float64)
    lines = segments.geometry.to_crs(4326).to_numpy()
    return _trial(
        happened,
        "street segments",
        snapped.segment,
        neighbours=streets.neighbours(segments),
        size=length,
        size_name="length_m",
        shapes=lines,
        middle=shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True)),
        share=length / length.sum(),
    )


def _trial(
    happened: Happened,
    unit: str,
    position: NDArray[np.intp],
    *,
    neighbours: Graph,
    size: Numbers,
    size_name: str,
    shapes: NDArray[np.object_],
    middle: Numbers,
    share: Numbers,
) -> Trial:
    code = pd.Index(happened.index["offence_code"]).get_indexer(happened.code)
    month = happened.day.astype("datetime64[M]").astype(int)
    day_of_month = (happened.day - happened.day.astype("datetime64[M]")).astype(int)
    month, shape = month - month.min(), (len(happened.index), len(size), np.ptp(month) + 1)
    known = position >= 0
    first = known & (day_of_month < 7)

    def counted(some: NDArray[np.bool_]) -> Numbers:
        at = np.ravel_multi_index((code[some], position[some], month[some]), shape)
        return np.bincount(at, minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)

    place = np.column_stack((happened.longitude, happened.latitude))[known]
    return Trial(
        name=happened.name,
        unit=unit,
        counts=counted(known),
        first_weeks=counted(first) if happened.by_day else None,
        weight=happened.index["weight"].to_numpy(dtype=np.float64),
        family=happened.index["family"].to_numpy(dtype=object),
        neighbours=neighbours,
        size=size,
        size_name=size_name,
        middle=middle,
        shapes=shapes,
        share=share,
        outside=int((~known).sum()),
        points=len(np.unique(place, axis=0)),
    )
