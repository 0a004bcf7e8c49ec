"""The units of place that a study is made of: cells, street segments, or areas of a layer."""

from service.processes.units.base import (
    COORDINATE_STEP,
    LEFT_OUT,
    MEASURES,
    OUTSIDE,
    Measure,
    Placed,
    Units,
)
from service.processes.units.cells import CellUnits
from service.processes.units.polygons import PolygonUnits
from service.processes.units.segments import SegmentUnits

__all__ = [
    "COORDINATE_STEP",
    "LEFT_OUT",
    "MEASURES",
    "OUTSIDE",
    "CellUnits",
    "Measure",
    "Placed",
    "PolygonUnits",
    "SegmentUnits",
    "Units",
]
