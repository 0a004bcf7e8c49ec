"""Variants of a list's question: other grids, windows, resamples and indexes of its incidents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from service.analyses.contract import Context
from service.analyses.study.choosing import excluded_of
from service.analyses.study.origins import Past
from service.analyses.study.ranking import Ground, Held
from service.analyses.study.study import districts_of, population_of
from service.analyses.study.units.base import OUTSIDE, Placed, Units, inside
from service.analyses.study.units.cells import FALLBACK_RINGS, CellUnits
from service.store.repository import harm_indexes
from spatial import antimeridian, backtest, grid, harm, stability
from spatial.backtest import Origin
from spatial.grid import RESOLUTIONS

if TYPE_CHECKING:
    from service.analyses.stability import StabilityParams

Sort: TypeAlias = Literal["resolution", "grid", "window", "bootstrap", "index"]

SHIFTS: Final = ((0.5, 0.0), (0.0, 0.5), (0.5, 0.5), (1 / 3, -1 / 3))
"""How far grids are moved, to the east and to the north, in the distance between cells."""

LEAST_WEIGHED: Final = 0.95
"""Share of the incidents that another index has to weigh."""


@dataclass(frozen=True, eq=False)
class Variant:
    """Another list of the same incidents.

    Parameters
    ----------
    sort, name
        What differs, and how far.
    past, origin
        The incidents on its units, and its window.
    position
        Its unit of each incident that the list used, shape (n,); -1 for none.
    of_units
        Its unit at the middle of each unit of the list, shape (N,); -1 for none.
    """

    sort: Sort
    name: str
    past: Past
    origin: Origin
    position: NDArray[np.intp]
    of_units: NDArray[np.intp]


@dataclass(frozen=True)
class MovedCells(CellUnits):
    """H3 cells of a grid that lies some metres beside the one of H3.

    The incidents and the study area are moved, laid on cells, and the cells' shapes moved back:
    the cells' own names are those of the places to which they were moved.

    Parameters
    ----------
    by
        Degrees to the east and to the north by which places are moved.
    """

    by: tuple[float, float] = (0.0, 0.0)

    @cached_property
    def shapes(self) -> NDArray[np.object_]:
        """Hexagon of each cell, where it lies."""
        return _moved(grid.polygons(self.cells), (-self.by[0], -self.by[1]))

    def place(self, incidents: pd.DataFrame) -> Placed:
        """Return the cell of each incident; none outside the study area's outline."""
        x, y = stability.shift(incidents["longitude"], incidents["latitude"], self.by)
        position = grid.positions(grid.index(x, y, self.resolution), self.cells)
        position[~inside(self.area.geometry if self.area else None, incidents)] = OUTSIDE
        return Placed(position)


def variants(
    context: Context,
    params: StabilityParams,
    past: Past,
    origin: Origin,
    incidents: pd.DataFrame,
) -> Iterator[Variant]:
    """Make the variants of a list, one after the other.

    Parameters
    ----------
    context, params
        What was asked.
    past, origin
        The incidents on the units of the list, and its window.
    incidents
        The places of all incidents of `past`, in its order: `longitude` and `latitude`, (m,).
    """
    units, held = past.study.units, past.held
    of_window = held.within(origin.first, origin.last)
    own, same = held.position[of_window], np.arange(len(units))
    if isinstance(units, CellUnits):
        middle = antimeridian.centres(units.shapes)
        middles = pd.DataFrame({"longitude": middle[:, 0], "latitude": middle[:, 1]})
        for sort, name, made in _grids(params, units, incidents):
            laid = _laid(context, params, past, made, made.place(incidents).position)
            at = made.place(incidents[of_window]).position
            there = MovedCells(made.cells, made.resolution, None, by=made.by)
            yield Variant(sort, name, laid, origin, at, there.place(middles).position)
    for name, window in _windows(params, past, origin):
        yield Variant("window", name, past, window, own, same)
    for name, weighed in _indexes(context, params, held):
        yield Variant("index", name, replace(past, held=weighed), origin, own, same)
    random = np.random.default_rng(params.seed)
    # The order in which incidents were read means nothing, and must not: those alike are one.
    order = np.lexsort((held.code, held.position, held.day))
    # What is asked of the number of incidents is asked of as many.
    halves = params.strategy == "expected" and params.min_incidents is None
    for number in range(1, params.resamples + 1):
        drawn = _part(held, order[stability.drawn_again(len(order), random, halves=halves)])
        yield Variant("bootstrap", f"{number}", replace(past, held=drawn), origin, own, same)


def _grids(
    params: StabilityParams, units: CellUnits, incidents: pd.DataFrame
) -> Iterator[tuple[Sort, str, MovedCells]]:
    for resolution in (params.resolution - 1, params.resolution + 1):
        if resolution in RESOLUTIONS:
            yield (
                "resolution",
                f"{resolution}",
                _cells(units, incidents, resolution, (0.0, 0.0)),
            )
    # The middles of hexagons of area a are the root of 2 a / sqrt(3) apart.
    apart_m = 1000 * float(np.sqrt(2 * units.size.mean() / np.sqrt(3)))
    latitude = float(incidents["latitude"].mean())
    for east, north in SHIFTS:
        by = stability.step(latitude, east * apart_m, north * apart_m)
        name = f"{east * apart_m:.0f} m east, {north * apart_m:.0f} m north"
        yield "grid", name, _cells(units, incidents, params.resolution, by)


def _cells(
    units: CellUnits, incidents: pd.DataFrame, resolution: int, by: tuple[float, float]
) -> MovedCells:
    if units.area is not None:
        area = _moved(np.array([units.area.geometry], dtype=object), by)[0]
        return MovedCells(grid.cover(area, resolution), resolution, units.area, by=by)
    x, y = stability.shift(incidents["longitude"], incidents["latitude"], by)
    at = np.unique(grid.index(x, y, resolution))
    return MovedCells(grid.disk_union(at, FALLBACK_RINGS), resolution, None, by=by)


def _moved(shapes: NDArray[np.object_], by: tuple[float, float]) -> NDArray[np.object_]:
    """Return shapes moved by some degrees; those that would cross 180 degrees go on beyond it."""
    moved: NDArray[np.object_] = shapely.transform(shapes, lambda degrees: degrees + np.array(by))
    return moved


def _laid(
    context: Context,
    params: StabilityParams,
    past: Past,
    units: Units,
    position: NDArray[np.intp],
) -> Past:
    """Return the incidents on other units."""
    question, session = context.question, context.session
    study = replace(
        past.study,
        units=units,
        districts=districts_of(session, question, units),
        population=population_of(session, question, params, units),
    )
    held = replace(past.held, units=len(units), position=position)
    return Past(
        study,
        past.before,
        _part(held, np.flatnonzero(position >= 0)),
        Ground.of(units.contiguity, units.inside),
        excluded_of(context, study),
    )


def _windows(params: StabilityParams, past: Past, origin: Origin) -> Iterator[tuple[str, Origin]]:
    days = origin.last - origin.first + 1
    # What is expected rests on all that is held: there the window's first day decides something
    # only of what is asked beside the rank.
    asked = params.require != "none" or params.min_incidents is not None
    decides = params.strategy != "expected" or asked
    if days > 1 and decides:
        yield "its second half", replace(origin, first=origin.last - days // 2 + 1)
    if origin.first - days >= past.held.day.min() and decides:
        yield "twice as long", replace(origin, first=origin.first - days)
    if past.months:
        first, last = (backtest.months_before(day, 1) for day in (origin.first, origin.last + 1))
        earlier = Origin(first, last - 1, origin.last)
    else:
        step = backtest.HORIZON_DAYS
        earlier = Origin(origin.first - step, origin.last - step, origin.last)
    if earlier.last > past.held.day.min():
        yield "a horizon earlier", earlier


def _indexes(context: Context, params: StabilityParams, held: Held) -> Iterator[tuple[str, Held]]:
    """Weigh the incidents by each other index that weighs nearly all of them."""
    if params.value == "count":
        return
    session, own = context.session, context.question.index
    number = np.bincount(held.code, minlength=len(held.codes))
    offences = {code: int(many) for code, many in zip(held.codes, number, strict=True)}
    shares = harm_indexes.weighed_shares(session, context.question.snapshot.agency_id, offences)
    for name in sorted(one for one, share in shares.items() if share >= LEAST_WEIGHED):
        if name == own.name:
            continue
        index = harm_indexes.find(session, context.question.snapshot.agency_id, name)
        other = harm_indexes.weights_of(session, index)
        # Whoever found them: which incidents count was decided by the index of the list.
        weight = harm.weigh(list(held.codes), other, harm.DETECTIONS).hundredths
        yield (
            name,
            replace(
                held,
                hundredths=weight[held.code],
                weight=weight,
                family=tuple(map(str, other.families(list(held.codes)))),
            ),
        )


def _part(held: Held, at: NDArray[np.intp]) -> Held:
    """Return some of the incidents, each as often as it is named."""
    return replace(
        held,
        position=held.position[at],
        hundredths=held.hundredths[at],
        day=held.day[at],
        code=held.code[at],
    )
