"""Residents (or the ambient population) of each unit, from a property of a boundary layer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from service.analyses.study.units.base import Units
from service.analyses.study.units.polygons import PolygonUnits
from service.store import models
from service.store.repository import boundaries
from spatial import areas
from spatial.errors import InvalidInputError, Problem

UNSEEN_SHARE = 0.01
"""Share of the population on no unit above which readers are warned."""


@dataclass(frozen=True)
class Population:
    """How many people each unit has.

    Parameters
    ----------
    of
        People of each unit, shape (N,).
    total
        People of the whole layer.
    """

    of: NDArray[np.float64]
    total: float

    @classmethod
    def read(
        cls, session: Session, layer: models.BoundaryLayer, column: str, units: Units
    ) -> Population:
        """Read the population of a layer and find the part of each unit.

        Areas that are the units themselves keep their own number; other units take a share by
        area or length (`spatial.areas.apportion`).

        Raises
        ------
        InvalidInputError
            When an area lacks the property, or it is no number of at least 0.
        """
        if isinstance(units, PolygonUnits) and units.layer.id == layer.id:
            people = _numbers(units.table, column, layer.name)
            return cls(people, float(people.sum()))
        table = boundaries.layer_areas(session, layer)
        people = _numbers(table, column, layer.name)
        shapes = np.asarray(table.geometry.array, dtype=object)
        return cls(areas.apportion(units.shapes, shapes, people), float(people.sum()))


def _numbers(table: gpd.GeoDataFrame, column: str, layer: str) -> NDArray[np.float64]:
    known = sorted({key for properties in table["properties"] for key in properties})
    if column not in known:
        raise InvalidInputError(
            f"The areas of {layer} have no property {column}; they have "
            f"{', '.join(known) or 'none'}.",
            [Problem("population_column", f"unknown property {column}")],
        )
    numbers = np.array([_number(one.get(column)) for one in table["properties"]])
    wrong = np.flatnonzero(~(numbers >= 0))
    if wrong.size:
        raise InvalidInputError(
            f"{column} must be a number of at least 0 on every area of {layer}, but it is not on "
            f"{wrong.size}, the first of them {table['name'].iloc[wrong[0]]}.",
            [Problem("population_column", f"not a number on {table['name'].iloc[wrong[0]]}")],
        )
    return numbers


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return math.nan
    return number if math.isfinite(number) else math.nan
